import { buildSchema, getIntrospectionQuery, Kind, parse, type OperationDefinitionNode } from 'graphql';
import { defaultLimits, costIn, excessOf, excessText, type Limits } from '../../../gateway/limits/limits.js';
import { measure, type Measure } from '../../../gateway/limits/measure.js';
import { addressKey, createBuckets } from '../../../gateway/limits/rates.js';
import { shopQueries, shopSdl } from '../../../scripts/bench/gateway/shop.js';

const schema = buildSchema(`
  type Query { cases(first: Int): Cases! page(first: Int! = 5): Cases! areas: [Area!]! area: Area searched(limit: Int): [Area!]! }
  type Mutation { submit: Area assign: Area }
  type Cases { nodes: [Case!]! edges: [Edge!]! totalCount: Int! }
  type Edge { node: Case! cursor: String! }
  type Case { id: ID! area: Area! tags: [String!]! within(first: Int): Cases! }
  type Area { code: ID! areas: [Area!]! cases(first: Int): Cases! }
`);

function measured(text: string): Measure {
  const document = parse(text);
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return measure(schema, document, operation as OperationDefinitionNode);
}

describe('the cost of an operation', () => {
  it.each([
    ['one object is one', '{ area { code } }', 1],
    ['scalars cost nothing', '{ __typename }', 0],
    ['a list that does not say is ten', '{ areas { code } }', 10],
    ['lists within lists multiply', '{ areas { areas { code } } }', 110],
    ['a list of so many says so', '{ searched(limit: 3) { code } }', 3],
    ['a connection has as many as it is asked for', '{ cases(first: 7) { nodes { id } } }', 8],
    ['edges and their nodes count', '{ cases(first: 7) { edges { node { id } } } }', 15],
    ['a list of scalars costs nothing', '{ cases(first: 7) { nodes { tags } } }', 8],
    ['a connection that is not told is a page', '{ cases { nodes { id } } }', 21],
    ['the schema\'s own default counts', '{ page { nodes { id } } }', 6],
    ['connections within connections multiply', '{ cases(first: 10) { nodes { within(first: 5) { nodes { id } } } } }', 1 + 10 * (1 + 1 + 5)],
    ['fragments count where they stand', '{ cases(first: 7) { ...c } } fragment c on Cases { nodes { id } ... on Cases { nodes { id } } }', 15],
    ['what an alias repeats counts again', '{ a: area { code } b: area { code } }', 2],
    ['a write is ten more', 'mutation { submit { code } assign { code } }', 22],
    ['writes in fragments are as many', 'mutation { ...two ... on Mutation { submit { code } } } fragment two on Mutation { submit { code } assign { code } }', 33],
    ['a negative page is taken for a usual one', '{ cases(first: -5) { nodes { id } } }', 21],
  ])('%s', (_name, text, cost) => {
    expect(costIn(measured(text), {})).toBe(cost);
  });

  it.each([
    ['the variable', { n: 30 }, 31], ['its default', {}, 5], ['its default for null', { n: null }, 5], ['a page for what is no number', { n: 'x' }, 21],
  ])('goes by %s', (_name, variables, cost) => {
    expect(costIn(measured('query ($n: Int = 4) { cases(first: $n) { nodes { id } } }'), variables)).toBe(cost);
  });

  it('is told at once of fragments that stand in one another very often', () => {
    const doubling = Array.from({ length: 60 }, (_, index) => `fragment f${index} on Area { areas { ...f${index + 1} ...f${index + 1} } }`);
    const text = `{ area { ...f0 } } ${doubling.join(' ')} fragment f60 on Area { code }`;
    const { counts, cost } = measured(text);
    expect([counts.depth, cost({}) > 1e50, costIn(measured(text), {})]).toEqual([62, true, Number.MAX_SAFE_INTEGER]);
  });
});

describe('a limit', () => {
  const limits: Limits = { tokens: 100, depth: 3, aliases: 2, directives: 2, rootFields: 3, cost: 50 };
  const refusal = (text: string) => { const size = measured(text); return excessOf(size, costIn(size, {}), limits); };

  it('lets pass what is within all', () => {
    expect(refusal('{ a: area { areas { code } } b: area @skip(if: true) { code @include(if: true) } }')).toBeNull();
  });

  it.each([
    ['depth', '{ area { areas { areas { code } } } }', 4, 3],
    ['aliases', '{ a: area { b: code c: code } }', 3, 2],
    ['directives', '{ area @skip(if: true) @include(if: true) { code @skip(if: false) } }', 3, 2],
    ['rootFields', '{ ...f area { code } ...f } fragment f on Query { area { code } ... { area { code } } }', 5, 3],
    ['cost', '{ cases(first: 50) { nodes { id } } }', 51, 50],
  ])('of %s is told with what was found and what is allowed', (of, text, found, allowed) => {
    const excess = refusal(text);
    expect(excess).toEqual({ of, found, allowed });
    const { zh, en } = excessText(excess as NonNullable<typeof excess>);
    expect([zh, en]).toEqual([expect.stringContaining(` ${found},至多 ${allowed};`), expect.stringContaining(`at most ${allowed}; `)]);
  });

  it('leaves what is asked of the schema itself out of the depth', () => {
    const { counts, introspects } = measured(getIntrospectionQuery());
    expect([counts.depth, introspects, measured('{ area { code } }').introspects]).toEqual([0, true, false]);
  });

  it.each(Object.entries(shopQueries))('by default lets the benchmark\'s %s query pass', (_name, text) => {
    const types = new Map<string, string>();
    const shop = Object.values(shopSdl).join('\n').replace(/extend schema.*\n/g, '').replace(/ @(key|requires)\([^)]*\)| @external/g, '');
    for (const [, name = '', fields = ''] of shop.matchAll(/type (\w+)\s*\{([^}]*)\}/g)) types.set(name, `${types.get(name) ?? ''} ${fields}`);
    const whole = [...types].map(([name, fields]) => {
      const own = new Map([...fields.matchAll(/(\w+)(?:\([^)]*\))?: [[\]\w!]+/g)].map(([field, key = '']) => [key, field]));
      return `type ${name} { ${[...own.values()].join(' ')} }`;
    }).join('\n');
    const document = parse(text);
    const size = measure(buildSchema(whole), document, document.definitions[0] as OperationDefinitionNode);
    expect(excessOf(size, costIn(size, {}), defaultLimits)).toBeNull();
  });
});

describe('a rate', () => {
  it('is kept by each key for itself, and allows some at once', () => {
    let at = 0;
    const { take } = createBuckets(2, () => at);
    const first = Array.from({ length: 10 }, () => take('a'));
    expect(first).toEqual(Array.from({ length: 10 }, () => 0));
    expect([take('a'), take('b')]).toEqual([0.5, 0]);
    at = 500;
    expect([take('a'), take('a')]).toEqual([0, 0.5]);
    at = 3_600_000;
    expect(Array.from({ length: 11 }, () => take('a')).filter((wait) => wait > 0)).toEqual([0.5]);
  });

  it('knows no more keys than it may', () => {
    const { take } = createBuckets(1, () => 0);
    for (let used = 0; used < 5; used += 1) take('first');
    expect(take('first')).toBe(1);
    for (let other = 0; other < 20_000; other += 1) take(`other ${other}`);
    expect(take('first')).toBe(0);
  });

  it.each([
    ['203.0.113.9', '203.0.113.9'], ['::ffff:203.0.113.9', '203.0.113.9'], ['127.0.0.1', null], ['::1', null], ['::ffff:127.0.0.1', null],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'], ['2001:db8::6', '2001:db8:0:0'], ['2001:db8:1:2::', '2001:db8:1:2'], ['fe80::1:2:3:4', 'fe80:0:0:0'],
  ])('takes %s as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});
