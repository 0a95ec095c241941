import {
  openEventCollections, type EventCollections, type OutboxDocument,
} from '../../subgraphs/shared/events/collections.js';
import { createTransactions, within, type TransactionRunner } from '../../subgraphs/shared/persistence/transactions.js';
import { testDatabase, type TestDatabase } from '../kit/database.js';
import { numbered } from '../kit/events.js';

interface Counter {
  _id: string;
  n: number;
}

let database: TestDatabase;
let events: EventCollections;
let transactions: TransactionRunner;
let delivered: OutboxDocument[];
const counters = () => database.connection.collection<Counter>('counters');

beforeAll(async () => {
  database = await testDatabase('transactions');
  events = await openEventCollections(database.connection);
  await database.connection.createCollection('counters');
  const deliver = async (messages: readonly OutboxDocument[]): Promise<void> => void delivered.push(...messages);
  transactions = createTransactions({ connection: database.connection, source: 'street', events, deliver });
});
afterAll(() => database.drop());
beforeEach(() => {
  delivered = [];
});

const sent = async (subject: string) =>
  (await events.outbox.find({ subject }).sort({ 'envelope.sequence': 1 }).toArray())
    .map(({ envelope: { sequence, data } }) => [sequence, Number(data['note'])]);

describe('a transaction', () => {
  it('writes state and events together, and has them delivered after the commit', async () => {
    const value = await transactions.run(async (unit) => {
      await counters().insertOne({ _id: 'together', n: 1 }, { session: unit.session });
      unit.emit(numbered('street', 'together', 1), numbered('street', 'together', 2));
      expect(delivered).toEqual([]);
      return 'done';
    });

    expect(value).toBe('done');
    expect(await sent('together')).toEqual([[1, 1], [2, 2]]);
    expect(delivered).toEqual(await events.outbox.find({ subject: 'together' }).sort({ _id: 1 }).toArray());
  });

  it('is one with those that join it', async () => {
    await transactions.run(async (unit) => {
      await within(unit).run(async (inner) => inner.emit(numbered('street', 'joined', 1)));
      unit.emit(numbered('street', 'joined', 2));
    });
    expect(await sent('joined')).toEqual([[1, 1], [2, 2]]);
  });

  it('leaves nothing behind when it fails, and delivers nothing', async () => {
    const failing = transactions.run(async (unit) => {
      await counters().insertOne({ _id: 'failing', n: 1 }, { session: unit.session });
      unit.emit(numbered('street', 'failing', 1));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');

    expect(await counters().findOne({ _id: 'failing' })).toBeNull();
    expect([await sent('failing'), delivered]).toEqual([[], []]);
    await transactions.run(async (unit) => unit.emit(numbered('street', 'failing', 2)));
    expect(await sent('failing')).toEqual([[1, 2]]);
  });

  it('runs again after a write conflict, and emits nothing from the attempt that was given up', async () => {
    await counters().insertOne({ _id: 'conflict', n: 0 });
    let attempts = 0;
    await transactions.run(async (unit) => {
      const { session } = unit;
      attempts += 1;
      const { n = 0 } = (await counters().findOne({ _id: 'conflict' }, { session })) ?? {};
      if (attempts === 1) await counters().updateOne({ _id: 'conflict' }, { $set: { n: 10 } });
      unit.emit(numbered('street', 'conflict', n));
      await counters().updateOne({ _id: 'conflict' }, { $set: { n: n + 1 } }, { session });
    });

    expect(attempts).toBe(2);
    expect(await counters().findOne({ _id: 'conflict' })).toEqual({ _id: 'conflict', n: 11 });
    expect(await sent('conflict')).toEqual([[1, 10]]);
    expect(delivered).toHaveLength(1);
  });

  it('gives a subject its numbers without a gap, however many commit at once', async () => {
    await counters().insertOne({ _id: 'crowd', n: 0 });
    await Promise.all(Array.from({ length: 12 }, () => transactions.run(async (unit) => {
      const { session } = unit;
      const after = { session, returnDocument: 'after' } as const;
      const next = await counters().findOneAndUpdate({ _id: 'crowd' }, { $inc: { n: 1 } }, after);
      unit.emit(numbered('street', 'crowd', next?.n ?? 0));
    })));

    const numbers = Array.from({ length: 12 }, (_, i) => i + 1);
    expect(await sent('crowd')).toEqual(numbers.map((n) => [n, n]));
  });

  it('gives a new subject its first numbers to those that race for them', async () => {
    await Promise.all(Array.from({ length: 8 }, (_, i) =>
      transactions.run(async (unit) => unit.emit(numbered('street', 'new', i)))));
    expect((await sent('new')).map(([sequence]) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
