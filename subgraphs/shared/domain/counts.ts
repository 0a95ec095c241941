import { ancestorAt, levelAbove, levelOfCode, type Level } from './areaCode.js';
import { weekdayOf } from './calendar.js';
import { groupBy } from './groupBy.js';

// Counts and their way up: a level keeps its own and the sum of its children, by several keys, and never a rate.

/** Append only: the contract between the levels, the SDL and stored documents have them by name. */
export const measures = [
  'submitted', 'accepted', 'resolved', 'rated', 'solved', 'satisfied', 'reworked', 'overdue', 'responded', 'unrated', 'returned', 'leftOut',
  'visited', 'notReached',
] as const;
export type Measure = (typeof measures)[number];
export type Counts = Partial<Readonly<Record<Measure, number>>>;

/** What a case is; append only, as above. */
export const kinds = ['DEMAND', 'APPLICATION', 'PATROL'] as const;
export type Kind = (typeof kinds)[number];

/** How many of what and when. What older versions sent has no day, no matter and no department. */
export interface CountRow {
  /** A day, or a month where no day is known. */
  readonly period: string;
  readonly kind: string | null;
  /** Level 1 of the taxonomy. */
  readonly category: string | null;
  /** The department or unit credited; null for the office, and for all that comes from below. */
  readonly unit: string | null;
  /** See `departmentOf`. */
  readonly department: string | null;
  /** The hour of the day in Shanghai, 0–23, of what is counted by the hour. */
  readonly hour?: number | null;
  readonly counts: Counts;
}

/** What moved in one area: its own on its own level, its sum on the level above. */
export interface CountsMoved {
  readonly area: string;
  readonly rows: readonly CountRow[];
}

/** A level's office, `DISTRICT`, or what a department or unit is called on that level all over the city, `DISTRICT-02`. */
export const departmentOf = (level: Level, unit: string | null): string =>
  (unit === null ? level : `${level}${unit.slice(unit.indexOf('-'))}`);

/** MONTH and DAY: all of the area; PROVIDER and DEPARTMENT: a month's, by who is credited; HOUR: a month's, by hour of the week. */
export const slices = ['MONTH', 'DAY', 'PROVIDER', 'DEPARTMENT', 'HOUR'] as const;
export type Slice = (typeof slices)[number];
export type Part = 'own' | 'children';

export interface CountsKey {
  readonly area: string;
  readonly slice: Slice;
  readonly period: string;
  /** PROVIDER: a unit of the area's, the area itself or a child; DEPARTMENT: see `departmentOf`; HOUR: see `hourKey`; else null. */
  readonly key: string | null;
  /** Its sums alone, which are read most, or all of it by kind and category. */
  readonly ofMatters: boolean;
}

/** What one row adds to one counter. */
export interface CountsEntry extends CountsKey, Pick<CountRow, 'kind' | 'category' | 'counts'> {
  readonly part: Part;
}

export const counterId = ({ area, period, key, ofMatters }: CountsKey): string =>
  [area, period, ...(key === null ? [] : [key]), ...(ofMatters ? ['matters'] : [])].join(':');

/** Where in a counter it is kept. */
export const groupOf = ({ part, ofMatters, kind, category }: Pick<CountsEntry, 'part' | 'ofMatters' | 'kind' | 'category'>): string =>
  (ofMatters ? `matters.${kind}.${category}.${part}` : part);

/** Under which names a counter keeps it. */
export function increments(entry: CountsEntry): [path: string, n: number][] {
  const group = groupOf(entry);
  return Object.entries(entry.counts).filter(([, n]) => n !== 0).map(([measure, n]): [string, number] => [`${group}.${measure}`, n]);
}

/** Monday, 9 to 10 o'clock: `1-09`; Sunday is 7. */
export const hourKey = (weekday: number, hour: number): string => `${weekday}-${String(hour).padStart(2, '0')}`;

const monthOf = (period: string): string => period.slice(0, 7);
const isDay = (period: string): boolean => period.length === 10;

/** The counters of `level` that a row belongs to. */
export function entriesOfRow(level: Level, child: string, { period, kind, category, unit, department, hour, counts }: CountRow): CountsEntry[] {
  const area = ancestorAt(child, level);
  const isOwn = levelOfCode(child) === level;
  const part = isOwn ? 'own' : 'children';
  const month = monthOf(period);
  const entries: CountsEntry[] = [];
  const add = (slice: Slice, ofPeriod: string, key: string | null): void => {
    entries.push({ area, part, kind, category, counts, slice, period: ofPeriod, key, ofMatters: false });
    if (kind !== null && category !== null) entries.push({ area, part, kind, category, counts, slice, period: ofPeriod, key, ofMatters: true });
  };
  add('MONTH', month, null);
  if (isDay(period)) add('DAY', period, null);
  add('PROVIDER', month, isOwn ? unit ?? area : child);
  if (department !== null) add('DEPARTMENT', month, department);
  if (isDay(period) && typeof hour === 'number') add('HOUR', month, hourKey(weekdayOf(period), hour));
  return entries;
}

export const entriesOf = (level: Level, moved: readonly CountsMoved[]): CountsEntry[] =>
  moved.flatMap(({ area, rows }) => rows.flatMap((row) => entriesOfRow(level, area, row)));

const sum = (all: readonly Counts[]): Counts => {
  const total: Partial<Record<Measure, number>> = {};
  for (const counts of all) for (const measure of measures) if (counts[measure]) total[measure] = (total[measure] ?? 0) + counts[measure];
  return total;
};

const sameRow = ({ period, kind, category, unit, department, hour }: CountRow): string =>
  [period, kind, category, unit, department, hour].join(':');

/** Rows that differ in nothing but their counts become one. */
export const summed = (rows: readonly CountRow[]): CountRow[] =>
  [...groupBy(rows, sameRow).values()].flatMap((same) => {
    const [first] = same;
    const counts = sum(same.map((row) => row.counts));
    return first && Object.values(counts).some((n) => n !== 0) ? [{ ...first, counts }] : [];
  });

/** So many rows at most go up in one event. */
export const maxRows = 200;

/** What `level` tells the one above of what moved, per area of its own; nothing from the city. */
export function upwardOf(level: Level, moved: readonly CountsMoved[]): CountsMoved[] {
  if (levelAbove(level) === null) return [];
  return [...groupBy(moved, ({ area }) => ancestorAt(area, level))].flatMap(([area, parts]) => {
    const rows = summed(parts.flatMap((part) => part.rows).map((row) => ({ ...row, unit: null })));
    return Array.from({ length: Math.ceil(rows.length / maxRows) }, (_, i) =>
      ({ area, rows: rows.slice(i * maxRows, (i + 1) * maxRows) }));
  });
}
