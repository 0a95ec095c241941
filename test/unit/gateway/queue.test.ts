import { createQueue, type Leave, type RequestQueue } from '../../../gateway/limits/queue.js';

let at: number;
let queue: RequestQueue;
let started: string[];
beforeEach(() => {
  at = 0;
  started = [];
  queue = createQueue({ running: 2, waiting: 2, now: () => at });
});

const enter = (name: string): Leave | null => queue.enter(() => started.push(name));
const enterAll = (names: string): (Leave | null)[] => [...names].map(enter);

it('starts as many as may run, keeps as many as may wait, and turns the others away', () => {
  const places = enterAll('abcde');
  expect([started, places.map((place) => place !== null)]).toEqual([['a', 'b'], [true, true, true, true, false]]);
  expect([queue.running, queue.waiting]).toEqual([2, 2]);
});

it('serves those that wait in the order of their coming', () => {
  const [a, b] = enterAll('abcd');
  b?.();
  expect(started).toEqual(['a', 'b', 'c']);
  a?.();
  expect(started).toEqual(['a', 'b', 'c', 'd']);
});

it('has a place only once, however often it is given back', () => {
  const [a] = enterAll('abcd');
  a?.();
  a?.();
  expect([started, queue.running]).toEqual([['a', 'b', 'c'], 2]);
});

it('forgets one that went away while it waited', () => {
  const [a, , c] = enterAll('abcd');
  c?.();
  a?.();
  expect([started, queue.waiting]).toEqual([['a', 'b', 'd'], 0]);
});

it('gives the places of those that wait for a slow level to those that wait for us', () => {
  enterAll('abc');
  at = 2_000;
  enter('d');
  expect([started, queue.running, queue.waiting]).toEqual([['a', 'b', 'c', 'd'], 4, 0]);
});

it('keeps the places of those that have just begun', () => {
  enterAll('abc');
  at = 1_999;
  enter('d');
  expect(started).toEqual(['a', 'b']);
});

it('lets a thousand linger, and no more', () => {
  for (let entered = 0; entered < 600; entered += 1) {
    at += 2_000;
    enterAll('xy');
  }
  expect([queue.running, started.length]).toEqual([1_002, 1_002]);
});
