/** A request's place; given back once, whenever it is done. */
export type Leave = () => void;

export interface QueueOptions {
  /** Requests that are worked on at once. */
  readonly running: number;
  /** Those that may wait for a place. */
  readonly waiting: number;
  readonly now?: () => number;
}

export interface RequestQueue {
  /** Calls `go` now or later; null when there is no room even to wait. The answer withdraws or gives back the place. */
  enter(go: () => void): Leave | null;
  /** Whether `enter` would answer null. */
  isFull(): boolean;
  readonly running: number;
  readonly waiting: number;
}

// Who has been under way for so long waits for a level, not for us: a slow level must not take everyone's places.
const lingerMs = 2_000;
const maxLingering = 1_000;

/** First come, first served; whom there is no room for is told at once. */
export function createQueue({ running: maxRunning, waiting: maxWaiting, now = () => performance.now() }: QueueOptions): RequestQueue {
  // Both keep their order.
  const running = new Map<Leave, number>();
  const lingering = new Set<Leave>();
  const waiting = new Map<Leave, () => void>();

  function makeRoom(): void {
    for (const [leave, since] of running) {
      if (now() - since < lingerMs || lingering.size >= maxLingering) return;
      running.delete(leave);
      lingering.add(leave);
    }
  }

  function start(leave: Leave, go: () => void): void {
    running.set(leave, now());
    go();
  }

  function next(): void {
    while (running.size < maxRunning) {
      const first = waiting.entries().next();
      if (first.done) return;
      const [leave, go] = first.value;
      waiting.delete(leave);
      start(leave, go);
    }
  }

  function isFull(): boolean {
    if (running.size < maxRunning) return false;
    makeRoom();
    next();
    return running.size >= maxRunning && waiting.size >= maxWaiting;
  }

  return {
    isFull,
    enter(go) {
      const leave: Leave = () => {
        waiting.delete(leave);
        lingering.delete(leave);
        if (running.delete(leave)) next();
      };
      if (isFull()) return null;
      if (running.size < maxRunning) start(leave, go);
      else waiting.set(leave, go);
      return leave;
    },
    get running() { return running.size + lingering.size; },
    get waiting() { return waiting.size; },
  };
}
