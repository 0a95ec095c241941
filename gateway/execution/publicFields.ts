import {
  Kind, parse,
  type ConstDirectiveNode, type DefinitionNode, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionNode,
  type SelectionSetNode, type TypeNode,
} from 'graphql';
import type { Public, PublicFor } from './compilePlan.js';

interface PublicField {
  /** That it gives. */
  readonly type: string;
  /** For which it may be kept. */
  readonly seconds: number;
}

/** Those that are the same for everyone. */
type PublicFields = ReadonlyMap<string, PublicField>;

/** Of an interface or a union, the types that there may be in its place. */
type Possible = ReadonlyMap<string, readonly string[]>;

const rootTypes = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const;

/**
 * Which operations select only fields that carry `@cacheControl(scope: PUBLIC)` in the supergraph, the least `maxAge` of
 * these, 0 where one of them has none, and whose they are. A mark on a type does not count: it would speak for the fields that
 * other subgraphs add to the type.
 */
export function publicFields(supergraphSdl: string): PublicFor {
  const { definitions } = parse(supergraphSdl, { noLocation: true });
  const fields: PublicFields = new Map(definitions.flatMap((definition) =>
    (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION
      ? (definition.fields ?? []).flatMap((field): [string, PublicField][] => {
          const marks = (field.directives ?? []).filter(isPublicScope);
          // Subgraphs that share a field may say different things of it.
          return marks.length === 0 ? [] : [[
            `${definition.name.value}.${field.name.value}`, { type: nameOf(field.type), seconds: Math.min(...marks.map(maxAgeOf)) },
          ]];
        })
      : [])));
  if (fields.size === 0) return () => null;
  const possible = possibleIn(definitions);
  return (_subgraph, operation, fragments) => publicIn(fields, possible, operation, fragments);
}

function possibleIn(definitions: readonly DefinitionNode[]): Possible {
  const possible = new Map<string, string[]>();
  const add = (abstract: string, type: string): void => void possible.set(abstract, [...(possible.get(abstract) ?? []), type]);
  for (const definition of definitions) {
    if (definition.kind === Kind.UNION_TYPE_DEFINITION) for (const type of definition.types ?? []) add(definition.name.value, type.name.value);
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const abstract of definition.interfaces ?? []) add(abstract.name.value, definition.name.value);
  }
  return possible;
}

const isPublicScope = ({ name, arguments: given = [] }: ConstDirectiveNode): boolean => name.value === 'cacheControl'
  && given.some((argument) => argument.name.value === 'scope' && argument.value.kind === Kind.ENUM && argument.value.value === 'PUBLIC');
const maxAgeOf = ({ arguments: given = [] }: ConstDirectiveNode): number => {
  const value = given.find((argument) => argument.name.value === 'maxAge')?.value;
  return value?.kind === Kind.INT ? Math.max(0, Number(value.value)) : 0;
};
const nameOf = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type));

function publicIn(
  fields: PublicFields,
  possible: Possible,
  { operation, selectionSet }: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Public | null {
  let seconds = Infinity;
  const shows = new Set<string>();
  const show = (type: string): void => {
    if (type === '' || type === rootTypes.query || shows.has(type)) return;
    shows.add(type);
    for (const one of possible.get(type) ?? []) show(one);
  };
  function check({ selections }: SelectionSetNode, type: string): boolean {
    show(type);
    return selections.every((selection) => isPublic(selection, type));
  }
  function isPublic(selection: SelectionNode, type: string): boolean {
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
    const field = fields.get(`${type}.${name}`);
    if (!field) return false;
    seconds = Math.min(seconds, field.seconds);
    if (type === rootTypes.query) shows.add(`${type}.${name}`);
    return !selection.selectionSet || check(selection.selectionSet, field.type);
  }
  if (operation !== 'query' || !check(selectionSet, rootTypes[operation])) return null;
  return { seconds: Number.isFinite(seconds) ? seconds : 0, shows: [...shows] };
}
