import { once } from 'node:events';
import { connect } from 'node:net';
import { until } from '../../kit/host.js';
import { ask, compose, startGateway, startSubgraph, type FakeSubgraph, type RunningGateway } from './kit.js';

const sdl = 'type Query { slow(name: String!): String! }';

let subgraph: FakeSubgraph;
let gateway: RunningGateway;
let held: Map<string, (answer?: string) => void>;

beforeAll(async () => {
  subgraph = await startSubgraph('city', sdl, {
    Query: { slow: (_: unknown, { name }: { name: string }) => new Promise((resolve) => { held.set(name, (answer = name) => resolve(answer)); }) },
  });
});
afterAll(() => subgraph.stop());
beforeEach(async () => {
  held = new Map();
  gateway = await startGateway(compose([subgraph]), { maxRunning: 1, maxWaiting: 1 });
});
afterEach(() => gateway.stop());

const slow = (name: string) => ask(gateway, `{ slow(name: "${name}") }`);
const holds = async (name: string): Promise<void> => { while (!held.has(name)) await new Promise((resolve) => { setImmediate(resolve); }); };
const finish = async (name: string): Promise<void> => {
  await holds(name);
  held.get(name)?.();
};

/** One runs, one waits; gives the answer of one more, and what lets the other two end. */
async function crowd() {
  const first = slow('first');
  await holds('first');
  const both = ['second', 'third'].map((name) => slow(name));
  const refused = await Promise.race(both);
  return {
    refused,
    async end() {
      await finish('first');
      while (held.size < 2) await new Promise((resolve) => { setImmediate(resolve); });
      for (const release of held.values()) release();
      return (await Promise.all([first, ...both])).map(({ status }) => status).sort();
    },
  };
}

it('answers those that run and that wait, and asks the others to come again', async () => {
  const { refused, end } = await crowd();
  expect([refused.status, refused.headers.get('retry-after'), refused.errors]).toEqual([503, '1', [{
    message: expect.stringMatching(/请 1 秒后再试。 \/ .*nothing was done; try again after 1 s\./),
    extensions: { code: 'OVERLOADED', traceId: expect.any(String) },
  }]]);
  expect([...held.keys()]).toEqual(['first']);
  expect(await end()).toEqual([200, 200, 503]);
  expect(gateway.logged.filter(({ level }) => level === 50)).toEqual([]);
  const later = slow('later');
  await finish('later');
  expect((await later).data).toEqual({ slow: 'later' });
});

/** Sends text as it is; ends the connection with `end`. */
async function raw(text: string) {
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(text);
  return { socket, end: async () => { if (!socket.destroy().closed) await once(socket, 'close'); } };
}
const requestFor = (name: string): string => `GET /graphql?query=${encodeURIComponent(`{ slow(name: "${name}") }`)} HTTP/1.1\r\nHost: x\r\napollo-require-preflight: 1\r\n\r\n`;

const placesTaken = async (): Promise<number> =>
  [...(await (await fetch(`${gateway.url}/metrics`)).text()).matchAll(/^gateway_(?:running|waiting) (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);

it('gives back all places of a connection that closes, also of requests sent behind one that is not answered yet', async () => {
  await gateway.stop();
  gateway = await startGateway(compose([subgraph]), { maxRunning: 3, maxWaiting: 1 });
  const { end } = await raw(['one', 'two', 'three', 'four'].map(requestFor).join(''));
  for (const name of ['one', 'two', 'three']) await holds(name);
  expect([await placesTaken(), (await slow('full')).status]).toEqual([4, 503]);
  await end();
  await until(async () => (await placesTaken()) === 0);
  const later = ['five', 'six', 'seven'].map((name) => slow(name));
  for (const name of ['five', 'six', 'seven']) await finish(name);
  expect((await Promise.all(later)).map(({ status }) => status)).toEqual([200, 200, 200]);
  // The one that waited was not worked on.
  expect(held.has('four')).toBe(false);
});

it('answers requests sent one behind another in their order', async () => {
  await gateway.stop();
  gateway = await startGateway(compose([subgraph]), { maxRunning: 3, maxWaiting: 1 });
  const { socket, end } = await raw(['one', 'two'].map(requestFor).join(''));
  let text = '';
  socket.on('data', (chunk) => { text += String(chunk); });
  await finish('two');
  await finish('one');
  while (!text.includes('"two"')) await once(socket, 'data');
  expect(text.indexOf('"one"')).toBeLessThan(text.indexOf('"two"'));
  await end();
});

it('keeps no place for one whose body does not come', async () => {
  const sent = await Promise.all(Array.from({ length: 4 }, () => raw('POST /graphql HTTP/1.1\r\nHost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n{')));
  const first = slow('first');
  await finish('first');
  expect((await first).status).toBe(200);
  await Promise.all(sent.map(({ end }) => end()));
});

it('keeps no place for one who does not read the answer', async () => {
  await gateway.stop();
  gateway = await startGateway(compose([subgraph]), { maxRunning: 1, maxWaiting: 1, silenceMs: 1_000 });
  const { socket, end } = await raw(requestFor('first'));
  socket.pause();
  await holds('first');
  held.get('first')?.('x'.repeat(20_000_000));
  await until(async () => (await placesTaken()) === 0);
  await end();
});

it('refuses before the body is read', async () => {
  const { end } = await crowd();
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{ not json' });
  expect(response.status).toBe(503);
  await end();
});

it('never keeps who asks for its health waiting', async () => {
  const { end } = await crowd();
  const answers = await Promise.all(['health', 'ready'].map((path) => fetch(`${gateway.url}/${path}`)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  await end();
});

it('gives the place of a client that went away to the next', async () => {
  const gone = new AbortController();
  const first = fetch(`${gateway.url}/graphql`, {
    method: 'POST', signal: gone.signal, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: '{ slow(name: "first") }' }),
  });
  await holds('first');
  const second = slow('second');
  gone.abort();
  await expect(first).rejects.toThrow();
  await finish('second');
  expect((await second).data).toEqual({ slow: 'second' });
});

it('tells who is turned away as much as anyone: the trace, the headers, a line in the log, a count', async () => {
  const { end } = await crowd();
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const response = await fetch(`${gateway.url}/graphql?query=%7B__typename%7D`, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
  expect([response.status, response.headers.get('retry-after'), response.headers.get('x-content-type-options'), await response.json()]).toEqual(
    [503, '1', 'nosniff', { errors: [{ message: expect.any(String), extensions: { code: 'OVERLOADED', traceId } }] }],
  );
  expect(gateway.logged).toContainEqual(expect.objectContaining({ traceId, path: '/graphql', status: 503, errorCodes: ['OVERLOADED'] }));
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  expect(metrics).toContain('gateway_requests_total{route="/graphql",status="503"} 2');
  expect((await fetch(`${gateway.url}/graphqls`)).status).toBe(404);
  await end();
});
