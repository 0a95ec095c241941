import { createPrivateKey } from 'node:crypto';
import { OperationTypeNode } from 'graphql';
import { UnreachableError } from '../../gateway/execution/errors.js';
import { createSubgraphClient } from '../../gateway/execution/subgraphClient.js';
import { createInternalSigner } from '../../gateway/internalToken.js';
import { traceAsks } from '../../gateway/tracing/asks.js';
import type { OwnRoute } from '../../subgraphs/shared/http/ownRoutes.js';
import { startTelemetry, type Telemetry } from '../../telemetry/telemetry.js';
import { startCollector, type Collector, type SpanSeen } from '../kit/collector.js';
import { definitionOf, hosted, until, type Hosted } from '../kit/host.js';
import { serviceKeys } from '../kit/identity.js';
import { ask, compose, startGateway, type RunningGateway } from './gateway/kit.js';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])';
const streetSdl = `${link} type Query { street: Street } type Mutation { rename(to: String!): Street } type Street @key(fields: "id") { id: ID! name: String! }`;
const communitySdl = `${link} type Street @key(fields: "id") { id: ID! communities: [String!]! }`;

const traceId = '0af7651916cd43dd8448eb211c80319c';
const callersSpan = 'b7ad6b7169203331';
const traceparent = `00-${traceId}-${callersSpan}-01`;

/** OTLP's number for it. */
const server = 2;

let collector: Collector;
let gateway: RunningGateway;
let levels: { readonly host: Hosted; readonly telemetry: Telemetry }[];

async function level(name: 'street' | 'community', typeDefs: string, resolvers: Parameters<typeof definitionOf>[2], routes: readonly OwnRoute[] = []) {
  const telemetry = await startTelemetry({ settings: collector.settings(name), onLost: fail });
  const host = await hosted(definitionOf(name, typeDefs, resolvers, async ({ connection }) => {
    await connection.createCollection('places');
    return { routes };
  }), { tracing: telemetry });
  return { host, telemetry };
}
const fail = (reason: string): never => { throw new Error(reason); };

const places = ({ host }: { host: Hosted }) => host.subgraph.connection.collection('places');

beforeEach(async () => {
  collector = await startCollector();
  const street = await level('street', streetSdl, {
    Query: { street: async () => { await places(street).findOne({ secret: '张三' }); return { id: '1', name: '三孝口' }; } },
    Mutation: { rename: async (_: unknown, { to }: never) => { await places(street).insertOne({ to }); return { id: '1', name: to }; } },
  });
  const community = await level('community', communitySdl, {
    Street: { communities: async () => { await places(community).find({}).toArray(); return ['杏花']; } },
  }, [{
    methods: ['GET'], url: '/materials/:id',
    answer: async ({ params: { id } }) => (id === 'kept' ? { status: 200, body: { json: { name: '张三' } } } : { status: 404, body: { json: { code: 'NOT_FOUND', message: '没有' } } }),
  }]);
  levels = [street, community];
  const { own } = await serviceKeys();
  const graphql = (host: Hosted) => `${host.url}/graphql`;
  gateway = await startGateway(compose([
    { name: 'street', url: graphql(street.host), typeDefs: streetSdl }, { name: 'community', url: graphql(community.host), typeDefs: communitySdl },
  ]), {
    telemetry: collector.settings('gateway'),
    signInternal: createInternalSigner(createPrivateKey({ key: { ...own.gateway }, format: 'jwk' })),
    verifyCaller: async () => ({ id: 'resident-1', role: 'RESIDENT' }),
  });
});

/** Stops everything, which sends what has not been sent. */
async function finish(): Promise<SpanSeen[]> {
  await gateway.stop();
  for (const { host, telemetry } of levels) {
    await host.end();
    await telemetry.stop();
  }
  await collector.stop();
  return collector.spans();
}

const named = (spans: readonly SpanSeen[], service: string, name: string): SpanSeen => {
  const found = spans.filter((span) => span.service === service && span.name === name);
  if (found.length !== 1) throw new Error(`${found.length} spans ${service} ${name}: ${spans.map((span) => `${span.service} ${span.name}`).join(', ')}`);
  return found[0] as SpanSeen;
};

it('puts a deep request into one trace, each span below the one that caused it', async () => {
  await ask(gateway, 'query Deep { street { name communities } }', { headers: { traceparent } });
  const spans = await finish();
  expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
  const of = (service: string, name: string) => named(spans, service, name);
  const request = of('gateway', 'POST /graphql');
  const operation = of('gateway', 'query Deep');
  const asks = [of('gateway', 'ask street'), of('gateway', 'ask community')];
  expect(request.parent).toBe(callersSpan);
  expect([operation.parent, of('gateway', 'plan').parent]).toEqual([request.spanId, operation.spanId]);
  expect(asks.map(({ parent }) => parent)).toEqual([operation.spanId, operation.spanId]);
  const served = [of('street', 'POST /graphql'), of('community', 'POST /graphql')];
  expect(served.map(({ parent }) => parent)).toEqual(asks.map(({ spanId }) => spanId));
  const commands = [of('street', 'find places'), of('community', 'find places')];
  expect(commands.map(({ parent }) => parent)).toEqual(served.map(({ spanId }) => spanId));
  expect(commands[0]?.attributes).toEqual({
    'db.system.name': 'mongodb', 'db.namespace': expect.any(String), 'db.operation.name': 'find', 'db.collection.name': 'places',
  });
  expect([request, operation, asks[1], served[1]].map((span) => span?.attributes)).toEqual([
    { 'http.request.method': 'POST', 'http.route': '/graphql', 'url.scheme': 'http', 'http.response.status_code': 200 },
    { 'graphql.operation.type': 'query', 'graphql.operation.name': 'Deep' },
    {
      'gateway.subgraph': 'community', 'graphql.operation.type': 'query', 'gateway.entities': 1, 'gateway.batch.operations': 1,
      'gateway.outcome': 'answered', 'http.response.status_code': 200,
    },
    {
      'http.request.method': 'POST', 'http.route': '/graphql', 'http.response.status_code': 200, 'graphql.operation.type': 'query',
    },
  ]);
  expect(collector.headers.every((header) => header === 'hefei')).toBe(true);
});

it('says nothing of what people wrote: no value, no text of an operation', async () => {
  await ask(gateway, 'mutation Rename($to: String!) { rename(to: $to) { name } }', { variables: { to: '李四 13812345678' } });
  await ask(gateway, 'query To13812345678 { street { name } }');
  const spans = await finish();
  expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(['mutation Rename', 'insert places', 'query To***']));
  for (const word of ['李四', '13812345678', '张三', '三孝口', 'rename(to', 'secret']) expect(collector.text()).not.toContain(word);
});

describe('a document', () => {
  const get = async (id: string): Promise<readonly [number, string]> => {
    const response = await fetch(`${gateway.url}/materials/${id}?case=secret`, { headers: { traceparent, authorization: 'Bearer any' } });
    return [response.status, await response.text()];
  };

  it.each([['kept', 200, false], ['gone', 404, true]])('that is %s is followed from the request to the level, and nothing of it is told', async (id, status, failed) => {
    expect((await get(id))[0]).toBe(status);
    const spans = await finish();
    const [request, transfer, served] = [
      named(spans, 'gateway', 'GET /materials/:id'), named(spans, 'gateway', 'transfer community'), named(spans, 'community', 'GET /materials/:id'),
    ];
    expect([request, transfer, served].map(({ traceId: own, parent }) => [own, parent])).toEqual([
      [traceId, callersSpan], [traceId, request.spanId], [traceId, transfer.spanId],
    ]);
    expect(transfer).toMatchObject({
      failed, attributes: { 'gateway.subgraph': 'community', 'http.request.method': 'GET', 'http.response.status_code': status, ...(failed && { 'error.type': 'NOT_FOUND' }) },
    });
    for (const word of ['张三', 'secret', id]) expect(collector.text()).not.toContain(word);
  });

  it('is followed to where the level cannot be reached', async () => {
    await levels[1]?.host.subgraph.stop();
    const [status, text] = await get('kept');
    expect([status, text]).toEqual([503, expect.stringContaining('LEVEL_UNAVAILABLE')]);
    const transfer = named(await finish(), 'gateway', 'transfer community');
    expect([transfer.failed, transfer.attributes['error.type']]).toEqual([true, 'LEVEL_UNAVAILABLE']);
  });
});

it('keeps the traces of requests apart that leave in one batch, and links them', async () => {
  const telemetry = await startTelemetry({ settings: collector.settings('asker'), onLost: fail });
  const [street] = levels;
  const client = createSubgraphClient({
    name: 'street', url: `${street?.host.url}/graphql`, timeoutMs: 5_000, traceAsk: traceAsks(telemetry, 'street'),
    unreachable: (cause) => new UnreachableError(cause, 'AWAY'),
  });
  const of = (digit: number) => String(digit).repeat(32);
  const asked = (text: string, digit: number) => client.ask({
    operation: { type: OperationTypeNode.QUERY, name: null, text, json: `"query":${JSON.stringify(text)}`, isPublic: false }, variables: '', representations: null,
  }, { identity: null, publicIdentity: null, traceparent: `00-${of(digit)}-${callersSpan}-01` });
  // The first answer says that several may come at once.
  await asked('{ street { id } }', 1);
  await Promise.all([asked('{ street { name } }', 2), asked('{ street { name } }', 3), asked('{ street { id name } }', 4)]);
  await client.close();
  await telemetry.stop();
  const spans = await finish();
  const [first, same, other] = [2, 3, 4].map((digit) => spans.filter(({ service, traceId: own }) => service === 'asker' && own === of(digit))).map(([span]) => span);
  expect([first, same, other].map((span) => [span?.name, span?.parent, span?.attributes['gateway.batch.operations']])).toEqual(
    Array.from({ length: 3 }, () => ['ask street', callersSpan, 2]),
  );
  expect([first?.links, same?.links, other?.links]).toEqual([[same?.spanId, other?.spanId], [first?.spanId], [first?.spanId]]);
  const served = spans.filter(({ service, kind, traceId: own }) => service === 'street' && kind === server && own !== of(1));
  expect(served.map(({ name, traceId: own, parent }) => [name, own, parent]).toSorted()).toEqual([
    ['POST /graphql', of(2), first?.spanId], ['graphql', of(2), first?.spanId], ['graphql', of(4), other?.spanId],
  ]);
});

it('follows no trace that its caller does not, but the level is told of it', async () => {
  await ask(gateway, '{ street { name communities } }', { headers: { traceparent: traceparent.replace(/01$/, '00') } });
  expect(await finish()).toEqual([]);
});

it('begins a trace where the caller names none, and says its id in errors', async () => {
  const { errors } = await ask(gateway, '{ nothing }', { headers: { traceparent: `00-${'0'.repeat(32)}-${callersSpan}-01` } });
  const spans = await finish();
  const request = named(spans, 'gateway', 'POST /graphql');
  expect([request.parent, request.attributes['http.response.status_code'], request.failed]).toEqual([null, 400, false]);
  expect(errors?.[0]?.extensions['traceId']).toBe(request.traceId);
  expect(named(spans, 'gateway', 'graphql')).toMatchObject({ parent: request.spanId, failed: true, attributes: { 'error.type': 'GRAPHQL_VALIDATION_FAILED' } });
});

it('sends the numbers of /metrics by their own names', async () => {
  await ask(gateway, '{ street { name } }');
  await ask(gateway, '{ nothing }');
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  await finish();
  const metrics = new Map(collector.metrics().map((metric) => [metric.name, metric]));
  const shown = [...text.matchAll(/^gateway_(\w+?)(?:_bucket|_sum|_count)?(?:\{.*\})? [\d.]+$/gm)].map(([, name]) => `gateway_${name}`);
  expect([...new Set(shown)].filter((name) => !metrics.has(name))).toEqual([]);
  expect(metrics.get('gateway_errors_total')).toMatchObject({
    kind: 'sum', points: [{ attributes: { code: 'GRAPHQL_VALIDATION_FAILED' }, value: 1 }],
  });
  expect(metrics.get('gateway_subgraph_up')).toMatchObject({ kind: 'gauge', points: [{ value: 1 }, { value: 1 }] });
  expect(metrics.get('gateway_fetch_seconds')).toMatchObject({ kind: 'histogram', points: [{ attributes: { subgraph: 'street' }, value: 1 }] });
});

describe('a collector that takes nothing', () => {
  it('that never answers holds up no request, and the end by a second at most', async () => {
    let arrived = (): void => undefined;
    const reached = new Promise<void>((resolve) => { arrived = resolve; });
    const deaf = await startCollector({ hangs: true, onRequest: () => arrived() });
    const own = await startGateway(streetAlone(), { telemetry: deaf.settings('gateway', { metricsEveryMs: 100 }) });
    await reached;
    for (let i = 0; i < 20; i += 1) expect((await ask(own, '{ __typename }')).data).toEqual({ __typename: 'Query' });
    const told = performance.now();
    await own.stop();
    expect(performance.now() - told).toBeLessThan(3_000);
    await deaf.stop();
    await finish();
  });

  it('that is not there holds up no request, and is told of once', async () => {
    const gone = await startCollector();
    await gone.stop();
    const own = await startGateway(streetAlone(), { telemetry: gone.settings('gateway', { metricsEveryMs: 100 }) });
    for (let i = 0; i < 20; i += 1) expect((await ask(own, '{ __typename }')).data).toEqual({ __typename: 'Query' });
    const told = () => own.logged.filter(({ msg }) => msg === 'telemetry not taken by the collector');
    await until(async () => told().length > 0);
    await own.stop();
    expect(told()).toMatchObject([{ level: 40, reason: expect.any(String) }]);
    await finish();
  });

  const streetAlone = () => compose([{ name: 'street', url: 'http://127.0.0.1:1/graphql', typeDefs: streetSdl }]);
});
