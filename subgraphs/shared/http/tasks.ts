import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Work that is nobody's request; it runs again some time after it has ended. */
export interface Task {
  readonly name: string;
  readonly everyMs: number;
  run(): Promise<void>;
}

/** Runs each task in turn with itself; a failure is logged and does not end it. */
export function startTasks(tasks: readonly Task[], log: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loops = tasks.map(async ({ name, everyMs, run }) => {
    while (!stopping.signal.aborted) {
      await run().catch((error: unknown) => log.error({ err: error, task: name }, 'task failed'));
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}
