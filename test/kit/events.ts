import { pino, type Logger } from 'pino';
import type { EventType, SubgraphName } from '../../schema/events.js';
import { openEventCollections, type EventCollections } from '../../subgraphs/shared/events/collections.js';
import type { Envelope, Outgoing, Receipt } from '../../subgraphs/shared/events/envelope.js';
import {
  createReceiver, type EventHandlers, type Received, type Receiver,
} from '../../subgraphs/shared/events/receiver.js';
import { createRelay, PostRefused, type Post, type Relay } from '../../subgraphs/shared/events/relay.js';
import { continueTrace, runInScope } from '../../subgraphs/shared/events/trace.js';
import {
  createTransactions, type TransactionRunner, type UnitOfWork,
} from '../../subgraphs/shared/persistence/transactions.js';
import { testDatabase, type TestDatabase } from './database.js';

/** Milliseconds since the epoch, moved by hand. */
export interface Clock {
  now: number;
}

/** What a POST meets: nothing, or a fault of the network or of the receiver. */
export type Fault = 'lost' | 'answer lost' | 'twice' | 'turned round';

export interface Effect {
  _id: string;
  seen: number[];
}

/** One level's post office on a database of its own. */
export interface PostOffice {
  readonly name: SubgraphName;
  readonly database: TestDatabase;
  readonly events: EventCollections;
  readonly transactions: TransactionRunner;
  readonly relay: Relay;
  readonly receiver: Receiver;
  /** Lines of its log. */
  readonly lines: Record<string, unknown>[];
  /** Commits events and sees their first delivery through. */
  commit(...events: readonly Outgoing[]): Promise<void>;
  /** The same for events about one subject, numbered as given. */
  emit(subject: string, ...numbers: number[]): Promise<void>;
  /** Commits them and is killed before anything is sent. */
  emitAndDie(subject: string, ...numbers: number[]): Promise<void>;
  /** Another process of the same level; with collections or handlers of its own where given. */
  twin(
    over?: Partial<EventCollections>,
    handlers?: EventHandlers,
  ): { readonly relay: Relay; readonly receiver: Receiver };
}

interface Posted {
  readonly from: SubgraphName;
  readonly to: SubgraphName;
  readonly batch: readonly Envelope[];
}

export interface World {
  readonly clock: Clock;
  readonly offices: Readonly<Record<'community' | 'street' | 'district' | 'city', PostOffice>>;
  /** Met by the POSTs to come, one each; after them all is well. */
  readonly faults: Fault[];
  /** Each POST that was tried, faults or not. */
  readonly posts: Posted[];
  /** Numbers whose effect fails, with what, and how often; always when that is not said. */
  readonly failing: Map<number, { readonly error: Error; times?: number }>;
  /** Events no receiver will have. */
  refused: (envelope: Envelope) => boolean;
  /** What took effect at the community, by `<source>:<subject>`, in order. */
  effects(): Promise<Record<string, number[]>>;
  /** Every level tries again what is due, and takes in what waits, until nothing moves. */
  settle(): Promise<void>;
  end(): Promise<void>;
}

const signedBy: Readonly<Record<SubgraphName, { readonly type: EventType; readonly target: SubgraphName }>> = {
  community: { type: 'case.rescheduled', target: 'street' },
  street: { type: 'dispatch.signed', target: 'community' },
  district: { type: 'coordination.signed', target: 'community' },
  city: { type: 'receipt.signed', target: 'community' },
};

/** Long enough for any delivery here. */
const patienceMs = 10_000;

const at = new Date('2026-03-02T02:00:00Z');
const by = { id: 'clerk-1', role: 'STREET_CLERK', area: '340103001', unit: null };

/** An event of that level about `subject`; its number travels as the note. */
export function numbered(source: SubgraphName, subject: string, number: number): Outgoing {
  const { type, target } = signedBy[source];
  const own = type === 'case.rescheduled' ? { resolveBy: null } : { by };
  const data = { caseId: subject, rung: 1, at: at.toISOString(), note: String(number), ...own };
  return { type, subject, target, at, data };
}

/** A step of a case as it comes over the wire. */
export const envelope = (id: string, sequence: number, over: Partial<Envelope> = {}): Envelope => ({
  specversion: '1.0', id, source: 'street', type: 'dispatch.signed', subject: 'case-1', time: at.toISOString(),
  datacontenttype: 'application/json', data: numbered('street', 'case-1', sequence).data, sequence, ...over,
});

type Four = [PostOffice, PostOffice, PostOffice, PostOffice];

/** The four levels' post offices, over a network that does what it is told. Effects are numbers as they came. */
export async function openWorld(name: string): Promise<World> {
  const clock: Clock = { now: Date.parse('2026-03-02T02:00:00Z') };
  const faults: World['faults'] = [];
  const posts: World['posts'] = [];
  const failing: World['failing'] = new Map();
  const receivers = new Map<SubgraphName, Receiver>();

  async function carry(posted: Posted): Promise<readonly Receipt[]> {
    posts.push(posted);
    const { to, batch } = posted;
    const receiver = receivers.get(to);
    if (!receiver) throw new Error(`${to} is not there.`);
    // As the wire would: the receiver gets a copy.
    const arrived = structuredClone(batch) as Envelope[];
    const fault = faults.shift();
    if (arrived.some(world.refused)) throw new PostRefused(`${to} answered 400: not a batch`);
    if (fault === 'lost') throw new Error('connect ECONNREFUSED');
    if (fault === 'turned round') return (await receiver.receive(arrived.toReversed())).toReversed();
    const copies = fault === 'twice' ? [arrived, structuredClone(arrived)] : [arrived];
    const [receipts = []] = await Promise.all(copies.map((copy) => receiver.receive(copy)));
    if (fault === 'answer lost') throw new Error('socket hang up');
    return receipts;
  }

  async function open(level: SubgraphName): Promise<PostOffice> {
    const database = await testDatabase(`${name}_${level}`);
    const events = await openEventCollections(database.connection);
    await database.connection.createCollection('effects');
    const effects = database.connection.collection<Effect>('effects');
    const lines: Record<string, unknown>[] = [];
    const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
    const log: Logger = pino({ level: 'debug' }, { write });

    const fail = (number: number): void => {
      const failure = failing.get(number);
      if (failure && (failure.times === undefined || failure.times-- > 0)) throw failure.error;
    };
    const take = async (received: readonly Received[], { session }: UnitOfWork): Promise<void> => {
      for (const { source, data } of received) {
        const { caseId, note } = data as { caseId: string; note: string };
        const [_id, number] = [`${source}:${caseId}`, Number(note)];
        await effects.updateOne({ _id }, { $push: { seen: number } }, { upsert: true, session });
        fail(number);
      }
    };
    const count = async (received: readonly Received[], { session }: UnitOfWork): Promise<void> => {
      for (const { id, source, data } of received) {
        const { rows: [row] } = data as { rows: { counts: { submitted?: number } }[] };
        const submitted = row?.counts.submitted ?? 0;
        await effects.insertOne({ _id: `${source}:${id}`, seen: [submitted] }, { session });
        fail(submitted);
      }
    };
    const handlers: EventHandlers = {
      'counts.moved': count, 'dispatch.signed': take, 'coordination.signed': take, 'receipt.signed': take,
    };
    const targets = (Object.keys(signedBy) as SubgraphName[]).filter((other) => other !== level);
    const post: Post = (to, batch) => carry({ from: level, to, batch });
    const makeRelay = (collections = events): Relay =>
      createRelay({ events: collections, targets, post, log, now: () => clock.now });
    const relay = makeRelay();
    const { connection } = database;
    const shared = { connection, source: level, events, now: () => new Date(clock.now) };
    const transactions = createTransactions({ ...shared, deliver: relay.deliver });
    const dying = createTransactions({ ...shared, deliver: () => Promise.resolve() });
    const makeReceiver = (collections = events, does = handlers): Receiver =>
      createReceiver({ me: level, events: collections, transactions, handlers: does, log });
    const receiver = makeReceiver();
    receivers.set(level, receiver);
    const commit = (...outgoing: readonly Outgoing[]): Promise<void> =>
      runInScope({ traceparent: continueTrace(undefined), waitUntil: clock.now + patienceMs }, () =>
        transactions.run(async (unit) => unit.emit(...outgoing)));
    return {
      name: level, database, events, transactions, relay, receiver, lines,
      commit,
      emit: (subject, ...numbers) => commit(...numbers.map((number) => numbered(level, subject, number))),
      emitAndDie: (subject, ...numbers) =>
        dying.run(async (unit) => unit.emit(...numbers.map((number) => numbered(level, subject, number)))),
      twin: (over, does) => ({
        relay: makeRelay({ ...events, ...over }), receiver: makeReceiver({ ...events, ...over }, does),
      }),
    };
  }

  const levels = ['community', 'street', 'district', 'city'] as const;
  const [community, street, district, city] = await Promise.all(levels.map(open)) as Four;
  const offices = { community, street, district, city };
  const senders = [street, district, city];

  const world: World = {
    clock, offices, faults, posts, failing, refused: () => false,
    async effects() {
      const all = await community.database.connection.collection<Effect>('effects').find().toArray();
      return Object.fromEntries(all.map(({ _id, seen }) => [_id, seen]));
    },
    async settle() {
      faults.length = 0;
      for (let moved = true; moved;) {
        clock.now += 10_000;
        const sent = await Promise.all(senders.map(({ relay }) => relay.sweep('community')));
        const taken = await community.receiver.sweep();
        moved = sent.some((count) => count > 0) || taken > 0;
      }
    },
    async end() {
      for (const { relay, database } of Object.values(offices)) {
        await relay.stop();
        await database.drop();
      }
    },
  };
  return world;
}
