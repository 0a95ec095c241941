import { ask, compose, startGateway, startSubgraph, type Answer, type FakeSubgraph, type RunningGateway } from './kit.js';

const federation = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])';
const streetSdl = `${federation}
  type Query { street: Street }
  type Mutation { rename(name: String!): Street }
  type Street @key(fields: "code") { code: ID! name: String! district: District }
  type District @key(fields: "code", resolvable: false) { code: ID! }
`;
const districtSdl = `${federation}
  type Query { districts: [District!] }
  type Mutation { merge(name: String!): District }
  type District @key(fields: "code") { code: ID! name: String! }
`;
const joined = '{ street { name district { name } } }';

let streets: FakeSubgraph;
let districts: FakeSubgraph;
let gateway: RunningGateway;
let supergraph: string;

beforeAll(async () => {
  const street = { code: '340103001', name: '亳州路街道', district: { code: '340103' } };
  const district = { code: '340103', name: '庐阳区' };
  streets = await startSubgraph('street', streetSdl, { Query: { street: () => street }, Mutation: { rename: () => street } });
  districts = await startSubgraph('district', districtSdl, {
    Query: { districts: () => [district] }, Mutation: { merge: () => district }, District: { __resolveReference: () => district },
  });
  supergraph = compose([streets, districts]);
});
afterAll(() => Promise.all([streets.stop(), districts.stop()]));
beforeEach(async () => {
  for (const subgraph of [streets, districts]) Object.assign(subgraph, { override: undefined, healthy: true });
  gateway = await startGateway(supergraph, { breakerFailures: 2 });
});
afterEach(() => gateway.stop());

const codes = ({ errors }: Answer): unknown[] => (errors ?? []).map(({ extensions }) => extensions['code']);

/** The district level cuts every connection, and the gateway has learned of it. */
async function loseDistricts(): Promise<void> {
  Object.assign(districts, { override: null, healthy: false });
  for (let failures = 0; failures < 2; failures += 1) await ask(gateway, '{ districts { code } }');
  for (const subgraph of [streets, districts]) subgraph.received.length = 0;
}

it('a whole answer says nothing of levels', async () => {
  expect((await ask(gateway, joined)).extensions).toBeUndefined();
});

it('an answer that lacks a level says which, and since when', async () => {
  await ask(gateway, joined);
  districts.override = null;
  const before = Date.now();
  const { data, extensions } = await ask(gateway, joined);
  expect(data).toEqual({ street: { name: '亳州路街道', district: null } });
  const levels = extensions?.['levels'] as { subgraph: string; state: string; asOf: string }[];
  expect(levels.map(({ subgraph, state }) => [subgraph, state])).toEqual([['street', 'OK'], ['district', 'DOWN']]);
  expect(Date.parse(levels[1]?.asOf ?? '')).toBeLessThan(before);
});

it('a level that has never answered has no time', async () => {
  districts.override = null;
  expect((await ask(gateway, '{ districts { code } }')).extensions).toEqual({ levels: [{ subgraph: 'district', state: 'DOWN', asOf: null }] });
});

it('a level that is down is not asked, and what needs it not is answered', async () => {
  await loseDistricts();
  const answer = await ask(gateway, joined);
  expect([answer.data, codes(answer)]).toEqual([{ street: { name: '亳州路街道', district: null } }, ['LEVEL_UNAVAILABLE']]);
  expect([streets.received.length, districts.received.length]).toEqual([1, 0]);
  expect(gateway.logged.filter(({ msg }) => msg === 'subgraph is away')).toMatchObject([{ level: 40, subgraph: 'district' }]);
});

it.each([
  ['a level', true],
  ['a subgraph that has no /health', null],
])('%s is used again within a second of its coming back', async (_name, healthy) => {
  await loseDistricts();
  Object.assign(districts, { override: undefined, healthy });
  const from = performance.now();
  let answer = await ask(gateway, joined);
  while (answer.errors && performance.now() - from < 1_000) answer = await ask(gateway, joined);
  expect(answer.data).toEqual({ street: { name: '亳州路街道', district: { name: '庐阳区' } } });
});

describe('a mutation', () => {
  const gone = /^区级\(district\)暂时无法访问,本次操作没有提交,.* \/ The district level cannot be reached right now, and nothing was submitted; /;

  it.each([
    ['of a level that is down', 'mutation { merge(name: "a") { code } }'],
    ['with one of several on a level that is down', 'mutation { rename(name: "a") { code } merge(name: "a") { code } }'],
  ])('%s fails at once, and nothing is sent', async (_name, query) => {
    await loseDistricts();
    const answer = await ask(gateway, query);
    expect([codes(answer), answer.errors?.[0]?.message]).toEqual([['LEVEL_UNAVAILABLE'], expect.stringMatching(gone)]);
    expect([streets.received, districts.received]).toEqual([[], []]);
  });

  it('is done where only what is read of it lies on a level that is down', async () => {
    await loseDistricts();
    const answer = await ask(gateway, 'mutation { rename(name: "a") { name district { name } } }');
    expect([answer.data, codes(answer)]).toEqual([{ rename: { name: '亳州路街道', district: null } }, ['LEVEL_UNAVAILABLE']]);
  });

  it('that was cut off says that it may have taken effect', async () => {
    districts.override = null;
    const { errors } = await ask(gateway, 'mutation { merge(name: "a") { code } }');
    expect(errors?.map(({ message }) => message)).toEqual([expect.stringMatching(/可能已经生效.* \/ .*may have taken effect; look before/)]);
  });
});
