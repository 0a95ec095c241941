import type { FetchNode, PlanNode, QueryPlan, SubscriptionNode } from '@apollo/query-planner';
import { Kind, parse, type FragmentDefinitionNode, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { refused } from './errors.js';
import type { Fetch, OperationText, PlanPath, Step } from './plan.js';
import { requiresOf } from './representations.js';

/** Whether all that a subgraph's operation selects is the same for everyone. */
export type IsPublic = (
  subgraph: string,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
) => boolean;

/** Apollo's plan in the form that runs; null when there is nothing to fetch. */
export function compilePlan({ node }: QueryPlan, isPublic: IsPublic = () => false): Step | null {
  if (!node) return null;
  const written: WrittenFetch[] = [];
  const step = compileNode(node, [], { isPublic, written });
  return withoutUnsafeSharing(step, written);
}

interface Compilation {
  readonly isPublic: IsPublic;
  readonly written: WrittenFetch[];
}

interface WrittenFetch {
  readonly fetch: Fetch;
  readonly selections: SelectionSetNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

function compileNode(node: PlanNode | SubscriptionNode, path: PlanPath, compilation: Compilation): Step {
  switch (node.kind) {
    case 'Fetch': return compileFetch(node, path, compilation);
    case 'Flatten': return compileNode(node.node, [...path, ...node.path.map(String)], compilation);
    case 'Sequence':
    case 'Parallel': return {
      kind: node.kind === 'Sequence' ? 'sequence' : 'parallel',
      steps: node.nodes.map((next) => compileNode(next, path, compilation)),
    };
    case 'Condition': return {
      kind: 'condition',
      variable: node.condition,
      met: node.ifClause ? compileNode(node.ifClause, path, compilation) : null,
      unmet: node.elseClause ? compileNode(node.elseClause, path, compilation) : null,
    };
    case 'Defer': throw refused('This gateway answers in one piece; leave @defer out.');
    case 'Subscription': throw refused('This gateway runs no subscriptions as plans.');
  }
}

function compileFetch(node: FetchNode, path: PlanPath, { isPublic, written }: Compilation): Fetch {
  if (node.contextRewrites && node.contextRewrites.length > 0) {
    throw refused('This gateway cannot fetch fields that use @fromContext.');
  }
  const { definitions } = parse(node.operation, { noLocation: true });
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('The plan holds a fetch without an operation.');
  const fragments = new Map(definitions.flatMap((definition) =>
    (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [])));
  const fetch: Fetch = {
    kind: 'fetch',
    subgraph: node.serviceName,
    operation: operationText(node, isPublic(node.serviceName, operation, fragments)),
    variables: node.variableUsages ?? [],
    path,
    entities: node.requires
      ? { requires: requiresOf(node.requires), inputRewrites: node.inputRewrites ?? [], shared: true }
      : null,
    outputRewrites: node.outputRewrites ?? [],
  };
  written.push({
    fetch,
    selections: node.requires ? entitySelections(operation.selectionSet) : operation.selectionSet,
    fragments,
  });
  return fetch;
}

function operationText({ operation, operationName, operationKind }: FetchNode, isPublic: boolean): OperationText {
  const name = operationName === undefined ? '' : `,"operationName":${JSON.stringify(operationName)}`;
  return {
    type: operationKind,
    name: operationName ?? null,
    text: operation,
    json: `"query":${JSON.stringify(operation)}${name}`,
    isPublic,
  };
}

function entitySelections({ selections }: SelectionSetNode): SelectionSetNode {
  const entities = selections.find((selection) => selection.kind === Kind.FIELD);
  return entities?.selectionSet ?? { kind: Kind.SELECTION_SET, selections: [] };
}

/**
 * Objects that stand for one entity may share what was fetched for it only while no other fetch writes into the
 * shared part by way of one of them: what it brings might differ from one to the other.
 */
function withoutUnsafeSharing(step: Step, written: readonly WrittenFetch[]): Step {
  if (written.length < 2) return step;
  const unsafe = new Set<Fetch>(written.filter((one) =>
    one.fetch.entities && written.some((other) => other !== one && writesInto(other, one))).map(({ fetch }) => fetch));
  return unsafe.size === 0 ? step : replace(step, unsafe);
}

function replace(step: Step, unsafe: ReadonlySet<Fetch>): Step {
  switch (step.kind) {
    case 'fetch':
      return step.entities && unsafe.has(step) ? { ...step, entities: { ...step.entities, shared: false } } : step;
    case 'condition': return {
      ...step, met: step.met && replace(step.met, unsafe), unmet: step.unmet && replace(step.unmet, unsafe),
    };
    default: return { ...step, steps: step.steps.map((next) => replace(next, unsafe)) };
  }
}

/** Whether `other` starts at or above the objects that `one` completes, and selects a part that `one` selects too. */
function writesInto(other: WrittenFetch, one: WrittenFetch): boolean {
  const [from, to] = [other.fetch.path, one.fetch.path];
  if (from.length > to.length || from.some((key, index) => key !== to[index])) return false;
  const below = to.slice(from.length).filter((key) => key !== '@');
  const parts = nestedKeys(other, [other.selections], below);
  const own = nestedKeys(one, [one.selections], []);
  return [...own].some((key) => parts.has(key));
}

/** The response keys at a path that have selections of their own. */
function nestedKeys(source: WrittenFetch, sets: readonly SelectionSetNode[], path: PlanPath): Set<string> {
  const [first, ...rest] = path;
  const fields = sets.flatMap((set) => fieldsIn(source, set)).filter(({ selections }) => selections !== undefined);
  if (first === undefined) return new Set(fields.map(({ key }) => key));
  const inner = fields.flatMap(({ key, selections }) => (key === first && selections ? [selections] : []));
  return inner.length === 0 ? new Set() : nestedKeys(source, inner, rest);
}

function fieldsIn(
  source: WrittenFetch,
  { selections }: SelectionSetNode,
): { readonly key: string; readonly selections: SelectionSetNode | undefined }[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) {
      return [{ key: selection.alias?.value ?? selection.name.value, selections: selection.selectionSet }];
    }
    const set = selection.kind === Kind.FRAGMENT_SPREAD
      ? source.fragments.get(selection.name.value)?.selectionSet
      : selection.selectionSet;
    return set ? fieldsIn(source, set) : [];
  });
}
