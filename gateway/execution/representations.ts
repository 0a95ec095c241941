import { isAbstractType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';
import { isObject, type JsonObject } from './json.js';

/** A selection of what an entity fetch needs of each entity. */
export type RequiredSelection =
  | { readonly kind: 'Field'; readonly name: string; readonly alias?: string; readonly selections?: readonly RequiredSelection[] }
  | { readonly kind: 'InlineFragment'; readonly typeCondition?: string; readonly selections: readonly RequiredSelection[] };

/** The same, which keeps per type what applies to it. */
export interface Requires {
  readonly selections: readonly RequiredSelection[];
  readonly byType: Map<string, readonly RequiredField[]>;
}

interface RequiredField {
  readonly key: string;
  readonly json: string;
  readonly inner: Requires | null;
}

export const requiresOf = (selections: readonly RequiredSelection[]): Requires => ({ selections, byType: new Map() });

/** Whether an object whose `__typename` is given is of a type, be it abstract. */
export function isOfType(schema: GraphQLSchema, typename: string, condition: string): boolean {
  if (typename === condition) return true;
  const type = schema.getType(typename);
  const wanted = schema.getType(condition);
  return isAbstractType(wanted) && (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(wanted, type);
}

/**
 * The JSON by which a subgraph knows an entity. Null where it cannot: something needed is missing (an error on the way
 * has said so), nothing applies to its type, or every field is null.
 */
export function representationOf(schema: GraphQLSchema, requires: Requires, entity: JsonObject): string | null {
  const typename = entity['__typename'];
  if (typeof typename !== 'string') return null;
  const fields = fieldsFor(schema, requires, typename);
  const named = fields.some(({ key }) => key === '__typename');
  const known = fields.some(({ key }) => key !== '__typename' && entity[key] !== null);
  if (!named || !(known || fields.length === 1)) return null;
  return write(schema, fields, entity);
}

function write(schema: GraphQLSchema, fields: readonly RequiredField[], source: JsonObject): string | null {
  let written = '';
  for (const { key, json, inner } of fields) {
    const value = source[key];
    // A function is what every object inherits, not what was fetched.
    if (value === undefined || typeof value === 'function') return null;
    written += `${written === '' ? '' : ','}${json}${inner ? writeNested(schema, inner, value) : JSON.stringify(value)}`;
  }
  return `{${written}}`;
}

function writeNested(schema: GraphQLSchema, requires: Requires, value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => writeNested(schema, requires, item)).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const typename = value['__typename'];
  return write(schema, fieldsFor(schema, requires, typeof typename === 'string' ? typename : ''), value) ?? 'null';
}

function fieldsFor(schema: GraphQLSchema, requires: Requires, typename: string): readonly RequiredField[] {
  const known = requires.byType.get(typename);
  if (known) return known;
  const collected = new Map<string, RequiredSelection[] | null>();
  collect(schema, requires.selections, typename, collected);
  const fields = [...collected].map(([key, selections]) =>
    ({ key, json: `${JSON.stringify(key)}:`, inner: selections && requiresOf(selections) }));
  requires.byType.set(typename, fields);
  return fields;
}

function collect(
  schema: GraphQLSchema,
  selections: readonly RequiredSelection[],
  typename: string,
  into: Map<string, RequiredSelection[] | null>,
): void {
  for (const selection of selections) {
    if (selection.kind === 'InlineFragment') {
      const { typeCondition } = selection;
      if (typeCondition === undefined || isOfType(schema, typename, typeCondition)) {
        collect(schema, selection.selections, typename, into);
      }
      continue;
    }
    const key = selection.alias ?? selection.name;
    const inner = selection.selections;
    into.set(key, inner ? [...(into.get(key) ?? []), ...inner] : null);
  }
}
