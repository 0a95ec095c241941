const firstPauseMs = 50;
const longestPauseMs = 1_000;
/** A receiver that leaves a POST unanswered for so long is not waited for. */
const slowMs = 1_000;

/** What came of an attempt; each answers whether that is news. */
export interface Attempt {
  reached(): boolean;
  failed(): boolean;
}

/** Whether a receiver can be reached, judged by how the last attempts went. */
export interface Gate {
  isOpen(): boolean;
  /** Milliseconds until it may be tried again; 0 when that is now. */
  opensIn(): number;
  /** Notes an attempt that begins. */
  attempt(): Attempt;
}

/** Closes on a failure, for longer each time, at most a second; one success opens it. */
export function createGate(now: () => number): Gate {
  const underWay = new Set<{ readonly since: number }>();
  let failures = 0;
  let closedUntil = 0;

  return {
    isOpen() {
      const [oldest] = underWay;
      return closedUntil <= now() && (oldest === undefined || now() - oldest.since < slowMs);
    },
    opensIn: () => Math.max(closedUntil - now(), 0),
    attempt() {
      const one = { since: now() };
      underWay.add(one);
      return {
        reached() {
          underWay.delete(one);
          const isNews = failures > 0;
          failures = 0;
          closedUntil = 0;
          return isNews;
        },
        failed() {
          underWay.delete(one);
          // Others that were under way when it closed tell nothing new.
          if (closedUntil > now()) return false;
          failures += 1;
          closedUntil = now() + Math.min(firstPauseMs * 2 ** failures, longestPauseMs);
          return failures === 1;
        },
      };
    },
  };
}
