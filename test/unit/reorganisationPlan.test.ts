import fc from 'fast-check';
import { planReorganisation, undoFault, type NewArea, type ReorganisationPlan, type ReorganisationWish, type TreeArea } from '../../subgraphs/city/domain/reorganisationPlan.js';
import type { AreaKind } from '../../subgraphs/shared/domain/area.js';

const today = '2026-03-02';
const on = '2026-04-01';

const street = '340103001';
const area = (code: string, name: string, kind: AreaKind, more: Partial<TreeArea> = {}): TreeArea => ({
  code, name, kind, parent: code.slice(0, -3), isGovernment: false, validFrom: '2000-01-01', validTo: null,
  population: null, households: null, areaKm2: null, figuresSource: null, grids: [], ...more,
});
const grids = (community: string, count: number, isEstimated = false) => Array.from({ length: count }, (_, i) => ({
  code: `${community}${String(i + 1).padStart(3, '0')}`, name: `第${i + 1}网格`, plannedHouseholds: 270 + i, isEstimated,
}));
const community = (number: string, count: number, more: Partial<TreeArea> = {}): TreeArea =>
  area(`${street}${number}`, `${number}社区`, 'COMMUNITY', { grids: grids(`${street}${number}`, count), ...more });

const [a, b, c] = [community('001', 4), community('002', 2), community('003', 1)];
const tree = [area(street, '甲街道', 'STREET'), a, b, c];

const into = (more: Partial<NewArea> = {}): NewArea =>
  ({ code: null, name: '新社区', kind: null, population: null, households: null, areaKm2: null, takes: null, ...more });
const codesOf = (number: string, ...grid: string[]): string[] => grid.map((one) => `${street}${number}${one}`);

function planned(wish: Partial<ReorganisationWish>, areas: readonly TreeArea[] = tree): ReorganisationPlan {
  const result = planReorganisation({ from: [a.code], to: [into()], on, ...wish }, areas, today);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

it('splits a community: new codes above all that were used, grids numbered anew, households kept', () => {
  const plan = planned({
    to: [into({ name: '东社区', takes: codesOf('001', '004', '001') }), into({ name: '西社区', takes: codesOf('001', '002', '003'), kind: 'VILLAGE' })],
  });
  expect(plan.ends).toEqual([{ code: a.code, name: '001社区', successors: [`${street}004`, `${street}005`] }]);
  expect(plan.begins).toMatchObject([
    { code: `${street}004`, parent: street, name: '东社区', kind: 'COMMUNITY', validFrom: on, validTo: null, predecessors: [a.code], households: 270 + 273 },
    { code: `${street}005`, parent: street, name: '西社区', kind: 'VILLAGE', predecessors: [a.code], households: 271 + 272 },
  ]);
  expect(plan.grids).toEqual([
    { from: `${a.code}001`, to: `${street}004001` }, { from: `${a.code}004`, to: `${street}004002` },
    { from: `${a.code}002`, to: `${street}005001` }, { from: `${a.code}003`, to: `${street}005002` },
  ]);
  expect(plan.begins[0]?.grids.map(({ code, name, plannedHouseholds }) => [code, name, plannedHouseholds])).toEqual([
    [`${street}004001`, '第1网格', 270], [`${street}004002`, '第2网格', 273],
  ]);
});

it('merges communities and adds up what is known of all of them', () => {
  const known = [area(street, '甲街道', 'STREET'), { ...a, population: 3_000, households: 1_000 }, { ...b, population: 2_000, households: null }];
  const plan = planned({ from: [a.code, b.code] }, known);
  expect(plan.begins).toMatchObject([{ code: `${street}003`, predecessors: [a.code, b.code], population: 5_000, households: 270 + 271 + 272 + 273 + 270 + 271 }]);
  expect(plan.grids).toHaveLength(6);
});

it('regroups: a new community may take grids of several old ones', () => {
  const plan = planned({
    from: [a.code, b.code],
    to: [
      into({ name: '东社区', takes: [...codesOf('001', '001'), ...codesOf('002', '001', '002')] }),
      into({ name: '西社区', code: `${street}010`, takes: codesOf('001', '002', '003', '004'), households: 900 }),
    ],
  });
  expect(plan.ends.map(({ successors }) => successors)).toEqual([[`${street}011`, `${street}010`], [`${street}011`]]);
  expect(plan.begins.map(({ code, predecessors, households }) => [code, predecessors, households])).toEqual([
    [`${street}011`, [a.code, b.code], 811], [`${street}010`, [a.code], 900],
  ]);
});

describe('streets', () => {
  const other = area('340103002', '乙街道', 'STREET', { population: 50_000 });
  const far = area('340103002001', '乙一社区', 'COMMUNITY', { grids: grids('340103002001', 2) });
  const district = [...tree.map((one) => (one.code === street ? { ...one, population: 30_000 } : one)), other, far];

  it('are merged with their communities, which keep their last digits where those are free', () => {
    const plan = planned({ from: [street, other.code], to: [into({ name: '丙街道' })] }, district);
    expect(plan.ends.map(({ code, successors }) => [code, successors])).toEqual([
      [street, ['340103003']], [other.code, ['340103003']],
      [a.code, ['340103003001']], [b.code, ['340103003002']], [c.code, ['340103003003']], [far.code, ['340103003004']],
    ]);
    expect(plan.begins[0]).toMatchObject({ code: '340103003', kind: 'STREET', population: 80_000, grids: [] });
    expect(plan.grids).toHaveLength(9);
    expect(plan.grids.at(-1)).toEqual({ from: '340103002001002', to: '340103003004002' });
  });

  it('are split by communities', () => {
    const plan = planned({
      from: [street], to: [into({ name: '东街道', takes: [a.code, c.code] }), into({ name: '西镇', kind: 'TOWN', takes: [b.code] })],
    }, district);
    expect(plan.begins.map(({ code, name, parent, isGovernment }) => [code, name, parent, isGovernment])).toEqual([
      ['340103003', '东街道', '340103', false], ['340103003001', '001社区', '340103003', false], ['340103003003', '003社区', '340103003', false],
      ['340103004', '西镇', '340103', true], ['340103004002', '002社区', '340103004', false],
    ]);
  });
});

it('gives every old grid exactly one successor, in whatever way grids are shared out', () => {
  const any = fc.tuple(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 5 }), fc.infiniteStream(fc.nat()));
  fc.assert(fc.property(any, ([sizes, wanted, random]) => {
    const olds = sizes.map((size, i) => community(String(i + 1).padStart(3, '0'), size));
    const all = olds.flatMap((one) => one.grids.map(({ code }) => code));
    const parts = Math.min(wanted, all.length);
    // The first grids go to one each, so that none has nothing.
    const takes = Array.from({ length: parts }, (_, i) => [all[i] ?? '']);
    for (const code of all.slice(parts)) takes[(random.next().value ?? 0) % parts]?.push(code);
    const plan = planned({ from: olds.map(({ code }) => code), to: takes.map((some, i) => into({ name: `新${i}`, takes: some })) }, olds);

    expect(plan.grids.map(({ from }) => from).toSorted()).toEqual(all.toSorted());
    const begun = plan.begins.flatMap((one) => one.grids);
    expect(new Set(plan.grids.map(({ to }) => to))).toEqual(new Set(begun.map(({ code }) => code)));
    expect(begun).toHaveLength(all.length);
    const households = (some: readonly { plannedHouseholds: number }[]) => some.reduce((sum, one) => sum + one.plannedHouseholds, 0);
    expect(households(begun)).toBe(households(olds.flatMap((one) => one.grids)));
    for (const one of plan.begins) {
      expect(one.code.startsWith(street)).toBe(true);
      expect(olds.some(({ code }) => code === one.code)).toBe(false);
      for (const { code } of one.grids) expect(code.startsWith(one.code)).toBe(true);
    }
    for (const { code, successors } of plan.ends) {
      expect(successors).toEqual(plan.begins.filter(({ predecessors }) => predecessors.includes(code)).map((one) => one.code));
      expect(successors.length).toBeGreaterThan(0);
    }
  }));
});

it.each<[string, Partial<ReorganisationWish>, string[], TreeArea[]?]>([
  ['nothing ends', { from: [] }, ['input', 'from']],
  ['too much ends', { from: Array.from({ length: 21 }, (_, i) => `${street}${String(i + 1).padStart(3, '0')}`) }, ['input', 'from']],
  ['a district ends', { from: ['340103'] }, ['input', 'from']],
  ['a grid ends', { from: [`${a.code}001`] }, ['input', 'from']],
  ['the areas have two parents', { from: [a.code, '340103002001'] }, ['input', 'from']],
  ['an area is listed twice', { from: [a.code, a.code] }, ['input', 'from']],
  ['there is no such area', { from: [`${street}099`] }, ['input', 'from']],
  ['it has ended', {}, ['input', 'from'], [{ ...a, validTo: '2026-01-01' }, b]],
  ['it is being reorganised already', {}, ['input', 'from'], [{ ...a, validTo: '2027-01-01' }, b]],
  ['it begins later', {}, ['input', 'from'], [{ ...a, validFrom: '2026-05-01' }, b]],
  ['nothing begins', { to: [] }, ['input', 'to']],
  ['too much begins', { to: Array.from({ length: 21 }, () => into()) }, ['input', 'to']],
  ['the day is today', { on: today }, ['input', 'on']],
  ['the day is years ahead', { on: '2029-01-01' }, ['input', 'on']],
  ['a name is blank', { to: [into({ name: '  ' })] }, ['input', 'to', '0', 'name']],
  ['a name is too long', { to: [into({ name: '长'.repeat(51) })] }, ['input', 'to', '0', 'name']],
  ['a name is taken in the parent', { to: [into({ name: ' 002社区' })] }, ['input', 'to', '0', 'name']],
  ['two new areas have one name', {
    to: [into({ takes: codesOf('001', '001', '002') }), into({ takes: codesOf('001', '003', '004') })],
  }, ['input', 'to', '1', 'name']],
  ['a community would be a town', { to: [into({ kind: 'TOWN' })] }, ['input', 'to', '0', 'kind']],
  ['a figure is negative', { to: [into({ households: -1 })] }, ['input', 'to', '0', 'households']],
  ['a code is elsewhere', { to: [into({ code: '340103002009' })] }, ['input', 'to', '0', 'code']],
  ['a code is 000', { to: [into({ code: `${street}000` })] }, ['input', 'to', '0', 'code']],
  ['a code has been used', { to: [into({ code: c.code })] }, ['input', 'to', '0', 'code']],
  ['the code stays the same', { to: [into({ code: a.code })] }, ['input', 'to', '0', 'code']],
  ['nothing is said of what each takes', { to: [into(), into({ name: '西' })] }, ['input', 'to', '0', 'takes']],
  ['one takes nothing', { to: [into({ takes: codesOf('001', '001', '002', '003', '004') }), into({ name: '西', takes: [] })] }, ['input', 'to', '1', 'takes']],
  ['a grid would have no home', { to: [into({ takes: codesOf('001', '001', '002', '003') })] }, ['input', 'to']],
  ['a grid would have two homes', {
    to: [into({ takes: codesOf('001', '001', '002') }), into({ name: '西', takes: codesOf('001', '002', '003', '004') })],
  }, ['input', 'to', '1', 'takes']],
  ['a grid is listed twice', { to: [into({ takes: codesOf('001', '001', '001', '002', '003', '004') })] }, ['input', 'to', '0', 'takes']],
  ["a grid is another community's", { to: [into({ takes: [...codesOf('001', '001', '002', '003', '004'), `${b.code}001`] })] }, ['input', 'to', '0', 'takes']],
  ['a community of the street is reorganised after that day', { from: [street], to: [into()] }, ['input', 'on'], [
    ...tree.slice(0, 1), { ...a, validTo: '2026-05-01' }, community('004', 4, { validFrom: '2026-05-01' }),
  ]],
])('is refused when %s', (_what, wish, field, areas = tree) => {
  const result = planReorganisation({ from: [a.code], to: [into()], on, ...wish }, areas, today);
  expect(result.ok ? null : result.error.field).toEqual(field);
});

describe('taking it back', () => {
  const plan = planned({});
  const [begun] = plan.begins;
  const after = [{ ...a, validTo: on }, b, ...(begun ? [begun] : [])];

  it('is possible while nothing rests on it', () => {
    expect(undoFault(plan, after)).toBeNull();
  });

  it.each<[string, TreeArea[]]>([
    ['what would begin is to end again', after.map((one) => (one.code === begun?.code ? { ...one, validTo: '2026-06-01' } : one))],
    ['another has taken the old name', [...after, community('009', 1, { name: a.name })]],
  ])('is refused when %s', (_what, areas) => {
    expect(undoFault(plan, areas)).toMatchObject({ code: 'INVALID_INPUT', field: ['input', 'reorganisationId'] });
  });
});
