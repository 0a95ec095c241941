import type { Supergraph } from '@apollo/federation-internals';
import { parse } from 'graphql';
import { apolloPlans } from './apolloPlanner.js';
import { compilePlan, type PublicFor, type PlannedNode } from './compilePlan.js';
import { composedDirectives } from './directives.js';
import { refused } from './errors.js';
import { hivePlans } from './hivePlanner.js';
import { joinsOf } from './joins.js';
import type { JsonObject } from './json.js';
import { documentOf, rootFieldsOf, type Operation } from './operation.js';
import type { Step } from './plan.js';
import { builtSupergraph, schemasFrom, type Schemas, type SchemaTexts } from './schemas.js';
import { entityPlaces, unfolded, type EntityPlace, type Unfolder } from './unfold.js';

export const planners = ['best', 'hive', 'apollo'] as const;
export type PlannerName = (typeof planners)[number];

export interface Planner extends Schemas {
  /** Synchronous, and slow for a large operation: keep what it gives. Null when there is nothing to fetch. */
  plan(operation: Operation, conditions: Readonly<JsonObject>): Step | null;
  /** How else the same operation can be fetched; as slow. Null when there is no other way. */
  unfolding(operation: Operation, conditions: Readonly<JsonObject>): Unfolding | null;
}

export interface Unfolding {
  readonly places: readonly EntityPlace[];
  /** The plan that asks for the entities of these places by their keys. */
  plan(chosen: ReadonlySet<EntityPlace>): Step;
}

/** Makes a plan of an operation for one outcome of its `@skip` and `@include`. */
export type Plans = (operation: Operation, conditions: Readonly<JsonObject>) => PlannedNode | null;

export interface PlannerOptions {
  readonly publicFor?: PublicFor | undefined;
  /** `best` by default: for each supergraph the better one. */
  readonly planner?: PlannerName | undefined;
  /** Whether there are unfoldings; true by default. */
  readonly unfolds?: boolean | undefined;
  /** Of this supergraph, where they are known. */
  readonly texts?: SchemaTexts | undefined;
}

/** @throws Error when the supergraph cannot be used, or there is no such planner for this machine. */
export async function createPlanner(supergraphSdl: string, { publicFor, planner = 'best', unfolds = true, texts }: PlannerOptions = {}): Promise<Planner> {
  let known: Supergraph | undefined;
  const supergraph = (): Supergraph => (known ??= builtSupergraph(supergraphSdl));
  const directives = composedDirectives(supergraphSdl);
  const { apiSchema, ...own } = texts ? await schemasFrom(texts) : schemasOf(supergraph());
  const schemas: Schemas = { ...own, apiSchema: directives.added(apiSchema) };
  const plans = await plansOf(planner, supergraphSdl, supergraph, schemas);
  const planned: Plans = (operation, conditions) => plans(directives.left(operation), conditions);
  let unfolder: Unfolder | undefined;
  return {
    ...schemas,
    plan: (operation, conditions) => compilePlan(planned(operation, conditions), publicFor),
    unfolding(operation, conditions) {
      const node = unfolds ? planned(operation, conditions) : null;
      if (!node) return null;
      const used = (unfolder ??= { schema: schemas.supergraph, joins: joinsOf(supergraphSdl) });
      const places = entityPlaces(used, node);
      if (places.length === 0) return null;
      return { places, plan: (chosen) => compilePlan(unfolded(used, node, chosen), publicFor) as Step };
    },
  };
}

const schemasOf = (supergraph: Supergraph): Schemas =>
  ({ apiSchema: supergraph.apiSchema().toGraphQLJSSchema(), supergraph: supergraph.schema.toGraphQLJSSchema() });

/**
 * Hive's plans have far fewer fetches, but where one subgraph has as an object what is an interface elsewhere they leave
 * out some of its types. What the one cannot plan at all, the other may.
 */
async function plansOf(
  planner: PlannerName,
  supergraphSdl: string,
  supergraph: () => Supergraph,
  schemas: Schemas,
): Promise<Plans> {
  // Hive's plans would leave the arguments out that come from a context; Apollo's name them, and they are refused.
  if (planner === 'apollo' || /\bcontextArguments: \[\{/.test(supergraphSdl)) return whole(apolloPlans(supergraph()));
  const loading = hivePlans(supergraphSdl, schemas).then(whole);
  if (planner === 'hive') return loading;
  // It is not built for every machine.
  const hive = await loading.catch(() => null);
  if (!hive) return whole(apolloPlans(supergraph()));
  let apollo: Plans | undefined;
  const orApollo: Plans = (...asked) => (apollo ??= whole(apolloPlans(supergraph())))(...asked);
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

/** A planner may leave out a field that no subgraph can answer, which would then be null without a word. */
const whole = (plans: Plans): Plans => (operation, conditions) => {
  const node = plans(operation, conditions);
  const planned = new Set(node ? rootOperationsOf(node).flatMap((text) => rootFieldsOf(parse(text, { noLocation: true }))) : []);
  const missing = rootFieldsOf(documentOf(operation, conditions)).find((key) => !planned.has(key));
  if (missing !== undefined) throw refused(`No subgraph can answer what "${missing}" selects.`);
  return node;
};

function rootOperationsOf(node: PlannedNode): readonly string[] {
  switch (node.kind) {
    case 'Fetch': return node.requires ? [] : [node.operation];
    case 'Sequence':
    case 'Parallel': return node.nodes.flatMap(rootOperationsOf);
    default: return [];
  }
}
