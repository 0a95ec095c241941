import { readFileSync } from 'node:fs';
import { ask, compose, startGateway, startSubgraph, type FakeSubgraph, type RunningGateway } from './kit.js';

const sdl = 'type Query { name: String! broken: String } type Mutation { rename(to: String!): String! }';
const token = 'a-token-of-the-tests';

let subgraph: FakeSubgraph;
let gateway: RunningGateway;

beforeAll(async () => {
  subgraph = await startSubgraph('city', sdl, {
    Query: { name: () => '合肥', broken: () => { throw new Error('no'); } }, Mutation: { rename: (_: unknown, { to }: { to: string }) => to },
  });
});
afterAll(() => subgraph.stop());
beforeEach(async () => { gateway = await startGateway(compose([subgraph])); });
afterEach(async () => {
  subgraph.override = undefined;
  await gateway.stop();
});

const read = (from: RunningGateway, headers: Record<string, string> = {}) => fetch(`${from.url}/metrics`, { headers });

/** Every series of ours with its value. */
async function series(): Promise<Map<string, number>> {
  const text = await (await read(gateway)).text();
  return new Map(text.split('\n').filter((line) => line.startsWith('gateway_')).map((line): [string, number] => {
    const cut = line.lastIndexOf(' ');
    return [line.slice(0, cut), Number(line.slice(cut + 1))];
  }));
}

it('counts requests, errors by code, plans and fetches', async () => {
  await ask(gateway, '{ name }');
  await ask(gateway, '{ name }');
  await ask(gateway, 'mutation { rename(to: "庐州") }');
  await ask(gateway, '{ broken }');
  await ask(gateway, '{ nothing }');
  const found = await series();
  const of = (name: string): unknown => found.get(name) ?? null;
  expect([of('gateway_requests_total{route="/graphql",status="200"}'), of('gateway_requests_total{route="/graphql",status="400"}')]).toEqual([4, 1]);
  expect([of('gateway_errors_total{code="DOWNSTREAM_SERVICE_ERROR"}'), of('gateway_errors_total{code="GRAPHQL_VALIDATION_FAILED"}')]).toEqual([1, 1]);
  expect([of('gateway_plans_total{known="false"}'), of('gateway_plans_total{known="true"}'), of('gateway_planning_seconds_count')]).toEqual([3, 1, 3]);
  expect([of('gateway_asks_total{subgraph="city"}'), of('gateway_fetches_total{subgraph="city",outcome="answered"}')]).toEqual([4, 4]);
  expect([of('gateway_fetch_operations_sum{subgraph="city"}'), of('gateway_fetch_seconds_count{subgraph="city"}')]).toEqual([4, 4]);
  expect([of('gateway_subgraph_up{subgraph="city"}'), of('gateway_running'), of('gateway_waiting')]).toEqual([1, 0, 0]);
});

it('counts once what several ask for at the same time', async () => {
  await Promise.all([ask(gateway, '{ name }'), ask(gateway, '{ name }'), ask(gateway, '{ name }')]);
  const found = await series();
  expect(found.get('gateway_asks_total{subgraph="city"}')).toBe(3);
  expect(found.get('gateway_fetches_total{subgraph="city",outcome="answered"}')).toBeLessThan(3);
});

it('shows a level that is away, and what was not sent to it', async () => {
  subgraph.override = null;
  for (let i = 0; i < 6; i += 1) await ask(gateway, `mutation { rename(to: "${i}") }`);
  const found = await series();
  expect([
    found.get('gateway_subgraph_up{subgraph="city"}'), found.get('gateway_fetches_total{subgraph="city",outcome="failed"}'), found.get('gateway_errors_total{code="LEVEL_UNAVAILABLE"}'),
  ]).toEqual([0, 5, 6]);
});

it('is for this machine alone, and not for whom a proxy lets through', async () => {
  expect((await read(gateway)).headers.get('content-type')).toContain('text/plain');
  for (const header of ['x-forwarded-for', 'forwarded', 'via']) expect((await read(gateway, { [header]: '10.0.0.1' })).status).toBe(403);
});

it('is for who has the token, where there is one', async () => {
  const guarded = await startGateway(compose([subgraph]), { metricsToken: token });
  const statuses = await Promise.all(
    [{}, { authorization: 'Bearer other' }, { authorization: token }, { authorization: `Bearer ${token}` }].map(async (headers) => (await read(guarded, headers as Record<string, string>)).status),
  );
  expect(statuses).toEqual([403, 403, 403, 200]);
  await guarded.stop();
});

it('has every name that the dashboard shows', async () => {
  await ask(gateway, '{ name }');
  await ask(gateway, '{ broken }');
  const text = await (await read(gateway)).text();
  const known = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name));
  const { panels } = JSON.parse(readFileSync(new URL('../../../docker/grafana/gateway.json', import.meta.url), 'utf8')) as { panels: { targets: { expr: string }[] }[] };
  const shown = new Set(panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => expr.match(/\b(gateway|nodejs|process)_\w+/g) ?? [])));
  const plain = [...shown].map((name) => (known.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')));
  expect(plain.filter((name) => !known.has(name))).toEqual([]);
  expect([...known].filter((name) => name.startsWith('gateway_') && !plain.includes(name))).toEqual([]);
});
