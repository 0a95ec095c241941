import { buildASTSchema, isEnumType } from 'graphql';
import { eventRoutes, eventTypes } from '../../schema/events.js';
import { submitCase } from '../../subgraphs/community/domain/caseDecisions.js';
import type { Case } from '../../subgraphs/community/domain/case.js';
import { caseStates } from '../../subgraphs/community/domain/case.transitions.js';
import {
  categoryAt, foundConcern, grownConcern, longUnresolvedAt, openAgainAt, reporterMark, topicKey, type Concern as Found, type Topic,
} from '../../subgraphs/community/domain/concern.js';
import { openStates } from '../../subgraphs/community/domain/case.js';
import {
  concernMachine, decideConcern, isLate, openConcern, seesConcern, timedAnswers, type Concern,
} from '../../subgraphs/district/domain/concern.js';
import {
  concernActionNames, concernActions, concernStateNames, concernStates, concernTransitions,
} from '../../subgraphs/district/domain/concern.transitions.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { roles } from '../../subgraphs/shared/domain/actor.js';
import { start, state as clockState } from '../../subgraphs/shared/domain/clock.js';
import { defaultPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import {
  concernClasses, concernRuleFault, concernScopes, defaultConcernRule, platformConcernRule, type ConcernRule,
} from '../../subgraphs/shared/domain/concernRule.js';
import { unreachableStates, type Transition } from '../../subgraphs/shared/domain/stateMachine.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { idOf } from '../../subgraphs/shared/ids.js';
import { actor } from '../kit/identity.js';

const calendar = chineseCalendar({ version: 'test' });
/** Shanghai time. */
const at = (local: string): Date => new Date(`${local}:00+08:00`);
const monday = at('2026-03-02T09:00');
const district = actor('DISTRICT_OFFICER', '340103');
const city = actor('CITY_OFFICER', '3401');

describe('the table of a concern', () => {
  const table: readonly Transition<string, string>[] = concernTransitions;

  it('reaches every state, and leaves only CLOSED without a way out', () => {
    expect(unreachableStates(table, concernStates, 'OPEN')).toEqual([]);
    expect(concernStates.filter((state) => !table.some(({ from }) => from === state))).toEqual(['CLOSED']);
  });

  it('allows exactly these transitions', () => {
    const lines = table.map(({ from, action, to, by, emits }) => `${from} -${action}-> ${to}: ${roles.filter((role) => by.includes(role)).join(' ')} ${emits ?? ''}`.trim());
    expect(lines).toMatchInlineSnapshot(`
[
  "OPEN -ANSWER-> ANSWERED: DISTRICT_OFFICER",
  "ANSWERED -ACCEPT-> CLOSED: CITY_OFFICER concern.closed",
  "ANSWERED -REJECT-> OPEN: CITY_OFFICER",
]
`);
  });

  it.each([
    ['district', 'ConcernClass', concernClasses, eventRoutes['concern.found'].data.shape.class.options],
    ['district', 'ConcernState', concernStates, Object.keys(concernStateNames)],
    ['district', 'ConcernAction', concernActions, Object.keys(concernActionNames)],
    ['city', 'ConcernScope', concernScopes, eventRoutes['concernRule.published'].data.shape.rule.shape.stronglyReported.shape.within.options],
  ])('has in the SDL of the %s the values of the code of %s', (level, name, values, same) => {
    const type = buildASTSchema(readSdl(level), { assumeValidSDL: true }).getType(name);
    expect(isEnumType(type) && type.getValues().map((one) => one.name)).toEqual([...values]);
    expect(same).toEqual([...values]);
  });

  it('goes between the levels in order', () => {
    for (const type of eventTypes.filter((one) => one.startsWith('concern'))) expect(eventRoutes[type]).toMatchObject({ ordered: true, prompt: true });
  });
});

describe('an answer', () => {
  const open = (): Concern => openConcern({
    id: 'concern-1', class: 'STRONGLY_REPORTED', area: '340103001', category: '城乡建设', case: null, since: monday, at: monday,
    figures: { cases: 3, reporters: 3, communities: null }, ruleVersion: 'r-1', answerWorkDays: 2,
  });
  const input = { text: ' 已排查 ', measures: '限期整改', note: null };
  const does = (current: Concern, action: 'ANSWER' | 'ACCEPT' | 'REJECT', now = monday): Concern => {
    const result = decideConcern(current, action, { ...input, note: '请写明时限' }, action === 'ANSWER' ? district : city, now);
    if (!result.ok) throw new Error(result.error.message);
    return result.value.next;
  };

  it('is owed by a clock of the rule’s budget, and by a new one of the same budget when it is sent back', () => {
    const again = does(does(open(), 'ANSWER'), 'REJECT', at('2026-03-03T09:00'));
    expect(again.clocks.map((clock) => [clockState(clock), clock.unit, clock.budget])).toEqual([['STOPPED', 'WORK_DAY', 2], ['RUNNING', 'WORK_DAY', 2]]);
    expect(again.answers).toEqual([{ ...input, text: '已排查', answeredAt: monday, answeredBy: district.id, accepted: false, note: '请写明时限' }]);
  });

  it('is late by the minute, each for itself', () => {
    const due = at('2026-03-04T17:00');
    expect([isLate(open(), calendar, due), isLate(open(), calendar, new Date(due.getTime() + 1))]).toEqual([false, true]);
    const late = does(open(), 'ANSWER', new Date(due.getTime() + 1));
    const inTime = does(does(late, 'REJECT', at('2026-03-05T09:00')), 'ANSWER', at('2026-03-06T09:00'));
    expect(timedAnswers(inTime, calendar).map((one) => [one.dueAt, one.late])).toEqual([[due, true], [at('2026-03-09T17:00'), false]]);
    expect([isLate(late, calendar, due), isLate(inTime, calendar, due)]).toEqual([true, false]);
  });

  it('is told to the community only when it is accepted', () => {
    const answered = does(open(), 'ANSWER');
    const accepted = decideConcern(answered, 'ACCEPT', input, city, monday);
    expect(accepted).toMatchObject({ value: { next: { closedAt: monday, state: 'CLOSED' }, event: { type: 'concern.closed', data: { concernId: 'concern-1' } } } });
    expect(decideConcern(answered, 'REJECT', { ...input, note: '退回' }, city, monday)).toMatchObject({ value: { event: null } });
    expect(Object.keys(concernMachine.rules)).toEqual(['ANSWER']);
  });

  it('may come by a clock that is behind the one that found it', () => {
    expect(does(open(), 'ANSWER', new Date(monday.getTime() - 5)).clocks.map(clockState)).toEqual(['STOPPED']);
  });

  it.each([
    [district, true], [city, true], [actor('AUDITOR', '340103'), true], [actor('STREET_CLERK', '340103001'), true],
    [actor('COMMUNITY_CLERK', '340103001001'), false], [actor('STREET_CLERK', '340103002'), false], [actor('DISTRICT_OFFICER', '340104'), false],
    [actor('GRID_WORKER', '340103001001001'), false], [actor('DEPARTMENT_OFFICER', '340103-02'), false], [actor('RESIDENT'), false],
    [actor('INTEGRATOR', '3401'), false],
  ])('concerns whoever’s area it lies in: %j', (who, sees) => {
    expect(seesConcern(open(), who)).toBe(sees);
  });
});

describe('what is found', () => {
  const topic: Topic = { class: 'COMMON', area: '340103', category: '城乡建设/安全生产', exact: false, case: null };
  const figures = { cases: 6, reporters: null, communities: 3 };
  const found = (): Found => foundConcern(topic, { id: 'concern-1', district: '340103', last: null, since: monday, figures, at: monday }, platformConcernRule).next;

  it('has the budget of its class, and counts its topic’s episodes', () => {
    const next = foundConcern(topic, { id: 'concern-2', district: '340103', last: found(), since: monday, figures, at: monday }, platformConcernRule);
    expect([found().episode, next.next.episode]).toEqual([1, 2]);
    expect(next.event).toMatchObject({ type: 'concern.found', data: { answerWorkDays: defaultConcernRule.common.answerWorkDays, ruleVersion: 'platform-1' } });
    expect(eventRoutes['concern.found'].data.safeParse(next.event.data).success).toBe(true);
  });

  it('is news only when its figures are others', () => {
    expect(grownConcern(found(), { ...figures }, monday)).toBeNull();
    const grown = grownConcern(found(), { ...figures, cases: 7 }, at('2026-03-03T09:00'));
    expect(grown).toMatchObject({ next: { version: 2, figures: { cases: 7 }, since: monday }, event: { type: 'concern.grown' } });
    expect(eventRoutes['concern.grown'].data.safeParse(grown?.event.data).success).toBe(true);
  });

  it('may be found again once it is closed, a long unresolved case as long after that again', () => {
    const closed: Found = { ...found(), closedAt: monday };
    const rule = (workDays: number | null): ConcernRule => ({ ...defaultConcernRule, longUnresolved: { ...defaultConcernRule.longUnresolved, workDays } });
    const unresolved: Found = { ...closed, class: 'LONG_UNRESOLVED' };
    expect(openAgainAt(found(), rule(5), calendar)).toBeNull();
    expect(openAgainAt(closed, rule(5), calendar)).toEqual(new Date(monday.getTime() + 1));
    expect(openAgainAt(unresolved, rule(5), calendar)).toEqual(at('2026-03-09T17:00'));
    expect(openAgainAt(unresolved, rule(null), calendar)).toBeNull();
  });

  it('is known by class, area and category, or by its case', () => {
    expect(topicKey(topic)).toBe('COMMON:340103:城乡建设/安全生产');
    expect(topicKey({ ...topic, class: 'LONG_UNRESOLVED', case: { id: 'case-1', number: '1', title: '' } })).toBe('LONG_UNRESOLVED:340103:case-1');
    expect(idOf('a', 'b')).toBe(idOf('a', 'b'));
    expect(new Set([idOf('a', 'b'), idOf('ab'), idOf('b', 'a'), idOf('a', 'b', '')]).size).toBe(4);
  });

  it.each([['甲/乙/丙', 2, '甲/乙'], ['甲/乙/丙', 3, '甲/乙/丙'], ['甲', 3, '甲'], ['甲/乙', 1, '甲']])('takes of %s the first %i names', (path, depth, wanted) => {
    expect(categoryAt(path, depth)).toBe(wanted);
  });
});

describe('a long unresolved case', () => {
  const submitted = (): Case => {
    const decision = submitCase({
      id: 'case-1', number: 'HF260302-7K3M9Q', kind: 'DEMAND', demandType: 'COMPLAINT', channel: 'WEB', category: '城乡建设', title: '路灯不亮',
      detail: '三盏', sourceId: null, reportedAt: null, reporter: { id: null, name: null, phone: null, idNumber: null },
      place: { community: '340103001001', grid: null, address: null, longitude: null, latitude: null },
    }, actor('RESIDENT'), monday, { policy: defaultPolicy });
    if (!decision.ok) throw new Error(decision.error.message);
    return decision.value.next;
  };
  const ruleOf = (conditions: Partial<ConcernRule['longUnresolved']>): ConcernRule => ({
    ...defaultConcernRule, longUnresolved: { ...defaultConcernRule.longUnresolved, resolvePercent: null, workDays: null, times: null, ...conditions },
  });
  const resolve = (budget: number, from = monday) => start({ name: 'RESOLVE', unit: 'WORK_MINUTE', budget } as const, from);

  it.each<[string, Partial<Case>, Partial<ConcernRule['longUnresolved']>, Date | null]>([
    ['work days', {}, { workDays: 5 }, at('2026-03-09T17:00')],
    ['the clock', { clocks: [resolve(60)] }, { resolvePercent: 200 }, at('2026-03-02T11:00')],
    ['any of its clocks', { clocks: [resolve(600), resolve(60)] }, { resolvePercent: 100 }, at('2026-03-02T10:00')],
    ['no clock yet', {}, { resolvePercent: 100 }, null],
    ['returns', { returns: 3, updatedAt: at('2026-03-05T09:00') }, { times: 3 }, at('2026-03-05T09:00')],
    ['reopenings', { reopenings: 3, updatedAt: at('2026-03-05T09:00') }, { times: 3 }, at('2026-03-05T09:00')],
    ['returns and reopenings, too few each', { returns: 2, reopenings: 2 }, { times: 3 }, null],
    ['whatever comes first', { clocks: [resolve(60)], returns: 9, updatedAt: at('2026-03-05T09:00') }, { times: 3, workDays: 5, resolvePercent: 100 }, at('2026-03-02T10:00')],
    ['a year that the calendar does not know', { submittedAt: at('2050-03-02T09:00') }, { workDays: 5 }, null],
  ])('is one by %s', (_name, more, conditions, wanted) => {
    expect(longUnresolvedAt({ ...submitted(), ...more }, ruleOf(conditions), calendar)).toEqual(wanted);
  });

  it('is open, whatever its state of work', () => {
    const states = caseStates.filter((state) => longUnresolvedAt({ ...submitted(), state }, ruleOf({ workDays: 1 }), calendar) !== null);
    expect(states).toEqual([...openStates]);
  });

  it('tells reporters apart by login, phone, worker and, with none of them, not at all', () => {
    const mark = (more: Partial<Case['reporter']>, rest: Partial<Case> = {}): string => {
      const subject = submitted();
      return reporterMark({ ...subject, ...rest, reporter: { ...subject.reporter, id: null, ...more } });
    };
    expect([
      mark({ id: 'r', phone: '13812345678' }), mark({ phone: '13812345678' }), mark({}, { channel: 'GRID_WORKER', submittedBy: 'w' }), mark({}),
    ]).toEqual(['id:r', 'phone:13812345678', 'worker:w', 'case:case-1']);
  });
});

describe('the rule', () => {
  type Part = Partial<Record<keyof ConcernRule, Readonly<Record<string, unknown>>>>;
  const changed = (more: Part): ConcernRule => ({
    stronglyReported: { ...defaultConcernRule.stronglyReported, ...more.stronglyReported },
    longUnresolved: { ...defaultConcernRule.longUnresolved, ...more.longUnresolved },
    common: { ...defaultConcernRule.common, ...more.common },
  });

  it('is sound as the platform has it, and says so', () => {
    expect(concernRuleFault(defaultConcernRule)).toBeNull();
    const data = { version: 'platform-1', number: 1, rule: defaultConcernRule };
    expect(eventRoutes['concernRule.published'].data.parse(data)).toEqual(data);
    for (const { source } of Object.values(defaultConcernRule)) expect(source.en).toContain('default of the platform');
  });

  it.each<[Part, readonly string[]]>([
    [{ stronglyReported: { reporters: 1 } }, ['stronglyReported', 'reporters']],
    [{ stronglyReported: { reporters: 2.5 } }, ['stronglyReported', 'reporters']],
    [{ stronglyReported: { categoryDepth: 0 } }, ['stronglyReported', 'categoryDepth']],
    [{ longUnresolved: { workDays: 367 } }, ['longUnresolved', 'workDays']],
    [{ longUnresolved: { times: 0 } }, ['longUnresolved', 'times']],
    [{ longUnresolved: { resolvePercent: null, workDays: null, times: null } }, ['longUnresolved']],
    [{ common: { cases: 0 } }, ['common', 'cases']],
    [{ common: { source: { zh: '依据', en: ' ' } } }, ['common']],
  ])('is none with %j', (more, field) => {
    expect(concernRuleFault(changed(more))?.field).toEqual(field);
  });

  it('needs one of the conditions of a long unresolved case only', () => {
    expect(concernRuleFault(changed({ longUnresolved: { resolvePercent: null, workDays: null, times: 1 } }))).toBeNull();
  });
});
