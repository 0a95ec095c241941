import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isEventType, routeOf, type SubgraphName } from '../../../schema/events.js';
import type { EventCollections, OutboxDocument } from './collections.js';
import type { Envelope, Receipt } from './envelope.js';
import { currentScope } from './trace.js';

const batchSize = 200;
/** How long one relay may hold a message; longer than the slowest POST, so that a crash costs no more than this. */
const leaseMs = 5_000;
const sweepMs = 1_000;
/** Events that need not be prompt gather this long and leave together. */
const gatherMs = 30;
const longestPauseMs = 1_000;

export type Post = (target: SubgraphName, batch: readonly Envelope[], waitUntil: number) => Promise<readonly Receipt[]>;

export interface Relay {
  /** Sends what was just committed; resolves when it took effect, or when the request has waited long enough. */
  deliver(messages: readonly OutboxDocument[]): Promise<void>;
  /** Sends what is due to one receiver; answers how many it took. */
  sweep(target: SubgraphName): Promise<number>;
  start(): void;
  stop(): Promise<void>;
}

interface Gate {
  failures: number;
  closedUntil: number;
}

/**
 * Carries events from the outbox to the other levels. Delivery is at least once; receivers make it exactly once.
 * A receiver that is down closes its gate: nobody waits for it, and one batch at a time tries it again.
 */
export function createRelay(options: {
  readonly events: EventCollections;
  readonly targets: readonly SubgraphName[];
  readonly post: Post;
  readonly log: Logger;
}): Relay {
  const { events: { outbox }, targets, post, log } = options;
  const gates = new Map(targets.map((target): [SubgraphName, Gate] => [target, { failures: 0, closedUntil: 0 }]));
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();
  const gathering = new Set<SubgraphName>();
  const loops = new Map<SubgraphName, Promise<void>>();

  const track = <T>(work: Promise<T>): Promise<T> => {
    running.add(work);
    void work.finally(() => running.delete(work)).catch(() => undefined);
    return work;
  };

  async function send(target: SubgraphName, messages: readonly OutboxDocument[], waitUntil: number): Promise<void> {
    const gate = gates.get(target);
    if (!gate) throw new Error(`No receiver ${target}.`);
    const ids = messages.map((message) => message._id);
    try {
      const receipts = await post(target, messages.map((message) => message.envelope), waitUntil);
      if (receipts.length !== messages.length) throw new Error(`${target} answered ${receipts.length} of ${messages.length} events.`);
      gate.failures = 0;
      gate.closedUntil = 0;
      // Not waited for: if this is lost the events go again, and the receiver knows them.
      void track(outbox.updateMany({ _id: { $in: ids } }, { $set: { status: 'DELIVERED', deliveredAt: new Date() } }).exec())
        .catch((error: unknown) => log.warn({ err: error, target }, 'delivered events not marked; they will go again'));
    } catch (error) {
      gate.failures += 1;
      gate.closedUntil = Date.now() + Math.min(50 * 2 ** gate.failures, longestPauseMs);
      if (gate.failures === 1) log.warn({ target, reason: String(error) }, 'level cannot be reached; events wait');
      await outbox.updateMany(
        { _id: { $in: ids }, status: 'PENDING' },
        { $set: { availableAt: new Date(), lastError: String(error).slice(0, 500) }, $inc: { attempts: 1 } },
      );
      throw error;
    }
  }

  async function sweep(target: SubgraphName): Promise<number> {
    const now = new Date();
    const due = await outbox
      .find({ target, status: 'PENDING', availableAt: { $lte: now } })
      .sort({ availableAt: 1, _id: 1 })
      .limit(batchSize)
      .lean();
    if (due.length === 0) return 0;
    // A second relay may take the same ones; that costs a repeated POST, no more.
    await outbox.updateMany(
      { _id: { $in: due.map((message) => message._id) }, status: 'PENDING' },
      { $set: { availableAt: new Date(now.getTime() + leaseMs) } },
    );
    await send(target, due, 0);
    return due.length;
  }

  const isOpen = (target: SubgraphName): boolean => (gates.get(target)?.closedUntil ?? 0) <= Date.now();

  function gather(target: SubgraphName): void {
    if (gathering.has(target) || stopping.signal.aborted) return;
    gathering.add(target);
    void track((async () => {
      await sleep(gatherMs);
      gathering.delete(target);
      if (isOpen(target)) await sweep(target);
    })()).catch(() => undefined);
  }

  async function loop(target: SubgraphName): Promise<void> {
    while (!stopping.signal.aborted) {
      const pause = Math.max((gates.get(target)?.closedUntil ?? 0) - Date.now(), 0);
      const taken = pause > 0 ? 0 : await sweep(target).catch((error: unknown) => {
        log.debug({ target, reason: String(error) }, 'sweep failed');
        return 0;
      });
      const wait = Math.max((gates.get(target)?.closedUntil ?? 0) - Date.now(), 0) || (taken === batchSize ? 0 : sweepMs);
      if (wait > 0) await sleep(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  return {
    async deliver(messages) {
      const waitUntil = currentScope()?.waitUntil ?? 0;
      const attempts: Promise<void>[] = [];
      for (const target of targets) {
        const mine = messages.filter((message) => message.target === target);
        const prompt = mine.filter(({ envelope: { type } }) => isEventType(type) && routeOf(type).prompt);
        if (prompt.length > 0 && isOpen(target)) attempts.push(track(send(target, prompt, waitUntil)).catch(() => undefined));
        if (prompt.length < mine.length) gather(target);
      }
      const left = waitUntil - Date.now();
      if (attempts.length === 0 || left <= 0) return;
      const patience = new AbortController();
      await Promise.race([Promise.all(attempts), sleep(left, undefined, { signal: patience.signal }).catch(() => undefined)]);
      patience.abort();
    },
    sweep,
    start() {
      for (const target of targets) if (!loops.has(target)) loops.set(target, loop(target));
    },
    async stop() {
      stopping.abort();
      await Promise.all(loops.values());
      await Promise.allSettled([...running]);
    },
  };
}
