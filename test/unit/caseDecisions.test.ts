import type { Case, Channel } from '../../subgraphs/community/domain/case.js';
import type { CaseAction } from '../../subgraphs/community/domain/case.transitions.js';
import {
  applyReportedStep, decideCase, submitCase, type ActionInput, type CaseDecision, type ReportedStep, type SubmitCommand,
} from '../../subgraphs/community/domain/caseDecisions.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { defaultPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import { demand, people, places, satisfied, solved, units } from '../kit/cases.js';
import { actor } from '../kit/identity.js';

const { resident, gridWorker, clerk, street, integrator, communityUnit } = people;
const rules = { calendar: chineseCalendar({ version: 'test' }), policy: defaultPolicy };
const now = new Date('2026-03-02T02:00:00Z');
const long = (n: number): string => '长'.repeat(n);

const { community, channel, demandType, category, title, detail } = demand;
const command: SubmitCommand = {
  id: 'case-1', number: 'HF260302-7K3M9Q', kind: 'DEMAND', demandType, channel, category, title, detail, sourceId: null,
  reportedAt: null, place: { community, grid: null, address: null, longitude: null, latitude: null },
  reporter: { id: null, name: null, phone: null, idNumber: null },
};

function submitted(more: Partial<SubmitCommand> = {}, who: Actor = resident, by: Channel = channel): CaseDecision {
  const result = submitCase({ ...command, channel: by, ...more }, who, now, rules);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

type Move = readonly [Actor, CaseAction, Partial<ActionInput>?];

/** The last decision of a demand of the resident's on which these were made. */
function after(...moves: readonly Move[]): CaseDecision {
  return moves.reduce((last, [who, action, input]) => {
    const result = decideCase(last.next, action, { note: null, ...input }, who, now, rules);
    if (!result.ok) throw new Error(`${action}: ${result.error.message}`);
    return result.value;
  }, submitted());
}

const decide = (subject: Case, [who, action, input]: Move): ReturnType<typeof decideCase> =>
  decideCase(subject, action, { note: null, ...input }, who, now, rules);

const accepted: readonly Move[] = [[clerk, 'ACCEPT']];
const asked: readonly Move[] = [...accepted, [clerk, 'REQUEST_INFO', { note: '请补充' }]];
const handled: readonly Move[] = [...accepted, [clerk, 'HANDLE']];
const resolved: readonly Move[] = [...handled, [clerk, 'RESOLVE', solved]];
const withUnit: readonly Move[] = [...accepted, [clerk, 'DISPATCH', { unit: units.community }]];
const returned: Move = [communityUnit, 'RETURN', { note: '不属本单位', proposedOwner: ' 供电公司 ' }];

describe('a new case', () => {
  const { place, reporter } = command;
  const foreignGrid = `${places.sibling}001`;

  it('keeps what was said without the blanks around it, and nothing where only blanks were', () => {
    const { next } = submitted({
      title: ' 路灯不亮 ', detail: '\n东门 ', place: { ...place, address: ' ' }, reporter: { ...reporter, name: ' 李四\t' },
    });
    expect(next).toMatchObject({ title: '路灯不亮', detail: '东门', place: { address: null }, reporter: { name: '李四' } });
  });

  it("is the signed-in resident's, whoever the input names", () => {
    const named = { reporter: { ...reporter, id: 'somebody-else' } };
    expect(submitted(named).next.reporter.id).toBe(resident.id);
    expect(submitted(named, clerk, 'COUNTER').next.reporter.id).toBe('somebody-else');
  });

  it('counts as submitted for its community on the day and hour of Shanghai', () => {
    const result = submitCase(command, resident, new Date('2026-03-31T16:30:00Z'), rules);
    expect(result.ok && result.value.counts).toEqual([
      {
        holder: { level: 'COMMUNITY', area: places.community, unit: null }, day: '2026-04-01', hour: 0, kind: 'DEMAND', category: '城乡建设',
        counts: { submitted: 1 },
      },
    ]);
  });

  it('may have a title of 2 to 200 characters and a detail of 1 to 10,000', () => {
    for (const texts of [{ title: '路灯', detail: '灯' }, { title: long(200), detail: long(10_000) }]) {
      expect(submitted(texts).next).toMatchObject(texts);
    }
  });

  it('may be about another grid of the community of the grid worker', () => {
    const grid = `${places.community}002`;
    expect(submitted({ place: { ...place, grid } }, gridWorker, 'GRID_WORKER').next.place.grid).toBe(grid);
  });

  it.each([
    ['a district officer', people.district],
    ['a city officer', people.city],
    ['an auditor', people.auditor],
    ['a department officer', communityUnit],
  ])('is not submitted by %s', (_who, who) => {
    expect(submitCase(command, who, now, rules)).toMatchObject({ ok: false, error: { code: 'ROLE_NOT_ALLOWED' } });
  });

  it.each<[string, Actor, Channel]>([
    ['the clerk of another community', actor('COMMUNITY_CLERK', places.sibling), 'HOTLINE'],
    ['the clerk of another street', actor('STREET_CLERK', places.otherStreet), 'HOTLINE'],
    ['a grid worker of another community', actor('GRID_WORKER', foreignGrid), 'GRID_WORKER'],
    ['the hotline of another district', actor('INTEGRATOR', places.otherDistrict), 'HOTLINE'],
  ])('is not submitted by %s', (_who, who, by) => {
    expect(submitCase({ ...command, channel: by }, who, now, rules)).toMatchObject({
      ok: false, error: { code: 'OUT_OF_SCOPE', field: ['input', 'community'] },
    });
  });

  it.each<[string, Partial<SubmitCommand>]>([
    ['a patrol finding without a domain', { kind: 'PATROL', demandType: null }],
    ['a demand with the domain of a patrol', { patrolDomain: 'OVERSIGHT' }],
  ])('is not %s', (_what, more) => {
    const refused = submitCase({ ...command, ...more, channel: 'GRID_WORKER' }, gridWorker, now, rules);
    expect(refused).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', field: ['input', 'kind'] } });
    expect(!refused.ok && refused.error.message).toContain('patrolReport');
  });

  it('is a patrol finding only of a grid worker', () => {
    expect(submitCase({ ...command, kind: 'PATROL', demandType: null }, resident, now, rules)).toMatchObject({
      ok: false, error: { code: 'ROLE_NOT_ALLOWED', field: ['input', 'kind'] },
    });
  });

  const counter = { channel: 'COUNTER' } as const;
  it.each<[string, Partial<SubmitCommand>, string, Actor?]>([
    ['a counter no resident stands behind', counter, 'channel'],
    ['an import by a clerk', { channel: 'IMPORT' }, 'channel', clerk],
    ['a grid of another community', { ...counter, place: { ...place, grid: foreignGrid } }, 'grid', clerk],
    ['a title of one character', { title: ' 灯 ' }, 'title'],
    ['a title of 201 characters', { title: long(201) }, 'title'],
    ['no detail', { detail: ' \n' }, 'detail'],
    ['a detail of 10,001 characters', { detail: long(10_001) }, 'detail'],
    ['an address of 201 characters', { place: { ...place, address: long(201) } }, 'address'],
    ['a longitude alone', { place: { ...place, longitude: 117 } }, 'longitude'],
    ['a place off the earth', { place: { ...place, longitude: 117, latitude: 90.1 } }, 'longitude'],
    ['a name of 51 characters', { reporter: { ...reporter, name: long(51) } }, 'reporter'],
    ['an id nobody signs in with', { ...counter, reporter: { ...reporter, id: '李 四' } }, 'reporter', clerk],
    ['a phone number that is masked', { reporter: { ...reporter, phone: '138****5678' } }, 'reporter'],
    ['an ID number of 17 digits', { reporter: { ...reporter, idNumber: '34010319900101123' } }, 'reporter'],
    ['a demand of no type', { demandType: null }, 'demandType'],
    ['an application with a type of demand', { kind: 'APPLICATION' }, 'demandType'],
    ['a source id of blanks', { channel: 'IMPORT', sourceId: ' ' }, 'sourceId', integrator],
    ['a source id of 101 characters', { channel: 'IMPORT', sourceId: long(101) }, 'sourceId', integrator],
    ['a time after now', { reportedAt: new Date(now.getTime() + 1) }, 'reportedAt'],
  ])('is refused for %s', (_what, more, field, who = resident) => {
    expect(submitCase({ ...command, ...more }, who, now, rules)).toMatchObject({
      ok: false, error: { code: 'INVALID_INPUT', field: ['input', field] },
    });
  });
});

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
    const { entry } = applyReportedStep(after(...moves).next, step, rules);
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
