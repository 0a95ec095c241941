// What the outboxes and inboxes of the four levels hold that has not taken effect yet.
import mongoose from 'mongoose';
import { subgraphNames } from '../platform/processes.js';
import type { SubgraphName } from '../../schema/events.js';
import type { InboxDocument, OutboxDocument } from '../../subgraphs/shared/events/collections.js';

export const statuses = ['pending', 'waiting', 'parked'] as const;
export type Status = (typeof statuses)[number];

export interface OpenEvent {
  readonly level: SubgraphName;
  readonly status: Status;
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  /** Where it goes (pending) or came from (waiting, parked). */
  readonly other: string;
  readonly since: Date;
  /** Parked: why. Pending: why the last attempt failed, if there was one. */
  readonly error: string | null;
}

export interface Lag {
  readonly level: SubgraphName;
  readonly target: string;
  readonly pending: number;
  /** Age of the oldest, ms. */
  readonly lagMs: number;
}

export interface Overview {
  readonly lags: readonly Lag[];
  readonly counts: readonly { readonly level: SubgraphName; readonly waiting: number; readonly parked: number }[];
  readonly events: readonly OpenEvent[];
}

/** Reads at most `limit` events a level and status, oldest first. */
export async function readOverview(
  uris: Readonly<Record<SubgraphName, string>>,
  { now, limit = 100 }: { readonly now: Date; readonly limit?: number },
): Promise<Overview> {
  const levels = await Promise.all(subgraphNames.map(async (level) => {
    const connection = await mongoose.createConnection(uris[level], { serverSelectionTimeoutMS: 5_000 }).asPromise();
    try {
      const outbox = connection.collection<OutboxDocument>('outbox');
      const inbox = connection.collection<InboxDocument>('inbox');
      const byTarget = await outbox.aggregate<{ _id: string; pending: number; oldest: Date }>([
        { $match: { status: 'PENDING' } },
        { $group: { _id: '$target', pending: { $sum: 1 }, oldest: { $min: '$createdAt' } } },
        { $sort: { _id: 1 } },
      ]).toArray();
      const pending = await outbox.find({ status: 'PENDING' }).sort({ createdAt: 1 }).limit(limit).toArray();
      const kept = await Promise.all((['WAITING', 'PARKED'] as const).map((status) =>
        inbox.find({ status }).sort({ receivedAt: 1 }).limit(limit).toArray()));
      return {
        lags: byTarget.map(({ _id, pending: number, oldest }): Lag => ({ level, target: _id, pending: number, lagMs: now.getTime() - oldest.getTime() })),
        counts: { level, waiting: await inbox.countDocuments({ status: 'WAITING' }), parked: await inbox.countDocuments({ status: 'PARKED' }) },
        events: [
          ...pending.map(({ envelope, target, createdAt, lastError }): OpenEvent => ({
            level, status: 'pending', id: envelope.id, type: envelope.type, subject: envelope.subject, other: target, since: createdAt, error: lastError,
          })),
          ...kept.flat().map(({ _id, status, type, subject, source, receivedAt, error }): OpenEvent => ({
            level, status: status === 'PARKED' ? 'parked' : 'waiting', id: _id, type, subject, other: source, since: receivedAt, error,
          })),
        ],
      };
    } finally {
      await connection.close();
    }
  }));
  return {
    lags: levels.flatMap(({ lags }) => lags),
    counts: levels.map(({ counts }) => counts),
    events: levels.flatMap(({ events }) => events),
  };
}
