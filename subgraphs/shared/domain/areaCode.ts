/** The four levels, from the top. */
export const levels = ['CITY', 'DISTRICT', 'STREET', 'COMMUNITY'] as const;
export type Level = (typeof levels)[number];

const digits: Readonly<Record<Level | 'GRID', number>> = { CITY: 4, DISTRICT: 6, STREET: 9, COMMUNITY: 12, GRID: 15 };
const byDigits = new Map(Object.entries(digits).map(([level, length]) => [length, level as Level | 'GRID']));

/** The level whose codes have this form, or null for anything that is no area code. */
export const levelOfCode = (code: string): Level | 'GRID' | null =>
  /^\d+$/.test(code) ? byDigits.get(code.length) ?? null : null;

/** A code's prefix is its ancestor; an area lies within itself. */
export const isWithin = (code: string, ancestor: string): boolean => code.startsWith(ancestor);

/** The ancestor (or the code itself) at `level`; the code must be at or below it. */
export const ancestorAt = (code: string, level: Level): string => code.slice(0, digits[level]);

/** One level up; null for the city. */
export const levelAbove = (level: Level): Level | null => levels[levels.indexOf(level) - 1] ?? null;

/** One level down; null for the community. */
export const levelBelow = (level: Level): Level | null => levels[levels.indexOf(level) + 1] ?? null;

/** Half-open range of codes within `prefix`, for an index: `from <= code < before`. */
export const codeRange = (prefix: string): { readonly from: string; readonly before: string } => ({
  from: prefix,
  before: prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1),
});
