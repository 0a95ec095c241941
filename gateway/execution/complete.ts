import { GraphQLError, isCompositeType, isObjectType, type GraphQLCompositeType } from 'graphql';
import type { Refusal, Requirement } from './authorization.js';
import type { JsonObject } from './json.js';
import { fieldsOf, type Shape, type ShapeField, type ShapeSource, type ShapeValue } from './shape.js';

export interface Completed {
  readonly data: JsonObject | null;
  /** What subgraphs answered against the schema; each place is null in the data. */
  readonly problems: readonly GraphQLError[];
  /** What may not be read, at every place where it was asked for, or the first of very many; null in the data, too. */
  readonly refusals: readonly GraphQLError[];
}

interface Completion {
  readonly source: ShapeSource;
  readonly introspected: JsonObject;
  readonly problems: GraphQLError[];
  readonly refusals: GraphQLError[];
  readonly refuse: Refuse | undefined;
  readonly path: (string | number)[];
  /** What was fetched for one entity may stand in many places, and has the same form in all of them. */
  readonly made: Map<Shape, Map<JsonObject, JsonObject>>;
}

/** Says why a field is not given. */
export type Refuse = (unmet: Requirement) => Refusal;

/** Stands for a null of which a problem or a refusal already tells. */
const failed = Symbol('failed');
type OrFailed<Value> = Value | typeof failed;

/** What was fetched, in the form that the operation asks for: its fields only, in its order, true to the schema. */
export function complete(source: ShapeSource, shape: Shape, fetched: JsonObject, introspected: JsonObject, refuse?: Refuse): Completed {
  const completion: Completion = { source, introspected, problems: [], refusals: [], refuse, path: [], made: new Map() };
  const data = completeFields(completion, fieldsOf(source, shape, shape.type), shape.type, fetched);
  const { problems, refusals } = completion;
  return { data: data === failed ? null : data, problems, refusals };
}

function completeFields(
  completion: Completion,
  fields: readonly ShapeField[],
  type: GraphQLCompositeType,
  input: JsonObject,
): OrFailed<JsonObject> {
  const output: JsonObject = {};
  for (const field of fields) {
    const { key, kind, value } = field;
    if (kind === 'value') {
      completion.path.push(key);
      const completed = completeValue(completion, value, input[key], () => `field ${type.name}.${key}`);
      completion.path.pop();
      if (completed === failed) return failed;
      output[key] = completed;
    } else if (kind === 'introspection') {
      output[key] = completion.introspected[key];
    } else if (kind === 'denied') {
      refuse(completion, field);
      if (value.nonNull) return failed;
      output[key] = null;
    } else {
      // Only the name of an interface is known where the subgraph that knows the type could not be asked.
      if (!isObjectType(type)) return failed;
      output[key] = type.name;
    }
  }
  return output;
}

// Of a long list with many of them all the others are null all the same.
const maxRefusals = 1_000;

function refuse({ refusals, refuse: say, path }: Completion, { key, denied }: ShapeField): void {
  if (!denied || !say || refusals.length >= maxRefusals) return;
  const { message, code } = say(denied);
  refusals.push(new GraphQLError(message, { path: [...path, key], extensions: { code } }));
}

/** Gives `failed` where the type forbids the null that it would be. */
function completeValue(
  completion: Completion,
  value: ShapeValue,
  input: unknown,
  place: () => string,
): unknown {
  const completed = completeNullable(completion, value, input, place);
  if (!value.nonNull) return completed === failed ? null : completed;
  if (completed !== null) return completed;
  return problem(completion, `Cannot return null for non-nullable ${place()}.`);
}

function completeNullable(completion: Completion, value: ShapeValue, input: unknown, place: () => string): unknown {
  // A function is what every object inherits, not what was fetched.
  if (input === null || input === undefined || typeof input === 'function') return null;
  if (value.item) return completeList(completion, value, value.item, input, place);
  if (value.object) return completeObject(completion, value.object, input, place);
  return value.isLeaf(input) ? input : problem(completion, `Invalid value found for ${place()}.`);
}

function completeList(
  completion: Completion,
  { type }: ShapeValue,
  item: ShapeValue,
  input: unknown,
  place: () => string,
): OrFailed<unknown[]> {
  if (!Array.isArray(input)) return problem(completion, `Expected a list for ${place()}.`);
  let sound = true;
  const output: unknown[] = new Array(input.length);
  for (let index = 0; index < input.length; index += 1) {
    completion.path.push(index);
    const completed = completeValue(completion, item, input[index], () => `array element of type ${type} at index ${index}`);
    completion.path.pop();
    if (completed === failed) sound = false;
    else output[index] = completed;
  }
  return sound ? output : failed;
}

function completeObject(completion: Completion, shape: Shape, input: unknown, place: () => string): OrFailed<JsonObject> {
  if (typeof input !== 'object' || Array.isArray(input)) return problem(completion, `Expected an object for ${place()}.`);
  const object = input as JsonObject;
  const made = madeOf(completion, shape);
  const known = made.get(object);
  if (known) return known;
  const before = told(completion);
  const output = completeOfType(completion, shape, object, place);
  // What is wrong is told for each of its places.
  if (output !== failed && told(completion) === before) made.set(object, output);
  return output;
}

const told = ({ problems, refusals }: Completion): number => problems.length + refusals.length;

function madeOf({ made }: Completion, shape: Shape): Map<JsonObject, JsonObject> {
  const known = made.get(shape);
  if (known) return known;
  const none = new Map<JsonObject, JsonObject>();
  made.set(shape, none);
  return none;
}

function completeOfType(completion: Completion, shape: Shape, object: JsonObject, place: () => string): OrFailed<JsonObject> {
  const typename = object['__typename'];
  if (typename === undefined || typename === shape.type.name) {
    return completeFields(completion, fieldsOf(completion.source, shape, shape.type), shape.type, object);
  }
  const type = typeof typename === 'string' ? completion.source.schema.getType(typename) : undefined;
  // Without the name: it may be that of a type which callers may not know of.
  if (!isCompositeType(type)) return problem(completion, `Invalid __typename found for object at ${place()}.`);
  return completeFields(completion, fieldsOf(completion.source, shape, type), type, object);
}

function problem({ problems, path }: Completion, message: string): typeof failed {
  problems.push(new GraphQLError(message, { path: [...path], extensions: { code: 'INVALID_GRAPHQL' } }));
  return failed;
}
