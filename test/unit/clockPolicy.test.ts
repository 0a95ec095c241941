import { buildASTSchema, isEnumType } from 'graphql';
import { eventRoutes } from '../../schema/events.js';
import { caseKinds, demandTypes } from '../../subgraphs/community/domain/case.js';
import { startClock, stepClocks } from '../../subgraphs/community/domain/clockPolicy.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { clockUnits } from '../../subgraphs/shared/domain/clock.js';
import { clockNames, defaultPolicy, policyFault, policyFor, urgencies, type ClockPolicy, type PolicyRow } from '../../subgraphs/shared/domain/clockPolicy.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';

const source = { zh: '规定', en: 'Order' };
const resolve = (budget: number, more: Partial<PolicyRow> = {}): PolicyRow => ({ name: 'RESOLVE', unit: 'WORK_DAY', budget, source, ...more });
const complaint = { kind: 'DEMAND', demandType: 'COMPLAINT', category: '城乡建设/路灯', urgency: 'NORMAL', serviceItem: null } as const;

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
    { ...complaint, kind: 'APPLICATION', demandType: null, category: '民政' },
    { ...complaint, demandType: 'CONSULTATION', category: '民政' },
  ].map((subject) => policyFor(policy, 'RESOLVE', subject).budget);
  expect(budgets).toEqual([5, 2, 5, 10, 7, 3]);
});

it('tells an emergency, and an application for one item, from the rest', () => {
  const policy: ClockPolicy = [resolve(1, { urgency: 'EMERGENCY' }), resolve(4, { serviceItem: 'MZ-0102' }), ...defaultPolicy];
  const application = { ...complaint, kind: 'APPLICATION', demandType: null };
  const budgets = [
    complaint,
    { ...complaint, urgency: 'URGENT' as const },
    { ...complaint, urgency: 'EMERGENCY' as const },
    { ...application, serviceItem: 'MZ-0102' },
    { ...application, serviceItem: 'MZ-0103' },
  ].map((subject) => policyFor(policy, 'RESOLVE', subject).budget);
  expect(budgets).toEqual([10, 10, 1, 4, 10]);
});

it('goes by the rows of the platform for a clock of which a version has none', () => {
  const own: ClockPolicy = [{ name: 'ARRIVE', unit: 'MINUTE', budget: 20, source, urgency: 'EMERGENCY' }];
  const old = defaultPolicy.filter(({ name }) => name !== 'ARRIVE' && name !== 'ANSWER');
  expect(policyFault(old)).toBeNull();
  expect(policyFor(old, 'ANSWER', complaint)).toMatchObject({ unit: 'WORK_DAY', budget: 2 });
  const arrivals = [old, [...own, ...old]].map((policy) => urgencies.map((urgency) => {
    const { unit, budget } = policyFor(policy, 'ARRIVE', { ...complaint, urgency });
    return `${budget} ${unit}`;
  }));
  expect(arrivals).toEqual([['1 WORK_DAY', '1 WORK_DAY', '30 MINUTE'], ['1 WORK_DAY', '1 WORK_DAY', '20 MINUTE']]);
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
  ['a service item for a demand', [resolve(3, { kind: 'DEMAND', serviceItem: 'MZ-0102' })], 'only an APPLICATION'],
  ['a service item with a demand type', [resolve(3, { demandType: 'REPORT', serviceItem: 'MZ-0102' })], 'only an APPLICATION'],
  ['a service item that is no code', [resolve(3, { serviceItem: 'MZ 0102' })], 'the code of a service item'],
  ['a category that is no path', [resolve(3, { category: '城乡建设/' })], 'category is a path'],
  ['no source', [resolve(3, { source: { zh: '规定', en: ' ' } })], 'the source has'],
  ['a row behind one without conditions', [...defaultPolicy, resolve(3, { category: '民政' })], 'Row 12 would never count: row 5'],
  ['a row behind one of its ancestors', [resolve(3, { category: '民政' }), resolve(2, { category: '民政/低保' }), ...defaultPolicy], 'Row 2 would never count: row 1'],
  ['a demand type behind all demands', [resolve(3, { kind: 'DEMAND' }), resolve(2, { demandType: 'REPORT' }), ...defaultPolicy], 'Row 2 would never count: row 1'],
  ['an urgency behind one without', [resolve(3, { category: '民政' }), resolve(2, { category: '民政', urgency: 'URGENT' }), ...defaultPolicy], 'Row 2 would never count: row 1'],
  ['an item behind all applications', [resolve(3, { kind: 'APPLICATION' }), resolve(2, { serviceItem: 'MZ-0102' }), ...defaultPolicy], 'Row 2 would never count: row 1'],
  ['too many rows', Array.from({ length: 501 }, () => resolve(1)), 'At most 500'],
])('refuses %s', (_name, policy, reason) => {
  expect(policyFault(policy)).toContain(reason);
});

it('takes rows that differ in urgency or item alone', () => {
  const urgent = urgencies.map((urgency) => resolve(3, { urgency }));
  const items = ['MZ-0102', 'MZ-0103'].map((serviceItem) => resolve(3, { serviceItem }));
  expect(policyFault([...urgent, ...items, ...defaultPolicy])).toBeNull();
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

it('names clocks, units, kinds, types and urgencies alike in the code, the SDL and the contract between the levels', () => {
  const rows = eventRoutes['clockPolicy.published'].data.shape.rows.element.shape;
  const parts: readonly [string, readonly string[], readonly string[]][] = [
    ['ClockName', clockNames, rows.name.options],
    ['ClockUnit', clockUnits, rows.unit.options],
    ['CaseKind', caseKinds, rows.kind.unwrap().options],
    ['DemandType', demandTypes, rows.demandType.unwrap().options],
    ['Urgency', urgencies, rows.urgency.unwrap().options],
  ];
  for (const [name, code, contract] of parts) {
    expect(contract).toEqual([...code]);
    for (const level of ['city', 'community']) {
      const type = buildASTSchema(readSdl(level), { assumeValidSDL: true }).getType(name);
      expect(isEnumType(type) && type.getValues().map((value) => value.name)).toEqual([...code]);
    }
  }
});
