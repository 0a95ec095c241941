import { isObject, type JsonObject } from './json.js';
import type { PlanPath } from './plan.js';

/** The objects at a path, each once, nulls and what is not there left out. */
export function objectsAt(value: unknown, path: PlanPath): JsonObject[] {
  const found: JsonObject[] = [];
  find(value, path, 0, path.map(() => new Set()), found);
  const unique = new Set(found);
  return unique.size === found.length ? found : [...unique];
}

// What was fetched for one entity may stand in many places; its inside is looked through once.
function find(value: unknown, path: PlanPath, depth: number, seen: readonly Set<object>[], found: JsonObject[]): void {
  if (typeof value !== 'object' || value === null) return;
  const step = path[depth];
  if (Array.isArray(value)) {
    const next = step === '@' ? depth + 1 : depth;
    for (const item of value) find(item, path, next, seen, found);
  } else if (step === undefined) {
    found.push(value as JsonObject);
  } else if (!seen[depth]?.has(value)) {
    seen[depth]?.add(value);
    find((value as JsonObject)[step], path, depth + 1, seen, found);
  }
}

export type ResponsePath = readonly (string | number)[];

/** The same with where each is in the answer; only errors need that. */
export function positionsAt(value: unknown, path: PlanPath): { readonly object: JsonObject; readonly at: ResponsePath }[] {
  if (Array.isArray(value)) {
    const rest = path[0] === '@' ? path.slice(1) : path;
    return value.flatMap((item, index) => under(index, positionsAt(item, rest)));
  }
  if (!isObject(value)) return [];
  const [first, ...rest] = path;
  if (first === undefined) return [{ object: value, at: [] }];
  return under(first, positionsAt(value[first], rest));
}

const under = <Position extends { readonly at: ResponsePath }>(key: string | number, positions: readonly Position[]): Position[] =>
  positions.map((position) => ({ ...position, at: [key, ...position.at] }));
