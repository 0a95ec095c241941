import { parseDocumentTypes, parseItems, readSeedData } from '../../scripts/seedData.js';
import { itemMachine, type ItemVersion } from '../../subgraphs/city/domain/service/item.js';
import { deliveries, serviceModules } from '../../subgraphs/shared/domain/serviceItem.js';
import { itemActions, itemStates, itemTransitions } from '../../subgraphs/city/domain/service/item.transitions.js';
import { roles } from '../../subgraphs/shared/domain/actor.js';
import { groupBy } from '../../subgraphs/shared/domain/groupBy.js';
import { permit, unreachableStates } from '../../subgraphs/shared/domain/stateMachine.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { actor } from '../kit/identity.js';
import { when } from '../kit/matrix.js';

const department = '3401-05';

describe('the table of a service item', () => {
  it('reaches every state, and ends in LAPSED alone', () => {
    expect(unreachableStates(itemTransitions, itemStates, 'DRAFT')).toEqual([]);
    expect(itemStates.filter((state) => !itemTransitions.some(({ from }) => from === state))).toEqual(['LAPSED']);
  });

  it('has one row for each action and state', () => {
    const keys = itemTransitions.map(({ action, from }) => `${action} ${from}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each([
    ['ServiceItemState', itemStates], ['ServiceItemAction', itemActions], ['ServiceModule', serviceModules], ['ServiceDelivery', deliveries],
  ])('has the values of the SDL enum %s', (name, values) => {
    const found = readSdl('city').definitions.find((node) => node.kind === 'EnumTypeDefinition' && node.name.value === name);
    expect(found?.kind === 'EnumTypeDefinition' && found.values?.map((value) => value.name.value)).toEqual([...values]);
  });

  it('lets exactly these act, for the department and the city whose item it is', () => {
    const subject = (state: ItemVersion['state']): ItemVersion => ({ ...seeded(), state });
    const who = roles.map((role) => actor(role, { RESIDENT: null, DEPARTMENT_OFFICER: department }[role as string] ?? '3401'));
    const rows = itemStates.flatMap((state) => itemActions.map((action) => {
      const may = who.filter((one) => permit(itemMachine, subject(state), action, one, when).ok).map(({ role }) => role);
      return [state, action, may.join(' ')].join(' ');
    }).filter((row) => row.split(' ').length > 2 && row.split(' ')[2] !== ''));
    expect(rows).toEqual([
      'DRAFT EDIT DEPARTMENT_OFFICER', 'DRAFT DISCARD DEPARTMENT_OFFICER', 'DRAFT PUT_IN_FORCE CITY_OFFICER', 'IN_FORCE LAPSE CITY_OFFICER',
    ]);
  });

  it.each([
    ['another department', 'EDIT', 'ROLE_NOT_ALLOWED', actor('DEPARTMENT_OFFICER', '3401-06')],
    ['the department of the same name in a district', 'EDIT', 'ROLE_NOT_ALLOWED', actor('DEPARTMENT_OFFICER', '340103-05')],
    ['another city', 'PUT_IN_FORCE', 'OUT_OF_SCOPE', actor('CITY_OFFICER', '3402')],
  ] as const)('refuses %s to %s: %s', (_who, action, code, who) => {
    const permitted = permit(itemMachine, { ...seeded(), state: 'DRAFT' }, action, who, when);
    expect(permitted).toMatchObject({ ok: false, error: { code } });
  });
});

const types = parseDocumentTypes('code,name,name_en\nid-card,身份证,Identity card');
const header = 'code,title,title_en,module,department,level,delivery,materials,work_days,fee_fen,eligibility,words';
const row = (cells: Partial<Record<string, string>> = {}): string => {
  const usual: Record<string, string> = {
    code: '05-001', title: '救助', title_en: 'Relief', module: 'GOVERNMENT_SERVICE', department: '05', level: 'STREET', delivery: 'DISPATCHED',
    materials: 'id-card?', work_days: '5', fee_fen: '0', eligibility: '', words: '急难|没钱',
  };
  return header.split(',').map((name) => cells[name] ?? usual[name] ?? '').join(',');
};
const parsed = (cells?: Partial<Record<string, string>>): ItemVersion[] => parseItems(`${header}\n${row(cells)}`, types, '3401');
const seeded = (): ItemVersion => parsed()[0] as ItemVersion;

describe('the catalogue in data/', () => {
  it('has fifteen items of each of ten departments, of all modules, levels and ways, no title twice', async () => {
    const { items, units } = await readSeedData();
    const byDepartment = groupBy(items, (item) => item.department);
    expect([...byDepartment.values()].map(({ length }) => length)).toEqual(Array.from({ length: 10 }, () => 15));
    const known = units.filter(({ level }) => level === 'CITY').map(({ number }) => `3401-${number}`);
    expect([...byDepartment.keys()].toSorted()).toEqual(known);
    expect(new Set(items.map(({ title }) => title.zh)).size).toBe(150);
    expect(new Set(items.map(({ title }) => title.en)).size).toBe(150);
    expect(new Set(items.map(({ module }) => module)).size).toBe(serviceModules.length);
    expect(new Set(items.map(({ delivery }) => delivery)).size).toBe(deliveries.length);
  });

  it('is read into items that are in force, each material with the name of its type', () => {
    expect(seeded()).toMatchObject({
      id: '05-001@1', department, state: 'IN_FORCE', title: { zh: '救助', en: 'Relief' }, eligibility: null, words: ['急难', '没钱'],
      materials: [{ documentType: 'id-card', name: { zh: '身份证', en: 'Identity card' }, required: false, copies: 1 }],
    });
  });

  it.each([
    ['a type of document that there is none', { materials: 'passport' }, /passport/],
    ['a time limit of nothing', { work_days: '0' }, /05-001 救助.*时限/],
    ['a fee that is no number', { fee_fen: 'free' }, /Invalid string/],
    ['a module that there is none', { module: 'OTHER' }, /Invalid option/],
  ])('refuses %s', (_what, cells, message) => {
    expect(() => parsed(cells)).toThrow(message);
  });
});
