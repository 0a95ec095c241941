import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashOf } from '../../../gateway/limits/persisted.js';
import type { ReloadOptions } from '../../../gateway/reload.js';
import { ask, compose, listen, startGateway, startSubgraph, type FakeSubgraph, type RunningGateway } from './kit.js';

const folder = mkdtempSync(join(tmpdir(), 'gateway-reload-'));
const file = join(folder, 'supergraph.graphql');
const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])';
const never = 3_600_000;
const persisted = 'query Name($more: Boolean = false) { name motto @include(if: $more) }';
const manifest = new Map([[hashOf(persisted), persisted]]);

let old: FakeSubgraph;
let next: FakeSubgraph;
let before: string;
let after: string;
let gateway: RunningGateway;

beforeAll(async () => {
  const resolvers = { Query: { name: () => '合肥', motto: () => '开明开放' } };
  old = await startSubgraph('city', `${link} type Query { name: String! motto: String }`, resolvers);
  next = await startSubgraph('city', `${link} type Query { name: String! motto: String mayor: String }`, { Query: { ...resolvers.Query, mayor: () => '市长' } });
  before = compose([old]);
  after = compose([next]);
});
afterAll(async () => {
  await Promise.all([old.stop(), next.stop()]);
  rmSync(folder, { recursive: true });
});
beforeEach(() => writeFileSync(file, before));
afterEach(async () => {
  for (const subgraph of [old, next]) Object.assign(subgraph, { override: undefined, healthy: true });
  await gateway.stop();
});

const start = async (reload: Partial<ReloadOptions> = {}): Promise<void> => {
  gateway = await startGateway(before, { manifest, maxRunning: 1_000, reload: { from: file, everyMs: never, trialMs: 0, ...reload } });
};
const mayor = async (): Promise<unknown> => {
  const { data, errors } = await ask(gateway, '{ mayor }');
  return data?.['mayor'] ?? errors?.[0]?.extensions['code'];
};
const reloads = async (): Promise<Record<string, number>> => {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Object.fromEntries([...text.matchAll(/^gateway_supergraph_reloads_total\{outcome="(\w+)"\} (\d+)/gm)].map(([, outcome = '', count]) => [outcome, Number(count)]));
};
const reasons = (): unknown[] => gateway.logged.filter(({ msg }) => /^supergraph (refused|rolled back|cannot)/.test(String(msg))).map(({ reason }) => reason);

it('answers by a newer supergraph, at its URL, with the plans of persisted operations made before', async () => {
  await start();
  expect(await mayor()).toBe('GRAPHQL_VALIDATION_FAILED');
  writeFileSync(file, after);
  await gateway.reload();
  expect(await mayor()).toBe('市长');
  old.received.length = 0;
  expect(await ask(gateway, persisted, { variables: { more: true } })).toMatchObject({ data: { name: '合肥', motto: '开明开放' } });
  expect(old.received).toEqual([]);
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  // Of two operations: `mayor` was planned when it was asked for.
  expect(text).toContain('gateway_plans_total{known="true"} 1\n');
  expect(text).toMatch(/^gateway_supergraph_info\{id="[0-9a-f]{12}"\} 1$/m);
  expect(await reloads()).toEqual({ taken: 1 });
});

it('drops no request under way while it reloads, and answers each by one of the two', async () => {
  await start();
  writeFileSync(file, after);
  const answers: unknown[] = [];
  async function client(): Promise<void> {
    for (let isNew = false; !isNew;) {
      const { status, data, errors } = await ask(gateway, '{ name __type(name: "Query") { fields { name } } }');
      const names = (data?.['__type'] as { fields: { name: string }[] } | null)?.fields.map(({ name }) => name);
      answers.push([status, data?.['name'], names, errors]);
      isNew = names?.includes('mayor') === true;
    }
  }
  await Promise.all([gateway.reload(), ...Array.from({ length: 20 }, client)]);
  // Each client ends with the new one; what came before were of the old.
  expect(answers.length).toBeGreaterThan(20);
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(new Set([
    '[200,"合肥",["name","motto"],null]', '[200,"合肥",["name","motto","mayor"],null]',
  ]));
});

it('lets a request that is under way end at the subgraph that it came to, which is then let go', async () => {
  let answer = (): void => undefined;
  const held = new Promise<string>((resolve) => { answer = () => resolve('慢'); });
  const slow = await startSubgraph('slow', `${link} type Query { slow: String }`, { Query: { slow: () => held } });
  writeFileSync(file, before);
  gateway = await startGateway(compose([old, slow]), { manifest, reload: { from: file, everyMs: never, trialMs: 0 } });
  const arrived = slow.arrived();
  const asked = ask(gateway, '{ slow }');
  await arrived;
  await gateway.reload();
  expect((await ask(gateway, '{ slow }')).errors?.[0]?.extensions['code']).toBe('GRAPHQL_VALIDATION_FAILED');
  answer();
  expect((await asked).data).toEqual({ slow: '慢' });
  expect((await (await fetch(`${gateway.url}/metrics`)).text()).match(/gateway_subgraph_up\{.*\}/g)).toEqual(['gateway_subgraph_up{subgraph="city"}']);
  await slow.stop();
});

describe('what is no better stays out, and the last one stays:', () => {
  it.each<[string, () => string | Promise<string>, RegExp]>([
    ['no GraphQL', () => 'type Query {', /^Syntax Error/],
    ['no supergraph', () => 'type Query { a: Int }', /names no subgraphs/],
    ['one that cannot be built', () => before.replace('type Query\n', 'type Query @nothing\n'), /^The supergraph cannot be used/],
    ['one with a subgraph that has no URL', () => compose([{ ...old, url: '' }]), /no usable URL for subgraph city/],
    ['one that breaks a persisted operation', () => compose([{ ...next, typeDefs: 'type Query { mayor: String motto: String }' }]), /breaks persisted operations: Name \(Cannot query field "name"/],
    ['one whose new URL is dead', () => compose([{ ...next, url: 'http://127.0.0.1:1/graphql' }]), /\/health of city does not answer/],
  ])('%s', async (_what, sdl, reason) => {
    await start();
    const bad = await sdl();
    writeFileSync(file, bad);
    await gateway.reload();
    expect(reasons()).toEqual([expect.stringMatching(reason)]);
    expect(await reloads()).toEqual({ refused: 1 });
    expect([await mayor(), (await ask(gateway, '{ name }')).data]).toEqual(['GRAPHQL_VALIDATION_FAILED', { name: '合肥' }]);
    writeFileSync(file, after);
    await gateway.reload();
    expect(await mayor()).toBe('市长');
  });

  it('a file that is gone', async () => {
    await start();
    rmSync(file);
    await gateway.reload();
    expect(await reloads()).toEqual({ unreadable: 1 });
    expect((await ask(gateway, '{ name }')).data).toEqual({ name: '合肥' });
  });
});

describe('within the trial it goes back', () => {
  const untilTaken = async (): Promise<void> => {
    while (!gateway.logged.some(({ msg }) => msg === 'supergraph taken')) await ask(gateway, '{ name }');
  };

  it.each<[string, () => unknown, RegExp]>([
    ['when requests to the new URL end in nothing', () => { next.override = null; }, /^Requests to city fail/],
    ['when they end in an error of the server', () => { next.override = { status: 500, type: 'text/plain', body: 'no' }; }, /^Requests to city fail/],
    ['when its /health answers no more', () => { next.healthy = false; }, /^The \/health of city does not answer any more/],
  ])('%s', async (_what, fail, reason) => {
    await start({ trialMs: 60_000 });
    writeFileSync(file, after);
    const reloading = gateway.reload();
    await untilTaken();
    fail();
    await ask(gateway, '{ mayor }');
    await reloading;
    expect(reasons()).toEqual([expect.stringMatching(reason)]);
    expect(await reloads()).toEqual({ taken: 1, rolled_back: 1 });
    expect([await mayor(), (await ask(gateway, '{ name }')).data]).toEqual(['GRAPHQL_VALIDATION_FAILED', { name: '合肥' }]);
  });

  it('and ends in peace when it is told to', async () => {
    await start({ trialMs: 60_000 });
    writeFileSync(file, after);
    const reloading = gateway.reload();
    await untilTaken();
    await gateway.stop();
    await reloading;
    expect(reasons()).toEqual([]);
  });
});

it('looks by itself, and takes from a URL what has changed there', async () => {
  let sdl = before;
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const etag = `"${hashOf(sdl)}"`;
    asked.push(request.headers['if-none-match']);
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304).end();
    response.writeHead(200, { etag }).end(sdl);
  });
  const port = await listen(server);
  await start({ from: `http://127.0.0.1:${port}/supergraph`, everyMs: 5 });
  while (!asked.some((etag) => etag !== undefined)) await ask(gateway, '{ name }');
  sdl = after;
  while (await mayor() !== '市长') continue;
  server.closeAllConnections();
  server.close();
  await gateway.reload();
  expect(await reloads()).toMatchObject({ taken: 1, unreadable: expect.any(Number) as number });
  expect(await mayor()).toBe('市长');
});

describe('a URL', () => {
  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    ['that answers with an error', (response) => response.writeHead(500).end(before), /answered 500/],
    ['that sends too much', (response) => response.writeHead(200).end('#'.repeat(16 * 1024 * 1024 + 1)), /larger than 16777216 bytes/],
    ['that cuts the connection', (response) => response.destroy(), /other side closed|socket hang up|ECONNRESET/],
  ])('%s is said to be unreadable, and the last supergraph stays', async (_what, answer, reason) => {
    const server = createServer((_request, response) => answer(response));
    await start({ from: `http://127.0.0.1:${await listen(server)}/` });
    await gateway.reload();
    server.closeAllConnections();
    server.close();
    expect(reasons()).toEqual([expect.stringMatching(reason)]);
    expect(await reloads()).toEqual({ unreadable: 1 });
    expect((await ask(gateway, '{ name }')).data).toEqual({ name: '合肥' });
  });

  it('that says nothing does not hold up the end', async () => {
    const server = createServer(() => undefined);
    await start({ from: `http://127.0.0.1:${await listen(server)}/` });
    const arrived = once(server, 'request');
    const reloading = gateway.reload();
    await arrived;
    await gateway.stop();
    await reloading;
    expect(reasons()).toEqual([]);
    server.closeAllConnections();
    server.close();
  });
});
