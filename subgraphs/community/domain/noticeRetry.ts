const second = 1_000;
const longestPauseMs = 3_600 * second;
const patienceMs = 24 * 3_600 * second;

/** When to try again after `attempts` failures, the pauses doubling up to an hour; null after a day: it is parked. */
export function nextTry(attempts: number, firstTriedAt: Date, now: Date): Date | null {
  if (now.getTime() - firstTriedAt.getTime() >= patienceMs) return null;
  return new Date(now.getTime() + Math.min(second * 2 ** attempts, longestPauseMs));
}
