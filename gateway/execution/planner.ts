import { Supergraph } from '@apollo/federation-internals';
import type { GraphQLSchema } from 'graphql';
import { apolloPlans } from './apolloPlanner.js';
import { compilePlan, type IsPublic, type PlannedNode } from './compilePlan.js';
import { hivePlans } from './hivePlanner.js';
import type { JsonObject } from './json.js';
import type { Operation } from './operation.js';
import type { Step } from './plan.js';

export const planners = ['best', 'hive', 'apollo'] as const;
export type PlannerName = (typeof planners)[number];

export interface Planner {
  /** What callers see. */
  readonly apiSchema: GraphQLSchema;
  /** With the types that callers may not see. */
  readonly supergraph: GraphQLSchema;
  /** Synchronous, and slow for a large operation: keep what it gives. Null when there is nothing to fetch. */
  plan(operation: Operation, conditions: Readonly<JsonObject>): Step | null;
}

/** Makes a plan of an operation for one outcome of its `@skip` and `@include`. */
export type Plans = (operation: Operation, conditions: Readonly<JsonObject>) => PlannedNode | null;

export interface PlannerOptions {
  readonly isPublic?: IsPublic | undefined;
  /** `best` by default: for each supergraph the better one. */
  readonly planner?: PlannerName | undefined;
}

/** @throws Error when the supergraph cannot be used, or there is no such planner for this machine. */
export async function createPlanner(supergraphSdl: string, { isPublic, planner = 'best' }: PlannerOptions = {}): Promise<Planner> {
  const supergraph = Supergraph.build(supergraphSdl);
  const schemas = { apiSchema: supergraph.apiSchema().toGraphQLJSSchema(), supergraph: supergraph.schema.toGraphQLJSSchema() };
  const plans = await plansOf(planner, supergraphSdl, supergraph, schemas);
  return {
    ...schemas,
    plan: (operation, conditions) => compilePlan(plans(operation, conditions), isPublic),
  };
}

/**
 * Hive's plans have far fewer fetches, but where one subgraph has as an object what is an interface elsewhere they leave
 * out some of its types. What the one cannot plan at all, the other may.
 */
async function plansOf(
  planner: PlannerName,
  supergraphSdl: string,
  supergraph: Supergraph,
  schemas: Pick<Planner, 'apiSchema' | 'supergraph'>,
): Promise<Plans> {
  if (planner === 'apollo') return apolloPlans(supergraph);
  const loading = hivePlans(supergraphSdl, schemas);
  if (planner === 'hive') return loading;
  // It is not built for every machine.
  const hive = await loading.catch(() => null);
  if (!hive) return apolloPlans(supergraph);
  let apollo: Plans | undefined;
  const orApollo: Plans = (...asked) => (apollo ??= apolloPlans(supergraph))(...asked);
  return /@join__type\([^)]*isInterfaceObject: true/.test(supergraphSdl) ? firstOf(orApollo, hive) : firstOf(hive, orApollo);
}

const firstOf = (first: Plans, second: Plans): Plans => (...asked) => {
  try {
    return first(...asked);
  } catch (error) {
    try {
      return second(...asked);
    } catch {
      throw error;
    }
  }
};
