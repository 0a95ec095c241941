import type { Admission } from '../../subgraphs/city/domain/admission/admission.js';
import { admissionActions, admissionStates } from '../../subgraphs/city/domain/admission/admission.transitions.js';
import { burdenChanges, burdenOf, byDepartment, countOn, difference } from '../../subgraphs/city/domain/reduction/burden.js';
import { cutReasons, cutsOf, settleStreet } from '../../subgraphs/city/domain/reduction/effect.js';
import {
  addMonths, joinReduction, pilotDecisions, reductionKinds, settleAt, settled, settlingOf, type BurdenReduction,
} from '../../subgraphs/city/domain/reduction/reduction.js';
import { reductionActions, reductionStates, reductionTransitions } from '../../subgraphs/city/domain/reduction/reduction.transitions.js';
import type { ItemVersion } from '../../subgraphs/city/domain/service/item.js';
import { defaultDutyList } from '../../subgraphs/shared/domain/dutyList.js';
import { unreachableStates } from '../../subgraphs/shared/domain/stateMachine.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { places } from '../kit/cases.js';

const { street, community, sibling, district } = places;
const day = new Date('2026-03-31T16:00:00Z');
const early = new Date('2026-01-01T02:00:00Z');

it('reaches every state, and ends in CLOSED and CANCELLED', () => {
  expect(unreachableStates(reductionTransitions, reductionStates, 'DRAFT')).toEqual([]);
  expect(reductionStates.filter((state) => !reductionTransitions.some(({ from }) => from === state))).toEqual(['CLOSED', 'CANCELLED']);
  const keys = reductionTransitions.map(({ action, from }) => `${action} ${from}`);
  expect(new Set(keys).size).toBe(keys.length);
});

it.each([
  ['BurdenReductionState', reductionStates], ['BurdenReductionAction', reductionActions], ['BurdenReductionKind', reductionKinds],
  ['PilotDecision', pilotDecisions], ['BurdenCutReason', cutReasons], ['BurdenChange', burdenChanges], ['AdmissionState', admissionStates],
  ['AdmissionAction', admissionActions],
])('has the values of the SDL enum %s', (name, values) => {
  const found = readSdl('city').definitions.find((node) => node.kind === 'EnumTypeDefinition' && node.name.value === name);
  expect(found?.kind === 'EnumTypeDefinition' && found.values?.map((value) => value.name.value)).toEqual([...values]);
});

it.each([
  ['2026-04-01', 6, '2026-10-01'], ['2026-08-31', 6, '2027-02-28'], ['2027-08-31', 6, '2028-02-29'], ['2026-12-31', 6, '2027-06-30'],
])('counts months as people do: %s and %d months are %s', (from, months, to) => {
  expect(addMonths(from, months)).toBe(to);
});

const admission = (id: string, more: Partial<Admission> = {}): Admission => ({
  id, version: 1, state: 'IN_FORCE', matter: '民政', item: null, department: '3401-05', street, community: null, reason: 'x', passed: [],
  proposedAt: early, proposedBy: 'x', inForceAt: early, endedAt: null, endNote: null, endedBy: null, endedByGovernment: null,
  reduction: null, awaits: false, cutBy: null, exceptions: [], earlier: [], ...more,
});
const reduction = (more: Partial<BurdenReduction> = {}): BurdenReduction => ({
  id: 'r', version: 2, kind: 'REAPPLICATION', state: 'ANNOUNCED', area: district, government: district, effectiveOn: '2026-04-01', criteria: null,
  window: { from: '2026-03-02', to: '2026-05-01' }, pilot: null, note: 'x', draftedAt: early, draftedBy: 'x', announcedAt: early, announcedBy: 'x',
  inEffectAt: null, closedAt: null, closedBy: null, closeNote: null, decisions: [], adopts: null, settledAt: null, ...more,
});
const pilot = (...areas: string[]): Partial<BurdenReduction> => ({ pilot: { areas, until: '2026-10-01', reason: 'x' } });
const lists = { duties: { id: 'd-1', content: defaultDutyList }, services: { id: 's-1', content: [] } };
const told = (changed: readonly Admission[]): string[] => changed.map(({ id, state }) => `${id} ${state}`);

describe('the day', () => {
  const waiting = { reduction: 'r', awaits: true, inForceAt: null } as const;
  const passed = (at: Date) => [{ gate: 'APPROVAL', at, by: 'x', note: null, supports: null, amountFen: null, posts: null, powers: [] }] as const;

  it('lets lapse first and puts in force then, both from its first instant; what is not passed is proposed on', () => {
    const { admissions, cuts } = settleStreet('TAKE_EFFECT', reduction(), [
      admission('new', { state: 'PASSED', ...waiting, passed: passed(early) }), admission('old'), admission('late', { inForceAt: new Date(day.getTime() + 1) }),
      admission('open', { state: 'PROPOSED', ...waiting }), admission('other', { state: 'PROPOSED', inForceAt: null }),
    ], null);
    expect(told(admissions)).toEqual(['old LAPSED', 'new IN_FORCE', 'open PROPOSED']);
    expect(admissions[0]).toMatchObject({ endedAt: day, cutBy: 'r', endedByGovernment: district, version: 2 });
    expect(admissions[1]).toMatchObject({ inForceAt: day, awaits: false, reduction: 'r' });
    expect(cuts.map(({ admission: one, reason }) => [one, reason])).toEqual([['old', 'ALL_LAPSE']]);
    expect(settleStreet('TAKE_EFFECT', reduction(), [...admissions, admission('other', { state: 'PROPOSED', inForceAt: null })], null))
      .toEqual({ admissions: [], cuts: [] });
  });

  it('puts in force no sooner than the last gate was passed', () => {
    const later = new Date(day.getTime() + 3_600_000);
    const { admissions } = settleStreet('TAKE_EFFECT', reduction(), [admission('new', { state: 'PASSED', ...waiting, passed: passed(later) })], null);
    expect(admissions[0]?.inForceAt).toEqual(later);
  });

  it('lets lapse of a subtraction what was listed, and no more', () => {
    const { admissions, cuts } = settleStreet('TAKE_EFFECT', reduction({ kind: 'SUBTRACTION' }), [admission('a'), admission('b')], new Set(['b']));
    expect([told(admissions), cuts]).toEqual([['b LAPSED'], []]);
  });

  it('excepts of a pilot community what is for its street, and lets lapse what is for it alone', () => {
    const own = [admission('street'), admission('here', { community }), admission('there', { community: sibling })];
    const { admissions, cuts } = settleStreet('TAKE_EFFECT', reduction(pilot(community)), own, null);
    expect(told(admissions)).toEqual(['street IN_FORCE', 'here LAPSED']);
    expect(admissions[0]?.exceptions).toEqual([{ community, reduction: 'r', from: day, to: null }]);
    expect(cuts.map(({ onlyIn }) => onlyIn)).toEqual([[community], []]);
    expect(settleStreet('TAKE_EFFECT', reduction(pilot(community)), admissions, null).admissions).toEqual([]);
  });
});

describe('the end of a pilot', () => {
  const at = new Date('2026-10-01T02:00:00Z');
  const closed = reduction({ ...pilot(street), state: 'CLOSED', closedAt: at, decisions: [{ decision: 'END', at, by: 'x', note: 'x' }] });
  const lapsed = admission('old', { state: 'LAPSED', endedAt: day, cutBy: 'r' });

  it('restores what lapsed, and remembers when it had been in force', () => {
    const { admissions } = settleStreet('RESTORE', closed, [lapsed], null);
    expect(admissions).toEqual([{ ...lapsed, version: 2, state: 'IN_FORCE', inForceAt: at, endedAt: null, cutBy: null, earlier: [{ from: early, to: day }] }]);
    expect(settleStreet('RESTORE', closed, admissions, null).admissions).toEqual([]);
  });

  it('leaves lapsed what was admitted anew, and drops what is still applied for', () => {
    expect(told(settleStreet('RESTORE', closed, [lapsed, admission('new', { reduction: 'r', inForceAt: day })], null).admissions)).toEqual([]);
    expect(told(settleStreet('RESTORE', closed, [lapsed, admission('new', { reduction: 'r', state: 'PROPOSED', inForceAt: null })], null).admissions))
      .toEqual(['new REFUSED', 'old IN_FORCE']);
  });
});

it.each<[string, Partial<BurdenReduction>, ReturnType<typeof settlingOf>, Date | null]>([
  ['announced', {}, 'TAKE_EFFECT', day], ['in effect', { state: 'IN_EFFECT' }, null, null], ['drafted', { state: 'DRAFT' }, null, null],
  ['cancelled', { state: 'CANCELLED', closedAt: early }, 'DROP', early], ['closed', { state: 'CLOSED', closedAt: early }, null, null],
  ['ended', { state: 'CLOSED', closedAt: early, decisions: [{ decision: 'END', at: early, by: 'x', note: 'x' }] }, 'RESTORE', early],
])('one that is %s has its work, until that is done', (_what, more, settling, at) => {
  const one = reduction(more);
  expect([settlingOf(one), settleAt(one)]).toEqual([settling, at]);
  expect(settlingOf(settled(one, day))).toBeNull();
});

it.each<[string, BurdenReduction | null, boolean, string, unknown]>([
  ['none', null, false, '2026-04-01', { reduction: null, awaits: false }],
  ['one whose window is to come', reduction(), false, '2026-03-01', { reduction: null, awaits: false }],
  ['one that is announced', reduction(), false, '2026-03-02', { reduction: 'r', awaits: true }],
  ['one in effect', reduction({ state: 'IN_EFFECT' }), true, '2026-05-01', { reduction: 'r', awaits: false }],
  ['one whose window is over, of what did not lapse by it', reduction({ state: 'IN_EFFECT' }), false, '2026-05-02', { reduction: null, awaits: false }],
  ['one whose window is over, of what lapsed by it', reduction({ state: 'IN_EFFECT' }), true, '2026-05-02', null],
])('a proposal under %s joins it as it must', (_what, one, wasCut, today, joining) => {
  const joined = joinReduction(one, wasCut, today);
  expect(joined.ok ? joined.value : null).toEqual(joining);
});

describe('a preview', () => {
  it('holds items against the list of services where the duty list does not name them', () => {
    const item = admission('i', { matter: null, item: '05-001' });
    const by = (services: readonly string[], items: readonly string[] = [], dispatch = true) => cutsOf(
      reduction({ kind: 'SUBTRACTION', criteria: { offList: true, matters: [], items: [] } }), [item],
      {
        duties: { id: 'd-1', content: { ...defaultDutyList, entries: [...(items.length > 0 ? [{ ...defaultDutyList.entries[0]!, code: 'Z', items, dispatch }] : []), ...defaultDutyList.entries] } },
        services: { id: 's-1', content: services.map((code) => ({ code, title: { zh: 'x', en: 'x' }, department: null, detail: null })) },
      },
    ).map(({ reason, list, entry }) => [reason, list, entry]);
    expect(by(['05-001'])).toEqual([]);
    expect(by(['05-002'])).toEqual([['NOT_ON_LIST', 's-1', null]]);
    expect(by([], ['05-001'])).toEqual([]);
    expect(by(['05-001'], ['05-001'], false)).toEqual([['NOT_DISPATCHED', 'd-1', 'Z']]);
  });

  it('names matters with all below them, and leaves out what was applied for anew in the pilot that is adopted', () => {
    const one = reduction({ adopts: 'pilot', criteria: { offList: false, matters: ['民政/社会救助'], items: ['05-001'] }, kind: 'SUBTRACTION' });
    const found = cutsOf(one, [
      admission('wide'), admission('same', { matter: '民政/社会救助' }), admission('below', { matter: '民政/社会救助/低保' }),
      admission('alike', { matter: '民政/社会救助站' }), admission('item', { matter: null, item: '05-001' }),
      admission('anew', { matter: '民政/社会救助', reduction: 'pilot' }), admission('far', { matter: '民政/社会救助', street: '340104001' }),
    ], lists);
    expect(found.map(({ admission: id }) => id)).toEqual(['same', 'below', 'item']);
  });
});

describe('what a street or community has been handed', () => {
  const days = { before: '2026-03-31', after: '2026-04-01' };
  const version = (code: string, level: ItemVersion['level'], more: Partial<ItemVersion> = {}): ItemVersion => ({
    id: `${code}@1`, code, number: 1, version: 1, state: 'IN_FORCE', department: '3401-05', draftedAt: early, draftedBy: null, inForceAt: early, inForceBy: null,
    lapsedAt: null, lapsedBy: null, note: null, title: { zh: 'x', en: 'x' }, module: 'SOCIAL_SERVICE', level, delivery: 'DISPATCHED', materials: [],
    workDays: 1, eligibility: null, conditions: [], feeFen: 0, words: [], ...more,
  });
  const own = [
    admission('lapsed', { state: 'LAPSED', endedAt: day }), admission('again', { inForceAt: day }),
    admission('gone', { matter: '文体旅游', department: '3401-09', state: 'LAPSED', endedAt: day }),
    admission('item', { matter: null, item: '05-002' }), admission('here', { matter: '交通运输', community }),
    admission('excepted', { matter: '教育', exceptions: [{ community, reduction: 'r', from: day, to: null }] }),
    admission('restored', { matter: '卫生', inForceAt: new Date('2026-06-01T02:00:00Z'), earlier: [{ from: early, to: day }] }),
  ];
  const catalogue = [
    version('05-001', 'STREET'), version('05-002', 'STREET'), version('05-003', 'COMMUNITY'), version('05-004', 'STREET', { delivery: 'DIRECT' }),
    version('05-005', 'STREET', { state: 'LAPSED', lapsedAt: day }),
  ];
  const counts = (area: string) => {
    const entries = burdenOf(area, days, own, catalogue, null);
    return [countOn(entries, 'before'), countOn(entries, 'after')] as const;
  };

  it('is counted as at the end of each day, an item on the catalogue and admitted once, a street with what is for all of it', () => {
    const [before, after] = counts(street);
    expect(before).toEqual({ matters: 4, items: 1, catalogueItems: 2, total: 7 });
    expect(after).toEqual({ matters: 2, items: 1, catalogueItems: 1, total: 4 });
    expect(difference(before, after)).toEqual({ matters: -2, items: 0, catalogueItems: -1, total: -3 });
  });

  it("is of a community its street's, its own, and what the catalogue has its level deliver, less where it is excepted", () => {
    expect(counts(community)).toEqual([{ matters: 5, items: 1, catalogueItems: 1, total: 7 }, { matters: 2, items: 1, catalogueItems: 1, total: 4 }]);
    expect(counts(sibling)).toEqual([{ matters: 4, items: 1, catalogueItems: 1, total: 6 }, { matters: 2, items: 1, catalogueItems: 1, total: 4 }]);
    expect(counts('340104001')[0].matters).toBe(0);
  });

  it('has an entry for every number, and each number by department', () => {
    const entries = burdenOf(street, days, own, catalogue, null);
    expect(entries.filter(({ matter }) => matter === '民政')).toMatchObject([{ before: { admission: { id: 'lapsed' } }, after: { admission: { id: 'again' } } }]);
    expect(byDepartment(entries)).toEqual([{ department: '3401-05', before: 6, after: 4 }, { department: '3401-09', before: 1, after: 0 }]);
    expect(burdenOf(street, days, own, catalogue, '3401-09').map(({ matter }) => matter)).toEqual(['文体旅游']);
  });
});
