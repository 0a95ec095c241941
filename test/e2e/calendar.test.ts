// Calendars and clock policies through the gateway: published by the city, followed by the community's clocks.
import { actor } from '../kit/identity.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { subgraphNames } from '../kit/subgraphs.js';

const community = '340103001001';
const resident = actor('RESIDENT', null, 'resident-8');
const clerk = actor('COMMUNITY_CLERK', community);
const streetClerk = actor('STREET_CLERK', '340103001');
const city = actor('CITY_OFFICER', '3401');
type Who = ReturnType<typeof actor> | null;

/** Shanghai time. */
const at = (local: string): Date => new Date(`${local}:00+08:00`);
const monday = at('2026-03-02T09:00');
let now = monday;
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'calendar', seed: true, now: () => now });
});
afterAll(() => platform.end());

const places = ['areas', 'units', 'grids'];

/** Each test has a city that has published nothing, and no cases. */
beforeEach(async () => {
  now = monday;
  for (const name of subgraphNames) {
    const { connection } = platform.subgraphs.running(name);
    const collections = (await connection.db?.collections()) ?? [];
    for (const one of collections) if (!places.includes(one.collectionName)) await one.deleteMany({});
  }
  await platform.subgraphs.stop('community');
  await platform.subgraphs.start('community');
});

interface Published {
  readonly codes: readonly string[];
  readonly messages: readonly string[];
  readonly published: { readonly version: string; readonly number: number } | null;
}

/** The mutation waits for the community only so long; a busy machine takes longer. */
const arrived = (): Promise<void> => eventually(
  () => platform.subgraphs.running('city').connection.collection('outbox').countDocuments({ status: 'PENDING' }), 0,
);

async function publish(who: Who, mutation: 'calendarPublish' | 'clockPolicyPublish', input: Record<string, unknown>, isUp = true): Promise<Published> {
  const [type, field] = mutation === 'calendarPublish' ? ['CalendarPublishInput', 'calendar'] : ['ClockPolicyPublishInput', 'policy'];
  const data = await platform.as(who).run<Record<string, Record<string, Published['published']> & { userErrors: { code: string; message: string }[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${field} { version number } userErrors { code message } } }`, { input },
  );
  if (isUp) await arrived();
  const payload = data[mutation];
  const errors = payload?.userErrors ?? [];
  return { codes: errors.map(({ code }) => code), messages: errors.map(({ message }) => message), published: payload?.[field ?? ''] ?? null };
}

const calendarOf = (version: string, more: Record<string, unknown> = {}, isUp = true) =>
  publish(city, 'calendarPublish', { version, ...more }, isUp);

interface ClockView {
  readonly name: string; readonly budget: number; readonly dueAt: string | null; readonly state: string;
  readonly calendarVersion: string; readonly source: string;
}
interface CaseView {
  readonly version: number;
  readonly nextDueAt: string | null;
  readonly clocks: readonly ClockView[];
}

const view = 'version nextDueAt clocks { name budget dueAt state calendarVersion source }';
const read = async (id: string): Promise<CaseView> =>
  (await platform.as(clerk).run<{ case: CaseView }>(`query ($id: ID!) { case(id: $id) { ${view} } }`, { id })).case;
const clock = async (id: string, name: string): Promise<ClockView> => {
  const found = (await read(id)).clocks.findLast((one) => one.name === name);
  if (!found) throw new Error(`No clock ${name}.`);
  return found;
};

async function does(who: Who, mutation: string, id: string, input: Record<string, unknown> = {}): Promise<void> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, { userErrors: unknown[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code message } } }`,
    { input: { caseId: id, expectedVersion: (await read(id)).version, ...input } },
  );
  expect(data[mutation]?.userErrors).toEqual([]);
}

let titles = 0;
async function submit(category = '城乡建设', demandType = 'CONSULTATION'): Promise<string> {
  titles += 1;
  const { caseSubmit } = await platform.as(resident).run<{ caseSubmit: { case: { id: string } } }>(
    'mutation ($input: CaseSubmitInput!) { caseSubmit(input: $input) { case { id } userErrors { code message } } }',
    { input: { channel: 'WEB', demandType, category, title: `路灯不亮 ${titles}`, detail: '已三天', community } },
  );
  return caseSubmit.case.id;
}

/** A consultation has three work days, from Monday 2 March to Thursday the 5th, 17:00. */
async function accepted(category?: string, demandType?: string): Promise<string> {
  const id = await submit(category, demandType);
  await does(clerk, 'caseAccept', id);
  return id;
}

const runTasks = (): Promise<void> => platform.subgraphs.running('community').runTasks();
const storedDeadlines = async (id: string) => {
  const cases = platform.subgraphs.running('community').connection
    .collection<{ _id: string; dueKey: Date; wakeAt: Date | null; calendarVersion: string }>('cases');
  const stored = await cases.findOne({ _id: id });
  if (!stored) throw new Error(`No case ${id}.`);
  return stored;
};

/** Reads until it is what is wanted; what travels between the levels outside a request takes its time. */
async function eventually<T>(read: () => Promise<T>, wanted: T): Promise<void> {
  const until = Date.now() + 15_000;
  while (Date.now() < until) {
    if (JSON.stringify(await read()) === JSON.stringify(wanted)) return;
  }
  expect(await read()).toEqual(wanted);
}

const row = (clockName: string, unit: string, budget: number, more: Record<string, unknown> = {}) =>
  ({ clock: clockName, unit, budget, sourceZh: '合政办〔2026〕1 号', sourceEn: 'City order 1 of 2026', ...more });
const fallbacks = [
  row('ACCEPT', 'WORK_DAY', 1), row('SIGN', 'WORK_DAY', 1), row('RESPOND', 'WORK_DAY', 1), row('RESOLVE', 'WORK_DAY', 10),
  row('INFO', 'WORK_DAY', 10), row('CALLBACK', 'MINUTE', 20_160), row('REOPEN', 'MINUTE', 4_320),
];

describe('a calendar', () => {
  it('moves clocks that run by a day for a new holiday, and none that has stopped', async () => {
    const open = await accepted();
    const closed = await accepted();
    await does(clerk, 'caseHandle', closed);
    now = at('2026-03-05T17:00');
    await does(clerk, 'caseResolve', closed, { outcome: 'EXPLAINED', note: '已答复' });
    const before = await clock(closed, 'RESOLVE');
    expect([before.state, before.dueAt]).toEqual(['STOPPED', at('2026-03-05T17:00').toISOString()]);
    expect((await clock(open, 'RESOLVE')).dueAt).toBe(at('2026-03-05T17:00').toISOString());

    now = at('2026-03-02T10:00');
    expect((await calendarOf('hefei-2026', { holidays: ['2026-03-04'], note: '全市活动日' })).codes).toEqual([]);

    expect(await clock(open, 'RESOLVE')).toMatchObject({ dueAt: at('2026-03-06T17:00').toISOString(), calendarVersion: 'hefei-2026' });
    expect(await clock(closed, 'RESOLVE')).toEqual({ ...before, calendarVersion: 'china-1' });
  });

  it('computes what is kept for finding due cases anew, once, and tells the street its new deadline', async () => {
    const id = await accepted();
    const quiet = await accepted();
    await does(clerk, 'caseForward', id, { note: '需街道处理' });
    const dispatch = async () => (await platform.as(streetClerk).run<{ dispatch: { resolveBy: string; signBy: string } }>(
      'query ($id: ID!) { dispatch(caseId: $id) { resolveBy signBy } }', { id },
    )).dispatch;
    await eventually(dispatch, { resolveBy: at('2026-03-05T17:00').toISOString(), signBy: at('2026-03-03T17:00').toISOString() });

    await calendarOf('hefei-2026', { holidays: ['2026-03-03'] });
    expect((await storedDeadlines(quiet)).calendarVersion).toBe('china-1');
    const changes = platform.subgraphs.running('community').connection.collection('changes');
    await changes.deleteMany({});
    await Promise.all([runTasks(), runTasks(), runTasks()]);
    await runTasks();

    // RESPOND runs out first, a work day after its start.
    expect(await storedDeadlines(quiet)).toMatchObject({ calendarVersion: 'hefei-2026', dueKey: at('2026-03-04T17:00') });
    expect((await storedDeadlines(quiet)).wakeAt?.getTime()).toBeGreaterThan(at('2026-03-04T09:00').getTime());
    await eventually(dispatch, { resolveBy: at('2026-03-06T17:00').toISOString(), signBy: at('2026-03-04T17:00').toISOString() });
    const sent = await platform.subgraphs.running('community').connection.collection('outbox')
      .countDocuments({ subject: id, 'envelope.type': 'case.rescheduled' });
    expect(sent).toBe(1);
    // Those who watch the cases, and the list that one of them waits in.
    const told = (await changes.find().toArray()).flatMap(({ topics }) => topics as string[]);
    expect(told).toEqual(expect.arrayContaining([`case:${id}`, `case:${quiet}`, `toDo:COMMUNITY:${community}`]));
  });

  it('tells the street, too, when somebody acts on the case before its deadlines were computed anew', async () => {
    const id = await accepted('城乡建设', 'COMPLAINT');
    await does(clerk, 'caseForward', id, { note: '需街道处理' });
    const dispatch = async () => (await platform.as(streetClerk).run<{ dispatch: { version: number; resolveBy: string } }>(
      'query ($id: ID!) { dispatch(caseId: $id) { version resolveBy } }', { id },
    )).dispatch;
    await calendarOf('hefei-2026', { holidays: ['2026-03-05'] });
    await platform.as(streetClerk).run('mutation ($input: DispatchSignInput!) { dispatchSign(input: $input) { userErrors { code } } }', {
      input: { caseId: id, expectedVersion: (await dispatch()).version },
    });
    await eventually(async () => (await storedDeadlines(id)).calendarVersion, 'hefei-2026');
    await eventually(async () => (await dispatch()).resolveBy, at('2026-03-17T17:00').toISOString());
  });

  it('gives no deadline in a year it does not know, and gives it once the notice of that year is published', async () => {
    now = at('2026-12-30T09:00');
    const id = await accepted();
    expect(await clock(id, 'RESOLVE')).toMatchObject({ dueAt: null, calendarVersion: 'china-1' });
    expect((await platform.as(null).attempt('{ workDays(from: "2026-12-31", to: "2027-01-02") { kind } }')).errors?.[0]?.extensions)
      .toMatchObject({ code: 'BAD_USER_INPUT' });

    const holidays = ['2027-01-01', '2027-01-02', '2027-01-03', '2027-05-01', '2027-10-01'];
    expect((await calendarOf('hefei-2027', { notices: [{ year: 2027, holidays, makeUpDays: [] }] })).codes).toEqual([]);
    await runTasks();

    expect((await clock(id, 'RESOLVE')).dueAt).toBe(at('2027-01-05T17:00').toISOString());
    expect((await storedDeadlines(id)).calendarVersion).toBe('hefei-2027');
    const { workDays } = await platform.as(null).run<{ workDays: { kind: string }[] }>('{ workDays(from: "2026-12-31", to: "2027-01-05") { kind } }');
    expect(workDays.map(({ kind }) => kind)).toEqual(['WORK', 'HOLIDAY', 'HOLIDAY', 'HOLIDAY', 'WORK', 'WORK']);
  });

  it('is kept in every version: which years each knows, which is in force, newest first', async () => {
    await calendarOf('hefei-2026', { holidays: ['2026-03-04'], hours: [{ from: '08:30', to: '12:00' }, { from: '14:30', to: '18:00' }], note: '夏令时间' });
    await calendarOf('hefei-2026.1', { workDays: ['2026-03-07'] });
    const fields = 'version number isInForce fromYear toYear holidays workDays hours { from to } note publishedAt publishedBy';
    const query = `query ($after: String) { calendars(first: 2, after: $after) { totalCount nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`;
    interface Page { calendars: { totalCount: number; nodes: Record<string, unknown>[]; pageInfo: { hasNextPage: boolean; endCursor: string } } }
    const { calendars } = await platform.as(city).run<Page>(query);

    expect([calendars.totalCount, calendars.pageInfo.hasNextPage]).toEqual([3, true]);
    expect(calendars.nodes).toMatchObject([
      { version: 'hefei-2026.1', number: 2, isInForce: true, toYear: 2026, holidays: [], workDays: ['2026-03-07'], publishedBy: city.id },
      { version: 'hefei-2026', number: 1, isInForce: false, holidays: ['2026-03-04'], note: '夏令时间', publishedAt: monday.toISOString() },
    ]);
    const rest = (await platform.as(null).run<Page>(query, { after: calendars.pageInfo.endCursor })).calendars;
    expect(rest.nodes).toMatchObject([{ version: 'china-1', number: 0, isInForce: false, publishedAt: null, publishedBy: null }]);
    expect(rest.pageInfo.hasNextPage).toBe(false);
    const { calendar } = await platform.as(null).run<{ calendar: unknown }>(`{ calendar(version: "hefei-2026") { hours { from to } publishedBy } }`);
    expect(calendar).toEqual({ hours: [{ from: '08:30', to: '12:00' }, { from: '14:30', to: '18:00' }], publishedBy: null });
  });

  it('is published once for one key, and arrives at a community that was down meanwhile', async () => {
    const id = await accepted();
    await platform.subgraphs.stop('community');
    const input = { holidays: ['2026-03-04'], idempotencyKey: 'once' };
    const first = await calendarOf('hefei-2026', input, false);
    expect(await calendarOf('hefei-2026', input, false)).toEqual(first);
    expect([first.codes, first.published]).toEqual([[], { version: 'hefei-2026', number: 1 }]);
    expect((await calendarOf('other', input, false)).codes).toEqual(['IDEMPOTENCY_KEY_REUSED']);

    await platform.subgraphs.start('community');
    await eventually(async () => (await clock(id, 'RESOLVE')).dueAt, at('2026-03-06T17:00').toISOString());
    expect(await platform.subgraphs.running('community').connection.collection('calendars').countDocuments()).toBe(1);
  });

  it('gets a number of its own when two are published at once', async () => {
    const both = await Promise.all([calendarOf('a', { holidays: ['2026-03-04'] }), calendarOf('b', { holidays: ['2026-03-05'] })]);
    expect(both.flatMap(({ codes }) => codes)).toEqual([]);
    expect(both.map(({ published }) => published?.number).toSorted()).toEqual([1, 2]);
  });

  it('is refused with its reason, and nothing is published', async () => {
    const holidays2027 = ['2027-01-01', '2027-05-01', '2027-10-01'];
    const refusals: readonly [input: Record<string, unknown>, code: string, reason: string][] = [
      [{ version: '' }, 'INVALID_INPUT', 'version name'],
      [{ version: '合肥' }, 'INVALID_INPUT', 'version name'],
      [{ version: 'china-1' }, 'DUPLICATE', 'choose another name'],
      [{ version: 'x', hours: [{ from: '9:00', to: '12:00' }] }, 'INVALID_INPUT', 'HH:mm'],
      [{ version: 'x', hours: [{ from: '09:00', to: '12:00' }, { from: '11:00', to: '17:00' }] }, 'INVALID_INPUT', 'overlap'],
      [{ version: 'x', hours: [] }, 'INVALID_INPUT', 'working hours'],
      [{ version: 'x', holidays: ['2026-03-04'], workDays: ['2026-03-04'] }, 'INVALID_INPUT', 'cannot be a holiday and a work day'],
      [{ version: 'x', holidays: ['2031-03-04'] }, 'INVALID_INPUT', 'outside the years'],
      [{ version: 'x', notices: [{ year: 2028, holidays: holidays2027, makeUpDays: [] }] }, 'INVALID_INPUT', 'must be that of 2027'],
      [{ version: 'x', notices: [{ year: 2027, holidays: ['2027-01-01'], makeUpDays: [] }] }, 'INVALID_INPUT', 'all its holidays'],
      [{ version: 'x', note: '长'.repeat(2_001) }, 'INVALID_INPUT', '2000'],
    ];
    for (const [input, code, reason] of refusals) {
      const refused = await publish(city, 'calendarPublish', input);
      expect([input, refused.codes, refused.published]).toEqual([input, [code], null]);
      expect(refused.messages[0]).toContain(reason);
    }
    for (const who of [clerk, streetClerk, actor('DISTRICT_OFFICER', '340103'), actor('DEPARTMENT_OFFICER', '3401-01'), resident]) {
      expect((await publish(who, 'calendarPublish', { version: 'x' })).codes).toEqual(['ROLE_NOT_ALLOWED']);
      expect((await publish(who, 'clockPolicyPublish', { version: 'x', rows: fallbacks })).codes).toEqual(['ROLE_NOT_ALLOWED']);
    }
    const stranger = await platform.as(null).attempt('mutation { calendarPublish(input: { version: "x" }) { userErrors { code } } }');
    expect(stranger.errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });

    const { calendar, calendars } = await platform.as(null).run<{ calendar: { version: string }; calendars: { totalCount: number } }>(
      '{ calendar { version } calendars { totalCount } }',
    );
    expect([calendar.version, calendars.totalCount]).toEqual(['china-1', 1]);
    expect(await platform.subgraphs.running('city').connection.collection('outbox').countDocuments()).toBe(0);
  });
});

describe('a clock policy', () => {
  it('counts for clocks that start from then on, and each clock names the source of its own', async () => {
    const old = await accepted('城乡建设', 'COMPLAINT');
    const rows = [row('RESOLVE', 'WORK_DAY', 5, { category: '城乡建设', sourceZh: '城建限时办结', sourceEn: 'Limit for construction' }), ...fallbacks];
    expect((await publish(city, 'clockPolicyPublish', { version: 'p-2026', rows, note: '提速' })).codes).toEqual([]);
    const fresh = await accepted('城乡建设', 'COMPLAINT');
    const other = await accepted('交通运输', 'CONSULTATION');

    expect(await clock(old, 'RESOLVE')).toMatchObject({ budget: 10, dueAt: at('2026-03-16T17:00').toISOString() });
    expect((await clock(old, 'RESOLVE')).source).toContain('default of the platform');
    expect(await clock(fresh, 'RESOLVE')).toMatchObject({
      budget: 5, dueAt: at('2026-03-09T17:00').toISOString(), source: '城建限时办结 / Limit for construction',
    });
    expect(await clock(other, 'RESOLVE')).toMatchObject({ budget: 10, source: '合政办〔2026〕1 号 / City order 1 of 2026' });

    await does(clerk, 'caseHandle', old);
    await does(clerk, 'caseForward', old, { note: '需街道处理' });
    expect((await clock(old, 'SIGN')).source).toContain('City order 1');
    expect((await clock(old, 'RESOLVE')).budget).toBe(10);
  });

  it('is shown in force and with its history', async () => {
    const query = '{ clockPolicy { version isInForce rows { clock demandType unit budget source } } clockPolicies { totalCount nodes { version number } } }';
    interface Shown {
      clockPolicy: { version: string; isInForce: boolean; rows: { clock: string; demandType: string | null; unit: string; budget: number; source: string }[] };
      clockPolicies: { totalCount: number; nodes: unknown[] };
    }
    const before = await platform.as(null).run<Shown>(query);
    expect([before.clockPolicy.version, before.clockPolicy.isInForce, before.clockPolicies.totalCount]).toEqual(['platform-1', true, 1]);
    expect(before.clockPolicy.rows.find(({ clock: name }) => name === 'RESOLVE')).toEqual({
      clock: 'RESOLVE', demandType: 'CONSULTATION', unit: 'WORK_DAY', budget: 3, source: '平台缺省,城市可另定 / default of the platform; a city sets its own',
    });
    await publish(city, 'clockPolicyPublish', { version: 'p-1', rows: fallbacks });
    const after = await platform.as(null).run<Shown>(query);
    expect([after.clockPolicy.version, after.clockPolicy.rows.length]).toEqual(['p-1', fallbacks.length]);
    expect(after.clockPolicies.nodes).toEqual([{ version: 'p-1', number: 1 }, { version: 'platform-1', number: 0 }]);
  });

  it('is published once for one key, and refused where a clock has no row for every case', async () => {
    const input = { version: 'p-1', rows: fallbacks, idempotencyKey: 'once' };
    const first = await publish(city, 'clockPolicyPublish', input);
    expect(first.codes).toEqual([]);
    expect(await publish(city, 'clockPolicyPublish', input)).toEqual(first);
    expect((await publish(city, 'clockPolicyPublish', { version: 'p-1', rows: fallbacks })).codes).toEqual(['DUPLICATE']);

    const lacking = await publish(city, 'clockPolicyPublish', { version: 'p-2', rows: fallbacks.filter((one) => one.clock !== 'SIGN') });
    expect(lacking.codes).toEqual(['INVALID_INPUT']);
    expect(lacking.messages[0]).toContain('Add a row without conditions for SIGN');
    const { clockPolicies } = await platform.as(null).run<{ clockPolicies: { totalCount: number } }>('{ clockPolicies { totalCount } }');
    expect(clockPolicies.totalCount).toBe(2);
  });
});
