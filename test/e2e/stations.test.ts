// 便民服务站 through the gateway: 5 stations become 2, one of which serves 3 communities and the other 2 (S1).
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { people, places, settled, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { street, district, city, clerk, resident } = people;
const march = new Date('2026-03-02T02:00:00Z');
const on = '2026-04-01';
const now = march;
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'stations', seed: true, now: () => now });
  // Those that the seed brings would be in every list.
  await platform.subgraphs.running('street').connection.collection('stations').deleteMany({});
});
afterAll(() => platform.end());

const five = [1, 2, 3, 4, 5].map((number) => `${places.street}00${number}`);
const [first = '', second = '', third = '', fourth = '', fifth = ''] = five;

type Input = Readonly<Record<string, unknown>>;
interface Station {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly validFrom: string;
  readonly validTo: string | null;
  readonly serves: readonly { readonly code: string }[];
  readonly predecessors: readonly { readonly name: string }[];
  readonly successors: readonly { readonly name: string }[];
}
const fields = 'id version name address validFrom validTo serves(at: "2026-04-01") { code } predecessors { name } successors { name }';

interface Answer { readonly stations: readonly Station[]; readonly userErrors: readonly UserError[] }

async function write(who: Actor, mutation: 'stationOpen' | 'stationReorganise' | 'stationEnd', input: Input): Promise<Answer> {
  const entity = mutation === 'stationReorganise' ? 'stations' : 'station';
  const data = await platform.as(who).run<Record<string, { station?: Station | null; stations?: Station[]; userErrors: UserError[] }>>(
    `mutation ($input: S${mutation.slice(1)}Input!) { ${mutation}(input: $input) { ${entity} { ${fields} } userErrors { code message field } } }`, { input },
  );
  const { station, stations = station ? [station] : [], userErrors = [] } = data[mutation] ?? {};
  return { stations, userErrors };
}

async function open(name: string, serves: readonly string[], more: Input = {}): Promise<Station> {
  const { stations: [station], userErrors } = await write(street, 'stationOpen', { name, serves, ...more });
  if (!station || userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return station;
}

interface Preview {
  readonly coverage: readonly { readonly community: { readonly code: string; readonly name: string }; readonly before: number; readonly after: number }[] | null;
  readonly withoutStation: readonly { readonly code: string }[] | null;
  readonly withSeveral: readonly { readonly code: string }[] | null;
  readonly userErrors: readonly UserError[];
}
const preview = async (who: Actor, input: Input): Promise<Preview> => (await platform.as(who).run<{ stationsPreview: Preview }>(/* GraphQL */ `
  query ($input: StationsPreviewInput!) {
    stationsPreview(input: $input) {
      coverage { community { code name } before after } withoutStation { code } withSeveral { code } userErrors { code message field }
    }
  }
`, { input })).stationsPreview;

/** To everybody, signed in or not. */
const stationsOf = async (community: string, at: string): Promise<string[]> => {
  const data = await platform.as(null).run<{ community: { stations: { name: string }[] } }>(
    'query ($community: AreaCode!, $at: Date) { community(code: $community) { stations(at: $at) { name } } }', { community, at },
  );
  return data.community.stations.map(({ name }) => name);
};
const stationsOfStreet = async (at: string): Promise<string[]> => {
  const data = await platform.as(null).run<{ street: { stations: { name: string }[] } }>(
    'query ($street: AreaCode!, $at: Date) { street(code: $street) { stations(at: $at) { name } } }', { street: places.street, at },
  );
  return data.street.stations.map(({ name }) => name);
};
const stock = () => platform.subgraphs.running('street').connection.collection('stations').find({}).sort({ _id: 1 }).toArray();
const codes = (areas: readonly { readonly code: string }[] | null): string[] | undefined => areas?.map(({ code }) => code);

describe('five stations, one for each community,', () => {
  let old: Station[];
  const to = [{ name: '东站', serves: [first, second, third] }, { name: '西站', serves: [fourth, fifth], address: '蒙城北路 1 号' }];
  const wish = () => ({ from: old.map(({ id, version }) => ({ stationId: id, expectedVersion: version })), to, on });

  beforeAll(async () => {
    old = [];
    for (const [i, community] of five.entries()) old.push(await open(`${i + 1} 号站`, [community]));
  });

  it('are there from today on, for everybody to see', async () => {
    expect(await stationsOf(third, '2026-03-02')).toEqual(['3 号站']);
    expect(await stationsOf(third, '2026-03-01')).toEqual([]);
    expect(await stationsOfStreet('2026-03-02')).toEqual(['1 号站', '2 号站', '3 号站', '4 号站', '5 号站']);
  });

  it('are to become two: the preview says who would have none, who several, and writes nothing', async () => {
    const before = await stock();
    const from = old.map(({ id }) => id);
    const whole = await preview(street, { from, to, on });
    expect(whole.userErrors).toEqual([]);
    expect(whole.coverage?.filter(({ before: was, after }) => was + after > 0).map(({ community, before: was, after }) => [community.code, was, after]))
      .toEqual(five.map((community) => [community, 1, 1]));
    expect(whole.coverage?.[0]?.community.name).toBe('水西门社区居委会');
    expect(codes(whole.withoutStation)).not.toContain(fifth);

    const lacking = await preview(street, { from: from.slice(0, 4), to: [{ name: '东站', serves: [first, second, fifth] }], on });
    expect(codes(lacking.withoutStation)?.slice(0, 2)).toEqual([third, fourth]);
    expect(codes(lacking.withSeveral)).toEqual([fifth]);
    expect(await stock()).toEqual(before);
  });

  it('become two on the day, and were five before', async () => {
    const { stations, userErrors } = await write(street, 'stationReorganise', wish());
    expect(userErrors).toEqual([]);
    expect(stations.map(({ name, validFrom, serves, predecessors }) => [name, validFrom, codes(serves), predecessors.length])).toEqual([
      ['东站', on, [first, second, third], 5], ['西站', on, [fourth, fifth], 5],
    ]);
    expect(await stationsOfStreet('2026-03-31')).toHaveLength(5);
    expect(await stationsOfStreet(on)).toEqual(['东站', '西站']);
    expect([await stationsOf(second, '2026-03-31'), await stationsOf(second, on)]).toEqual([['2 号站'], ['东站']]);
    const { station } = await platform.as(null).run<{ station: Station }>(`query ($id: ID!) { station(id: $id) { ${fields} } }`, { id: old[0]?.id });
    expect(station).toMatchObject({ version: 2, validTo: on, serves: [], successors: [{ name: '东站' }, { name: '西站' }] });
  });

  it('cannot end twice', async () => {
    const before = await stock();
    const again = { ...wish(), from: old.map(({ id }) => ({ stationId: id, expectedVersion: 2 })) };
    const { stations, userErrors } = await write(street, 'stationReorganise', again);
    expect([stations, userErrors.map(({ code }) => code)]).toEqual([[], ['TRANSITION_NOT_ALLOWED']]);
    expect((await write(street, 'stationEnd', { stationId: old[0]?.id, expectedVersion: 2, on: '2026-04-05' })).userErrors.map(({ code }) => code))
      .toEqual(['TRANSITION_NOT_ALLOWED']);
    expect(await stock()).toEqual(before);
  });
});

describe('a station', () => {
  it('may share a community with others: a community has as many as serve it', async () => {
    await open('政务服务站', [first, fifth], { longitude: 117.27, latitude: 31.88 });
    expect(await stationsOf(first, '2026-03-05')).toEqual(['1 号站', '政务服务站']);
    expect(await stationsOf(first, on)).toEqual(['东站', '政务服务站']);
  });

  it('serves what takes the place of a community that is reorganised', async () => {
    const { reorganisationDecide: { userErrors } } = await platform.as(city).run<{ reorganisationDecide: { userErrors: unknown[] } }>(/* GraphQL */ `
      mutation ($input: ReorganisationDecideInput!) {
        reorganisationDecide(input: $input) { reorganisation { plan { ends { code stations { name } } } } userErrors { message } }
      }
    `, { input: { from: [fourth, fifth], to: [{ name: '四五社区', code: `${places.street}045` }], on: '2026-05-01', reason: '合并' } });
    expect(userErrors).toEqual([]);
    await settled(platform.subgraphs);
    expect(await stationsOf(`${places.street}045`, '2026-05-01')).toEqual(['政务服务站', '西站']);
    expect(await stationsOf(`${places.street}045`, '2026-04-30')).toEqual([]);
    expect(await stationsOf(fifth, '2026-04-30')).toEqual(['政务服务站', '西站']);
    expect(await stationsOf(fifth, '2026-05-01')).toEqual([]);
    expect(await stationsOfStreet('2026-05-01')).toEqual(['东站', '政务服务站', '西站']);
  });

  it('is opened and ended once for one key', async () => {
    const opening = { name: '幂等站', serves: [third], idempotencyKey: 'station-1' };
    const once = await write(street, 'stationOpen', opening);
    expect(await write(street, 'stationOpen', opening)).toEqual(once);
    const ending = { stationId: once.stations[0]?.id, expectedVersion: 1, on, idempotencyKey: 'station-2' };
    const ended = await write(street, 'stationEnd', ending);
    expect(ended).toMatchObject({ stations: [{ version: 2, validTo: on, successors: [] }], userErrors: [] });
    expect(await write(street, 'stationEnd', ending)).toEqual(ended);
    expect(await stationsOf(third, on)).toEqual(['东站']);
  });

  const sound = { name: '新站', serves: [second] };
  it.each<[string, string, Actor, Input, string[] | null]>([
    ['by a community clerk', 'ROLE_NOT_ALLOWED', clerk, {}, null],
    ['by a district officer', 'ROLE_NOT_ALLOWED', district, {}, null],
    ['by a resident', 'ROLE_NOT_ALLOWED', resident, {}, null],
    ["for another street's community", 'OUT_OF_SCOPE', street, { serves: [places.otherCommunity] }, ['input', 'serves']],
    ['without a name', 'INVALID_INPUT', street, { name: ' ' }, ['input', 'name']],
    ['under a name that is taken', 'INVALID_INPUT', street, { name: '政务服务站' }, ['input', 'name']],
    ['with too long an address', 'INVALID_INPUT', street, { address: '长'.repeat(201) }, ['input', 'address']],
    ['with half a position', 'INVALID_INPUT', street, { longitude: 117 }, ['input', 'longitude']],
    ['off the globe', 'INVALID_INPUT', street, { longitude: 181, latitude: 0 }, ['input', 'longitude']],
    ['for nobody', 'INVALID_INPUT', street, { serves: [] }, ['input', 'serves']],
    ['for one community twice', 'INVALID_INPUT', street, { serves: [second, second] }, ['input', 'serves']],
    ['for a street', 'INVALID_INPUT', street, { serves: [places.street] }, ['input', 'serves']],
    ['for a community that has ended by then', 'INVALID_INPUT', street, { serves: [fifth], from: '2026-05-01' }, ['input', 'serves']],
    ['in the past', 'INVALID_INPUT', street, { from: '2026-03-01' }, ['input', 'from']],
    ['years ahead', 'INVALID_INPUT', street, { from: '2029-03-01' }, ['input', 'from']],
  ])('is not opened %s: %s', async (_how, code, who, more, field) => {
    const before = await stock();
    const { stations, userErrors } = await write(who, 'stationOpen', { ...sound, ...more });
    expect([stations, userErrors.map((error) => [error.code, error.field])]).toEqual([[], [[code, field]]]);
    expect(await stock()).toEqual(before);
  });

  describe('that is there', () => {
    let station: Station;
    beforeAll(async () => {
      station = await open('在用站', [second]);
    });

    it.each<[string, string, Actor, Input]>([
      ['by a district officer', 'ROLE_NOT_ALLOWED', district, {}],
      ["by another street's clerk", 'OUT_OF_SCOPE', actor('STREET_CLERK', places.otherStreet), {}],
      ['today', 'INVALID_INPUT', street, { on: '2026-03-02' }],
      ['by an older version', 'STALE_VERSION', street, { expectedVersion: 0 }],
      ['when there is none', 'NOT_FOUND', street, { stationId: 'none' }],
    ])('does not end %s: %s', async (_how, code, who, more) => {
      const before = await stock();
      const { userErrors } = await write(who, 'stationEnd', { stationId: station.id, expectedVersion: 1, on, ...more });
      expect(userErrors.map((error) => error.code)).toEqual([code]);
      expect(await stock()).toEqual(before);
    });

    it.each<[string, string, Actor, (from: Input) => Input]>([
      ['by the city', 'ROLE_NOT_ALLOWED', city, () => ({})],
      ["by another street's clerk", 'OUT_OF_SCOPE', actor('STREET_CLERK', places.otherStreet), () => ({})],
      ['when nothing ends', 'INVALID_INPUT', street, () => ({ from: [] })],
      ['when nothing begins', 'INVALID_INPUT', street, () => ({ to: [] })],
      ['when one ends twice', 'INVALID_INPUT', street, (one) => ({ from: [one, one] })],
      ['when one is not there', 'NOT_FOUND', street, (one) => ({ from: [one, { stationId: 'none', expectedVersion: 1 }] })],
      ['by an older version', 'STALE_VERSION', street, (one) => ({ from: [{ ...one, expectedVersion: 0 }] })],
      ['today', 'INVALID_INPUT', street, () => ({ on: '2026-03-02' })],
      ['when two have one name', 'INVALID_INPUT', street, () => ({ to: [{ name: '同名', serves: [first] }, { name: ' 同名', serves: [second] }] })],
      ['when a name is taken', 'INVALID_INPUT', street, () => ({ to: [{ name: '政务服务站', serves: [first] }] })],
      ['for communities out of reach', 'OUT_OF_SCOPE', street, () => ({ to: [{ name: '远站', serves: [places.otherCommunity] }] })],
    ])('is not reorganised %s: %s', async (_how, code, who, more) => {
      const before = await stock();
      const one = { stationId: station.id, expectedVersion: 1 };
      const { stations, userErrors } = await write(who, 'stationReorganise', { from: [one], to: [{ name: '接替站', serves: [second] }], on, ...more(one) });
      expect([stations, userErrors.map((error) => error.code)]).toEqual([[], [code]]);
      expect(await stock()).toEqual(before);
    });
  });

  it('is previewed for street clerks alone', async () => {
    for (const who of [clerk, district, resident]) {
      const { coverage, userErrors } = await preview(who, { from: [], to: [], on });
      expect([coverage, userErrors.map(({ code }) => code)]).toEqual([null, ['ROLE_NOT_ALLOWED']]);
    }
  });
});
