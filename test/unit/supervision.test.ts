import { buildASTSchema, isEnumType } from 'graphql';
import { eventRoutes, eventTypes } from '../../schema/events.js';
import { supervisionCauses as causesOfCase } from '../../subgraphs/community/domain/supervision.js';
import {
  decideSupervision, fireAnswerAlarm, handedOn, nextAnswerAlarm, openedEvent, openSupervision, seesSupervision, supervisionMachine, type Supervision,
} from '../../subgraphs/district/domain/supervision.js';
import { supervisionEffect } from '../../subgraphs/district/domain/supervisionEffect.js';
import {
  supervisionActionNames, supervisionActions, supervisionCauses, supervisionStateNames, supervisionStates, supervisionTransitions,
} from '../../subgraphs/district/domain/supervision.transitions.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { state as clockState } from '../../subgraphs/shared/domain/clock.js';
import { unreachableStates, type Transition } from '../../subgraphs/shared/domain/stateMachine.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { actor } from '../kit/identity.js';

const calendar = chineseCalendar({ version: 'test' });
const now = new Date('2026-03-02T02:00:00Z');
const street = actor('STREET_CLERK', '340103001');
const district = actor('DISTRICT_OFFICER', '340103');
const holder = { level: 'STREET', area: '340103001', unit: null } as const;
const budget = { name: 'ANSWER', unit: 'WORK_DAY', budget: 3, source: { zh: '督办办法', en: 'Rules of supervision' } } as const;
const opened = (cause: Supervision['cause'] = 'RETURNS'): Supervision => openSupervision({
  supervisionId: `case-1:${cause}:3`, caseId: 'case-1', number: 'HF260302-7K3M9Q', title: '路灯不亮', category: '城乡建设', community: '340103001001',
  cause, times: 3, reason: null, openedBy: null, holder, at: now,
}, budget);
function answered(): Supervision {
  const result = decideSupervision(opened(), 'ANSWER', '正在办理', street, now, calendar);
  if (!result.ok) throw new Error(result.error.message);
  return result.value.next;
}

const table: readonly Transition<string, string>[] = supervisionTransitions;

it('reaches every state, and leaves only CLOSED without a way out', () => {
  expect(unreachableStates(table, supervisionStates, 'OPENED')).toEqual([]);
  expect(supervisionStates.filter((state) => !table.some(({ from }) => from === state))).toEqual(['CLOSED']);
});

it('has one row for a state and an action, and a rule for every action', () => {
  const keys = table.map(({ from, action }) => `${from} ${action}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(Object.keys(supervisionMachine.rules)).toEqual([...supervisionActions]);
});

it('sends exactly the events that the contract has from it, to the community and in order', () => {
  const own = eventTypes.filter((type) => type.startsWith('supervision.'));
  const alarm = fireAnswerAlarm(opened(), new Date('2026-03-31T00:00:00Z'), calendar);
  expect([openedEvent(opened())?.type, ...table.map(({ emits }) => emits), alarm?.event.type]).toEqual(own);
  for (const type of own) expect(eventRoutes[type]).toMatchObject({ from: ['district'], to: ['community'], ordered: true, prompt: true });
  expect(openedEvent(opened('ORDER'))).toBeNull();
});

it.each([
  ['SupervisionState', supervisionStates, Object.keys(supervisionStateNames)],
  ['SupervisionAction', supervisionActions, Object.keys(supervisionActionNames)],
  ['SupervisionCause', supervisionCauses, causesOfCase],
])('has the values of the code in the SDL enum %s', (name, values, same) => {
  const type = buildASTSchema(readSdl('district'), { assumeValidSDL: true }).getType(name);
  expect(isEnumType(type) && type.getValues().map((one) => one.name)).toEqual([...values]);
  expect(same).toEqual([...values]);
});

it('owes an answer by a clock of its own, and by a new one when the answer is sent back', () => {
  const rejected = decideSupervision(answered(), 'REJECT', '请说明', district, now, calendar);
  if (!rejected.ok) throw new Error(rejected.error.message);
  expect(opened().clocks.map(clockState)).toEqual(['RUNNING']);
  expect(answered().clocks.map(clockState)).toEqual(['STOPPED']);
  expect(rejected.value.next.clocks.map(clockState)).toEqual(['STOPPED', 'RUNNING']);
  expect(rejected.value.next.clocks).toMatchObject([budget, budget]);
  expect(rejected.value.next.answers).toMatchObject([{ text: '正在办理', accepted: false, note: '请说明' }]);
});

it.each([
  ['one answers who does not hold the case', () => decideSupervision(opened(), 'ANSWER', '答复', district, now, calendar), 'ROLE_NOT_ALLOWED'],
  ['another district closes it', () => decideSupervision(answered(), 'CLOSE', null, actor('DISTRICT_OFFICER', '340104'), now, calendar), 'ROLE_NOT_ALLOWED'],
  ['it is answered twice', () => decideSupervision(answered(), 'ANSWER', '答复', street, now, calendar), 'TRANSITION_NOT_ALLOWED'],
  ['it is sent back for no reason', () => decideSupervision(answered(), 'REJECT', ' ', district, now, calendar), 'INVALID_INPUT'],
])('refuses when %s', (_name, attempt, code) => {
  expect(attempt()).toMatchObject({ ok: false, error: { code } });
});

it('goes to the next holder while it is open, and stays with the last one when it is closed', () => {
  const unit = { level: 'STREET', area: '340103001', unit: '340103001-03' } as const;
  expect(handedOn(opened(), unit)).toMatchObject({ holder: unit, version: 2 });
  const closed = decideSupervision(answered(), 'CLOSE', null, district, now, calendar);
  expect(closed.ok && handedOn(closed.value.next, unit)).toBeNull();
});

it.each([
  [street, true],
  [district, true],
  [actor('CITY_OFFICER', '3401'), true],
  [actor('COMMUNITY_CLERK', '340103001001'), true],
  [actor('DISTRICT_OFFICER', '340104'), false],
  [actor('DEPARTMENT_OFFICER', '340103-02'), false],
  [actor('RESIDENT'), false],
  [actor('INTEGRATOR', '3401'), false],
])('is seen by the line and the holder alone: %j', (who, sees) => {
  expect(seesSupervision(opened(), who)).toBe(sees);
});

it('warns at 80 % of the time for the answer, and is raised at 100, 150 and 300 %, each once', () => {
  /** Shanghai time, with what has gone off by then. */
  const after = (current: Supervision, local: string): readonly [Supervision, readonly unknown[]] => {
    const told: unknown[] = [];
    let next = current;
    for (let alarm = fireAnswerAlarm(next, new Date(`${local}:00+08:00`), calendar); alarm; ) {
      told.push(alarm.event.data['percent']);
      next = alarm.next;
      alarm = fireAnswerAlarm(next, new Date(`${local}:00+08:00`), calendar);
    }
    return [next, told];
  };
  // Three work days and the rest of the first: 27 working hours from Monday 10:00; 80 % of them are 21.6.
  const [early, none] = after(opened(), '2026-03-05T10:35');
  expect([none, early]).toEqual([[], opened()]);
  const [warned, first] = after(early, '2026-03-05T10:36');
  const [overdue, second] = after(warned, '2026-03-05T17:00');
  expect([first, second, after(overdue, '2026-03-20T17:00')[1], overdue.version]).toEqual([[80], [100], [150, 300], 3]);
  expect(nextAnswerAlarm(answered(), calendar)).toBeNull();
});

it('has an effect that tells until when an answer is owed, before and after', () => {
  const calendar = chineseCalendar({ version: 'test' });
  const rejected = decideSupervision(answered(), 'REJECT', '请说明', district, now, calendar);
  expect(rejected.ok && supervisionEffect(answered(), rejected.value, calendar)).toEqual({
    from: 'ANSWERED', to: 'OPENED', event: 'supervision.rejected', answerBy: { before: null, after: new Date('2026-03-05T09:00:00Z') },
  });
});
