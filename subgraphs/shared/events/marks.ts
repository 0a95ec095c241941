import type { Logger } from 'pino';
import type { EventCollections } from './collections.js';

/** Deliveries are marked together, so many milliseconds' worth in one statement. */
const gatherMs = 50;

export interface Marks {
  add(ids: readonly string[]): void;
  /** Writes at once what has been added. */
  flush(): Promise<void>;
}

/** Marks messages as delivered. One whose mark is lost goes again, and the receiver knows it. */
export function createMarks(options: {
  readonly outbox: EventCollections['outbox'];
  readonly now: () => number;
  readonly log: Logger;
  /** They need no watching any more, whether the mark was written or not. */
  readonly onDone: (ids: readonly string[]) => void;
}): Marks {
  const { outbox, now, log, onDone } = options;
  let ids: string[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const marked = ids;
    ids = [];
    if (marked.length === 0) return;
    const mark = { $set: { status: 'DELIVERED', deliveredAt: new Date(now()) } } as const;
    try {
      await outbox.updateMany({ _id: { $in: marked } }, mark);
    } catch (error) {
      log.warn({ err: error }, 'delivered events not marked; they will go again');
    } finally {
      onDone(marked);
    }
  }

  return {
    add(more) {
      ids.push(...more);
      timer ??= setTimeout(() => void flush(), gatherMs);
    },
    flush,
  };
}
