// What streets and communities have been handed, on one day and on another: counted from what stands behind every number.
import type { Actor } from '../../../shared/domain/actor.js';
import { areaOfUnit } from '../../../shared/domain/actor.js';
import { ancestorAt, isWithin, levelOfCode } from '../../../shared/domain/areaCode.js';
import { addDays, instantAt, type LocalDate } from '../../../shared/domain/calendar.js';
import { groupBy } from '../../../shared/domain/groupBy.js';
import type { Admission, Span } from '../admission/admission.js';
import type { ItemVersion } from '../service/item.js';

/** What is handed over on a day: by an admission or, of a service item, by the city's catalogue alone. */
export type BurdenSource = { readonly admission: Admission } | { readonly version: ItemVersion };

/** One matter or item of one department; a side is null where it was not handed over on that day. */
export interface BurdenEntry {
  readonly key: string;
  readonly matter: string | null;
  readonly item: string | null;
  readonly department: string;
  readonly before: BurdenSource | null;
  readonly after: BurdenSource | null;
}

export interface BurdenCount {
  readonly matters: number;
  readonly items: number;
  readonly catalogueItems: number;
  readonly total: number;
}

export const burdenChanges = ['ADDED', 'REMOVED', 'KEPT'] as const;
export type BurdenChange = (typeof burdenChanges)[number];

/** As things stand at the end of the day: what lapses on it has lapsed, what comes in force on it is in force. */
export const endOf = (day: LocalDate): Date => instantAt(addDays(day, 1));

const holdsAt = ({ from, to }: Span, at: Date): boolean => from < at && (to === null || to >= at);

const spansOf = ({ earlier, inForceAt, endedAt }: Admission): readonly Span[] =>
  (inForceAt === null ? earlier : [...earlier, { from: inForceAt, to: endedAt }]);

/** A street has what is for all of it; a community that, unless it is excepted, and what is for it alone. */
function appliesAt(admission: Admission, area: string, at: Date): boolean {
  const isStreet = levelOfCode(area) === 'STREET';
  if (admission.street !== ancestorAt(area, 'STREET')) return false;
  if (admission.community !== null && (isStreet || admission.community !== area)) return false;
  if (!isStreet && admission.exceptions.some((one) => one.community === area && holdsAt(one, at))) return false;
  return spansOf(admission).some((span) => holdsAt(span, at));
}

/** The catalogue hands a dispatched item to the level that delivers it. */
const isHandedDown = ({ delivery, level, inForceAt, lapsedAt }: ItemVersion, area: string, at: Date): boolean =>
  delivery === 'DISPATCHED' && level === levelOfCode(area) && inForceAt !== null && holdsAt({ from: inForceAt, to: lapsedAt }, at);

interface Handed extends Pick<BurdenEntry, 'key' | 'matter' | 'item' | 'department'> {
  readonly source: BurdenSource;
}

const keyOf = (matter: string | null, item: string | null, department: string): string => `${department} ${matter ?? `/${item}`}`;

/** An item that is admitted as well as on the catalogue is one: the admission counts. */
function handedTo(area: string, admissions: readonly Admission[], versions: readonly ItemVersion[], at: Date): Map<string, Handed> {
  const byCatalogue = versions.filter((version) => isHandedDown(version, area, at)).map((version): Handed => ({
    key: keyOf(null, version.code, version.department), matter: null, item: version.code, department: version.department, source: { version },
  }));
  const byAdmission = admissions.filter((admission) => appliesAt(admission, area, at)).map((admission): Handed => ({
    key: keyOf(admission.matter, admission.item, admission.department), matter: admission.matter, item: admission.item,
    department: admission.department, source: { admission },
  }));
  return new Map([...byCatalogue, ...byAdmission].map((one) => [one.key, one]));
}

export interface BurdenDays {
  readonly before: LocalDate;
  readonly after: LocalDate;
}

/** Every matter and item that a street or community had on either day, by department; `only`: of that department alone. */
export function burdenOf(
  area: string, { before, after }: BurdenDays, admissions: readonly Admission[], versions: readonly ItemVersion[], only: string | null,
): BurdenEntry[] {
  const [then, now] = [before, after].map((day) => handedTo(area, admissions, versions, endOf(day))) as [Map<string, Handed>, Map<string, Handed>];
  return [...new Set([...then.keys(), ...now.keys()])].toSorted().flatMap((key): BurdenEntry[] => {
    const [was, is] = [then.get(key) ?? null, now.get(key) ?? null];
    const one = is ?? was;
    if (!one || (only !== null && one.department !== only)) return [];
    const { matter, item, department } = one;
    return [{ key, matter, item, department, before: was?.source ?? null, after: is?.source ?? null }];
  });
}

export const changeOf = ({ before, after }: BurdenEntry): BurdenChange => (before === null ? 'ADDED' : after === null ? 'REMOVED' : 'KEPT');

export function countOn(entries: readonly BurdenEntry[], side: 'before' | 'after'): BurdenCount {
  const there = entries.filter((entry) => entry[side] !== null);
  const admitted = there.filter((entry) => entry[side] && 'admission' in entry[side]);
  const matters = admitted.filter(({ matter }) => matter !== null).length;
  return { matters, items: admitted.length - matters, catalogueItems: there.length - admitted.length, total: there.length };
}

export const difference = (before: BurdenCount, after: BurdenCount): BurdenCount => ({
  matters: after.matters - before.matters, items: after.items - before.items,
  catalogueItems: after.catalogueItems - before.catalogueItems, total: after.total - before.total,
});

export interface DepartmentBurden {
  readonly department: string;
  readonly before: number;
  readonly after: number;
}

export const byDepartment = (entries: readonly BurdenEntry[]): DepartmentBurden[] =>
  [...groupBy(entries, ({ department }) => department)].map(([department, own]) =>
    ({ department, before: countOn(own, 'before').total, after: countOn(own, 'after').total }));

const offices = ['COMMUNITY_CLERK', 'STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER', 'AUDITOR'];

/** Whether the report of an area exists for the actor: for the offices of it and above, and for departments as to themselves. */
export function seesBurden({ role, area, unit }: Actor, asked: string): boolean {
  if (role === 'DEPARTMENT_OFFICER') return unit !== null && isWithin(asked, areaOfUnit(unit));
  return offices.includes(role) && area !== null && isWithin(asked, area);
}
