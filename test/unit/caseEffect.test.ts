import { caseEffect, type CaseEffect } from '../../subgraphs/community/domain/caseEffect.js';
import type { Case } from '../../subgraphs/community/domain/case.js';
import type { CaseAction } from '../../subgraphs/community/domain/case.transitions.js';
import { decideCase, submitCase, type ActionInput } from '../../subgraphs/community/domain/caseDecisions.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { defaultPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import { demand, people, places, satisfied, solved, units } from '../kit/cases.js';

const { resident, clerk, street, district } = people;
const rules = { calendar: chineseCalendar({ version: 'test' }), policy: defaultPolicy };
/** Monday, 2 March 2026, 10:00 in Shanghai. */
const now = new Date('2026-03-02T02:00:00Z');

type Move = readonly [Actor, CaseAction, Partial<ActionInput>?];

const { community, channel, demandType, category, title, detail } = demand;
const first = submitCase({
  id: 'case-1', number: 'HF260302-7K3M9Q', kind: 'DEMAND', demandType, channel, category, title, detail, sourceId: null, reportedAt: null,
  place: { community, grid: null, address: null, longitude: null, latitude: null },
  reporter: { id: null, name: null, phone: null, idNumber: null },
}, resident, now, rules);

function decided(subject: Case, [who, action, input]: Move): readonly [Case, CaseEffect] {
  const result = decideCase(subject, action, { note: '说明', ...input }, who, now, rules);
  if (!result.ok) throw new Error(`${action}: ${result.error.message}`);
  return [result.value.next, caseEffect(subject, result.value, rules.calendar)];
}
function effectOf(...moves: readonly Move[]): CaseEffect {
  if (!first.ok) throw new Error(first.error.message);
  const [, effect] = moves.reduce<readonly [Case, CaseEffect | null]>(([subject], move) => decided(subject, move), [first.value.next, null]);
  if (!effect) throw new Error('There was no move.');
  return effect;
}

const handled: readonly Move[] = [[clerk, 'ACCEPT'], [clerk, 'HANDLE']];
const clocksOf = ({ clocks }: CaseEffect): string[] =>
  clocks.map(({ name, change, before, after }) => `${name} ${change}: ${before?.state ?? '–'} → ${after.state}`);

it.each<[string, readonly Move[], string[]]>([
  ['starts and stops', [[clerk, 'ACCEPT']], ['ACCEPT STOPPED: RUNNING → STOPPED', 'RESPOND STARTED: – → RUNNING', 'RESOLVE STARTED: – → RUNNING']],
  ['pauses', [...handled, [clerk, 'REQUEST_INFO']], ['RESOLVE PAUSED: RUNNING → PAUSED_INFO', 'INFO STARTED: – → RUNNING']],
  ['resumes', [...handled, [clerk, 'REQUEST_INFO'], [clerk, 'SUPPLY_INFO']], ['RESOLVE RESUMED: PAUSED_INFO → RUNNING', 'INFO STOPPED: RUNNING → STOPPED']],
  ['leaves alone', [...handled, [clerk, 'REQUEST_EXTENSION', { workDays: 2 }]], []],
])('tells of the clocks that an action %s', (_what, moves, clocks) => {
  expect(clocksOf(effectOf(...moves))).toEqual(clocks);
});

it('tells how far an extension moves what is due', () => {
  const { clocks, from, to } = effectOf(...handled, [clerk, 'REQUEST_EXTENSION', { workDays: 2 }], [street, 'DECIDE_EXTENSION', { granted: true }]);
  expect([from, to]).toEqual(['IN_PROGRESS', 'IN_PROGRESS']);
  expect(clocks).toEqual([{
    name: 'RESOLVE', change: 'EXTENDED',
    before: { state: 'RUNNING', dueAt: new Date('2026-03-16T09:00:00Z') }, after: { state: 'RUNNING', dueAt: new Date('2026-03-18T09:00:00Z') },
  }]);
});

it('names offices and units that are told, and of a person only the role', () => {
  const resolved = effectOf(...handled, [clerk, 'RESOLVE', solved]);
  expect(resolved.notices).toEqual([{ kind: 'RESOLVED', role: 'RESIDENT', area: null, unit: null }]);
  const given = effectOf(...handled, [clerk, 'DISPATCH', { unit: units.community }]);
  expect(given.notices).toEqual([{ kind: 'NEW_ON_LIST', role: 'DEPARTMENT_OFFICER', area: null, unit: units.community }]);
  const forwarded = effectOf(...handled, [clerk, 'FORWARD']);
  expect(forwarded).toMatchObject({
    holder: { level: 'STREET', area: places.street, unit: null },
    notices: [{ kind: 'NEW_ON_LIST', role: 'STREET_CLERK', area: places.street, unit: null }],
    messages: [{ level: 'STREET', event: 'case.offered' }],
  });
});

it('tells what the other levels hear and what is counted', () => {
  expect(effectOf(...handled, [district, 'SUPERVISE']).messages).toEqual([{ level: 'DISTRICT', event: 'case.troubled' }]);
  const { counts } = effectOf(...handled, [clerk, 'RESOLVE', solved], [resident, 'RATE', { rating: { ...satisfied, comment: null } }]);
  expect(counts).toEqual([{
    holder: { level: 'COMMUNITY', area: places.community, unit: null }, day: '2026-03-02',
    counts: {
      submitted: 0, accepted: 0, resolved: 0, rated: 1, solved: 1, satisfied: 1, reworked: 0, overdue: 0, responded: 1, unrated: 0, returned: 0, leftOut: 0, visited: 0, notReached: 0,
    },
  }]);
});
