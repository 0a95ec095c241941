// 减负: on its day admissions lapse, by subtraction or to be applied for anew, for all or in pilots.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, demand, people, places, settled, type Cases, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { commandsDuring } from '../kit/subgraphs.js';

const { city, street, district, resident, clerk } = people;
const housing = actor('DEPARTMENT_OFFICER', '3401-01');
const matter = demand.category.split('/').slice(0, 2).join('/');
const otherDistrict = actor('DISTRICT_OFFICER', places.otherDistrict);
const farStreet = `${places.otherDistrict}001`;

let platform: Platform;
let cases: Cases;
let now = new Date('2026-03-02T02:00:00Z');

beforeAll(async () => {
  platform = await startPlatform({ name: 'reduction', seed: true, now: () => now });
  cases = casesOf(platform);
  const entry = { title: '安全检查', titleEn: 'Safety checks', category: 'LAWFUL_ASSISTANCE', class: 'A', forward: true, dispatch: true };
  const text = 'mutation ($input: DutyListPublishInput!) { dutyListPublish(input: $input) { userErrors { code } } }';
  const input = { version: 'needs-1', entries: [
    { ...entry, code: 'Z-1', matters: [matter], needsAdmission: true },
    { ...entry, code: 'Z-2', matters: ['民政/社会救助'], dispatch: false },
    { ...entry, code: 'Z-3', matters: ['民政', '文体旅游'] },
  ] };
  expect(await platform.as(city).run(text, { input })).toEqual({ dutyListPublish: { userErrors: [] } });
  await settled(platform.subgraphs);
});
afterAll(() => platform.end());

type Fields = Record<string, unknown>;
interface Thing {
  readonly id: string;
  readonly version: number;
  readonly state: string;
}
interface Answer {
  readonly thing: Thing | null;
  readonly userErrors: readonly UserError[];
}

async function send(who: Actor, mutation: string, input: Fields): Promise<Answer> {
  const field = mutation.startsWith('admission') ? 'admission' : 'reduction';
  const name = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const text = `mutation ($input: ${name}!) { ${mutation}(input: $input) { thing: ${field} { id version state } userErrors { code message field } } }`;
  const answer = (await platform.as(who).run<Record<string, Answer>>(text, { input }))[mutation] as Answer;
  await settled(platform.subgraphs);
  return answer;
}
async function done(...call: Parameters<typeof send>): Promise<Thing> {
  const { thing, userErrors } = await send(...call);
  if (!thing || userErrors.length > 0) throw new Error(`${call[1]}: ${JSON.stringify(userErrors)}`);
  return thing;
}

const admissionShown = `id version state inForceAt endedAt awaits except community { code } reduction { id } endedByReduction { id }
  passed { gate } street { code }`;
type Admission = Thing & { inForceAt: string | null; endedAt: string | null; awaits: boolean; except: string[]; reduction: { id: string } | null;
  endedByReduction: { id: string } | null };
const look = async (id: string): Promise<Admission> =>
  (await platform.as(city).run<{ admission: Admission }>(`query ($id: ID!) { admission(id: $id) { ${admissionShown} } }`, { id })).admission;
const propose = async (more: Fields = {}): Promise<string> =>
  (await done(housing, 'admissionPropose', { matter, street: places.street, reason: '街道更近', ...more })).id;
async function pass(id: string, where: string = places.street): Promise<Thing> {
  const on = async (more: Fields = {}): Promise<Fields> => ({ admissionId: id, expectedVersion: (await look(id)).version, ...more });
  await done(actor('STREET_CLERK', where), 'admissionGiveOpinion', await on({ supports: true, note: '同意' }));
  await done(housing, 'admissionSecure', await on({ posts: 1 }));
  await done(housing, 'admissionEmpower', await on({ powers: ['Q-25'] }));
  return done(city, 'admissionApprove', await on());
}
async function admit(more: Fields = {}, where: string = places.street): Promise<string> {
  const id = await propose({ street: where, ...more });
  await pass(id, where);
  return id;
}

type Reduction = Thing & { pilot: { until: string } | null; window: { from: string; to: string } | null; adopts: Thing | null;
  cuts: { totalCount: number; nodes: { matter: string | null; reason: string; list: string | null; entry: string | null; onlyIn: string[]; admission: { id: string } | null }[] } };
const lookAt = async (id: string, who: Actor = city): Promise<Reduction | null> =>
  (await platform.as(who).run<{ burdenReduction: Reduction | null }>(`query ($id: ID!) { burdenReduction(id: $id) {
    id version state pilot { until } window { from to } adopts { id version state }
    cuts(first: 100) { totalCount nodes { matter reason list entry onlyIn admission { id } } }
  } }`, { id })).burdenReduction;
const draft = (who: Actor, more: Fields): Promise<Thing> =>
  done(who, 'burdenReductionDraft', { kind: 'REAPPLICATION', area: places.district, effectiveOn: '2026-04-01', note: '为基层减负', ...more });
const on = async (id: string, more: Fields = {}): Promise<Fields> => ({ reductionId: id, expectedVersion: (await lookAt(id))?.version, ...more });
const announce = async (id: string, who: Actor): Promise<Thing> => done(who, 'burdenReductionAnnounce', await on(id));

async function runTasks(times = 1): Promise<void> {
  await Promise.all(Array.from({ length: times }, () => platform.subgraphs.running('city').runTasks()));
  await settled(platform.subgraphs);
}
const told = async (id: string): Promise<string[]> => {
  const outbox = platform.subgraphs.running('city').connection.collection('outbox');
  const sent = await outbox.find({ subject: id, target: 'street' }).sort({ 'envelope.sequence': 1 }).toArray();
  return sent.map(({ envelope }) => (envelope as { data: { state: string } }).data.state);
};
const dispatch = async (): Promise<readonly string[]> => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  return (await cases.act(street, 'dispatchAssign', id)).userErrors.map(({ code }) => code);
};

describe('re-application', () => {
  let kept: string;
  let anew: string;
  let lost: string;
  let elsewhere: string;
  let id: string;

  it('shows before it is announced what would lapse, and lets nothing lapse until its day', async () => {
    kept = await admit();
    lost = await admit({ matter: '民政/福利慈善' });
    elsewhere = await admit({}, farStreet);
    id = (await draft(district, {})).id;
    const preview = await lookAt(id);
    expect(preview).toMatchObject({ state: 'DRAFT', window: { from: '2026-03-02', to: '2026-05-01' } });
    expect(preview?.cuts).toEqual({ totalCount: 2, nodes: [kept, lost].toSorted().map((one) => ({
      matter: one === kept ? matter : '民政/福利慈善', reason: 'ALL_LAPSE', list: null, entry: null, onlyIn: [], admission: { id: one },
    })) });
    expect(await lookAt(id, otherDistrict)).toBeNull();
    expect(await lookAt(id, housing)).toBeNull();
    await announce(id, district);
    expect((await lookAt(id, housing))?.state).toBe('ANNOUNCED');
    await runTasks();
    expect((await look(lost)).state).toBe('IN_FORCE');
  });

  it('takes a proposal beside what is in force; with all gates passed it waits for the day', async () => {
    anew = await propose();
    expect((await send(housing, 'admissionPropose', { matter, street: places.street, reason: '再提' })).userErrors).toMatchObject([{ code: 'DUPLICATE' }]);
    await pass(anew);
    expect(await look(anew)).toMatchObject({ state: 'PASSED', awaits: true, inForceAt: null, reduction: { id } });
    expect((await look(kept)).state).toBe('IN_FORCE');
    expect(await dispatch()).toEqual([]);
  });

  it('takes effect on its day, once, however many processes try: what was admitted anew goes on without a gap', async () => {
    now = new Date('2026-04-01T03:00:00Z');
    await runTasks(3);
    const day = '2026-03-31T16:00:00.000Z';
    expect(await look(kept)).toMatchObject({ state: 'LAPSED', endedAt: day, endedByReduction: { id } });
    expect(await look(lost)).toMatchObject({ state: 'LAPSED', endedAt: day });
    expect(await look(anew)).toMatchObject({ state: 'IN_FORCE', inForceAt: day, awaits: false });
    expect((await look(elsewhere)).state).toBe('IN_FORCE');
    expect(await lookAt(id)).toMatchObject({ state: 'IN_EFFECT', cuts: { totalCount: 2 } });
    expect((await told(lost)).filter((state) => state === 'LAPSED')).toHaveLength(1);
    expect((await told(anew)).at(-1)).toBe('IN_FORCE');
    expect(await dispatch()).toEqual([]);
  });

  it('finds nothing left to do when the process ended before it could say that it was done', async () => {
    const before = await Promise.all([kept, lost, anew, elsewhere].map(look));
    const model = platform.subgraphs.running('city').connection.collection<{ _id: string }>('burdenReductions');
    await model.updateOne({ _id: id }, { $set: { state: 'ANNOUNCED', wakeAt: now, leasedUntil: new Date(now.getTime() + 60_000) } });
    await runTasks();
    expect((await lookAt(id))?.state).toBe('ANNOUNCED');
    now = new Date(now.getTime() + 61_000);
    await runTasks();
    expect((await lookAt(id))?.state).toBe('IN_EFFECT');
    expect(await Promise.all([kept, lost, anew, elsewhere].map(look))).toEqual(before);
  });

  it('is applied for in the window only, and what lapsed is free to be proposed again once it is closed', async () => {
    expect((await send(district, 'burdenReductionClose', await on(id, { note: '完成' }))).userErrors).toMatchObject([{ code: 'TRANSITION_NOT_ALLOWED' }]);
    now = new Date('2026-05-02T03:00:00Z');
    const again = { matter: '民政/福利慈善', street: places.street, reason: '仍需街道' };
    expect((await send(housing, 'admissionPropose', again)).userErrors).toMatchObject([{ code: 'TRANSITION_NOT_ALLOWED', message: expect.stringContaining('2026-05-01') }]);
    expect((await send(housing, 'admissionPropose', { ...again, matter: '民政/基层政权' })).userErrors).toEqual([]);
    expect((await done(district, 'burdenReductionClose', await on(id, { note: '完成' }))).state).toBe('CLOSED');
    expect((await send(housing, 'admissionPropose', again)).userErrors).toEqual([]);
  });

  it('that is cancelled before its day drops what waited for it and leaves the rest as it was', async () => {
    const other = (await draft(otherDistrict, { area: places.otherDistrict, effectiveOn: '2026-06-01' })).id;
    await announce(other, otherDistrict);
    const waiting = await propose({ street: farStreet });
    expect(await look(waiting)).toMatchObject({ state: 'PROPOSED', awaits: true });
    await done(otherDistrict, 'burdenReductionCancel', await on(other, { note: '另行安排' }));
    await runTasks();
    expect((await look(waiting)).state).toBe('REFUSED');
    expect((await look(elsewhere)).state).toBe('IN_FORCE');
    now = new Date('2026-06-01T03:00:00Z');
    await runTasks();
    expect((await look(elsewhere)).state).toBe('IN_FORCE');
    expect((await lookAt(other))?.state).toBe('CANCELLED');
  });
});

describe('an admission from before there were reductions', () => {
  it('keeps others of its kind from being proposed, and what it lacks is filled in', async () => {
    const id = await propose({ matter: '民政/殡葬服务', street: farStreet });
    const admissions = platform.subgraphs.running('city').connection.collection<{ _id: string }>('admissions');
    const gone = { item: '', community: '', endedBy: '', endedByGovernment: '', reduction: '', awaits: '', cutBy: '', exceptions: '', earlier: '' } as const;
    await admissions.updateOne({ _id: id }, { $set: { openFor: `民政/殡葬服务 3401-01 ${farStreet}` }, $unset: gone });
    await platform.subgraphs.stop('city');
    await platform.subgraphs.start('city');
    expect(await look(id)).toMatchObject({ state: 'PROPOSED', awaits: false, except: [], community: null, reduction: null });
    const reduction = (await draft(otherDistrict, { area: places.otherDistrict, effectiveOn: '2026-06-20' })).id;
    await announce(reduction, otherDistrict);
    expect((await send(housing, 'admissionPropose', { matter: '民政/殡葬服务', street: farStreet, reason: '再提' })).userErrors).toMatchObject([{ code: 'DUPLICATE' }]);
    await done(otherDistrict, 'burdenReductionCancel', await on(reduction, { note: '另行安排' }));
    await pass(id, farStreet);
    expect((await look(id)).state).toBe('IN_FORCE');
  });
});

describe('subtraction', () => {
  it('lets what is off the lists, and what is named, lapse on its day, each with its reason, and nothing else', async () => {
    const stays = await admit({ matter: '民政/婚姻登记' });
    const undispatched = await admit({ matter: '民政/社会救助/低保' });
    const unlisted = await admit({ matter: '交通运输/出租车' });
    const named = await admit({ matter: '文体旅游/体育' });
    const id = (await draft(district, { kind: 'SUBTRACTION', effectiveOn: '2026-06-10', criteria: { offList: true, matters: ['文体旅游'] } })).id;
    const reasons = async () => Object.fromEntries(((await lookAt(id))?.cuts.nodes ?? []).map(({ admission, reason, list, entry }) => [admission?.id, [reason, list, entry]]));
    const expected = {
      [undispatched]: ['NOT_DISPATCHED', 'needs-1', 'Z-2'], [unlisted]: ['NOT_ON_LIST', 'needs-1', null], [named]: ['NAMED', null, null],
    };
    expect(await reasons()).toEqual(expected);
    await announce(id, district);
    const late = await admit({ matter: '交通运输/公交' });
    expect(await reasons()).toEqual(expected);
    now = new Date('2026-06-10T03:00:00Z');
    await runTasks();
    const states = async () => Promise.all([stays, undispatched, unlisted, named, late].map(async (one) => (await look(one)).state));
    expect(await states()).toEqual(['IN_FORCE', 'LAPSED', 'LAPSED', 'LAPSED', 'IN_FORCE']);
    expect(await reasons()).toEqual(expected);
    expect((await done(district, 'burdenReductionClose', await on(id, { note: '完成' }))).state).toBe('CLOSED');
  });

  it('of nothing is not announced', async () => {
    const id = (await draft(district, { kind: 'SUBTRACTION', effectiveOn: '2026-06-20', criteria: { items: ['01-001'] } })).id;
    expect((await send(district, 'burdenReductionAnnounce', await on(id))).userErrors).toMatchObject([{ code: 'INVALID_INPUT' }]);
    expect((await lookAt(id))?.state).toBe('DRAFT');
  });
});

describe('a pilot', () => {
  const pilotStreets = ['340103002', '340103003'];
  const pilotAreas = [...pilotStreets, places.community, '340103004001'];
  let inside: string;
  let around: string;
  let id: string;

  it('lets admissions lapse in its streets and communities, and nowhere else', async () => {
    inside = await admit({}, '340103002');
    around = (await platform.as(city).run<{ admissions: { nodes: (Admission & { matter: string; street: { code: string } })[] } }>(
      '{ admissions(states: [IN_FORCE], first: 100) { nodes { id matter street { code } } } }',
    )).admissions.nodes.find((one) => one.matter === matter && one.street.code === places.street)?.id ?? '';
    id = (await draft(district, { effectiveOn: '2026-07-01', pilot: { areas: pilotAreas } })).id;
    const preview = await lookAt(id);
    expect(preview?.pilot).toEqual({ until: '2027-01-01' });
    const shown = new Map(preview?.cuts.nodes.map(({ admission, onlyIn }) => [admission?.id, onlyIn]));
    expect([shown.get(inside), shown.get(around)]).toEqual([[], [places.community]]);
    await announce(id, district);
    expect(await dispatch()).toEqual([]);
    now = new Date('2026-07-01T03:00:00Z');
    await runTasks();
    expect((await look(inside)).state).toBe('LAPSED');
    expect(await look(around)).toMatchObject({ state: 'IN_FORCE', except: [places.community] });
    expect(await dispatch()).toEqual(['NOT_ADMITTED']);
    const sibling = await cases.bring('SUBMITTED', { community: places.sibling });
    const siblings = actor('COMMUNITY_CLERK', places.sibling);
    await cases.walk(sibling, [[siblings, 'caseAccept'], [siblings, 'caseForward'], [street, 'dispatchSign']]);
    expect((await cases.act(street, 'dispatchAssign', sibling)).userErrors).toEqual([]);
  });

  it('takes an application for one of its communities, which alone is admitted again', async () => {
    const one = await admit({ community: places.community });
    expect(await look(one)).toMatchObject({ state: 'IN_FORCE', reduction: { id } });
    expect(await dispatch()).toEqual([]);
    await done(district, 'admissionLapse', { admissionId: one, expectedVersion: (await look(one)).version, note: '不再需要' });
    expect(await dispatch()).toEqual(['NOT_ADMITTED']);
  });

  it('is extended by six months at its end, not before it, and not closed without a decision', async () => {
    const decide = { decision: 'EXTEND', note: '继续观察' };
    expect((await send(district, 'burdenReductionDecide', await on(id, decide))).userErrors).toMatchObject([{ code: 'TRANSITION_NOT_ALLOWED' }]);
    now = new Date('2027-01-01T03:00:00Z');
    expect((await send(district, 'burdenReductionClose', await on(id, { note: '完成' }))).userErrors).toMatchObject([{ code: 'TRANSITION_NOT_ALLOWED' }]);
    expect((await done(district, 'burdenReductionDecide', await on(id, decide))).state).toBe('IN_EFFECT');
    expect((await lookAt(id))?.pilot).toEqual({ until: '2027-07-01' });
  });

  it('that ends has what lapsed by it restored', async () => {
    now = new Date('2027-07-01T03:00:00Z');
    expect((await done(district, 'burdenReductionDecide', await on(id, { decision: 'END', note: '效果不显' }))).state).toBe('CLOSED');
    await runTasks(2);
    expect(await look(inside)).toMatchObject({ state: 'IN_FORCE', inForceAt: now.toISOString(), endedAt: null, endedByReduction: null });
    expect(await look(around)).toMatchObject({ state: 'IN_FORCE', except: [] });
    expect((await told(inside)).filter((state) => state === 'IN_FORCE')).toHaveLength(2);
    expect(await dispatch()).toEqual([]);
  });

  it('that is adopted is drafted for all, and what was applied for anew in it is left alone', async () => {
    const pilot = (await draft(district, { effectiveOn: '2027-08-01', window: { from: '2027-07-01', to: '2027-09-01' }, pilot: { areas: ['340103002'], reason: '仅一街道具备条件' } })).id;
    await announce(pilot, district);
    const again = await propose({ street: '340103002' });
    await pass(again, '340103002');
    now = new Date('2028-02-01T03:00:00Z');
    await runTasks();
    expect([(await look(inside)).state, (await look(again)).state]).toEqual(['LAPSED', 'IN_FORCE']);
    await done(district, 'burdenReductionDecide', await on(pilot, { decision: 'ADOPT_FOR_ALL', effectiveOn: '2028-03-01', note: '全区推广' }));
    const { burdenReductions: { nodes } } = await platform.as(district).run<{ burdenReductions: { nodes: (Thing & { adopts: Thing | null })[] } }>(
      '{ burdenReductions(states: [DRAFT], first: 100) { nodes { id adopts { id state } } } }',
    );
    const next = nodes.find(({ adopts }) => adopts?.id === pilot);
    expect(next?.adopts).toEqual({ id: pilot, state: 'CLOSED' });
    const doomed = (await lookAt(next?.id ?? ''))?.cuts.nodes.map(({ admission }) => admission?.id);
    expect([doomed?.includes(around), doomed?.includes(again)]).toEqual([true, false]);
    await runTasks();
    expect((await look(inside)).state).toBe('LAPSED');
  });
});

describe('the report', () => {
  interface Side { readonly matters: number; readonly items: number; readonly total: number }
  interface Burden {
    readonly area: string;
    readonly name: string;
    readonly before: Side;
    readonly after: Side;
    readonly difference: Side;
    readonly departments: readonly { readonly department: { readonly code: string }; readonly before: number; readonly after: number; readonly difference: number }[];
    readonly entries: { readonly totalCount: number; readonly nodes: readonly {
      readonly matter: string | null; readonly before: { admission: { id: string } | null } | null; readonly after: { admission: { id: string } | null } | null;
    }[] };
  }
  type Report = { streets: { totalCount: number; nodes: Burden[] }; communities: { totalCount: number; nodes: Burden[] } };
  const report = (first: number): string => `query ($area: AreaCode!, $before: Date!, $after: Date!) { burdenReport(area: $area, before: $before, after: $after) {
    streets(first: ${first}) { totalCount nodes { ...shown } } communities(first: ${first}) { totalCount nodes { ...shown } }
  } }
  fragment shown on Burden {
    area name before { ...side } after { ...side } difference { ...side } departments { department { code } before after difference }
    entries(change: REMOVED) { totalCount nodes { matter before { admission { id } } after { admission { id } } } }
  }
  fragment side on BurdenCount { matters items total }`;
  const days = { before: '2026-03-31', after: '2026-04-01' } as const;
  const ask = async (who: Actor, area: string, first = 5): Promise<Report | null> =>
    (await platform.as(who).run<{ burdenReport: Report | null }>(report(first), { area, ...days })).burdenReport;

  it('counts what a street and its communities had on the day before and on the day, with what stands behind each number', async () => {
    const answer = await ask(street, places.street);
    expect(answer?.streets.totalCount).toBe(1);
    const [own] = answer?.streets.nodes ?? [];
    expect(own).toMatchObject({ area: places.street, name: '亳州路街道', before: { matters: 2, items: 0 }, after: { matters: 1 }, difference: { matters: -1, items: 0, total: -1 } });
    expect(own?.entries).toMatchObject({ totalCount: 1, nodes: [{ matter: '民政/福利慈善', before: { admission: { id: expect.any(String) } }, after: null }] });
    for (const side of ['before', 'after', 'difference'] as const) {
      expect(own?.departments.reduce((sum, one) => sum + one[side], 0)).toBe(own?.[side].total);
    }
    const community = answer?.communities.nodes.find(({ area }) => area === places.community);
    expect(community).toMatchObject({ before: { matters: 2 }, after: { matters: 1 } });
    const { admission } = own?.entries.nodes[0]?.before ?? {};
    expect(await look(admission?.id ?? '')).toMatchObject({ state: 'LAPSED', endedAt: '2026-03-31T16:00:00.000Z' });
  });

  it('is for the offices of the area and above, for a department as to itself, and for nobody else', async () => {
    const matters = async (who: Actor, area: string) => (await ask(who, area))?.streets.nodes.map(({ before }) => before.matters) ?? null;
    expect(await matters(city, places.street)).toEqual([2]);
    expect(await matters(housing, places.street)).toEqual([2]);
    expect(await matters(actor('DEPARTMENT_OFFICER', '3401-02'), places.street)).toEqual([0]);
    for (const [who, area] of [[street, places.district], [otherDistrict, places.street], [clerk, places.street], [resident, places.street]] as const) {
      expect(await ask(who, area)).toBeNull();
    }
    const [own] = (await ask(clerk, places.community))?.communities.nodes ?? [];
    expect(own?.entries.nodes).toEqual([{ matter: '民政/福利慈善', before: { admission: null }, after: null }]);
  });

  it('takes as many queries for a page of many areas as for one of few', async () => {
    const commands = async (first: number): Promise<string[]> =>
      commandsDuring(platform.subgraphs, async () => expect((await ask(city, places.city, first))?.communities.nodes).toHaveLength(first));
    expect(await commands(100)).toEqual(await commands(2));
  });

  it.each([['days out of order', '2026-04-02', '2026-04-01'], ['a day to come', '2026-04-01', '2030-01-01']])('of %s is refused', async (_what, before, after) => {
    const { errors } = await platform.as(city).attempt(report(1), { area: places.city, before, after });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('refusals', () => {
  const good = { kind: 'REAPPLICATION', area: places.district, effectiveOn: '2028-12-01', note: '为基层减负' };
  const subtraction = { ...good, kind: 'SUBTRACTION' };
  const count = async (): Promise<number> =>
    (await platform.as(city).run<{ burdenReductions: { totalCount: number } }>('{ burdenReductions { totalCount } }')).burdenReductions.totalCount;

  it.each<[string, Actor, string, Fields]>([
    ["the street's", street, 'ROLE_NOT_ALLOWED', good],
    ["a department's", housing, 'ROLE_NOT_ALLOWED', good],
    ["a district's for its city", district, 'OUT_OF_SCOPE', { ...good, area: places.city }],
    ['one for a street', city, 'OUT_OF_SCOPE', { ...good, area: places.street }],
    ['one for today', district, 'INVALID_INPUT', { ...good, effectiveOn: '2028-02-01' }],
    ['one too far ahead', district, 'INVALID_INPUT', { ...good, effectiveOn: '2031-01-01' }],
    ['one without a word', district, 'INVALID_INPUT', { ...good, note: ' ' }],
    ['a re-application with criteria', district, 'INVALID_INPUT', { ...good, criteria: { offList: true } }],
    ['a subtraction of nothing', district, 'INVALID_INPUT', { ...subtraction, criteria: { offList: false } }],
    ['a subtraction without criteria', district, 'INVALID_INPUT', subtraction],
    ['a subtraction of no path', district, 'INVALID_INPUT', { ...subtraction, criteria: { matters: ['民政/'] } }],
    ['a subtraction with a window', district, 'INVALID_INPUT', { ...subtraction, criteria: { offList: true }, window: { from: '2028-12-01', to: '2028-12-02' } }],
    ['a window without the day', district, 'INVALID_INPUT', { ...good, window: { from: '2028-12-02', to: '2028-12-20' } }],
    ['a window too long', district, 'INVALID_INPUT', { ...good, window: { from: '2028-12-01', to: '2029-12-01' } }],
    ['a pilot of three areas', district, 'INVALID_INPUT', { ...good, pilot: { areas: ['340103002', '340103003', places.community] } }],
    ['a pilot of no area', district, 'INVALID_INPUT', { ...good, pilot: { areas: [], reason: '试' } }],
    ['a pilot of an area that there is not', district, 'INVALID_INPUT', { ...good, pilot: { areas: ['340103999'], reason: '试' } }],
    ["a pilot in another's district", district, 'INVALID_INPUT', { ...good, pilot: { areas: [farStreet], reason: '试' } }],
    ['a pilot of a street and a community of it', district, 'INVALID_INPUT', { ...good, pilot: { areas: [places.street, places.community], reason: '试' } }],
  ])('%s is refused, and nothing is drafted', async (_what, who, code, input) => {
    const before = await count();
    expect((await send(who, 'burdenReductionDraft', input)).userErrors).toMatchObject([{ code }]);
    expect(await count()).toBe(before);
  });

  it('nobody else announces it, nor with an older version, nor beside another that is open in the area', async () => {
    const first = await draft(district, { effectiveOn: '2028-12-01' });
    const second = await draft(city, { area: places.city, effectiveOn: '2028-12-05' });
    const codes = async (who: Actor, input: Fields) => (await send(who, 'burdenReductionAnnounce', input)).userErrors.map(({ code }) => code);
    expect(await codes(city, await on(first.id))).toEqual(['OUT_OF_SCOPE']);
    expect(await codes(otherDistrict, await on(first.id))).toEqual(['NOT_FOUND']);
    expect(await codes(resident, await on(first.id))).toEqual(['NOT_FOUND']);
    expect(await codes(clerk, await on(first.id))).toEqual(['NOT_FOUND']);
    expect(await codes(district, await on(first.id, { expectedVersion: 0 }))).toEqual(['STALE_VERSION']);
    await announce(first.id, district);
    expect(await codes(city, await on(second.id))).toEqual(['DUPLICATE']);
    expect((await lookAt(second.id))?.state).toBe('DRAFT');
    await done(district, 'burdenReductionCancel', await on(first.id, { note: '改期' }));
    expect(await codes(city, await on(second.id))).toEqual([]);
  });
});
