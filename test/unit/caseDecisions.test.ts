import type { Case } from '../../subgraphs/community/domain/case.js';
import type { CaseAction } from '../../subgraphs/community/domain/case.transitions.js';
import {
  applyReportedStep, decideCase, submitCase, type ActionInput, type CaseDecision, type ReportedStep, type SubmitCommand,
} from '../../subgraphs/community/domain/caseDecisions.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { demand, people, satisfied, solved, units } from '../kit/cases.js';

const { resident, clerk, street, communityUnit } = people;
const calendar = chineseCalendar({ version: 'test' });
const now = new Date('2026-03-02T02:00:00Z');

const { community, channel, demandType, category, title, detail } = demand;
const command: SubmitCommand = {
  id: 'case-1', number: 'HF260302-7K3M9Q', kind: 'DEMAND', demandType, channel, category, title, detail, sourceId: null,
  reportedAt: null, place: { community, grid: null, address: null, longitude: null, latitude: null },
  reporter: { id: null, name: null, phone: null, idNumber: null },
};

function submitted(more: Partial<SubmitCommand> = {}, who: Actor = resident): CaseDecision {
  const result = submitCase({ ...command, ...more }, who, now);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

type Move = readonly [Actor, CaseAction, Partial<ActionInput>?];

/** The last decision of a demand of the resident's on which these were made. */
function after(...moves: readonly Move[]): CaseDecision {
  return moves.reduce((last, [who, action, input]) => {
    const result = decideCase(last.next, action, { note: null, ...input }, who, now, calendar);
    if (!result.ok) throw new Error(`${action}: ${result.error.message}`);
    return result.value;
  }, submitted());
}

const decide = (subject: Case, [who, action, input]: Move): ReturnType<typeof decideCase> =>
  decideCase(subject, action, { note: null, ...input }, who, now, calendar);

const accepted: readonly Move[] = [[clerk, 'ACCEPT']];
const asked: readonly Move[] = [...accepted, [clerk, 'REQUEST_INFO', { note: '请补充' }]];
const handled: readonly Move[] = [...accepted, [clerk, 'HANDLE']];
const resolved: readonly Move[] = [...handled, [clerk, 'RESOLVE', solved]];
const withUnit: readonly Move[] = [...accepted, [clerk, 'DISPATCH', { unit: units.community }]];
const returned: Move = [communityUnit, 'RETURN', { note: '不属本单位', proposedOwner: ' 供电公司 ' }];

describe('a return', () => {
  it('keeps who should have had the case instead', () => {
    expect(after(...withUnit, returned).entry).toMatchObject({
      action: 'RETURN', note: '不属本单位', proposedOwner: '供电公司', superseded: false,
    });
  });

  const forwarded: readonly Move[] = [...accepted, [clerk, 'FORWARD']];
  it.each<[string, readonly Move[], boolean]>([
    ['in time', forwarded, false],
    ['too late', [...forwarded, [resident, 'WITHDRAW']], true],
  ])('keeps it as well when another level returned the case %s', (_when, moves, superseded) => {
    const step: ReportedStep = {
      action: 'RETURN', level: 'STREET', rung: 2, at: now, by: street, note: '不属本街道', target: null,
      proposedOwner: '供电公司',
    };
    const { entry } = applyReportedStep(after(...moves).next, step, calendar);
    expect(entry).toMatchObject({ proposedOwner: '供电公司', superseded });
  });
});

describe('what people write', () => {
  it('loses the blanks around it, and is nothing when there is nothing else', () => {
    expect(after(...accepted, [clerk, 'HANDLE', { note: ' 去现场 \n' }]).entry.note).toBe('去现场');
    expect(after(...accepted, [clerk, 'HANDLE', { note: ' \t ' }]).entry.note).toBeNull();
    expect(after([clerk, 'DECLINE', { note: ' 不属本级 ', otherWay: ' 拨打 95598 ' }]).next.declined)
      .toEqual({ reason: '不属本级', otherWay: '拨打 95598' });
    const closed = after(...resolved, [resident, 'RATE', { rating: { ...satisfied, comment: '  ' } }]);
    expect(closed.next.evaluations[0]?.comment).toBeNull();
  });

  const rated = (satisfaction: number) => ({ rating: { ...satisfied, satisfaction, comment: null } });
  const long = (n: number): string => '长'.repeat(n);
  it.each<[string, readonly Move[], Move, string]>([
    ['no reason to decline', [], [clerk, 'DECLINE', { note: ' ', otherWay: '其他' }], 'note'],
    ['no other way when declined', [], [clerk, 'DECLINE', { note: '理由', otherWay: ' ' }], 'otherWay'],
    ['another way too long', [], [clerk, 'DECLINE', { note: '理由', otherWay: long(2_001) }], 'otherWay'],
    ['a note too long', [], [clerk, 'ACCEPT', { note: long(2_001) }], 'note'],
    ['no question', accepted, [clerk, 'REQUEST_INFO'], 'note'],
    ['no answer', asked, [resident, 'SUPPLY_INFO', { note: '' }], 'note'],
    ['a return without reason', withUnit, [communityUnit, 'RETURN'], 'note'],
    ['a proposed owner too long', withUnit,
      [communityUnit, 'RETURN', { note: '理由', proposedOwner: long(101) }], 'proposedOwner'],
    ['a resolution without words', handled, [clerk, 'RESOLVE', { outcome: 'SOLVED', note: ' ' }], 'note'],
    ['a comment too long', resolved, [resident, 'RATE', { rating: { ...satisfied, comment: long(2_001) } }], 'comment'],
    ['satisfaction below 1', resolved, [resident, 'RATE', rated(0)], 'satisfaction'],
    ['satisfaction above 5', resolved, [resident, 'RATE', rated(6)], 'satisfaction'],
    ['half a point', resolved, [resident, 'RATE', rated(3.5)], 'satisfaction'],
  ])('is refused as %s, with the field to blame', (_what, moves, move, field) => {
    expect(decide(after(...moves).next, move)).toMatchObject({
      ok: false, error: { code: 'INVALID_INPUT', field: ['input', field] },
    });
  });

  it('may be as long as the limits say, counted in characters and not in bytes', () => {
    const longest = '𠮷'.repeat(2_000);
    expect(after([clerk, 'ACCEPT', { note: longest }]).entry.note).toBe(longest);
  });
});
