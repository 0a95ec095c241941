// The first of several processes on one port: it starts the others, replaces those that end, and answers no request.
import cluster, { type Worker } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { describeError } from '../logging.js';
import { createGathering } from './gather.js';
import type { ToPrimary, ToWorker } from './messages.js';

export interface PrimaryOptions {
  readonly processes: number;
  readonly supergraphSdl: string;
  /** Whether SIGHUP makes them look for a newer one. */
  readonly reloads: boolean;
  readonly log: Logger;
}

const firstPauseMs = 100;
const longestPauseMs = 10_000;
/** One that lived so long was well. */
const soundMs = 10_000;
const collectMs = 1_000;
const stopMs = 8_000;

/** How long to wait before the next, after so many that ended early, one after another. */
export const pauseMs = (early: number): number => Math.min(longestPauseMs, firstPauseMs * 2 ** early);

export function runPrimary({ processes, supergraphSdl, reloads, log }: PrimaryOptions): void {
  const gathering = createGathering();
  const listening = new Set<Worker>();
  const secret = randomBytes(32).toString('base64');
  const collecting = new Map<number, { readonly missing: Set<number>; readonly done: () => void }>();
  let sdl = supergraphSdl;
  let early = 0;
  let begun = false;
  let rounds = 0;
  let stopping = false;

  const living = (): Worker[] => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
  const tell = (worker: Worker, message: ToWorker): void => {
    if (worker.isConnected()) worker.send(message, () => undefined);
  };

  function start(): void {
    const worker = cluster.fork();
    const began = performance.now();
    worker.on('message', (message: ToPrimary) => void hear(worker, message));
    worker.once('listening', () => {
      listening.add(worker);
      log.info({ process: worker.id, pid: worker.process.pid }, 'process ready');
      if (begun) return;
      begun = true;
      for (let i = 1; i < processes; i += 1) start();
    });
    worker.on('error', (error) => {
      log.error({ process: worker.id, ...describeError(error) }, 'a process of the gateway cannot be started or reached');
      // One that never began never ends.
      if (worker.process.pid === undefined) ended(1, null);
    });
    worker.once('exit', ended);

    function ended(code: number | null, signal: string | null): void {
      const served = listening.delete(worker);
      void gathering.ended(worker.id);
      for (const { missing, done } of collecting.values()) if (missing.delete(worker.id) && missing.size === 0) done();
      if (stopping) return;
      // Its own words have said why: the port, say. Nobody else would do better.
      if (!served && listening.size === 0 && early === 0) process.exit(code || 1);
      early = served && performance.now() - began >= soundMs ? 0 : early + 1;
      const pause = pauseMs(early - 1);
      log.error({ process: worker.id, code, signal, pause }, 'a process of the gateway has ended; another takes its place');
      setTimeout(() => { if (!stopping) start(); }, pause);
    }
  }

  async function hear(worker: Worker, message: ToPrimary): Promise<void> {
    switch (message.kind) {
      case 'started':
        return tell(worker, { kind: 'start', sdl, secret });
      case 'supergraph':
        sdl = message.sdl;
        return;
      case 'takes':
        for (const other of living()) if (other !== worker) tell(other, message);
        return;
      case 'values': {
        gathering.set(worker.id, message.values);
        const round = collecting.get(message.id);
        if (round?.missing.delete(worker.id) && round.missing.size === 0) round.done();
        return;
      }
      case 'wanted':
        await collect();
        return tell(worker, { kind: 'all', id: message.id, text: await gathering.text() });
    }
  }

  /** Whoever is too slow is there with what it said the last time. */
  async function collect(): Promise<void> {
    const id = (rounds += 1);
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, collectMs);
      const done = (): void => {
        clearTimeout(late);
        resolve();
      };
      collecting.set(id, { missing: new Set([...listening].map((worker) => worker.id)), done });
      for (const worker of listening) tell(worker, { kind: 'collect', id });
    });
    collecting.delete(id);
  }

  function stop(signal: string): void {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'gateway stopping');
    const end = (): void => { if (living().every((worker) => worker.isDead())) process.exit(0); };
    cluster.on('exit', end);
    for (const worker of living()) worker.process.kill('SIGTERM');
    setTimeout(() => { for (const worker of living()) worker.process.kill('SIGKILL'); }, stopMs);
    end();
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(signal, () => stop(signal));
  // One that has not come so far yet would end by it.
  if (reloads) process.on('SIGHUP', () => { for (const worker of listening) worker.process.kill('SIGHUP'); });
  start();
}
