/** What one commit has for one receiver. */
interface Load<T> {
  readonly items: readonly T[];
  readonly waitUntil: number;
  readonly done: () => void;
}

export interface Lane<T> {
  /** Resolves when the items' attempt is over, however it went. */
  push(items: readonly T[], waitUntil: number): Promise<void>;
  /** Lets go of what has not left yet. */
  close(): void;
}

/**
 * Gathers what comes at the same time into one batch and keeps few batches under way, so that under load batches grow
 * instead of queues of requests. `send` gets at most `batchSize` items, or one push of more.
 */
export function createLane<T>(options: {
  readonly gatherMs: number;
  readonly maxUnderWay: number;
  readonly batchSize: number;
  readonly send: (items: readonly T[], waitUntil: number) => Promise<void>;
}): Lane<T> {
  const { gatherMs, maxUnderWay, batchSize, send } = options;
  let queue: Load<T>[] = [];
  let underWay = 0;
  let planned: (() => void) | null = null;
  let closed = false;

  function nextBatch(): Load<T>[] {
    let size = 0;
    const rest = queue.findIndex(({ items }, i) => (size += items.length) > batchSize && i > 0);
    return queue.splice(0, rest === -1 ? queue.length : rest);
  }

  async function leave(): Promise<void> {
    planned = null;
    const batch = nextBatch();
    underWay += 1;
    const waitUntil = Math.max(...batch.map((load) => load.waitUntil));
    await send(batch.flatMap(({ items }) => items), waitUntil).catch(() => undefined);
    underWay -= 1;
    for (const { done } of batch) done();
    plan();
  }

  function plan(): void {
    if (planned || closed || queue.length === 0 || underWay >= maxUnderWay) return;
    if (gatherMs === 0) {
      const immediate = setImmediate(() => void leave());
      planned = () => clearImmediate(immediate);
    } else {
      const timer = setTimeout(() => void leave(), gatherMs);
      planned = () => clearTimeout(timer);
    }
  }

  return {
    push: (items, waitUntil) => new Promise((resolve) => {
      if (closed) return resolve();
      queue.push({ items, waitUntil, done: resolve });
      plan();
    }),
    close() {
      closed = true;
      planned?.();
      for (const { done } of queue) done();
      queue = [];
    },
  };
}
