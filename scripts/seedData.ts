// What the files in data/ say, as the levels store it. Pure but for `readSeedData`.
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { idOfVersion, type ItemVersion } from '../subgraphs/city/domain/service/item.js';
import { checkExpression } from '../subgraphs/shared/conditions/expressions.js';
import type { Condition } from '../subgraphs/shared/domain/condition.js';
import { groupBy } from '../subgraphs/shared/domain/groupBy.js';
import { contentFault, deliveries, serviceModules, type Material } from '../subgraphs/shared/domain/serviceItem.js';
import type { ListContent, ListKind } from '../subgraphs/city/domain/lists/list.js';
import { dutyCategories, dutyClasses, dutyListFault, type DutyList } from '../subgraphs/shared/domain/dutyList.js';
import { isWithin, levels, type Level } from '../subgraphs/shared/domain/areaCode.js';
import { governments, type Area, type AreaKind, type UnitTemplate } from '../subgraphs/shared/domain/area.js';
import type { Actor, Named } from '../subgraphs/shared/domain/actor.js';
import { localDate } from '../subgraphs/shared/domain/calendar.js';
import { keepRecord, type ResidentRecord } from '../subgraphs/community/domain/outreach/record.js';
import type { GridStandard } from '../subgraphs/shared/domain/gridPlan.js';
import type { Facility } from '../subgraphs/street/domain/facility/facility.js';
import type { Station } from '../subgraphs/street/domain/station.js';
import { parseFacilities, parseStations } from './seedPlaces.js';

/** The division list has no dates: its areas count as there since before the first record of the platform. */
const validFrom = '2000-01-01';

/** By the name's ending, first match; what matches none is a ZONE (开发区, 园区, 农场, 托管区…). */
// prettier-ignore
const kindsByName: Readonly<Record<Level, readonly (readonly [RegExp, AreaKind])[]>> = {
  CITY:      [[/市$/, 'CITY']],
  DISTRICT:  [[/开发区$/, 'ZONE'], [/区$/, 'DISTRICT'], [/县$/, 'COUNTY'], [/市$/, 'COUNTY_CITY']],
  STREET:    [[/街道$/, 'STREET'], [/镇$/, 'TOWN'], [/乡$/, 'TOWNSHIP'], [/社区(服务中心)?$/, 'COMMUNITY_CENTRE']],
  COMMUNITY: [[/管理区$/, 'ZONE'], [/村(民)?委会$|村民委员会$/, 'VILLAGE'], [/社区|居民?委/, 'COMMUNITY']],
};

export const kindOf = (level: Level, name: string): AreaKind =>
  kindsByName[level].find(([ending]) => ending.test(name))?.[1] ?? 'ZONE';

export interface LevelArea extends Area {
  readonly level: Level;
}

const level = z.enum(levels);
const text = z.string().min(1);
const divisionRow = z.object({ code: z.string().regex(/^\d{6,12}$/), name: text, level, parent: z.string() });
const unitRow = z.object({ level, number: z.string().regex(/^\d\d$/), name: text, name_en: text });

const rowsOf = <T>(row: z.ZodType<T>, csv: string): T[] =>
  z.array(row).parse(parse(csv, { columns: true, bom: true }));

/** `code,name,level,parent` rows. The list writes the city as 340100; its code is the prefix of all others, 3401. */
export function parseDivisions(csv: string): LevelArea[] {
  const rows = rowsOf(divisionRow, csv);
  const cities = new Map(rows.filter((row) => row.level === 'CITY').map(({ code }) => [code, code.slice(0, 4)]));
  const codeOf = (code: string): string => cities.get(code) ?? code;
  const known = new Set(rows.map(({ code }) => code));
  return rows.map((row) => {
    const code = codeOf(row.code);
    const parent = row.level === 'CITY' ? null : codeOf(row.parent);
    if (parent !== null && (!known.has(row.parent) || !isWithin(code, parent))) {
      const named = row.parent || 'no code';
      throw new Error(`${row.code} ${row.name} names ${named} as its parent; correct the division list.`);
    }
    const kind = kindOf(row.level, row.name);
    return {
      level: row.level, code, parent, name: row.name, kind, isGovernment: governments.has(kind), validFrom, validTo: null,
      population: null, households: null, areaKm2: null, figuresSource: null,
    };
  });
}

/** `level,number,name,name_en` rows. */
export const parseUnits = (csv: string): UnitTemplate[] =>
  rowsOf(unitRow, csv).map(({ name_en: nameEn, ...unit }) => ({ ...unit, nameEn }));

const documentTypeRow = z.object({ code: text, name: text, name_en: text });
const whole = z.string().regex(/^\d+$/).transform(Number);
const parts = z.string().transform((cell) => (cell === '' ? [] : cell.split('|')));
const itemRow = z.object({
  code: text, title: text, title_en: text, module: z.enum(serviceModules), department: z.string().regex(/^\d\d$/), level,
  delivery: z.enum(deliveries), materials: parts, work_days: whole, fee_fen: whole, eligibility: z.string(), words: parts,
});

/** The catalogue is in force since before the first record of the platform. */
export const itemsInForceAt = new Date('2000-01-01T00:00:00+08:00');

/** `code,name,name_en` rows: the types of documents, by code. */
export const parseDocumentTypes = (csv: string): ReadonlyMap<string, Named> =>
  new Map(rowsOf(documentTypeRow, csv).map(({ code, name, name_en: en }) => [code, { zh: name, en }]));

const conditionRow = z.object({ item: text, expression: text, says: text, says_en: text });

/** `item,expression,says,says_en` rows: the conditions for an item, by its code. */
export const parseConditions = (csv: string): ReadonlyMap<string, readonly Condition[]> =>
  new Map([...groupBy(rowsOf(conditionRow, csv), ({ item }) => item)].map(([item, rows]) =>
    [item, rows.map(({ expression, says, says_en: en }) => ({ expression, says: { zh: says, en } }))]));

/** Items of the city `city`. Materials are `type`, `type?` for one that need not be there; lists are parted by `|`. */
export function parseItems(
  csv: string, documentTypes: ReadonlyMap<string, Named>, city: string, conditions: ReadonlyMap<string, readonly Condition[]> = new Map(),
): ItemVersion[] {
  const materialOf = (cell: string, title: string): Material => {
    const documentType = cell.replace(/\?$/, '');
    const name = documentTypes.get(documentType);
    if (!name) throw new Error(`${title} asks for ${documentType}, which data/document-types.csv does not have.`);
    return { documentType, name, required: cell === documentType, copies: 1, note: null };
  };
  const items = rowsOf(itemRow, csv);
  const nobodys = [...conditions.keys()].find((item) => !items.some(({ code }) => code === item));
  if (nobodys !== undefined) throw new Error(`Conditions name ${nobodys}, which data/service-items.csv does not have.`);
  return items.map(({ code, title, title_en: en, department, materials, work_days: workDays, fee_fen: feeFen, eligibility, ...row }) => {
    const item: ItemVersion = {
      id: idOfVersion(code, 1), code, number: 1, version: 1, state: 'IN_FORCE', department: `${city}-${department}`,
      title: { zh: title, en }, module: row.module, level: row.level, delivery: row.delivery, workDays, feeFen, words: row.words,
      materials: materials.map((cell) => materialOf(cell, title)), eligibility: eligibility === '' ? null : eligibility,
      conditions: conditions.get(code) ?? [],
      draftedAt: itemsInForceAt, draftedBy: null, inForceAt: itemsInForceAt, inForceBy: null, lapsedAt: null, lapsedBy: null, note: null,
    };
    const fault = contentFault(item, checkExpression);
    if (fault) throw new Error(`${code} ${title}: ${fault.message}`);
    return item;
  });
}

const residentRow = z.object({ number: text, community: text, grid: text, name: text, address: text, facts: parts });

/** After the last day that the list of residents names. */
const residentsKeptAt = new Date('2026-01-01T00:00:00+08:00');

/** `number,community,grid,name,address,facts` rows; facts are `code=value`, parted by `|`. Held to the rules that clerks are held to. */
export const parseResidents = (csv: string): ResidentRecord[] => rowsOf(residentRow, csv).map(({ community, facts, ...row }) => {
  const command = {
    ...row, person: null, phone: null, idNumber: null,
    facts: facts.map((cell) => ({ code: cell.split('=')[0] ?? '', value: cell.split('=')[1] ?? null })),
  };
  const clerk: Actor = { id: 'seed', role: 'COMMUNITY_CLERK', area: community, unit: null };
  const kept = keepRecord(command, null, community, clerk, residentsKeptAt, localDate(residentsKeptAt));
  if (!kept.ok) throw new Error(`data/residents.csv, ${community} ${row.number}: ${kept.error.message}`);
  return kept.value.record;
});

const powerRow = z.object({ code: text, title: text, title_en: text, kind: text });
const yesOrNo = z.enum(['yes', 'no']).transform((cell) => cell === 'yes');
const dutyRow = z.object({
  code: text, title: text, title_en: text, category: z.enum(dutyCategories), class: z.enum(dutyClasses), matters: parts, forward: yesOrNo,
  dispatch: yesOrNo,
});

/** `code,title,title_en,kind` rows. */
export const parsePowers = (csv: string): ListContent =>
  rowsOf(powerRow, csv).map(({ code, title, title_en: en, kind }) => ({ code, title: { zh: title, en }, department: null, detail: kind }));

const classNames: DutyList['classes'] = [
  { class: 'B', name: { zh: '街道独立承担', en: 'the street does it by itself' } },
  { class: 'C', name: { zh: '街道牵头、部门配合', en: 'the street leads, departments support it' } },
  { class: 'D', name: { zh: '部门牵头、街道协助', en: 'a department leads, the street assists' } },
  { class: 'E', name: { zh: '部门承担、街道保障', en: 'a department does it, the street provides for it' } },
];

/** `code,title,title_en,category,class,matters,forward,dispatch` rows, the first that fits counts. */
export function parseDuties(csv: string): DutyList {
  const list: DutyList = {
    classes: classNames,
    streetTypes: [],
    entries: rowsOf(dutyRow, csv).map(({ title, title_en: en, ...row }) => ({ ...row, title: { zh: title, en }, streets: [], streetTypes: [], needsAdmission: false })),
  };
  const fault = dutyListFault(list);
  if (fault) throw new Error(`data/duty-list.csv: ${fault.message}`);
  return list;
}

/** The four lists, made of the catalogue, the powers and the duties. */
const listsOf = (items: readonly ItemVersion[], powers: ListContent, duties: DutyList): Readonly<Record<ListKind, ListContent>> => ({
  POWER: powers,
  RESPONSIBILITY: duties.entries.map(({ code, title, class: name }) => ({ code, title, department: null, detail: `${name} 类 / class ${name}` })),
  SERVICE: items.map(({ code, title, department }) => ({ code, title, department, detail: null })),
  EFFICIENCY: items.map(({ code, title, department, workDays }) =>
    ({ code, title, department, detail: `${workDays} 个工作日 / ${workDays} work days` })),
});

/** What a source says of one area, found by its code, or by its name within the area `within`. */
export interface Figures {
  readonly level: Level;
  readonly within: string;
  /** Null: the area `within` itself. */
  readonly name: string | null;
  readonly population?: number;
  readonly households?: number;
  readonly areaKm2?: number;
  readonly source: string;
}

const named = z.object({ name: z.string(), value: z.number() });
const extremes = z.object({ max: z.union([named, z.array(named)]).optional(), min: named.optional() });
const survey = z.object({
  source: z.string(),
  districts: z.array(z.object({
    code: z.string(), residentPopulation: z.int(),
    streetAreaKm2: extremes, streetResidents: extremes, communityAreaKm2: extremes,
  })),
  standards: z.object({ grid: z.object({ households: z.tuple([z.int(), z.int()]) }) }),
});
const cityFigures = z.object({ population: z.int(), households: z.int(), source: z.string() });

const both = ({ max = [], min }: z.infer<typeof extremes>): z.infer<typeof named>[] =>
  [...(Array.isArray(max) ? max : [max]), ...(min ? [min] : [])];

/** The survey names only the extremes of each district; they are what it gives about single streets and communities. */
export function parseSurvey(json: string): { readonly figures: Figures[]; readonly gridStandard: GridStandard } {
  const { districts, source, standards: { grid: { households: [min, max] } } } = survey.parse(JSON.parse(json));
  const figures = districts.flatMap(({ code: within, residentPopulation, ...district }): Figures[] => {
    const of = (level: Level, figure: 'population' | 'areaKm2', ends: z.infer<typeof extremes>): Figures[] =>
      both(ends).map(({ name, value }) => ({ level, within, name, [figure]: value, source }));
    return [
      { level: 'DISTRICT', within, name: null, population: residentPopulation, source },
      ...of('STREET', 'areaKm2', district.streetAreaKm2),
      ...of('STREET', 'population', district.streetResidents),
      ...of('COMMUNITY', 'areaKm2', district.communityAreaKm2),
    ];
  });
  return { figures, gridStandard: { min, max } };
}

/** `林店街道` is the street of that name and `庐阳工业区（林店街道）`; `景湾社区` is `景湾社区居委会`, not `柏景湾社区`. */
const isCalled = (full: string, name: string): boolean => full.startsWith(name) || full.includes(`（${name}）`);

/** The areas with their figures, and the figures whose area the list no longer has. */
export function withFigures(
  areas: readonly LevelArea[],
  figures: readonly Figures[],
): { readonly areas: LevelArea[]; readonly unmatched: Figures[] } {
  const known = new Map(areas.map((area) => [area.code, area]));
  const unmatched = figures.filter((figure) => {
    const { level: at, within, name, population, households, areaKm2, source } = figure;
    const isMeant = ({ code, name: full }: LevelArea): boolean =>
      name === null ? code === within : isWithin(code, within) && isCalled(full, name);
    const found = [...known.values()].filter((area) => area.level === at && isMeant(area));
    const [area] = found;
    if (!area || found.length > 1) return true;
    known.set(area.code, {
      ...area,
      population: population ?? area.population,
      households: households ?? area.households,
      areaKm2: areaKm2 ?? area.areaKm2,
      figuresSource: source,
    });
    return false;
  });
  return { areas: [...known.values()], unmatched };
}

export interface SeedData {
  readonly areas: readonly LevelArea[];
  readonly unmatched: readonly Figures[];
  readonly units: readonly UnitTemplate[];
  readonly items: readonly ItemVersion[];
  readonly lists: Readonly<Record<ListKind, ListContent>>;
  readonly duties: DutyList;
  readonly stations: readonly Station[];
  readonly facilities: readonly Facility[];
  readonly residents: readonly ResidentRecord[];
  readonly gridStandard: GridStandard;
  /** Households of an average community, rounded. */
  readonly meanHouseholds: number;
}

export async function readSeedData(folder = new URL('../data/', import.meta.url)): Promise<SeedData> {
  const read = (name: string): Promise<string> => readFile(new URL(name, folder), 'utf8');
  const divisions = parseDivisions(await read('hefei-divisions.csv'));
  const { figures, gridStandard } = parseSurvey(await read('hefei-2014.json'));
  const city = cityFigures.parse(JSON.parse(await read('hefei-city.json')));
  const cityCode = divisions.find((area) => area.level === 'CITY')?.code ?? '';
  const all: Figures[] = [{ level: 'CITY', within: cityCode, name: null, ...city }, ...figures];
  const items = parseItems(await read('service-items.csv'), parseDocumentTypes(await read('document-types.csv')), cityCode, parseConditions(await read('service-conditions.csv')));
  const duties = parseDuties(await read('duty-list.csv'));
  const communities = divisions.filter((area) => area.level === 'COMMUNITY').length;
  return {
    ...withFigures(divisions, all),
    units: parseUnits(await read('units.csv')),
    items,
    duties,
    residents: parseResidents(await read('residents.csv')),
    lists: listsOf(items, parsePowers(await read('power-list.csv')), duties),
    stations: parseStations(await read('stations.json'), divisions),
    facilities: parseFacilities(await read('facilities.csv')),
    gridStandard,
    meanHouseholds: Math.round(city.households / communities),
  };
}
