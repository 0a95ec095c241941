import { Worker } from 'node:worker_threads';
import { RequestRefused } from '../errors.js';
import type { Report } from './model.js';

export interface Job {
  readonly id: number;
  readonly report: Report;
  readonly format: 'svg' | 'png';
}

export type Answer = { readonly id: number } & ({ readonly picture: string | Uint8Array } | { readonly error: string });

export interface Renderer {
  draw(report: Report, format: Job['format']): Promise<string | Uint8Array>;
  stop(): Promise<void>;
}

interface Waiting {
  readonly done: (picture: string | Uint8Array) => void;
  readonly failed: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const defaultTimeoutMs = 25_000;
const memoryMb = 512;

const tooSlow = (cause?: unknown): RequestRefused => new RequestRefused(503, 'REPORT_UNAVAILABLE', {
  zh: '图未能及时画出,请稍后再试或缩小范围。', en: 'The picture could not be drawn in time; try again later or ask for less.',
}, cause);

/** One thread that draws, started by the first picture: drawing holds its thread up, and requests do not wait for that. */
export function createRenderer({ timeoutMs = defaultTimeoutMs }: { readonly timeoutMs?: number } = {}): Renderer {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let last = 0;

  function settle(id: number): Waiting | undefined {
    const one = waiting.get(id);
    waiting.delete(id);
    clearTimeout(one?.timer);
    return one;
  }

  /** The next picture gets a new thread; what this one still owed is refused. */
  function giveUp(from: Worker, cause?: unknown): void {
    if (worker !== from) return;
    worker = null;
    for (const id of [...waiting.keys()]) settle(id)?.failed(tooSlow(cause));
    void from.terminate();
  }

  function start(): Worker {
    const started = new Worker(new URL('./worker.mjs', import.meta.url), {
      execArgv: [], resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    });
    started.unref();
    started.on('message', (answer: Answer) => {
      const one = settle(answer.id);
      if ('picture' in answer) one?.done(answer.picture);
      else one?.failed(new Error(answer.error));
    });
    started.on('error', (error) => giveUp(started, error));
    started.on('exit', () => giveUp(started));
    return started;
  }

  return {
    draw: (report, format) => new Promise((done, failed) => {
      worker ??= start();
      const from = worker;
      const id = (last += 1);
      waiting.set(id, { done, failed, timer: setTimeout(() => giveUp(from), timeoutMs) });
      from.postMessage({ id, report, format } satisfies Job);
    }),
    async stop() {
      const stopped = worker;
      worker = null;
      for (const id of [...waiting.keys()]) settle(id)?.failed(tooSlow());
      await stopped?.terminate();
    },
  };
}
