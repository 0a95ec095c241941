// A village whose people and houses are in each other over and over.
import { parse } from 'graphql';
import { UnreachableError } from '../../../../gateway/execution/errors.js';
import type { Answer } from '../../../../gateway/execution/runPlan.js';
import { federate, unfolding, type Federation, type SubgraphSource } from './kit.js';

interface Person { readonly id: string; readonly houses: readonly string[] }
interface House { readonly no: number; readonly street: string; readonly people: readonly string[] }

const [peopleCount, houseCount] = [12, 4];
const houses: readonly House[] = Array.from({ length: houseCount }, (_, index) => ({
  no: index + 1, street: index % 2 === 0 ? '东' : '西',
  people: Array.from({ length: peopleCount }, (_person, number) => `p${number}`).filter((_person, number) => number % houseCount === index),
}));
const people: readonly Person[] = Array.from({ length: peopleCount }, (_, index) => ({ id: `p${index}`, houses: [`${(index % houseCount) + 1}`] }));
const personOf = ({ id }: { readonly id: string }) => people.find((one) => one.id === id) ?? null;
const houseOf = ({ no, street }: Pick<House, 'no' | 'street'>) => houses.find((one) => one.no === no && one.street === street) ?? null;

interface Over {
  readonly sdl?: string;
  readonly house?: (given: House) => unknown;
  readonly streetOf?: (house: House) => string | null;
  readonly size?: (house: House) => number;
}

const register = (over: Over = {}): SubgraphSource => ({
  sdl: over.sdl ?? `
    type Query { people(first: Int): [Person!] village: Village }
    type Person @key(fields: "id") { id: ID! houses: [House!] visits(on: String = "一"): [Visit!] }
    type House @key(fields: "no street") { no: Int! street: String people(from: Int = 0): [Person!] size: Int }
    type Visit { day: String at: House guest: Person }
    type Village { founder: Person }
  `,
  resolvers: {
    Query: { people: (_: unknown, { first = peopleCount }: { first?: number }) => people.slice(0, first), village: () => ({}) },
    Village: { founder: () => people[0] },
    Person: {
      __resolveReference: personOf,
      houses: (person: Person) => person.houses.map((no) => houses[Number(no) - 1]),
      visits: (person: Person, { on }: { on: string }) => [{ day: on, at: houses[0], guest: people[(Number(person.id.slice(1)) + 1) % peopleCount] }],
    },
    House: {
      __resolveReference: over.house ?? houseOf,
      people: (house: House, { from }: { from: number }) => house.people.slice(from).map((id) => personOf({ id })),
      size: over.size ?? (({ people: those }: House) => those.length),
      street: over.streetOf ?? (({ street }: House) => street),
    },
  } as never,
});
const names: SubgraphSource = {
  sdl: 'type Person @key(fields: "id") { id: ID! name: String }',
  resolvers: { Person: { __resolveReference: ({ id }: Person) => ({ id, name: `名 ${id}` }) } } as never,
};

const everyone = '{ people { id houses { no street size people { id name houses { no street people { id name } } } } } }';

async function runs(federation: Federation, query: string, count: number): Promise<number[]> {
  const lengths: number[] = [];
  const first = await federation.ours(query);
  for (let run = 1; run < count; run += 1) {
    expect(await federation.ours(query)).toEqual(first);
    lengths.push(federation.sent.length);
  }
  return lengths;
}

const askedOf = ({ sent }: Federation) => sent.map(({ subgraph, variables }) =>
  [subgraph, Array.isArray(variables['representations']) ? variables['representations'].length : null]);

it('comes to ask for what is nested over and over by its key, each once, with the same answer', async () => {
  const federation = await federate({ register: register(), names });
  const whole = await federation.stock(everyone);
  expect(await federation.ours(everyone)).toEqual(whole);
  expect(askedOf(federation)).toEqual([['register', null], ['names', peopleCount]]);

  await runs(federation, everyone, 80);
  expect(await federation.ours(everyone)).toEqual(whole);
  // Everybody lives in one house only: it is houses that are met again.
  expect(askedOf(federation)).toEqual([['register', null], ['register', houseCount], ['register', houseCount], ['names', peopleCount]]);
  expect(JSON.stringify((await federation.ours(everyone)).data)).toBe(JSON.stringify(whole.data));
});

it.each([
  ['little is nested', '{ people(first: 2) { id houses { no street people { id } } } }'],
  ['the same are not met again', '{ village { founder { id houses { no street people { id visits { day } } } } } }'],
  ['there is no key among what is asked', '{ people { houses { no people { visits { day guest { visits { day } } } } } } }'],
  ['one field goes by the name of the key', '{ people { id houses { no: size street people { visits { day } } } } }'],
  ['nothing below is an object', '{ people { id houses { no street size } } }'],
])('asks as before where %s', async (_name, query) => {
  const federation = await federate({ register: register(), names });
  expect(new Set(await runs(federation, query, 80))).toEqual(new Set([1]));
});

it.each([
  ['with arguments', '{ people { id houses { no street some: people(from: 1) { id visits(on: "二") { day } } all: people { id visits(on: "三") { day } } } } }', {}],
  ['with variables', 'query ($from: Int, $on: String) { people { id houses { no street people(from: $from) { id visits(on: $on) { day } } } } }', { from: 1, on: '四' }],
  ['with fragments', '{ people { ...one } } fragment one on Person { id houses { ...two } } fragment two on House { no street people { id houses { no street size } } }', {}],
  ['with other fields in other places', '{ people { id houses { no street people { id x: name } } } village { founder { id houses { no street people { id x: id } } } } }', {}],
  ['with types', '{ people { __typename id houses { __typename no street people { id kind: __typename visits { __typename day } } } } }', {}],
])('answers the same by keys, %s', async (_name, query, variables) => {
  let unfolded = 0;
  const federation = await federate({ register: register(), names }, undefined, undefined, unfolding(() => { unfolded += 1; }));
  const whole = await federation.stock(query, variables);
  const ours = await federation.ours(query, variables);
  expect(ours).toEqual(whole);
  expect(JSON.stringify(ours.data)).toBe(JSON.stringify(whole.data));
  expect(unfolded).toBe(1);
  expect(federation.sent.length).toBeGreaterThan(1);
});

it.each<[string, Over]>([
  ['is not there by its key', { house: () => null }],
  ['cannot be given by its key', { house: () => { throw new Error('Not by its key.'); } }],
  ['has no key', { streetOf: ({ no, street }) => (no === 2 ? null : street) }],
  ['has a key that cannot be read', { streetOf: ({ no, street }) => { if (no === 2) throw new Error('Unreadable.'); return street; } }],
])('goes back to the plan as it was, and answers in full, when an entity %s', async (_name, over) => {
  const federation = await federate({ register: register(over), names });
  const whole = await federation.stock(everyone);
  const lengths = await runs(federation, everyone, 80);
  expect(await federation.ours(everyone)).toEqual(whole);
  // Once it was asked again, or it was never tried: of what has errors nothing is learnt.
  expect(lengths.filter((length) => length > 2).length).toBeLessThanOrEqual(1);
  expect(askedOf(federation)).toEqual([['register', null], ['names', peopleCount]]);
});

it.each<[string, (subgraph: string) => Answer]>([
  ['is refused', () => { throw new Error('413'); }],
  ['is answered with nothing', () => ({ data: null })],
  ['is answered with other entities', () => ({ data: { _entities: [] } })],
])('goes back to the plan as it was, and answers in full, when asking by keys %s', async (_name, refuse) => {
  const federation = await federate({ register: register(), names });
  const whole = await federation.stock(everyone);
  await runs(federation, everyone, 80);
  const asked: string[] = [];
  const execute = () => federation.execute({
    document: parse(everyone),
    async ask(subgraph, { operation, representations }) {
      asked.push(`${subgraph} ${representations?.length ?? '-'}`);
      if (subgraph === 'register' && representations) return refuse(subgraph);
      return federation.answer(subgraph, { query: operation.text, variables: representations ? { representations: representations.map((one) => JSON.parse(one) as unknown) } : {} });
    },
  });
  for (const expected of [['register -', 'register 4', 'register -', 'names 12'], ['register -', 'names 12']]) {
    asked.length = 0;
    const answer = await execute();
    expect(answer).toEqual({ data: whole.data });
    expect(asked).toEqual(expected);
  }
});

it('says of no subgraph that it is away which the second attempt could reach', async () => {
  const federation = await federate({ register: register(), names });
  await runs(federation, everyone, 80);
  let times = 0;
  const { partial, errors, data } = await federation.execute({
    document: parse(everyone),
    async ask(subgraph, { operation, representations }) {
      times += 1;
      if (times === 2) throw new UnreachableError('away', 'LEVEL_UNAVAILABLE');
      return federation.answer(subgraph, { query: operation.text, variables: representations ? { representations: representations.map((one) => JSON.parse(one) as unknown) } : {} });
    },
  });
  expect([partial, errors, times]).toEqual([undefined, undefined, 4]);
  expect(data).toEqual((await federation.stock(everyone)).data);
});

it('learns nothing of what its caller did not wait for', async () => {
  const federation = await federate({ register: register(), names });
  const ask = (signal?: AbortSignal, abort?: () => void) => federation.execute({
    document: parse(everyone), signal,
    async ask(subgraph, { operation, representations }) {
      const answer = await federation.answer(subgraph, { query: operation.text, variables: representations ? { representations: representations.map((one) => JSON.parse(one) as unknown) } : {} });
      abort?.();
      return answer;
    },
  });
  for (let run = 0; run < 60; run += 1) {
    const leaving = new AbortController();
    await ask(leaving.signal, () => leaving.abort());
  }
  await federation.ours(everyone);
  expect(askedOf(federation)).toEqual([['register', null], ['names', peopleCount]]);
});

it('asks as before where a subgraph does not say the same of an entity in every place', async () => {
  const query = '{ people { id houses { no street size people { visits { day } } } } }';
  let count = 0;
  for (const [size, expected] of [[() => 1, 2], [() => (count += 1), 1]] as const) {
    const federation = await federate({ register: register({ size }), names });
    for (let run = 0; run < 60; run += 1) await federation.ours(query);
    expect(federation.sent).toHaveLength(expected);
  }
});

it('keeps apart what is asked for by one name in different ways, wherever entities are the same', async () => {
  const top: SubgraphSource = {
    sdl: 'type Query { one: Person two: Person } type Person @key(fields: "id") { id: ID! }',
    resolvers: { Query: { one: () => ({ id: 'p0' }), two: () => ({ id: 'p4' }) } } as never,
  };
  const query = `{
    one { id houses { no street people { id x: name } } }
    two { id houses { no street people { id x: id } } }
  }`;
  for (const used of [undefined, unfolding()]) {
    const federation = await federate({ register: register(), names, top }, 'hive', undefined, used);
    expect(await federation.ours(query)).toEqual(await federation.stock(query));
  }
});

it('goes on with the plan as it was when no other can be made', async () => {
  const federation = await federate({ register: register(), names }, undefined, undefined, (planner) => ({
    ...planner, unfolding() { throw new Error('There is none.'); },
  }));
  expect(new Set(await runs(federation, everyone, 40))).toEqual(new Set([2]));
});

it('asks as before for good where it is told to', async () => {
  const federation = await federate({ register: register(), names }, undefined, undefined, (planner) => ({ ...planner, unfolding: () => null }));
  expect(new Set(await runs(federation, everyone, 40))).toEqual(new Set([2]));
});

it('leaves in place what a subgraph gives on some ways only', async () => {
  const federation = await federate({
    register: register({
      sdl: `
        type Query { people: [Person!] }
        type Person @key(fields: "id") { id: ID! houses: [House!] @provides(fields: "size") }
        type House @key(fields: "no street") { no: Int! street: String! people: [Person!] size: Int @external }`,
    }),
    names,
    sizes: {
      sdl: 'type House @key(fields: "no street") { no: Int! street: String! size: Int @shareable }',
      resolvers: { House: { __resolveReference: houseOf, size: () => -1 } } as never,
    },
  }, undefined, undefined, unfolding());
  const { data } = await federation.ours('{ people { id houses { no street size people { id } } } }');
  expect(data).toMatchObject({ people: [{ houses: [{ size: 3 }] }, ...Array<object>(peopleCount - 1).fill({})] });
  expect(askedOf(federation)).toEqual([['register', null]]);
});

it('gives the errors of what is below in every place, as before', async () => {
  const failing = register();
  const federation = await federate({
    register: { ...failing, resolvers: { ...failing.resolvers, House: { ...(failing.resolvers as { House: object }).House, size: () => { throw new Error('full'); } } } as never },
    names,
  });
  const whole = await federation.stock(everyone);
  expect(whole.errors.length).toBeGreaterThan(0);
  await runs(federation, everyone, 80);
  expect(await federation.ours(everyone)).toEqual(whole);
});
