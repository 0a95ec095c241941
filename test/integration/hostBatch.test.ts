import { OperationTypeNode } from 'graphql';
import type { Call } from '../../gateway/execution/plan.js';
import type { Answer } from '../../gateway/execution/runPlan.js';
import { UnreachableError } from '../../gateway/execution/errors.js';
import { createSubgraphClient, type SubgraphClient } from '../../gateway/execution/subgraphClient.js';
import type { Asker } from '../../gateway/execution/units.js';
import { forbidden } from '../../subgraphs/shared/graphql/errors.js';
import { requireActor, type RequestContext } from '../../subgraphs/shared/graphql/requestContext.js';
import { definitionOf, hosted, until, type Hosted, type Line } from '../kit/host.js';
import { actor, internalToken } from '../kit/identity.js';

const lake = actor('STREET_CLERK', '340103001');
const hill = actor('STREET_CLERK', '340103002');
const traceOf = (digit: number): string => `00-${String(digit).repeat(32)}-00f067aa0ba902b7-01`;

const definition = definitionOf('street', /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { me: String! maybe: String }
  type Mutation { act: String }
  type Paper @key(fields: "id") { id: ID! text: String }
`, {
  Query: {
    me: (_parent, _args, context: RequestContext) => requireActor(context).area,
    maybe: () => null,
  },
  Mutation: { act: () => 'done' },
  Paper: {
    async __resolveReference(reference: unknown, _args: never, _context: never) {
      const { id } = reference as { id: string };
      return id === 'gone' ? null : { id };
    },
    text(parent: unknown, _args: never, context: RequestContext) {
      const { id } = parent as { id: string };
      const { area } = requireActor(context);
      if (!id.startsWith(area ?? '-')) throw forbidden('不可。', `Not for ${area}.`);
      return `${id} for ${area}`;
    },
  } as never,
});

let host: Hosted;
let client: SubgraphClient;
let tokens: Record<'lake' | 'hill', string>;
beforeAll(async () => {
  host = await hosted(definition);
  tokens = { lake: await internalToken(lake, 'street'), hill: await internalToken(hill, 'street') };
  client = createSubgraphClient({
    name: 'street', url: `${host.url}/graphql`, timeoutMs: 5_000, unreachable: (cause) => new UnreachableError(cause, 'AWAY'),
  });
  // The first answer says that several may come at once.
  await client.ask(query('{ maybe }'), askerOf(tokens.lake));
});
afterAll(async () => {
  await client.close();
  await host.end();
});

function query(text: string, representations: readonly unknown[] | null = null, type = OperationTypeNode.QUERY): Call {
  return {
    operation: { type, name: null, text, json: `"query":${JSON.stringify(text)}`, isPublic: false },
    variables: '',
    representations: representations && representations.map((one) => JSON.stringify(one)),
  };
}
const papers = (...ids: string[]): Call => query(
  'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Paper { id text } } }',
  ids.map((id) => ({ __typename: 'Paper', id })),
);
const askerOf = (identity: string | null, digit = 1): Asker =>
  ({ identity, publicIdentity: null, traceparent: traceOf(digit) });
const brief = ({ data, errors = [] }: Answer) =>
  ({ data, errors: errors.map(({ path, extensions }) => [path?.join('.'), extensions?.['code']]) });
const requestsOf = (from: number): Line[] => host.lines().slice(from).filter(({ msg }) => msg === 'request');

const own = {
  lake: { data: { _entities: [{ id: '340103001-a', text: '340103001-a for 340103001' }, null, { id: '340103002-b', text: null }, { id: '340103001-c', text: '340103001-c for 340103001' }] },
    errors: [['_entities.2.text', 'FORBIDDEN']] },
  hill: { data: { _entities: [{ id: '340103001-a', text: null }, null, { id: '340103002-b', text: '340103002-b for 340103002' }, { id: '340103001-c', text: null }] },
    errors: [['_entities.0.text', 'FORBIDDEN'], ['_entities.3.text', 'FORBIDDEN']] },
};
const wanted = ['340103001-a', 'gone', '340103002-b', '340103001-c'];

it.each([
  ['lake', 'hill'], ['hill', 'lake'], ['lake', 'hill', 'lake'], ['hill', 'hill', 'lake'], ['lake', 'nobody', 'hill'], ['nobody', 'lake', 'nobody', 'hill'],
] as const)('answers each of %s, %s, %s in one request under its own identity', async (...names) => {
  const from = host.lines().length;
  const answers = await Promise.all(names.map((name, index) =>
    client.ask(papers(...wanted), askerOf(name === 'nobody' ? null : tokens[name], index + 1))));
  for (const [index, name] of names.entries()) {
    if (name === 'nobody') expect(brief(answers[index] ?? {})).toEqual({ data: undefined, errors: [[undefined, 'UNAUTHENTICATED']] });
    else expect(brief(answers[index] ?? {})).toEqual(own[name]);
  }
  await until(async () => requestsOf(from).length > 0);
  expect(requestsOf(from)).toEqual([expect.objectContaining({ batch: new Set(names).size })]);
});

it('logs every operation of a request with its own trace and caller', async () => {
  const from = host.lines().length;
  await Promise.all([
    client.ask(query('{ me }'), askerOf(tokens.lake, 3)), client.ask(query('{ me }'), askerOf(tokens.hill, 4)),
  ]);
  const lines = host.lines().slice(from).filter(({ msg }) => msg === 'operation');
  expect(lines.map(({ traceId, actor: who }) => [traceId, who]).sort()).toEqual([['3'.repeat(32), lake.id], ['4'.repeat(32), hill.id]]);
});

it('gives each its part of what was asked for together', async () => {
  const from = host.lines().length;
  const answers = await Promise.all([
    client.ask(papers('340103001-a', 'gone'), askerOf(tokens.lake)),
    client.ask(papers('340103002-b', '340103001-a', 'gone'), askerOf(tokens.lake)),
    client.ask(papers('gone'), askerOf(tokens.lake)),
  ]);
  const a = { id: '340103001-a', text: '340103001-a for 340103001' };
  expect(answers.map(brief)).toEqual([
    { data: { _entities: [a, null] }, errors: [] },
    { data: { _entities: [{ id: '340103002-b', text: null }, a, null] }, errors: [['_entities.0.text', 'FORBIDDEN']] },
    { data: { _entities: [null] }, errors: [] },
  ]);
  await until(async () => requestsOf(from).length > 0);
  expect(requestsOf(from)).toHaveLength(1);
  expect(requestsOf(from)[0]).not.toHaveProperty('batch');
});

const send = async (body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${host.url}/graphql`, {
    method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, body: (await response.json()) as unknown };
};
const codeOf = (element: unknown): unknown =>
  (element as { errors?: { extensions: { code: unknown } }[] }).errors?.[0]?.extensions.code;

it('takes no element for anybody by the request\'s own header', async () => {
  const { body } = await send([{ query: '{ me }' }, { query: '{ me }', extensions: { identity: tokens.hill } }, { query: '{ me }', extensions: { identity: 'x' } }],
    { authorization: `Bearer ${tokens.lake}` });
  const [first, second, third] = body as unknown[];
  expect([codeOf(first), second, codeOf(third)]).toEqual(['UNAUTHENTICATED', { data: { me: '340103002' } }, 'UNAUTHENTICATED']);
});

it.each([
  ['no object', null, 'BAD_REQUEST'],
  ['without a query', { extensions: {} }, 'BAD_REQUEST'],
  ['whose identity is no text', { query: '{ me }', extensions: { identity: {} } }, 'UNAUTHENTICATED'],
  ['that is a mutation', { query: ' mutation { act }', extensions: {} }, 'BAD_REQUEST'],
  ['that does not parse', { query: '{', extensions: 'lake' }, 'GRAPHQL_PARSE_FAILED'],
])('answers the others when one element is one %s', async (_name, element, code) => {
  const fine = { query: '{ me }', extensions: { identity: tokens.lake } };
  const odd = element && code === 'GRAPHQL_PARSE_FAILED' ? { ...element, extensions: { identity: tokens.lake } } : element;
  const { body } = await send([fine, odd, fine]);
  const [first, second, third] = body as unknown[];
  expect([first, codeOf(second), third]).toEqual([{ data: { me: '340103001' } }, code, { data: { me: '340103001' } }]);
});

it('refuses more at once than it says it takes', async () => {
  const { status } = await send(Array.from({ length: 51 }, () => ({ query: '{ maybe }' })));
  expect(status).toBe(400);
});
