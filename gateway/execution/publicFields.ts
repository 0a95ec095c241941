import {
  Kind, parse,
  type ConstDirectiveNode, type FieldDefinitionNode, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionSetNode,
  type TypeNode,
} from 'graphql';
import type { IsPublic } from './compilePlan.js';

/** For each field that is the same for everyone, the type that it gives. */
type PublicFields = ReadonlyMap<string, string>;

const rootTypes = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;

/**
 * Which operations select only fields that carry `@cacheControl(scope: PUBLIC)` in the supergraph. A mark on a type does
 * not count: it would speak for the fields that other subgraphs add to the type.
 */
export function publicFields(supergraphSdl: string): IsPublic {
  const fields: PublicFields = new Map(parse(supergraphSdl, { noLocation: true }).definitions.flatMap((definition) =>
    (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
      ? (definition.fields ?? []).filter(isMarked).map((field): [string, string] =>
          [`${definition.name.value}.${field.name.value}`, nameOf(field.type)])
      : [])));
  if (fields.size === 0) return () => false;
  return (_subgraph, operation, fragments) => isAllPublic(fields, operation, fragments);
}

const isMarked = ({ directives = [] }: FieldDefinitionNode): boolean => directives.some(isPublicScope);
const isPublicScope = ({ name, arguments: given = [] }: ConstDirectiveNode): boolean => name.value === 'cacheControl'
  && given.some((argument) => argument.name.value === 'scope' && argument.value.kind === Kind.ENUM && argument.value.value === 'PUBLIC');
const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type));

function isAllPublic(
  fields: PublicFields,
  { operation, selectionSet }: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): boolean {
  const check = ({ selections }: SelectionSetNode, type: string): boolean => selections.every((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = fragments.get(selection.name.value);
      return fragment !== undefined && check(fragment.selectionSet, fragment.typeCondition.name.value);
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      return check(selection.selectionSet, selection.typeCondition?.name.value ?? type);
    }
    const name = selection.name.value;
    if (name === '__typename') return true;
    // Its elements are in fragments, which say their types.
    if (name === '_entities' && type === rootTypes.query) return selection.selectionSet !== undefined && check(selection.selectionSet, '');
    const inner = fields.get(`${type}.${name}`);
    return inner !== undefined && (!selection.selectionSet || check(selection.selectionSet, inner));
  });
  return operation === 'query' && check(selectionSet, rootTypes[operation]);
}
