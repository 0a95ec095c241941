// The benchmark's processes on this machine: subgraphs, gateways, and what they are started with.
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { unusedPorts } from '../../platform/processes.js';
import type { Started } from './peers.js';
import { shopSdl, subgraphNames, type ShopSubgraph } from './shop.js';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
const startMs = 30_000;

export const freePort = async (): Promise<number> => (await unusedPorts(1))[0] ?? 0;

export interface Processes {
  /** One of our own, which ends with this one; resolves once its port answers. */
  start(args: readonly string[], port: number, environment?: Readonly<Record<string, string>>): Promise<ChildProcess>;
  /** Runs in a folder of its own, since some leave files where they run. */
  startOther(started: Started, port: number, folder: string): Promise<ChildProcess>;
  startSubgraph(name: ShopSubgraph, port: number, mode: string): Promise<ChildProcess>;
  stopAll(): Promise<void>;
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

export function createProcesses(): Processes {
  const children: ChildProcess[] = [];
  // One that is stopped just then, or is not ours, would not notice that this one ends.
  process.once('exit', () => children.forEach((child) => child.kill('SIGKILL')));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

  async function spawned({ command, args, environment }: Started, port: number, cwd: string, channel: 'ipc' | 'ignore'): Promise<ChildProcess> {
    const child = spawn(command, args, {
      cwd, stdio: ['ignore', 'ignore', 'inherit', channel],
      env: { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', LOG_LEVEL: 'warn', ...environment },
    });
    children.push(child);
    for (const deadline = Date.now() + startMs; Date.now() < deadline; await sleep(100)) {
      if (child.exitCode !== null) break;
      const answers = await fetch(`http://127.0.0.1:${port}/health`).then(() => true, () => false);
      if (answers) return child;
    }
    throw new Error(`${[command, ...args].join(' ')} did not start.`);
  }
  const start: Processes['start'] = (args, port, environment) =>
    spawned({ command: process.execPath, args: ['--import', 'tsx', ...args], ...(environment && { environment }) }, port, root, 'ipc');

  return {
    start,
    startOther: (started, port, folder) => spawned(started, port, folder, 'ignore'),
    startSubgraph: (name, port, mode) => start(['scripts/bench/gateway/subgraph.ts', name, String(port), mode], port),
    stopAll: async () => void (await Promise.all(children.map(stop))),
  };
}

export const placesOf = (ports: readonly number[]) =>
  subgraphNames.map((name, index) => ({ name, url: `http://127.0.0.1:${ports[index]}/graphql`, sdl: shopSdl[name] }));

/** Writes the shop's supergraph into a folder; gives the file. */
export function composeShop(folder: string, ports: readonly number[]): string {
  const { supergraphSdl, errors } = composeServices(placesOf(ports).map(({ sdl, ...place }) => ({ ...place, typeDefs: parse(sdl) })));
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  const file = join(folder, 'supergraph.graphql');
  writeFileSync(file, supergraphSdl);
  return file;
}
