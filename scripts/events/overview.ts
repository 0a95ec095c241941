// What the outboxes and inboxes of the levels hold that has not taken effect yet.
import mongoose, { type Connection } from 'mongoose';
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
  readonly counts: readonly { readonly level: SubgraphName; readonly status: Status; readonly count: number }[];
  readonly events: readonly OpenEvent[];
}

/** Where each level's database is; a level that is not asked about is left out. */
export type LevelUris = Partial<Readonly<Record<SubgraphName, string>>>;

const kept = { waiting: 'WAITING', parked: 'PARKED' } as const;

async function pendingOf(level: SubgraphName, connection: Connection, now: Date, limit: number) {
  const outbox = connection.collection<OutboxDocument>('outbox');
  const byTarget = await outbox.aggregate<{ _id: string; pending: number; oldest: Date }>([
    { $match: { status: 'PENDING' } },
    { $group: { _id: '$target', pending: { $sum: 1 }, oldest: { $min: '$createdAt' } } },
    { $sort: { _id: 1 } },
  ]).toArray();
  const lags = byTarget.map(({ _id, pending, oldest }): Lag =>
    ({ level, target: _id, pending, lagMs: now.getTime() - oldest.getTime() }));
  const found = await outbox.find({ status: 'PENDING' }).sort({ createdAt: 1 }).limit(limit).toArray();
  const events = found.map(({ envelope: { id, type, subject }, target, createdAt, lastError }): OpenEvent =>
    ({ level, status: 'pending', id, type, subject, other: target, since: createdAt, error: lastError }));
  return { lags, events };
}

async function keptOf(level: SubgraphName, status: keyof typeof kept, connection: Connection, limit: number) {
  const inbox = connection.collection<InboxDocument>('inbox');
  const filter = { status: kept[status] };
  const found = await inbox.find(filter).sort({ receivedAt: 1, sequence: 1 }).limit(limit).toArray();
  const events = found.map(({ _id, type, subject, source, receivedAt, error }): OpenEvent =>
    ({ level, status, id: _id, type, subject, other: source, since: receivedAt, error }));
  return { count: await inbox.countDocuments(filter), events };
}

async function read(level: SubgraphName, uri: string, now: Date, limit: number): Promise<Overview> {
  const connection = await mongoose.createConnection(uri, { serverSelectionTimeoutMS: 5_000 }).asPromise();
  try {
    const pending = await pendingOf(level, connection, now, limit);
    const waiting = await keptOf(level, 'waiting', connection, limit);
    const parked = await keptOf(level, 'parked', connection, limit);
    return {
      lags: pending.lags,
      counts: [
        { level, status: 'pending', count: pending.lags.reduce((sum, lag) => sum + lag.pending, 0) },
        { level, status: 'waiting', count: waiting.count },
        { level, status: 'parked', count: parked.count },
      ],
      events: [...pending.events, ...waiting.events, ...parked.events],
    };
  } finally {
    await connection.close();
  }
}

/** Reads at most `limit` events a level and status, oldest first. */
export async function readOverview(
  uris: LevelUris,
  { now, limit = 100 }: { readonly now: Date; readonly limit?: number },
): Promise<Overview> {
  const entries = Object.entries(uris) as [SubgraphName, string][];
  const levels = await Promise.all(entries.map(([level, uri]) => read(level, uri, now, limit)));
  return {
    lags: levels.flatMap(({ lags }) => lags),
    counts: levels.flatMap(({ counts }) => counts),
    events: levels.flatMap(({ events }) => events),
  };
}
