import { isAbstractType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';
import { isObject, type JsonObject } from './json.js';
import { onTypes } from './plan.js';

/** A selection of what an entity fetch needs of each entity. */
export type RequiredSelection =
  | {
    readonly kind: 'Field';
    readonly name: string;
    readonly alias?: string;
    /** Under which key it was fetched, where that is another. */
    readonly from?: string;
    readonly selections?: readonly RequiredSelection[];
  }
  | { readonly kind: 'InlineFragment'; readonly typeCondition?: string; readonly selections: readonly RequiredSelection[] };

/** The same, which keeps per type what applies to it. */
export interface Requires {
  readonly selections: readonly RequiredSelection[];
  readonly byType: Map<string, RequiredFields>;
}

interface RequiredFields {
  readonly fields: readonly RequiredField[];
  /** Whether the type is among them: without it no subgraph knows what the rest is of. */
  readonly named: boolean;
}

interface RequiredField {
  /** In what was fetched. */
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

/** The same for a path's `... on A|B`. */
export const isOfTypes = (schema: GraphQLSchema, typename: string, step: string): boolean =>
  step.slice(onTypes.length).split('|').some((condition) => isOfType(schema, typename, condition));

/** A representation, and the objects that it stands for. */
export interface Represented {
  readonly json: string;
  readonly objects: JsonObject[];
}

/**
 * What subgraphs know objects by, each thing once. Left out is an object of which something needed is missing (an error
 * on the way has said so), to whose type nothing applies, or of which every field is null.
 */
export function represent(schema: GraphQLSchema, requires: Requires, objects: readonly JsonObject[]): Represented[] {
  const all: Represented[] = [];
  const byType = new Map<string, ByValues>();
  const byJson = new Map<string, Represented>();
  for (const object of objects) {
    const typename = object['__typename'];
    if (typeof typename !== 'string') continue;
    const { fields, named } = fieldsFor(schema, requires, typename);
    if (!named || !isKnown(fields, object)) continue;
    const byValues = byType.get(typename) ?? new Map<unknown, Place>();
    byType.set(typename, byValues);
    const place = placeOf(byValues, fields, object);
    const known = place?.represented;
    if (known) {
      known.objects.push(object);
      continue;
    }
    const json = write(schema, fields, object);
    if (json === null) continue;
    const same = byJson.get(json);
    if (same) {
      same.objects.push(object);
      continue;
    }
    const represented = { json, objects: [object] };
    byJson.set(json, represented);
    if (place) place.represented = represented;
    all.push(represented);
  }
  return all;
}

/** Known ones by the value of one field after the other; far cheaper to look up than to write out. */
type ByValues = Map<unknown, Place>;
interface Place {
  readonly next: ByValues;
  represented?: Represented;
}

/** Null where a value is no text, number or the like. */
function placeOf(root: ByValues, fields: readonly RequiredField[], object: JsonObject): Place | null {
  let next = root;
  let place: Place | null = null;
  for (const { key } of fields) {
    const value = object[key];
    if (value === undefined || typeof value === 'function' || (typeof value === 'object' && value !== null)) return null;
    place = next.get(value) ?? { next: new Map() };
    next.set(value, place);
    next = place.next;
  }
  return place;
}

const isKnown = (fields: readonly RequiredField[], object: JsonObject): boolean =>
  fields.length === 1 || fields.some(({ key }) => key !== '__typename' && object[key] !== null);

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
  const { fields } = fieldsFor(schema, requires, typeof typename === 'string' ? typename : '');
  return write(schema, fields, value) ?? 'null';
}

function fieldsFor(schema: GraphQLSchema, requires: Requires, typename: string): RequiredFields {
  const known = requires.byType.get(typename);
  if (known) return known;
  const collected = new Map<string, CollectedField>();
  collect(schema, requires.selections, typename, collected);
  const fields = [...collected].map(([name, { from, selections }]) =>
    ({ key: from, json: `${JSON.stringify(name)}:`, inner: selections && requiresOf(withType(selections)) }));
  const made = { fields, named: collected.has('__typename') };
  requires.byType.set(typename, made);
  return made;
}

const typename: RequiredSelection = { kind: 'Field', name: '__typename' };

/** By fragments alone a subgraph could not tell what it is given. */
const withType = (selections: readonly RequiredSelection[]): readonly RequiredSelection[] =>
  (selections.some(({ kind }) => kind === 'InlineFragment') ? [typename, ...selections] : selections);

interface CollectedField {
  readonly from: string;
  readonly selections: RequiredSelection[] | null;
}

function collect(
  schema: GraphQLSchema,
  selections: readonly RequiredSelection[],
  typename: string,
  into: Map<string, CollectedField>,
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
    into.set(key, { from: selection.from ?? key, selections: inner ? [...(into.get(key)?.selections ?? []), ...inner] : null });
  }
}
