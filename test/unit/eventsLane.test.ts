import { createLane, type Lane } from '../../subgraphs/shared/events/lane.js';

interface Sent {
  readonly items: readonly number[];
  readonly waitUntil: number;
  readonly end: (error?: Error) => void;
}

type Options = Partial<Omit<Parameters<typeof createLane>[0], 'send'>>;

function laneWith(options: Options = {}): { lane: Lane<number>; sent: Sent[] } {
  const sent: Sent[] = [];
  const lane = createLane<number>({
    gatherMs: 0, maxUnderWay: 1, batchSize: 3, ...options,
    send: (items, waitUntil) => new Promise((resolve, reject) => {
      sent.push({ items, waitUntil, end: (error) => (error ? reject(error) : resolve()) });
    }),
  });
  return { lane, sent };
}

const { jest: timers } = import.meta;
beforeEach(() => void timers.useFakeTimers());
afterEach(() => void timers.useRealTimers());
const pass = (ms: number): Promise<void> => timers.advanceTimersByTimeAsync(ms);

describe('a lane', () => {
  it('sends what was pushed in one tick as one batch, with the longest patience of all', async () => {
    const { lane, sent } = laneWith();
    void lane.push([1], 10);
    void lane.push([2, 3], 30);
    expect(sent).toEqual([]);
    await pass(0);
    expect(sent.map(({ items, waitUntil }) => [items, waitUntil])).toEqual([[[1, 2, 3], 30]]);
  });

  it('gathers for as long as it is told', async () => {
    const { lane, sent } = laneWith({ gatherMs: 30 });
    void lane.push([1], 0);
    await pass(29);
    void lane.push([2], 0);
    expect(sent).toEqual([]);
    await pass(1);
    expect(sent.map(({ items }) => items)).toEqual([[1, 2]]);
  });

  it('keeps few batches under way: what comes meanwhile leaves together when one is over', async () => {
    const { lane, sent } = laneWith({ maxUnderWay: 2 });
    for (const item of [1, 2, 3, 4]) {
      void lane.push([item], 0);
      await pass(0);
    }
    expect(sent.map(({ items }) => items)).toEqual([[1], [2]]);
    sent[0]?.end(new Error('lost'));
    await pass(0);
    expect(sent.map(({ items }) => items)).toEqual([[1], [2], [3, 4]]);
  });

  it('cuts batches at their size, and never one push in two', async () => {
    const { lane, sent } = laneWith({ maxUnderWay: 9 });
    for (const items of [[1, 2], [3, 4], [5, 6, 7, 8], [9]]) void lane.push(items, 0);
    await pass(0);
    for (let i = 0; i < 4; i += 1) {
      sent[i]?.end();
      await pass(0);
    }
    expect(sent.map(({ items }) => items)).toEqual([[1, 2], [3, 4], [5, 6, 7, 8], [9]]);
  });

  it('answers a push when its batch is over', async () => {
    const { lane, sent } = laneWith();
    const over: number[] = [];
    for (const item of [1, 2]) {
      void lane.push([item], 0).then(() => over.push(item));
      await pass(0);
    }
    expect(over).toEqual([]);
    sent[0]?.end(new Error('lost'));
    await pass(0);
    expect(over).toEqual([1]);
  });

  it('lets go of what has not left when it is closed, and takes no more', async () => {
    const { lane, sent } = laneWith({ gatherMs: 30 });
    const waiting = lane.push([1], 0);
    lane.close();
    await waiting;
    await lane.push([2], 0);
    await pass(100);
    expect(sent).toEqual([]);
  });
});
