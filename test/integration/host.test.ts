import mongoose from 'mongoose';
import { GraphQLError } from 'graphql';
import { badInput, forbidden } from '../../subgraphs/shared/graphql/errors.js';
import { requireActor, type RequestContext } from '../../subgraphs/shared/graphql/requestContext.js';
import { definitionOf, hosted, until, wireTo, type Hosted, type Line, type Wire } from '../kit/host.js';
import { actor, internalToken, newKey, serviceKeys } from '../kit/identity.js';
import { post } from '../kit/subgraphs.js';

const clerk = actor('STREET_CLERK', '340103001');
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

const Person = mongoose.model('Person', new mongoose.Schema({ name: String, phone: { type: Number, required: true } }));
const broken: Readonly<Record<string, () => unknown>> = {
  crash: () => { throw new Error('the database would not have 13800001234'); },
  validation: () => new Person({ name: '王小明', phone: '王小明的 13800001234' }).validate(),
  duplicate: () => {
    const message = 'E11000 duplicate key error collection: x.people dup key: { name: "王小明" }';
    throw new mongoose.mongo.MongoServerError({ message, code: 11_000, keyValue: { name: '王小明' } });
  },
  uncoded: () => { throw new GraphQLError('Cannot return 340103199001011234'); },
};
const intended: Readonly<Record<string, () => unknown>> = {
  badInput: () => { throw badInput('不对。', 'Wrong.'); },
  forbidden: () => { throw forbidden('不可。', 'Not allowed.'); },
  refused: () => ({ userErrors: [{ code: 'STALE_VERSION' }, { code: 'STALE_VERSION' }] }),
};

const definition = definitionOf('street', /* GraphQL */ `
  type Query { me: String! maybe: String who: String throws(how: String!): String }
  type Mutation { act(how: String!): Payload }
  type Payload { userErrors: [UserError!]! }
  type UserError { code: String! }
`, {
  Query: {
    me: (_parent, _args, context: RequestContext) => requireActor(context).id,
    maybe: (_parent, _args, context: RequestContext) => requireActor(context).id,
    who: (_parent, _args, { actor: who }: RequestContext) => who && JSON.stringify(who),
    throws: (_parent, { how }: { how: string }) => broken[how]?.(),
  },
  Mutation: { act: (_parent, { how }: { how: string }) => intended[how]?.() },
});

let host: Hosted;
let wire: Wire;
let token: string;
beforeAll(async () => {
  host = await hosted(definition, {
    async through(uri) {
      wire = await wireTo(uri);
      return wire.uri;
    },
  });
  token = await internalToken(clerk, 'street');
});
afterAll(async () => {
  await host.end();
  await wire.close();
});

const ask = (query: string, variables: Record<string, unknown> = {}, who: string | undefined = token) =>
  post(host.url, query, { variables, token: who });
const send = (body: string, headers: Record<string, string> = {}, path = '/graphql'): Promise<Response> =>
  fetch(`${host.url}${path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'authorization': `Bearer ${token}`, ...headers },
  });
/** The line of the last request; written just after its answer. */
async function lastLine(isIt: (line: Line) => boolean): Promise<Line> {
  let found: Line | undefined;
  await until(async () => {
    found = host.lines().findLast((line) => line['msg'] === 'request' && isIt(line));
    return found !== undefined;
  });
  return found ?? {};
}

describe('who is asking', () => {
  it('is told by the gateway: somebody, or somebody who has not signed in', async () => {
    expect(await ask('{ who }')).toEqual({ data: { who: JSON.stringify(clerk) } });
    expect(await ask('{ who }', {}, await internalToken(null, 'street'))).toEqual({ data: { who: null } });
  });

  it('is wanted where a login is needed: the rest is answered', async () => {
    const { data, errors } = await ask('{ who maybe }', {}, await internalToken(null, 'street'));
    expect(data).toEqual({ who: null, maybe: null });
    expect(errors).toEqual([expect.objectContaining({
      message: '请先登录。 / Sign in first.', path: ['maybe'], extensions: { code: 'UNAUTHENTICATED' },
    })]);
  });

  it.each<[string, () => Promise<string>]>([
    ['without a token', async () => ''],
    ['with a forged one', async () => internalToken(clerk, 'street', { key: await newKey('gateway') })],
    ["with a level's", async () => internalToken(clerk, 'street', { key: (await serviceKeys()).own.community })],
    ['with one for another level', async () => internalToken(clerk, 'district')],
    ['with one that has expired', async () => internalToken(clerk, 'street', { at: new Date(Date.now() - 120_000) })],
  ])('is nobody the level trusts %s: nothing is answered', async (_how, given) => {
    const { data, errors } = await ask('{ who }', {}, await given());
    expect(data).toBeUndefined();
    expect(errors).toEqual([expect.objectContaining({ extensions: { code: 'UNAUTHENTICATED' } })]);
    expect(await lastLine(({ caller }) => caller === 'untrusted')).toMatchObject({ errorCodes: ['UNAUTHENTICATED'] });
  });
});

describe('an error', () => {
  it.each([['badInput', 'BAD_USER_INPUT', '不对。 / Wrong.'], ['forbidden', 'FORBIDDEN', '不可。 / Not allowed.']])(
    'that was raised on purpose keeps its words and its code alone: %s', async (how, code, message) => {
      const { errors } = await ask('mutation ($how: String!) { act(how: $how) { userErrors { code } } }', { how });
      expect(errors?.map((error) => [error.message, error.extensions])).toEqual([[message, { code }]]);
    },
  );

  it.each(Object.keys(broken))('that was not is hidden, and logged with its trace: %s', async (how) => {
    const query = 'query Throw($how: String!) { throws(how: $how) }';
    const body = JSON.stringify({ query, operationName: 'Throw', variables: { how } });
    const { errors } = await (await send(body, { traceparent })).json() as Awaited<ReturnType<typeof ask>>;
    expect(errors).toEqual([expect.objectContaining({
      message: expect.stringContaining('Internal error'), extensions: { code: 'INTERNAL_SERVER_ERROR' },
    })]);
    expect(host.lines().findLast(({ msg }) => msg === 'resolver failed')).toMatchObject({
      level: 50, traceId, path: ['throws'], err: { type: expect.any(String), stack: expect.stringMatching(/^ {4}at /) },
    });
    expect(await lastLine(({ operation }) => operation === 'Throw'))
      .toMatchObject({ traceId, errorCodes: ['INTERNAL_SERVER_ERROR'] });
  });

  it.each([
    ['a field there is not', '{ nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['a query that is none', '{', {}, 'GRAPHQL_PARSE_FAILED'],
    ['a variable of another type', 'query ($how: String!) { throws(how: $how) }', { how: 1 }, 'BAD_USER_INPUT'],
  ])('says what is wrong with %s', async (_what, query, variables, code) => {
    expect((await ask(query, variables)).errors?.map(({ extensions }) => extensions)).toEqual([{ code }]);
  });
});

describe('a request', () => {
  it.each([
    ['no JSON', '{ not json', {}, 400],
    ['nothing', '', {}, 400],
    ['another media type', 'x', { 'content-type': 'text/plain' }, 415],
    ['more than 4 MiB', JSON.stringify({ query: '{ who }', padding: 'x'.repeat(4 * 1024 * 1024) }), {}, 413],
  ])('is refused when it has %s, and logged', async (_what, body, headers, status) => {
    const response = await send(body, headers);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String) });
    expect(await lastLine((line) => line['status'] === status))
      .toMatchObject({ path: '/graphql', ms: expect.any(Number) });
  });

  it.each([['null'], ['[]'], ['"{ who }"'], ['17'], ['{}'], ['{"query":17}'], ['{"query":"{ who }","variables":[]}']])(
    'is answered with what is wrong when its JSON is %s', async (body) => {
      const response = await send(body);
      const { data, errors } = await response.json() as { data?: unknown; errors: { extensions: unknown }[] };
      expect([response.status, data]).toEqual([200, undefined]);
      expect(errors.map(({ extensions }) => extensions)).toEqual([{ code: 'BAD_REQUEST' }]);
    },
  );

  it('leaves one line: trace, actor, role, operation, time and codes', async () => {
    const before = host.lines().filter(({ msg }) => msg === 'request').length;
    const query = 'mutation Act($how: String!) { act(how: $how) { userErrors { code } } }';
    const body = JSON.stringify({ query, operationName: 'Act', variables: { how: 'refused' } });
    await (await send(body, { traceparent })).text();
    const line = await lastLine(({ operation }) => operation === 'Act');

    expect(line).toEqual({
      level: 30, time: expect.any(Number), name: 'street', pid: process.pid, hostname: expect.any(String),
      msg: 'request', traceId, path: '/graphql', status: 200, ms: expect.any(Number), caller: 'actor',
      actor: clerk.id, role: 'STREET_CLERK', operation: 'Act', errorCodes: ['STALE_VERSION'],
    });
    expect(host.lines().filter(({ msg }) => msg === 'request')).toHaveLength(before + 1);
  });

  it('starts a trace when the caller sends none, or none that is well formed', async () => {
    for (const given of ['', 'hello', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`]) {
      await (await send(JSON.stringify({ query: '{ who }', operationName: null }), { traceparent: given })).text();
    }
    const ids = host.lines().slice(-3).map((line) => line['traceId']);
    expect(new Set(ids).size).toBe(3);
    expect(ids).toEqual(Array(3).fill(expect.stringMatching(/^(?!0+$)[0-9a-f]{32}$/)));
  });

  it('leaves nothing in the log that names a person', () => {
    expect(host.log()).not.toMatch(/王小明|13800001234|340103199001011234/);
    expect(host.log()).toContain('the database would not have ***');
    expect(host.log()).toContain('ValidationError at phone');
  });
});

describe('health and readiness', () => {
  const status = async (path: string): Promise<number> => (await fetch(`${host.url}${path}`)).status;

  it('are both well while the database answers', async () => {
    expect([await status('/health'), await status('/ready')]).toEqual([200, 200]);
    expect(host.lines().some(({ path, level }) => path === '/ready' && level !== 20)).toBe(false);
  });

  it('differ while the database is away: alive, but not ready, until it is back', async () => {
    wire.cut();
    await until(async () => (await status('/ready')) === 503);
    expect(await status('/health')).toBe(200);
    const answer = await fetch(`${host.url}/ready`);
    expect(await answer.json()).toEqual({ status: 'database unreachable', subgraph: 'street' });

    wire.mend();
    await until(async () => (await status('/ready')) === 200);
  });
});
