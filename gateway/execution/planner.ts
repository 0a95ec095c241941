import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { compilePlan, type IsPublic } from './compilePlan.js';
import { documentOf, type Operation } from './operation.js';
import type { Step } from './plan.js';

export interface Planner {
  /** What callers see. */
  readonly apiSchema: GraphQLSchema;
  /** With the types that callers may not see. */
  readonly supergraph: GraphQLSchema;
  /** Synchronous, and slow for a large operation: keep what it gives. Null when there is nothing to fetch. */
  plan(operation: Operation): Step | null;
}

/** @throws Error when the supergraph cannot be used. */
export function createPlanner(supergraphSdl: string, isPublic?: IsPublic): Planner {
  const supergraph = Supergraph.build(supergraphSdl);
  const apiSchema = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph);
  return {
    apiSchema: apiSchema.toGraphQLJSSchema(),
    supergraph: supergraph.schema.toGraphQLJSSchema(),
    plan: (operation) => compilePlan(planner.buildQueryPlan(operationFromDocument(apiSchema, documentOf(operation))), isPublic),
  };
}
