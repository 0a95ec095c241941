import {
  getNamedType, isCompositeType, isInterfaceType, isListType, isNonNullType, isObjectType, Kind, OperationTypeNode, print, stripIgnoredCharacters, visit,
  type DirectiveNode, type FieldNode, type FragmentDefinitionNode, type GraphQLCompositeType, type GraphQLField, type GraphQLNamedType, type GraphQLOutputType, type GraphQLSchema, type InlineFragmentNode, type OperationDefinitionNode,
  type SelectionNode, type SelectionSetNode, type VariableDefinitionNode,
} from 'graphql';
import { operationIn, type PlannedFetch, type PlannedNode } from './compilePlan.js';
import type { Joins } from './joins.js';
import { nameNode, plainField, typenameField } from './operation.js';
import { onTypes, type PlanPath } from './plan.js';
import type { RequiredSelection } from './representations.js';

/** Where a fetch has a subgraph write out entities, with objects of their own below, that it could be asked for by their keys. */
export interface EntityPlace {
  /** In the whole answer. */
  readonly paths: readonly PlanPath[];
  /** Two objects that are alike in these are the same entity. */
  readonly keys: readonly string[];
  /** What is fetched of each. */
  readonly selections: SelectionSetNode;
  /** Which fetch of the plan, and where in its answer. */
  readonly fetch: PlannedFetch;
  readonly at: string;
}

/** A place within that which another one writes out. */
export const isWithin = (inner: EntityPlace, outer: EntityPlace): boolean =>
  inner.fetch === outer.fetch && inner.at.startsWith(`${outer.at}${separator}`);

export interface Unfolder {
  readonly schema: GraphQLSchema;
  readonly joins: Joins;
}

const separator = '\n';

/** The places of a plan, from the outside in. */
export function entityPlaces(unfolder: Unfolder, node: PlannedNode, paths: readonly PlanPath[] = [[]]): EntityPlace[] {
  switch (node.kind) {
    case 'Fetch': return placesIn(unfolder, node, paths);
    case 'Flatten': return entityPlaces(unfolder, node.node, paths.flatMap((path) => node.paths.map((below) => [...path, ...below])));
    case 'Sequence':
    case 'Parallel': return node.nodes.flatMap((next) => entityPlaces(unfolder, next, paths));
    default: return [];
  }
}

function placesIn(unfolder: Unfolder, fetch: PlannedFetch, paths: readonly PlanPath[]): EntityPlace[] {
  const places = new Map<string, EntityPlace>();
  const written = writtenBy(unfolder, fetch, (at, keys, selections) => {
    const key = at.join(separator);
    places.set(key, { paths: paths.map((path) => [...path, ...at]), keys, selections, fetch, at: key });
    return false;
  });
  return written ? [...places.values()] : [];
}

/**
 * The plan in which a subgraph names the entities at these places by their keys only, and is asked next for each of them
 * once. It is the same plan to who takes an entity for the same whatever the way to it.
 */
export function unfolded(unfolder: Unfolder, node: PlannedNode, chosen: ReadonlySet<EntityPlace>): PlannedNode {
  switch (node.kind) {
    case 'Fetch': {
      const own = new Set([...chosen].flatMap(({ fetch, at }) => (fetch === node ? [at] : [])));
      const written = writtenBy(unfolder, node, (at) => own.has(at.join(separator)));
      return written ? nodeOf(node, written) : node;
    }
    case 'Flatten': return { ...node, node: unfolded(unfolder, node.node, chosen) };
    case 'Sequence':
    case 'Parallel': return { ...node, nodes: node.nodes.map((next) => unfolded(unfolder, next, chosen)) };
    default: return node;
  }
}

interface Written {
  readonly operation: OperationDefinitionNode;
  readonly selections: SelectionSetNode;
  readonly parts: readonly Part[];
}

/** The entities of one place, which are fetched by themselves. */
interface Part {
  /** From where the fetch that names them has its objects. */
  readonly path: PlanPath;
  readonly type: string;
  readonly keys: readonly string[];
  readonly selections: SelectionSetNode;
  readonly parts: readonly Part[];
}

/** Whether the entities at a place are to be fetched by themselves; `at` is in the fetch's answer. */
type Choose = (at: PlanPath, keys: readonly string[], selections: SelectionSetNode) => boolean;

interface Cutting extends Unfolder {
  readonly subgraph: string;
  readonly choose: Choose;
}

/** Null for a fetch of which nothing can be fetched by itself. */
function writtenBy(unfolder: Unfolder, fetch: PlannedFetch, choose: Choose): Written | null {
  // Rewrites go by where things are in the answer.
  if (fetch.operationKind !== OperationTypeNode.QUERY || fetch.outputRewrites.length > 0 || fetch.usesContext) return null;
  const { operation, fragments } = operationIn(fetch);
  const root = unfolder.schema.getQueryType();
  if (!root) return null;
  // It would be the name of two things.
  if (!fetch.requires && operation.variableDefinitions?.some(({ variable: { name } }) => name.value === representationsName)) return null;
  const whole = inlined(unfolder.schema, fragments, operation.selectionSet, root.name);
  const cutting: Cutting = { ...unfolder, subgraph: fetch.subgraph, choose };
  if (!fetch.requires) {
    const { selections, parts } = cut(cutting, whole, root, [], []);
    return { operation, selections, parts };
  }
  const [entities] = whole.selections;
  if (entities?.kind !== Kind.FIELD || !entities.selectionSet || whole.selections.length > 1) return null;
  const { selections, parts } = cut(cutting, entities.selectionSet, null, [], []);
  return { operation, selections: { ...whole, selections: [{ ...entities, selectionSet: selections }] }, parts };
}

/** Every place by itself, so that one may be written otherwise than another; fragments on the very type are as if not there. */
function inlined(schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>, set: SelectionSetNode, type: string | undefined): SelectionSetNode {
  const within = ({ typeCondition, directives = [], selectionSet }: Omit<InlineFragmentNode, 'kind'>): readonly SelectionNode[] => {
    const condition = typeCondition?.name.value ?? type;
    const inner = inlined(schema, fragments, selectionSet, condition);
    const isNeeded = condition !== type || directives.length > 0;
    return isNeeded ? [{ kind: Kind.INLINE_FRAGMENT, ...(typeCondition && { typeCondition }), directives, selectionSet: inner }] : inner.selections;
  };
  return {
    ...set,
    selections: set.selections.flatMap((selection): readonly SelectionNode[] => {
      if (selection.kind === Kind.INLINE_FRAGMENT) return within(selection);
      if (selection.kind === Kind.FIELD) {
        const below = type === undefined ? undefined : fieldOf(schema.getType(type), selection.name.value);
        return [selection.selectionSet ? { ...selection, selectionSet: inlined(schema, fragments, selection.selectionSet, below && getNamedType(below.type).name) } : selection];
      }
      const fragment = fragments.get(selection.name.value);
      if (!fragment) throw new Error(`The plan holds no fragment called ${selection.name.value}.`);
      return within({ ...fragment, directives: selection.directives ?? [] });
    }),
  };
}

const fieldOf = (type: GraphQLNamedType | null | undefined, name: string): GraphQLField<unknown, unknown> | undefined =>
  (isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined);

/** `path` is from where the enclosing fetch has its objects, `at` from where the plan's own has. */
function cut(
  cutting: Cutting,
  set: SelectionSetNode,
  type: GraphQLCompositeType | null,
  path: PlanPath,
  at: PlanPath,
): { readonly selections: SelectionSetNode; readonly parts: readonly Part[] } {
  const parts: Part[] = [];
  const cutBelow = (selection: FieldNode | InlineFragmentNode, inner: SelectionSetNode, below: GraphQLCompositeType | null, steps: PlanPath) => {
    const made = cut(cutting, inner, below, [...path, ...steps], [...at, ...steps]);
    parts.push(...made.parts);
    return { ...selection, selectionSet: made.selections };
  };
  const selections = set.selections.map((selection): SelectionNode => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const name = selection.typeCondition?.name.value;
      if (name === undefined) return cutBelow(selection, selection.selectionSet, type, []);
      const condition = cutting.schema.getType(name);
      // Which of several types an object is has to be seen in the answer.
      if (!isCompositeType(condition) || (type && !isObjectType(type) && !isNamed(set))) return selection;
      return cutBelow(selection, selection.selectionSet, condition, [onTypes + name]);
    }
    const { selectionSet } = selection;
    const field = fieldOf(type, selection.name.value);
    const named = field && getNamedType(field.type);
    if (!selectionSet || !field || !isCompositeType(named)) return selection;
    const steps = [(selection.alias ?? selection.name).value, ...listSteps(field.type)];
    const keys = keysAt(cutting, named, selectionSet);
    const place = [...at, ...steps];
    if (!keys || !cutting.choose(place, keys, selectionSet)) return cutBelow(selection, selectionSet, named, steps);
    const known = ['__typename', ...keys];
    const isKnown = (one: SelectionNode): boolean => one.kind === Kind.FIELD && isPlain(one) && known.includes(one.name.value);
    const unknown = { ...selectionSet, selections: selectionSet.selections.filter((one) => !isKnown(one)) };
    parts.push({ path: [...path, ...steps], type: named.name, keys, ...cut(cutting, unknown, named, [], place) });
    return { ...selection, selectionSet: { ...selectionSet, selections: known.map(plainField) } };
  });
  return { selections: { ...set, selections }, parts };
}

const listSteps = (type: GraphQLOutputType): PlanPath => {
  if (isNonNullType(type)) return listSteps(type.ofType);
  return isListType(type) ? ['@', ...listSteps(type.ofType)] : [];
};

const isPlain = ({ alias, arguments: given = [], directives = [] }: FieldNode): boolean =>
  alias === undefined && given.length === 0 && directives.length === 0;
const fieldsIn = ({ selections }: SelectionSetNode): readonly FieldNode[] => selections.filter((one) => one.kind === Kind.FIELD);
const isNamed = (set: SelectionSetNode): boolean => fieldsIn(set).some((field) => field.name.value === typenameField.name.value && isPlain(field));

/** By what the entities at a place are known, where all that is fetched of them can be had by that alone; else null. */
function keysAt({ schema, joins, subgraph }: Cutting, type: GraphQLCompositeType, set: SelectionSetNode): readonly string[] | null {
  const fields = fieldsIn(set);
  // What has no objects of its own below is cheaper to write out again than to ask for.
  if (!isObjectType(type) || !fields.some(({ selectionSet }) => selectionSet)) return null;
  if (fields.some(({ alias }) => alias?.value === typenameField.name.value)) return null;
  const plain = new Set(fields.filter(isPlain).map(({ name }) => name.value));
  const keys = joins.keysOf(subgraph, type.name).find((names) => names.every((name) => plain.has(name)));
  return keys && isGiven({ schema, joins }, subgraph, type, set) ? keys : null;
}

function isGiven(unfolder: Unfolder, subgraph: string, type: GraphQLCompositeType, set: SelectionSetNode): boolean {
  return set.selections.every((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return false;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition ? unfolder.schema.getType(selection.typeCondition.name.value) : type;
      return isCompositeType(condition) && isGiven(unfolder, subgraph, condition, selection.selectionSet);
    }
    const { name: { value: name }, selectionSet } = selection;
    if (name === typenameField.name.value) return true;
    const field = fieldOf(type, name);
    if (!field || !unfolder.joins.gives(subgraph, type.name, name)) return false;
    const named = getNamedType(field.type);
    return !selectionSet || (isCompositeType(named) && isGiven(unfolder, subgraph, named, selectionSet));
  });
}

function nodeOf(fetch: PlannedFetch, { operation, selections, parts }: Written): PlannedNode {
  const variables = variablesIn([...(operation.directives ?? []), selections]);
  const definitions = (operation.variableDefinitions ?? []).filter(({ variable }) => variables.has(variable.name.value));
  const own: PlannedFetch = {
    ...fetch,
    operation: textOf({ ...operation, variableDefinitions: definitions, selectionSet: selections }),
    variables: fetch.variables.filter((name) => variables.has(name)),
  };
  if (parts.length === 0) return own;
  const next = parts.map((part): PlannedNode => ({ kind: 'Flatten', paths: [part.path], node: partNode(fetch, operation, part) }));
  return { kind: 'Sequence', nodes: [own, next.length === 1 && next[0] ? next[0] : { kind: 'Parallel', nodes: next }] };
}

function partNode(fetch: PlannedFetch, operation: OperationDefinitionNode, { type, keys, selections, parts }: Part): PlannedNode {
  const entity: RequiredSelection = {
    kind: 'InlineFragment', typeCondition: type, selections: ['__typename', ...keys].map((name) => ({ kind: 'Field', name })),
  };
  return nodeOf({ ...fetch, requires: [entity], inputRewrites: [], variables: variableNames(operation), isUnfolded: true }, {
    operation: {
      ...operation,
      variableDefinitions: [representations, ...(operation.variableDefinitions ?? []).filter(({ variable }) => variable.name.value !== representationsName)],
    },
    selections: entitiesOf(type, selections),
    parts,
  });
}

const representationsName = 'representations';
const variableNames = ({ variableDefinitions = [] }: OperationDefinitionNode): string[] =>
  variableDefinitions.map(({ variable }) => variable.name.value).filter((name) => name !== representationsName);
const variable = { kind: Kind.VARIABLE, name: nameNode(representationsName) } as const;
const representations: VariableDefinitionNode = {
  kind: Kind.VARIABLE_DEFINITION,
  variable,
  type: { kind: Kind.NON_NULL_TYPE, type: { kind: Kind.LIST_TYPE, type: { kind: Kind.NON_NULL_TYPE, type: { kind: Kind.NAMED_TYPE, name: nameNode('_Any') } } } },
};

const entitiesOf = (type: string, selectionSet: SelectionSetNode): SelectionSetNode => ({
  kind: Kind.SELECTION_SET,
  selections: [{
    kind: Kind.FIELD,
    name: nameNode('_entities'),
    arguments: [{ kind: Kind.ARGUMENT, name: nameNode(representationsName), value: variable }],
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: [{ kind: Kind.INLINE_FRAGMENT, typeCondition: { kind: Kind.NAMED_TYPE, name: nameNode(type) }, selectionSet }],
    },
  }],
});

function variablesIn(nodes: readonly (SelectionSetNode | DirectiveNode)[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodes) visit(node, { Variable: ({ name }) => void names.add(name.value) });
  return names;
}

// Written alike, what is asked for the same is the same text.
const textOf = (operation: OperationDefinitionNode): string => stripIgnoredCharacters(print(operation));
