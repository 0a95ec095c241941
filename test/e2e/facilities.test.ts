// 设施 through the gateway: found by distance, booked without double booking, checked in and rated.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { people, places, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { street, district, city, clerk, resident, streetUnit, auditor } = people;
const otherStreet = actor('STREET_CLERK', places.otherStreet);
const neighbour = actor('RESIDENT', null, 'neighbour-0001');
/** Monday, 10:00 in Shanghai. */
const monday = new Date('2026-03-02T02:00:00Z');
let now = monday;
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'facilities', seed: true, now: () => now });
});
afterAll(() => platform.end());
beforeEach(() => {
  now = monday;
});

type Input = Readonly<Record<string, unknown>>;
interface Entity {
  readonly id: string;
  readonly version: number;
  readonly state?: string;
  readonly resident?: string;
  readonly rating?: number | null;
  readonly availableActions?: readonly { readonly action: string; readonly available: boolean }[];
}
interface Answer { readonly entity: Entity | null; readonly userErrors: readonly UserError[] }
type Write = 'facilityRegister' | 'facilityEdit' | 'facilityEnd' | 'facilityBook' | 'bookingCancel' | 'bookingCheckIn' | 'bookingRate';

const bookingFields = 'id version state resident from to places rating facility { name } availableActions { action available }';
async function write(who: Actor, mutation: Write, input: Input): Promise<Answer> {
  const isFacility = mutation.startsWith('facility') && mutation !== 'facilityBook';
  const selection = isFacility ? 'facility { id version name endedAt }' : `booking { ${bookingFields} }`;
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, { facility?: Entity | null; booking?: Entity | null; userErrors: UserError[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selection} userErrors { code message field } } }`, { input },
  );
  const { facility, booking, userErrors = [] } = data[mutation] ?? {};
  return { entity: (isFacility ? facility : booking) ?? null, userErrors };
}
async function done(...call: Parameters<typeof write>): Promise<Entity> {
  const { entity, userErrors } = await write(...call);
  if (!entity || userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return entity;
}
const codesOf = async (answer: Promise<Answer>): Promise<string[]> => (await answer).userErrors.map(({ code }) => code);

const weekdays = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '08:00', to: '20:00' }));
const hall = {
  owner: { kind: 'STREET', name: '街道办事处' }, longitude: 117.27, latitude: 31.88, hours: [...weekdays, { weekday: 6, from: '09:00', to: '12:00' }],
  capacity: 10, daysAhead: 60, maxOpen: 3,
};
let names = 0;
const register = (more: Input = {}, who = street): Promise<Entity> => done(who, 'facilityRegister', { ...hall, name: `活动室 ${(names += 1)}`, ...more });

/** A time of day in Shanghai on a day of March, the 3rd by default: a Tuesday. */
const at = (time: string, day = '2026-03-03'): string => `${day}T${time}:00+08:00`;
const wish = (facility: Entity, more: Input = {}) => ({ facilityId: facility.id, from: at('09:00'), to: at('10:00'), ...more });
const book = (facility: Entity, more: Input = {}, who = resident): Promise<Entity> => done(who, 'facilityBook', wish(facility, more));
const of = ({ id, version }: Entity, more: Input = {}) => ({ bookingId: id, expectedVersion: version, ...more });

interface Shown {
  readonly freePlaces: number | null;
  readonly isOpen: boolean | null;
  readonly use: { readonly bookings: number; readonly cancelled: number; readonly checkedIn: number; readonly rated: number; readonly satisfied: number };
}
/** To everybody, signed in or not. */
const show = async ({ id }: Entity, from = at('09:00'), to = at('10:00')): Promise<Shown> => (await platform.as(null).run<{ facility: Shown }>(/* GraphQL */ `
  query ($id: ID!, $from: DateTime!, $to: DateTime!) {
    facility(id: $id) {
      freePlaces(from: $from, to: $to) isOpen use { bookings cancelled checkedIn rated satisfied checkedInRate satisfiedRate }
    }
  }
`, { id, from, to })).facility;
const free = async (facility: Entity, from?: string, to?: string): Promise<number | null> => (await show(facility, from, to)).freePlaces;

const stock = async () => Promise.all(['facilities', 'facilityBookings', 'facilityUse'].map((name) =>
  platform.subgraphs.running('street').connection.collection(name).find().sort({ _id: 1 }).toArray()));

describe('a facility', () => {
  it('is booked, checked in and rated, and its figures are counts', async () => {
    const facility = await register();
    const booking = await book(facility, { places: 4 });
    expect(booking).toMatchObject({ state: 'BOOKED', resident: resident.id, places: 4, rating: null });
    expect(await free(facility)).toBe(6);
    now = new Date(at('08:45'));
    const there = await done(street, 'bookingCheckIn', of(booking));
    now = new Date(at('10:30'));
    expect(await done(resident, 'bookingRate', of(there, { rating: 5 }))).toMatchObject({ state: 'RATED', rating: 5, version: 3 });
    expect((await show(facility)).use).toEqual({ bookings: 1, cancelled: 0, checkedIn: 1, rated: 1, satisfied: 1, checkedInRate: 1, satisfiedRate: 1 });
  });

  it('counts places for every half hour: bookings that overlap share them, others do not', async () => {
    const facility = await register();
    await book(facility, { places: 7, from: at('09:00'), to: at('10:30') });
    await book(facility, { places: 7, from: at('10:30'), to: at('12:00') }, neighbour);
    expect(await codesOf(write(neighbour, 'facilityBook', wish(facility, { places: 4, from: at('10:00'), to: at('11:00') })))).toEqual(['TRANSITION_NOT_ALLOWED']);
    await book(facility, { places: 3, from: at('10:00'), to: at('11:00') }, neighbour);
    expect([await free(facility, at('10:00'), at('10:30')), await free(facility, at('09:00'), at('10:00')), await free(facility, at('11:00'), at('12:00'))]).toEqual([0, 3, 3]);
  });

  it('has the places of a cancelled booking again', async () => {
    const facility = await register({ capacity: 1 });
    const booking = await book(facility);
    expect(await free(facility)).toBe(0);
    expect(await done(resident, 'bookingCancel', of(booking))).toMatchObject({ state: 'CANCELLED' });
    expect(await free(facility)).toBe(1);
    const again = await book(facility, {}, neighbour);
    expect(await codesOf(write(resident, 'bookingCancel', of(booking, { expectedVersion: 2 })))).toEqual(['TRANSITION_NOT_ALLOWED']);
    await done(street, 'bookingCancel', of(again));
    expect((await show(facility)).use).toMatchObject({ bookings: 2, cancelled: 2 });
    expect(await free(facility)).toBe(1);
  });

  it('is booked once for one key', async () => {
    const facility = await register();
    const twice = [wish(facility, { idempotencyKey: 'book' }), wish(facility, { idempotencyKey: 'book' })];
    const [first, second] = await Promise.all(twice.map((input) => write(resident, 'facilityBook', input)));
    expect(second).toEqual(first);
    expect(await free(facility)).toBe(9);
  });

  it('is open at its hours, and on holidays as it says', async () => {
    const [closed, open] = [await register(), await register({ onHolidays: 'AS_USUAL' })];
    expect((await show(closed)).isOpen).toBe(true);
    now = new Date(at('20:00', '2026-03-02'));
    expect((await show(closed)).isOpen).toBe(false);
    // 清明, a Monday.
    now = new Date(at('10:00', '2026-04-06'));
    expect([(await show(closed)).isOpen, (await show(open)).isOpen]).toEqual([false, true]);
    now = new Date(at('10:00', '2035-04-03'));
    expect([(await show(closed)).isOpen, (await show(open)).isOpen]).toEqual([null, true]);
  });

  it('gives 200 who book its 10 places at the same time exactly 10', async () => {
    const facility = await register();
    const crowd = Array.from({ length: 200 }, (_, i) => actor('RESIDENT', null, `resident-${i}`));
    const answers = await Promise.all(crowd.map((who) => write(who, 'facilityBook', wish(facility))));
    expect(answers.filter(({ entity }) => entity !== null)).toHaveLength(10);
    expect(new Set(answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code)))).toEqual(new Set(['TRANSITION_NOT_ALLOWED']));
    expect(await free(facility)).toBe(0);
    expect((await show(facility)).use.bookings).toBe(10);
    expect(await platform.subgraphs.running('street').connection.collection('facilityBookings').countDocuments({ facility: facility.id })).toBe(10);
  });

  it('gives one who books eight times at the same time no more than may be open', async () => {
    const facility = await register({ maxOpen: 2 });
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) =>
      write(resident, 'facilityBook', wish(facility, { from: at('09:00', `2026-03-${10 + (i % 4)}`), to: at('10:00', `2026-03-${10 + (i % 4)}`) }))));
    expect(answers.filter(({ entity }) => entity !== null)).toHaveLength(2);
    await expect(codesOf(write(resident, 'facilityBook', wish(facility)))).resolves.toEqual(['TRANSITION_NOT_ALLOWED']);
    now = new Date(at('10:00', '2026-03-14'));
    await book(facility, { from: at('10:30', '2026-03-14'), to: at('11:00', '2026-03-14') });
  });

  it('takes no bookings once it has ended, and leaves its name to another', async () => {
    const facility = await register({ name: '旧馆' });
    const booking = await book(facility);
    expect(await done(street, 'facilityEnd', { facilityId: facility.id, expectedVersion: 1 })).toMatchObject({ version: 2 });
    expect(await codesOf(write(resident, 'facilityBook', wish(facility)))).toEqual(['TRANSITION_NOT_ALLOWED']);
    expect((await show(facility)).isOpen).toBe(false);
    await done(resident, 'bookingCancel', of(booking));
    await register({ name: '旧馆' });
  });
});

describe('a facility that is changed', () => {
  const change = (facility: Entity, more: Input, who = street) => write(who, 'facilityEdit', { facilityId: facility.id, expectedVersion: facility.version, ...more });

  it('takes bookings as it is from then on; what is left out stays', async () => {
    const facility = await register({ address: '一楼' });
    const { entity, userErrors } = await change(facility, { capacity: 4, hours: [{ weekday: 2, from: '09:00', to: '10:30' }], address: null, idempotencyKey: 'edit' });
    expect([entity?.version, userErrors]).toEqual([2, []]);
    expect(await change(facility, { capacity: 4, hours: [{ weekday: 2, from: '09:00', to: '10:30' }], address: null, idempotencyKey: 'edit' })).toEqual({ entity, userErrors });
    const { facility: shown } = await platform.as(null).run<{ facility: unknown }>(
      'query ($id: ID!) { facility(id: $id) { version name address capacity daysAhead hours { weekday from to } } }', { id: facility.id },
    );
    expect(shown).toEqual({ version: 2, name: `活动室 ${names}`, address: null, capacity: 4, daysAhead: 60, hours: [{ weekday: 2, from: '09:00', to: '10:30' }] });
    expect(await free(facility)).toBe(4);
    expect(await codesOf(write(resident, 'facilityBook', wish(facility, { from: at('11:00'), to: at('12:00') })))).toEqual(['INVALID_INPUT']);
  });

  it('keeps its bookings: what would turn one away is refused until that one is cancelled', async () => {
    const facility = await register();
    const booking = await book(facility, { places: 4 });
    await book(facility, { places: 3, from: at('09:30'), to: at('10:30') }, neighbour);
    const before = await stock();
    for (const [more, field] of [
      [{ capacity: 6 }, 'capacity'], [{ hours: [{ weekday: 2, from: '09:00', to: '10:00' }] }, 'hours'], [{ hours: [{ weekday: 3, from: '09:00', to: '20:00' }] }, 'hours'],
    ] as const) {
      expect((await change(facility, more)).userErrors.map((error) => [error.code, error.field])).toEqual([['TRANSITION_NOT_ALLOWED', ['input', field]]]);
    }
    expect(await stock()).toEqual(before);
    expect((await change(facility, { capacity: 7, hours: [{ weekday: 2, from: '09:00', to: '10:30' }], daysAhead: 1, maxOpen: 1 })).userErrors).toEqual([]);
    await done(resident, 'bookingCancel', of(booking));
    expect((await change({ ...facility, version: 2 }, { capacity: 3 })).userErrors).toEqual([]);
  });

  it('need not stay open for what is over', async () => {
    const facility = await register();
    await book(facility, { places: 4 });
    now = new Date(at('09:45'));
    expect(await codesOf(change(facility, { capacity: 3 }))).toEqual(['TRANSITION_NOT_ALLOWED']);
    now = new Date(at('10:00'));
    expect(await codesOf(change(facility, { capacity: 3 }))).toEqual([]);
  });

  it('does not close on a holiday that is booked', async () => {
    const facility = await register({ onHolidays: 'AS_USUAL' });
    await book(facility, { from: at('09:00', '2026-04-06'), to: at('10:00', '2026-04-06') });
    expect(await codesOf(change(facility, { onHolidays: 'CLOSED' }))).toEqual(['TRANSITION_NOT_ALLOWED']);
  });

  it('never has more booked than it holds, however many book while it shrinks', async () => {
    const facility = await register({ capacity: 6 });
    const crowd = Array.from({ length: 12 }, (_, i) => actor('RESIDENT', null, `shrink-${i}`));
    const [edited] = await Promise.all([change(facility, { capacity: 2 }), ...crowd.map((who) => write(who, 'facilityBook', wish(facility)))]);
    const capacity = edited.userErrors.length === 0 ? 2 : 6;
    expect(edited.userErrors.every(({ code }) => code === 'STALE_VERSION' || code === 'TRANSITION_NOT_ALLOWED')).toBe(true);
    const booked = await platform.subgraphs.running('street').connection.collection('facilityBookings').countDocuments({ facility: facility.id, state: 'BOOKED' });
    expect([booked <= capacity, await free(facility)]).toEqual([true, capacity - booked]);
  });

  it.each<[string, string, Actor, Input, string[] | null]>([
    ['by a resident', 'ROLE_NOT_ALLOWED', resident, {}, null],
    ['by another street', 'OUT_OF_SCOPE', otherStreet, {}, ['input', 'facilityId']],
    ['by an older version', 'STALE_VERSION', street, { expectedVersion: 0 }, ['input', 'expectedVersion']],
    ['when there is none', 'NOT_FOUND', street, { facilityId: 'none' }, ['input', 'facilityId']],
    ['without a name', 'INVALID_INPUT', street, { name: ' ' }, ['input', 'name']],
    ['under a name that is taken', 'INVALID_INPUT', street, { name: '活动室 1' }, ['input', 'name']],
    ['off the globe', 'INVALID_INPUT', street, { longitude: 181 }, ['input', 'longitude']],
    ['to be never open', 'INVALID_INPUT', street, { hours: [] }, ['input', 'hours']],
    ['without a place', 'INVALID_INPUT', street, { capacity: 0 }, ['input', 'capacity']],
  ])('is not changed %s: %s', async (_how, code, who, more, field) => {
    const facility = await register();
    const before = await stock();
    expect((await change(facility, more, who)).userErrors.map((error) => [error.code, error.field])).toEqual([[code, field]]);
    expect(await stock()).toEqual(before);
  });

  it('is not changed once it has ended', async () => {
    const facility = await register();
    const ended = await done(street, 'facilityEnd', { facilityId: facility.id, expectedVersion: 1 });
    expect(await codesOf(change(ended, { capacity: 5 }))).toEqual(['TRANSITION_NOT_ALLOWED']);
  });
});

describe('facilities', () => {
  it('are there from the start: a dozen of streets and resident organisations', async () => {
    const { facilitiesNear } = await platform.as(null).run<{ facilitiesNear: { totalCount: number; nodes: { name: string; owner: { kind: string } }[] } }>(
      '{ facilitiesNear(longitude: 117.2745, latitude: 31.8771, within: 5000, first: 100) { totalCount nodes { name owner { kind } } } }',
    );
    const seeded = facilitiesNear.nodes.filter(({ name }) => !name.startsWith('活动室') && name !== '旧馆');
    expect([seeded.length, seeded[0], new Set(seeded.map(({ owner }) => owner.kind)).size]).toEqual([12, { name: '水西门小学操场(共享)', owner: { kind: 'ORGANISATION' } }, 2]);
  });

  it('are found by distance, nearest first, page by page, whoever asks', async () => {
    const point = { longitude: 118.5, latitude: 32.5 };
    const made = [];
    for (const metres of [1_500, 0, 400, 400, 9_000]) {
      made.push(await register({ ...point, latitude: point.latitude + metres / 111_195, name: `第 ${made.length} 处`, owner: { kind: 'ORGANISATION', name: '某中学' } }));
    }
    const ended = await register({ ...point, name: '已停用' });
    await done(street, 'facilityEnd', { facilityId: ended.id, expectedVersion: 1 });
    interface Near { facilitiesNear: { totalCount: number; edges: { distance: number; node: { id: string; owner: { kind: string } } }[]; nodes: { id: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } }
    const page = async (after: string | null) => (await platform.as(null).run<Near>(/* GraphQL */ `
      query ($longitude: Float!, $latitude: Float!, $after: String) {
        facilitiesNear(longitude: $longitude, latitude: $latitude, within: 2000, first: 2, after: $after) {
          totalCount edges { distance node { id owner { kind } } } nodes { id } pageInfo { endCursor hasNextPage }
        }
      }
    `, { ...point, after })).facilitiesNear;
    const first = await page(null);
    const second = await page(first.pageInfo.endCursor);
    const both = [...first.edges, ...second.edges];
    expect([first.totalCount, first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([4, true, false]);
    expect(both.map(({ node }) => node.id)).toEqual([made[1], ...[made[2], made[3]].toSorted((a, b) => ((a?.id ?? '') < (b?.id ?? '') ? -1 : 1)), made[0]].map((one) => one?.id));
    [0, 400, 400, 1_500].forEach((metres, i) => expect(Math.abs((both[i]?.distance ?? -1) - metres)).toBeLessThan(5));
    const { street: { facilities } } = await platform.as(null).run<{ street: { facilities: { nodes: { name: string }[] } } }>(
      'query ($code: AreaCode!) { street(code: $code) { facilities(first: 100) { nodes { name } } } }', { code: places.street },
    );
    expect(facilities.nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(['第 0 处', '旧馆']));
    expect(facilities.nodes.map(({ name }) => name)).not.toContain('已停用');
  });

  it.each([
    { longitude: 181, latitude: 0 }, { longitude: 0, latitude: -91 }, { longitude: 117, latitude: 31, within: 0 }, { longitude: 117, latitude: 31, within: 50_001 },
  ])('are not searched for at %j', async (args) => {
    const { errors } = await platform.as(null).attempt(
      'query ($longitude: Float!, $latitude: Float!, $within: Int) { facilitiesNear(longitude: $longitude, latitude: $latitude, within: $within) { totalCount } }', args,
    );
    expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });

  it.each<[string, string, Actor, Input, string[] | null]>([
    ['by a community clerk', 'ROLE_NOT_ALLOWED', clerk, {}, null],
    ['by a resident', 'ROLE_NOT_ALLOWED', resident, {}, null],
    ['without a name', 'INVALID_INPUT', street, { name: ' ' }, ['input', 'name']],
    ['with too long a name', 'INVALID_INPUT', street, { name: '长'.repeat(51) }, ['input', 'name']],
    ['under a name that is taken', 'INVALID_INPUT', street, { name: '活动室 1' }, ['input', 'name']],
    ['of nobody', 'INVALID_INPUT', street, { owner: { kind: 'STREET', name: '' } }, ['input', 'owner']],
    ['off the globe', 'INVALID_INPUT', street, { latitude: 91 }, ['input', 'longitude']],
    ['that is never open', 'INVALID_INPUT', street, { hours: [] }, ['input', 'hours']],
    ['at a quarter past', 'INVALID_INPUT', street, { hours: [{ weekday: 1, from: '08:15', to: '09:00' }] }, ['input', 'hours']],
    ['that closes before it opens', 'INVALID_INPUT', street, { hours: [{ weekday: 1, from: '09:00', to: '08:00' }] }, ['input', 'hours']],
    ['on an eighth day', 'INVALID_INPUT', street, { hours: [{ weekday: 8, from: '08:00', to: '09:00' }] }, ['input', 'hours']],
    ['with hours that overlap', 'INVALID_INPUT', street, { hours: [{ weekday: 1, from: '08:00', to: '10:00' }, { weekday: 1, from: '09:30', to: '11:00' }] }, ['input', 'hours']],
    ['without a place', 'INVALID_INPUT', street, { capacity: 0 }, ['input', 'capacity']],
    ['booked years ahead', 'INVALID_INPUT', street, { daysAhead: 91 }, ['input', 'daysAhead']],
    ['without a limit for one', 'INVALID_INPUT', street, { maxOpen: 21 }, ['input', 'maxOpen']],
  ])('are not registered %s: %s', async (_how, code, who, more, field) => {
    const before = await stock();
    const { entity, userErrors } = await write(who, 'facilityRegister', { ...hall, name: '新馆', ...more });
    expect([entity, userErrors.map((error) => [error.code, error.field])]).toEqual([null, [[code, field]]]);
    expect(await stock()).toEqual(before);
  });

  it.each<[string, string, Actor, Input]>([
    ['by a resident', 'ROLE_NOT_ALLOWED', resident, {}],
    ['by another street', 'OUT_OF_SCOPE', otherStreet, {}],
    ['by an older version', 'STALE_VERSION', street, { expectedVersion: 0 }],
    ['when there is none', 'NOT_FOUND', street, { facilityId: 'none' }],
  ])('are not ended %s: %s', async (_how, code, who, more) => {
    const facility = await register();
    const before = await stock();
    expect(await codesOf(write(who, 'facilityEnd', { facilityId: facility.id, expectedVersion: 1, ...more }))).toEqual([code]);
    expect(await stock()).toEqual(before);
  });

  it.each<[string, string, Actor, Input]>([
    ['by a clerk', 'ROLE_NOT_ALLOWED', clerk, {}],
    ['when there is none', 'NOT_FOUND', resident, { facilityId: 'none' }],
    ['before it opens', 'INVALID_INPUT', resident, { from: at('07:30'), to: at('08:30') }],
    ['until after it closes', 'INVALID_INPUT', resident, { from: at('19:30'), to: at('20:30') }],
    ['on a Sunday', 'INVALID_INPUT', resident, { from: at('09:00', '2026-03-08'), to: at('10:00', '2026-03-08') }],
    ['on a holiday', 'INVALID_INPUT', resident, { from: at('09:00', '2026-04-06'), to: at('10:00', '2026-04-06') }],
    ['too far ahead', 'INVALID_INPUT', resident, { from: at('09:00', '2026-05-06'), to: at('10:00', '2026-05-06') }],
    ['for a time that has begun', 'INVALID_INPUT', resident, { from: at('10:00', '2026-03-02'), to: at('11:00', '2026-03-02') }],
    ['at a quarter past', 'INVALID_INPUT', resident, { from: at('09:15'), to: at('10:15') }],
    ['backwards', 'INVALID_INPUT', resident, { from: at('10:00'), to: at('09:00') }],
    ['for no time', 'INVALID_INPUT', resident, { to: at('09:00') }],
    ['over night', 'INVALID_INPUT', resident, { from: at('19:00'), to: at('09:00', '2026-03-04') }],
    ['for nobody', 'INVALID_INPUT', resident, { places: 0 }],
    ['for more than it holds', 'INVALID_INPUT', resident, { places: 11 }],
  ])('are not booked %s: %s', async (_how, code, who, more) => {
    const facility = await register();
    const before = await stock();
    const { entity, userErrors } = await write(who, 'facilityBook', wish(facility, more));
    expect([entity, userErrors.map((error) => error.code)]).toEqual([null, [code]]);
    expect(await stock()).toEqual(before);
  });
});

describe('a booking', () => {
  it('is seen by its resident, and masked by the street and those above it; by nobody else', async () => {
    const facility = await register();
    const booking = await book(facility, {}, neighbour);
    const seen = async (who: Actor) => (await platform.as(who).run<{ facilityBooking: Entity | null; facilityBookings: { nodes: Entity[]; totalCount: number } }>(
      `query ($id: ID!, $facility: ID!) { facilityBooking(id: $id) { resident } facilityBookings(facility: $facility) { nodes { resident } totalCount } }`,
      { id: booking.id, facility: facility.id },
    ));
    expect(await seen(neighbour)).toEqual({ facilityBooking: { resident: neighbour.id }, facilityBookings: { nodes: [{ resident: neighbour.id }], totalCount: 1 } });
    const masked = { resident: 'neig******0001' };
    for (const who of [street, district, city, auditor]) expect(await seen(who)).toEqual({ facilityBooking: masked, facilityBookings: { nodes: [masked], totalCount: 1 } });
    for (const who of [resident, clerk, streetUnit, otherStreet]) expect(await seen(who)).toEqual({ facilityBooking: null, facilityBookings: { nodes: [], totalCount: 0 } });
  });

  it('is listed latest first, page by page', async () => {
    const facility = await register();
    for (const day of ['2026-03-03', '2026-03-05', '2026-03-04']) await book(facility, { from: at('09:00', day), to: at('10:00', day) });
    const page = async (after: string | null) => (await platform.as(resident).run<{ facilityBookings: { nodes: { from: string }[]; pageInfo: { endCursor: string } } }>(
      'query ($facility: ID, $after: String) { facilityBookings(facility: $facility, first: 2, after: $after) { nodes { from } pageInfo { endCursor } } }', { facility: facility.id, after },
    )).facilityBookings;
    const first = await page(null);
    const second = await page(first.pageInfo.endCursor);
    expect([...first.nodes, ...second.nodes].map(({ from }) => from.slice(0, 10))).toEqual(['2026-03-05', '2026-03-04', '2026-03-03']);
  });

  it.each<[string, string, Write, Actor, Input, string]>([
    ['is not cancelled by another resident', 'NOT_FOUND', 'bookingCancel', neighbour, {}, '08:00'],
    ['is not cancelled by another street', 'NOT_FOUND', 'bookingCancel', otherStreet, {}, '08:00'],
    ['is not cancelled by the district', 'ROLE_NOT_ALLOWED', 'bookingCancel', district, {}, '08:00'],
    ['is not cancelled once it has begun', 'TRANSITION_NOT_ALLOWED', 'bookingCancel', resident, {}, '09:00'],
    ['is not cancelled by an older version', 'STALE_VERSION', 'bookingCancel', resident, { expectedVersion: 0 }, '08:00'],
    ['is not checked in by its resident', 'ROLE_NOT_ALLOWED', 'bookingCheckIn', resident, {}, '09:00'],
    ['is not checked in too early', 'TRANSITION_NOT_ALLOWED', 'bookingCheckIn', street, {}, '08:29'],
    ['is not checked in once it is over', 'TRANSITION_NOT_ALLOWED', 'bookingCheckIn', street, {}, '10:00'],
    ['is not rated by who did not come', 'TRANSITION_NOT_ALLOWED', 'bookingRate', resident, { rating: 5 }, '11:00'],
  ])('%s: %s', async (_how, code, mutation, who, more, time) => {
    const booking = await book(await register());
    now = new Date(at(time));
    const before = await stock();
    expect(await codesOf(write(who, mutation, of(booking, more)))).toEqual([code]);
    expect(await stock()).toEqual(before);
  });

  it('is rated from 1 to 5, after it has begun, once', async () => {
    const facility = await register();
    const booking = await book(facility);
    now = new Date(at('08:40'));
    const there = await done(street, 'bookingCheckIn', of(booking));
    expect(await codesOf(write(resident, 'bookingRate', of(there, { rating: 3 })))).toEqual(['TRANSITION_NOT_ALLOWED']);
    now = new Date(at('10:00'));
    for (const rating of [0, 6]) expect(await codesOf(write(resident, 'bookingRate', of(there, { rating })))).toEqual(['INVALID_INPUT']);
    const rated = await done(resident, 'bookingRate', of(there, { rating: 3 }));
    expect(await codesOf(write(resident, 'bookingRate', of(rated, { rating: 5 })))).toEqual(['TRANSITION_NOT_ALLOWED']);
    expect((await show(facility)).use).toMatchObject({ rated: 1, satisfied: 0 });
  });

  it('says what each may do', async () => {
    const booking = await book(await register());
    const may = async (who: Actor) => (await platform.as(who).run<{ facilityBooking: Entity }>(
      `query ($id: ID!) { facilityBooking(id: $id) { ${bookingFields} } }`, { id: booking.id },
    )).facilityBooking.availableActions?.filter(({ available }) => available).map(({ action }) => action);
    expect([await may(resident), await may(street), await may(auditor)]).toEqual([['CANCEL'], ['CANCEL'], []]);
    now = new Date(at('09:10'));
    expect([await may(resident), await may(street)]).toEqual([[], ['CHECK_IN']]);
  });
});
