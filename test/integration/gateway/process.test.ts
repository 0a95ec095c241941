import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startCollector } from '../../kit/collector.js';
import { ask, compose, listen, startSubgraph } from './kit.js';

const typeDefs = 'type Query { greet: String! }';
const folder = mkdtempSync(join(tmpdir(), 'gateway-process-'));
const supergraph = join(folder, 'supergraph.graphql');
const root = fileURLToPath(new URL('../../../', import.meta.url));
afterAll(() => rmSync(folder, { recursive: true }));

/** As the README says to. */
const startByNpm = (args: readonly string[]): ChildProcess =>
  spawn('npm', ['run', '--silent', 'gateway', '--', ...args], { cwd: root, env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] });

function start(args: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', 'gateway/index.ts', ...args], {
    cwd: root, env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => { text.stdout += chunk.toString(); });
  child.stderr?.on('data', (chunk: Buffer) => { text.stderr += chunk.toString(); });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...text };
}

/** Resolves to the URL in the line that says it is ready. */
function ready(child: ChildProcess): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /"url":"([^"]+)\/graphql"/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', () => reject(new Error(`The gateway ended before it was ready: ${text}`)));
  });
}

it('serves any supergraph without sign-in, and ends in peace when told to', async () => {
  const subgraph = await startSubgraph('greetings', typeDefs, { Query: { greet: () => '你好' } });
  writeFileSync(supergraph, compose([{ ...subgraph, url: 'http://127.0.0.1:1/graphql' }]));
  const child = start(['--supergraph', supergraph, '--port', '0', '--no-auth'], {
    SUBGRAPH_URL_GREETINGS: subgraph.url, PORT: '1', LOG_LEVEL: 'info',
  });
  const url = await ready(child);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  expect((await ask({ url }, '{ greet }')).data).toEqual({ greet: '你好' });
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'up' });
  expect(subgraph.received.map(({ headers }) => headers.authorization)).toEqual([undefined]);

  const end = ended(child);
  child.kill('SIGTERM');
  expect(await end).toMatchObject({ code: 0, stderr: '' });
  await subgraph.stop();
});

it('takes a newer supergraph when it is sent SIGHUP, and goes on', async () => {
  const subgraph = await startSubgraph('greetings', 'type Query { greet: String! bid: String }', { Query: { greet: () => '你好', bid: () => '再见' } });
  const file = join(folder, 'hangup.graphql');
  writeFileSync(file, compose([{ ...subgraph, typeDefs }]));
  const child = start(['--supergraph', file, '--port', '0', '--no-auth'], { SUPERGRAPH_RELOAD: 'true', SUPERGRAPH_RELOAD_MS: '3600000' });
  const url = await ready(child);
  expect((await ask({ url }, '{ bid }')).status).toBe(400);
  writeFileSync(file, compose([subgraph]));
  child.kill('SIGHUP');
  let answer = await ask({ url }, '{ bid }');
  while (answer.status === 400) answer = await ask({ url }, '{ bid }');
  expect(answer.data).toEqual({ bid: '再见' });

  const end = ended(child);
  child.kill('SIGTERM');
  expect(await end).toMatchObject({ code: 0, stderr: '' });
  await subgraph.stop();
});

it('started by npm, ends when npm is told to', async () => {
  const subgraph = await startSubgraph('greetings', typeDefs, { Query: { greet: () => '你好' } });
  writeFileSync(supergraph, compose([subgraph]));
  const child = startByNpm(['--supergraph', supergraph, '--port', '0', '--no-auth']);
  const url = await ready(child);
  const end = ended(child);
  child.kill('SIGTERM');
  // Not before all that it started has ended, too.
  await end;
  await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed');
  await subgraph.stop();
});

it('joins the subgraphs of a supergraph that is not ours', async () => {
  const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@requires", "@external"])';
  const subgraphs = await Promise.all([
    startSubgraph('books', `${link} type Query { books: [Book] } type Book @key(fields: "isbn") { isbn: ID! title: String }`, {
      Query: { books: () => [{ isbn: '1', title: '论语' }, { isbn: '2', title: '孟子' }] },
      Book: { __resolveReference: ({ isbn }: { isbn: string }) => ({ isbn, title: `book ${isbn}` }) },
    }),
    startSubgraph('lending', `${link} type Book @key(fields: "isbn") { isbn: ID! title: String @external left: Int label: String @requires(fields: "title") }`, {
      Book: { __resolveReference: (book: object) => book, left: ({ isbn }: { isbn: string }) => Number(isbn) * 3, label: ({ title }: { title: string }) => `《${title}》` },
    }),
  ]);
  const file = join(folder, 'library.graphql');
  writeFileSync(file, compose(subgraphs));
  const child = start(['--supergraph', file, '--port', '0', '--no-auth']);
  const url = await ready(child);
  const { data, errors } = await ask({ url }, '{ books { title left label } }');
  const end = ended(child);
  child.kill('SIGTERM');
  await end;
  await Promise.all(subgraphs.map((subgraph) => subgraph.stop()));
  expect([data, errors]).toEqual([{ books: [{ title: '论语', left: 3, label: '《论语》' }, { title: '孟子', left: 6, label: '《孟子》' }] }, undefined]);
});

it('says in one sentence that its port is taken', async () => {
  writeFileSync(supergraph, compose([{ name: 'greetings', url: 'http://127.0.0.1:1', typeDefs }]));
  const other = createServer();
  const port = String(await listen(other));
  const { code, stderr } = await ended(start(['--supergraph', supergraph, '--port', port, '--no-auth']));
  other.close();
  expect([code, stderr]).toEqual([
    1, `Port ${port} is already taken; stop what uses it or choose another with --port or PORT.\n`,
  ]);
});

it('says in a sentence each what is wrong with its environment', async () => {
  const { code, stdout, stderr } = await ended(start(['--supergraph', supergraph], { LOG_LEVEL: 'loud', PORT: 'x' }));
  expect([code, stdout, stderr.trim().split('\n').length]).toEqual([1, '', 2]);
});

describe('OpenTelemetry', () => {
  const loaded = async (environment: Record<string, string>): Promise<string[]> => {
    const subgraph = await startSubgraph('greetings', typeDefs, { Query: { greet: () => '你好' } });
    writeFileSync(supergraph, compose([subgraph]));
    const preload = join(folder, 'loaded.cjs');
    writeFileSync(preload, `process.once('exit', () => console.error(JSON.stringify(Object.keys(require.cache))));`);
    const child = start(['--supergraph', supergraph, '--port', '0', '--no-auth'], { NODE_OPTIONS: `--require ${preload}`, ...environment });
    const url = await ready(child);
    expect((await ask({ url }, '{ greet }')).data).toEqual({ greet: '你好' });
    const end = ended(child);
    child.kill('SIGTERM');
    const { code, stderr } = await end;
    await subgraph.stop();
    expect(code).toBe(0);
    // Only types and no-ops: prom-client loads them for itself.
    const api = '/@opentelemetry/api/';
    return (JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as string[]).filter((path) => path.includes('/@opentelemetry/') && !path.includes(api));
  };

  it('is not loaded where no collector is named', async () => expect(await loaded({})).toEqual([]));

  it('sends what there is before the process ends', async () => {
    const collector = await startCollector();
    const found = await loaded({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: 'edge' });
    expect(found.length).toBeGreaterThan(0);
    expect(collector.spans().map(({ service, name }) => [service, name])).toEqual(expect.arrayContaining([['edge', 'POST /graphql'], ['edge', 'ask greetings']]));
    expect(collector.metrics().map(({ name }) => name)).toContain('gateway_requests_total');
    await collector.stop();
  });
});
