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

function decodeCursor(cursor: string, length: number): CursorPart[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const sound = Array.isArray(parts) && parts.length === length
      && parts.every((part) => part === null || typeof part === 'string' || typeof part === 'number');
    if (sound) return parts as CursorPart[];
  } catch {
    // falls through to the refusal below
  }
  throw badInput('游标无效,请使用上一页返回的 endCursor。', 'Not a cursor of this list; use the endCursor of the page before.');
}

/** Checks `first` (1–100, 20 by default) and opens the cursor, which has `parts` sort keys. */
export function pageRequest(
  args: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
  parts: number,
): PageRequest {
  const first = args.first ?? defaultFirst;
  if (first < 1 || first > maxFirst) {
    throw badInput(`first 须为 1–${maxFirst},当前为 ${first}。`, `first must be 1–${maxFirst}; it is ${first}.`);
  }
  return { first, after: args.after == null ? null : decodeCursor(args.after, parts) };
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
