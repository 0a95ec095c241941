import { buildASTSchema, isEnumType } from 'graphql';
import { eventRoutes } from '../../schema/events.js';
import { caseKinds, demandTypes } from '../../subgraphs/community/domain/case.js';
import { startClock, stepClocks } from '../../subgraphs/community/domain/clockPolicy.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { clockUnits } from '../../subgraphs/shared/domain/clock.js';
import { clockNames, defaultPolicy, policyFault, policyFor, type ClockPolicy, type PolicyRow } from '../../subgraphs/shared/domain/clockPolicy.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';

const source = { zh: '规定', en: 'Order' };
const resolve = (budget: number, more: Partial<PolicyRow> = {}): PolicyRow => ({ name: 'RESOLVE', unit: 'WORK_DAY', budget, source, ...more });
const complaint = { kind: 'DEMAND', demandType: 'COMPLAINT', category: '城乡建设/路灯' };

it('takes the first row that fits', () => {
  const policy: ClockPolicy = [
    resolve(2, { category: '城乡建设/路灯', demandType: 'REPORT' }),
    resolve(5, { category: '城乡建设' }),
    resolve(7, { kind: 'APPLICATION' }),
    ...defaultPolicy,
  ];
  const budgets = [
    complaint,
    { ...complaint, demandType: 'REPORT' },
    { ...complaint, category: '城乡建设' },
    { ...complaint, category: '城乡建设局' },
    { kind: 'APPLICATION', demandType: null, category: '民政' },
    { kind: 'DEMAND', demandType: 'CONSULTATION', category: '民政' },
  ].map((subject) => policyFor(policy, 'RESOLVE', subject).budget);
  expect(budgets).toEqual([5, 2, 5, 10, 7, 3]);
});

it('finds no fault with the policy of the platform', () => {
  expect(policyFault(defaultPolicy)).toBeNull();
});

it.each<[string, ClockPolicy, string]>([
  ['no rows at all', [], 'Add a row without conditions for ACCEPT, SIGN'],
  ['a clock with conditions only', defaultPolicy.filter(({ name }) => name !== 'INFO').concat({ name: 'INFO', unit: 'WORK_DAY', budget: 1, source, kind: 'DEMAND' }), 'for INFO'],
  ['no time', [resolve(0)], 'whole number from 1'],
  ['a broken day', [resolve(1.5)], 'whole number from 1'],
  ['more than a year', [resolve(367)], 'to 366'],
  ['a right to reopen in work days', [{ name: 'REOPEN', unit: 'WORK_DAY', budget: 3, source }], 'counted in MINUTE'],
  ['a demand type for an application', [resolve(3, { kind: 'APPLICATION', demandType: 'REPORT' })], 'only a DEMAND'],
  ['a category that is no path', [resolve(3, { category: '城乡建设/' })], 'category is a path'],
  ['no source', [resolve(3, { source: { zh: '规定', en: ' ' } })], 'the source has'],
  ['a row behind one without conditions', [...defaultPolicy, resolve(3, { category: '民政' })], 'Row 9 would never count: row 5'],
  ['a row behind one of its ancestors', [resolve(3, { category: '民政' }), resolve(2, { category: '民政/低保' }), ...defaultPolicy], 'Row 2 would never count: row 1'],
  ['a demand type behind all demands', [resolve(3, { kind: 'DEMAND' }), resolve(2, { demandType: 'REPORT' }), ...defaultPolicy], 'Row 2 would never count: row 1'],
  ['too many rows', Array.from({ length: 501 }, () => resolve(1)), 'At most 500'],
])('refuses %s', (_name, policy, reason) => {
  expect(policyFault(policy)).toContain(reason);
});

it('lets a clock keep the source it started under and the calendar it stopped under', () => {
  const calendar = chineseCalendar({ version: 'first' });
  const later = { calendar: chineseCalendar({ version: 'second' }), policy: [resolve(2), ...defaultPolicy] };
  const started = new Date('2026-03-02T01:00:00Z');
  const at = new Date('2026-03-03T01:00:00Z');
  const clock = startClock('RESOLVE', complaint, defaultPolicy, started);
  const both = { isOver: false, pauseReason: 'PAUSED_INFO' } as const;
  const paused = stepClocks([clock], { pauses: 'RESOLVE' }, complaint, at, { ...both, rules: { calendar, policy: defaultPolicy } });
  expect(paused).toMatchObject([{ source: clock.source, budget: 10 }]);
  expect(paused[0]).not.toHaveProperty('calendarVersion');
  const restarted = stepClocks(paused, { starts: ['RESOLVE'] }, complaint, at, { ...both, rules: later });
  expect(restarted).toMatchObject([
    { source: clock.source, budget: 10, calendarVersion: 'second' },
    { source, budget: 2 },
  ]);
  expect(stepClocks(restarted, {}, complaint, at, { ...both, isOver: true, rules: { calendar, policy: defaultPolicy } }))
    .toMatchObject([{ calendarVersion: 'second' }, { calendarVersion: 'first' }]);
});

it('names clocks, units, kinds and types alike in the code, the SDL and the contract between the levels', () => {
  const rows = eventRoutes['clockPolicy.published'].data.shape.rows.element.shape;
  const parts: readonly [string, readonly string[], readonly string[]][] = [
    ['ClockName', clockNames, rows.name.options],
    ['ClockUnit', clockUnits, rows.unit.options],
    ['CaseKind', caseKinds, rows.kind.unwrap().options],
    ['DemandType', demandTypes, rows.demandType.unwrap().options],
  ];
  for (const [name, code, contract] of parts) {
    expect(contract).toEqual([...code]);
    for (const level of ['city', 'community']) {
      const type = buildASTSchema(readSdl(level), { assumeValidSDL: true }).getType(name);
      expect(isEnumType(type) && type.getValues().map((value) => value.name)).toEqual([...code]);
    }
  }
});
