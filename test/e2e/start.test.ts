// `npm start` as a newcomer has it: a process of its own, real ports, the run's database server.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { databaseUrisOf, freePorts, type ProcessName } from '../../scripts/platform/processes.js';

const prefix = `start_${process.pid}`;
const databaseUri = (): string => process.env['TEST_DATABASE_URI'] ?? '';
let folder = '';
let ports: Record<ProcessName, number>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'start-test-'));
  ports = await freePorts();
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  for (const uri of Object.values(databaseUrisOf(databaseUri(), prefix))) {
    const connection = await mongoose.createConnection(uri).asPromise();
    await connection.dropDatabase();
    await connection.close();
  }
});

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves when the output has `text`, rejects when the process ends first. */
  said(text: string): Promise<void>;
  readonly ended: Promise<number | null>;
}

function start(environment: NodeJS.ProcessEnv = {}, ...args: readonly string[]): Started {
  let output = '';
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/start.ts', ...args], {
    env: {
      ...process.env, NODE_OPTIONS: '', MONGODB_URI: databaseUri(), DATA_DIR: folder, DATABASE_PREFIX: prefix, PORT: String(ports.gateway),
      CITY_PORT: String(ports.city), DISTRICT_PORT: String(ports.district), STREET_PORT: String(ports.street), COMMUNITY_PORT: String(ports.community),
      ...environment,
    },
  });
  children.add(child);
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    output: () => output,
    ended,
    said: (text) => new Promise((resolve, reject) => {
      const check = (): void => {
        if (!output.includes(text)) return;
        listeners.delete(check);
        resolve();
      };
      listeners.add(check);
      check();
      void ended.then((code) => reject(new Error(`Ended with ${code} before it said "${text}":\n${output}`)));
    }),
  };
}

const answers = (url: string): Promise<boolean> => fetch(url).then((response) => response.ok, () => false);

it('brings up a platform that answers, keeps its data, and leaves nothing behind on Ctrl-C', async () => {
  const first = start();
  await first.said('Ctrl-C stops everything');
  expect(first.output()).toMatch(/Data: community: added 1773 areas, 29 units, 12411 grids/);
  for (const role of ['RESIDENT', 'GRID_WORKER', 'COMMUNITY_CLERK', 'STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER', 'DEPARTMENT_OFFICER', 'AUDITOR', 'INTEGRATOR']) {
    expect(first.output()).toMatch(new RegExp(`# ${role} .*\\n[\\w-]+\\.[\\w-]+\\.[\\w-]+\\n`));
  }
  const token = /# CITY_OFFICER 3401\n(\S+)/.exec(first.output())?.[1] ?? '';
  const response = await fetch(`http://127.0.0.1:${ports.gateway}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'authorization': `Bearer ${token}` },
    body: JSON.stringify({ query: '{ city { districts { code } } cases { totalCount } }' }),
  });
  const { data } = (await response.json()) as { data: { city: { districts: unknown[] }; cases: { totalCount: number } } };
  expect([data.city.districts.length, data.cases.totalCount]).toEqual([12, 0]);

  const asked = performance.now();
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(0);
  expect(performance.now() - asked).toBeLessThan(5_000);
  for (const port of Object.values(ports)) expect(await answers(`http://127.0.0.1:${port}/health`)).toBe(false);

  const second = start();
  await second.said('Ctrl-C stops everything');
  expect(second.output()).toMatch(/Data: community: nothing to add/);

  // However the parent ends, its processes end with it.
  second.child.kill('SIGKILL');
  await second.ended;
  await gone(Object.values(ports));
});

async function gone(list: readonly number[]): Promise<void> {
  for (const port of list) while (await answers(`http://127.0.0.1:${port}/health`));
}

it.each([
  ['a port is no number', { STREET_PORT: 'x' }, 'STREET_PORT must be a port number, 1–65535.'],
  ['the log level is unknown', { LOG_LEVEL: 'loud' }, 'LOG_LEVEL must be trace, debug, info, warn, error or silent.'],
  ['the database does not answer', { MONGODB_URI: 'mongodb://127.0.0.1:9/?replicaSet=rs0' }, 'MONGODB_URI names mongodb://127.0.0.1:9/?replicaSet=rs0, which does not answer'],
])('says so in a sentence and ends with 1 when %s', async (_name, environment, sentence) => {
  const { ended, output } = start(environment);
  expect(await ended).toBe(1);
  expect(output()).toContain(sentence);
  expect(output()).not.toMatch(/\n\s+at /);
});

it.each([['--help', 0], ['--port', 1]])('given %s it says how it is used and starts nothing', async (argument, code) => {
  const { ended, output } = start({}, argument);
  expect(await ended).toBe(code);
  expect(output()).toMatch(/^用法 \/ Use: npm start\n/);
  expect(output()).not.toMatch(/Database:|Stopped/);
});

it('says which port is taken, and by which variable to choose another', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(ports.district, '127.0.0.1', resolve));
  const { ended, output } = start();
  expect(await ended).toBe(1);
  expect(output()).toContain(`Port ${ports.district} (district) is taken: stop what uses it, or set DISTRICT_PORT to another.`);
  await new Promise((resolve) => taken.close(resolve));
});
