// Where the platform that `npm start` brought up can be found, for the commands that look into it.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SubgraphName } from '../../schema/events.js';

export interface Running {
  /** Of the process that started it. */
  readonly pid: number;
  readonly databaseUris: Readonly<Record<SubgraphName, string>>;
  /** Without `/graphql`. */
  readonly urls: Readonly<Record<SubgraphName | 'gateway', string>>;
}

export const defaultDataDir = fileURLToPath(new URL('../../.data/', import.meta.url));
const fileIn = (dataDir: string): string => join(dataDir, 'running.json');

export function writeRunning(dataDir: string, running: Running): void {
  const temporary = `${fileIn(dataDir)}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(running, null, 2), { mode: 0o600 });
  renameSync(temporary, fileIn(dataDir));
}

export const removeRunning = (dataDir: string): void => rmSync(fileIn(dataDir), { force: true });

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Null when nothing runs on that data folder, also after a crash that left the file behind. */
export function readRunning(dataDir: string): Running | null {
  try {
    const running = JSON.parse(readFileSync(fileIn(dataDir), 'utf8')) as Running;
    return isAlive(running.pid) ? running : null;
  } catch {
    return null;
  }
}
