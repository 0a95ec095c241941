import { hashOf } from '../../../gateway/limits/persisted.js';
import { compose, startGateway, startSubgraph, type FakeSubgraph, type RunningGateway } from './kit.js';

let city: FakeSubgraph;
let street: FakeSubgraph;
let gateway: RunningGateway;
let written = 0;
beforeAll(async () => {
  city = await startSubgraph('city', `
    type Query { name(of: Int): String! all(first: Int): [Item!]! broken: String wrong: Int }
    type Item { of: Int }
    type Mutation { write(fails: Boolean): Int }`, {
    Query: {
      name: (_: unknown, { of = 0 }: { of?: number }) => `合肥${of}`, all: () => [{ of: 1 }], wrong: () => 1,
      broken: () => { throw new Error('broken'); },
    },
    Mutation: {
      write: (_: unknown, { fails }: { fails?: boolean }) => {
        written += 1;
        if (fails) throw new Error('not written');
        return written;
      },
    },
  });
  street = await startSubgraph('street', 'type Query { streetName: String }', { Query: { streetName: () => '三孝口' } });
  gateway = await startGateway(compose([city, street]), { limits: { cost: 1_000 } });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([city.stop(), street.stop()]);
});

interface Seen {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

async function send(body: object, headers: Record<string, string> = {}): Promise<Seen> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body),
  });
  const { date: _date, ...others } = Object.fromEntries(response.headers);
  return { status: response.status, headers: others, text: (await response.text()).replaceAll(/"(traceId|asOf)":"[^"]+"/g, '"$1":""') };
}

const hashed = (query: string) => ({ persistedQuery: { version: 1, sha256Hash: hashOf(query) } });
const two = 'query A { name } query B { name(of: 2) }';
const byVariable = 'query Name($of: Int) { name(of: $of) }';

describe('whoever asks the same again gets the same, to the letter', () => {
  it.each<[string, object, Record<string, string>?]>([
    ['by its text', { query: '{ name }' }],
    ['with nulls for what may be left out', { query: '{ name }', variables: null, operationName: null, extensions: null }],
    ['with variables', { query: byVariable, variables: { of: 3 } }],
    ['with variables that it does not know', { query: byVariable, variables: { of: 3, other: 1 } }],
    ['with a variable that is wrong', { query: byVariable, variables: { of: 'x' } }],
    ['with variables that are no object', { query: byVariable, variables: [3] }],
    ['with variables as text', { query: byVariable, variables: '{}' }],
    ['one of two by its name', { query: two, operationName: 'B' }],
    ['the other', { query: two, operationName: 'A' }],
    ['one of two without a name', { query: two }],
    ['by a name that is not there', { query: two, operationName: 'C' }],
    ['by a name that is empty', { query: '{ name }', operationName: '' }],
    ['with extensions that say nothing', { query: '{ name }', extensions: {} }],
    ['by a name that is no text', { query: two, operationName: 1 }],
    ['with extensions', { query: '{ name }', extensions: { client: 'x' } }],
    ['with a hash of another text', { query: '{ name }', extensions: hashed('{ all }') }],
    ['with a hash of another version', { extensions: { persistedQuery: { ...hashed('{ name }').persistedQuery, version: 2 } } }],
    ['with more members', { query: '{ name }', id: 7 }],
    ['with no text', { operationName: 'A' }],
    ['with a syntax error', { query: '{ name' }],
    ['with a field that is not there', { query: '{ nobody }' }],
    ['what fails in part', { query: '{ name broken }' }],
    ['what a level answers against its schema', { query: '{ name wrong }' }],
    ['of the schema itself', { query: '{ __schema { queryType { name } } }' }],
    ['of a type of the schema', { query: '{ name __typename }' }],
    ['for application/json', { query: '{ name }' }, { accept: 'application/json' }],
    ['for the media type of GraphQL', { query: '{ name }' }, { accept: 'application/graphql-response+json,application/json;q=0.9' }],
    ['for a media type that there is not', { query: '{ name }' }, { accept: 'text/css' }],
    ['as a simple form', { query: '{ name }' }, { 'content-type': 'text/plain' }],
  ])('%s', async (...[, body, headers]) => {
    const [first, ...others] = [await send(body, headers), await send(body, headers), await send(body, headers)];
    expect(others).toEqual([first, first]);
  });

  it('by its hash, once that is known', async () => {
    const query = '{ name(of: 9) }';
    await send({ query, extensions: hashed(query) });
    const answers = [await send({ extensions: hashed(query) }), await send({ extensions: hashed(query) }), await send({ query })];
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['{"data":{"name":"合肥9"}}\n']));
  });

  it('and the form that its own Accept asks for', async () => {
    const query = '{ name(of: 8) }';
    const accepts = ['application/json', 'application/graphql-response+json'];
    const types: unknown[] = [];
    for (const accept of [...accepts, ...accepts, ...accepts]) types.push((await send({ query }, { accept })).headers['content-type']);
    const each = accepts.map((accept) => `${accept}; charset=utf-8`);
    expect(types).toEqual([...each, ...each, ...each]);
  });
});

it('each has the answer for its own variables', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, of) => send({ query: byVariable, variables: { of } })));
  expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 20 }, (_, of) => `{"data":{"name":"合肥${of}"}}\n`));
});

it.each([false, true])('a mutation is carried out once for each time it is sent, also where it fails (%s)', async (fails) => {
  written = 0;
  for (let time = 0; time < 3; time += 1) {
    const { text } = await send({ query: 'mutation W($fails: Boolean) { write(fails: $fails) }', variables: { fails } });
    expect(JSON.parse(text)).toMatchObject(fails ? { errors: [{ message: 'not written', path: ['write'] }] } : { data: { write: time + 1 } });
  }
  expect(written).toBe(3);
});

it('an empty name is that of no operation, whatever was let pass before: nothing is run by it', async () => {
  written = 0;
  const mutation = 'mutation { write }';
  const many = 'query ($first: Int) { all(first: $first) { of } }';
  for (const query of [mutation, mutation]) await send({ query });
  await send({ query: many, variables: { first: 1 } });
  const search = new URLSearchParams({ query: mutation, operationName: '' });
  const byGet = await fetch(`${gateway.url}/graphql?${search}`, { headers: { 'apollo-require-preflight': '1' } });
  const answers = [await send({ query: mutation, operationName: '' }), await send({ query: many, operationName: '', variables: { first: 5_000 } })];
  expect([byGet.status, ...answers.map(({ status }) => status), written]).toEqual([400, 400, 400, 2]);
  for (const { text } of answers) expect(JSON.parse(text)).toMatchObject({ errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }] });
});

it('the cost goes by the variables of each', async () => {
  const query = 'query All($first: Int) { all(first: $first) { of } }';
  const statuses: number[] = [];
  for (const first of [1, 1, 5_000, 1, 5_000]) statuses.push((await send({ query, variables: { first } })).status);
  expect(statuses).toEqual([200, 200, 400, 200, 400]);
});

it('a level that is down in between is told of, and no more once it is back', async () => {
  const query = '{ name streetName }';
  const whole = [await send({ query }), await send({ query })];
  street.override = null;
  const partial = [await send({ query }), await send({ query })];
  street.override = undefined;
  const back = [await send({ query }), await send({ query })];
  expect([...whole, ...back].map(({ text }) => text)).toEqual(Array(4).fill('{"data":{"name":"合肥0","streetName":"三孝口"}}\n'));
  for (const { text } of partial) {
    expect(JSON.parse(text)).toMatchObject({
      data: { name: '合肥0', streetName: null }, errors: [{ extensions: { code: 'LEVEL_UNAVAILABLE' } }],
      extensions: { levels: [{ subgraph: 'street', state: 'DOWN' }, { subgraph: 'city', state: 'OK' }] },
    });
  }
});

it('the log tells of each by the same line', async () => {
  gateway.logged.length = 0;
  for (let time = 0; time < 3; time += 1) await send({ query: 'query Logged { name broken }' });
  for (let time = 0; time < 3; time += 1) await send({ query: 'query Logged { name }' });
  const lines = gateway.logged.filter(({ msg }) => msg === 'request').map(({ operationName, errorCodes, status }) => ({ operationName, errorCodes, status }));
  const failed = { operationName: 'Logged', errorCodes: ['DOWNSTREAM_SERVICE_ERROR'], status: 200 };
  const fine = { operationName: 'Logged', errorCodes: undefined, status: 200 };
  expect(lines).toEqual([failed, failed, failed, fine, fine, fine]);
});
