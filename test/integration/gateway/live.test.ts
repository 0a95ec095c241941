// What the gateway does of its own for those who subscribe, with a subgraph of anybody's: one query field, one of the same name in
// Subscription, and /changes.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { WebSocket, type ClientOptions } from 'ws';
import { newEventKey } from '../../../gateway/live/eventId.js';
import { defaultLiveLimits, type Live } from '../../../gateway/live/live.js';
import { serveSockets } from '../../../gateway/live/socket.js';
import { hashOf } from '../../../gateway/limits/persisted.js';
import { bySocket, byStream, type Sent, type Watching } from '../../kit/live.js';
import { compose, listen, startGateway, startSubgraph, type FakeSubgraph, type RunningGateway } from './kit.js';

const sdlWith = (more = ''): string => /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@inaccessible"])
  type Query { paper(city: String!): Paper }
  type Subscription { paper(city: String!, after: ID): Paper }
  type Paper { eventId: ID at: String headline: String! ${more} topics: [String!]! @inaccessible }
`;
interface PaperSent { readonly paper: { readonly id: string; readonly headline: string } }
const text = 'subscription Paper($city: String!, $after: ID) { paper(city: $city, after: $after) { id: eventId headline } }';

const eventKey = newEventKey();
let subgraph: FakeSubgraph;
let gateway: RunningGateway;
let headlines: Record<string, string | null>;
/** Who reads waits for it. */
let gate: Promise<void> | undefined;
let topicsHeld: Promise<void> | undefined;
const opened: Watching<never>[] = [];

const resolvers = {
  Query: { paper: (_root: unknown, { city }: { city: string }) => (headlines[city] == null ? null : { headline: headlines[city], topics: [`paper:${city}`], city }) },
  Paper: {
    async headline({ headline: own, city }: { headline: string; city: string }) {
      if (city === 'hefei') await gate;
      return own;
    },
    async topics({ topics }: { topics: readonly string[] }) {
      await topicsHeld;
      return topics;
    },
  },
};
const tell = (city: string, headline: string | null): void => {
  headlines[city] = headline;
  subgraph.change(`paper:${city}`);
};

beforeEach(async () => {
  headlines = { hefei: '春', wuhu: '江' };
  gate = undefined;
  topicsHeld = undefined;
  subgraph = await startSubgraph('news', sdlWith('mayor: String'), resolvers);
  subgraph.changes = [];
  gateway = await startGateway(compose([subgraph]), { live: { restMs: 0 }, eventKey });
});
afterEach(async () => {
  for (const watching of opened.splice(0)) await watching.stop();
  await gateway.stop();
  await subgraph.stop();
});

type Way = typeof bySocket;
async function watch(variables: Record<string, unknown> = { city: 'hefei' }, { by = bySocket, query = text, from = gateway, headers = {} }: { by?: Way; query?: string; from?: RunningGateway; headers?: Record<string, string> } = {}): Promise<Watching<PaperSent>> {
  const watching = (await by({ url: from.url, headers: async () => headers }, null)).watch<PaperSent>(query, variables);
  opened.push(watching as Watching<never>);
  return watching;
}
const headline = (sent: Sent<PaperSent> | null): string | undefined => sent?.data?.paper.headline;
const idOf = (sent: Sent<PaperSent> | null): string => sent?.data?.paper.id ?? '';
const codeOf = (sent: Sent<unknown> | null): string | undefined => sent?.errors?.[0]?.extensions?.code;
const metric = async (name: string, { url } = gateway): Promise<number> =>
  Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await (await fetch(`${url}/metrics`)).text())?.[1]);
async function untilMetric(name: string, value: number, from = gateway): Promise<void> {
  while (await metric(name, from) !== value);
}
const bySockets = 'gateway_live_subscriptions{transport="ws"}';

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

it('goes on in another gateway of the same key, as if it were the same', async () => {
  const first = await watch();
  const after = idOf(await first.next());
  tell('hefei', '夏');
  const other = await startGateway(compose([subgraph]), { eventKey });
  try {
    expect(headline(await (await watch({ city: 'hefei', after }, { from: other })).next())).toBe('夏');
  } finally {
    await other.stop();
  }
});

it('goes on only with what was told of the same, by a gateway of its own kind', async () => {
  const after = idOf(await (await watch()).next());
  const strange = await startGateway(compose([subgraph]));
  try {
    expect(codeOf(await (await watch({ city: 'wuhu', after })).next())).toBe('BAD_USER_INPUT');
    expect(codeOf(await (await watch({ city: 'hefei', after }, { from: strange })).next())).toBe('BAD_USER_INPUT');
  } finally {
    await strange.stop();
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

it('says nothing when it is for this subscriber as it was', async () => {
  const watching = await watch();
  await watching.next();
  const read = subgraph.arrived();
  subgraph.change('paper:hefei');
  await read;
  tell('hefei', '夏');
  expect(headline(await watching.next())).toBe('夏');
});

it('does not read again before the rest is over', async () => {
  const own = await startGateway(compose([subgraph]), { live: { restMs: 3_600_000 } });
  try {
    const watching = await watch(undefined, { from: own });
    await watching.next();
    tell('hefei', '夏');
    await untilMetric('gateway_live_delay_seconds_count', 1, own);
    const before = subgraph.received.length;
    expect(headline(await (await watch({ city: 'wuhu' }, { from: own })).next())).toBe('江');
    // What it is about, and how it is.
    expect(subgraph.received.length - before).toBe(2);
    expect(watching.untaken).toEqual([]);
  } finally {
    await own.stop();
  }
});

it('tells what changed meanwhile when the rest is over', async () => {
  const own = await startGateway(compose([subgraph]), { live: { restMs: 300 } });
  try {
    const watching = await watch(undefined, { from: own });
    await watching.next();
    tell('hefei', '夏');
    await untilMetric('gateway_live_delay_seconds_count', 1, own);
    tell('hefei', '秋');
    for (let sent = await watching.next(); headline(sent) !== '秋'; sent = await watching.next()) expect(headline(sent)).toBe('夏');
  } finally {
    await own.stop();
  }
});

const from = (address: string) => ({ 'x-forwarded-for': address });

it('keeps nobody waiting for one who watches much', async () => {
  const own = await startGateway(compose([subgraph]), { trustedProxies: ['127.0.0.1'] });
  let open = (): void => undefined;
  gate = new Promise((resolve) => { open = resolve; });
  try {
    const much = await Promise.all(Array.from({ length: 20 }, (_, i) =>
      watch({}, { from: own, by: byStream, headers: from('10.0.0.1'), query: `subscription { paper(city: "hefei") { a${i}: headline } }` })));
    await untilMetric('gateway_live_subscriptions{transport="sse"}', 20, own);
    const reads = (): number => subgraph.received.filter(({ query }) => query.includes('headline')).length;
    while (reads() < 4) await subgraph.arrived();
    const other = await watch({ city: 'wuhu' }, { from: own, by: byStream, headers: from('10.0.0.2') });
    expect(headline(await other.next())).toBe('江');
    open();
    for (const watching of much) expect((await watching.next())?.data).toBeTruthy();
  } finally {
    open();
    await own.stop();
  }
});

it('takes the addresses of one subscriber for one', async () => {
  const own = await startGateway(compose([subgraph]), { trustedProxies: ['127.0.0.1'], live: { perCaller: 1 } });
  try {
    const of = async (address: string) => (await watch(undefined, { from: own, by: byStream, headers: from(address) })).next();
    expect(headline(await of('2001:db8:0:1::1'))).toBe('春');
    expect(codeOf(await of('2001:db8:0:1::2'))).toBe('TOO_MANY_SUBSCRIPTIONS');
    expect(headline(await of('2001:db8:0:2::1'))).toBe('春');
  } finally {
    await own.stop();
  }
});

const hangs = { 'before it has begun': 'topics', 'while it is read': 'headline' } as const;
type When = keyof typeof hangs;
/** Until so many have arrived of what hangs then. */
async function reached(when: When, count = 1): Promise<void> {
  while (subgraph.received.filter(({ query }) => query.includes(hangs[when])).length < count) await subgraph.arrived();
}
function hang(when: When): void {
  const hanging = new Promise<void>(() => undefined);
  if (when === 'while it is read') gate = hanging;
  else topicsHeld = hanging;
}
async function untilCut(count: number): Promise<void> {
  while (subgraph.cuts < count) await subgraph.cut();
}
const complaints = ({ logged }: RunningGateway): unknown[] => logged.filter(({ level }) => Number(level) > 30);

describe.each([['WebSocket', bySocket], ['SSE', byStream]] as const)('whoever leaves, by %s,', (_name, by) => {
  it.each(Object.keys(hangs) as When[])('cancels what was asked for him %s, and has his place free at once', async (when) => {
    hang(when);
    const own = await startGateway(compose([subgraph]), { live: { restMs: 0, total: 5, perCaller: 5 } });
    try {
      // As many as are read at once for one caller, and one that waits for its turn.
      const all = await Promise.all(Array.from({ length: 5 }, (_, i) =>
        watch({}, { from: own, by, query: `subscription { paper(city: "hefei") { a${i}: headline } }` })));
      const asked = when === 'while it is read' ? 4 : 1;
      await reached(when, asked);
      if (when === 'while it is read') await untilMetric(`gateway_live_subscriptions{transport="${by === bySocket ? 'ws' : 'sse'}"}`, 5, own);
      await Promise.all(all.map((watching) => watching.stop()));
      await untilCut(asked);
      gate = undefined;
      topicsHeld = undefined;
      const next = await Promise.all(Array.from({ length: 5 }, () => watch(undefined, { from: own, by })));
      for (const watching of next) expect(headline(await watching.next())).toBe('春');
      expect(all.flatMap(({ untaken }) => untaken)).toEqual([]);
      expect(complaints(own)).toEqual([]);
    } finally {
      await own.stop();
    }
  });

  it.each(Object.keys(hangs) as When[])('need not leave when the gateway stops %s', async (when) => {
    hang(when);
    const own = await startGateway(compose([subgraph]), { drainMs: 3_600_000 });
    await watch(undefined, { from: own, by });
    await reached(when);
    await own.stop();
    await untilCut(1);
    expect(complaints(own)).toEqual([]);
  });
});

describe('a socket', () => {
  interface Message { readonly type: string; readonly id?: string; readonly payload?: unknown }
  const sockets: WebSocket[] = [];
  const raw = ({ url }: { url: string }, options: ClientOptions = {}): WebSocket => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', options);
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  };
  async function begun(to: { url: string } = gateway, options: ClientOptions = {}) {
    const socket = raw(to, options);
    const messages: Message[] = [];
    socket.on('message', (data) => void messages.push(JSON.parse(String(data)) as Message));
    const say = (...said: readonly object[]): void => { for (const one of said) socket.send(JSON.stringify(one)); };
    const until = async (is: (message: Message) => boolean): Promise<Message> => {
      for (;;) {
        const found = messages.find(is);
        if (found) return found;
        await once(socket, 'message');
      }
    };
    await once(socket, 'open');
    say({ type: 'connection_init' });
    await until(({ type }) => type === 'connection_ack');
    return { socket, messages, say, until };
  }
  const subscribe = (id: string, query = 'subscription { paper(city: "hefei") { headline } }') => ({ type: 'subscribe', id, payload: { query } });
  const complete = (id: string) => ({ type: 'complete', id });
  const closing = async (socket: WebSocket): Promise<unknown> => (await once(socket, 'close'))[0];
  afterEach(() => { for (const socket of sockets.splice(0)) socket.terminate(); });

  it('answers a ping without what came with it', async () => {
    const { say, until } = await begun();
    say({ type: 'ping', payload: { text: 'x'.repeat(250_000) } });
    expect(await until(({ type }) => type === 'pong')).toEqual({ type: 'pong' });
  });

  it('is let go when it asks for more without reading', async () => {
    headlines['hefei'] = '-'.repeat(4_000_000);
    const { socket, say } = await begun();
    socket.pause();
    say(...Array.from({ length: 5 }, (_, i) => subscribe(`${i}`)));
    await untilMetric('gateway_live_events_total{transport="ws"}', 5);
    say({ type: 'ping' });
    await untilMetric(bySockets, 0);
  });

  it('takes an id again when that is over', async () => {
    const { socket, messages, say, until } = await begun();
    say(subscribe('1'));
    await until(({ type }) => type === 'next');
    say(complete('1'), { type: 'ping' });
    await until(({ type }) => type === 'pong');
    await untilMetric(bySockets, 0);
    messages.length = 0;
    say(subscribe('1'));
    await until(({ type }) => type === 'next');
    expect(await metric(bySockets)).toBe(1);
    socket.close();
    await untilMetric(bySockets, 0);
  });

  it.each(Object.keys(hangs) as When[])('cancels what it completes %s, and goes on with others', async (when) => {
    hang(when);
    const own = await startGateway(compose([subgraph]), { live: { restMs: 0, total: 1 } });
    try {
      const { messages, say, until } = await begun(own);
      say(subscribe('1'));
      await reached(when);
      say(complete('1'));
      await untilCut(1);
      gate = undefined;
      topicsHeld = undefined;
      say(subscribe('1'));
      await until(({ type }) => type === 'next');
      expect(messages.map(({ type }) => type)).toEqual(['connection_ack', 'next']);
    } finally {
      await own.stop();
    }
  });

  it('is one of so many that an address may have', async () => {
    const own = await startGateway(compose([subgraph]), { trustedProxies: ['127.0.0.1'], live: { perAddress: 2 } });
    try {
      const of = (address: string) => begun(own, { headers: from(address) });
      const refused = async (address: string): Promise<number | undefined> => {
        const [, { statusCode }] = await once(raw(own, { headers: from(address) }), 'unexpected-response') as [unknown, { statusCode?: number }];
        return statusCode;
      };
      const [one] = [await of('10.0.0.1'), await of('10.0.0.1')];
      expect(await refused('10.0.0.1')).toBe(429);
      await of('10.0.0.2');
      one.socket.close();
      await once(one.socket, 'close');
      for (let again = raw(own, { headers: from('10.0.0.1') }); ; again = raw(own, { headers: from('10.0.0.1') })) {
        if (await Promise.race([once(again, 'open').then(() => true), once(again, 'unexpected-response').then(() => false)])) break;
      }
    } finally {
      await own.stop();
    }
  });

  it.each<[string, readonly string[], string]>([
    ['a network', ['127.0.0.0/8', '10.1.0.0/16'], '10.0.0.1, 10.1.2.3'],
    ['an address in the form of IPv6', ['::ffff:127.0.0.1', '2001:db8::/32'], '10.0.0.1,2001:db8::7'],
    ['what is no address', ['127.0.0.1'], 'nonsense, 10.0.0.1'],
  ])('is of the same address as a request, behind %s', async (_what, trustedProxies, said) => {
    const own = await startGateway(compose([subgraph]), { trustedProxies, live: { perAddress: 1, perCaller: 1 } });
    try {
      await begun(own, { headers: from(said) });
      const [, { statusCode }] = await once(raw(own, { headers: from('10.0.0.1') }), 'unexpected-response') as [unknown, { statusCode?: number }];
      expect(statusCode).toBe(429);
      const of = async (address: string) => (await watch(undefined, { from: own, by: byStream, headers: from(address) })).next();
      expect(headline(await of(said))).toBe('春');
      expect(codeOf(await of('10.0.0.1'))).toBe('TOO_MANY_SUBSCRIPTIONS');
    } finally {
      await own.stop();
    }
  });

  describe('before its subscriptions have begun', () => {
    const server = createServer();
    let asked = 0;
    const subscriptions = { limits: defaultLiveLimits, subscribe: () => { asked += 1; return new Promise(() => undefined); } } as unknown as Live;
    const served = serveSockets(server, { live: subscriptions, verify: async () => null, rate: null, trustedProxies: [], log: pino({ enabled: false }) });
    const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    beforeAll(() => listen(server));
    afterAll(async () => {
      await served.stop();
      server.close();
    });
    beforeEach(() => { asked = 0; });

    it('is closed when it uses an id again that is not over yet', async () => {
      const { socket, say } = await begun({ url: url() });
      const code = closing(socket);
      say(subscribe('1'), complete('1'), subscribe('1'));
      expect(await code).toBe(4409);
      expect(asked).toBe(1);
    });

    it('has no more of them than of others, even if they are completed already', async () => {
      const { say, until } = await begun({ url: url() });
      for (let i = 0; i < 50; i += 1) say(subscribe(`${i}`), complete(`${i}`));
      say(subscribe('last'));
      const { payload } = await until(({ type }) => type === 'error');
      expect(payload).toMatchObject([{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }]);
      expect(asked).toBe(50);
    });
  });

  describe('at each beat', () => {
    const server = createServer();
    const subscriptions = { subscribe: async () => ({ events: endless() }), limits: defaultLiveLimits } as unknown as Live;
    const served = serveSockets(server, { live: subscriptions, verify: async () => null, rate: null, trustedProxies: [], log: pino({ enabled: false }) });
    const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    beforeAll(() => listen(server));
    afterAll(async () => {
      await served.stop();
      server.close();
    });
    async function* endless() {
      yield { id: 'x', result: { data: {} } };
      await new Promise(() => undefined);
    }

    it('is closed when it has had no subscription for a minute, and not when it has one', async () => {
      const [idle, busy] = [await begun({ url: url() }), await begun({ url: url() })];
      busy.say(subscribe('1'));
      await busy.until(({ type }) => type === 'next');
      const code = closing(idle.socket);
      for (let beat = 1; beat <= 5; beat += 1) {
        expect(idle.socket.readyState).toBe(WebSocket.OPEN);
        const pinged = [idle, busy].map(({ socket }) => once(socket, beat < 5 || socket === busy.socket ? 'ping' : 'close'));
        served.beat();
        await Promise.all(pinged);
        for (const { messages, say, until } of beat < 5 ? [idle, busy] : [busy]) {
          messages.length = 0;
          say({ type: 'ping' });
          await until(({ type }) => type === 'pong');
        }
      }
      expect(await code).toBe(1000);
      expect(busy.socket.readyState).toBe(WebSocket.OPEN);
    });

    it('is let go when it has not answered the last one, whatever else it says', async () => {
      const { socket, say, until } = await begun({ url: url() }, { autoPong: false });
      const code = closing(socket);
      served.beat();
      say({ type: 'ping' });
      await until(({ type }) => type === 'pong');
      served.beat();
      expect(await code).toBe(1006);
    });
  });
});

it.each([
  ['that were opened and not used', ''],
  ['that wanted to be something else', 'GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
])('does not wait for connections %s when it stops', async (_what, said) => {
  const own = await startGateway(compose([subgraph]), { drainMs: 3_600_000 });
  const { port } = new URL(own.url);
  const socket = connect({ port: Number(port), host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined);
  await once(socket, 'connect');
  if (said === '') await fetch(`${own.url}/health`);
  else {
    socket.write(said);
    await once(socket, 'data');
  }
  await own.stop();
  socket.destroy();
});
