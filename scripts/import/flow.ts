/** `ring` ends the wait of the last who asked for `rung`. */
function bell(): { readonly rung: () => Promise<void>; readonly ring: () => void } {
  let wake: () => void = () => undefined;
  return { rung: () => new Promise((resolve) => { wake = resolve; }), ring: () => wake() };
}

export interface FlowOptions<T, R> {
  /** At most so many pieces of work at once. */
  readonly concurrency: number;
  /** At most so many items from the oldest unsettled to the newest taken: what is held in memory. */
  readonly window: number;
  /** Stops taking items; work under way is waited for. */
  readonly signal: AbortSignal;
  readonly work: (item: T) => Promise<R>;
  /** Called in the order of the source, whichever work ends first. */
  readonly settle: (item: T, result: R) => void;
}

/**
 * Works on the items of a source that may be far larger than memory. The first failure ends it, after what is under
 * way; what comes after a failed item is not settled.
 */
export async function inOrder<T, R>(source: AsyncIterable<T>, options: FlowOptions<T, R>): Promise<void> {
  const { concurrency, window, signal, work, settle } = options;
  const { rung, ring } = bell();
  const done = new Map<number, { readonly item: T; readonly result: R }>();
  const failures: unknown[] = [];
  let taken = 0;
  let settled = 0;
  let running = 0;

  async function run(item: T, place: number): Promise<void> {
    try {
      done.set(place, { item, result: await work(item) });
      for (let ready = done.get(settled); ready; ready = done.get(settled)) {
        done.delete(settled);
        settled += 1;
        settle(ready.item, ready.result);
      }
    } catch (error) {
      failures.push(error);
    }
    running -= 1;
    ring();
  }
  const isOver = (): boolean => failures.length > 0 || signal.aborted;

  try {
    for await (const item of source) {
      while (!isOver() && (running >= concurrency || taken - settled >= window)) await rung();
      if (isOver()) break;
      running += 1;
      void run(item, taken);
      taken += 1;
    }
  } finally {
    while (running > 0) await rung();
  }
  if (failures.length > 0) throw failures[0];
}
