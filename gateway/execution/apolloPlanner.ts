import { operationFromDocument, type Supergraph } from '@apollo/federation-internals';
import { QueryPlanner, type PlanNode, type SubscriptionNode } from '@apollo/query-planner';
import type { PlannedNode } from './compilePlan.js';
import { documentOf } from './operation.js';
import type { Plans } from './planner.js';

/** Apollo's planner: at home everywhere. */
export function apolloPlans(supergraph: Supergraph): Plans {
  const planner = new QueryPlanner(supergraph);
  const apiSchema = supergraph.apiSchema();
  return (operation, conditions) => {
    const { node } = planner.buildQueryPlan(operationFromDocument(apiSchema, documentOf(operation, conditions)));
    return node ? plannedByApollo(node) : null;
  };
}

export function plannedByApollo(node: PlanNode | SubscriptionNode): PlannedNode {
  switch (node.kind) {
    case 'Fetch': return {
      kind: 'Fetch',
      subgraph: node.serviceName,
      operation: node.operation,
      operationName: node.operationName ?? null,
      operationKind: node.operationKind,
      variables: node.variableUsages ?? [],
      requires: node.requires ?? null,
      inputRewrites: node.inputRewrites ?? [],
      outputRewrites: node.outputRewrites ?? [],
      usesContext: (node.contextRewrites ?? []).length > 0,
    };
    case 'Flatten': return { kind: 'Flatten', paths: [node.path.map(String)], node: plannedByApollo(node.node) };
    case 'Sequence':
    case 'Parallel': return { kind: node.kind, nodes: node.nodes.map(plannedByApollo) };
    // Conditions are settled before an operation is planned.
    case 'Condition': throw new Error('The plan has a condition, which no operation to be planned has.');
    default: return { kind: node.kind };
  }
}
