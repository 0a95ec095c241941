import type { ClientSession } from 'mongoose';
import type { Logger } from 'pino';
import type { SubgraphName } from '../../../schema/events.js';
import type { Tracing } from '../../../telemetry/telemetry.js';
import { groupBy } from '../domain/groupBy.js';
import { RaceLost } from '../domain/raceLost.js';
import { isDatabaseTrouble, isDuplicateKey } from '../persistence/failures.js';
import type { TransactionRunner, UnitOfWork } from '../persistence/transactions.js';
import type { EventCollections } from './collections.js';
import type { Envelope, Receipt } from './envelope.js';
import { createInbox } from './inbox.js';
import { continueTrace, currentScope, runInScope } from './trace.js';
import { createTurns, sideBySide } from './turns.js';
import { understand, type EventHandlers } from './understand.js';

export type { EventHandler, EventHandlers, Received } from './understand.js';

export interface Receiver {
  /** Takes a batch in; throws only when the database cannot be used, and then the sender tries again. */
  receive(batch: readonly Envelope[]): Promise<Receipt[]>;
  /** Tries a parked or waiting event again, and then those that waited for it; null when there is no such event. */
  retry(id: string): Promise<Receipt | null>;
  /** Takes in what waits although its turn has come, after a crash; answers for how many subjects. */
  sweep(): Promise<number>;
}

/** How often an effect is tried again because somebody else wrote at the same time. */
const maxRaces = 20;
/** Subjects worked on at the same time: more would only keep their transactions open for longer. */
const width = 16;

interface Outcome {
  readonly receipt: Receipt;
  /** The highest number of this subject that had to wait. */
  readonly waiting: number;
}
/** What taking events in sends on to other levels. */
type Deliveries = Promise<void>[];

/** A number that has been used, by another event than the one that used it. */
class NumberTaken extends Error {
  constructor(envelope: Envelope) {
    super(`number ${envelope.sequence} of ${keyOf(envelope)} was another event's; was the sender's database set back?`);
  }
}

const keyOf = ({ source, subject }: Pick<Envelope, 'source' | 'subject'>): string => `${source}:${subject}`;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const settled = (receipt: Receipt): Outcome => ({ receipt, waiting: 0 });

/**
 * Takes events in: each takes effect once, those of one sender and subject in the order of their numbers, whatever
 * the network and the processes do. Several processes may work on one database.
 */
export function createReceiver(options: {
  readonly me: SubgraphName;
  readonly events: Pick<EventCollections, 'inbox' | 'received'>;
  readonly transactions: TransactionRunner;
  readonly handlers: EventHandlers;
  readonly log: Logger;
  readonly tracing?: Tracing | null;
}): Receiver {
  const { me, events: { inbox: collection, received }, transactions, handlers, log, tracing = null } = options;
  const inbox = createInbox(collection, log);
  const inTurn = createTurns();

  const park = async (envelope: Envelope, error: string): Promise<Receipt> =>
    (await inbox.park(envelope, error)) ? 'PARKED' : 'DUPLICATE';

  /** Commits in the scope of the request that caused the event; what this sends on goes to `deliveries`. */
  async function commit<T>(
    { traceparent, type, source }: Envelope,
    deliveries: Deliveries,
    work: (unit: UnitOfWork) => Promise<T>,
  ): Promise<T> {
    const span = tracing?.start(`process ${type}`, {
      kind: 'consumer', parent: traceparent, attributes: { 'cloudevents.event_type': type, 'cloudevents.event_source': source },
    });
    const scope = { traceparent: span?.traceparent ?? continueTrace(traceparent), waitUntil: currentScope()?.waitUntil ?? 0 };
    try {
      const { value, delivered } = await runInScope(scope, () => transactions.commit(work));
      deliveries.push(delivered);
      span?.end();
      return value;
    } catch (error) {
      span?.end((error as Error).name);
      throw error;
    }
  }

  /** In turn: takes it in. Out of turn: known, or it waits. `isKept`: the inbox has it, without effect. */
  async function take(envelope: Envelope, isKept: boolean, unit: UnitOfWork): Promise<Outcome> {
    const { session } = unit;
    const { id, sequence } = envelope;
    const turn = await received.findOneAndUpdate(
      { _id: keyOf(envelope), last: sequence - 1 },
      { $set: { last: sequence } },
      { upsert: sequence === 1, returnDocument: 'after', session },
    );
    if (!turn) return outOfTurn(envelope, session);
    const understood = understand(me, handlers, envelope);
    if ('error' in understood) throw new Error(understood.error);
    if (isKept) await inbox.markApplied(id, session);
    else await inbox.insertApplied([envelope], session);
    await understood.handler([understood.event], unit);
    return { receipt: 'APPLIED', waiting: turn.waiting ?? 0 };
  }

  async function outOfTurn(envelope: Envelope, session: ClientSession): Promise<Outcome> {
    const _id = keyOf(envelope);
    const { sequence } = envelope;
    const { last } = (await received.findOne({ _id }, { session })) ?? { last: 0 };
    if (sequence <= last) throw new NumberTaken(envelope);
    // Written to by this and by the effect of the one before, so that neither overlooks the other.
    const update = { $max: { waiting: sequence }, $setOnInsert: { last: 0 } };
    await received.updateOne({ _id }, update, { upsert: true, session });
    await inbox.keepWaiting(envelope, null, session);
    return settled('WAITING');
  }

  /** Takes an ordered event in until it is decided; what is its own fault parks it. */
  async function decide(envelope: Envelope, isKept: boolean, deliveries: Deliveries, races = 0): Promise<Outcome> {
    try {
      return await commit(envelope, deliveries, (unit) => take(envelope, isKept, unit));
    } catch (error) {
      if (isDatabaseTrouble(error)) throw error;
      if (error instanceof RaceLost) {
        if (races < maxRaces) return decide(envelope, isKept, deliveries, races + 1);
        await inbox.keepWaiting(envelope, `lost ${races} races: ${error.message}`);
        return settled('WAITING');
      }
      const status = await inbox.statusOf(envelope.id);
      if (status === 'APPLIED') return settled('DUPLICATE');
      if (status !== null && !isKept) return decide(envelope, true, deliveries, races);
      const reason = (await isNumberTaken(envelope, error)) ? new NumberTaken(envelope) : error;
      return settled(await park(envelope, messageOf(reason)));
    }
  }

  /** A subject's first number is not looked for but inserted, and refused where there is one. */
  const isNumberTaken = async (envelope: Envelope, error: unknown): Promise<boolean> =>
    isDuplicateKey(error)
    && (await received.findOne({ _id: keyOf(envelope), last: { $gte: envelope.sequence } })) !== null;

  /** Takes an ordered event in, and then those that waited for it. */
  const takeOrdered = (envelope: Envelope, isKept: boolean, deliveries: Deliveries): Promise<Receipt> =>
    inTurn(keyOf(envelope), async () => {
      const first = await decide(envelope, isKept, deliveries);
      let { receipt, waiting } = first;
      for (let { sequence } = envelope; receipt === 'APPLIED' && waiting > sequence; sequence += 1) {
        const next = await inbox.waiting(envelope, sequence + 1);
        if (!next) break;
        ({ receipt, waiting } = await decide(next, true, deliveries));
      }
      return first.receipt;
    });

  /** Takes one unordered event in by itself; what is its own fault parks it. */
  async function takeAlone(envelope: Envelope, deliveries: Deliveries, races = 0): Promise<Receipt> {
    const understood = understand(me, handlers, envelope);
    if ('error' in understood) return park(envelope, understood.error);
    try {
      return await commit<Receipt>(envelope, deliveries, async (unit) => {
        const isKept = await inbox.markApplied(envelope.id, unit.session);
        if (!isKept) await inbox.insertApplied([envelope], unit.session);
        await understood.handler([understood.event], unit);
        return 'APPLIED';
      });
    } catch (error) {
      if (isDatabaseTrouble(error)) throw error;
      if (error instanceof RaceLost && races < maxRaces) return takeAlone(envelope, deliveries, races + 1);
      return (await inbox.statusOf(envelope.id)) === 'APPLIED' ? 'DUPLICATE' : park(envelope, messageOf(error));
    }
  }

  /** Takes unordered events of one type in at once; false when one of them stands in the way. */
  async function takeAll(envelopes: readonly Envelope[], deliveries: Deliveries): Promise<boolean> {
    const meanings = envelopes.map((envelope) => understand(me, handlers, envelope));
    const sound = meanings.flatMap((meaning) => ('error' in meaning ? [] : [meaning]));
    const [envelope] = envelopes;
    const [first] = sound;
    if (!envelope || !first || sound.length < envelopes.length) return false;
    try {
      await commit(envelope, deliveries, async (unit) => {
        await inbox.insertApplied(envelopes, unit.session);
        await first.handler(sound.map(({ event }) => event), unit);
      });
      return true;
    } catch (error) {
      if (isDatabaseTrouble(error)) throw error;
      return false;
    }
  }

  async function takeUnordered(envelopes: readonly Envelope[], deliveries: Deliveries): Promise<Receipt[]> {
    if (await takeAll(envelopes, deliveries)) return envelopes.map(() => 'APPLIED');
    const known = new Set(await inbox.applied(envelopes.map(({ id }) => id)));
    const receipts: Receipt[] = [];
    for (const envelope of envelopes) {
      receipts.push(known.has(envelope.id) ? 'DUPLICATE' : await takeAlone(envelope, deliveries));
    }
    return receipts;
  }

  return {
    async receive(batch) {
      const deliveries: Deliveries = [];
      const receipts = new Map<Envelope, Receipt>();
      const unordered = groupBy(batch.filter(({ sequence }) => sequence === 0), ({ type }) => type);
      const ordered = groupBy(batch.filter(({ sequence }) => sequence > 0), keyOf);
      // Subjects side by side, each one's events in the order they came.
      const works = [
        ...[...unordered.values()].map((envelopes) => async () => {
          const answers = await takeUnordered(envelopes, deliveries);
          answers.forEach((answer, i) => receipts.set(envelopes[i] as Envelope, answer));
        }),
        ...[...ordered.values()].map((envelopes) => async () => {
          for (const envelope of envelopes) receipts.set(envelope, await takeOrdered(envelope, false, deliveries));
        }),
      ];
      await sideBySide(width, works, (work) => work());
      await Promise.all(deliveries);
      return batch.map((envelope) => receipts.get(envelope) ?? 'PARKED');
    },
    async retry(id) {
      const kept = await collection.findOne({ _id: id });
      if (!kept) return null;
      if (!kept.envelope) return 'DUPLICATE';
      return kept.sequence > 0 ? takeOrdered(kept.envelope, true, []) : takeAlone(kept.envelope, []);
    },
    async sweep() {
      const fronts = await collection.aggregate<{ _id: Pick<Envelope, 'source' | 'subject'>; sequence: number }>([
        { $match: { status: 'WAITING' } },
        { $group: { _id: { source: '$source', subject: '$subject' }, sequence: { $min: '$sequence' } } },
      ]).toArray();
      if (fronts.length === 0) return 0;
      const reached = await received.find({ _id: { $in: fronts.map((front) => keyOf(front._id)) } }).toArray();
      const lasts = new Map(reached.map(({ _id, last }) => [_id, last]));
      const due = fronts.filter(({ _id, sequence }) => sequence <= (lasts.get(keyOf(_id)) ?? 0) + 1);
      let taken = 0;
      await sideBySide(width, due, async ({ _id, sequence }) => {
        const envelope = await inbox.waiting(_id, sequence);
        if (envelope && (await takeOrdered(envelope, true, [])) === 'APPLIED') taken += 1;
      });
      return taken;
    },
  };
}
