import {
  getNamedType, GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString, isAbstractType, isEnumType,
  isInterfaceType, isCompositeType, isListType, isNonNullType, isObjectType, isScalarType, Kind, SchemaMetaFieldDef, TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type FieldNode, type FragmentDefinitionNode, type GraphQLCompositeType, type GraphQLField, type GraphQLLeafType,
  type GraphQLOutputType, type GraphQLSchema, type SelectionNode, type SelectionSetNode,
} from 'graphql';
import type { Denied, Requirement } from './authorization.js';

/** What an operation asks of one object; the fields for a type are worked out when such an object is first seen. */
export interface Shape {
  readonly type: GraphQLCompositeType;
  readonly parts: readonly ShapePart[];
  readonly byType: Map<string, readonly ShapeField[]>;
}

/** A selection set, and the type for which it was written. */
interface ShapePart {
  readonly selections: SelectionSetNode;
  readonly type: GraphQLCompositeType;
}

export interface ShapeField {
  readonly key: string;
  readonly name: string;
  readonly kind: 'value' | 'denied' | 'typename' | 'introspection';
  readonly nodes: readonly FieldNode[];
  readonly value: ShapeValue;
  /** What who asks would have to have, but does not; null unless it is denied. */
  readonly denied: Requirement | null;
}

export interface ShapeValue {
  readonly nonNull: boolean;
  readonly type: string;
  readonly item: ShapeValue | null;
  readonly object: Shape | null;
  readonly isLeaf: (value: unknown) => boolean;
}

/** What the shapes of one operation have in common. */
export interface ShapeSource {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** Whether `@skip` and `@include` leave it in. */
  readonly isIncluded: (node: SelectionNode) => boolean;
  /** Null where all may be read. */
  readonly denied: Denied | null;
}

export const shapeOf = (type: GraphQLCompositeType, parts: readonly ShapePart[]): Shape => ({ type, parts, byType: new Map() });

/** The fields that an object of a type has in the answer, in their order there. */
export function fieldsOf(source: ShapeSource, shape: Shape, type: GraphQLCompositeType): readonly ShapeField[] {
  const known = shape.byType.get(type.name);
  if (known) return known;
  const collected = new Map<string, Collected>();
  for (const part of shape.parts) collect(source, part, type, collected);
  const fields = [...collected].map(([key, { field, nodes, parts, denied }]): ShapeField => ({
    key, name: field.name, nodes, denied, kind: denied ? 'denied' : kindOf(field), value: valueOf(field.type, parts),
  }));
  shape.byType.set(type.name, fields);
  return fields;
}

interface Collected {
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: FieldNode[];
  readonly parts: ShapePart[];
  denied: Requirement | null;
}

function collect(source: ShapeSource, part: ShapePart, type: GraphQLCompositeType, into: Map<string, Collected>): void {
  for (const node of part.selections.selections) {
    if (!source.isIncluded(node)) continue;
    if (node.kind === Kind.FIELD) {
      collectField(source, node, part.type, into);
      continue;
    }
    const fragment = node.kind === Kind.FRAGMENT_SPREAD ? source.fragments.get(node.name.value) : node;
    if (!fragment) continue;
    const condition = fragment.typeCondition ? source.schema.getType(fragment.typeCondition.name.value) : part.type;
    if (!isCompositeType(condition) || !applies(source.schema, condition, type)) continue;
    collect(source, { selections: fragment.selectionSet, type: condition }, type, into);
  }
}

function collectField(source: ShapeSource, node: FieldNode, parent: GraphQLCompositeType, into: Map<string, Collected>): void {
  const field = fieldOf(source.schema, parent, node.name.value);
  if (!field) return;
  const key = node.alias?.value ?? node.name.value;
  const entry = into.get(key) ?? { field, nodes: [], parts: [], denied: null };
  entry.nodes.push(node);
  entry.denied ??= source.denied?.(parent.name, field.name) ?? null;
  const type = getNamedType(field.type);
  if (node.selectionSet && isCompositeType(type)) entry.parts.push({ selections: node.selectionSet, type });
  into.set(key, entry);
}

const applies = (schema: GraphQLSchema, condition: GraphQLCompositeType, type: GraphQLCompositeType): boolean =>
  condition === type
  || (isAbstractType(condition) && (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(condition, type));

function fieldOf(schema: GraphQLSchema, parent: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (parent === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
}

function kindOf(field: GraphQLField<unknown, unknown>): ShapeField['kind'] {
  if (field === TypeNameMetaFieldDef) return 'typename';
  return field === SchemaMetaFieldDef || field === TypeMetaFieldDef ? 'introspection' : 'value';
}

function valueOf(type: GraphQLOutputType, parts: readonly ShapePart[], nonNull = false): ShapeValue {
  if (isNonNullType(type)) return valueOf(type.ofType, parts, true);
  const common = { nonNull, type: String(type) };
  if (isListType(type)) return { ...common, item: valueOf(type.ofType, parts), object: null, isLeaf: never };
  if (isCompositeType(type)) return { ...common, item: null, object: shapeOf(type, parts), isLeaf: never };
  return { ...common, item: null, object: null, isLeaf: leafCheck(type) };
}

const never = (): boolean => false;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isWhole = (value: unknown): boolean => isNumber(value) && /^-?\d+$/.test(String(value));

function leafCheck(type: GraphQLLeafType): (value: unknown) => boolean {
  if (isEnumType(type)) {
    const names = new Set(type.getValues().map(({ name }) => name));
    return (value) => typeof value === 'string' && names.has(value);
  }
  const check = isScalarType(type) ? builtIn[type.name] : undefined;
  // What a scalar of one's own may be, only its subgraph knows.
  return check ?? (() => true);
}

const builtIn: Readonly<Record<string, (value: unknown) => boolean>> = {
  [GraphQLString.name]: (value) => typeof value === 'string',
  [GraphQLID.name]: (value) => typeof value === 'string' || isWhole(value),
  [GraphQLInt.name]: isWhole,
  [GraphQLFloat.name]: isNumber,
  [GraphQLBoolean.name]: (value) => typeof value === 'boolean',
};
