import { buildASTSchema, isEnumType } from 'graphql';
import { eventRoutes, eventTypes } from '../../schema/events.js';
import {
  actOnDecision,
  confirmAttendance,
  conferenceMachine,
  conveneConference,
  decisionMachine,
  endConference,
  fireDecisionAlarm,
  followedConference,
  leadOf,
  maxDecisions,
  recordConference,
  seatLimits,
  seesConference,
  type Conference,
  type ConferenceOutcome,
  type ConveneCommand,
  type RecordCommand,
} from '../../subgraphs/district/domain/conference.js';
import {
  conferenceActionNames,
  conferenceActions,
  conferenceStateNames,
  conferenceStates,
  conferenceTransitions,
  decisionActionNames,
  decisionActions,
  decisionStateNames,
  decisionStates,
  decisionTransitions,
} from '../../subgraphs/district/domain/conference.transitions.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { roles, type Actor } from '../../subgraphs/shared/domain/actor.js';
import { state as clockState } from '../../subgraphs/shared/domain/clock.js';
import { changed, offered, type Handover, type Holder } from '../../subgraphs/shared/domain/handover.js';
import type { Result } from '../../subgraphs/shared/domain/result.js';
import { unreachableStates, type Transition } from '../../subgraphs/shared/domain/stateMachine.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { actor } from '../kit/identity.js';

const calendar = chineseCalendar({ version: 'test' });
/** Monday, 2 March 2026, 10:00 in Shanghai. */
const now = new Date('2026-03-02T02:00:00Z');
const meetsAt = new Date('2026-03-03T02:00:00Z');
const later = new Date('2026-03-03T04:00:00Z');
const district = actor('DISTRICT_OFFICER', '340103');
const housing = actor('DEPARTMENT_OFFICER', '340103-01');
const roads = actor('DEPARTMENT_OFFICER', '340103-02');
const office: Holder = { level: 'DISTRICT', area: '340103', unit: null };
const streetOffice: Holder = { level: 'STREET', area: '340103001', unit: null };
const ofUnit = (unit: string): Holder => ({ ...office, unit });

const offer = (current: Handover | null, target: Holder, rung: number): Handover =>
  offered(current, {
    caseId: 'case-1',
    number: 'HF260302-7K3M9Q',
    title: '路面塌陷',
    kind: 'DEMAND',
    category: '城乡建设',
    community: '340103001001',
    grid: null,
    submittedAt: now,
    rung,
    note: null,
    signBy: null,
    resolveBy: null,
    at: now,
    sender: streetOffice,
    target,
  });
const signed = (handover: Handover): Handover => ({ ...handover, state: 'IN_PROGRESS' });
const coordination = signed(offer(null, office, 2));

const order: ConveneCommand = {
  id: 'conference-1',
  units: ['340103-01', '340103-02', '3401-02'],
  lead: null,
  agenda: '抢修与交通疏导',
  place: '区政府 301',
  meetsAt,
};
const convene = (more: Partial<ConveneCommand> = {}, part = coordination, who: Actor = district) =>
  conveneConference(part, { ...order, ...more }, who, now);
function value(result: Result<ConferenceOutcome>): Conference {
  if (!result.ok) throw new Error(result.error.message);
  return result.value.next;
}
const convened = value(convene());
const minutes: RecordCommand = {
  attended: ['340103-01', '340103-02'],
  minutes: '议定如下',
  decisions: [
    { unit: '340103-01', task: '回填路面', workDays: 2 },
    { unit: '340103-02', task: '疏导交通', workDays: 5 },
  ],
};
const record = (more: Partial<RecordCommand> = {}, subject = convened, at = later, who: Actor = district) =>
  recordConference(subject, { ...minutes, ...more }, who, at);
const held = value(record());
const report = (subject = held, decision = 1, who: Actor = housing) =>
  actOnDecision(subject, 'REPORT', { decision, note: '已完成', accepted: false }, who, later, calendar);
const decide = (subject: Conference, accepted: boolean, decision = 1, who: Actor = district, note: string | null = '意见') =>
  actOnDecision(subject, 'DECIDE', { decision, note, accepted }, who, later, calendar);
const end = (subject: Conference, action: 'CLOSE' | 'CANCEL', note: string | null = '说明', who: Actor = district) =>
  endConference(subject, action, note, who, later, calendar);

const tables: readonly (readonly [string, readonly Transition<string, string>[], readonly string[], readonly string[], readonly string[]])[] = [
  ['conference', conferenceTransitions, conferenceStates, conferenceActions, ['CLOSED', 'CANCELLED']],
  ['decision', decisionTransitions, decisionStates, decisionActions, ['ACCEPTED']],
];

describe.each(tables)('the table of a %s', (_name, table, states, actions, final) => {
  it('reaches every state, and leaves none but the final ones without a way out', () => {
    expect(unreachableStates(table, states, states[0] ?? '')).toEqual([]);
    expect(states.filter((state) => !table.some(({ from }) => from === state))).toEqual(final);
  });

  it('has one row for a state, an action and an outcome, and a row for every action', () => {
    const keys = table.map(({ from, action, outcome }) => `${from} ${action} ${outcome ?? ''}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(actions.filter((action) => !table.some((row) => row.action === action))).toEqual([]);
  });
});

it('allows exactly these transitions', () => {
  const rows: readonly Transition<string, string>[] = [...conferenceTransitions, ...decisionTransitions];
  const lines = rows.map(({ from, action, to, by }) => `${from} -${action}-> ${to}: ${roles.filter((role) => by.includes(role)).join(' ')}`);
  expect(lines).toMatchInlineSnapshot(`
   [
     "CONVENED -CONFIRM-> CONVENED: DEPARTMENT_OFFICER",
     "CONVENED -RECORD-> HELD: DISTRICT_OFFICER",
     "HELD -CLOSE-> CLOSED: DISTRICT_OFFICER",
     "CONVENED -CANCEL-> CANCELLED: DISTRICT_OFFICER",
     "HELD -CANCEL-> CANCELLED: DISTRICT_OFFICER",
     "CONVENED -FOLLOW-> CANCELLED: ",
     "HELD -FOLLOW-> CANCELLED: ",
     "OPEN -REPORT-> REPORTED: DEPARTMENT_OFFICER",
     "REPORTED -DECIDE-> ACCEPTED: DISTRICT_OFFICER",
     "REPORTED -DECIDE-> OPEN: DISTRICT_OFFICER",
   ]
  `);
});

it('has a rule for every action that people do', () => {
  const done = (table: readonly Transition<string, string>[]): string[] => [
    ...new Set(table.filter(({ by }) => by.length > 0).map(({ action }) => action)),
  ];
  expect(Object.keys(conferenceMachine.rules)).toEqual(done(conferenceTransitions));
  expect(Object.keys(decisionMachine.rules)).toEqual(done(decisionTransitions));
});

it.each([
  ['ConferenceState', conferenceStates, conferenceStateNames],
  ['ConferenceAction', conferenceActions, conferenceActionNames],
  ['DecisionState', decisionStates, decisionStateNames],
  ['DecisionAction', decisionActions, decisionActionNames],
])('has the values and names of the code in the SDL enum %s', (name, values, names) => {
  const type = buildASTSchema(readSdl('district'), { assumeValidSDL: true }).getType(name);
  expect(isEnumType(type) && type.getValues().map((one) => one.name)).toEqual([...values]);
  expect(Object.keys(names)).toEqual([...values]);
});

it('sends exactly the events that the contract has from it, to the community and in order', () => {
  const own = eventTypes.filter((type) => type.startsWith('conference.'));
  const rows: readonly Transition<string, string>[] = [...conferenceTransitions, ...decisionTransitions];
  const sent = ['conference.convened', 'conference.alarmed', ...rows.flatMap(({ emits }) => emits ?? [])];
  expect([...new Set(sent)].toSorted()).toEqual(own.toSorted());
  for (const type of own) expect(eventRoutes[type]).toMatchObject({ from: ['district'], to: ['community'], ordered: true, prompt: true });
});

it('goes from the invitation to the close, each decision reported and accepted', () => {
  const confirmed = value(confirmAttendance(convened, housing, now));
  expect(confirmed.seats.map(({ confirmedBy }) => confirmedBy)).toEqual([housing.id, null, null]);
  expect(held.seats.map(({ attended }) => attended)).toEqual([true, true, false]);
  const rejected = value(decide(value(report()), false));
  expect(rejected.decisions[0]).toMatchObject({ state: 'OPEN', reports: [{ text: '已完成', accepted: false, note: '意见' }] });
  expect(rejected.clocks.map((clock) => [clock.decision, clockState(clock)])).toEqual([
    [1, 'STOPPED'],
    [2, 'RUNNING'],
    [1, 'RUNNING'],
  ]);
  const first = value(decide(value(report(rejected)), true));
  const second = value(decide(value(report(first, 2, roads)), true, 2, district, null));
  expect(second.decisions.map(({ state }) => state)).toEqual(['ACCEPTED', 'ACCEPTED']);
  const closed = value(end(second, 'CLOSE', null));
  expect([closed.state, closed.endedAt, closed.clocks.every((clock) => clockState(clock) === 'STOPPED')]).toEqual(['CLOSED', later, true]);
});

it('gives the lead to the department that received the case first, whoever has it now', () => {
  const first = offer(coordination, ofUnit('340103-07'), 3);
  const back = changed(first, { ...first, unit: null, note: null, at: now, state: 'SENT_BACK' });
  const second = signed(offer(back, ofUnit('340103-02'), 4));
  expect([leadOf(coordination), leadOf(first), leadOf(back), leadOf(second)].map(({ unit }) => unit)).toEqual([
    null,
    '340103-07',
    '340103-07',
    '340103-07',
  ]);
  expect(convene({}, second)).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', field: ['input', 'units'] } });
  expect(convene({ units: ['340103-07', '340103-02'], lead: '340103-02' }, second)).toMatchObject({ ok: false, error: { field: ['input', 'lead'] } });
  const led = value(convene({ units: ['340103-07', '340103-02'] }, second));
  expect(led.lead).toEqual(ofUnit('340103-07'));
  expect(recordConference(led, { ...minutes, attended: ['340103-02'], decisions: [] }, district, later)).toMatchObject({
    ok: false,
    error: { code: 'INVALID_INPUT', message: expect.stringContaining('首接负责') as string },
  });
});

it.each([
  ['one department is invited', () => convene({ units: ['340103-01'] }), 'INVALID_INPUT'],
  ['one is invited twice', () => convene({ units: ['340103-01', '340103-01'] }), 'INVALID_INPUT'],
  ['too many are invited', () => convene({ units: Array.from({ length: seatLimits.max + 1 }, (_one, i) => `340103-${10 + i}`) }), 'INVALID_INPUT'],
  ['a department of another district is invited', () => convene({ units: ['340103-01', '340104-01'] }), 'OUT_OF_SCOPE'],
  ['a unit of a street is invited', () => convene({ units: ['340103-01', '340103001-01'] }), 'OUT_OF_SCOPE'],
  ['the caller names a lead in the place of the office', () => convene({ lead: '340103-01' }), 'INVALID_INPUT'],
  ['it meets in the past', () => convene({ meetsAt: new Date('2026-03-01T00:00:00Z') }), 'INVALID_INPUT'],
  ['it meets in more than a year', () => convene({ meetsAt: new Date('2027-04-01T00:00:00Z') }), 'INVALID_INPUT'],
  ['there is no agenda', () => convene({ agenda: ' ' }), 'INVALID_INPUT'],
  ['the place is too long', () => convene({ place: '东'.repeat(201) }), 'INVALID_INPUT'],
  ['the case is not in progress here', () => convene({}, offer(null, office, 2)), 'TRANSITION_NOT_ALLOWED'],
  ['another district convenes', () => convene({}, coordination, actor('DISTRICT_OFFICER', '340104')), 'ROLE_NOT_ALLOWED'],
  ['a department convenes', () => convene({}, coordination, housing), 'ROLE_NOT_ALLOWED'],
  ['one confirms that is not invited', () => confirmAttendance(convened, actor('DEPARTMENT_OFFICER', '340103-09'), now), 'ROLE_NOT_ALLOWED'],
  ['one confirms twice', () => confirmAttendance(value(confirmAttendance(convened, housing, now)), housing, now), 'DUPLICATE'],
  ['it is recorded before it meets', () => record({}, convened, now), 'TRANSITION_NOT_ALLOWED'],
  ['a department records', () => record({}, convened, later, housing), 'ROLE_NOT_ALLOWED'],
  ['it is recorded twice', () => record({}, held), 'TRANSITION_NOT_ALLOWED'],
  ['one attended that was not invited', () => record({ attended: ['340103-01', '340103-09'] }), 'INVALID_INPUT'],
  ['nobody attended', () => record({ attended: [] }), 'INVALID_INPUT'],
  ['there are no minutes', () => record({ minutes: ' ' }), 'INVALID_INPUT'],
  ['one that did not attend owns a decision', () => record({ decisions: [{ unit: '3401-02', task: '协助', workDays: 1 }] }), 'INVALID_INPUT'],
  ['a decision has no time', () => record({ decisions: [{ unit: '340103-01', task: '回填', workDays: 0 }] }), 'INVALID_INPUT'],
  ['a decision says nothing', () => record({ decisions: [{ unit: '340103-01', task: ' ', workDays: 1 }] }), 'INVALID_INPUT'],
  [
    'there are too many decisions',
    () => record({ decisions: Array.from({ length: maxDecisions + 1 }, () => ({ unit: '340103-01', task: '回填', workDays: 1 })) }),
    'INVALID_INPUT',
  ],
  ['one reports for another', () => report(held, 1, roads), 'ROLE_NOT_ALLOWED'],
  ['there is no such decision', () => report(held, 3), 'INVALID_INPUT'],
  ['it is reported twice', () => report(value(report())), 'TRANSITION_NOT_ALLOWED'],
  ['what was not reported is accepted', () => decide(held, true), 'TRANSITION_NOT_ALLOWED'],
  ['a report is sent back for no reason', () => decide(value(report()), false, 1, district, ' '), 'INVALID_INPUT'],
  ['a department decides on its own report', () => decide(value(report()), true, 1, housing), 'ROLE_NOT_ALLOWED'],
  ['it is closed before all is accepted', () => end(value(report()), 'CLOSE'), 'TRANSITION_NOT_ALLOWED'],
  ['it is closed before it was held', () => end(convened, 'CLOSE'), 'TRANSITION_NOT_ALLOWED'],
  ['it is cancelled for no reason', () => end(held, 'CANCEL', null), 'INVALID_INPUT'],
  ['another district cancels it', () => end(held, 'CANCEL', '说明', actor('DISTRICT_OFFICER', '340104')), 'ROLE_NOT_ALLOWED'],
  ['a decision of a cancelled one is reported', () => report(value(end(held, 'CANCEL'))), 'TRANSITION_NOT_ALLOWED'],
])('refuses when %s', (_name, attempt, code) => {
  expect(attempt()).toMatchObject({ ok: false, error: { code } });
});

it.each([
  ['CLOSED', true],
  ['WITHDRAWN', true],
  ['MERGED', true],
  ['RESOLVED', false],
  ['PASSED_ON', false],
  ['NEEDS_INFO', false],
] as const)('is cancelled with the case that is %s: %s', (state, cancelled) => {
  const outcome = followedConference(held, { state, updatedAt: later }, calendar);
  expect(outcome?.next.state).toBe(cancelled ? 'CANCELLED' : undefined);
  expect(outcome?.event?.type).toBe(cancelled ? 'conference.cancelled' : undefined);
  expect(followedConference(value(end(held, 'CANCEL')), { state, updatedAt: later }, calendar)).toBeNull();
});

it("warns at 80 % of a decision's time and is raised at 100, 150 and 300 %, each once", () => {
  const told: unknown[] = [];
  let current = held;
  const at = new Date('2026-03-05T09:00:00Z');
  for (let alarm = fireDecisionAlarm(current, at, calendar); alarm; alarm = fireDecisionAlarm(current, at, calendar)) {
    told.push([alarm.event?.data['unit'], alarm.event?.data['percent']]);
    current = alarm.next;
  }
  // Two work days after Tuesday: the end of Thursday's working hours.
  expect(told).toEqual([
    ['340103-01', 80],
    ['340103-01', 100],
  ]);
  expect([current.fired, fireDecisionAlarm(value(report()), at, calendar)]).toEqual([['0:80', '0:100'], null]);
});

it.each([
  [district, true],
  [actor('STREET_CLERK', '340103001'), true],
  [actor('CITY_OFFICER', '3401'), true],
  [housing, true],
  [actor('DEPARTMENT_OFFICER', '340103-09'), false],
  [actor('DISTRICT_OFFICER', '340104'), false],
  [actor('GRID_WORKER', '340103001001001'), false],
  [actor('RESIDENT'), false],
  [actor('INTEGRATOR', '3401'), false],
])('is seen by the line and the invited alone: %j', (who, sees) => {
  expect(seesConference(convened, who)).toBe(sees);
});
