import { levelOfCode, type Level } from './areaCode.js';
import type { LocalDate } from './calendar.js';

export const areaKinds = [
  'CITY', 'DISTRICT', 'COUNTY', 'COUNTY_CITY', 'ZONE', 'STREET', 'TOWN', 'TOWNSHIP', 'COMMUNITY_CENTRE',
  'COMMUNITY', 'VILLAGE',
] as const;
export type AreaKind = (typeof areaKinds)[number];

/** A street's office is an agency of its district, a zone's of whoever set it up; neither is a government. */
export const governments: ReadonlySet<AreaKind> = new Set(['CITY', 'DISTRICT', 'COUNTY', 'COUNTY_CITY', 'TOWN', 'TOWNSHIP']);

export interface AreaReference {
  readonly code: string;
}

/** What every area has, a grid too: a place in the tree from one day to another. */
export interface DatedArea extends AreaReference {
  /** Code of the area it is part of; null for the city. */
  readonly parent: string | null;
  readonly name: string;
  readonly validFrom: LocalDate;
  /** First day on which it no longer exists; null while no end is set. */
  readonly validTo: LocalDate | null;
  /** Codes of those that take its place on `validTo`; absent where none do. */
  readonly successors?: readonly string[];
}

export interface Area extends DatedArea {
  readonly kind: AreaKind;
  readonly isGovernment: boolean;
  /** Figures are null when unknown. */
  readonly population: number | null;
  readonly households: number | null;
  readonly areaKm2: number | null;
  /** Where the figures come from; null when there are none. */
  readonly figuresSource: string | null;
}

export const existsOn = ({ validFrom, validTo }: DatedArea, date: LocalDate): boolean =>
  validFrom <= date && (validTo === null || date < validTo);

/** An area that ends, and the codes of those that take its place. */
export interface AreaEnding extends AreaReference {
  readonly successors: readonly string[];
}

/** What ends and what begins on one day. */
export interface AreaChange<A extends DatedArea = Area> {
  readonly on: LocalDate;
  readonly ends: readonly AreaEnding[];
  readonly begins: readonly A[];
}

export interface AreaFilter {
  /** Only those that exist on this day. */
  readonly at: LocalDate;
  readonly parent?: string | undefined;
  readonly nameContains?: string | undefined;
}

/** What a level needs from storage to answer for its areas; one for each request. */
export interface Areas<A extends DatedArea = Area> {
  /** Ended or not; null when there is none. */
  byCode(code: string): Promise<A | null>;
  /** The parts of `parent` that exist on the day, by code. */
  partsOf(parent: string, at: LocalDate): Promise<readonly A[]>;
  /** By code; with a window, at most `limit` of those after the code `after`. */
  list(filter: AreaFilter, window?: { readonly after: string | null; readonly limit: number }): Promise<readonly A[]>;
  count(filter: AreaFilter): Promise<number>;
}

/** Those that stand in the place of `code` on the day: itself, or what came after it; none where nothing does. */
export async function standingFor<A extends DatedArea>(areas: Pick<Areas<A>, 'byCode'>, code: string, day: LocalDate): Promise<A[]> {
  const area = await areas.byCode(code);
  if (!area || area.validFrom > day) return [];
  if (existsOn(area, day)) return [area];
  const found = await Promise.all((area.successors ?? []).map((next) => standingFor(areas, next, day)));
  return [...new Map(found.flat().map((one) => [one.code, one])).values()];
}

/** A department or unit as every area of its level has it. */
export interface UnitTemplate {
  readonly level: Level;
  /** Two digits. */
  readonly number: string;
  readonly name: string;
  readonly nameEn: string;
}

export interface Unit {
  /** `<area code>-<number>`. */
  readonly code: string;
  readonly name: string;
  readonly nameEn: string;
}

/** Names of departments and units; every level knows those of all four, since work passes between them. */
export interface Units {
  /** Those of an area, by code; none for a grid. */
  of(area: string): Promise<readonly Unit[]>;
  /** Null when its level has no such unit. The area itself is not looked up. */
  byCode(code: string): Promise<Unit | null>;
}

export const unitsOf = (templates: readonly UnitTemplate[], area: string): Unit[] => {
  const level = levelOfCode(area);
  return templates
    .filter((template) => template.level === level)
    .map(({ number, name, nameEn }) => ({ code: `${area}-${number}`, name, nameEn }));
};
