import type { GraphQLError, GraphQLFormattedError, GraphQLSchema } from 'graphql';
import { downstreamErrors, thrownError } from './errors.js';
import { copy, merge, type JsonObject } from './json.js';
import type { Call, Fetch, Step } from './plan.js';
import { objectsAt } from './positions.js';
import { representationOf } from './representations.js';
import { applyRewrites } from './rewrites.js';

export interface Answer {
  /** The caller's own to change. */
  readonly data?: JsonObject | null;
  readonly errors?: readonly GraphQLFormattedError[];
}

/** Asks one subgraph on behalf of one caller. */
export type Ask = (subgraph: string, call: Call) => Promise<Answer>;

export interface PlanRun {
  /** With the types that callers may not see: subgraphs know them. */
  readonly supergraph: GraphQLSchema;
  /** As the client sent them. */
  readonly variables: Readonly<JsonObject>;
  /** With defaults. */
  readonly conditions: Readonly<JsonObject>;
  readonly ask: Ask;
  readonly signal: AbortSignal | undefined;
  readonly data: JsonObject;
  readonly errors: GraphQLError[];
}

/** Runs a plan; what is fetched goes into `data`, what went wrong into `errors`. */
export async function runPlan(run: PlanRun, step: Step): Promise<void> {
  switch (step.kind) {
    case 'fetch':
      if (!run.signal?.aborted) await runFetch(run, step);
      return;
    case 'sequence':
      for (const next of step.steps) await runPlan(run, next);
      return;
    case 'parallel':
      await Promise.all(step.steps.map((next) => runPlan(run, next)));
      return;
    case 'condition': {
      const next = run.conditions[step.variable] === true ? step.met : step.unmet;
      if (next) await runPlan(run, next);
    }
  }
}

async function runFetch(run: PlanRun, fetch: Fetch): Promise<void> {
  try {
    const targets = fetch.path.length === 0 ? [run.data] : objectsAt(run.data, fetch.path);
    if (targets.length === 0) return;
    if (fetch.entities) await fetchEntities(run, fetch, fetch.entities, targets);
    else await fetchRoot(run, fetch, targets);
  } catch (error) {
    run.errors.push(thrownError(error));
  }
}

async function fetchRoot(run: PlanRun, fetch: Fetch, targets: readonly JsonObject[]): Promise<void> {
  const { data, errors } = await run.ask(fetch.subgraph, {
    operation: fetch.operation, variables: variablesOf(run, fetch), representations: null,
  });
  run.errors.push(...downstreamErrors(fetch, errors ?? [], run.data, null));
  if (!data) return;
  applyRewrites(run.supergraph, fetch.outputRewrites, data);
  for (const [index, target] of targets.entries()) merge(target, index === 0 ? data : copy(data));
}

async function fetchEntities(
  run: PlanRun,
  fetch: Fetch,
  entities: NonNullable<Fetch['entities']>,
  targets: readonly JsonObject[],
): Promise<void> {
  const { representations, indexes } = represent(run.supergraph, entities, targets);
  if (representations.length === 0) return;
  const { data, errors } = await run.ask(fetch.subgraph, {
    operation: fetch.operation, variables: variablesOf(run, fetch), representations,
  });
  run.errors.push(...downstreamErrors(fetch, errors ?? [], run.data, indexes));
  if (!data) return;
  const received = data['_entities'];
  if (!Array.isArray(received) || received.length !== representations.length) {
    throw new Error(`${fetch.subgraph} answered with other entities than the ${representations.length} asked for.`);
  }
  const used = new Set<number>();
  for (const [target, index] of indexes) {
    const entity = received[index] as JsonObject | null | undefined;
    if (!entity) continue;
    const again = used.has(index);
    if (!again) prepare(run.supergraph, fetch, entity, target);
    merge(target, again && !entities.shared ? copy(entity) : entity);
    used.add(index);
  }
}

/** Each thing that is to be represented once, and which of them stands for which object. */
function represent(
  schema: GraphQLSchema,
  { requires, inputRewrites }: NonNullable<Fetch['entities']>,
  targets: readonly JsonObject[],
): { readonly representations: string[]; readonly indexes: Map<JsonObject, number> } {
  const known = new Map<string, number>();
  const indexes = new Map<JsonObject, number>();
  for (const target of targets) {
    if (indexes.has(target)) continue;
    const written = representationOf(schema, requires, target);
    if (written === null) continue;
    const index = known.get(written) ?? known.size;
    known.set(written, index);
    indexes.set(target, index);
  }
  const representations = [...known.keys()];
  return {
    representations: inputRewrites.length === 0 ? representations : representations.map((written) => {
      const value: unknown = JSON.parse(written);
      applyRewrites(schema, inputRewrites, value);
      return JSON.stringify(value);
    }),
    indexes,
  };
}

function prepare(schema: GraphQLSchema, fetch: Fetch, entity: JsonObject, target: JsonObject): void {
  // The planner leaves the type out where it is sure of it; rewrites go by it.
  if (fetch.outputRewrites.length === 0) return;
  entity['__typename'] ??= target['__typename'];
  applyRewrites(schema, fetch.outputRewrites, entity);
}

function variablesOf({ variables }: PlanRun, fetch: Fetch): string {
  let written = '';
  for (const name of fetch.variables) {
    if (!Object.hasOwn(variables, name) || variables[name] === undefined) continue;
    written += `${written === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(variables[name])}`;
  }
  return written;
}
