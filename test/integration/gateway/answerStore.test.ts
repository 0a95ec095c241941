// What holds wherever answers are kept, and what only a Redis has to answer for.
import { createServer, type AddressInfo, type Server } from 'node:net';
import { pino } from 'pino';
import { memoryStore, type AnswerStore, type Found, type Place, type Value } from '../../../gateway/execution/answerStore.js';
import { redisAt } from '../../../gateway/execution/redis.js';
import { openRedisStore } from '../../../gateway/execution/redisStore.js';
import { until } from '../../kit/host.js';
import { describeWithRedis, startRedis, type TestRedis } from '../../kit/redis.js';

let clock: number;
const now = (): number => clock;
const place = (code: string, ...tags: string[]): Place => ({ key: `name of ${code}`, tags: ['district', `District:${code}`, ...tags] });
const life = () => ({ at: clock, until: clock + 60_000, atLast: clock + 600_000 });
const look = async (store: AnswerStore, ...places: Place[]): Promise<readonly (Found | null)[]> => (await store.look(places)).found;
const valuesOf = async (store: AnswerStore, ...places: Place[]): Promise<(Value | undefined)[]> => (await look(store, ...places)).map((found) => found?.value);
async function keep(store: AnswerStore, at: Place, value: Value = { name: '庐阳区' }): Promise<void> {
  await (await store.look([at])).keep([[0, value]], life());
}

const listen = (server: Server): Promise<number> => new Promise((resolve) => {
  server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
});

beforeEach(() => { clock = Date.parse('2026-03-02T01:00:00Z'); });

function contract(open: () => Promise<AnswerStore>): void {
  let store: AnswerStore;
  beforeEach(async () => { store = await open(); });
  afterEach(() => store.close());

  it('gives what it was given to keep, place by place, and has nothing else', async () => {
    expect(store.isUp()).toBe(true);
    expect(await look(store, place('1'), place('2'))).toEqual([null, null]);
    const { keep: keeps } = await store.look([place('1'), place('2'), place('3')]);
    await keeps([[2, { name: '"三"\n区' }], [0, { name: '一区', parts: [{ code: 1 }] }]], life());
    expect(await valuesOf(store, place('3'), place('2'), place('1'))).toEqual([{ name: '"三"\n区' }, undefined, { name: '一区', parts: [{ code: 1 }] }]);
    expect((await look(store, place('1')))[0]).toMatchObject(life());
  });

  it('keeps that there is no such thing', async () => {
    await keep(store, place('1'), null);
    expect(await look(store, place('1'))).toEqual([{ value: null, ...life() }]);
  });

  it('replaces what is old', async () => {
    await keep(store, place('1'));
    clock += 61_000;
    await keep(store, place('1'), { name: '新' });
    expect(await look(store, place('1'))).toEqual([{ value: { name: '新' }, ...life() }]);
  });

  it('gives each objects of his own', async () => {
    await keep(store, place('1'));
    const [first] = await valuesOf(store, place('1'));
    (first as { name: string }).name = 'changed';
    expect(await valuesOf(store, place('1'))).toEqual([{ name: '庐阳区' }]);
  });

  it('has what is no longer good until it is no better than nothing', async () => {
    await keep(store, place('1'));
    clock += 599_999;
    expect(await valuesOf(store, place('1'))).toEqual([{ name: '庐阳区' }]);
    clock += 1;
    expect(await valuesOf(store, place('1'))).toEqual([undefined]);
  });

  it('drops what has one of the tags, and that alone', async () => {
    const all = [place('1'), place('2', 'list'), { key: 'elsewhere', tags: ['city'] }];
    for (const one of all) await keep(store, one);
    await store.drop(['street', 'District:9']);
    expect(await valuesOf(store, ...all)).not.toContain(undefined);
    await store.drop(['list', 'nothing']);
    expect((await valuesOf(store, ...all)).map((value) => value !== undefined)).toEqual([true, false, true]);
    await store.drop(['district']);
    expect((await valuesOf(store, ...all)).map((value) => value !== undefined)).toEqual([false, false, true]);
    await keep(store, place('2', 'list'));
    expect(await valuesOf(store, place('2', 'list'))).toEqual([{ name: '庐阳区' }]);
  });

  it('does not keep what was asked for before one of its tags was dropped', async () => {
    const elsewhere: Place = { key: 'elsewhere', tags: ['city'] };
    const asked = await store.look([place('1'), place('2'), elsewhere]);
    await store.drop(['District:1']);
    await asked.keep([[0, { name: 'before' }], [1, { name: '二区' }], [2, { name: '合肥' }]], life());
    expect(await valuesOf(store, place('1'), place('2'), elsewhere)).toEqual([undefined, { name: '二区' }, { name: '合肥' }]);
  });

  it('keeps many at once', async () => {
    const places = Array.from({ length: 300 }, (_, number) => place(String(number)));
    await (await store.look(places)).keep(places.map((_, number) => [number, { number }]), life());
    expect(await valuesOf(store, ...places)).toEqual(places.map((_, number) => ({ number })));
  });
}

describe('in memory', () => contract(async () => memoryStore({ entries: 1_000, bytes: 1_000_000 }, now)));

describeWithRedis('in Redis', () => {
  let redis: TestRedis;
  const opened: AnswerStore[] = [];
  let logged: Record<string, unknown>[];

  /** With more patience than is usual: this machine may be busy. */
  async function open(url = redis.url, waitMs = 10_000): Promise<AnswerStore> {
    const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>) });
    const store = await openRedisStore({ connect: redisAt(url), log, now, waitMs, pauseMs: 200 });
    opened.push(store);
    return store;
  }
  beforeAll(async () => { redis = await startRedis(); });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    logged = [];
    await redis.command('FLUSHALL');
  });
  afterEach(async () => { await Promise.all(opened.splice(0).map((store) => store.close())); });

  /** Of those who are to lose it. */
  const patienceMs = 500;
  const words = (): unknown[] => logged.map(({ msg }) => msg);
  const away = 'the cache in Redis is away; levels are asked instead';
  const back = 'the cache in Redis is back';
  /** Where answers are, as opposed to versions. */
  const entryKeys = async (): Promise<string[]> => (await redis.keys()).filter((key) => /:[\w-]{43}$/.test(key));
  const versionKeys = async (): Promise<string[]> => (await redis.keys()).filter((key) => /:\d+$/.test(key));
  async function timed<T>(work: Promise<T>): Promise<readonly [T, number]> {
    const start = performance.now();
    return [await work, performance.now() - start];
  }

  describe('as anywhere', () => contract(() => open()));

  it('gives one what another keeps, and drops for both', async () => {
    const [one, other] = [await open(), await open()];
    await keep(one, place('1'));
    expect(await valuesOf(other, place('1'))).toEqual([{ name: '庐阳区' }]);
    await other.drop(['District:1']);
    expect(await valuesOf(one, place('1'))).toEqual([undefined]);
    expect(await valuesOf(other, place('1'))).toEqual([undefined]);
  });

  it.each([['the first to ask', false], ['one who knows the versions', true]])('does not keep, of %s, what was asked for before another dropped it', async (_who, isKnown) => {
    const [one, other] = [await open(), await open()];
    if (isKnown) await keep(one, place('1'));
    const asked = await one.look([place('1')]);
    await other.drop(['district']);
    await asked.keep([[0, { name: 'before' }]], life());
    expect(await valuesOf(one, place('1'))).toEqual([undefined]);
    expect(await valuesOf(other, place('1'))).toEqual([undefined]);
  });

  it('agrees on versions with whoever makes them at the same time', async () => {
    const stores = await Promise.all([open(), open(), open()]);
    await Promise.all(stores.map((store, number) => keep(store, place(String(number)))));
    for (const store of stores) expect(await valuesOf(store, place('0'), place('1'), place('2'))).not.toContain(undefined);
  });

  it('has keys of a bounded length, which all go by themselves', async () => {
    const store = await open();
    await keep(store, { key: 'x'.repeat(100_000), tags: ['y'.repeat(100_000)] });
    const keys = await redis.keys();
    expect(keys).toHaveLength(3);
    const [run] = /run_id:\w+/.exec(String(await redis.command('INFO', 'server'))) ?? [];
    for (const key of keys) {
      expect(key).toMatch(/^hefei:answers:1:\w{40}:[\w-]{1,43}$/);
      expect(`run_id:${key.split(':')[3]}`).toBe(run);
      expect(await redis.command('PTTL', key)).toBeGreaterThan(0);
    }
    expect(await redis.command('PTTL', (await entryKeys())[0] ?? '')).toBeLessThanOrEqual(600_000);
  });

  it('keeps nothing that is very large', async () => {
    const store = await open();
    await keep(store, place('1'), { name: '字'.repeat(100_000) });
    expect(await entryKeys()).toEqual([]);
  });

  it('does not find again what it kept under versions that are gone, evicted or forgotten', async () => {
    const store = await open();
    await keep(store, place('1'));
    for (const key of await versionKeys()) await redis.command('DEL', key);
    expect(await valuesOf(store, place('1'))).toEqual([undefined]);
    expect(await valuesOf(store, place('1'))).toEqual([undefined]);
    await keep(store, place('1'));
    expect(await valuesOf(store, place('1'))).toEqual([{ name: '庐阳区' }]);
  });

  it.each([
    ['no text', ''], ['no JSON', '{'], ['no head', '{"name":"x"}'], ['another head', '["now"]\n{}'],
    ['no stamp', '[1,2,9999999999999]\n{}'], ['an empty stamp', '[1,2,9999999999999,[]]\n{}'], ['numbers for a stamp', '[1,2,9999999999999,[1,2]]\n{}'],
  ])('finds nothing where there is %s', async (_what, text) => {
    const store = await open();
    await keep(store, place('1'));
    const [key = ''] = await entryKeys();
    await redis.command('SET', key, text);
    expect(await valuesOf(store, place('1'))).toEqual([undefined]);
    expect([store.isUp(), words()]).toEqual([true, []]);
  });

  it.each(['"x"', '[1]', '{"name":', '17', ''])('finds nothing where the value is %s', async (value) => {
    const store = await open();
    await keep(store, place('1'));
    const [key = ''] = await entryKeys();
    const [head = ''] = String(await redis.command('GET', key)).split('\n');
    await redis.command('SET', key, `${head}\n${value}`);
    expect(await valuesOf(store, place('1'))).toEqual([undefined]);
    await redis.command('DEL', key);
    await redis.command('LPUSH', key, 'list');
    expect(await valuesOf(store, place('1'))).toEqual([undefined]);
    expect([store.isUp(), words()]).toEqual([true, []]);
  });

  it('keeps nothing whose versions cannot be had', async () => {
    const store = await open();
    await keep(store, place('1'));
    for (const key of await versionKeys()) {
      await redis.command('DEL', key);
      await redis.command('LPUSH', key, 'list');
    }
    await keep(store, place('1'), { name: 'other' });
    expect(await valuesOf(store, place('1'))).toEqual([undefined]);
    await store.drop(['district', 'District:1']);
    await keep(store, place('1'), { name: 'other' });
    expect(await valuesOf(store, place('1'))).toEqual([{ name: 'other' }]);
  });

  it('finds nothing and says so once while Redis is away, and is used again when it is back', async () => {
    const store = await open();
    await keep(store, place('1'));
    await redis.kill();
    await until(async () => !store.isUp());
    for (let i = 0; i < 3; i += 1) {
      const [found, ms] = await timed(valuesOf(store, place('1')));
      expect([found, ms < patienceMs]).toEqual([[undefined], true]);
      await keep(store, place('1'));
      await store.drop(['city']);
    }
    await redis.start();
    await until(async () => store.isUp());
    await keep(store, place('1'));
    expect(await valuesOf(store, place('1'))).toEqual([{ name: '庐阳区' }]);
    expect(words()).toEqual([away, back]);
    expect(logged[0]?.['reason']).toEqual(expect.any(String));
  });

  it('does not find what a Redis that was started again had saved before the last drops', async () => {
    const [store, other] = [await open(), await open()];
    await keep(store, place('1'));
    await redis.command('SAVE');
    await store.drop(['District:1']);
    await redis.kill();
    await until(async () => !store.isUp() && !other.isUp());
    await redis.start();
    await until(async () => store.isUp() && other.isUp());
    expect(await entryKeys()).toHaveLength(1);
    for (const one of [store, other]) expect(await valuesOf(one, place('1'))).toEqual([undefined]);
  });

  it('waits no longer than it may for a Redis that hangs, and tells it what was dropped meanwhile before it is used again', async () => {
    const store = await open(redis.url, patienceMs);
    for (const code of ['1', '2']) await keep(store, place(code));
    redis.hold();
    try {
      const [found, ms] = await timed(valuesOf(store, place('1')));
      expect([found, ms > patienceMs * 0.9, ms < patienceMs * 3]).toEqual([[undefined], true, true]);
      const [, later] = await timed(Promise.all([store.look([place('1')]), store.drop(['District:1'])]));
      expect(later).toBeLessThan(patienceMs / 2);
    } finally {
      redis.release();
    }
    await until(async () => store.isUp());
    expect(await valuesOf(store, place('1'), place('2'))).toEqual([undefined, { name: '庐阳区' }]);
    expect(words()).toEqual([away, back]);
  });

  it('drops in the end what it could not drop in time', async () => {
    const [store, other] = [await open(redis.url, patienceMs), await open()];
    for (const code of ['1', '2']) await keep(store, place(code));
    redis.hold();
    const [, ms] = await timed(Promise.resolve(store.drop(['District:1'])));
    redis.release();
    expect(ms).toBeLessThan(patienceMs * 3);
    await until(async () => store.isUp());
    for (const one of [store, other]) expect(await valuesOf(one, place('1'), place('2'))).toEqual([undefined, { name: '庐阳区' }]);
  });

  it('leaves alone a Redis that is full, which would take no drops', async () => {
    const store = await open();
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    try {
      await store.drop(['district']);
      expect([store.isUp(), (await open()).isUp()]).toEqual([false, false]);
      expect(logged.map(({ reason }) => reason)).toEqual(['It answers OOM.', 'It answers OOM.']);
    } finally {
      await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    }
    await until(async () => opened.every((one) => one.isUp()));
    expect(words()).toEqual([away, away, back, back]);
  });

  it('finds nothing at a Redis that does not let it in, nor says by which word it asked', async () => {
    const guarded = await startRedis('--requirepass', 'the-right-word');
    const urlWith = (word: string): string => guarded.url.replace('//', `//:${word}@`);
    try {
      const stores = [await open(urlWith('the-wrong-word')), await open(guarded.url), await open(urlWith('the-right-word'))];
      expect(stores.map((store) => store.isUp())).toEqual([false, false, true]);
      expect(logged.map(({ reason }) => reason)).toEqual(['It answers WRONGPASS.', 'It answers NOAUTH.']);
      expect(JSON.stringify(logged)).not.toContain('-word');
    } finally {
      await guarded.stop();
    }
  });

  it.each([
    ['is no Redis', false, () => 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['says nothing', false, () => ''],
    ['does not say which run it is', false, () => '$5\r\nhello\r\n'],
    ['answers something else', true, (asked: string) => (asked.includes('INFO') ? `$${7 + 40}\r\nrun_id:${'a'.repeat(40)}\r\n` : asked.includes('MGET') ? ':5\r\n' : '+OK\r\n')],
    ['answers nonsense', true, (asked: string) => (asked.includes('INFO') ? `$${7 + 40}\r\nrun_id:${'a'.repeat(40)}\r\n` : asked.includes('MGET') ? 'nonsense\r\n' : '+OK\r\n')],
  ])('finds nothing at what %s', async (_what, opens, answer) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).on('data', (asked) => socket.write(answer(asked.toString())));
    });
    const store = await open(`redis://127.0.0.1:${await listen(server)}`, patienceMs);
    expect(store.isUp()).toBe(opens);
    expect(await valuesOf(store, place('1'))).toEqual([undefined]);
    expect(words()).toEqual([away]);
    await store.close();
    server.close();
  });

  it('closes while Redis is away, and while it hangs', async () => {
    const [store, held] = [await open('redis://127.0.0.1:1'), await open()];
    redis.hold();
    const looking = held.look([place('1')]);
    const [, ms] = await timed(Promise.all([store.close(), held.close()]));
    redis.release();
    expect(ms).toBeLessThan(patienceMs);
    expect((await looking).found).toEqual([null]);
    expect([store.isUp(), held.isUp()]).toEqual([false, false]);
  });
});
