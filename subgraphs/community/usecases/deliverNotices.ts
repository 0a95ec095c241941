import { nextTry } from '../domain/noticeRetry.js';
import type { ClaimedNotice, NoticeChannel, NoticeDeliveries } from './ports.js';

// The lease outlasts a batch, all of which is on its way at once and each for no longer than the channel's timeout.
const batch = { limit: 20, leaseMs: 60_000 };

export interface Delivered {
  readonly delivered: number;
  readonly failed: number;
  readonly parked: number;
}

export interface DeliverDeps {
  readonly deliveries: NoticeDeliveries;
  readonly channel: NoticeChannel;
  readonly now: () => Date;
  /** Told of every failure; the reason names nobody. */
  readonly onFailure: (failure: { readonly notice: string; readonly attempts: number; readonly reason: string; readonly parked: boolean }) => void;
}

/**
 * Sends one batch of what is due. At least once: what was delivered but not marked, because the process ended in
 * between, goes again after the lease, with the same id.
 */
export async function deliverNotices({ deliveries, channel, now, onFailure }: DeliverDeps): Promise<Delivered> {
  const claimed = await deliveries.claim(channel.name, now(), batch);
  const outcomes = await Promise.all(claimed.map((one) => deliverOne(one)));
  const count = (outcome: (typeof outcomes)[number]): number => outcomes.filter((one) => one === outcome).length;
  return { delivered: count('DELIVERED'), failed: count('FAILED'), parked: count('PARKED') };

  async function deliverOne(claim: ClaimedNotice): Promise<'DELIVERED' | 'FAILED' | 'PARKED'> {
    const reason = await channel.deliver(claim.notice).then(() => null, reasonOf);
    const at = now();
    if (reason === null) {
      await deliveries.markDelivered(claim, at);
      return 'DELIVERED';
    }
    const attempts = claim.attempts + 1;
    const nextAt = nextTry(claim.attempts, claim.firstTriedAt ?? at, at);
    await deliveries.markFailed(claim, { at, nextAt, reason });
    onFailure({ notice: claim.notice.id, attempts, reason, parked: nextAt === null });
    return nextAt === null ? 'PARKED' : 'FAILED';
  }
}

/** The code of what went wrong below, where there is one: a message may carry an address or more. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error as { readonly cause?: { readonly code?: unknown } | undefined };
  return typeof cause?.code === 'string' ? cause.code : error.message.slice(0, 200);
}
