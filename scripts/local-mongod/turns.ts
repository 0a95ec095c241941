/** Work of the same key one after the other, in the order it came; other keys do not wait. */
export function createTurns(): <Result>(key: string, work: () => Promise<Result>) => Promise<Result> {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work);
    const done = mine.catch(() => undefined).finally(() => last.get(key) === done && last.delete(key));
    last.set(key, done);
    return mine;
  };
}
