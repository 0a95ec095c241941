import { GraphQLError, parse } from 'graphql';
import { federate, same, type Federation } from './kit.js';

const people = [
  { id: 'u1', name: '王', boss: null },
  { id: 'u2', name: '李', boss: 'u1' },
  { id: 'u3', name: '赵', boss: 'u1' },
];
const person = (id: string | null) => people.find((one) => one.id === id) ?? null;
let log: string[] = [];
let federation: Federation;

beforeAll(async () => {
  federation = await federate({
    cases: {
      sdl: `
        type Query { cases: [Case!]! "One list in another." board: [[Case]!] case(id: ID!): Case anyCase: Case! root: String }
        type Mutation { first(n: Int!): Int second(n: Int!): Result }
        type Result { n: Int query: Query case: Case }
        type Case @key(fields: "id") {
          id: ID! title: String! reporter: Person handler: Person watchers: [Person] unit: Unit
          weight(unit: Mass = KG): Int
        }
        enum Mass { KG JIN }
        type Person @key(fields: "id", resolvable: false) { id: ID! }
        type Unit @key(fields: "code", resolvable: false) { code: String }
      `,
      resolvers: {
        Query: {
          cases: () => cases, case: (_: unknown, { id }: { id: string }) => cases.find((one) => one.id === id) ?? null,
          board: () => [[cases[0], null, cases[1]], [], [cases[2]]],
          anyCase: () => null, root: () => { throw new GraphQLError('no root', { extensions: { code: 'FORBIDDEN' } }); },
        },
        Mutation: {
          first: (_: unknown, { n }: { n: number }) => { log.push(`first ${n}`); return n; },
          second: (_: unknown, { n }: { n: number }) => { log.push(`second ${n}`); return { n, query: {}, case: cases[1] }; },
        },
        Case: { weight: ({ kg }: { kg: number }, { unit }: { unit: string }) => (unit === 'JIN' ? kg * 2 : kg) },
      },
    },
    people: {
      sdl: `
        type Query { me: Person }
        type Mutation { third(n: Int!): Int }
        type Person @key(fields: "id") { id: ID! name: String! phone: String boss: Person secret: String! }
        type Unit @key(fields: "code") { code: String name: String }
      `,
      resolvers: {
        Query: { me: () => person('u2') },
        Mutation: { third: (_: unknown, { n }: { n: number }) => { log.push(`third ${n}`); return n; } },
        Person: {
          async __resolveReference({ id }: { id: string }) {
            if (id === 'broken') throw new GraphQLError('broken', { extensions: { code: 'FORBIDDEN' } });
            return person(id);
          },
          phone({ id }: { id: string }) {
            if (id === 'u2') throw new Error('no phone');
            return `1${id}`;
          },
          boss: ({ boss }: { boss: string | null }) => person(boss),
          secret({ id }: { id: string }) {
            if (id === 'u3') throw new GraphQLError('secret', { extensions: { code: 'FORBIDDEN' } });
            return `s-${id}`;
          },
        },
        Unit: { __resolveReference: ({ code }: { code: string }) => ({ code, name: `unit ${code}` }) },
      },
    },
    ratings: {
      sdl: `
        type Person @key(fields: "id") { id: ID! rating: Int friend: Person }
        type Case @key(fields: "id") { id: ID! weight(unit: Mass = KG): Int @external late: Boolean @requires(fields: "weight(unit: JIN)") }
        enum Mass { KG JIN }
      `,
      resolvers: {
        Person: {
          __resolveReference: ({ id }: { id: string }) => ({ id }),
          rating: ({ id }: { id: string }) => (/^u\d$/.test(id) ? Number(id.slice(1)) * 10 : null),
          friend: () => ({ id: 'u3' }),
        },
        Case: { late: ({ weight }: { weight: number }) => weight > 10 },
      },
    },
  });
});
beforeEach(() => { log = []; });

const cases = [
  { id: 'c1', title: '路灯', kg: 4, reporter: { id: 'u1' }, handler: { id: 'u2' }, watchers: [{ id: 'u1' }, null, { id: 'u3' }], unit: { code: 'a' } },
  { id: 'c2', title: '噪声', kg: 6, reporter: { id: 'u2' }, handler: { id: 'u1' }, watchers: [{ id: 'gone' }, { id: 'u2' }], unit: { code: null } },
  { id: 'c3', title: '井盖', kg: 9, reporter: null, handler: { id: 'broken' }, watchers: null, unit: null },
];

const u = (id: string, name: string) => ({ id, name });

it('joins what several subgraphs know', async () => {
  const { data, errors } = await same(federation, '{ cases { id title reporter { id name } } }');
  expect({ data, errors }).toEqual({
    data: { cases: [
      { id: 'c1', title: '路灯', reporter: u('u1', '王') },
      { id: 'c2', title: '噪声', reporter: u('u2', '李') },
      { id: 'c3', title: '井盖', reporter: null },
    ] },
    errors: [],
  });
});

it('asks once for an entity that stands in several places', async () => {
  const query = '{ cases { reporter { name } handler { name } watchers { name } } }';
  await same(federation, query);
  await federation.ours(query);
  const asked = federation.sent.filter(({ subgraph }) => subgraph === 'people')
    .map(({ variables }) => (variables['representations'] as { id: string }[]).map(({ id }) => id));
  for (const ids of asked) expect(new Set(ids).size).toBe(ids.length);
});

it.each([
  ['in a list with nulls and missing ones', '{ cases { watchers { name rating } } }'],
  ['in lists of lists', '{ board { id reporter { name } } }'],
  ['of an entity that another subgraph gave', '{ cases { reporter { boss { name rating } } } }'],
  ['several steps away', '{ cases { reporter { rating friend { name boss { rating } } } } }'],
  ['below an alias', '{ a: cases { b: reporter { c: name n: name } } }'],
  ['in fragments', '{ cases { ...on Case { ...F } reporter { id } } } fragment F on Case { reporter { name ...P } } fragment P on Person { rating }'],
  ['beside what the schema says of itself', '{ cases { id reporter { rating } __typename } __typename __schema { queryType { name } } x: __type(name: "Person") { kind ...T } } fragment T on __Type { name }'],
  ['of nothing', '{ __typename t: __typename }'],
])('answers as the stock executor: fields %s', async (_name, query) => {
  const { data, errors } = await same(federation, query);
  expect(data).not.toBeNull();
  expect(errors).toEqual([]);
});

// Here the stock executor gives the one for the other.
it('keeps apart a field that is asked for with one argument and needed with another', async () => {
  const { data, errors } = await federation.ours('{ cases { late weight kg: weight(unit: KG) } }');
  expect({ data, errors }).toEqual({
    data: { cases: [{ late: false, weight: 4, kg: 4 }, { late: true, weight: 6, kg: 6 }, { late: true, weight: 9, kg: 9 }] }, errors: [],
  });
});

it('asks nobody for what the schema says of itself', async () => {
  const { data } = await federation.ours('{ __typename ...S } fragment S on Query { __schema { queryType { name } } }');
  expect([data, federation.sent]).toEqual([{ __typename: 'Query', __schema: { queryType: { name: 'Query' } } }, []]);
});

it('does not ask for an entity whose key is null', async () => {
  const { data, errors } = await federation.ours('{ cases { unit { code name } } }');
  expect([data, errors]).toEqual([
    { cases: [{ unit: { code: 'a', name: 'unit a' } }, { unit: { code: null, name: null } }, { unit: null }] }, [],
  ]);
});

describe('an error', () => {
  it.each([
    ['of a root field', '{ root cases { id } }', [['root', 'FORBIDDEN']]],
    ['of a field in the middle of a list', '{ cases { reporter { name phone } } }', [['cases.1.reporter.phone', 'DOWNSTREAM_SERVICE_ERROR']]],
    ['of an entity in the middle of a list', '{ cases { handler { name } } }', [['cases.2.handler', 'FORBIDDEN']]],
    ['that leaves an element null', '{ cases { watchers { id secret } } }', [['cases.0.watchers.2.secret', 'FORBIDDEN']]],
  ])('%s names its place and leaves the rest', async (_name, query, expected) => {
    expect((await same(federation, query)).errors).toEqual(expected);
  });

  it('of all entities asked for together names what is above the list they stand in', async () => {
    const answer = await federation.execute({
      document: parse('{ cases { id unit { name } } }'),
      ask: async (subgraph, call) => (subgraph === 'people'
        ? { data: null, errors: [{ message: 'all', path: ['_entities'] }] }
        : federation.answer(subgraph, { query: call.operation.text, variables: {} })),
    });
    expect(answer.errors?.map(({ path }) => path)).toEqual([['cases']]);
  });

  it('is told for every place where the entity stands', async () => {
    const { errors } = await same(federation, '{ a: cases { reporter { phone } } cases { watchers { phone } } }');
    expect(errors.map(([path]) => path)).toEqual(['a.1.reporter.phone', 'cases.1.watchers.1.phone']);
    const twice = await same(federation, '{ board { reporter { phone } } }');
    expect(twice.errors.map(([path]) => path)).toEqual(['board.0.2.reporter.phone']);
  });

  it('of a subgraph that cannot be asked leaves what is its own null', async () => {
    const answer = await federation.execute({
      document: parse('{ cases { id reporter { name } handler { id } } }'),
      ask: async (subgraph, call) => {
        if (subgraph === 'people') throw new GraphQLError('away', { extensions: { code: 'LEVEL_UNAVAILABLE' } });
        return federation.answer(subgraph, { query: call.operation.text, variables: {} });
      },
    });
    expect(answer.errors?.map(({ message, path, extensions }) => [message, path, extensions['code']])).toEqual([['away', undefined, 'LEVEL_UNAVAILABLE']]);
    expect(answer.data).toMatchObject({ cases: [{ id: 'c1', reporter: null, handler: { id: 'u2' } }, { id: 'c2' }, { id: 'c3' }] });
  });
});

it('makes null what a subgraph left null against the schema, up to the nearest nullable place', async () => {
  const { data, errors } = await same(federation, '{ cases { id } anyCase { id } }');
  expect(data).toBeNull();
  expect(errors.map(([path]) => path)).toEqual(['anyCase']);
});

describe('mutations', () => {
  it('are run one after the other, across subgraphs, in the order given', async () => {
    const query = 'mutation ($n: Int!) { b: second(n: $n) { n } third(n: 3) first(n: 4) a: second(n: 5) { n } }';
    const { data } = await federation.ours(query, { n: 2 });
    expect(data).toEqual({ b: { n: 2 }, third: 3, first: 4, a: { n: 5 } });
    expect(log).toEqual(['second 2', 'third 3', 'first 4', 'second 5']);
    await same(federation, query, { n: 2 });
  });

  it('are each read from after they are done, also what was read before', async () => {
    const { data } = await federation.ours('mutation { a: second(n: 1) { case { reporter { name } } } third(n: 3) b: second(n: 2) { case { reporter { name } } } }');
    expect(data).toEqual({ a: { case: { reporter: { name: '李' } } }, third: 3, b: { case: { reporter: { name: '李' } } } });
    expect(federation.sent.filter(({ variables }) => 'representations' in variables).map(({ subgraph }) => subgraph)).toEqual(['people', 'people']);
  });

  it('give entities and the root to read on from', async () => {
    const { data } = await same(federation, 'mutation { second(n: 1) { n case { title reporter { name } } query { me { name } __typename } } }');
    expect(data).toEqual({ second: {
      n: 1, case: { title: '噪声', reporter: { name: '李' } }, query: { me: { name: '李' }, __typename: 'Query' },
    } });
  });
});

describe('conditions', () => {
  const query = `query ($a: Boolean = false, $b: Boolean!) {
    cases @include(if: $b) { id reporter @skip(if: $a) { name rating @include(if: $b) } ...F @include(if: $a) }
    me @skip(if: $b) { name }
  } fragment F on Case { handler { id rating @skip(if: false) } title @include(if: false) }`;

  it.each([[{ b: true }], [{ b: false }], [{ a: true, b: true }], [{ a: true, b: false }]])('hold for %j', async (variables) => {
    await same(federation, query, variables);
    await same(federation, query, variables);
  });

  it('spare the fetch that they leave out', async () => {
    await federation.ours('query ($b: Boolean!) { cases { id reporter @include(if: $b) { name } } }', { b: false });
    expect(federation.sent.map(({ subgraph }) => subgraph)).toEqual(['cases']);
  });
});

it('says which variable cannot be used, and asks nobody', async () => {
  const { data, errors } = await federation.ours('query ($id: ID!) { case(id: $id) { id } }');
  expect([data, errors.length, federation.sent]).toEqual([null, 1, []]);
});

it('sends variables on as they came, and leaves out those not given', async () => {
  const query = 'query ($id: ID!, $unit: Mass) { case(id: $id) { weight(unit: $unit) late } }';
  expect((await same(federation, query, { id: 'c1', unit: 'JIN' })).data).toEqual({ case: { weight: 8, late: false } });
  expect((await federation.ours(query, { id: 'c2' })).data).toEqual({ case: { weight: 6, late: true } });
  expect(federation.sent[0]?.variables).toEqual({ id: 'c2' });
});

it('answers keys that every object inherits', async () => {
  const query = '{ constructor: cases { toString: title hasOwnProperty: reporter { valueOf: name } } }';
  await same(federation, query);
});

it('refuses a key that would not be one', async () => {
  const { parse } = await import('graphql');
  const document = parse('{ __proto__: me { name } }');
  await expect(federation.execute({ document, ask: async () => ({ data: {} }) })).rejects.toThrow('__proto__');
});
