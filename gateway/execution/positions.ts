import type { GraphQLSchema } from 'graphql';
import { isObject, type JsonObject } from './json.js';
import { onTypes, type PlanPath } from './plan.js';
import { isOfTypes } from './representations.js';

/** The objects at some paths, each once, nulls and what is not there left out. */
export function objectsAt(schema: GraphQLSchema, value: unknown, paths: readonly PlanPath[]): JsonObject[] {
  const found: JsonObject[] = [];
  for (const path of paths) find(schema, value, path, 0, path.map(() => new Set()), found);
  const unique = new Set(found);
  return unique.size === found.length ? found : [...unique];
}

// What was fetched for one entity may stand in many places; its inside is looked through once.
function find(
  schema: GraphQLSchema,
  value: unknown,
  path: PlanPath,
  depth: number,
  seen: readonly Set<object>[],
  found: JsonObject[],
): void {
  if (typeof value !== 'object' || value === null) return;
  const step = path[depth];
  if (Array.isArray(value)) {
    const next = step === '@' ? depth + 1 : depth;
    for (const item of value) find(schema, item, path, next, seen, found);
  } else if (step === undefined) {
    found.push(value as JsonObject);
  } else if (!seen[depth]?.has(value)) {
    seen[depth]?.add(value);
    const object = value as JsonObject;
    if (!step.startsWith(onTypes)) find(schema, object[step], path, depth + 1, seen, found);
    else if (applies(schema, object, step)) find(schema, object, path, depth + 1, seen, found);
  }
}

// What was not asked for its type can be of one only.
function applies(schema: GraphQLSchema, { __typename: typename }: JsonObject, step: string): boolean {
  return typeof typename !== 'string' || isOfTypes(schema, typename, step);
}

export type ResponsePath = readonly (string | number)[];

/** The same with where each is in the answer; only errors need that. */
export function positionsAt(
  schema: GraphQLSchema,
  value: unknown,
  path: PlanPath,
): { readonly object: JsonObject; readonly at: ResponsePath }[] {
  if (Array.isArray(value)) {
    const rest = path[0] === '@' ? path.slice(1) : path;
    return value.flatMap((item, index) => under(index, positionsAt(schema, item, rest)));
  }
  if (!isObject(value)) return [];
  const [first, ...rest] = path;
  if (first === undefined) return [{ object: value, at: [] }];
  if (first.startsWith(onTypes)) return applies(schema, value, first) ? positionsAt(schema, value, rest) : [];
  return under(first, positionsAt(schema, value[first], rest));
}

const under = <Position extends { readonly at: ResponsePath }>(key: string | number, positions: readonly Position[]): Position[] =>
  positions.map((position) => ({ ...position, at: [key, ...position.at] }));
