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

export interface Room {
  /** False for who would have had to wait longer than the room's patience, and did not get in. */
  enter(): Promise<boolean>;
  leave(): void;
}

/** Places for so many at a time, given in the order they are asked for. */
export function createRoom(places: number, patienceMs: number): Room {
  let free = places;
  const queue = new Set<() => void>();
  return {
    async enter() {
      if (free > 0) {
        free -= 1;
        return true;
      }
      return new Promise((resolve) => {
        const letIn = (): void => {
          clearTimeout(patience);
          resolve(true);
        };
        const patience = setTimeout(() => {
          queue.delete(letIn);
          resolve(false);
        }, patienceMs);
        queue.add(letIn);
      });
    },
    leave() {
      const [next] = queue;
      if (!next) {
        free += 1;
        return;
      }
      queue.delete(next);
      next();
    },
  };
}
