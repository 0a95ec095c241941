// What the gateway does of its own for those who subscribe, with a subgraph of anybody's: one query field, one of the same name in
// Subscription, and /changes.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashOf } from '../../../gateway/limits/persisted.js';
import { bySocket, byStream, type Sent, type Watching } from '../../kit/live.js';
import { compose, startGateway, startSubgraph, type FakeSubgraph, type RunningGateway } from './kit.js';

const sdlWith = (more = ''): string => /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@inaccessible"])
  type Query { paper(city: String!): Paper }
  type Subscription { paper(city: String!, after: ID): Paper }
  type Paper { eventId: ID at: String headline: String! ${more} topics: [String!]! @inaccessible }
`;
interface PaperSent { readonly paper: { readonly id: string; readonly headline: string } }
const text = 'subscription Paper($city: String!, $after: ID) { paper(city: $city, after: $after) { id: eventId headline } }';

let subgraph: FakeSubgraph;
let gateway: RunningGateway;
let headlines: Record<string, string | null>;
const opened: Watching<never>[] = [];

const resolvers = {
  Query: { paper: (_root: unknown, { city }: { city: string }) => (headlines[city] == null ? null : { headline: headlines[city], topics: [`paper:${city}`] }) },
};
const tell = (city: string, headline: string | null): void => {
  headlines[city] = headline;
  subgraph.change(`paper:${city}`);
};

beforeEach(async () => {
  headlines = { hefei: '春', wuhu: '江' };
  subgraph = await startSubgraph('news', sdlWith('mayor: String'), resolvers);
  subgraph.changes = [];
  gateway = await startGateway(compose([subgraph]));
});
afterEach(async () => {
  for (const watching of opened.splice(0)) await watching.stop();
  await gateway.stop();
  await subgraph.stop();
});

type Way = typeof bySocket;
async function watch(variables: Record<string, unknown> = { city: 'hefei' }, { by = bySocket, query = text, from = gateway }: { by?: Way; query?: string; from?: RunningGateway } = {}): Promise<Watching<PaperSent>> {
  const watching = (await by({ url: from.url, headers: async () => ({}) }, null)).watch<PaperSent>(query, variables);
  opened.push(watching as Watching<never>);
  return watching;
}
const headline = (sent: Sent<PaperSent> | null): string | undefined => sent?.data?.paper.headline;
const idOf = (sent: Sent<PaperSent> | null): string => sent?.data?.paper.id ?? '';
const codeOf = (sent: Sent<unknown> | null): string | undefined => sent?.errors?.[0]?.extensions?.code;
const metric = async (name: string): Promise<number> =>
  Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await (await fetch(`${gateway.url}/metrics`)).text())?.[1]);

describe.each([['WebSocket', bySocket], ['SSE', byStream]] as const)('by %s', (_name, by) => {
  it('tells how it is, then of each change of what was subscribed to, and of nothing else', async () => {
    const watching = await watch({ city: 'hefei' }, { by });
    expect(headline(await watching.next())).toBe('春');
    tell('wuhu', '潮');
    tell('hefei', '夏');
    expect(headline(await watching.next())).toBe('夏');
    expect(watching.untaken).toEqual([]);
  });

  it('goes on after an event, with what was missed once, or with nothing', async () => {
    const first = await watch({ city: 'hefei' }, { by });
    const after = idOf(await first.next());
    await first.stop();
    tell('hefei', '夏');
    tell('hefei', '秋');
    const second = await watch({ city: 'hefei', after }, { by });
    const missed = await second.next();
    expect(headline(missed)).toBe('秋');
    await second.stop();
    const third = await watch({ city: 'hefei', after: idOf(missed) }, { by });
    const fence = await watch({ city: 'wuhu' }, { by });
    await fence.next();
    expect(third.untaken).toEqual([]);
    tell('hefei', '冬');
    expect(headline(await third.next())).toBe('冬');
  });

  it('says that there is nothing, and no more than that', async () => {
    const watching = await watch({ city: 'nowhere' }, { by });
    expect(codeOf(await watching.next())).toBe('NOT_FOUND');
    expect(await watching.next()).toBeNull();
  });
});

it('says nothing of what is seen no more, and goes on when it is seen again', async () => {
  const watching = await watch();
  await watching.next();
  const fence = await watch({ city: 'wuhu' });
  await fence.next();
  tell('hefei', null);
  tell('wuhu', '潮');
  await fence.next();
  expect(watching.untaken).toEqual([]);
  tell('hefei', '夏');
  expect(headline(await watching.next())).toBe('夏');
});

it('ends when there is nothing any more before it has begun', async () => {
  let asked = 0;
  Object.defineProperty(headlines, 'hefei', { get: () => ((asked += 1) <= 2 ? '春' : null), configurable: true });
  const watching = await watch();
  expect(codeOf(await watching.next())).toBe('NOT_FOUND');
  expect(await watching.next()).toBeNull();
});

it('goes on in another gateway, as if it were the same', async () => {
  const first = await watch();
  const after = idOf(await first.next());
  tell('hefei', '夏');
  const other = await startGateway(compose([subgraph]));
  try {
    expect(headline(await (await watch({ city: 'hefei', after }, { from: other })).next())).toBe('夏');
  } finally {
    await other.stop();
  }
});

it('misses nothing while the level cannot be reached, nor what it could not read', async () => {
  const watching = await watch();
  await watching.next();
  subgraph.override = null;
  tell('hefei', '夏');
  subgraph.override = undefined;
  expect(headline(await watching.next())).toBe('夏');
  expect(await metric('gateway_live_feed_up{subgraph="news"}')).toBe(1);
});

it.each([
  ['has forgotten what was not heard of', () => [{ position: 90, at: new Date().toISOString(), topics: ['paper:wuhu'] }]],
  ['was set back', () => []],
])('reads everything again when the level %s', async (_what, changes) => {
  subgraph.change('paper:other');
  subgraph.change('paper:other');
  const watching = await watch();
  await watching.next();
  headlines['hefei'] = '夏';
  subgraph.change('paper:other');
  subgraph.changes = changes();
  for (let sent = await watching.next(); headline(sent) !== '夏'; sent = await watching.next()) expect(sent).not.toBeNull();
});

it('listens to nobody before somebody has subscribed, and then once for all', async () => {
  const asked = (): number => subgraph.received.length;
  expect([asked(), await metric('gateway_live_subscriptions{transport="ws"}')]).toEqual([0, 0]);
  const all = await Promise.all(Array.from({ length: 20 }, () => watch()));
  for (const watching of all) await watching.next();
  expect(await metric('gateway_live_subscriptions{transport="ws"}')).toBe(20);
  const before = asked();
  tell('hefei', '夏');
  for (const watching of all) expect(headline(await watching.next())).toBe('夏');
  // They ask alike and at once.
  expect(asked() - before).toBeLessThan(20);
  expect(await metric('gateway_live_events_total{transport="ws"}')).toBe(40);
});

it('refuses more than may be at once, and has room again when some have gone', async () => {
  const own = await startGateway(compose([subgraph]), { live: { total: 3, perCaller: 2 } });
  try {
    const [one, two] = [await watch(undefined, { from: own, by: byStream }), await watch(undefined, { from: own, by: byStream })];
    await Promise.all([one.next(), two.next()]);
    expect(codeOf(await (await watch(undefined, { from: own, by: byStream })).next())).toBe('TOO_MANY_SUBSCRIPTIONS');
    await one.stop();
    for (;;) {
      const sent = await (await watch(undefined, { from: own, by: byStream })).next();
      if (headline(sent) === '春') break;
    }
  } finally {
    await own.stop();
  }
});

it('takes only registered subscriptions where only these are taken', async () => {
  const own = await startGateway(compose([subgraph]), { manifest: new Map([[hashOf(text), text]]), persistedOnly: true });
  try {
    expect(headline(await (await watch(undefined, { from: own })).next())).toBe('春');
    expect(codeOf(await (await watch(undefined, { from: own, query: 'subscription { paper(city: "hefei") { headline } }' })).next())).toBe('OPERATION_NOT_PERSISTED');
  } finally {
    await own.stop();
  }
});

it('is the same with the stock executor', async () => {
  const own = await startGateway(compose([subgraph]), { executor: 'stock' });
  try {
    const watching = await watch(undefined, { from: own });
    await watching.next();
    tell('hefei', '夏');
    expect(headline(await watching.next())).toBe('夏');
  } finally {
    await own.stop();
  }
});

it('goes on with a newer supergraph, and ends what that does not take', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-live-'));
  const file = join(folder, 'supergraph.graphql');
  writeFileSync(file, compose([subgraph]));
  const own = await startGateway(compose([subgraph]), { reload: { from: file, everyMs: 3_600_000, trialMs: 0 } });
  try {
    const stays = await watch(undefined, { from: own });
    const ends = await watch({}, { from: own, query: 'subscription { paper(city: "hefei") { headline mayor } }' });
    await Promise.all([stays.next(), ends.next()]);
    writeFileSync(file, compose([{ ...subgraph, typeDefs: sdlWith() }]));
    await own.reload();
    tell('hefei', '夏');
    expect(headline(await stays.next())).toBe('夏');
    expect(codeOf(await ends.next())).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(await ends.next()).toBeNull();
  } finally {
    await own.stop();
    rmSync(folder, { recursive: true });
  }
});

it.each([
  ['two fields', 'subscription { paper(city: "hefei") { headline } other: paper(city: "wuhu") { headline } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['a fragment around the field', 'subscription { ... on Subscription { paper(city: "hefei") { headline } } }', 'BAD_USER_INPUT'],
  ['a condition on the field', 'subscription { paper(city: "hefei") @include(if: false) { headline } }', 'BAD_USER_INPUT'],
])('refuses %s', async (_what, query, code) => {
  expect(codeOf(await (await watch({}, { query })).next())).toBe(code);
});
