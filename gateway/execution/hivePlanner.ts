import type {
  BatchFetchNode, EntityBatchAlias, FetchNode, FetchNodePathSegment, FetchRewrite, FlattenNodePathSegment, PlanNode, QueryPlan,
  RequiresSelection,
} from '@graphql-hive/router-query-planner';
import {
  doTypesOverlap, getNamedType, isAbstractType, isCompositeType, isInterfaceType, isObjectType, Kind, OperationTypeNode, parse, print, TypeInfo, visit, visitWithTypeInfo,
  type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLAbstractType,
  type GraphQLSchema, type OperationDefinitionNode, type SelectionNode, type SelectionSetNode, type VariableDefinitionNode,
} from 'graphql';
import type { PlannedFetch, PlannedNode } from './compilePlan.js';
import { documentOf, nameNode, typenameField, usedFragments } from './operation.js';
import { onTypes, type PlanPath } from './plan.js';
import type { Plans } from './planner.js';
import type { RequiredSelection } from './representations.js';
import type { Rewrite } from './rewrites.js';


/**
 * Hive's planner: native, with plans of far fewer fetches.
 * @throws Error when there is no build of it for this machine, or it cannot use the supergraph.
 */
export async function hivePlans(
  supergraphSdl: string,
  schemas: { readonly supergraph: GraphQLSchema; readonly apiSchema: GraphQLSchema },
): Promise<Plans> {
  const { QueryPlanner } = await import('@graphql-hive/router-query-planner');
  const planner = new QueryPlanner(supergraphSdl);
  const secretive = secretiveTypes(schemas);
  return (operation, conditions) => {
    const asked = documentOf(operation, conditions);
    if (!asksForMore(asked)) return null;
    const document = secretive.size === 0 ? asked : withTypes(asked, schemas.apiSchema, secretive);
    const plan = plannedByHive(planner.plan(print(document), operation.definition.name?.value, new Set(), 100));
    return plan && mended(plan, schemas.supergraph);
  };
}

/** Abstract types that may be of a type which callers may not know of: whether they are has to be asked. */
function secretiveTypes({ supergraph, apiSchema }: Parameters<typeof hivePlans>[1]): Set<string> {
  const abstract = Object.values(apiSchema.getTypeMap()).filter(isAbstractType);
  const isSecretive = (type: GraphQLAbstractType): boolean => {
    const whole = supergraph.getType(type.name);
    return isAbstractType(whole) && supergraph.getPossibleTypes(whole).some(({ name }) => !apiSchema.getType(name));
  };
  return new Set(abstract.filter(isSecretive).map(({ name }) => name));
}

function withTypes(document: DocumentNode, apiSchema: GraphQLSchema, types: ReadonlySet<string>): DocumentNode {
  const typeInfo = new TypeInfo(apiSchema);
  return visit(document, visitWithTypeInfo(typeInfo, {
    SelectionSet(node) {
      const type = typeInfo.getParentType();
      return type && types.has(type.name) ? { ...node, selections: [typenameField, ...node.selections] } : undefined;
    },
  }));
}

/** Whether anything but types is asked for: the planner would ask a subgraph for the root's name. */
function asksForMore(document: DocumentNode): boolean {
  let more = false;
  visit(document, { Field: ({ name: { value } }) => { more ||= value !== typenameField.name.value; } });
  return more;
}

export const plannedByHive = ({ node }: QueryPlan): PlannedNode | null => (node ? planned(node) : null);

function planned(node: PlanNode): PlannedNode {
  switch (node.kind) {
    case 'Fetch': return plannedFetch(node);
    case 'BatchFetch': return plannedBatch(node);
    case 'Flatten': return { kind: 'Flatten', paths: [pathOf(node.path)], node: planned(node.node) };
    case 'Sequence':
    case 'Parallel': return { kind: node.kind, nodes: node.nodes.map(planned) };
    // Conditions are settled before an operation is planned.
    case 'Condition': throw new Error('The plan has a condition, which no operation to be planned has.');
    default: return { kind: node.kind };
  }
}

/** The planner may write a fragment on one type into a fragment on another, which subgraphs refuse. */
function mended(node: PlannedNode, schema: GraphQLSchema): PlannedNode {
  switch (node.kind) {
    case 'Fetch': return { ...node, operation: withoutImpossible(node.operation, schema) };
    case 'Flatten': return { ...node, node: mended(node.node, schema) };
    case 'Sequence':
    case 'Parallel': return { ...node, nodes: node.nodes.map((next) => mended(next, schema)) };
    default: return node;
  }
}

function withoutImpossible(text: string, schema: GraphQLSchema): string {
  const isPossible = (inner: string, outer: string | undefined): boolean => {
    const [one, other] = [schema.getType(inner), outer === undefined ? undefined : schema.getType(outer)];
    return !isCompositeType(one) || !isCompositeType(other) || doTypesOverlap(schema, one, other);
  };
  const typeOf = (within: string | undefined, { name }: FieldNode): string | undefined => {
    const type = within === undefined ? undefined : schema.getType(within);
    const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name.value] : undefined;
    return field && getNamedType(field.type).name;
  };
  let found = false;
  const kept = (set: SelectionSetNode, within: string | undefined): SelectionSetNode => ({
    ...set,
    selections: set.selections.flatMap((selection): readonly SelectionNode[] => {
      if (selection.kind === Kind.FIELD) {
        return [selection.selectionSet ? { ...selection, selectionSet: kept(selection.selectionSet, typeOf(within, selection)) } : selection];
      }
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
      const condition = selection.typeCondition?.name.value ?? within;
      if (condition !== undefined && !isPossible(condition, within)) {
        found = true;
        return [];
      }
      return [{ ...selection, selectionSet: kept(selection.selectionSet, condition) }];
    }),
  });
  const document = parse(text, { noLocation: true });
  const definitions = document.definitions.map((definition) => {
    if (definition.kind === Kind.OPERATION_DEFINITION) return { ...definition, selectionSet: kept(definition.selectionSet, schema.getRootType(definition.operation)?.name) };
    if (definition.kind !== Kind.FRAGMENT_DEFINITION) return definition;
    return { ...definition, selectionSet: kept(definition.selectionSet, definition.typeCondition.name.value) };
  });
  return found ? print({ ...document, definitions }) : text;
}

const plannedFetch = (node: FetchNode): PlannedFetch => ({
  kind: 'Fetch',
  subgraph: node.serviceName,
  operation: node.operation,
  operationName: node.operationName ?? null,
  operationKind: (node.operationKind ?? 'query') as OperationTypeNode,
  variables: node.variableUsages ?? [],
  requires: node.requires ? node.requires.map(required) : null,
  inputRewrites: (node.inputRewrites ?? []).map(rewrite),
  outputRewrites: (node.outputRewrites ?? []).map(rewrite),
  usesContext: false,
});

/**
 * Several lists of entities in one operation, taken apart: each may then be joined with those that other requests want,
 * and they leave in one HTTP request all the same.
 */
function plannedBatch(node: BatchFetchNode): PlannedNode {
  const document = parse(node.operation, { noLocation: true });
  const parts = node.entityBatch.aliases.map((part): PlannedNode => ({
    kind: 'Flatten', paths: part.paths.map(pathOf), node: entityFetch(node, part, document),
  }));
  const [only] = parts;
  return only && parts.length === 1 ? only : { kind: 'Parallel', nodes: parts };
}

function entityFetch(
  node: BatchFetchNode,
  { alias, representationsVariableName, requires, inputRewrites = [], outputRewrites = [] }: EntityBatchAlias,
  document: DocumentNode,
): PlannedFetch {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('The plan holds a fetch without an operation.');
  const selection = operation.selectionSet.selections.find((one): one is FieldNode =>
    one.kind === Kind.FIELD && (one.alias?.value ?? one.name.value) === alias);
  if (!selection) throw new Error(`The plan holds no selection called ${alias}.`);
  const { alias: _alias, ...unaliased } = selection;
  const field = renamed(unaliased, representationsVariableName);
  const used = [...usedFragments(document, field).values()];
  const variables = namesIn([field, ...used]);
  const text: OperationDefinitionNode = {
    ...operation,
    variableDefinitions: (operation.variableDefinitions ?? [])
      .map((definition) => renamed(definition, representationsVariableName))
      .filter(({ variable }) => variables.has(variable.name.value)),
    selectionSet: { kind: Kind.SELECTION_SET, selections: [field] },
  };
  return {
    kind: 'Fetch',
    subgraph: node.serviceName,
    operation: print({ kind: Kind.DOCUMENT, definitions: [text, ...used] }),
    operationName: node.operationName ?? null,
    operationKind: OperationTypeNode.QUERY,
    variables: (node.variableUsages ?? []).filter((name) => variables.has(name)),
    requires: requires.map(required),
    inputRewrites: inputRewrites.map(rewrite),
    outputRewrites: outputRewrites.map(rewrite),
    usesContext: false,
  };
}

const renamed = <Node extends FieldNode | VariableDefinitionNode>(node: Node, name: string): Node =>
  visit(node, {
    Variable: (variable) => (variable.name.value === name ? { ...variable, name: nameNode('representations') } : undefined),
  });

function namesIn(nodes: readonly (FieldNode | FragmentDefinitionNode)[]): Set<string> {
  const names = new Set<string>();
  for (const node of nodes) visit(node, { Variable: ({ name }) => void names.add(name.value) });
  return names;
}

const pathOf = (path: readonly FlattenNodePathSegment[]): PlanPath =>
  path.map((segment) => {
    if (segment === '@') return segment;
    return 'Field' in segment ? segment.Field : onTypes + segment.TypeCondition.join('|');
  });

function required(selection: RequiresSelection): RequiredSelection {
  switch (selection.kind) {
    case 'Field': return {
      kind: 'Field', name: selection.alias ?? selection.name, ...(selection.alias !== undefined && { from: selection.name }),
      ...(selection.selections && selection.selections.length > 0 && { selections: selection.selections.map(required) }),
    };
    case 'InlineFragment': return { kind: 'InlineFragment', typeCondition: selection.typeCondition, selections: selection.selections.map(required) };
    case 'FragmentSpread': throw new Error('The plan names a fragment in what an entity needs.');
  }
}

const stepOf = (segment: FetchNodePathSegment): string =>
  ('Key' in segment ? segment.Key : onTypes + segment.TypenameEquals.join('|'));

function rewrite(given: FetchRewrite): Rewrite {
  if ('KeyRenamer' in given) {
    return { kind: 'KeyRenamer', path: given.KeyRenamer.path.map(stepOf), renameKeyTo: given.KeyRenamer.renameKeyTo };
  }
  const { path, setValueTo } = 'ValueSetter' in given ? given.ValueSetter : given;
  return { kind: 'ValueSetter', path: path.map(stepOf), setValueTo };
}
