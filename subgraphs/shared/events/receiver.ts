import type { ClientSession } from 'mongoose';
import type { Logger } from 'pino';
import { isEventType, routeOf, type EventType, type SubgraphName } from '../../../schema/events.js';
import { groupBy } from '../domain/groupBy.js';
import { RaceLost } from '../domain/raceLost.js';
import type { Transactions, UnitOfWork } from '../persistence/transactions.js';
import type { EventCollections, InboxDocument } from './collections.js';
import type { Envelope, Receipt } from './envelope.js';
import { continueTrace, currentScope, runInScope } from './trace.js';

export interface Received {
  readonly id: string;
  readonly source: SubgraphName;
  readonly at: Date;
  readonly data: unknown;
}

/** The effect of events of one type; ordered ones come one at a time, others as they were sent, many at once. */
export type EventHandler = (events: readonly Received[], unit: UnitOfWork) => Promise<void>;
export type EventHandlers = Partial<Readonly<Record<EventType, EventHandler>>>;

export interface Receiver {
  /** Takes a batch in; throws only when the database cannot be used, and then the sender tries again. */
  receive(batch: readonly Envelope[]): Promise<Receipt[]>;
  /** Tries a parked or waiting event again. */
  retry(id: string): Promise<Receipt>;
  /** Takes in what waits although its turn has come (the process ended before it could); answers how many. */
  sweep(): Promise<number>;
}

/** How often an effect is tried again because somebody else wrote at the same time. */
const maxRaces = 20;

/** The database's trouble, not the event's: worth trying again as it is. */
const isTransient = (error: unknown): boolean =>
  error instanceof Error && /^Mongo(ose)?(Network|Server(Selection|Closed)|Pool|Topology|NotConnected|Transaction|Expired|WriteConcern)/.test(error.name);
const isDuplicateKey = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 11_000;

export function createReceiver(options: {
  readonly me: SubgraphName;
  readonly events: EventCollections;
  readonly transactions: Transactions;
  readonly handlers: EventHandlers;
  readonly log: Logger;
}): Receiver {
  const { me, events: { inbox, received }, transactions, handlers, log } = options;
  const queues = new Map<string, Promise<unknown>>();

  /** One at a time per source and subject in this process; between processes the database decides. */
  async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (queues.get(key) ?? Promise.resolve()).catch(() => undefined).then(work);
    queues.set(key, turn);
    try {
      return await turn;
    } finally {
      if (queues.get(key) === turn) queues.delete(key);
    }
  }

  const entry = (envelope: Envelope, status: InboxDocument['status'], error: string | null): Omit<InboxDocument, '_id'> => ({
    source: envelope.source,
    subject: envelope.subject,
    type: envelope.type,
    sequence: envelope.sequence,
    status,
    error,
    receivedAt: new Date(),
    appliedAt: status === 'APPLIED' ? new Date() : null,
    envelope: status === 'APPLIED' ? null : envelope,
  });

  const keep = (envelope: Envelope, status: 'WAITING' | 'PARKED', error: string | null, session?: ClientSession) =>
    inbox.replaceOne({ _id: envelope.id, status: { $ne: 'APPLIED' } }, entry(envelope, status, error), { upsert: true, ...(session && { session }) });

  /** What the event means here, or why it cannot be taken in. */
  function understand(envelope: Envelope): { handler: EventHandler; event: Received; ordered: boolean } | { error: string } {
    const { type, source } = envelope;
    if (!isEventType(type)) return { error: `unknown event type ${type}` };
    const route = routeOf(type);
    const handler = handlers[type];
    if (!route.from.includes(source)) return { error: `${source} may not send ${type}` };
    if (!route.to.includes(me) || !handler) return { error: `${type} is not for ${me}` };
    const data = route.data.safeParse(envelope.data);
    if (!data.success) return { error: `data of ${type}: ${data.error.issues.map((i) => `${i.path.join('.')} ${i.message}`).join('; ')}` };
    return { handler, ordered: route.ordered, event: { id: envelope.id, source, at: new Date(envelope.time), data: data.data } };
  }

  async function park(envelope: Envelope, error: string): Promise<Receipt> {
    log.error({ event: envelope.id, type: envelope.type, source: envelope.source, reason: error }, 'event parked');
    await keep(envelope, 'PARKED', error).catch((failure: unknown) => {
      if (!isDuplicateKey(failure)) throw failure;
    });
    return 'PARKED';
  }

  /** Runs `work`; what is the event's own fault parks it. */
  async function attempt(envelope: Envelope, work: (unit: UnitOfWork) => Promise<Receipt>, races = 0): Promise<Receipt> {
    const scope = { traceparent: continueTrace(envelope.traceparent), waitUntil: currentScope()?.waitUntil ?? 0 };
    try {
      return await runInScope(scope, () => transactions.run(work));
    } catch (error) {
      if (isTransient(error)) throw error;
      if (error instanceof RaceLost && races < maxRaces) return attempt(envelope, work, races + 1);
      if (isDuplicateKey(error) && (await inbox.exists({ _id: envelope.id, status: 'APPLIED' }))) return 'DUPLICATE';
      return park(envelope, error instanceof Error ? error.message : String(error));
    }
  }

  async function applyOrdered(envelope: Envelope): Promise<Receipt> {
    const understood = understand(envelope);
    const key = `${envelope.source}:${envelope.subject}`;
    const receipt = await inTurn(key, () => attempt(envelope, async (unit) => {
      const { session } = unit;
      const last = (await received.findById(key, null, { session }).lean())?.last ?? 0;
      if (envelope.sequence <= last) return 'DUPLICATE';
      if ('error' in understood) throw new Error(understood.error);
      if (envelope.sequence > last + 1) {
        await keep(envelope, 'WAITING', null, session);
        return 'WAITING';
      }
      if (last === 0) await received.create([{ _id: key, last: 1 }], { session });
      else await received.updateOne({ _id: key }, { $set: { last: envelope.sequence } }, { session });
      await inbox.replaceOne({ _id: envelope.id }, entry(envelope, 'APPLIED', null), { upsert: true, session });
      await understood.handler([understood.event], unit);
      return 'APPLIED';
    }));
    if (receipt === 'APPLIED') await release(envelope);
    return receipt;
  }

  /** The event that waited for this one, if there is one. */
  async function release({ source, subject, sequence }: Envelope): Promise<void> {
    const next = await inbox.findOne({ source, subject, sequence: sequence + 1, status: 'WAITING' }).lean();
    if (next?.envelope) await applyOrdered(next.envelope);
  }

  async function applyUnordered(batch: readonly Envelope[]): Promise<Map<string, Receipt>> {
    const receipts = new Map<string, Receipt>();
    const byType = groupBy(batch, (envelope) => envelope.type);
    for (const sameType of byType.values()) {
      const understood = sameType.map((envelope) => ({ envelope, meaning: understand(envelope) }));
      const sound = understood.flatMap(({ envelope, meaning }) => ('error' in meaning ? [] : [{ envelope, ...meaning }]));
      for (const { envelope, meaning } of understood) {
        if ('error' in meaning) receipts.set(envelope.id, await park(envelope, meaning.error));
      }
      const [first] = sound;
      if (!first) continue;
      const apply = (several: typeof sound) => async (unit: UnitOfWork): Promise<Receipt> => {
        const ids = several.map(({ envelope }) => envelope.id);
        const known = await inbox.find({ _id: { $in: ids }, status: 'APPLIED' }, { _id: 1 }, { session: unit.session }).lean();
        const seen = new Set(known.map(({ _id }) => _id));
        const fresh = several.filter(({ envelope }) => !seen.has(envelope.id));
        for (const id of ids) receipts.set(id, seen.has(id) ? 'DUPLICATE' : 'APPLIED');
        if (fresh.length === 0) return 'DUPLICATE';
        await inbox.deleteMany({ _id: { $in: fresh.map(({ envelope }) => envelope.id) } }, { session: unit.session });
        await inbox.insertMany(
          fresh.map(({ envelope }) => ({ _id: envelope.id, ...entry(envelope, 'APPLIED', null) })),
          { session: unit.session },
        );
        await first.handler(fresh.map(({ event }) => event), unit);
        return 'APPLIED';
      };
      try {
        await transactions.run(apply(sound));
      } catch (error) {
        if (isTransient(error)) throw error;
        // One of them is to blame: alone, each shows which.
        for (const one of sound) receipts.set(one.envelope.id, await attempt(one.envelope, apply([one])));
      }
    }
    return receipts;
  }

  const isOrdered = ({ type }: Envelope): boolean => !isEventType(type) || routeOf(type).ordered;

  return {
    async receive(batch) {
      const unordered = batch.filter((envelope) => !isOrdered(envelope));
      const receipts = unordered.length > 0 ? await applyUnordered(unordered) : new Map<string, Receipt>();
      // Subjects side by side, each one's events in the order they came.
      const bySubject = groupBy(batch.filter(isOrdered), (envelope) => envelope.subject);
      await Promise.all([...bySubject.values()].map(async (envelopes) => {
        for (const envelope of envelopes) receipts.set(envelope.id, await applyOrdered(envelope));
      }));
      return batch.map(({ id }) => receipts.get(id) ?? 'PARKED');
    },
    async sweep() {
      const waiting = await inbox.find({ status: 'WAITING' }).sort({ receivedAt: 1 }).limit(100).lean();
      const receipts = await Promise.all(waiting.flatMap(({ envelope }) => (envelope ? [applyOrdered(envelope)] : [])));
      return receipts.filter((receipt) => receipt === 'APPLIED').length;
    },
    async retry(id) {
      const kept = await inbox.findById(id).lean();
      if (!kept?.envelope) return 'DUPLICATE';
      if (isOrdered(kept.envelope)) return applyOrdered(kept.envelope);
      return (await applyUnordered([kept.envelope])).get(id) ?? 'PARKED';
    },
  };
}
