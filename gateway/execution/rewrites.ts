import type { GraphQLSchema } from 'graphql';
import { isObject, type JsonObject } from './json.js';
import { onTypes } from './plan.js';
import { isOfTypes } from './representations.js';

/** A change to what goes to a subgraph or comes from it: `@interfaceObject` and conflicting aliases need them. */
export type Rewrite =
  | { readonly kind: 'ValueSetter'; readonly path: readonly string[]; readonly setValueTo: unknown }
  | { readonly kind: 'KeyRenamer'; readonly path: readonly string[]; readonly renameKeyTo: string };

export function applyRewrites(schema: GraphQLSchema, rewrites: readonly Rewrite[], value: unknown): void {
  for (const rewrite of rewrites) {
    const key = rewrite.path.at(-1);
    if (key !== undefined) atPath(schema, rewrite.path.slice(0, -1), value, (object) => change(object, key, rewrite));
  }
}

function change(object: JsonObject, key: string, rewrite: Rewrite): void {
  if (rewrite.kind === 'ValueSetter') {
    object[key] = rewrite.setValueTo;
  } else if (Object.hasOwn(object, key)) {
    object[rewrite.renameKeyTo] = object[key];
    delete object[key];
  }
}

function atPath(
  schema: GraphQLSchema,
  path: readonly string[],
  value: unknown,
  act: (object: JsonObject) => void,
): void {
  if (Array.isArray(value)) {
    for (const item of value) atPath(schema, path, item, act);
    return;
  }
  if (!isObject(value)) return;
  const [first, ...rest] = path;
  if (first === undefined) act(value);
  else if (!first.startsWith(onTypes)) atPath(schema, rest, value[first], act);
  else {
    const typename = value['__typename'];
    // Not every object was asked for its type; the fragment then is the only one it can be in.
    const applies = typeof typename !== 'string' || isOfTypes(schema, typename, first);
    if (applies) atPath(schema, rest, value, act);
  }
}
