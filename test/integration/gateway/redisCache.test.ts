// Several gateways, and several processes of one, that keep what is the same for everyone in one Redis.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { publicTopic } from '../../../gateway/live/publicNews.js';
import { until } from '../../kit/host.js';
import { describeWithRedis, startRedis, type TestRedis } from '../../kit/redis.js';
import { ask, compose, startGateway, startSubgraph, type FakeSubgraph, type RunningGateway } from './kit.js';

const sdl = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
    @link(url: "https://hefei.example/cacheControl/v0.1", import: ["@cacheControl"])
    @composeDirective(name: "@cacheControl")
  directive @cacheControl(maxAge: Int, scope: cacheControl__Scope) on FIELD_DEFINITION
  enum cacheControl__Scope { PUBLIC PRIVATE }
  type Query { city: String! @cacheControl(maxAge: 600, scope: PUBLIC) }
  type Mutation { rename(to: String!): String! }
`;
const query = '{ city }';
/** Nothing here hangs, but this machine may be busy. */
const patienceMs = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'redis-cache-'));
afterAll(() => rmSync(folder, { recursive: true }));

describeWithRedis('a cache in Redis', () => {
  let redis: TestRedis;
  let city: FakeSubgraph;
  let gateways: RunningGateway[] = [];
  let name: string;
  /** What holds back whoever comes next. */
  let gate: Promise<void> | null;

  beforeAll(async () => {
    redis = await startRedis();
    city = await startSubgraph('city', sdl, {
      Query: {
        async city() {
          const now = name;
          await passed();
          return now;
        },
      },
      Mutation: {
        async rename(_: unknown, { to }: { to: string }) {
          await passed();
          return (name = to);
        },
      },
    });
  });
  beforeEach(async () => {
    [name, gate, city.changes, city.received.length] = ['合肥', null, null, 0];
    await redis.command('FLUSHALL');
  });
  afterEach(async () => { await Promise.all(gateways.splice(0).map((gateway) => gateway.stop())); });
  afterAll(async () => {
    await city.stop();
    await redis.stop();
  });

  async function passed(): Promise<void> {
    const held = gate;
    gate = null;
    await held;
  }
  /** What is asked for next waits at the level until it is let through. */
  async function held(asking: () => Promise<unknown>): Promise<{ through(): Promise<unknown> }> {
    let open = (): void => undefined;
    gate = new Promise((resolve) => { open = resolve; });
    const answer = asking();
    await until(async () => gate === null);
    return { through: () => (open(), answer) };
  }
  async function start(count: number): Promise<RunningGateway[]> {
    const cache = { entries: 1, bytes: 1, seconds: 600, staleSeconds: 0, redis: { url: redis.url, waitMs: patienceMs } };
    gateways = await Promise.all(Array.from({ length: count }, () => startGateway(compose([city]), { cache })));
    return gateways;
  }
  async function shown(gateway: RunningGateway | undefined, text = query): Promise<unknown> {
    if (!gateway) throw new Error('There is no such gateway.');
    const { data, errors } = await ask(gateway, text);
    expect(errors).toBeUndefined();
    return Object.values(data ?? {})[0];
  }
  const metric = async ({ url }: RunningGateway): Promise<string | undefined> =>
    /^gateway_cache_up.*$/m.exec(await (await fetch(`${url}/metrics`)).text())?.[0];

  it('has for one gateway what another was given', async () => {
    const [one, other] = await start(2);
    for (const gateway of [one, other, one]) expect(await shown(gateway)).toBe('合肥');
    expect(city.received).toHaveLength(1);
  });

  it('has for no gateway what was there before a write through another', async () => {
    const [one, other] = await start(2);
    for (let i = 0; i < 20; i += 1) {
      expect(await shown(other)).toBe(name);
      expect(await shown(one, `mutation { rename(to: "庐州${i}") }`)).toBe(`庐州${i}`);
    }
    expect(await shown(other)).toBe('庐州19');
  });

  it('does not keep what a gateway was being given while another wrote', async () => {
    const [one, other] = await start(2);
    const slow = await held(() => shown(one));
    await shown(other, 'mutation { rename(to: "庐州") }');
    expect(await slow.through()).toBe('合肥');
    for (const gateway of [one, other]) expect(await shown(gateway)).toBe('庐州');
  });

  it('has for no gateway, once a write is answered, what was there while it was under way', async () => {
    const [one, other] = await start(2);
    const slow = await held(() => shown(one, 'mutation { rename(to: "庐州") }'));
    for (let i = 0; i < 2; i += 1) expect(await shown(other)).toBe('合肥');
    expect(city.received).toHaveLength(2);
    await slow.through();
    expect(await shown(other)).toBe('庐州');
  });

  it('drops for all what a level says has changed', async () => {
    city.changes = [];
    const [one, other] = await start(2);
    await shown(one);
    name = '庐州';
    city.change('area:3401');
    expect(await shown(other)).toBe('合肥');
    city.change(publicTopic);
    await until(async () => (await shown(other)) === '庐州');
    expect(await shown(one)).toBe('庐州');
  });

  it('is done without while Redis is killed, and has nothing from before when it is back', async () => {
    const [one, other] = await start(2);
    if (!one || !other) throw new Error('There are two.');
    expect(await shown(one)).toBe('合肥');
    expect(await metric(one)).toBe('gateway_cache_up{store="redis"} 1');
    await redis.command('SAVE');
    const asking = Array.from({ length: 50 }, (_, number) => shown(number % 2 ? one : other));
    await redis.kill();
    expect(new Set(await Promise.all(asking))).toEqual(new Set(['合肥']));
    await until(async () => (await metric(one)) === 'gateway_cache_up{store="redis"} 0');
    await shown(one, 'mutation { rename(to: "庐州") }');
    const before = performance.now();
    for (const gateway of [one, other]) expect(await shown(gateway)).toBe('庐州');
    expect(performance.now() - before).toBeLessThan(1_000);
    await redis.start();
    await until(async () => (await metric(one)) === (await metric(other)) && (await metric(one)) === 'gateway_cache_up{store="redis"} 1');
    city.received.length = 0;
    for (const gateway of [one, other, one]) expect(await shown(gateway)).toBe('庐州');
    expect(city.received).toHaveLength(1);
    const said = one.logged.filter(({ msg }) => String(msg).startsWith('the cache in Redis'));
    expect(said).toEqual([expect.objectContaining({ msg: expect.stringContaining('away') }), expect.objectContaining({ msg: expect.stringContaining('back') })]);
  });

  it('starts without Redis, and ends without it', async () => {
    await redis.kill();
    const [one] = await start(1);
    for (let i = 0; i < 2; i += 1) expect(await shown(one)).toBe('合肥');
    expect(city.received).toHaveLength(2);
    await redis.start();
  });

  it('is shared by the processes of one gateway, as its settings say', async () => {
    const supergraph = join(folder, 'supergraph.graphql');
    writeFileSync(supergraph, compose([city]));
    const child = spawn(process.execPath, ['--import', 'tsx', 'gateway/index.ts', '--supergraph', supergraph, '--no-auth', '--port', '0', '--processes', '2'], {
      cwd: fileURLToPath(new URL('../../../', import.meta.url)), stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], ENTITY_CACHE: 'redis', ENTITY_CACHE_REDIS: redis.url, ENTITY_CACHE_REDIS_MS: String(patienceMs) },
    });
    const lines: Record<string, unknown>[] = [];
    const reader = createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Record<string, unknown>));
    const saying = (msg: string) => lines.filter((line) => line['msg'] === msg);
    try {
      while (saying('gateway ready').length < 2) {
        if (child.exitCode !== null) throw new Error(JSON.stringify(lines));
        await Promise.race([once(reader, 'line'), once(child, 'exit')]);
      }
      const url = String(saying('gateway ready')[0]?.['url']).replace(/\/graphql$/, '');
      for (let i = 0; i < 6; i += 1) {
        const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', connection: 'close' }, body: JSON.stringify({ query }) });
        expect(await response.json()).toEqual({ data: { city: '合肥' } });
      }
      await until(async () => saying('request').length === 6);
      expect(new Set(saying('request').map((line) => line['process']))).toEqual(new Set([1, 2]));
      expect(city.received).toHaveLength(1);
    } finally {
      const end = once(child, 'close');
      child.kill('SIGTERM');
      await end;
    }
    expect(child.exitCode).toBe(0);
  });
});
