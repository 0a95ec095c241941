/** Runs what is given under one key one after the other. */
export type InTurn = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/**
 * For what many want at the same moment: they wait for each other here and not in the database, where a rush of transactions on one
 * document keeps losing and beginning again. Of this process only; between processes the transaction decides.
 */
export function createTurns(): InTurn {
  const last = new Map<string, Promise<void>>();
  return (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work);
    const leave = (): void => {
      if (last.get(key) === left) last.delete(key);
    };
    const left = mine.then(leave, leave);
    last.set(key, left);
    return mine;
  };
}
