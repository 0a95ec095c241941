/**
 * Does `work` on each, `most` at a time; answers in the list's order. After a failure nothing more is begun, and it is
 * thrown once all that was under way is over.
 */
export async function eachBounded<T, R>(
  list: readonly T[],
  most: number,
  work: (item: T, i: number) => Promise<R>,
): Promise<R[]> {
  const results = new Map<number, R>();
  const failures: unknown[] = [];
  const rest = list.entries();
  async function walk(): Promise<void> {
    // The walkers share the iterator, so each item is taken by one of them.
    for (const [i, item] of rest) {
      try {
        results.set(i, await work(item, i));
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  }
  await Promise.all(Array.from({ length: most }, walk));
  if (failures.length > 0) throw failures[0];
  return list.map((_item, i) => results.get(i) as R);
}
