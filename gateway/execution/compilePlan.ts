import { Kind, parse, print, type FragmentDefinitionNode, type OperationDefinitionNode, type OperationTypeNode, type SelectionSetNode } from 'graphql';
import { refused } from './errors.js';
import { onTypes, operationText, type Fetch, type PlanPath, type Step } from './plan.js';
import { requiresOf, type RequiredSelection } from './representations.js';
import type { Rewrite } from './rewrites.js';

/** A plan as planners write it, the same for all of them. */
export type PlannedNode =
  | PlannedFetch
  | { readonly kind: 'Flatten'; readonly paths: readonly PlanPath[]; readonly node: PlannedNode }
  | { readonly kind: 'Sequence' | 'Parallel'; readonly nodes: readonly PlannedNode[] }
  | { readonly kind: 'Defer' | 'Subscription' };

export interface PlannedFetch {
  readonly kind: 'Fetch';
  readonly subgraph: string;
  readonly operation: string;
  readonly operationName: string | null;
  readonly operationKind: OperationTypeNode;
  readonly variables: readonly string[];
  /** Null for root fields. */
  readonly requires: readonly RequiredSelection[] | null;
  readonly inputRewrites: readonly Rewrite[];
  readonly outputRewrites: readonly Rewrite[];
  readonly usesContext: boolean;
  /** Whether it asks for what another fetch only names, which that could have written out. */
  readonly isUnfolded?: boolean;
}

/** What a subgraph's operation selects, where all of it is the same for everyone. */
export interface Public {
  /** For how many seconds it may be kept. */
  readonly seconds: number;
  readonly shows: readonly string[];
}

/** Null where not all of it is. */
export type PublicFor = (
  subgraph: string,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
) => Public | null;

/** A plan in the form that runs; null when there is nothing to fetch. */
export function compilePlan(node: PlannedNode | null, publicFor: PublicFor = () => null): Step | null {
  if (!node) return null;
  const written: WrittenFetch[] = [];
  const step = compileNode(node, [[]], { publicFor, written });
  return changed(step, byFetch([...unsafelyShared(written), ...twinsIn(written)]));
}

interface Compilation {
  readonly publicFor: PublicFor;
  readonly written: WrittenFetch[];
}

interface WrittenFetch {
  readonly fetch: Fetch;
  readonly selections: SelectionSetNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

function compileNode(node: PlannedNode, paths: readonly PlanPath[], compilation: Compilation): Step {
  switch (node.kind) {
    case 'Fetch': return compileFetch(node, paths, compilation);
    case 'Flatten': return compileNode(node.node, paths.flatMap((path) => node.paths.map((below) => [...path, ...below])), compilation);
    case 'Sequence':
    case 'Parallel': return {
      kind: node.kind === 'Sequence' ? 'sequence' : 'parallel',
      steps: node.nodes.map((next) => compileNode(next, paths, compilation)),
    };
    case 'Defer': throw refused('This gateway answers in one piece; leave @defer out.');
    case 'Subscription': throw refused('This gateway runs no subscriptions as plans.');
  }
}

function compileFetch(node: PlannedFetch, paths: readonly PlanPath[], { publicFor, written }: Compilation): Fetch {
  if (node.usesContext) throw refused('This gateway cannot fetch fields that use @fromContext.');
  const { operation, fragments } = operationIn(node);
  const found = publicFor(node.subgraph, operation, fragments);
  const fetch: Fetch = {
    kind: 'fetch',
    subgraph: node.subgraph,
    operation: {
      ...operationText(node.operationKind, node.operationName, node.operation),
      isPublic: found !== null, maxAge: found?.seconds ?? 0, ...(found && { shows: found.shows }),
    },
    variables: node.variables,
    paths,
    entities: node.requires
      ? { requires: requiresOf(node.requires), inputRewrites: node.inputRewrites, shared: true, isUnfolded: node.isUnfolded === true, twins: null }
      : null,
    outputRewrites: node.outputRewrites,
  };
  written.push({
    fetch,
    selections: node.requires ? entitySelections(operation.selectionSet) : operation.selectionSet,
    fragments,
  });
  return fetch;
}

/** What a fetch sends, read. */
export function operationIn({ operation: text }: PlannedFetch): {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
} {
  const { definitions } = parse(text, { noLocation: true });
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('The plan holds a fetch without an operation.');
  const fragments = new Map(definitions.flatMap((definition) =>
    (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [])));
  return { operation, fragments };
}

function entitySelections({ selections }: SelectionSetNode): SelectionSetNode {
  const entities = selections.find((selection) => selection.kind === Kind.FIELD);
  return entities?.selectionSet ?? { kind: Kind.SELECTION_SET, selections: [] };
}

type Entities = NonNullable<Fetch['entities']>;
type Changes = readonly (readonly [Fetch, Partial<Entities>])[];

/**
 * Objects that stand for one entity may share what was fetched for it only while no other fetch writes into the
 * shared part by way of one of them: what it brings might differ from one to the other. It does so from below only where
 * one key is asked for in different ways.
 */
function unsafelyShared(written: readonly WrittenFetch[]): Changes {
  const isAlike = hasOneMeaning(written);
  return written.filter((one) => one.fetch.entities && (!isAlike || written.some((other) => other !== one && writesInto(other, one))))
    .map(({ fetch }) => [fetch, { shared: false }]);
}

/** Whether each response key stands for one field with the same arguments, wherever it is. */
function hasOneMeaning(written: readonly WrittenFetch[]): boolean {
  const meanings = new Map<string, string>();
  const check = ({ selections }: SelectionSetNode): boolean => selections.every((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return true;
    if (selection.kind === Kind.FIELD) {
      const { alias, name, arguments: given = [] } = selection;
      const key = (alias ?? name).value;
      const meaning = `${name.value}(${given.map((argument) => print(argument)).join()})`;
      if ((meanings.get(key) ?? meaning) !== meaning) return false;
      meanings.set(key, meaning);
    }
    return !selection.selectionSet || check(selection.selectionSet);
  });
  return written.every(({ selections, fragments }) => [selections, ...[...fragments.values()].map(({ selectionSet }) => selectionSet)].every(check));
}

/** Fetches that ask one subgraph for the same of entities: what one was given, another need not ask for. */
function twinsIn(written: readonly WrittenFetch[]): Changes {
  const groups = new Map<string, Fetch[]>();
  for (const { fetch } of written) {
    if (!fetch.entities || fetch.entities.inputRewrites.length > 0) continue;
    const key = JSON.stringify([fetch.subgraph, fetch.operation.json]);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(fetch);
  }
  return [...groups.values()].filter(({ length }) => length > 1).flatMap((fetches) => {
    const twins = {};
    return fetches.map((fetch) => [fetch, { twins }] as const);
  });
}

function changed(step: Step, changes: ReadonlyMap<Fetch, Partial<Entities>>): Step {
  if (step.kind !== 'fetch') return { ...step, steps: step.steps.map((next) => changed(next, changes)) };
  return step.entities ? { ...step, entities: { ...step.entities, ...changes.get(step) } } : step;
}

function byFetch(changes: Changes): ReadonlyMap<Fetch, Partial<Entities>> {
  const all = new Map<Fetch, Partial<Entities>>();
  for (const [fetch, change] of changes) all.set(fetch, { ...all.get(fetch), ...change });
  return all;
}

/** Whether `other` starts at or above the objects that `one` completes, and selects a part that `one` selects too. */
const writesInto = (other: WrittenFetch, one: WrittenFetch): boolean =>
  other.fetch.paths.some((from) => one.fetch.paths.some((to) => writesBelow(other, from.filter(isKey), one, to.filter(isKey))));

const isKey = (step: string): boolean => !step.startsWith(onTypes);

function writesBelow(other: WrittenFetch, from: PlanPath, one: WrittenFetch, to: PlanPath): boolean {
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
