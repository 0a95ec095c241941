import { HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import { buildSchema, GraphQLError, Kind, parse, type ExecutionResult, type OperationDefinitionNode } from 'graphql';
import { newExchange } from '../../../gateway/exchange.js';
import type { Asked } from '../../../gateway/execution/gateway.js';
import { httpAnswers, type HttpAsked } from '../../../gateway/httpAnswer.js';
import { defaultLimits } from '../../../gateway/limits/limits.js';
import { measure } from '../../../gateway/limits/measure.js';
import { createPassed, type Asking } from '../../../gateway/passed.js';
import { traceOf } from '../../../gateway/trace.js';

const schema = buildSchema('type Query { name: String! other: String }');
const query = '{ name }';

/** How it goes on where Apollo has answered once, and kept the operation. */
function started(result: ExecutionResult | Error = { data: { name: '合肥' } }, kept: Asking | null = null) {
  const ran: Asked[] = [];
  const bodies: unknown[] = [];
  const passed = createPassed({
    async run(operation) {
      ran.push(operation);
      if (result instanceof Error) throw result;
      return result;
    },
    limits: defaultLimits, tellCost: true, extensionsOf: (_result, { outcome: { cost } }) => ({ cost }),
  });
  const answer = httpAnswers({
    async executeHTTPGraphQLRequest({ httpGraphQLRequest: { body } }) {
      bodies.push(body);
      const { query: text = query } = body as Asking;
      const document = parse(text);
      const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION) as OperationDefinitionNode;
      passed.keep(kept ?? (body as Asking), { document, operation, size: measure(schema, document, operation) });
      return { headers: new HeaderMap([['content-type', 'application/json']]), body: { kind: 'complete', string: 'of Apollo' } satisfies HTTPGraphQLResponse['body'] };
    },
  }, passed);
  const ask = async (more: Partial<HttpAsked> = {}) => {
    const exchange = newExchange(traceOf(undefined));
    const { body } = await answer({ method: 'POST', search: '', headers: {}, body: { query }, ...more }, exchange);
    return { text: body.kind === 'complete' ? body.string : '', exchange };
  };
  return { ask, ran, bodies, asked: () => bodies.length };
}

it('what Apollo has let pass is run without it from then on', async () => {
  const { ask, ran, asked } = started();
  const texts = [(await ask()).text, (await ask()).text, (await ask({ body: { query, variables: {}, operationName: null } })).text];
  expect(texts).toEqual(['of Apollo', ...Array(2).fill('{"data":{"name":"合肥"},"extensions":{"cost":0}}\n')]);
  expect(asked()).toBe(1);
  expect(ran).toHaveLength(2);
});

it('the same goes for one with extensions that say nothing', async () => {
  const { ask, asked } = started();
  await ask();
  expect([(await ask({ body: { query, extensions: {} } })).text, asked()]).toEqual(['{"data":{"name":"合肥"},"extensions":{"cost":0}}\n', 1]);
});

it('what is not asked for again makes room, by the length of its text', async () => {
  const { ask, asked } = started();
  await ask();
  for (let number = 0; number < 45; number += 1) await ask({ body: { query: `${query}#${number}${'x'.repeat(100_000)}` } });
  const before = asked();
  await ask();
  expect(asked()).toBe(before + 1);
});

it('by its hash too, where Apollo has been sent that', async () => {
  const extensions = { persistedQuery: { version: 1, sha256Hash: 'abc' } };
  const { ask, asked } = started(undefined, { extensions });
  await ask({ body: { extensions } });
  await ask({ body: { extensions } });
  expect(asked()).toBe(1);
  await ask();
  expect(asked()).toBe(2);
});

it('a text is never taken for the hash of another', async () => {
  const extensions = { persistedQuery: { version: 1, sha256Hash: '{other}' } };
  const { ask, ran } = started(undefined, { extensions });
  await ask({ body: { extensions } });
  await ask({ body: { query: '{other}' } });
  expect(ran).toEqual([]);
});

it('what was run by its hash is told of by its text, since the hash may be forgotten by then', async () => {
  const body = { extensions: { persistedQuery: { version: 1, sha256Hash: 'abc' } }, variables: { a: 1 }, operationName: null };
  const { ask, bodies } = started({ errors: [new GraphQLError('no')] }, { extensions: body.extensions });
  await ask({ body });
  await ask({ body });
  expect(bodies).toEqual([body, { query, extensions: null, variables: { a: 1 }, operationName: null }]);
});

it('a text that is very long is not kept at the cost of all others', async () => {
  const { ask, asked } = started();
  const long = { body: { query: `${query}#${'x'.repeat(200_000)}` } };
  for (const more of [{}, long, long, {}]) await ask(more);
  expect(asked()).toBe(3);
});

it.each<[string, Partial<HttpAsked>]>([
  ['by GET', { method: 'GET', search: '?query={name}' }],
  ['for another Accept', { headers: { accept: 'application/xml' } }],
  ['of another text', { body: { query: `${query} ` } }],
  ['by no name at all', { body: { query, operationName: '' } }],
  ['by a name', { body: { query, operationName: 'A' } }],
  ['with an extension', { body: { query, extensions: { client: 'x' } } }],
  ['with a hash to keep', { body: { query, extensions: { persistedQuery: { version: 1, sha256Hash: 'abc' } } } }],
  ['with variables that are a list', { body: { query, variables: [] } }],
  ['as no JSON', { body: query }],
])('Apollo answers what comes %s', async (_how, more) => {
  const { ask, ran, asked } = started();
  await ask();
  expect((await ask(more)).text).toBe('of Apollo');
  expect([asked(), ran.length]).toEqual([2, 0]);
});

it.each([
  ['an error', { data: null, errors: [new GraphQLError('no')] }],
  ['nothing but a defect', new Error('defect')],
])('Apollo answers what comes to %s, and is told of it', async (_what, result) => {
  const { ask, ran, asked } = started(result);
  await ask();
  const { text, exchange } = await ask();
  expect([text, asked(), ran.length]).toEqual(['of Apollo', 2, 1]);
  await expect(exchange.ran?.result.catch((error: unknown) => error)).resolves.toBe(result);
});
