import { composeServices } from '@apollo/composition';
import { buildASTSchema, parse } from 'graphql';
import { createGuard, noRights, type Rights } from '../../../../gateway/execution/authorization.js';
import { createExecutor } from '../../../../gateway/execution/executor.js';
import { createPlanner } from '../../../../gateway/execution/planner.js';
import { withoutSecurityPurpose } from '../../../../gateway/supergraph.js';
import { federate, type Federation, type SubgraphSource } from './kit.js';

const rights = (scopes: readonly string[] = [], policies: readonly string[] = []): Rights => ({
  isAuthenticated: true, scopes: new Set(scopes), policies: (asked) => new Set(asked.filter((name) => policies.includes(name))),
});

const done: string[] = [];
const act = (name: string) => () => {
  done.push(name);
  return name;
};
const cat = { __typename: 'Cat', id: 'c', name: '猫', lives: 9 };
const dog = { __typename: 'Dog', id: 'd', name: '狗', chip: 'x1' };
const paper = (id: string) => ({ __typename: 'Paper', id, title: `文 ${id}`, seal: `印 ${id}`, strict: `密 ${id}` });

const sources: Readonly<Record<string, SubgraphSource>> = {
  desk: {
    sdl: `
      type Query {
        open: String me: Person person: Person papers: [Paper!]! noPapers: [Paper!] noPaper: Paper strictPapers: [Paper!] mood: Mood code: Code moods: [Mood!] @authenticated
        must: String! @authenticated
        pet: Pet pets: [Pet!] beasts: [Beast!] any: [Any!] scoped: String @requiresScopes(scopes: [["read", "paper"], ["all"]])
        ruled: String @policy(policies: [["a", "b"], ["c"]]) both: String @authenticated @requiresScopes(scopes: [["read"]]) @policy(policies: [["a"]])
        nobody: String @requiresScopes(scopes: [])
      }
      type Mutation { free: String guarded: String @authenticated mustAct: String! @authenticated }
      type Person @authenticated { name: String }
      enum Mood @requiresScopes(scopes: [["mood"]]) { GOOD BAD }
      scalar Code @authenticated
      type Paper @key(fields: "id") { id: ID! title: String seal: String @authenticated strict: String! @authenticated }
      interface Pet { id: ID! name: String }
      type Cat implements Pet @key(fields: "id") { id: ID! name: String lives: Int }
      type Dog implements Pet @key(fields: "id") { id: ID! name: String @authenticated chip: String @requiresScopes(scopes: [["chip"]]) }
      interface Beast { id: ID! }
      type Wolf implements Beast @authenticated { id: ID! }
      type Fox implements Beast { id: ID! }
      union Any = Cat | Dog | Person
    `,
    resolvers: {
      Query: {
        open: () => '开', me: () => ({ name: '我' }), person: () => null, papers: () => [paper('p1'), paper('p2')], noPapers: () => [], noPaper: () => null, strictPapers: () => [paper('p1')],
        mood: () => 'GOOD', moods: () => ['GOOD'], code: () => 'c', must: () => '须', pet: () => cat, pets: () => [cat, dog],
        beasts: () => [{ __typename: 'Fox', id: 'f' }], any: () => [cat, dog, { __typename: 'Person', name: '我' }],
        scoped: () => '域', ruled: () => '规', both: () => '全', nobody: () => '无',
      },
      Mutation: { free: act('free'), guarded: act('guarded'), mustAct: act('mustAct') },
      Paper: { __resolveReference: ({ id }: { id: string }) => paper(id) },
      Cat: { __resolveReference: () => cat }, Dog: { __resolveReference: () => dog },
    } as never,
  },
  store: {
    sdl: `
      type Paper @key(fields: "id") { id: ID! pages: Int copies: [Copy!] @authenticated }
      type Copy { at: String }
      type Cat @key(fields: "id") { id: ID! toys: Int @authenticated }
    `,
    resolvers: {
      Paper: { __resolveReference: ({ id }: { id: string }) => ({ __typename: 'Paper', id, pages: 3, copies: [{ at: '柜' }] }) },
      Cat: { __resolveReference: () => ({ __typename: 'Cat', id: 'c', toys: 2 }) },
    } as never,
  },
};

let federation: Federation;
beforeAll(async () => {
  federation = await federate(sources);
});
beforeEach(() => {
  done.length = 0;
});

const unsigned = 'UNAUTHENTICATED';

it('gives all to whom all is given, as if nothing were marked', async () => {
  const all = rights(['read', 'mood', 'chip', 'all', 'paper'], ['a', 'c']);
  expect(await federation.ours(`{
    open me { name } papers { seal strict copies { at } } mood code must scoped ruled both pets { id ... on Dog { name chip } ... on Cat { toys } }
  }`, {}, all)).toEqual({
    data: {
      open: '开', me: { name: '我' }, mood: 'GOOD', code: 'c', must: '须', scoped: '域', ruled: '规', both: '全',
      papers: [{ seal: '印 p1', strict: '密 p1', copies: [{ at: '柜' }] }, { seal: '印 p2', strict: '密 p2', copies: [{ at: '柜' }] }],
      pets: [{ id: 'c', toys: 2 }, { id: 'd', name: '狗', chip: 'x1' }],
    },
    errors: [], broken: [],
  });
});

it('fetches what may be read, says at every place what may not, and never fetches that', async () => {
  expect(await federation.ours('{ open first: papers { title stamp: seal ...Kept } moods } fragment Kept on Paper { pages copies { at } }')).toEqual({
    data: {
      open: '开', moods: null,
      first: [{ title: '文 p1', stamp: null, pages: 3, copies: null }, { title: '文 p2', stamp: null, pages: 3, copies: null }],
    },
    errors: ['first.0.copies', 'first.0.stamp', 'first.1.copies', 'first.1.stamp', 'moods'].map((path) => [path, unsigned]),
    broken: [],
  });
  expect(federation.sent.map(({ subgraph }) => subgraph)).toEqual(['desk', 'store']);
  expect(federation.sent.map(({ query }) => query).join()).not.toMatch(/seal|copies|moods/);
});

it('asks a subgraph nothing where all that it has is denied', async () => {
  expect(await federation.ours('{ papers { title copies { at } } }')).toMatchObject({ errors: [['papers.0.copies', unsigned], ['papers.1.copies', unsigned]] });
  expect(federation.sent.map(({ subgraph }) => subgraph)).toEqual(['desk']);
  expect(await federation.ours('{ me { name } moods }')).toEqual({ data: { me: null, moods: null }, errors: [['me', unsigned], ['moods', unsigned]], broken: [] });
  expect(federation.sent).toEqual([]);
});

it('says nothing of a denied field where there is no object that would have it', async () => {
  expect(await federation.ours('{ noPapers { seal } noPaper { strict } pet { ... on Dog { chip } } }')).toEqual({
    data: { noPapers: [], noPaper: null, pet: {} }, errors: [], broken: [],
  });
});

it.each([
  ['a denied field of a list’s elements', '{ papers { title strict } open }', null, ['papers.0.strict', 'papers.1.strict']],
  ['one under something nullable', '{ strictPapers { strict } open }', { strictPapers: null, open: '开' }, ['strictPapers.0.strict']],
])('lets null pass where it must: %s', async (_name, query, data, places) => {
  expect(await federation.ours(query)).toEqual({ data, errors: places.map((place) => [place, unsigned]), broken: [] });
});

it('fetches nothing where a denied root field makes the whole answer null', async () => {
  expect(await federation.ours('{ open must }')).toEqual({ data: null, errors: [['must', unsigned]], broken: [] });
  expect(federation.sent).toEqual([]);
});

it.each([
  ['a type, by a field that gives it', '{ me { name } }', 'me'],
  ['an enumeration', '{ mood }', 'mood'],
  ['a scalar', '{ code }', 'code'],
  ['a type that cannot be had, even if there is none', '{ person { name } }', 'person'],
])('denies %s', async (_name, query, place) => {
  expect(await federation.ours(query)).toEqual({ data: { [place]: null }, errors: [[place, unsigned]], broken: [] });
});

it.each([
  ['of one group a part', ['read'], null], ['one group', ['read', 'paper'], '域'], ['the other group', ['all'], '域'], ['others', ['write'], null],
])('wants one whole group of scopes: given %s', async (_name, scopes, scoped) => {
  expect(await federation.ours('{ scoped }', {}, rights(scopes))).toEqual({
    data: { scoped }, errors: scoped === null ? [['scoped', 'FORBIDDEN']] : [], broken: [],
  });
});

it.each([
  ['of one group a part', ['a'], null], ['one group', ['a', 'b'], '规'], ['the other group', ['c'], '规'], ['none', [], null],
])('wants one whole group of policies: given %s', async (_name, policies, ruled) => {
  for (const slow of [false, true]) {
    const { policies: told, ...others } = rights([], policies);
    const asker: Rights = { ...others, policies: (asked) => (slow ? Promise.resolve(told(asked)) : told(asked)) };
    expect(await federation.ours('{ ruled }', {}, asker)).toEqual({ data: { ruled }, errors: ruled === null ? [['ruled', 'FORBIDDEN']] : [], broken: [] });
  }
});

it('wants all that a field is marked with, and tells of signing in first', async () => {
  const { execute, apiSchema } = federation;
  expect(apiSchema.getQueryType()?.getFields()['both']).toBeDefined();
  const said = async (asker: Rights): Promise<unknown> =>
    (await execute({ document: parse('{ both }'), rights: asker, ask: async () => ({ data: { both: '全' } }) })).errors?.map(({ message }) => message) ?? [];
  expect(await said(noRights)).toEqual(['authenticated']);
  expect(await said(rights())).toEqual(['scopes']);
  expect(await said(rights(['read']))).toEqual(['policies']);
  expect(await said(rights(['read'], ['a']))).toEqual([]);
});

it('gives to nobody what no group of scopes is enough for', async () => {
  expect((await federation.ours('{ nobody }', {}, rights(['read']))).errors).toEqual([['nobody', 'FORBIDDEN']]);
});

it('asks for policies only where the operation needs one, and for each once', async () => {
  const asked: (readonly string[])[] = [];
  const asker: Rights = { ...rights(['read']), policies: (names) => { asked.push(names); return new Set(['a', 'b']); } };
  await federation.ours('{ open scoped }', {}, asker);
  expect(asked).toEqual([]);
  await federation.ours('{ ruled both }', {}, asker);
  expect(asked).toEqual([['a', 'b', 'c']]);
});

describe('of an interface', () => {
  it('a field requires what it does in every type that there may be', async () => {
    expect(await federation.ours('{ pet { id name } }')).toEqual({ data: { pet: { id: 'c', name: null } }, errors: [['pet.name', unsigned]], broken: [] });
    expect((await federation.ours('{ pet { name } }', {}, rights())).data).toEqual({ pet: { name: '猫' } });
  });

  it('a field in a fragment requires what it does in that type', async () => {
    expect(await federation.ours('{ pets { __typename ... on Cat { name lives } ... on Dog { name chip } } }')).toEqual({
      data: { pets: [{ __typename: 'Cat', name: '猫', lives: 9 }, { __typename: 'Dog', name: null, chip: null }] },
      errors: [['pets.1.chip', unsigned], ['pets.1.name', unsigned]], broken: [],
    });
    expect(federation.sent[0]?.query).not.toMatch(/chip/);
  });

  it('what is denied of the interface is denied under its key, whatever fragments add', async () => {
    expect((await federation.ours('{ pets { name ... on Cat { name } } }')).data).toEqual({ pets: [{ name: null }, { name: null }] });
  });

  it('the whole is denied where one of its types is, as composition has it', async () => {
    expect(await federation.ours('{ beasts { id } }')).toEqual({ data: { beasts: null }, errors: [['beasts', unsigned]], broken: [] });
    expect((await federation.ours('{ beasts { id } }', {}, rights())).data).toEqual({ beasts: [{ id: 'f' }] });
  });

  it('a type that is denied is denied in a union by its fragment', async () => {
    expect(await federation.ours('{ any { __typename ... on Person { name } ... on Cat { lives } } }')).toEqual({
      data: { any: [{ __typename: 'Cat', lives: 9 }, { __typename: 'Dog' }, { __typename: 'Person', name: null }] },
      errors: [['any.2.name', unsigned]], broken: [],
    });
  });
});

describe('a mutation', () => {
  it('is not carried out where it is denied; the others are', async () => {
    expect(await federation.ours('mutation { one: free guarded two: free }')).toEqual({
      data: { one: 'free', guarded: null, two: 'free' }, errors: [['guarded', unsigned]], broken: [],
    });
    expect(done).toEqual(['free', 'free']);
  });

  it('is not carried out where the answer could not tell of it', async () => {
    expect(await federation.ours('mutation { free mustAct }')).toEqual({ data: null, errors: [['mustAct', unsigned]], broken: [] });
    expect(done).toEqual([]);
  });
});

it('skips what is skipped before it looks at rights', async () => {
  const query = 'query ($no: Boolean!) { open me @include(if: $no) { name } papers { seal @skip(if: $no) id } }';
  expect((await federation.ours(query, { no: false })).errors).toEqual([['papers.0.seal', unsigned], ['papers.1.seal', unsigned]]);
  expect((await federation.ours(query, { no: true })).errors).toEqual([['me', unsigned]]);
  expect((await federation.ours(query, { no: false }, rights())).errors).toEqual([]);
});

it('tells of the schema, whoever asks', async () => {
  expect((await federation.ours('{ __schema { queryType { name } } me { __typename } __type(name: "Person") { name } }')).data)
    .toEqual({ __schema: { queryType: { name: 'Query' } }, me: null, __type: { name: 'Person' } });
});

it('keeps a plan for each outcome, and forgets none of them for the others', async () => {
  const query = '{ open scoped ruled papers { seal } }';
  const askers = [noRights, rights(), rights(['all']), rights(['all'], ['c'])];
  const once = await Promise.all(askers.map(async (asker) => (await federation.ours(query, {}, asker)).errors.length));
  expect(once).toEqual([4, 2, 1, 0]);
  for (const asker of [...askers].reverse()) await federation.ours(query, {}, asker);
  expect(await Promise.all(askers.map(async (asker) => (await federation.ours(query, {}, asker)).errors.length))).toEqual(once);
});

describe('the names of the directives', () => {
  const schema = (body: string) => buildASTSchema(parse(body), { assumeValidSDL: true });
  const placesOf = (links: string, body: string): unknown => {
    const whole = schema(body);
    const guard = createGuard(`schema ${links} { query: Query } ${body}`, { supergraph: whole, apiSchema: whole }, () => ({ message: '', code: '' }));
    const definition = parse('{ x }').definitions[0];
    return guard?.requirementsOf({ definition: definition as never, fragments: new Map(), text: '', conditions: [] }) ?? null;
  };
  const at = (name: string): string => `@link(url: "https://specs.apollo.dev/${name}/v0.1"`;

  it.each([
    ['as they are', `${at('authenticated')}, for: SECURITY)`, '@authenticated', [{ kind: 'authenticated' }]],
    ['by another name of the specification', `${at('authenticated')}, as: "auth")`, '@auth', [{ kind: 'authenticated' }]],
    ['by another name of the import', `${at('requiresScopes')}, import: [{ name: "@requiresScopes", as: "@needs" }])`, '@needs(scopes: [["a"]])', [{ kind: 'scopes', anyOf: [['a']] }]],
    ['by an import as they are', `${at('policy')}, as: "p", import: ["@policy"])`, '@policy(policies: [["a", "b"]])', [{ kind: 'policies', anyOf: [['a', 'b']] }]],
    ['one value for a list of lists', `${at('requiresScopes')})`, '@requiresScopes(scopes: "a")', [{ kind: 'scopes', anyOf: [['a']] }]],
    ['not what only has the name', `${at('policy')})`, '@authenticated', null],
    ['not of another specification', '@link(url: "https://example.org/authenticated/v0.1")', '@authenticated', null],
  ])('are taken %s', (_name, links, mark, wanted) => {
    expect(placesOf(links, `type Query { x: Int ${mark} }`)).toEqual(wanted);
  });

  it.each([
    ['by names of its own', 'import: [{ name: "@authenticated", as: "@login" }, { name: "@requiresScopes", as: "@needs" }]', '@login', '@needs'],
    ['by the namespace', 'as: "fed"', '@fed__authenticated', '@fed__requiresScopes'],
  ])('are those that a subgraph gives them %s', async (_name, link, login, needs) => {
    const typeDefs = parse(`
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", ${link})
      type Query { open: Int me: Int ${login} scoped: Int ${needs}(scopes: [["read"]]) }
    `);
    const { supergraphSdl = '' } = composeServices([{ name: 'desk', url: 'http://desk', typeDefs }]);
    const sdl = withoutSecurityPurpose(supergraphSdl);
    const planner = await createPlanner(sdl);
    const guard = createGuard(sdl, planner, ({ kind }) => ({ message: kind, code: 'X' }));
    const execute = createExecutor(planner, undefined, guard ?? undefined);
    const { data, errors = [] } = await execute({ document: parse('{ open me scoped }'), ask: async () => ({ data: { open: 1, me: 2, scoped: 3 } }) });
    expect([{ ...data }, errors.map(({ message, path }) => [message, path])])
      .toEqual([{ open: 1, me: null, scoped: null }, [['authenticated', ['me']], ['scopes', ['scoped']]]]);
  });
});
