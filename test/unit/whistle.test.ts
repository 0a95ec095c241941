import { buildASTSchema, isEnumType } from 'graphql';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { defaultPolicy, type ClockPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import { offered, type Handover } from '../../subgraphs/shared/domain/handover.js';
import { unreachableStates, type Transition } from '../../subgraphs/shared/domain/stateMachine.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import {
  arrivalMachine, arrivalSubject, blowWhistle, decideArrival, endWhistle, fireArrivalAlarm, followed, maxNamed, seesWhistle, whistleMachine, type Whistle,
} from '../../subgraphs/street/domain/whistle.js';
import { whistleEffect } from '../../subgraphs/street/domain/whistleEffect.js';
import {
  arrivalActionNames, arrivalActions, arrivalStateNames, arrivalStates, arrivalTransitions, finalArrivalStates, whistleActionNames,
  whistleActions, whistleStateNames, whistleStates, whistleTransitions,
} from '../../subgraphs/street/domain/whistle.transitions.js';
import { actor } from '../kit/identity.js';

const calendar = chineseCalendar({ version: 'test' });
const street = actor('STREET_CLERK', '340103001');
const housing = actor('DEPARTMENT_OFFICER', '340103-01');
/** Monday, 2 March 2026, 10:00 in Shanghai. */
const now = new Date('2026-03-02T02:00:00Z');
const later = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);

const dispatch: Handover = offered(null, {
  caseId: 'case-1', number: 'HF260302-7K3M9Q', title: '占道经营', kind: 'DEMAND', category: '城乡建设', community: '340103001001', grid: null,
  submittedAt: now, rung: 2, note: null, signBy: null, resolveBy: null, at: now,
  sender: { level: 'COMMUNITY', area: '340103001001', unit: null }, target: { level: 'STREET', area: '340103001', unit: null },
});
const order = { id: 'whistle-1', units: ['340103-01', '340103001-03'], reason: '联合处置', place: '东门', urgent: true };

function blown(more: Partial<typeof order> = {}): Whistle {
  const whistle = blowWhistle(dispatch, { ...order, ...more }, street, now, defaultPolicy);
  if (!whistle.ok) throw new Error(whistle.error.message);
  return whistle.value;
}
function value<T>(result: { ok: true; value: T } | { ok: false; error: { message: string } }): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}
const arrive = (whistle: Whistle, who = housing, at = later(10)) =>
  decideArrival(whistle, 'ARRIVE', { unit: who.unit, came: true, note: null }, who, at, calendar);
const confirm = (whistle: Whistle, unit: string, came: boolean, at = later(20), who = street) =>
  decideArrival(whistle, 'CONFIRM', { unit, came, note: ' 到场 ' }, who, at, calendar);

const tables: readonly (readonly [string, readonly Transition<string, string>[], readonly string[], readonly string[], readonly string[]])[] = [
  ['whistle', whistleTransitions, whistleStates, whistleActions, []],
  ['arrival', arrivalTransitions, arrivalStates, arrivalActions, finalArrivalStates],
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

it.each([
  ['WhistleState', whistleStates, whistleStateNames],
  ['WhistleAction', whistleActions, whistleActionNames],
  ['ArrivalState', arrivalStates, arrivalStateNames],
  ['ArrivalAction', arrivalActions, arrivalActionNames],
])('has the values and names of the code in the SDL enum %s', (name, values, names) => {
  const type = buildASTSchema(readSdl('street'), { assumeValidSDL: true }).getType(name);
  expect(isEnumType(type) && type.getValues().map((one) => one.name)).toEqual([...values]);
  expect(Object.keys(names)).toEqual([...values]);
});

it('lets each department arrive by its own clock, and ends when each is confirmed', () => {
  const first = value(arrive(blown()));
  expect(first.arrivals.map(({ state }) => state)).toEqual(['ARRIVED', 'NAMED']);
  const second = value(confirm(first, '340103-01', true));
  const third = value(confirm(second, '340103001-03', false, later(31)));
  expect(third.arrivals.map(({ state, note }) => [state, note])).toEqual([['CONFIRMED', '到场'], ['ABSENT', '到场']]);
  expect(value(endWhistle(third, ' 已清理 ', street, later(40), calendar))).toMatchObject({ state: 'ENDED', result: '已清理', endedAt: later(40), version: 5 });
});

it.each([
  [true, later(30)],
  // A work day lasts to the end of working hours of the next one.
  [false, new Date('2026-03-03T09:00:00Z')],
])('gives an arrival 30 minutes when urgent (%s), else a work day', (urgent, due) => {
  const whistle = blown({ urgent });
  expect(whistle.arrivals.map((arrival) => arrivalSubject(whistle, arrival, calendar).arriveBy)).toEqual([due, due]);
});

it('gives an arrival the time of the policy for the case, and says where that comes from', () => {
  const source = { zh: '应急预案', en: 'Emergency plan' };
  const policy: ClockPolicy = [{ name: 'ARRIVE', unit: 'MINUTE', budget: 45, source, category: '城乡建设', urgency: 'URGENT' }, ...defaultPolicy];
  const clocks = (['NORMAL', 'URGENT', 'EMERGENCY'] as const).map((urgency) => {
    const whistle = value(blowWhistle({ ...dispatch, urgency }, { ...order, urgent: false }, street, now, policy));
    return whistle.arrivals[0]?.clock;
  });
  expect(clocks.map((clock) => [clock?.budget, clock?.unit])).toEqual([[1, 'WORK_DAY'], [45, 'MINUTE'], [30, 'MINUTE']]);
  expect(clocks[1]?.source).toEqual(source);
});

it.each([
  ['nobody named', { units: [] }, 'INVALID_INPUT'],
  ['one named twice', { units: ['340103-01', '340103-01'] }, 'INVALID_INPUT'],
  ['too many named', { units: Array.from({ length: maxNamed + 1 }, (_one, i) => `340103-${10 + i}`) }, 'INVALID_INPUT'],
  ['a department of another district', { units: ['340104-01'] }, 'OUT_OF_SCOPE'],
  ['a unit of another street', { units: ['340103002-01'] }, 'OUT_OF_SCOPE'],
  ['a department of the city', { units: ['3401-01'] }, 'OUT_OF_SCOPE'],
  ['no reason', { reason: ' ' }, 'INVALID_INPUT'],
  ['no place', { place: '' }, 'INVALID_INPUT'],
  ['a place too long', { place: '东'.repeat(201) }, 'INVALID_INPUT'],
])('refuses to blow with %s', (_name, more, code) => {
  expect(blowWhistle(dispatch, { ...order, ...more }, street, now, defaultPolicy)).toMatchObject({ ok: false, error: { code } });
});

it.each([
  ['one arrives that was not named', () => arrive(blown(), actor('DEPARTMENT_OFFICER', '340103-09')), 'INVALID_INPUT'],
  ['the street arrives for it', () => decideArrival(blown(), 'ARRIVE', { unit: '340103-01', came: true, note: null }, street, now, calendar), 'ROLE_NOT_ALLOWED'],
  ['one department arrives for another', () => decideArrival(blown(), 'ARRIVE', { unit: '340103001-03', came: true, note: null }, housing, now, calendar), 'ROLE_NOT_ALLOWED'],
  ['it arrives twice', () => arrive(value(arrive(blown()))), 'TRANSITION_NOT_ALLOWED'],
  ['another street confirms', () => confirm(value(arrive(blown())), '340103-01', true, later(20), actor('STREET_CLERK', '340103002')), 'ROLE_NOT_ALLOWED'],
  ['absence is confirmed before the time is over', () => confirm(blown(), '340103-01', false, later(29)), 'TRANSITION_NOT_ALLOWED'],
  ['presence is confirmed of one that has not arrived', () => confirm(blown(), '340103-01', true, later(31)), 'TRANSITION_NOT_ALLOWED'],
  ['it ends before all are confirmed', () => endWhistle(value(arrive(blown())), '完成', street, later(20), calendar), 'TRANSITION_NOT_ALLOWED'],
])('refuses when %s', (_name, attempt, code) => {
  expect(attempt()).toMatchObject({ ok: false, error: { code } });
});

it('ends with the case that moved on, takes no more arrivals, and goes on when it was coordinating after all', () => {
  const whistle = blown();
  expect(followed(whistle, { state: 'COORDINATING', updatedAt: later(1) }, calendar)).toBeNull();
  const ended = followed(whistle, { state: 'WITHDRAWN', updatedAt: later(5) }, calendar);
  expect(ended).toMatchObject({ state: 'ENDED', endedAt: later(5), result: null });
  if (!ended) throw new Error('It did not end.');
  expect(arrive(ended)).toMatchObject({ ok: false, error: { code: 'TRANSITION_NOT_ALLOWED' } });

  const again = followed(ended, { state: 'COORDINATING', updatedAt: later(6) }, calendar);
  expect(again).toMatchObject({ state: 'OPEN', endedAt: null, arrivals: whistle.arrivals });
  const regular = { ...ended, result: '完成' };
  expect(followed(regular, { state: 'COORDINATING', updatedAt: later(6) }, calendar)).toBeNull();
});

it.each([
  [actor('STREET_CLERK', '340103001'), true],
  [actor('COMMUNITY_CLERK', '340103001001'), true],
  [actor('DISTRICT_OFFICER', '340103'), true],
  [actor('CITY_OFFICER', '3401'), true],
  [housing, true],
  [actor('COMMUNITY_CLERK', '340103001002'), false],
  [actor('STREET_CLERK', '340103002'), false],
  [actor('DEPARTMENT_OFFICER', '340103-02'), false],
  [actor('GRID_WORKER', '340103001001001'), false],
  [actor('RESIDENT'), false],
])('is seen by the line and the named alone: %j', (who, sees) => {
  expect(seesWhistle(blown(), who)).toBe(sees);
});

it('has a rule for every action that people do', () => {
  const done = (table: readonly Transition<string, string>[]): string[] =>
    [...new Set(table.filter(({ by }) => by.length > 0).map(({ action }) => action))];
  expect(Object.keys(whistleMachine.rules)).toEqual(done(whistleTransitions));
  expect(Object.keys(arrivalMachine.rules)).toEqual(done(arrivalTransitions));
});

it('warns each department at 80 % of its own clock, is raised at 100, 150 and 300 %, and lets those be who have arrived', () => {
  const firedBy = (whistle: Whistle, minutes: number): readonly [Whistle, readonly unknown[]] => {
    const told: unknown[] = [];
    let next = whistle;
    for (let alarm = fireArrivalAlarm(next, later(minutes), calendar); alarm; alarm = fireArrivalAlarm(next, later(minutes), calendar)) {
      told.push([alarm.event.data['unit'], alarm.event.data['percent']]);
      next = alarm.next;
    }
    return [next, told];
  };
  const [early, none] = firedBy(blown(), 23);
  expect([early, none]).toEqual([blown(), []]);
  const [warned, first] = firedBy(early, 24);
  expect([first, warned.version]).toEqual([[['340103-01', 80], ['340103001-03', 80]], 3]);
  const [, rest] = firedBy(value(arrive(warned, housing, later(25))), 90);
  expect(rest).toEqual([100, 150, 300].map((percent) => ['340103001-03', percent]));
});

it('has an effect that tells which arrivals change, and until when each had time', () => {
  const whistle = blown();
  const half = later(30);
  expect(whistleEffect(null, whistle, null, calendar)).toEqual({
    from: null, to: 'OPEN', dispatch: null,
    arrivals: order.units.map((unit) => ({ unit, from: null, to: 'NAMED', arriveBy: { before: null, after: half } })),
  });
  expect(whistleEffect(whistle, value(arrive(whistle)), null, calendar).arrivals).toEqual([
    { unit: '340103-01', from: 'NAMED', to: 'ARRIVED', arriveBy: { before: half, after: null } },
  ]);
});
