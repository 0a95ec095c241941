// 职责清单: which matters a street takes over from below and which may be handed down to it, and to its communities.
import type { Named } from './actor.js';
import { ancestorAt, levelOfCode, type Level } from './areaCode.js';
import { serviceItemPattern } from './clockPolicy.js';
import { bilingual, type DomainError } from './result.js';
import { lengthOf } from './text.js';

/** 依法承担, 依法协助, 支持保障. */
export const dutyCategories = ['LAWFUL_DUTY', 'LAWFUL_ASSISTANCE', 'SUPPORT'] as const;
export type DutyCategory = (typeof dutyCategories)[number];

/** A: a line department is responsible, the street supervises or supports; the city says what the others mean. */
export const dutyClasses = ['A', 'B', 'C', 'D', 'E'] as const;
export type DutyClass = (typeof dutyClasses)[number];

export interface DutyEntry {
  readonly code: string;
  readonly title: Named;
  readonly category: DutyCategory;
  readonly class: DutyClass;
  /** Paths in the taxonomy of demands, each with all below it; none, and no items either: every matter. */
  readonly matters: readonly string[];
  /** Codes of service items, whatever the matter; absent where it names none. */
  readonly items?: readonly string[];
  /** Codes of streets; none: every street that no type names either. */
  readonly streets: readonly string[];
  /** Names of types of street. */
  readonly streetTypes: readonly string[];
  /** Whether a community may forward such a case to the street. */
  readonly forward: boolean;
  /** Whether such a case may be dispatched to a street or community. */
  readonly dispatch: boolean;
  /** Whether it is dispatched down only with an admission in force. */
  readonly needsAdmission: boolean;
}

export interface DutyList {
  /** What the city calls the classes B–E; one that is not named here is not used. */
  readonly classes: readonly { readonly class: DutyClass; readonly name: Named }[];
  /** Streets of one kind, for which a duty can be set together. */
  readonly streetTypes: readonly { readonly name: string; readonly streets: readonly string[] }[];
  /** The first that fits a matter and a street counts. */
  readonly entries: readonly DutyEntry[];
}

export const lineDepartmentResponsible: Named = { zh: '职能部门负责,街道监督或配合', en: 'a line department is responsible, the street supervises or supports' };

/** In force until the city publishes its first: everything may be forwarded and dispatched. */
export const defaultDutyListVersion = 'platform-0';
export const defaultDutyList: DutyList = {
  classes: [{ class: 'B', name: { zh: '街道承担', en: 'the street does it' } }],
  streetTypes: [],
  entries: [{
    code: 'any', title: { zh: '一切事项', en: 'every matter' }, category: 'LAWFUL_DUTY', class: 'B', matters: [], streets: [], streetTypes: [],
    forward: true, dispatch: true, needsAdmission: false,
  }],
};

export interface NamedDutyList {
  readonly version: string;
  readonly list: DutyList;
}

const covers = (matter: string, category: string): boolean => category === matter || category.startsWith(`${matter}/`);

const names = ({ matters, items = [] }: DutyEntry, category: string | null, item: string | null): boolean =>
  (matters.length === 0 && items.length === 0) || (item !== null && items.includes(item))
  || (category !== null && matters.some((matter) => covers(matter, category)));

/** The entry that counts for a matter, or the service item that a case is of, in a street. */
export function dutyOf({ entries, streetTypes }: DutyList, category: string | null, street: string, item: string | null = null): DutyEntry | null {
  const types = new Set(streetTypes.filter(({ streets }) => streets.includes(street)).map(({ name }) => name));
  return entries.find((entry) => names(entry, category, item)
    && ((entry.streets.length === 0 && entry.streetTypes.length === 0) || entry.streets.includes(street)
      || entry.streetTypes.some((type) => types.has(type)))) ?? null;
}

export interface Passing {
  readonly category: string;
  /** The service item that the case is of. */
  readonly item?: string | null;
  readonly community: string;
  readonly from: Level;
  readonly to: Level;
}

/**
 * Why the duty list does not let a case go from one level to another, naming the entry; null when it does. It speaks of
 * what reaches a street from its communities, and of what goes down to a street or community.
 */
export function dutyRefusal({ version, list }: NamedDutyList, { category, item, community, from, to }: Passing): DomainError | null {
  const isForward = from === 'COMMUNITY' && to === 'STREET';
  const isDispatch = (from === 'DISTRICT' && to === 'STREET') || (from === 'STREET' && to === 'COMMUNITY');
  if (!isForward && !isDispatch) return null;
  const street = ancestorAt(community, 'STREET');
  const entry = dutyOf(list, category, street, item);
  const way = isForward ? { zh: '上报街道', en: 'forwarded to the street' } : { zh: '下派', en: 'dispatched down' };
  if (!entry) {
    return {
      code: 'NOT_ON_DUTY_LIST',
      message: bilingual(
        `职责清单 ${version} 中没有街道 ${street} 办理“${category}”的条目,不得${way.zh};请交本级部门,或由市级修订清单。`,
        `Duty list ${version} has no entry for "${category}" in street ${street}, so it cannot be ${way.en}; give it to a department of your own level, or have the city revise the list.`,
      ),
    };
  }
  if (isForward ? entry.forward : entry.dispatch) return null;
  return {
    code: 'NOT_ON_DUTY_LIST',
    message: bilingual(
      `职责清单 ${version} 的条目 ${entry.code}“${entry.title.zh}”(${entry.class} 类)规定“${category}”不得${way.zh};请交本级部门办理。`,
      `Entry ${entry.code} "${entry.title.en}" (class ${entry.class}) of duty list ${version} says that "${category}" is not ${way.en}; give it to a department of your own level.`,
    ),
  };
}

/** Whether the entry that counts asks for an admission before such a case goes down. */
export const needsAdmission = ({ list }: NamedDutyList, { category, item, community, from, to }: Passing): boolean =>
  ((from === 'DISTRICT' && to === 'STREET') || (from === 'STREET' && to === 'COMMUNITY'))
  && dutyOf(list, category, ancestorAt(community, 'STREET'), item)?.needsAdmission === true;

const maxEntries = 500;
const maxTypes = 50;
const maxStreets = 1_000;
const maxTitle = 100;
const maxMatters = 100;
const maxItems = 200;
const pathPattern = /^[^/\s]+(\/[^/\s]+)*$/;

const isText = (text: string): boolean => lengthOf(text) >= 1 && lengthOf(text) <= maxTitle;
const areStreets = (codes: readonly string[]): boolean => codes.length <= maxStreets && codes.every((code) => levelOfCode(code) === 'STREET');

type Fault = readonly [zh: string, en: string, ...field: string[]];

function headFault({ classes, streetTypes }: DutyList): Fault | null {
  if (new Set(classes.map((one) => one.class)).size !== classes.length || classes.some((one) => one.class === 'A')) {
    return ['B–E 各命名一次;A 类由平台规定。', 'Name each of B–E once; class A is given.', 'classes'];
  }
  if (classes.some(({ name }) => !isText(name.zh) || !isText(name.en))) {
    return [`类名须有中英文,各 1–${maxTitle} 字。`, `A class has a name of 1–${maxTitle} characters in each language.`, 'classes'];
  }
  if (streetTypes.length > maxTypes || streetTypes.some(({ name }) => !isText(name))) {
    return [`至多 ${maxTypes} 种街道,名称各 1–${maxTitle} 字。`, `At most ${maxTypes} types of street, each named in 1–${maxTitle} characters.`, 'streetTypes'];
  }
  if (new Set(streetTypes.map(({ name }) => name)).size !== streetTypes.length) return ['街道类型重名。', 'Two types of street have one name.', 'streetTypes'];
  return streetTypes.every(({ streets }) => areStreets(streets)) ? null
    : [`街道代码为 9 位,至多 ${maxStreets} 个。`, `A street's code has 9 digits; at most ${maxStreets} of them.`, 'streetTypes'];
}

function entryFault(entry: DutyEntry, { classes, streetTypes }: DutyList): Fault | null {
  if (!serviceItemPattern.test(entry.code)) {
    return ['编码为 1–64 个字母、数字、点、横线或下划线。', 'A code has 1–64 letters, digits, dots, hyphens or underscores.', 'code'];
  }
  if (!isText(entry.title.zh) || !isText(entry.title.en)) {
    return [`名称须有中英文,各 1–${maxTitle} 字。`, `A title has 1–${maxTitle} characters in each language.`, 'title'];
  }
  if (entry.class !== 'A' && !classes.some((one) => one.class === entry.class)) {
    return [`清单未命名 ${entry.class} 类。`, `The list does not name class ${entry.class}.`, 'class'];
  }
  if (entry.matters.length > maxMatters || !entry.matters.every((path) => pathPattern.test(path) && lengthOf(path) <= maxTitle)) {
    return [`分类为以 / 分隔的路径,至多 ${maxMatters} 个。`, `Matters are paths such as 城乡建设/安全生产, at most ${maxMatters}.`, 'matters'];
  }
  const { items = [] } = entry;
  if (items.length > maxItems || !items.every((code) => serviceItemPattern.test(code))) {
    return [`事项编码至多 ${maxItems} 个。`, `Give codes of service items, at most ${maxItems}.`, 'items'];
  }
  if (!areStreets(entry.streets)) {
    return [`街道代码为 9 位,至多 ${maxStreets} 个。`, `A street's code has 9 digits; at most ${maxStreets} of them.`, 'streets'];
  }
  return entry.streetTypes.every((type) => streetTypes.some(({ name }) => name === type)) ? null
    : ['清单中没有此街道类型。', 'The list has no such type of street.', 'streetTypes'];
}

/** Why this cannot be published; null when it can. */
export function dutyListFault(list: DutyList): DomainError | null {
  const invalid = (zh: string, en: string, ...field: readonly string[]): DomainError =>
    ({ code: 'INVALID_INPUT', message: bilingual(zh, en), field: ['input', ...field] });
  const head = headFault(list);
  if (head) return invalid(...head);
  const { entries } = list;
  if (entries.length < 1 || entries.length > maxEntries) return invalid(`须有 1–${maxEntries} 条。`, `Give 1–${maxEntries} entries.`, 'entries');
  const codes = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    const fault = entryFault(entry, list);
    if (fault) {
      const [zh, en, ...field] = fault;
      return invalid(zh, en, 'entries', String(i), ...field);
    }
    if (codes.has(entry.code)) return invalid('编码已列。', 'That code is on the list already.', 'entries', String(i), 'code');
    codes.add(entry.code);
  }
  return null;
}
