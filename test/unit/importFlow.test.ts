import { mkdtemp, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { inOrder } from '../../scripts/import/flow.js';
import { readRows } from '../../scripts/import/rows.js';

const never = new AbortController().signal;

/** Numbers from 0, and how many of them were taken. */
function numbers(count: number) {
  const seen = { taken: 0 };
  async function* source(): AsyncGenerator<number> {
    for (; seen.taken < count; ) {
      seen.taken += 1;
      yield seen.taken - 1;
    }
  }
  return { seen, source: source() };
}

/** Lets everything go on that can go on without a timer. */
const settleDown = async (): Promise<void> => {
  for (let i = 0; i < 200; i += 1) await Promise.resolve();
};

const held = <T>(): { readonly promise: Promise<T>; readonly end: (value: T) => void } => {
  let end: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => { end = resolve; });
  return { promise, end };
};

describe('inOrder', () => {
  it('settles in the order of the source, whichever work ends first', async () => {
    const { source } = numbers(4);
    const works = Array.from({ length: 4 }, () => held<string>());
    const settled: string[] = [];
    const flow = inOrder(source, {
      concurrency: 4, window: 4, signal: never,
      work: (n) => works[n]?.promise ?? Promise.reject(new Error('no such work')),
      settle: (n, result) => settled.push(`${n} ${result}`),
    });

    for (const n of [3, 1, 2]) works[n]?.end(`w${n}`);
    await settleDown();
    const before = [...settled];
    works[0]?.end('w0');
    await flow;

    expect(before).toEqual([]);
    expect(settled).toEqual(['0 w0', '1 w1', '2 w2', '3 w3']);
  });

  it('takes no more than the window while the oldest is not done', async () => {
    const { source, seen } = numbers(1_000);
    const oldest = held<void>();
    let settled = 0;
    const flow = inOrder(source, {
      concurrency: 4, window: 16, signal: never,
      work: (n) => (n === 0 ? oldest.promise : Promise.resolve()),
      settle: () => { settled += 1; },
    });
    await settleDown();
    const waiting = { taken: seen.taken, settled };
    oldest.end();
    await flow;

    // One more than the window is in the hand of the reader.
    expect(waiting).toEqual({ taken: 17, settled: 0 });
    expect(settled).toBe(1_000);
  });

  it('ends at the first failure, after what is under way, and settles nothing behind it', async () => {
    const { source, seen } = numbers(1_000);
    const settled: number[] = [];
    const flow = inOrder(source, {
      concurrency: 3, window: 12, signal: never,
      work: async (n) => { if (n === 5) throw new Error('row 5'); },
      settle: (n) => settled.push(n),
    });

    await expect(flow).rejects.toThrow('row 5');
    expect(settled).toEqual([0, 1, 2, 3, 4]);
    expect(seen.taken).toBeLessThan(12);
  });

  it('waits for what is under way when it is asked to end, and takes nothing more', async () => {
    const ending = new AbortController();
    const { source, seen } = numbers(1_000);
    const works = [held<void>(), held<void>()];
    const settled: number[] = [];
    const flow = inOrder(source, {
      concurrency: 2, window: 8, signal: ending.signal,
      work: (n) => works[n]?.promise ?? Promise.resolve(), settle: (n) => settled.push(n),
    });
    await settleDown();
    ending.abort();
    for (const work of works) work.end();
    await flow;

    expect(settled).toEqual([0, 1]);
    expect(seen.taken).toBe(3);
  });

  it('passes on what breaks the source', async () => {
    const source = (async function* source() {
      yield 1;
      throw new Error('disk');
    })();

    const options = { concurrency: 2, window: 4, signal: never, work: async (n: number) => n, settle: () => undefined };

    await expect(inOrder(source, options)).rejects.toThrow('disk');
  });
});

describe('the memory of an import', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'import-flow-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function fileOf(rows: number): Promise<string> {
    const file = join(folder, `${rows}.csv`);
    const text = '内容'.repeat(40);
    await pipeline(Readable.from((function* lines() {
      yield 'id,detail\n';
      for (let i = 0; i < rows; i += 1) yield `${i},"${text}\n${text}"\n`;
    })()), createWriteStream(file));
    return file;
  }

  /** The most rows held at once: read, and not settled. */
  async function mostHeld(rows: number) {
    let [read, settled, most, underWay, mostUnderWay] = [0, 0, 0, 0, 0];
    async function* source(): AsyncGenerator<number> {
      for await (const { line } of readRows(await fileOf(rows), 'utf-8')) {
        read += 1;
        most = Math.max(most, read - settled);
        yield line;
      }
    }
    await inOrder(source(), {
      concurrency: 8, window: 32, signal: never,
      async work(line) {
        underWay += 1;
        mostUnderWay = Math.max(mostUnderWay, underWay);
        // Ends out of order, as answers do.
        for (let turn = line % 7; turn >= 0; turn -= 1) await new Promise(setImmediate);
        underWay -= 1;
      },
      settle: () => { settled += 1; },
    });
    return { settled, most, underWay: mostUnderWay };
  }

  it('does not grow with the file: of 10,000 rows no more are held than of 100', async () => {
    const few = await mostHeld(100);
    const many = await mostHeld(10_000);

    expect(few).toMatchObject({ settled: 101, underWay: 8 });
    expect(many).toMatchObject({ settled: 10_001, underWay: 8 });
    // The window, and the one in the hand of the reader.
    expect(few.most).toBeLessThanOrEqual(33);
    expect(many.most).toBeLessThanOrEqual(33);
  });
});
