// Windows and hours of 便民服务站 through the gateway: who serves a resident for an item now, and when it opens next.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { people, places, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { commandsDuring } from '../kit/subgraphs.js';

const { street, district, city, clerk, resident, auditor } = people;
const otherStreet = actor('STREET_CLERK', places.otherStreet);
/** Monday, 10:00 in Shanghai. */
const monday = new Date('2026-03-02T02:00:00Z');
let now = monday;
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'stationCounters', seed: true, now: () => now });
});
afterAll(() => platform.end());
beforeEach(() => {
  now = monday;
});

type Input = Readonly<Record<string, unknown>>;
type Write = 'stationOpen' | 'stationEnd' | 'stationWindowOpen' | 'stationWindowEdit' | 'stationWindowEnd' | 'stationHoursSet' | 'stationExceptionMake' | 'stationExceptionEnd';
interface Station { readonly id: string; readonly version: number; readonly exceptions: { readonly nodes: readonly { readonly id: string }[] } }
interface Answer { readonly station: Station | null; readonly userErrors: readonly UserError[] }

async function write(who: Actor, mutation: Write, input: Input): Promise<Answer> {
  const data = await platform.as(who).run<Record<string, Answer>>(
    `mutation ($input: S${mutation.slice(1)}Input!) { ${mutation}(input: $input) { station { id version exceptions(first: 5) { nodes { id } } } userErrors { code message field } } }`,
    { input },
  );
  return data[mutation] ?? { station: null, userErrors: [] };
}
async function done(...call: Parameters<typeof write>): Promise<Station> {
  const { station, userErrors } = await write(...call);
  if (!station || userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return station;
}

const own = '340103001002';
const weekdays = [1, 2, 3, 4, 5].flatMap((weekday) => [{ weekday, from: '09:00', to: '12:00' }, { weekday, from: '13:00', to: '17:00' }]);
let names = 0;
/** A station with hours from Monday to Friday and two windows; the second is for human resources and social security. */
async function make(more: Input = {}): Promise<Station> {
  let station = await done(street, 'stationOpen', { name: `站 ${(names += 1)}`, serves: [own], ...more });
  const steps: readonly [Write, Input][] = [
    ['stationHoursSet', { hours: weekdays }],
    ['stationWindowOpen', { number: 'A1', name: '综合窗口', post: '综合岗' }],
    ['stationWindowOpen', { number: 'A2', name: '社保窗口', departments: ['3401-06'], staff: 'clerk-7' }],
  ];
  for (const [mutation, input] of steps) station = await done(street, mutation, { ...of(station), ...input });
  return station;
}
const of = ({ id, version }: Pick<Station, 'id' | 'version'>) => ({ stationId: id, expectedVersion: version });
const at = (time: string, day = '2026-03-02'): string => `${day}T${time}:00+08:00`;
const utc = (time: string, day?: string): string => new Date(at(time, day)).toISOString();

interface Window { readonly number: string; readonly name: string; readonly post: string | null; readonly staff: string | null; readonly departments: readonly { readonly code: string }[] }
interface Opening { readonly isOpen: boolean | null; readonly until: string | null; readonly next: string | null; readonly noNext: string | null }
interface Shown {
  readonly windows: readonly Window[];
  readonly hours: { readonly validFrom: string; readonly makeUpWeekday: number | null; readonly hours: readonly unknown[] } | null;
  readonly openOn: readonly { readonly from: string; readonly to: string }[] | null;
  readonly opening: Opening;
  readonly exceptions: { readonly totalCount: number; readonly nodes: readonly { readonly id: string; readonly kind: string; readonly reason: string; readonly endedAt: string | null }[] };
}
const show = async ({ id }: Pick<Station, 'id'>, day: string | null = null, who: Actor | null = null): Promise<Shown> => (await platform.as(who).run<{ station: Shown }>(/* GraphQL */ `
  query ($id: ID!, $day: Date) {
    station(id: $id) {
      windows(at: $day) { number name post staff departments { code } }
      hours(at: $day) { validFrom makeUpWeekday hours { weekday } }
      openOn(day: $day) { from to }
      opening { isOpen until next noNext }
      exceptions { totalCount nodes { id kind reason endedAt } }
    }
  }
`, { id, day })).station;
const opening = async (station: Pick<Station, 'id'>): Promise<Opening> => (await show(station)).opening;

interface Served {
  readonly item: { readonly code: string; readonly title: string };
  readonly community: { readonly name: string };
  readonly stations: readonly {
    readonly station: { readonly id: string; readonly name: string };
    readonly distance: number | null;
    readonly opening: Opening;
    readonly windows: readonly { readonly isPreferred: boolean; readonly window: { readonly number: string } }[];
  }[];
}
const query = /* GraphQL */ `
  query ($item: String!, $community: AreaCode, $at: DateTime, $longitude: Float, $latitude: Float) {
    stationsFor(item: $item, community: $community, at: $at, longitude: $longitude, latitude: $latitude) {
      item { code title } community { name }
      stations {
        station { id name } distance opening { isOpen until next noNext }
        windows { isPreferred window { number } }
      }
    }
  }
`;
const stationsFor = async (variables: Input, who: Actor | null = null): Promise<Served | null> =>
  (await platform.as(who).run<{ stationsFor: Served | null }>(query, { item: '06-001', community: own, ...variables })).stationsFor;
const namesOf = (served: Served | null): string[] | undefined => served?.stations.map(({ station }) => station.name);

const stock = () => Promise.all(['stations', 'stationExceptions'].map((name) =>
  platform.subgraphs.running('street').connection.collection(name).find({}).sort({ _id: 1 }).toArray()));

describe('who serves a resident for an item', () => {
  it('is told by the seeded stations: the best first, the windows that prefer the item before the others', async () => {
    const served = await stationsFor({ community: places.community, item: '06-001' });
    expect(served).toMatchObject({ item: { code: '06-001' }, community: { name: '水西门社区居委会' } });
    expect(namesOf(served)).toEqual(['亳州路街道便民服务中心', '水西门便民服务站']);
    expect(served?.stations.map(({ opening: { isOpen, until } }) => [isOpen, until])).toEqual([[true, utc('12:00')], [true, utc('12:00')]]);
    expect(served?.stations[0]?.windows.map(({ window, isPreferred }) => [window.number, isPreferred]))
      .toEqual([['3', true], ['1', false], ['2', false], ['4', false], ['5', false]]);
  });

  it('is asked for the community in a resident\'s token by default, and for one that is named by everybody', async () => {
    const home = actor('RESIDENT', '340103001001');
    expect(namesOf(await stationsFor({ community: null }, home))).toContain('水西门便民服务站');
    const { errors } = await platform.as(resident).attempt(query, { item: '06-001' });
    expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });

  it('comes by distance where the resident says where they are', async () => {
    const served = await stationsFor({ community: places.community, longitude: 117.2747, latitude: 31.8765 });
    expect(namesOf(served)).toEqual(['水西门便民服务站', '亳州路街道便民服务中心']);
    expect(served?.stations.map(({ distance }) => Math.round((distance ?? -1) / 100))).toEqual([0, 4]);
  });

  it('comes by the next opening where stations are closed, and is right at another moment', async () => {
    // Saturday: the centre is open in the morning.
    const saturday = await stationsFor({ community: places.community, at: at('08:00', '2026-03-07') });
    expect(saturday?.stations.map(({ station, opening: one }) => [station.name, one.isOpen, one.next])).toEqual([
      ['亳州路街道便民服务中心', false, utc('09:00', '2026-03-07')], ['水西门便民服务站', false, utc('09:00', '2026-03-09')],
    ]);
    // The Saturday before 春节 is worked in exchange; 清明 is not.
    const [exchanged, holiday] = [await stationsFor({ community: places.community, at: at('14:00', '2026-02-14') }), await stationsFor({ community: places.community, at: at('10:00', '2026-04-06') })];
    expect(exchanged?.stations.map(({ opening: one }) => one.isOpen)).toEqual([true, true]);
    expect(holiday?.stations.map(({ opening: one }) => [one.isOpen, one.next])).toEqual(Array.from({ length: 2 }, () => [false, utc('09:00', '2026-04-07')]));
  });

  it('says so when the calendar does not know whether it opens', async () => {
    const served = await stationsFor({ community: places.community, at: at('10:00', '2027-04-06') });
    expect(served?.stations[0]?.opening).toEqual({ isOpen: null, until: null, next: null, noNext: 'CALENDAR_UNKNOWN' });
  });

  it('is nobody for a community or an item that is not there', async () => {
    expect(await stationsFor({ community: '340103001999' })).toBeNull();
    expect(await stationsFor({ item: '99-999' })).toBeNull();
    expect(await stationsFor({ community: places.street })).toBeNull();
  });

  it('may be an item of the street\'s own, while it is in force', async () => {
    await platform.as(street).run(`mutation { streetItemDraft(input: { code: "own-1", title: "邻里食堂办卡", titleEn: "Canteen card", module: SOCIAL_SERVICE, workDays: 1 }) { userErrors { code } } }`);
    expect(await stationsFor({ item: 'own-1' })).toBeNull();
    await platform.as(street).run(`mutation { streetItemPutInForce(input: { itemId: "340103001:own-1", expectedVersion: 1 }) { userErrors { code } } }`);
    expect((await stationsFor({ item: 'own-1' }))?.item.title).toBe('邻里食堂办卡');
    expect(await stationsFor({ item: 'own-1', community: places.otherCommunity })).toBeNull();
  });

  it.each<Input>([
    { at: '1999-12-31T00:00:00Z' }, { at: '2029-01-01T00:00:00Z' }, { longitude: 117 }, { longitude: 181, latitude: 0 }, { longitude: 0, latitude: -91 }, { item: 'x'.repeat(65) },
  ])('is not answered for %j', async (more) => {
    const { errors } = await platform.as(null).attempt(query, { item: '06-001', community: own, ...more });
    expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });

  it('costs as many queries for ten stations as for two', async () => {
    const few = await commandsDuring(platform.subgraphs, () => stationsFor({}));
    for (let i = 0; i < 8; i += 1) await make();
    const many = await commandsDuring(platform.subgraphs, () => stationsFor({}));
    expect((await stationsFor({}))?.stations.length).toBeGreaterThan(9);
    expect(many).toEqual(few);
  });
});

describe('a station', () => {
  it('has windows, of which only its officers see who staffs them', async () => {
    const station = await make();
    expect((await show(station)).windows).toEqual([
      { number: 'A1', name: '综合窗口', post: '综合岗', staff: null, departments: [] },
      { number: 'A2', name: '社保窗口', post: null, staff: null, departments: [{ code: '3401-06' }] },
    ]);
    const staffSeen = async (who: Actor) => (await show(station, null, who)).windows[1]?.staff;
    for (const who of [street, district, city, auditor]) expect(await staffSeen(who)).toBe('clerk-7');
    for (const who of [resident, actor('RESIDENT', '3401'), clerk, otherStreet]) expect(await staffSeen(who)).toBeNull();
  });

  it('keeps what a window was on the days before it changed', async () => {
    let station = await make();
    now = new Date(at('10:00', '2026-03-10'));
    station = await done(street, 'stationWindowEdit', { ...of(station), number: 'A2', name: '民政窗口', departments: ['3401-05'], staff: null, from: '2026-03-16' });
    station = await done(street, 'stationWindowEnd', { ...of(station), number: 'A1', on: '2026-03-20' });
    const on = async (day: string) => (await show(station, day)).windows.map(({ number, name }) => `${number} ${name}`);
    expect(await on('2026-03-01')).toEqual([]);
    expect(await on('2026-03-15')).toEqual(['A1 综合窗口', 'A2 社保窗口']);
    expect(await on('2026-03-16')).toEqual(['A1 综合窗口', 'A2 民政窗口']);
    expect(await on('2026-03-20')).toEqual(['A2 民政窗口']);
    await done(street, 'stationWindowOpen', { ...of(station), number: 'A1', name: '新综合窗口', from: '2026-03-20' });
    expect([await on('2026-03-19'), await on('2026-03-20')]).toEqual([['A1 综合窗口', 'A2 民政窗口'], ['A1 新综合窗口', 'A2 民政窗口']]);
  });

  it('keeps the hours of the days before they changed', async () => {
    const station = await make();
    const evening = { hours: [{ weekday: 4, from: '17:00', to: '20:00' }], onHolidays: 'AS_USUAL', makeUpWeekday: null };
    let changed = await done(street, 'stationHoursSet', { ...of(station), ...evening, from: '2026-03-09' });
    const thursday = async (day: string) => (await show(station, day)).openOn?.map(({ from }) => from);
    expect([await thursday('2026-03-05'), await thursday('2026-03-12')]).toEqual([[utc('09:00', '2026-03-05'), utc('13:00', '2026-03-05')], [utc('17:00', '2026-03-12')]]);
    expect((await show(station, '2026-03-12')).hours).toMatchObject({ validFrom: '2026-03-09', makeUpWeekday: null });
    // What was to begin on the 9th gives way.
    changed = await done(street, 'stationHoursSet', { ...of(changed), hours: weekdays, from: '2026-03-06' });
    expect((await show(changed, '2026-03-12')).hours).toMatchObject({ validFrom: '2026-03-06', makeUpWeekday: 1 });
    expect((await show(changed, '2026-03-01')).openOn).toEqual([]);
  });

  it('closes and opens for once, with a reason that everybody reads, until that is taken back', async () => {
    const station = await make();
    let changed = await done(street, 'stationExceptionMake', { ...of(station), kind: 'CLOSED', to: at('15:00'), reason: '系统升级' });
    expect(await opening(station)).toEqual({ isOpen: false, until: null, next: utc('15:00'), noNext: null });
    changed = await done(street, 'stationExceptionMake', { ...of(changed), kind: 'OPEN', from: at('09:00', '2026-03-07'), to: at('11:00', '2026-03-07'), reason: '周末便民' });
    expect((await show(station, '2026-03-07')).openOn).toEqual([{ from: utc('09:00', '2026-03-07'), to: utc('11:00', '2026-03-07') }]);
    const { exceptions } = await show(station);
    expect([exceptions.totalCount, exceptions.nodes.map(({ kind, reason }) => [kind, reason])]).toEqual([2, [['OPEN', '周末便民'], ['CLOSED', '系统升级']]]);
    now = new Date(at('11:00'));
    const closing = exceptions.nodes[1]?.id;
    changed = await done(street, 'stationExceptionEnd', { ...of(changed), exceptionId: closing });
    expect(await opening(station)).toMatchObject({ isOpen: true, until: utc('12:00') });
    // It was closed from ten to eleven, and that stays so.
    expect((await show(station)).openOn?.map(({ from, to }) => [from, to])).toEqual([[utc('09:00'), utc('10:00')], [utc('11:00'), utc('12:00')], [utc('13:00'), utc('17:00')]]);
    expect((await write(street, 'stationExceptionEnd', { ...of(changed), exceptionId: closing })).userErrors.map(({ code }) => code)).toEqual(['TRANSITION_NOT_ALLOWED']);
  });

  it('is changed once for one key', async () => {
    const station = await make();
    const input = { ...of(station), kind: 'CLOSED', to: at('15:00'), reason: '停电', idempotencyKey: 'closing' };
    const once = await write(street, 'stationExceptionMake', input);
    expect(once.userErrors).toEqual([]);
    expect(await write(street, 'stationExceptionMake', input)).toEqual(once);
    expect((await show(station)).exceptions.totalCount).toBe(1);
  });

  it('has neither windows nor hours when it comes from an older database', async () => {
    const station = await make();
    await platform.subgraphs.running('street').connection.collection('stations').updateOne({ _id: station.id as never }, { $unset: { windows: '', hours: '' } });
    expect(await show(station)).toMatchObject({ windows: [], hours: null, openOn: [], opening: { isOpen: false, noNext: 'NONE_WITHIN_DAYS' } });
  });

  describe('is left as it is', () => {
    let station: Station;
    let exceptionId: string | undefined;
    beforeAll(async () => {
      now = monday;
      station = await make();
      station = await done(street, 'stationExceptionMake', { ...of(station), kind: 'CLOSED', from: at('15:00'), to: at('16:00'), reason: '会议' });
      exceptionId = station.exceptions.nodes[0]?.id;
    });
    const window = { number: 'B1', name: '新窗口' };
    const closing = { kind: 'CLOSED', from: at('15:00'), to: at('16:00'), reason: '培训' };

    it.each<[string, string, Write, Actor, Input, string[] | null]>([
      ['by a community clerk', 'ROLE_NOT_ALLOWED', 'stationWindowOpen', clerk, window, null],
      ['by a resident', 'ROLE_NOT_ALLOWED', 'stationHoursSet', resident, { hours: weekdays }, null],
      ["by another street's clerk", 'OUT_OF_SCOPE', 'stationExceptionMake', otherStreet, closing, ['input', 'stationId']],
      ['when there is none', 'NOT_FOUND', 'stationWindowOpen', street, { ...window, stationId: 'none' }, ['input', 'stationId']],
      ['by an older version', 'STALE_VERSION', 'stationWindowOpen', street, { ...window, expectedVersion: 1 }, ['input', 'expectedVersion']],
      ['with a number that is taken', 'DUPLICATE', 'stationWindowOpen', street, { ...window, number: 'A1' }, ['input', 'number']],
      ['with a number that is none', 'INVALID_INPUT', 'stationWindowOpen', street, { ...window, number: '一号' }, ['input', 'number']],
      ['with a window without a name', 'INVALID_INPUT', 'stationWindowOpen', street, { ...window, name: ' ' }, ['input', 'name']],
      ['with a module twice', 'INVALID_INPUT', 'stationWindowOpen', street, { ...window, modules: ['INFORMATION', 'INFORMATION'] }, ['input', 'modules']],
      ['with a department of the district', 'INVALID_INPUT', 'stationWindowOpen', street, { ...window, departments: ['340103-06'] }, ['input', 'departments']],
      ['with a department that is none', 'INVALID_INPUT', 'stationWindowOpen', street, { ...window, departments: ['3401-77'] }, ['input', 'departments']],
      ['with too long a post', 'INVALID_INPUT', 'stationWindowOpen', street, { ...window, post: '长'.repeat(51) }, ['input', 'post']],
      ['with a window in the past', 'INVALID_INPUT', 'stationWindowOpen', street, { ...window, from: '2026-03-01' }, ['input', 'from']],
      ['with a window years ahead', 'INVALID_INPUT', 'stationWindowOpen', street, { ...window, from: '2029-03-01' }, ['input', 'from']],
      ['when a window is changed that is not there', 'NOT_FOUND', 'stationWindowEdit', street, { number: 'Z9', name: '改名' }, ['input', 'number']],
      ['when a window is changed to nothing', 'INVALID_INPUT', 'stationWindowEdit', street, { number: 'A1', name: '' }, ['input', 'name']],
      ['when a window is ended today', 'INVALID_INPUT', 'stationWindowEnd', street, { number: 'A1', on: '2026-03-02' }, ['input', 'on']],
      ['with hours that overlap', 'INVALID_INPUT', 'stationHoursSet', street, { hours: [{ weekday: 1, from: '09:00', to: '12:00' }, { weekday: 1, from: '11:00', to: '13:00' }] }, ['input', 'hours']],
      ['with an eighth weekday', 'INVALID_INPUT', 'stationHoursSet', street, { hours: weekdays, makeUpWeekday: 8 }, ['input', 'makeUpWeekday']],
      ['with hours for days that are over', 'INVALID_INPUT', 'stationHoursSet', street, { hours: weekdays, from: '2026-03-01' }, ['input', 'from']],
      ['when it is closed after the fact', 'INVALID_INPUT', 'stationExceptionMake', street, { ...closing, from: at('09:00') }, ['input', 'from']],
      ['when it is closed backwards', 'INVALID_INPUT', 'stationExceptionMake', street, { ...closing, to: at('14:00') }, ['input', 'to']],
      ['when it is closed for half a year', 'INVALID_INPUT', 'stationExceptionMake', street, { ...closing, to: at('14:00', '2026-09-02') }, ['input', 'to']],
      ['when it is closed without a reason', 'INVALID_INPUT', 'stationExceptionMake', street, { ...closing, reason: ' ' }, ['input', 'reason']],
      ['when an exception is taken back that is not there', 'NOT_FOUND', 'stationExceptionEnd', street, { exceptionId: 'none' }, ['input', 'exceptionId']],
      ["when another's takes an exception back", 'OUT_OF_SCOPE', 'stationExceptionEnd', otherStreet, {}, ['input', 'stationId']],
    ])('%s: %s', async (_how, code, mutation, who, more, field) => {
      const before = await stock();
      const { userErrors } = await write(who, mutation, { ...of(station), ...(mutation === 'stationExceptionEnd' && { exceptionId }), ...more });
      expect(userErrors.map((error) => [error.code, error.field])).toEqual([[code, field]]);
      expect(await stock()).toEqual(before);
    });

    it('once it has ended', async () => {
      const ended = await done(street, 'stationEnd', { ...of(station), on: '2026-03-05' });
      expect((await write(street, 'stationWindowOpen', { ...of(ended), ...window, from: '2026-03-06' })).userErrors.map(({ code }) => code)).toEqual(['INVALID_INPUT']);
      expect((await show(station, '2026-03-05')).openOn).toEqual([]);
      now = new Date(at('10:00', '2026-03-05'));
      const before = await stock();
      for (const [mutation, more] of [['stationWindowOpen', window], ['stationHoursSet', { hours: weekdays }]] as const) {
        expect((await write(street, mutation, { ...of(ended), ...more })).userErrors.map(({ code }) => code)).toEqual(['TRANSITION_NOT_ALLOWED']);
      }
      expect(await stock()).toEqual(before);
    });
  });
});
