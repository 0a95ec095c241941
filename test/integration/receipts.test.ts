import type { Connection } from 'mongoose';
import { openReceipts, receiptOf, type Receipt, type Receipts } from '../../subgraphs/shared/persistence/receipts.js';
import { testDatabase, type TestDatabase } from '../kit/database.js';

const hour = 3_600_000;
const clock = { now: Date.now() };
let database: TestDatabase;
let receipts: Receipts;
beforeAll(async () => {
  database = await testDatabase('receipts');
  receipts = await openReceipts(database.connection, () => new Date(clock.now));
});
afterAll(() => database.drop());

const receipt = (key: string, { actorId = 'clerk-1', note = 'a' } = {}): Receipt =>
  receiptOf(actorId, 'caseAccept', { idempotencyKey: key, note } as { idempotencyKey: string }) as Receipt;
const record = (one: Receipt, result: string, connection: Connection = database.connection): Promise<unknown> =>
  connection.transaction((session) => receipts.record(one, result, session));
const duplicateKey = expect.objectContaining({ code: 11_000 });

describe('a receipt', () => {
  it('is found with the result of the first call', async () => {
    expect(await receipts.find(receipt('k1'))).toEqual({ ok: true, value: null });
    await record(receipt('k1'), 'case-1');
    expect(await receipts.find(receipt('k1'))).toEqual({ ok: true, value: 'case-1' });
  });

  it('is refused for the same key with other input', async () => {
    await record(receipt('k2'), 'case-2');
    expect(await receipts.find(receipt('k2', { note: 'b' }))).toEqual({
      ok: false, error: expect.objectContaining({ code: 'IDEMPOTENCY_KEY_REUSED', field: ['input', 'idempotencyKey'] }),
    });
  });

  it('is one for each actor and key', async () => {
    await record(receipt('k3'), 'case-3');
    await record(receipt('k3', { actorId: 'clerk-2' }), 'case-4');
    expect(await receipts.find(receipt('k3', { actorId: 'clerk-2' }))).toEqual({ ok: true, value: 'case-4' });

    await expect(record(receipt('k3'), 'case-5')).rejects.toEqual(duplicateKey);
    expect(await receipts.find(receipt('k3'))).toEqual({ ok: true, value: 'case-3' });
  });

  it('goes with the transaction it was written in', async () => {
    const given = database.connection.transaction(async (session) => {
      await receipts.record(receipt('k4'), 'case-6', session);
      throw new Error('given up');
    });
    await expect(given).rejects.toThrow('given up');
    expect(await receipts.find(receipt('k4'))).toEqual({ ok: true, value: null });
  });

  it('is written by one of those that call at the same time; the others fail with their transactions', async () => {
    await database.connection.createCollection('effects');
    const effects = database.connection.collection<{ _id: number }>('effects');
    const call = (n: number): Promise<number> => database.connection.transaction(async (session) => {
      await effects.insertOne({ _id: n }, { session });
      await receipts.record(receipt('k5'), `case-${n}`, session);
      return n;
    }) as Promise<number>;
    const calls = await Promise.allSettled([1, 2, 3, 4, 5].map(call));

    const winners = calls.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refusals = calls.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    expect(winners).toHaveLength(1);
    expect(refusals).toEqual(Array(4).fill(duplicateKey));
    expect(await effects.find().toArray()).toEqual([{ _id: winners[0] }]);
    expect(await receipts.find(receipt('k5'))).toEqual({ ok: true, value: `case-${winners[0]}` });
  });

  it('is in force for 24 hours, and then the key is free again', async () => {
    await record(receipt('k6'), 'case-7');
    clock.now += 24 * hour;
    expect(await receipts.find(receipt('k6'))).toEqual({ ok: true, value: 'case-7' });
    await expect(record(receipt('k6'), 'case-8')).rejects.toEqual(duplicateKey);

    clock.now += 1;
    expect(await receipts.find(receipt('k6', { note: 'b' }))).toEqual({ ok: true, value: null });
    await record(receipt('k6', { note: 'b' }), 'case-8');
    expect(await receipts.find(receipt('k6', { note: 'b' }))).toEqual({ ok: true, value: 'case-8' });
  });

  it('of a whole call is kept before its parts are, for this very call', async () => {
    const whole = receipt('k7');
    expect(await Promise.all([receipts.claim(whole), receipts.claim(whole)])).toEqual([{ ok: true, value: null }, { ok: true, value: null }]);
    expect(await receipts.claim(receipt('k7', { note: 'b' }))).toMatchObject({ ok: false, error: { code: 'IDEMPOTENCY_KEY_REUSED' } });

    const part = (name: string, note = 'a'): Receipt => ({ ...receipt('k7', { note }), part: name });
    expect(await receipts.findParts([part('one'), part('two')])).toEqual(new Map());
    await record({ ...part('one'), effect: { to: 'ACCEPTED' } }, 'case-9');
    expect(await receipts.findParts([part('one'), part('two')])).toEqual(new Map([
      ['one', { ok: true, value: { result: 'case-9', effect: { to: 'ACCEPTED' } } }],
    ]));
    expect((await receipts.findParts([part('one', 'b')])).get('one')).toMatchObject({ ok: false, error: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    expect(await receipts.findParts([])).toEqual(new Map());
  });

  it.each([['empty', ''], ['of 101 characters', 'x'.repeat(101)]])('has no key that is %s', async (_what, key) => {
    expect(await receipts.find(receipt(key))).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT' } });
    expect((await receipts.find(receipt('x'.repeat(100)))).ok).toBe(true);
  });
});
