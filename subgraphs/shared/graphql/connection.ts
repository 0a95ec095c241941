import { badInput } from './errors.js';

const defaultFirst = 20;
const maxFirst = 100;

export interface PageRequest {
  readonly first: number;
  readonly after: readonly CursorPart[] | null;
}
export type CursorPart = string | number | null;

/** A page as a repository reads it: `first + 1` items at most, the extra one shows that more follow. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasNextPage: boolean;
}

export interface Connection<T> {
  readonly nodes: T[];
  readonly edges: { readonly cursor: string; readonly node: T }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount: () => Promise<number>;
}

export const encodeCursor = (parts: readonly CursorPart[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

/** How many sort keys a list's cursor has or, where a wrong one would do harm, what each must be. */
export type CursorShape = number | readonly (keyof typeof partForms)[];

const partForms = {
  text: (part: unknown) => typeof part === 'string',
  count: (part: unknown) => Number.isSafeInteger(part),
  number: (part: unknown) => Number.isFinite(part),
  /** Milliseconds, within what a date can hold. */
  instant: (part: unknown) => Number.isSafeInteger(part) && Math.abs(Number(part)) <= 8.64e15,
} as const;
const anyPart = (part: unknown): boolean => part === null || typeof part === 'string' || typeof part === 'number';

function decodeCursor(cursor: string, shape: CursorShape): CursorPart[] {
  const forms = typeof shape === 'number'
    ? Array.from({ length: shape }, () => anyPart)
    : shape.map((form) => partForms[form]);
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const sound = Array.isArray(parts) && parts.length === forms.length && forms.every((fits, i) => fits(parts[i]));
    if (sound) return parts as CursorPart[];
  } catch {
    // falls through to the refusal below
  }
  throw badInput('游标无效,请使用上一页返回的 endCursor。', 'Not a cursor of this list; use the endCursor of the page before.');
}

/** Checks `first` (1–100 unless `max` says otherwise, 20 by default) and opens the cursor. */
export function pageRequest(
  args: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
  shape: CursorShape,
  max = maxFirst,
): PageRequest {
  const first = args.first ?? defaultFirst;
  if (first < 1 || first > max) {
    throw badInput(`first 须为 1–${max},当前为 ${first}。`, `first must be 1–${max}; it is ${first}.`);
  }
  return { first, after: args.after == null ? null : decodeCursor(args.after, shape) };
}

/** Cuts what a repository read (up to `first + 1`) to a page. */
export const cutPage = <T>(items: readonly T[], first: number): Page<T> => ({
  items: items.slice(0, first),
  hasNextPage: items.length > first,
});

export function toConnection<T>(
  page: Page<T>,
  cursorOf: (item: T) => readonly CursorPart[],
  totalCount: () => Promise<number>,
): Connection<T> {
  const edges = page.items.map((node) => ({ node, cursor: encodeCursor(cursorOf(node)) }));
  return {
    nodes: [...page.items],
    edges,
    pageInfo: { hasNextPage: page.hasNextPage, endCursor: edges.at(-1)?.cursor ?? null },
    totalCount,
  };
}
