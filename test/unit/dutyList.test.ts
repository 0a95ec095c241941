import { readSeedData } from '../../scripts/seedData.js';
import { differenceOf } from '../../subgraphs/city/domain/lists/difference.js';
import { listKinds } from '../../subgraphs/city/domain/lists/list.js';
import {
  defaultDutyList, defaultDutyListVersion, dutyCategories, dutyClasses, dutyListFault, dutyOf, dutyRefusal, type DutyEntry, type DutyList,
} from '../../subgraphs/shared/domain/dutyList.js';
import { levels } from '../../subgraphs/shared/domain/areaCode.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { places } from '../kit/cases.js';

const { community, street, otherStreet } = places;
const entry = (code: string, more: Partial<DutyEntry> = {}): DutyEntry => ({
  code, title: { zh: '安全检查', en: 'Safety checks' }, category: 'LAWFUL_ASSISTANCE', class: 'A', matters: [], streets: [], streetTypes: [],
  forward: true, dispatch: true, needsAdmission: false, ...more,
});
const list = (...entries: DutyEntry[]): DutyList => ({ classes: [], streetTypes: [{ name: '商业型', streets: [street] }], entries });

it.each([['DutyCategory', dutyCategories], ['DutyClass', dutyClasses], ['ListKind', listKinds]])('has the values of the SDL enum %s', (name, values) => {
  const found = readSdl('city').definitions.find((node) => node.kind === 'EnumTypeDefinition' && node.name.value === name);
  expect(found?.kind === 'EnumTypeDefinition' && found.values?.map((value) => value.name.value)).toEqual([...values]);
});

describe('the entry that counts', () => {
  const three = list(
    entry('one', { matters: ['城乡建设/安全生产'], streets: [otherStreet] }),
    entry('two', { matters: ['城乡建设/安全生产'], streetTypes: ['商业型'] }),
    entry('three', { matters: ['城乡建设'] }),
  );
  it.each([
    ['the first that fits the matter and the street', '城乡建设/安全生产/安全隐患', otherStreet, 'one'],
    ["one for the street's type", '城乡建设/安全生产', street, 'two'],
    ['one for every street, where none before it is for this one', '城乡建设/安全生产', '340104001', 'three'],
    ['one for all below its path', '城乡建设/其他/其他', street, 'three'],
    ['none for a path that only begins alike', '城乡建设与规划', street, null],
    ['none for another matter', '民政', street, null],
  ])('is %s', (_what, category, where, code) => {
    expect(dutyOf(three, category, where)?.code ?? null).toBe(code);
  });

  it('is one that names the service item, whatever the matter, and one that names items alone is about nothing else', () => {
    const byItem = list(entry('items', { items: ['05-001'] }), entry('both', { matters: ['民政'], items: ['05-002'] }));
    const codes = [['城乡建设', '05-001'], ['城乡建设', '05-002'], ['民政', null], ['城乡建设', null], ['城乡建设', '05-003']] as const;
    expect(codes.map(([category, item]) => dutyOf(byItem, category, street, item)?.code ?? null)).toEqual(['items', 'both', 'both', null, null]);
  });
});

describe('what the list says to a case on its way', () => {
  const asked = (from: (typeof levels)[number], to: (typeof levels)[number], ...entries: DutyEntry[]) =>
    dutyRefusal({ version: 'city-1', list: list(...entries) }, { category: '城乡建设/安全生产', community, from, to });

  it('concerns what reaches a street from below, and what goes down to a street or community, nothing else', () => {
    const concerned = levels.flatMap((from) => levels.filter((to) => asked(from, to) !== null).map((to) => `${from} ${to}`));
    expect(concerned).toEqual(['DISTRICT STREET', 'STREET COMMUNITY', 'COMMUNITY STREET']);
  });

  it.each([
    ['forwards', 'COMMUNITY', 'STREET', { forward: false }], ['dispatches to a street', 'DISTRICT', 'STREET', { dispatch: false }],
    ['dispatches to a community', 'STREET', 'COMMUNITY', { dispatch: false }],
  ] as const)('forbids by an entry that it names what it %s, and lets through what it does not', (_what, from, to, more) => {
    const refused = asked(from, to, entry('Z-09', more));
    expect(refused).toMatchObject({ code: 'NOT_ON_DUTY_LIST' });
    expect(refused?.message).toMatch(/city-1.*Z-09.*安全检查.* \/ .*Z-09.*Safety checks/);
    expect(asked(from, to, entry('Z-09', { forward: 'forward' in more, dispatch: 'dispatch' in more }))).toBeNull();
  });

  it('lets everything through by the list of the platform', () => {
    for (const from of levels) {
      for (const to of levels) {
        expect(dutyRefusal({ version: defaultDutyListVersion, list: defaultDutyList }, { category: '民政', community, from, to })).toBeNull();
      }
    }
    expect(dutyListFault(defaultDutyList)).toBeNull();
  });
});

it('tells added, removed and changed entries apart by code, whatever their order', () => {
  const [one, two, three] = [{ code: '1', text: 'a' }, { code: '2', text: 'b' }, { code: '3', text: 'c' }];
  expect(differenceOf([one, two, three], [three, { code: '2', text: 'B' }, { code: '4', text: 'd' }])).toEqual({
    added: [{ code: '4', text: 'd' }], removed: [one], changed: [{ before: two, after: { code: '2', text: 'B' } }],
  });
  expect(differenceOf([one], [one])).toEqual({ added: [], removed: [], changed: [] });
});

it('has in data/ the forty powers and eighteen duties of a street, whose last lets every other matter through', async () => {
  const { lists, duties } = await readSeedData();
  expect(listKinds.map((kind) => lists[kind].length)).toEqual([40, 18, 150, 150]);
  expect(new Set(duties.entries.map(({ category }) => category))).toEqual(new Set(dutyCategories));
  expect(new Set(duties.entries.map((one) => one.class))).toEqual(new Set(dutyClasses));
  expect(dutyOf(duties, '商贸旅游/商业贸易', street)).toMatchObject({ code: 'Z-18', forward: true, dispatch: true });
});
