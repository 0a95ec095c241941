// What is told to a Redis that comes and goes; how a real one takes it is tested in test/integration/gateway/answerStore.test.ts.
import { pino } from 'pino';
import { slotOf, slots, type AnswerStore, type Place } from '../../../../gateway/execution/answerStore.js';
import { inTime, type Entry } from '../../../../gateway/execution/redis.js';
import { openRedisStore } from '../../../../gateway/execution/redisStore.js';
import { until } from '../../../kit/host.js';

const log = pino({ level: 'silent' });
const life = { at: 0, until: 1_000, atLast: 2_000 };
const place: Place = { key: 'k', tags: ['city'] };

/** Keeps what it is given, and fails where it is told to. */
function fakeRedis() {
  const kept = new Map<string, string>();
  const told: (readonly Entry[])[] = [];
  const fake = {
    told, kept, isAway: false, refuses: false, closed: 0,
    /** Called before each set. */
    onSet: (): void => undefined,
    lose: (_reason: unknown): void => undefined,
    async connect(onLost: (reason: unknown) => void) {
      if (fake.isAway) throw new Error('away');
      fake.lose = onLost;
      return {
        run: 'r',
        async get(keys: readonly string[]) { return keys.map((key) => kept.get(key) ?? null); },
        async set(entries: readonly Entry[]) {
          fake.onSet();
          if (fake.refuses) throw new Error('refused');
          told.push(entries);
          for (const { key, text, ifNew } of entries) if (!ifNew || !kept.has(key)) kept.set(key, text);
        },
        close() { fake.closed += 1; },
      };
    },
  };
  return fake;
}

let redis: ReturnType<typeof fakeRedis>;
let store: AnswerStore;
beforeEach(async () => {
  redis = fakeRedis();
  store = await openRedisStore({ connect: redis.connect, log, now: () => 0, waitMs: 10_000, pauseMs: 1 });
});
afterEach(() => store.close());

const keep = async (value = { name: '合肥' }) => (await store.look([place])).keep([[0, value]], life);
const found = async (): Promise<unknown> => (await store.look([place])).found[0]?.value;

function lose(): void {
  redis.isAway = true;
  redis.lose(new Error('cut'));
}
const come = async (): Promise<void> => {
  redis.told.length = 0;
  redis.isAway = false;
  await until(async () => store.isUp());
};

it('is told once of each slot that was dropped while it was away, however many tags that were', async () => {
  await keep();
  lose();
  for (let i = 0; i < 100_000; i += 1) await store.drop(['city', `Area:${i}`]);
  await come();
  expect(redis.told).toHaveLength(2);
  expect(redis.told[1]).toHaveLength(slots);
  expect(await found()).toBeUndefined();
  lose();
  await come();
  expect(redis.told).toHaveLength(1);
});

it('is told before it is used of what was dropped while it was told of the rest', async () => {
  await keep();
  lose();
  await store.drop(['street']);
  let sets = 0;
  redis.onSet = () => {
    sets += 1;
    if (sets === 2) void store.drop(['city']);
  };
  await come();
  expect(redis.told.slice(1).map((entries) => entries.map(({ key }) => key.split(':')[4]))).toEqual([[String(slotOf('street'))], [String(slotOf('city'))]]);
  expect(await found()).toBeUndefined();
});

it('is not used until it has taken what was dropped', async () => {
  await keep();
  redis.refuses = true;
  await store.drop(['city']);
  expect([store.isUp(), await found()]).toEqual([false, undefined]);
  let tries = 0;
  redis.onSet = () => { tries += 1; };
  await until(async () => tries > 3);
  expect(store.isUp()).toBe(false);
  redis.refuses = false;
  await until(async () => store.isUp());
  expect(await found()).toBeUndefined();
  await keep();
  expect(await found()).toEqual({ name: '合肥' });
});

it('finds nothing under a drop that is on its way', async () => {
  await keep();
  const dropping = store.drop(['city']);
  expect(await found()).toBeUndefined();
  await dropping;
});

it('takes a connection\'s end for no other\'s, and closes each', async () => {
  const loseFirst = redis.lose;
  lose();
  await come();
  loseFirst(new Error('once more'));
  expect([store.isUp(), redis.closed]).toEqual([true, 1]);
  await store.close();
  expect([store.isUp(), redis.closed]).toEqual([false, 2]);
});

it('has a slot of its own for each level', () => {
  expect(new Set(['city', 'district', 'street', 'community'].map(slotOf)).size).toBe(4);
});

it('spreads tags evenly', () => {
  const counts = new Array<number>(slots).fill(0);
  for (let code = 340_100; code < 340_100 + slots * 20; code += 1) counts[slotOf(`Area:${code}`)]! += 1;
  expect(Math.max(...counts)).toBeLessThan(60);
  expect(Math.min(...counts)).toBeGreaterThan(0);
});

it('takes no answer for late that was there when this process had no time to read it', async () => {
  const work = new Promise((resolve) => { setTimeout(() => setImmediate(resolve, 'in time'), 1); });
  const waiting = inTime(work, 40);
  for (const end = performance.now() + 100; performance.now() < end;);
  expect(await waiting).toBe('in time');
  await expect(inTime(new Promise(() => undefined), 10)).rejects.toThrow('No answer within 10 ms.');
});
