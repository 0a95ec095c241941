import {
  Kind, visit, type DocumentNode, type FragmentDefinitionNode, type GraphQLSchema, type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { costOf, fragmentsOf, type Cost } from './cost.js';

/** How large an operation is, by what does not depend on its variables. */
export interface Counts {
  /** Fields within fields; what is asked of the schema itself not counted. */
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly rootFields: number;
}

export interface Measure {
  readonly counts: Counts;
  readonly cost: Cost;
  /** Whether it asks for the schema itself. */
  readonly introspects: boolean;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** The document must be valid: its fragments have no cycles. */
export function measure(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Measure {
  const fragments = fragmentsOf(document);
  let [aliases, directives, introspects] = [0, 0, false];
  visit(document, {
    Field({ alias, name: { value } }) {
      if (alias) aliases += 1;
      if (value === '__schema' || value === '__type') introspects = true;
    },
    Directive: () => { directives += 1; },
  });
  const counts: Counts = {
    depth: depthOf(operation.selectionSet, fragments, new Map()),
    aliases,
    directives,
    rootFields: fieldsOf(operation.selectionSet, fragments, new Map()),
  };
  return { counts, cost: costOf(schema, document, operation, counts.rootFields), introspects };
}

// Fragments may stand in one another very often: each is counted once.
function ofFragment(name: string, fragments: Fragments, known: Map<string, number>, counted: (set: SelectionSetNode) => number): number {
  const value = known.get(name) ?? (fragments.has(name) ? counted((fragments.get(name) as FragmentDefinitionNode).selectionSet) : 0);
  known.set(name, value);
  return value;
}

function depthOf({ selections }: SelectionSetNode, fragments: Fragments, known: Map<string, number>): number {
  return selections.reduce((deepest, selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      return Math.max(deepest, ofFragment(selection.name.value, fragments, known, (set) => depthOf(set, fragments, known)));
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) return Math.max(deepest, depthOf(selection.selectionSet, fragments, known));
    if (selection.name.value.startsWith('__')) return deepest;
    return Math.max(deepest, 1 + (selection.selectionSet ? depthOf(selection.selectionSet, fragments, known) : 0));
  }, 0);
}

function fieldsOf({ selections }: SelectionSetNode, fragments: Fragments, known: Map<string, number>): number {
  return selections.reduce((total, selection) => {
    if (selection.kind === Kind.FIELD) return total + 1;
    if (selection.kind === Kind.INLINE_FRAGMENT) return total + fieldsOf(selection.selectionSet, fragments, known);
    return total + ofFragment(selection.name.value, fragments, known, (set) => fieldsOf(set, fragments, known));
  }, 0);
}
