import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { PassThrough } from 'node:stream';
import { GraphQLError } from 'graphql';
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, type JWK } from 'jose';
import { createCallerVerifier } from '../../../gateway/auth.js';
import type { Caller } from '../../../gateway/claims.js';
import { createInternalSigner } from '../../../gateway/internalToken.js';
import { refuseUnreadable } from '../../../gateway/unreadable.js';
import { signToken } from '../../../scripts/token.js';
import { ask, compose, startGateway, startSubgraph, type FakeSubgraph, type RunningGateway } from './kit.js';

const federation = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const streetSdl = `${federation}
  type Query {
    street(code: ID!): Street
    greet(name: String!): String!
    forbidden: String
    broken: String
    uncoded: String
  }
  type Mutation { rename(code: ID!, name: String!): Street }
  type Street @key(fields: "code") { code: ID! name: String! district: District }
  type District @key(fields: "code", resolvable: false) { code: ID! }
`;
const districtSdl = `${federation}
  type Query { districts: [District!] }
  type District @key(fields: "code") { code: ID! name: String! }
`;
const street = { code: '340103001', name: '亳州路街道', district: { code: '340103' } };
const joined = '{ street(code: "340103001") { name district { name } } }';
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const traceId = '0af7651916cd43dd8448eb211c80319c';

let streets: FakeSubgraph;
let districts: FakeSubgraph;
let supergraph: string;
let gateway: RunningGateway;
let issuerPrivateJwk: JWK;
let serviceKeys: ReturnType<typeof createLocalJWKSet>;

beforeAll(async () => {
  streets = await startSubgraph('street', streetSdl, {
    Query: {
      street: () => street,
      greet: (_: unknown, { name }: { name: string }) => `你好 ${name}`,
      forbidden: () => {
        throw new GraphQLError('不可查看。 / Not yours to see.', {
          extensions: { code: 'FORBIDDEN', http: { status: 418 }, stacktrace: ['at /srv/street.ts'], internal: 'x' },
        });
      },
      broken: () => {
        throw new GraphQLError('E11000 duplicate key, caller 13812345678', {
          extensions: { code: 'INTERNAL_SERVER_ERROR' },
        });
      },
      uncoded: () => { throw new Error('没有这个事项'); },
    },
  });
  districts = await startSubgraph('district', districtSdl, {
    Query: { districts: () => [{ code: '340103', name: '庐阳区' }] },
    District: { __resolveReference: ({ code }: { code: string }) => ({ code, name: '庐阳区' }) },
  });
  supergraph = compose([streets, districts]);

  const issuer = await generateKeyPair('EdDSA', { extractable: true });
  issuerPrivateJwk = { ...(await exportJWK(issuer.privateKey)), kid: 'development', alg: 'EdDSA' };
  const service = generateKeyPairSync('ed25519');
  const publicJwk = { ...service.publicKey.export({ format: 'jwk' }), kid: 'gateway', alg: 'EdDSA' } as JWK;
  serviceKeys = createLocalJWKSet({ keys: [publicJwk] });
  const keys = createPublicKey(createPrivateKey({ key: issuerPrivateJwk as Record<string, string>, format: 'jwk' }));
  gateway = await startGateway(supergraph, {
    verifyCaller: createCallerVerifier({ keys, issuer: 'hefei-platform', audience: 'hefei-platform' }),
    signInternal: createInternalSigner(service.privateKey),
  });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([streets.stop(), districts.stop()]);
});
beforeEach(() => {
  for (const subgraph of [streets, districts]) {
    subgraph.received.length = 0;
    subgraph.override = undefined;
    subgraph.healthy = true;
  }
  gateway.logged.length = 0;
});

const bearer = async (caller: Caller): Promise<Record<string, string>> =>
  ({ authorization: `Bearer ${await signToken(caller, { issuerPrivateJwk })}` });

async function internalClaims(subgraph: FakeSubgraph) {
  const token = subgraph.received[0]?.headers.authorization?.replace('Bearer ', '') ?? '';
  return jwtVerify(token, serviceKeys, { issuer: 'gateway', audience: subgraph.name });
}

describe('an operation', () => {
  it('is answered by the levels together', async () => {
    const { status, data, errors } = await ask(gateway, joined);
    expect({ status, data, errors }).toEqual({
      status: 200, data: { street: { name: '亳州路街道', district: { name: '庐阳区' } } }, errors: undefined,
    });
  });

  it('may come by GET from a client that shows it is no simple form', async () => {
    const search = new URLSearchParams({ query: 'query ($n: String!) { greet(name: $n) }', variables: '{"n":"合肥"}' });
    const response = await fetch(`${gateway.url}/graphql?${search}`, { headers: { 'apollo-require-preflight': '1' } });
    expect(await response.json()).toEqual({
      data: { greet: '你好 合肥' }, extensions: { cost: { requested: 0, budget: 100_000 } },
    });
  });

  it('keeps the text and code of a validation error and adds the trace', async () => {
    const { status, errors } = await ask(gateway, '{ nothing }', { headers: { traceparent } });
    expect([status, errors]).toEqual([400, [expect.objectContaining({
      message: 'Cannot query field "nothing" on type "Query".',
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED', traceId },
    })]]);
  });

  it('keeps the text of an unusable variable', async () => {
    const query = 'query ($n: String!) { greet(name: $n) }';
    const { status, errors } = await ask(gateway, query, { headers: { traceparent } });
    expect([status, errors?.map(({ extensions }) => extensions)]).toEqual([400, [{ code: 'BAD_USER_INPUT', traceId }]]);
  });
});

describe('who is asking', () => {
  it('reaches every level in a token that the service keys verify', async () => {
    const clerk: Caller = { id: 'u7', role: 'STREET_CLERK', area: '340103001', name: '王' };
    await ask(gateway, joined, { headers: await bearer(clerk) });
    for (const subgraph of [streets, districts]) {
      const { payload, protectedHeader } = await internalClaims(subgraph);
      expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: 'gateway' });
      const { iat = 0, exp = 0, ...claims } = payload;
      expect(claims).toEqual({ iss: 'gateway', aud: subgraph.name, sub: 'u7', role: 'STREET_CLERK', area: '340103001' });
      expect(exp - iat).toBe(60);
    }
  });

  it('is anonymous without a token', async () => {
    await ask(gateway, joined);
    const { iat: _iat, exp: _exp, ...claims } = (await internalClaims(streets)).payload;
    expect(claims).toEqual({ iss: 'gateway', aud: 'street', sub: 'anonymous' });
  });

  it.each([
    ['a token that is none', 'Bearer not-a-token'],
    ['another scheme', 'Basic dTpw'],
  ])('is refused with %s, and no level is asked', async (_name, authorization) => {
    const { status, headers, data, errors } = await ask(gateway, joined, { headers: { authorization, traceparent } });
    expect([status, headers.get('www-authenticate'), data]).toEqual([401, 'Bearer', undefined]);
    expect(errors).toEqual([
      { message: expect.stringMatching(/ \/ /), extensions: { code: 'UNAUTHENTICATED', traceId } },
    ]);
    expect(streets.received).toEqual([]);
  });

  it('is refused before the body is read', async () => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST', headers: { authorization: 'Bearer x', 'content-type': 'application/json' }, body: '{ not json',
    });
    expect(response.status).toBe(401);
  });

  it('is not sent on when sign-in is off', async () => {
    const open = await startGateway(supergraph);
    await ask(open, joined, { headers: { authorization: 'Bearer not-a-token' } });
    await open.stop();
    expect(streets.received.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

describe('the trace', () => {
  const tracesReceived = () => [streets, districts]
    .flatMap(({ received }) => received.map(({ headers }) => headers['traceparent']));

  it('goes on to every level as the client sent it', async () => {
    await ask(gateway, joined, { headers: { traceparent } });
    expect(tracesReceived()).toEqual([traceparent, traceparent]);
  });

  it('is begun here when the client sends none that is valid', async () => {
    await ask(gateway, joined, { headers: { traceparent: '00-00000000000000000000000000000000-b7ad6b7169203331-01' } });
    const [first, second] = tracesReceived();
    expect(first).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-01$/);
    expect(second).toBe(first);
  });

  it('is all that goes on of the client\'s headers', async () => {
    await ask(gateway, joined, {
      headers: {
        traceparent, cookie: 'a=b', 'x-actor-id': 'root', tracestate: 'v=1', 'user-agent': 'c',
        'apollo-query-plan-experimental': '1',
      },
    });
    expect(Object.keys(streets.received[0]?.headers ?? {}).sort()).toEqual(
      ['accept', 'authorization', 'connection', 'content-length', 'content-type', 'host', 'traceparent'],
    );
  });
});

describe('a level that cannot be reached', () => {
  const unavailable = {
    message: '区级(district)暂时无法访问,请稍后再试。 / The district level cannot be reached right now; try again later.',
    extensions: { code: 'LEVEL_UNAVAILABLE', traceId },
  };

  it.each([
    ['it cuts the connection', null],
    ['a proxy answers for it', { status: 502, type: 'text/html', body: '<h1>Bad gateway</h1>' }],
  ])('leaves its part null and the rest answered when %s', async (_name, override) => {
    districts.override = override;
    const { status, data, errors } = await ask(gateway, joined, { headers: { traceparent } });
    expect({ status, data }).toEqual({ status: 200, data: { street: { name: '亳州路街道', district: null } } });
    expect(errors).toEqual([unavailable]);
  });

  it('is named when nothing listens there, and /ready says so too', async () => {
    const gone = await startSubgraph('district', districtSdl, {});
    await gone.stop();
    const partial = await startGateway(supergraph, { urls: { district: new URL(gone.url).origin } });
    const { data, errors } = await ask(partial, joined, { headers: { traceparent } });
    const ready = await fetch(`${partial.url}/ready`);
    await partial.stop();
    expect({ data, errors }).toEqual({ data: { street: { name: '亳州路街道', district: null } }, errors: [unavailable] });
    expect([ready.status, await ready.json()]).toEqual([503, { status: 'not ready', missing: ['district'] }]);
  });
});

describe('a level that never answers', () => {
  it('is given up after the time it is allowed', async () => {
    const stuck = await startSubgraph('district', districtSdl, {
      District: { __resolveReference: () => new Promise(() => undefined) },
    });
    const urls = { district: new URL(stuck.url).origin };
    const impatient = await startGateway(supergraph, { urls, timeoutsMs: { district: 100 } });
    const { data, errors } = await ask(impatient, joined);
    await Promise.all([impatient.stop(), stuck.stop()]);
    expect([data, errors?.map(({ extensions }) => extensions['code'])]).toEqual(
      [{ street: { name: '亳州路街道', district: null } }, ['LEVEL_UNAVAILABLE']],
    );
  });
});

describe('a client that goes away', () => {
  const stuckDistricts = (): Promise<FakeSubgraph> => startSubgraph('district', districtSdl, {
    Query: { districts: () => new Promise(() => undefined) },
  });

  it('has its query cancelled on every level', async () => {
    const stuck = await stuckDistricts();
    const left = await startGateway(supergraph, { urls: { district: new URL(stuck.url).origin } });
    const gone = new AbortController();
    const asked = fetch(`${left.url}/graphql`, {
      method: 'POST', signal: gone.signal, headers: { 'content-type': 'application/json' }, body: '{"query":"{ districts { name } }"}',
    });
    await stuck.arrived();
    gone.abort();
    await expect(asked).rejects.toThrow();
    await stuck.cut();
    await Promise.all([left.stop(), stuck.stop()]);
    expect(left.logged.filter(({ msg }) => msg === 'subgraph unreachable')).toEqual([]);
  });
});

describe('the executor', () => {
  it.each(['own', 'stock'] as const)('%s answers the same', async (executor) => {
    const one = await startGateway(supergraph, { executor });
    const answers = await Promise.all([joined, '{ forbidden street(code: "1") { code } }'].map((query) => ask(one, query)));
    await one.stop();
    expect(answers.map(({ data, errors }) => [data, errors?.map(({ path, extensions }) => [path, extensions['code']])])).toEqual([
      [{ street: { name: '亳州路街道', district: { name: '庐阳区' } } }, undefined],
      [{ forbidden: null, street: { code: '340103001' } }, [[['forbidden'], 'FORBIDDEN']]],
    ]);
  });
});

describe('an error', () => {
  it('of a level keeps its message and path, and of its extensions the code', async () => {
    const { status, errors } = await ask(gateway, '{ forbidden }', { headers: { traceparent } });
    expect(status).toBe(200);
    expect(errors).toEqual([{
      message: '不可查看。 / Not yours to see.', path: ['forbidden'], extensions: { code: 'FORBIDDEN', traceId },
    }]);
  });

  it('of a level that gives no code keeps its message', async () => {
    const { errors } = await ask(gateway, '{ uncoded }', { headers: { traceparent } });
    expect(errors).toEqual([{
      message: '没有这个事项', path: ['uncoded'], extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', traceId },
    }]);
  });

  it.each([
    ['a level calls it internal', '{ broken }', undefined, 'E11000 duplicate key, caller ***'],
    ['a level answers with something else', joined, { status: 500, type: 'text/plain', body: 'at /srv/street.ts:1' },
      'street answered 500 with no GraphQL response.'],
    ['a level says of a write neither that it was done nor why not', 'mutation { rename(code: "1", name: "2") { name } }', { status: 200, type: 'application/json', body: '{"data":null}' },
      'street answered 200 with no GraphQL response.'],
  ])('is masked and logged with its trace when %s', async (_name, query, override, logged) => {
    streets.override = override;
    const { errors } = await ask(gateway, query, { headers: { traceparent } });
    expect(errors).toEqual([expect.objectContaining({
      message: expect.stringMatching(/^服务内部错误.* \/ Something went wrong/),
      extensions: { code: 'INTERNAL_SERVER_ERROR', traceId },
    })]);
    expect(JSON.stringify(errors)).not.toMatch(/E11000|srv|127\.0\.0\.1|street/);
    const line = gateway.logged.find(({ msg }) => msg === 'unexpected error');
    expect(line).toMatchObject({ level: 50, traceId, error: logged });
    expect(JSON.stringify(line)).not.toContain('13812345678');
  });
});

describe('a request that cannot be an operation is refused', () => {
  const json = { 'content-type': 'application/json' };
  const text = { 'content-type': 'text/plain' };
  const large = JSON.stringify({ query: `{ greet(name: "${'x'.repeat(1024 * 1024)}") }` });
  const mutation = `?query=${encodeURIComponent('mutation { rename(code: "1", name: "2") { name } }')}`;

  it.each([
    ['larger than 1 MiB', { method: 'POST', headers: json, body: large }, '', 413, 'PAYLOAD_TOO_LARGE'],
    ['several operations', { method: 'POST', headers: json, body: '[{"query":"{ __typename }"},{"query":"{ __typename }"}]' }, '', 400, 'BATCH_NOT_ALLOWED'],
    ['not JSON', { method: 'POST', headers: json, body: '{ query' }, '', 400, 'BAD_REQUEST'],
    ['without a query', { method: 'POST', headers: json, body: '{"variables":{}}' }, '', 400, 'BAD_REQUEST'],
    ['what any page could send', { method: 'POST', headers: text, body: '{"query":"{ x }"}' }, '', 400, 'BAD_REQUEST'],
    ['a link that any page could follow', { method: 'GET', headers: {} }, '?query={__typename}', 400, 'BAD_REQUEST'],
    ['an operation that is not in the document', { method: 'POST', headers: json, body: '{"query":"query A { __typename }","operationName":"B"}' }, '', 400, 'OPERATION_RESOLUTION_FAILURE'],
    ['an operation by an empty name', { method: 'POST', headers: json, body: '{"query":"{ __typename }","operationName":""}' }, '', 400, 'OPERATION_RESOLUTION_FAILURE'],
    ['one of two operations, and which is not said', { method: 'POST', headers: json, body: '{"query":"query A { __typename } query B { __typename }"}' }, '', 400, 'OPERATION_RESOLUTION_FAILURE'],
    ['a mutation by GET', { method: 'GET', headers: json }, mutation, 405, 'BAD_REQUEST'],
  ])('when %s', async (_name, init, search, status, code) => {
    const headers = { ...init.headers, traceparent };
    const response = await fetch(`${gateway.url}/graphql${search}`, { ...init, headers });
    const { errors } = (await response.json()) as { errors: { message: string; extensions: unknown }[] };
    expect([response.status, errors.map(({ extensions }) => extensions)]).toEqual([status, [{ code, traceId }]]);
    expect(streets.received).toEqual([]);
  });
});

it.each([
  ['Java\'s client', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n'],
  ['one that goes on afterwards', 'Connection: keep-alive, Upgrade\r\nUpgrade: TLS/1.2\r\n'],
])('answers what offers to go on by another protocol by the one that it came in: %s', async (_who, headers) => {
  const body = JSON.stringify({ query: '{ __typename }' });
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => { text += String(chunk); });
  const head = `POST /graphql HTTP/1.1\r\nHost: x\r\n${headers}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  for (const [time, parts] of [[head + body], [head, body], [head + body.slice(0, 7), body.slice(7)]].entries()) {
    for (const part of parts) {
      socket.write(part);
      await new Promise((resolve) => { setImmediate(resolve); });
    }
    while (text.split('{"data":{"__typename":"Query"}').length < time + 2) await once(socket, 'data');
  }
  expect(text.match(/^HTTP\/1.1 .*$/gm)).toEqual(['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', 'HTTP/1.1 200 OK']);
  socket.destroy();
});

describe('what is no request is refused in the form of all refusals', () => {
  interface Refused { readonly status: number; readonly errors: readonly { readonly message: string; readonly extensions: { readonly code: string; readonly traceId: string } }[] }
  const read = (text: string): Refused => {
    const [head = '', body = ''] = text.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), ...(JSON.parse(body) as Pick<Refused, 'errors'>) };
  };
  const expected = (status: number, words: string): Refused =>
    ({ status, errors: [{ message: expect.stringContaining(words) as unknown as string, extensions: { code: 'BAD_REQUEST', traceId: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown as string } }] });

  it.each([
    ['not HTTP', 'nonsense\r\n\r\n', 400, 'UTF-8'],
    ['of headers too large', `POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers'],
  ])('when it is %s', async (_what, sent, status, words) => {
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(sent);
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
    await once(socket, 'close');
    expect(read(Buffer.concat(chunks).toString())).toEqual(expected(status, words));
  });

  it('when it does not come whole in time, and not when nobody is there any more, or an answer is under way', () => {
    const said = (code: string, answer: object | null = null): string => {
      const socket = Object.assign(new PassThrough(), { _httpMessage: answer }).on('error', () => undefined);
      const chunks: Buffer[] = [];
      socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
      socket.resume();
      refuseUnreadable(Object.assign(new Error(code), { code }), socket);
      return Buffer.concat(chunks).toString();
    };
    expect(read(said('ERR_HTTP_REQUEST_TIMEOUT'))).toEqual(expected(408, 'in time'));
    expect(said('ECONNRESET')).toBe('');
    expect(said('ERR_HTTP_REQUEST_TIMEOUT', { headersSent: true })).toBe('');
  });
});

describe('the process', () => {
  it('is up at /health and ready at /ready while every level is', async () => {
    const answers = await Promise.all(['health', 'ready'].map((path) => fetch(`${gateway.url}/${path}`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });

  it('is not ready while a level is not healthy', async () => {
    streets.healthy = false;
    const response = await fetch(`${gateway.url}/ready`);
    expect([response.status, await response.json()]).toEqual([503, { status: 'not ready', missing: ['street'] }]);
  });

  it('sends headers that keep pages and sniffers out', async () => {
    const { headers } = await ask(gateway, '{ __typename }');
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    });
  });

  it('writes one line per request, with who, what, how long and which errors, and nothing said', async () => {
    const quiet = await startGateway(supergraph);
    const query = 'query Say($n: String!) { greet(name: $n) forbidden }';
    await ask(quiet, query, { headers: { traceparent }, variables: { n: '13812345678' } });
    await quiet.stop();
    const lines = quiet.logged.filter(({ msg }) => msg === 'request');
    expect(lines).toEqual([expect.objectContaining({
      traceId, path: '/graphql', status: 200, ms: expect.any(Number), actor: null, operationName: 'Say',
      errorCodes: ['FORBIDDEN'],
    })]);
    expect(JSON.stringify(quiet.logged)).not.toMatch(/13812345678|greet/);
  });

  it('logs who asked, by id and role', async () => {
    const authorization = await bearer({ id: 'u7', role: 'CITY_OFFICER', area: '3401' });
    await ask(gateway, '{ greet(name: "a") }', { headers: authorization });
    const line = gateway.logged.find(({ msg }) => msg === 'request');
    expect(line).toMatchObject({ actor: { id: 'u7', role: 'CITY_OFFICER' } });
    expect(JSON.stringify(gateway.logged)).not.toContain(authorization['authorization']?.slice(-20));
  });

  it('finishes what is under way when it stops, and then is gone', async () => {
    let entered = (): void => undefined;
    let release = (): void => undefined;
    const waiting = new Promise<void>((resolve) => { entered = resolve; });
    const held = new Promise<void>((resolve) => { release = resolve; });
    const slow = await startSubgraph('street', streetSdl, {
      Query: { greet: async () => { entered(); await held; return '完成'; } },
    });
    const closing = await startGateway(supergraph, { urls: { street: new URL(slow.url).origin } });
    const answer = ask(closing, '{ greet(name: "a") }');
    await waiting;
    const began = performance.now();
    const stopped = closing.stop();
    release();
    const { data, headers } = await answer;
    await stopped;
    await slow.stop();
    expect([data, headers.get('connection')]).toEqual([{ greet: '完成' }, 'close']);
    expect(performance.now() - began).toBeLessThan(3_000);
    await expect(ask(closing, '{ greet(name: "a") }')).rejects.toThrow('fetch failed');
  });

  it('does not wait for ever for a level that never answers', async () => {
    let entered = (): void => undefined;
    const waiting = new Promise<void>((resolve) => { entered = resolve; });
    const stuck = await startSubgraph('street', streetSdl, {
      Query: { greet: () => { entered(); return new Promise(() => undefined); } },
    });
    const closing = await startGateway(supergraph, { urls: { street: new URL(stuck.url).origin }, drainMs: 50 });
    const answer = ask(closing, '{ greet(name: "a") }');
    await waiting;
    await closing.stop();
    expect((await answer).errors?.map(({ extensions }) => extensions['code'])).toEqual(['LEVEL_UNAVAILABLE']);
    await stuck.stop();
  });
});

describe('outside production', () => {
  it('browsers get GraphiQL, whose files are kept for good and come from here alone', async () => {
    const html = await (await fetch(gateway.url, { headers: { accept: 'text/html' } })).text();
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file);
    const hashed = ['css', 'js'].map((kind) => expect.stringMatching(new RegExp(`^/assets/app-\\w+\\.${kind}$`)));
    expect(files).toEqual(['data:,', ...hashed]);
    const loaded = await Promise.all(files.slice(1).map((file) => fetch(gateway.url + file)));
    expect(loaded.map(({ status, headers }) => [status, headers.get('content-type')])).toEqual([
      [200, 'text/css; charset=utf-8'], [200, 'text/javascript; charset=utf-8'],
    ]);
    for (const { headers } of loaded) expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await loaded[0]?.text()).not.toMatch(/url\(["']?https?:/);
  });

  const absent = ['/assets/..%2Findex.html', '/assets/nothing.js', '/dev/tokens', '/nowhere'];
  it.each(absent)('%s is not there', async (path) => {
    expect((await fetch(gateway.url + path)).status).toBe(404);
  });

  it.each([
    ['/nowhere', 404, 'NOT_FOUND', /^此处没有内容;.* \/ Nothing is here; /],
    ['/graphql', 400, 'BAD_REQUEST', /^请求里没有操作;.* \/ The request holds no operation; /],
  ] as const)('who opens %s in a browser is told what to do, in both languages', async (path, status, code, message) => {
    const response = await fetch(gateway.url + path, { headers: { accept: 'text/html' } });
    expect([response.status, await response.json()]).toEqual([
      status, { errors: [{ message: expect.stringMatching(message), extensions: { code, traceId: expect.stringMatching(/^[0-9a-f]{32}$/) } }] },
    ]);
  });

  it('development tokens are handed to the page when there are any', async () => {
    const development = await startGateway(supergraph, { devTokens: { STREET_CLERK: 'token' } });
    const response = await fetch(`${development.url}/dev/tokens`);
    await development.stop();
    expect(await response.json()).toEqual({ STREET_CLERK: 'token' });
  });
});

describe('in production', () => {
  let production: RunningGateway;
  beforeAll(async () => {
    production = await startGateway(supergraph, { production: true, devTokens: { STREET_CLERK: 'token' } });
  });
  afterAll(() => production.stop());

  it.each(['/', '/dev/tokens', '/assets/index.html'])('%s is not there', async (path) => {
    expect((await fetch(production.url + path, { headers: { accept: 'text/html' } })).status).toBe(404);
  });

  it('the schema is not told', async () => {
    const { errors } = await ask(production, '{ __schema { queryType { name } } }');
    expect(errors?.map(({ extensions }) => extensions['code'])).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });

  it('operations are answered all the same', async () => {
    expect((await ask(production, joined)).data).toEqual({ street: { name: '亳州路街道', district: { name: '庐阳区' } } });
  });
});
