// A village whose people and houses are in each other over and over.
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

const register = (over: { readonly house?: (given: House) => unknown; readonly sdl?: string } = {}): SubgraphSource => ({
  sdl: over.sdl ?? `
    type Query { people(first: Int): [Person!] village: Village }
    type Person @key(fields: "id") { id: ID! houses: [House!] visits(on: String = "一"): [Visit!] }
    type House @key(fields: "no street") { no: Int! street: String! people(from: Int = 0): [Person!] size: Int }
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
      size: ({ people: those }: House) => those.length,
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

it.each([
  ['is not there', () => null],
  ['cannot be given', () => { throw new Error('Not by its key.'); }],
])('goes back to the plan as it was, and answers in full, when an entity %s by its key', async (_name, house) => {
  const federation = await federate({ register: register({ house }), names });
  const whole = await federation.stock(everyone);
  const lengths = await runs(federation, everyone, 80);
  expect(await federation.ours(everyone)).toEqual(whole);
  // Once it was asked twice.
  expect(lengths.filter((length) => length > 2)).toHaveLength(1);
  expect(askedOf(federation)).toEqual([['register', null], ['names', peopleCount]]);
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
