import { setTimeout as sleep } from 'node:timers/promises';

export interface Duty {
  readonly stoppedMs: number;
  readonly everyMs: number;
}

type Pause = (ms: number, signal: AbortSignal) => Promise<void>;
const untilThenOrAborted: Pause = (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined);

/** Lets a process work for a part of the time only, until the end; then it goes on, whatever happened. */
export function slow(
  child: { kill(signal: 'SIGSTOP' | 'SIGCONT'): boolean },
  { stoppedMs, everyMs }: Duty,
  pause: Pause = untilThenOrAborted,
): { end(): Promise<void> } {
  const ending = new AbortController();
  const cycle = async (): Promise<void> => {
    try {
      while (!ending.signal.aborted) {
        child.kill('SIGSTOP');
        await pause(stoppedMs, ending.signal);
        child.kill('SIGCONT');
        await pause(everyMs - stoppedMs, ending.signal);
      }
    } finally {
      child.kill('SIGCONT');
    }
  };
  const cycling = cycle();
  return {
    async end() {
      ending.abort();
      await cycling;
    },
  };
}
