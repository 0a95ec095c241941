import type { SubgraphName } from '../../schema/events.js';
import { seed } from '../../scripts/seed.js';
import { openAreas } from '../../subgraphs/shared/persistence/areas.js';
import type { Area } from '../../subgraphs/shared/domain/area.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor, internalToken, newKey, serviceKeys } from '../kit/identity.js';
import { commandsDuring, post, subgraphNames } from '../kit/subgraphs.js';

// In Shanghai it is the second of March already.
const now = new Date('2026-03-01T16:30:00Z');

const street = (code: string, name: string, validFrom: string, validTo: string | null): Area => ({
  code, parent: '340181', name, kind: 'STREET', isGovernment: false, validFrom, validTo,
  population: null, households: null, areaKm2: null, figuresSource: null,
});

let platform: Platform;
const anyone = (): ReturnType<Platform['as']> => platform.as(null);

beforeAll(async () => {
  platform = await startPlatform({ name: 'areas', seed: true, now: () => now });
  const streets = await openAreas(platform.subgraphs.running('street').connection);
  await streets.add([
    street('340181901', '已撤街道', '2000-01-01', '2020-07-01'),
    street('340181902', '今日新设街道', '2026-03-02', null),
    street('340181903', '明日新设街道', '2026-03-03', null),
  ]);
});
afterAll(() => platform.end());

interface Tree {
  readonly city: {
    readonly name: string;
    readonly districts: {
      readonly name: string;
      readonly streets: {
        readonly name: string;
        readonly communities: {
          readonly name: string;
          readonly grids: { readonly code: string; readonly name: string }[];
        }[];
      }[];
    }[];
  };
}

const tree = /* GraphQL */ `
  query ($at: Date) {
    city {
      name
      districts(at: $at) {
        name
        streets(at: $at) { name communities(at: $at) { name grids(at: $at) { code name } } }
      }
    }
  }
`;

describe('the tree of areas', () => {
  it('reaches from the city to every grid: 12 districts, 160 streets, 1,773 communities', async () => {
    const { city } = await anyone().run<Tree>(tree, { at: '2026-03-01' });
    const streets = city.districts.flatMap((district) => district.streets);
    const communities = streets.flatMap(({ communities: own }) => own);
    const grids = communities.flatMap((community) => community.grids);

    expect([city.name, city.districts.length, streets.length, communities.length]).toEqual(['合肥市', 12, 160, 1_773]);
    expect(communities.filter((community) => community.grids.length === 0)).toEqual([]);
    expect(grids).toHaveLength(12_411);
    expect(city.districts[0]?.streets[0]?.communities[0]).toEqual({
      name: '填海巷社区居委会',
      grids: Array.from({ length: 7 }, (_, i) => ({ code: `34010200100100${i + 1}`, name: `第${i + 1}网格` })),
    });
  });

  it('reaches from a grid up to the city, across four databases', async () => {
    const { grid } = await anyone().run(/* GraphQL */ `
      {
        grid(code: "340103400006001") {
          name plannedHouseholds isEstimated
          community {
            name areaKm2
            street { name kind isGovernment areaKm2 district { name population city { name households } } }
          }
        }
      }
    `);
    expect(grid).toEqual({
      name: '第1网格', plannedHouseholds: 258, isEstimated: true,
      community: {
        name: '景湾社区居委会', areaKm2: 4.5,
        street: {
          name: '庐阳工业区（林店街道）', kind: 'ZONE', isGovernment: false, areaKm2: 20.91,
          district: { name: '庐阳区', population: 518_300, city: { name: '合肥市', households: 3_200_000 } },
        },
      },
    });
  });

  it('asks each database once for each list, however many areas the lists have', async () => {
    const commands = await commandsDuring(platform.subgraphs, () => anyone().run(tree));

    expect(commands).toEqual([
      'city find areas', 'community find areas', 'community find grids', 'district find areas', 'street find areas',
    ]);
  });

  it.each([[2], [100]])('needs the same commands for %i communities with their units and ancestors', async (first) => {
    const query = /* GraphQL */ `
      query ($first: Int) {
        communities(first: $first) {
          nodes { units { code } grids { community { name } } street { units { code } district { name } } }
        }
      }
    `;
    const commands = await commandsDuring(platform.subgraphs, () => anyone().run(query, { first }));

    expect(commands).toEqual([
      'community find areas', 'community find areas', 'community find grids', 'community find units',
      'district find areas', 'street find areas', 'street find units',
    ]);
  });

  it('gives every level its departments or units, with names in both languages', async () => {
    const { city, district, street: found, community } = await anyone().run(/* GraphQL */ `
      fragment Codes on Unit { code name nameEn }
      {
        city { units { ...Codes } }
        district(code: "340103") { units { ...Codes } }
        street(code: "340103002") { units { ...Codes } }
        community(code: "340103400006") { units { ...Codes } }
      }
    `) as Record<string, { units: { code: string; name: string; nameEn: string }[] }>;

    expect([city, district, found, community].map((area) => area?.units.length)).toEqual([10, 10, 6, 3]);
    expect(district?.units[1]).toEqual({ code: '340103-02', name: '城市管理局', nameEn: 'Urban Management Bureau' });
    expect(community?.units[2]?.code).toBe('340103400006-03');
  });
});

describe('an area in time', () => {
  const streetsOf = async (at?: string): Promise<string[]> => {
    const { district } = await anyone().run<{ district: { streets: { name: string }[] } }>(
      'query ($at: Date) { district(code: "340181") { streets(at: $at) { name } } }', { at },
    );
    return district.streets.map(({ name }) => name).filter((name) => name.endsWith('设街道') || name.startsWith('已撤'));
  };

  it.each([
    ['today in Shanghai', undefined, ['今日新设街道']],
    ['tomorrow', '2026-03-03', ['今日新设街道', '明日新设街道']],
    ['its last day', '2020-06-30', ['已撤街道']],
    ['the day it ended', '2020-07-01', []],
  ])('is listed from its first day until its end: %s', async (_when, at, names) => {
    expect(await streetsOf(at)).toEqual(names);
  });

  it('is found by its code after its end', async () => {
    const { street: ended } = await anyone().run('{ street(code: "340181901") { name validTo district { name } } }');
    expect(ended).toEqual({ name: '已撤街道', validTo: '2020-07-01', district: { name: '巢湖市' } });
  });

  it('is null when there never was one', async () => {
    const found = await anyone().run(/* GraphQL */ `
      { district(code: "340199") { name } street(code: "340199001") { name } grid(code: "340103400006999") { name } }
    `);
    expect(found).toEqual({ district: null, street: null, grid: null });
  });
});

describe('the list of communities', () => {
  interface Page {
    readonly communities: {
      readonly totalCount: number;
      readonly nodes: readonly { readonly code: string; readonly name: string }[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  }
  const page = /* GraphQL */ `
    query ($street: AreaCode, $name: String, $first: Int, $after: String) {
      communities(street: $street, name: $name, first: $first, after: $after) {
        totalCount nodes { code name } pageInfo { hasNextPage endCursor }
      }
    }
  `;

  it.each([
    ['all', {}, 1_773],
    ['of a street', { street: '340102010' }, 4],
    ['of a name', { name: '官塘' }, 5],
    ['of a street and a name', { street: '340103400', name: '官塘' }, 1],
  ])('comes in pages that add up to its total: %s', async (_which, filter, total) => {
    const codes: string[] = [];
    let after: string | null = null;
    do {
      const { communities }: Page = await anyone().run<Page>(page, { ...filter, first: total > 100 ? 100 : 3, after });
      expect(communities.totalCount).toBe(total);
      codes.push(...communities.nodes.map(({ code }) => code));
      after = communities.pageInfo.hasNextPage ? communities.pageInfo.endCursor : null;
    } while (after !== null);

    expect(codes).toHaveLength(total);
    expect(codes).toEqual([...new Set(codes)].toSorted());
  });

  it('takes a name literally', async () => {
    const { communities } = await anyone().run<Page>(page, { name: '.*' });
    expect(communities).toEqual({ totalCount: 0, nodes: [], pageInfo: { hasNextPage: false, endCursor: null } });
  });

  it('counts only when asked to', async () => {
    const query = '{ communities { nodes { code } } }';
    expect(await commandsDuring(platform.subgraphs, () => anyone().run(query))).toEqual(['community find areas']);
  });

  it.each([
    ['a page of none', { first: 0 }],
    ['a page too large', { first: 101 }],
    ['a made-up cursor', { after: 'abc' }],
    ['a district in place of a street', { street: '340102' }],
    ['a code that is none', { street: '34010' }],
  ])('refuses %s', async (_what, variables) => {
    const { data, errors } = await anyone().attempt(page, variables);
    expect(data ?? null).toBeNull();
    expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['BAD_USER_INPUT']);
  });
});

describe('seeding', () => {
  it('adds nothing the second time, says so, and leaves what has changed since', async () => {
    const streets = platform.subgraphs.running('street').connection.collection<{ _id: string }>('areas');
    await streets.updateOne({ _id: '340181001' }, { $set: { validTo: '2026-01-01' } });
    const lines: string[] = [];
    const written = await seed({ uris: platform.subgraphs.uris, log: (line) => lines.push(line) });

    expect(Object.values(written)).toEqual(subgraphNames.map(() => ({ areas: 0, units: 0, grids: 0, items: 0, lists: 0, places: 0, residents: 0 })));
    expect(lines).toEqual(expect.arrayContaining(subgraphNames.map((name) => `${name}: nothing to add`)));
    expect(await streets.findOne({ _id: '340181001' })).toMatchObject({ validTo: '2026-01-01' });
  });
});

describe('a call to a subgraph past the gateway', () => {
  const clerk = actor('STREET_CLERK', '340102010');
  const past = new Date(Date.now() - 3_600_000);
  const ask = (tokenFor: (name: SubgraphName) => Promise<string | undefined>) =>
    Promise.all(subgraphNames.map(async (name) => post(platform.subgraphs.urls[name], '{ __typename }', { token: await tokenFor(name) })));

  it('is answered with the token of the gateway, signed in or not', async () => {
    for (const who of [null, clerk]) {
      expect(await ask((name) => internalToken(who, name))).toEqual(subgraphNames.map(() => ({ data: { __typename: 'Query' } })));
    }
  });

  it.each<[string, (name: SubgraphName) => Promise<string | undefined>]>([
    ['without a token', async () => undefined],
    ["with a forged token, the gateway's in name only", async (name) => internalToken(clerk, name, { key: await newKey('gateway') })],
    ["with another service's token", async (name) => internalToken(clerk, name, { key: (await serviceKeys()).own.street })],
    ["with another level's token", async (name) => internalToken(clerk, name === 'city' ? 'district' : 'city')],
    ['with an expired token', async (name) => internalToken(clerk, name, { at: past })],
    ['with something that is no token', async () => 'nonsense'],
  ])('is UNAUTHENTICATED %s, on every level', async (_how, tokenFor) => {
    for (const { data, errors } of await ask(tokenFor)) {
      expect(data ?? null).toBeNull();
      expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['UNAUTHENTICATED']);
    }
  });
});

describe('a level that is down', () => {
  it('leaves a null where its list would be, and the rest as it was', async () => {
    await platform.subgraphs.stop('street');
    try {
      const { data, errors } = await anyone().attempt('{ city { name districts { name streets { name } } } }');
      const { city } = data ?? {};
      expect(city).toMatchObject({ name: '合肥市', districts: { length: 12, 0: { name: '瑶海区', streets: null } } });
      expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['LEVEL_UNAVAILABLE']);
    } finally {
      await platform.subgraphs.start('street');
    }
    expect(await anyone().run('{ street(code: "340103002") { name } }')).toEqual({ street: { name: '双岗街道' } });
  });
});
