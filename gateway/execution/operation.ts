import {
  executeSync, Kind, print, SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef, visit,
  type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLSchema, type OperationDefinitionNode,
  type SelectionNode, type SelectionSetNode,
} from 'graphql';
import { refused } from './errors.js';
import type { JsonObject } from './json.js';

/** One operation of a document, with the fragments it uses. */
export interface Operation {
  readonly definition: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The same for documents that differ only in what the operation does not use, in space or in comments. */
  readonly text: string;
  /** Names of the variables that `@skip` and `@include` go by. */
  readonly conditions: readonly string[];
}

/** @throws GraphQLError when the document has no such operation, or it cannot be answered safely. */
export function operationOf(document: DocumentNode, name: string | null | undefined): Operation {
  const definitions = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const isNamed = name !== null && name !== undefined;
  const definition = isNamed ? definitions.find((candidate) => candidate.name?.value === name) : definitions[0];
  if (!isNamed && definitions.length > 1) throw refused('Say by operationName which operation of the document to run.');
  if (!definition) throw refused(isNamed ? `Unknown operation named "${name}".` : 'The document has no operation.');
  const fragments = usedFragments(document, definition);
  const nodes = [definition, ...[...fragments.values()].sort((a, b) => (a.name.value < b.name.value ? -1 : 1))];
  refuseUnsafeNames(nodes);
  return { definition, fragments, text: nodes.map((node) => print(node)).join('\n'), conditions: conditionsIn(nodes) };
}

/**
 * The document that has just this operation, for a planner: without what `@skip` and `@include` leave out, since planners
 * are at odds with conditions, and what the schema says of itself, which is no subgraph's to answer. Types are asked for by
 * their own name, by which they are found afterwards; and where only fragments are asked for, too, since planners leave out
 * what none of them applies to.
 */
export function documentOf({ definition, fragments }: Operation, conditions: Readonly<JsonObject>): DocumentNode {
  const enter = <Node extends SelectionNode>(node: Node): Node | null | undefined => {
    if (!isIncluded(node, conditions)) return null;
    const directives = node.directives?.filter(({ name }) => name.value !== 'skip' && name.value !== 'include');
    return directives?.length === node.directives?.length ? undefined : { ...node, directives };
  };
  const whole: DocumentNode = { kind: Kind.DOCUMENT, definitions: [definition, ...fragments.values()] };
  return visit(whole, {
    FragmentSpread: enter,
    InlineFragment: { enter, leave: withSomething },
    FragmentDefinition: { leave: withSomething },
    OperationDefinition: { leave: withSomething },
    Field: {
      enter: (node) => (metaFields.has(node.name.value) && isIncluded(node, conditions) ? typenameField : enter(node)),
      leave(node) {
        const { selectionSet } = node;
        if (!selectionSet || selectionSet.selections.some(({ kind }) => kind === Kind.FIELD)) return undefined;
        return { ...node, selectionSet: { ...selectionSet, selections: [typenameField, ...selectionSet.selections] } };
      },
    },
  });
}

const withSomething = <Node extends { readonly selectionSet: SelectionSetNode }>(node: Node): Node | undefined =>
  (node.selectionSet.selections.length > 0 ? undefined : { ...node, selectionSet: { ...node.selectionSet, selections: [typenameField] } });

const metaFields: ReadonlySet<string> = new Set([SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map(({ name }) => name));

export const nameNode = (value: string) => ({ kind: Kind.NAME, value }) as const;
export const plainField = (name: string): FieldNode => ({ kind: Kind.FIELD, name: nameNode(name) });
export const typenameField = plainField('__typename');

/** The response keys of a document's root fields but for types. */
export function rootFieldsOf({ definitions }: DocumentNode): string[] {
  const fragments = new Map(definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [])));
  const keysIn = ({ selections }: SelectionSetNode): string[] => selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return metaFields.has(selection.name.value) ? [] : [(selection.alias ?? selection.name).value];
    const set = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value)?.selectionSet : selection.selectionSet;
    return set ? keysIn(set) : [];
  });
  return definitions.flatMap((one) => (one.kind === Kind.OPERATION_DEFINITION ? keysIn(one.selectionSet) : []));
}

/** Of the fragments of `document`, those that `source` needs. */
export function usedFragments(
  document: DocumentNode,
  source: OperationDefinitionNode | FieldNode,
): Map<string, FragmentDefinitionNode> {
  const all = new Map(document.definitions.flatMap((candidate) =>
    (candidate.kind === Kind.FRAGMENT_DEFINITION ? [[candidate.name.value, candidate] as const] : [])));
  const used = new Map<string, FragmentDefinitionNode>();
  const follow = (node: OperationDefinitionNode | FragmentDefinitionNode | FieldNode): void => {
    visit(node, {
      FragmentSpread({ name: { value } }) {
        const fragment = all.get(value);
        if (!fragment || used.has(value)) return;
        used.set(value, fragment);
        follow(fragment);
      },
    });
  };
  follow(source);
  return used;
}

// As a key it would set an object's prototype instead.
function refuseUnsafeNames(nodes: readonly (OperationDefinitionNode | FragmentDefinitionNode)[]): void {
  for (const node of nodes) {
    visit(node, {
      Field({ alias }) {
        if (alias?.value === '__proto__') throw refused('A field cannot be answered as "__proto__"; choose another alias.');
      },
    });
  }
}

function conditionsIn(nodes: readonly (OperationDefinitionNode | FragmentDefinitionNode)[]): string[] {
  const found = new Set<string>();
  for (const node of nodes) {
    visit(node, {
      Directive({ name, arguments: given = [] }) {
        if (name.value !== 'skip' && name.value !== 'include') return;
        for (const { value } of given) if (value.kind === Kind.VARIABLE) found.add(value.name.value);
      },
    });
  }
  return [...found];
}

/** Whether `@skip` and `@include` leave a selection in. */
export function isIncluded({ directives = [] }: SelectionNode, variables: Readonly<JsonObject>): boolean {
  return directives.every(({ name, arguments: given = [] }) => {
    if (name.value !== 'skip' && name.value !== 'include') return true;
    const value = given[0]?.value;
    const holds = value?.kind === Kind.VARIABLE ? variables[value.name.value] === true
      : value?.kind === Kind.BOOLEAN && value.value;
    return holds === (name.value === 'include');
  });
}

/** What the schema says of itself, for the root fields that ask for it. */
export function introspect(
  schema: GraphQLSchema,
  { definition, fragments }: Operation,
  fields: readonly FieldNode[],
  variableValues: Readonly<JsonObject>,
): JsonObject {
  if (fields.length === 0) return {};
  const { data, errors } = executeSync({
    schema,
    document: {
      kind: Kind.DOCUMENT,
      definitions: [
        { ...definition, directives: [], selectionSet: { kind: Kind.SELECTION_SET, selections: fields } },
        ...fragments.values(),
      ],
    },
    rootValue: {},
    variableValues,
  });
  if (errors?.[0]) throw errors[0];
  return data ?? {};
}
