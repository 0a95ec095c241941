// 条块联席会议 through the gateway: convened, confirmed, recorded, its decisions reported and accepted, closed.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, people, places, settled, type Cases, type Step, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { street, resident, district, city } = people;
const [housing, roads, water] = [`${places.district}-01`, `${places.district}-02`, `${places.city}-02`] as const;
const officer = (unit: string): Actor => actor('DEPARTMENT_OFFICER', unit);
/** Shanghai time. */
const at = (local: string): Date => new Date(`${local}:00+08:00`);
const start = at('2026-03-02T10:00');
const meetsAt = at('2026-03-03T10:00');
let now = start;
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'conference', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());
beforeEach(() => {
  now = start;
});

interface View {
  readonly id: string; readonly version: number; readonly state: string; readonly minutes: string | null;
  readonly lead: { readonly area: string; readonly unit: string | null };
  readonly seats: readonly { readonly unit: string; readonly confirmedAt: string | null; readonly attended: boolean | null }[];
  readonly decisions: readonly {
    readonly number: number; readonly unit: string; readonly state: string; readonly dueAt: string | null;
    readonly clocks: readonly { readonly state: string; readonly budget: number }[];
    readonly reports: readonly { readonly text: string; readonly accepted: boolean | null; readonly note: string | null }[];
    readonly availableActions: readonly { readonly action: string; readonly available: boolean }[];
  }[];
  readonly availableActions: readonly { readonly action: string; readonly available: boolean }[];
}
const view = `id version state minutes lead { area unit } seats { unit confirmedAt attended } availableActions { action available }
  decisions { number unit state dueAt clocks { state budget } reports { text accepted note } availableActions { action available } }`;

interface Done {
  readonly conference: View | null;
  readonly errors: readonly UserError[];
}
async function send(who: Actor, mutation: string, input: Readonly<Record<string, unknown>>): Promise<Done> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, { conference: View | null; userErrors: UserError[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { conference { ${view} } userErrors { code message field } } }`, { input },
  );
  await settled(platform.subgraphs);
  return { conference: data[mutation]?.conference ?? null, errors: data[mutation]?.userErrors ?? [] };
}
async function does(who: Actor, mutation: string, input: Readonly<Record<string, unknown>>): Promise<View> {
  const { conference, errors } = await send(who, mutation, input);
  expect(errors).toEqual([]);
  if (!conference) throw new Error(`${mutation} gave no conference.`);
  return conference;
}
const on = ({ id, version }: View, more: Readonly<Record<string, unknown>> = {}) => ({ conferenceId: id, expectedVersion: version, ...more });

const atDistrict: readonly Step[] = [[street, 'dispatchForward', { note: '需区级协调' }], [district, 'coordinationSign']];
async function brought(): Promise<string> {
  const id = await cases.bring('STREET_IN_PROGRESS');
  await cases.walk(id, atDistrict);
  return id;
}
const order = { units: [housing, roads, water], agenda: '抢修与交通疏导', place: '区政府 301', meetsAt: meetsAt.toISOString() };
const input = async (caseId: string, more: Readonly<Record<string, unknown>> = {}) =>
  ({ caseId, expectedVersion: (await cases.look(caseId)).coordination?.version ?? 0, ...order, ...more });
const convene = async (caseId: string, more = {}): Promise<View> => does(district, 'conferenceConvene', await input(caseId, more));
const minutes = {
  attended: [housing, roads], minutes: '会议议定如下',
  decisions: [{ unit: housing, task: '回填路面', workDays: 2 }, { unit: roads, task: '疏导交通', workDays: 5 }],
};
async function held(caseId: string): Promise<View> {
  const conference = await convene(caseId);
  now = meetsAt;
  return does(district, 'conferenceRecord', on(conference, minutes));
}

const ofCase = async (caseId: string, who: Actor = district): Promise<readonly View[]> =>
  (await platform.as(who).run<{ coordination: { conferences: View[] } }>(
    `query ($id: ID!) { coordination(caseId: $id) { conferences { ${view} } } }`, { id: caseId },
  )).coordination.conferences;
const listed = async (who: Actor, states: readonly string[] | null = null): Promise<string[]> =>
  (await platform.as(who).run<{ conferences: { nodes: { id: string }[] } }>(
    'query ($states: [ConferenceState!]) { conferences(states: $states, first: 100) { nodes { id } } }', { states },
  )).conferences.nodes.map(({ id }) => id);
const entries = async (caseId: string): Promise<string[]> => (await cases.look(caseId)).timeline.nodes
  .map(({ action }) => action).filter((action) => /^(CONFERENCE|DECISION)_/.test(action));
interface Told {
  readonly kind: string; readonly text: string; readonly case: { readonly title: string } | null; readonly conference: { readonly agenda: string } | null;
}
async function toldTo(who: Actor, conference: View): Promise<readonly Told[]> {
  const { notices } = await platform.as(who).run<{ notices: { nodes: (Told & { conference: { id: string } | null })[] } }>(
    '{ notices(first: 100) { nodes { kind text case { title } conference { id agenda } } } }',
  );
  return notices.nodes.filter((notice) => notice.conference?.id === conference.id).toReversed();
}
const kindsTo = async (who: Actor, conference: View): Promise<string[]> => (await toldTo(who, conference)).map(({ kind }) => kind);

it('brings departments together, has what they decide done and accepted, and is closed, while the case stays in progress', async () => {
  const caseId = await brought();
  const convened = await convene(caseId);
  expect(convened).toMatchObject({ state: 'CONVENED', lead: { area: places.district, unit: null } });
  const confirmed = await does(officer(housing), 'conferenceConfirm', on(convened));
  expect(confirmed.seats.map(({ unit, confirmedAt }) => [unit, confirmedAt])).toEqual([[housing, start.toISOString()], [roads, null], [water, null]]);

  now = meetsAt;
  const recorded = await does(district, 'conferenceRecord', on(confirmed, minutes));
  expect(recorded.seats.map(({ attended }) => attended)).toEqual([true, true, false]);
  expect(recorded.decisions.map(({ unit, state, dueAt }) => [unit, state, dueAt])).toEqual([
    [housing, 'OPEN', at('2026-03-05T17:00').toISOString()], [roads, 'OPEN', at('2026-03-10T17:00').toISOString()],
  ]);
  const reported = await does(officer(housing), 'conferenceReport', on(recorded, { decision: 1, note: '已回填' }));
  const rejected = await does(district, 'conferenceDecide', on(reported, { decision: 1, accepted: false, note: '未压实' }));
  const again = await does(officer(housing), 'conferenceReport', on(rejected, { decision: 1, note: '已压实' }));
  const first = await does(district, 'conferenceDecide', on(again, { decision: 1, accepted: true }));
  const second = await does(officer(roads), 'conferenceReport', on(first, { decision: 2, note: '已疏导' }));
  const accepted = await does(district, 'conferenceDecide', on(second, { decision: 2, accepted: true }));
  const closed = await does(district, 'conferenceClose', on(accepted, { note: '已全部落实' }));

  expect(closed).toMatchObject({ state: 'CLOSED', minutes: minutes.minutes });
  expect(closed.decisions[0]).toMatchObject({ state: 'ACCEPTED', dueAt: null, reports: [
    { text: '已回填', accepted: false, note: '未压实' }, { text: '已压实', accepted: true, note: null },
  ] });
  expect(await cases.look(caseId)).toMatchObject({ state: 'IN_PROGRESS', coordination: { state: 'IN_PROGRESS' } });
  expect(await entries(caseId)).toEqual([
    'CONFERENCE_CONVENED', 'CONFERENCE_HELD', 'DECISION_REPORTED', 'DECISION_REJECTED', 'DECISION_REPORTED', 'DECISION_ACCEPTED',
    'DECISION_REPORTED', 'DECISION_ACCEPTED', 'CONFERENCE_CLOSED',
  ]);
  expect(await kindsTo(officer(housing), closed)).toEqual(['INVITED', 'ASSIGNED', 'SENT_BACK']);
  expect(await kindsTo(officer(water), closed)).toEqual(['INVITED']);
  expect(await kindsTo(district, closed)).toEqual(['REPORTED', 'REPORTED', 'REPORTED']);
  expect(await listed(officer(housing), ['CLOSED'])).toContain(closed.id);
});

it('shows the invited the conference and nothing of the case, and everybody else neither', async () => {
  const caseId = await brought();
  const conference = await convene(caseId);
  const [told] = await toldTo(officer(roads), conference);
  expect(told).toMatchObject({ kind: 'INVITED', case: null, conference: { agenda: order.agenda } });
  expect(told?.text).toMatch(/^案件 HF\S+ 的联席会议邀请您参加。 \/ The conference on case HF\S+ invites you\.$/);
  const seen = await platform.as(officer(roads)).run(
    'query ($id: ID!) { case(id: $id) { title } conferences(first: 100) { nodes { number case { title } } } }', { id: caseId },
  );
  expect(seen).toMatchObject({ case: null, conferences: { nodes: expect.arrayContaining([expect.objectContaining({ case: null })]) as unknown } });
  const outsiders = [officer(`${places.district}-09`), resident, actor('DISTRICT_OFFICER', places.otherDistrict)];
  for (const who of outsiders) expect(await listed(who)).not.toContain(conference.id);
});

it('keeps the lead with the department that received the case first', async () => {
  const caseId = await brought();
  await cases.walk(caseId, [
    [district, 'coordinationAssign', { unit: roads }], [officer(roads), 'coordinationReturn', { note: '须多家协同' }],
    [district, 'coordinationRedispatch', { unit: housing }], [officer(housing), 'coordinationSign'],
  ]);
  const without = await send(district, 'conferenceConvene', await input(caseId, { units: [housing, water] }));
  expect(without.errors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', 'units'] }]);
  expect(without.errors[0]?.message).toContain(`首接负责:此件由 ${roads} 牵头`);
  const another = await send(district, 'conferenceConvene', await input(caseId, { lead: housing }));
  expect(another.errors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', 'lead'] }]);
  expect(await ofCase(caseId)).toEqual([]);

  expect((await convene(caseId)).lead).toEqual({ area: places.district, unit: roads });
});

it('warns the unit that owes a decision, and tells district and city when it is late, each once', async () => {
  const conference = await held(await brought());
  const look = async (local: string): Promise<void> => {
    now = at(local);
    const { runTasks } = platform.subgraphs.running('district');
    await Promise.all([runTasks(), runTasks(), runTasks()]);
    await settled(platform.subgraphs);
  };
  await look('2026-03-05T11:00');
  expect(await kindsTo(officer(housing), conference)).toEqual(['INVITED', 'ASSIGNED']);
  // From Tuesday 10:00 to Thursday 17:00 there are 20 working hours; 16 of them are over at noon.
  await look('2026-03-05T12:00');
  await look('2026-03-05T12:00');
  expect(await kindsTo(officer(housing), conference)).toEqual(['INVITED', 'ASSIGNED', 'WARNED']);
  await look('2026-03-09T17:00');
  expect(await kindsTo(officer(housing), conference)).toEqual(['INVITED', 'ASSIGNED', 'WARNED', 'OVERDUE', 'OVERDUE']);
  expect(await kindsTo(district, conference)).toEqual(['OVERDUE']);
  expect(await kindsTo(city, conference)).toEqual(['ESCALATED']);
  expect((await toldTo(city, conference))[0]?.text).toMatch(/^案件 HF\S+ 的联席会议议定事项已提级。/);
});

it('is cancelled with the case, and the invited are told', async () => {
  const caseId = await brought();
  const conference = await held(caseId);
  await cases.walk(caseId, [[resident, 'caseWithdraw']]);
  expect(await ofCase(caseId)).toMatchObject([{ state: 'CANCELLED' }]);
  expect((await entries(caseId)).at(-1)).toBe('CONFERENCE_CANCELLED');
  expect((await kindsTo(officer(roads), conference)).at(-1)).toBe('CANCELLED');
});

it('is convened once for one key, and one at a time', async () => {
  const caseId = await brought();
  const once = await input(caseId, { idempotencyKey: 'convene-once' });
  const first = await does(district, 'conferenceConvene', once);
  expect((await does(district, 'conferenceConvene', once)).id).toBe(first.id);
  expect((await send(district, 'conferenceConvene', await input(caseId))).errors).toMatchObject([{ code: 'DUPLICATE' }]);
  expect(await ofCase(caseId)).toHaveLength(1);
  await does(district, 'conferenceCancel', on(first, { note: '改期' }));
  await convene(caseId);
  expect((await ofCase(caseId)).map(({ state }) => state).toSorted()).toEqual(['CANCELLED', 'CONVENED']);
});

it('answers what may be done from the guard of the mutation', async () => {
  const conference = await held(await brought());
  const open = (actions: View['availableActions']): string[] => actions.filter(({ available }) => available).map(({ action }) => action);
  expect(open(conference.availableActions)).toEqual(['CANCEL']);
  const { conferences } = await platform.as(officer(housing)).run<{ conferences: { nodes: View[] } }>(`{ conferences { nodes { ${view} } } }`);
  const own = conferences.nodes.find(({ id }) => id === conference.id);
  expect([open(own?.availableActions ?? []), own?.decisions.map(({ availableActions }) => open(availableActions))]).toEqual([[], [['REPORT'], []]]);
});

it.each<[string, Actor, Readonly<Record<string, unknown>>, string]>([
  ['one department is invited', district, { units: [housing] }, 'INVALID_INPUT'],
  ['a unit does not exist', district, { units: [housing, `${places.district}-99`] }, 'INVALID_INPUT'],
  ['a department of another district is invited', district, { units: [housing, `${places.otherDistrict}-01`] }, 'OUT_OF_SCOPE'],
  ['there is no agenda', district, { agenda: ' ' }, 'INVALID_INPUT'],
  ['it meets in the past', district, { meetsAt: '2026-03-01T00:00:00Z' }, 'INVALID_INPUT'],
  ['the caller chooses the lead', district, { lead: housing }, 'INVALID_INPUT'],
  ['the version is old', district, { expectedVersion: 1 }, 'STALE_VERSION'],
  ['the street convenes', street, {}, 'ROLE_NOT_ALLOWED'],
  ['another district convenes', actor('DISTRICT_OFFICER', places.otherDistrict), {}, 'NOT_FOUND'],
  ['a resident convenes', resident, {}, 'NOT_FOUND'],
])('changes nothing when %s', async (_name, who, more, code) => {
  const caseId = await brought();
  const before = await cases.look(caseId);
  expect((await send(who, 'conferenceConvene', await input(caseId, more))).errors.map((error) => error.code)).toEqual([code]);
  expect(await ofCase(caseId)).toEqual([]);
  expect(await cases.look(caseId)).toEqual(before);
});

it.each<[string, Actor, string, Readonly<Record<string, unknown>>, string]>([
  ['one confirms that was not invited', officer(`${places.district}-09`), 'conferenceConfirm', {}, 'NOT_FOUND'],
  ['the district confirms for a department', district, 'conferenceConfirm', {}, 'ROLE_NOT_ALLOWED'],
  ['a department confirms after it was held', officer(housing), 'conferenceConfirm', {}, 'TRANSITION_NOT_ALLOWED'],
  ['it is recorded again', district, 'conferenceRecord', minutes, 'TRANSITION_NOT_ALLOWED'],
  ['one reports for another', officer(roads), 'conferenceReport', { decision: 1, note: '已完成' }, 'ROLE_NOT_ALLOWED'],
  ['there is no such decision', officer(roads), 'conferenceReport', { decision: 9, note: '已完成' }, 'INVALID_INPUT'],
  ['a report says nothing', officer(housing), 'conferenceReport', { decision: 1, note: ' ' }, 'INVALID_INPUT'],
  ['what was not reported is accepted', district, 'conferenceDecide', { decision: 1, accepted: true }, 'TRANSITION_NOT_ALLOWED'],
  ['it is closed with decisions open', district, 'conferenceClose', {}, 'TRANSITION_NOT_ALLOWED'],
  ['it is cancelled for no reason', district, 'conferenceCancel', { note: '' }, 'INVALID_INPUT'],
  ['a department cancels it', officer(housing), 'conferenceCancel', { note: '取消' }, 'ROLE_NOT_ALLOWED'],
  ['a resident cancels it', resident, 'conferenceCancel', { note: '取消' }, 'NOT_FOUND'],
  ['the version is old', district, 'conferenceCancel', { expectedVersion: 1, note: '取消' }, 'STALE_VERSION'],
])('changes nothing of a conference when %s', async (_name, who, mutation, more, code) => {
  const caseId = await brought();
  const conference = await held(caseId);
  const before = await cases.look(caseId);
  expect((await send(who, mutation, on(conference, more))).errors.map((error) => error.code)).toEqual([code]);
  expect(await ofCase(caseId)).toEqual([conference]);
  expect(await cases.look(caseId)).toEqual(before);
});
