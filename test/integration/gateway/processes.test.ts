import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../../kit/host.js';
import { bySocket } from '../../kit/live.js';
import { compose, listen, startSubgraph, type FakeSubgraph } from './kit.js';

const typeDefs = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@inaccessible"])
  type Query { greet: String! wait: String! paper: Paper }
  type Subscription { paper(after: ID): Paper }
  type Paper { eventId: ID at: String headline: String! topics: [String!]! @inaccessible }
`;
const folder = mkdtempSync(join(tmpdir(), 'gateway-processes-'));
const supergraph = join(folder, 'supergraph.graphql');
const root = fileURLToPath(new URL('../../../', import.meta.url));

type Line = Readonly<Record<string, unknown>>;
let subgraph: FakeSubgraph;
let child: ChildProcess;
let lines: Line[];
let waiting: (() => void)[] = [];
let headline = '春';
beforeAll(async () => {
  subgraph = await startSubgraph('greetings', typeDefs, {
    Query: { greet: () => '你好', paper: () => ({ headline, topics: ['paper'] }), wait: () => new Promise((resolve) => { waiting.push(() => resolve('到了')); }) },
  });
  writeFileSync(supergraph, compose([subgraph]));
});
afterEach(async () => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = once(child, 'close');
  child.kill('SIGKILL');
  await end;
});
afterAll(async () => {
  await subgraph.stop();
  rmSync(folder, { recursive: true });
});

function start(args: readonly string[], environment: Record<string, string> = {}): void {
  lines = [];
  child = spawn(process.execPath, ['--import', 'tsx', 'gateway/index.ts', '--supergraph', supergraph, '--no-auth', ...args], {
    cwd: root, env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let rest = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts.map((part) => JSON.parse(part) as Line));
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const saying = (msg: string): Line[] => lines.filter((line) => line['msg'] === msg);
async function ready(count: number): Promise<string> {
  const deadline = Date.now() + 60_000;
  while (saying('process ready').length < count || saying('gateway ready').length < count) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`It was not ready: ${JSON.stringify(lines)}`);
    await once(child.stdout as NodeJS.ReadableStream, 'data');
  }
  return String(saying('gateway ready')[0]?.['url']).replace(/\/graphql$/, '');
}

/** Each by a connection of its own, which the processes take in turns. */
const send = (url: string, path: string, body?: string): Promise<string> => new Promise((resolve, reject) => {
  const sent = request(`${url}${path}`, { agent: false, method: body === undefined ? 'GET' : 'POST', headers: { 'content-type': 'application/json' } }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => resolve(Buffer.concat(chunks).toString()));
  });
  sent.on('error', reject);
  sent.end(body);
});
const greet = (url: string) => send(url, '/graphql', '{"query":"{ greet }"}');
async function counted(url: string): Promise<number> {
  const text = await send(url, '/metrics');
  return Number(/^gateway_requests_total\{route="\/graphql",status="200"\} (\d+)$/m.exec(text)?.[1]);
}
const servedBy = (): Set<unknown> => new Set(saying('request').map((line) => line['process']));

it('answers by several processes on one port, replaces one that is killed, counts for all, and ends them all', async () => {
  start(['--port', '0', '--processes', '2']);
  const url = await ready(2);
  for (let i = 0; i < 6; i += 1) expect(await greet(url)).toContain('你好');
  await until(async () => saying('request').length === 6);
  expect(servedBy()).toEqual(new Set([1, 2]));
  expect(await counted(url)).toBe(6);
  expect(await send(url, '/metrics')).toMatch(/^gateway_subgraph_up\{subgraph="greetings"\} 1$/m);

  const pids = saying('process ready').map((line) => Number(line['pid']));
  process.kill(pids[0] as number, 'SIGKILL');
  await until(async () => saying('a process of the gateway has ended; another takes its place').length === 1);
  for (let i = 0; i < 4; i += 1) expect(await greet(url)).toContain('你好');
  expect(await counted(url)).toBe(10);
  await ready(3);
  for (let i = 0; i < 4; i += 1) expect(await greet(url)).toContain('你好');
  await until(async () => saying('request').length === 14);
  expect(servedBy()).toEqual(new Set([1, 2, 3]));
  expect(await counted(url)).toBe(14);

  const end = once(child, 'close');
  child.kill('SIGTERM');
  expect(await end).toEqual([0, null]);
  await expect(greet(url)).rejects.toThrow('ECONNREFUSED');
  for (const line of saying('process ready')) expect(() => process.kill(Number(line['pid']), 0)).toThrow('ESRCH');
});

it('goes on in any of them with what one has told, also in one that is new', async () => {
  interface Told { readonly paper: { readonly eventId: string; readonly headline: string } }
  subgraph.changes = [];
  start(['--port', '0', '--processes', '2']);
  const url = await ready(2);
  // Each by a connection of its own.
  const watch = async (after: string | null) =>
    (await bySocket({ url, headers: async () => ({}) }, null)).watch<Told>('subscription ($after: ID) { paper(after: $after) { eventId headline } }', { after });
  const first = await watch(null);
  let after = (await first.next())?.data?.paper.eventId ?? '';
  await first.stop();
  const pids = saying('process ready').map((line) => Number(line['pid']));
  for (const [next, killed] of [['夏', null], ['秋', pids[0]], ['冬', pids[1]]] as const) {
    if (killed != null) {
      const already = saying('process ready').length;
      process.kill(killed, 'SIGKILL');
      await ready(already + 1);
    }
    headline = next;
    subgraph.change('paper');
    const again = await watch(after);
    const sent = await again.next();
    expect([sent?.errors, sent?.data?.paper.headline]).toEqual([undefined, next]);
    after = sent?.data?.paper.eventId ?? '';
    await again.stop();
  }
});

it('answers what is under way when the first process is killed, and ends', async () => {
  start(['--port', '0', '--processes', '2']);
  const url = await ready(2);
  waiting = [];
  const asked = [send(url, '/graphql', '{"query":"{ wait }"}'), send(url, '/graphql', '{"query":"{ wait }"}')];
  await until(async () => waiting.length === 2);
  const pids = saying('process ready').map((line) => Number(line['pid']));
  child.kill('SIGKILL');
  await until(async () => saying('gateway stopping').length === 2);
  for (const answer of waiting) answer();
  expect((await Promise.all(asked)).map((text) => JSON.parse(text))).toEqual([{ data: { wait: '到了' } }, { data: { wait: '到了' } }]);
  await until(async () => pids.every((pid) => !isAlive(pid)));
});

it('starts the next process by the supergraph that answers, not by what its file holds now', async () => {
  start(['--port', '0'], { GATEWAY_PROCESSES: '2' });
  const url = await ready(2);
  writeFileSync(supergraph, 'nothing');
  process.kill(Number(saying('process ready')[0]?.['pid']), 'SIGKILL');
  await ready(3);
  for (let i = 0; i < 4; i += 1) expect(await greet(url)).toContain('你好');
  await until(async () => saying('request').length === 4);
  expect(servedBy()).toContain(3);
  writeFileSync(supergraph, compose([subgraph]));
});

it('says in one sentence that its port is taken, and ends', async () => {
  const other = createServer();
  const port = String(await listen(other));
  start(['--port', port, '--processes', '3']);
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => { complaint += chunk.toString(); });
  expect(await once(child, 'close')).toEqual([1, null]);
  expect(complaint).toBe(`Port ${port} is already taken; stop what uses it or choose another with --port or PORT.\n`);
  other.close();
});
