import { isInterfaceType, type GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Departure } from './departure.js';
import { downstreamErrors, thrownError, UnreachableError } from './errors.js';
import { copy, merge, type JsonObject } from './json.js';
import type { Call, Fetch, Step } from './plan.js';
import { objectsAt } from './positions.js';
import { represent, type Represented } from './representations.js';
import { applyRewrites, type Rewrite } from './rewrites.js';

export interface Answer {
  /** The caller's own to change. */
  readonly data?: JsonObject | null;
  readonly errors?: readonly GraphQLFormattedError[];
  /** From when it is, in ms since 1970, where the subgraph could not be reached and something older had to do. */
  readonly asOf?: number;
}

/** Asks one subgraph on behalf of one caller. */
export type Ask = (subgraph: string, call: Call) => Promise<Answer>;

export interface PlanRun {
  /** With the types that callers may not see: subgraphs know them. */
  readonly supergraph: GraphQLSchema;
  /** As the client sent them. */
  readonly variables: Readonly<JsonObject>;
  readonly ask: Ask;
  readonly signal: Departure | undefined;
  readonly data: JsonObject;
  readonly errors: GraphQLError[];
  /** Subgraphs that could not be reached. */
  readonly away: Set<string>;
  /** Those of which older answers had to do, with the oldest's time. */
  readonly stale: Map<string, number>;
  /** Set when an entity that was named is not there, or not sound, where it is asked for by its key. */
  isDoubtful: boolean;
  /**
   * What was fetched of entities that more than one fetch asks for the same of, by their representations. Null for a mutation:
   * after the next of its writes they may be others.
   */
  readonly known: Map<object, Map<string, JsonObject | null>> | null;
}

/** Runs a plan; what is fetched goes into `data`, what went wrong into `errors`. */
export async function runPlan(run: PlanRun, step: Step): Promise<void> {
  switch (step.kind) {
    case 'fetch':
      if (!run.signal?.aborted && !run.isDoubtful) await runFetch(run, step);
      return;
    case 'sequence':
      for (const next of step.steps) await runPlan(run, next);
      return;
    case 'parallel':
      await Promise.all(step.steps.map((next) => runPlan(run, next)));
  }
}

async function runFetch(run: PlanRun, fetch: Fetch): Promise<void> {
  try {
    const targets = objectsAt(run.supergraph, run.data, fetch.paths);
    if (targets.length === 0) return;
    if (fetch.entities) await fetchEntities(run, fetch, fetch.entities, targets);
    else await fetchRoot(run, fetch, targets);
  } catch (error) {
    if (error instanceof UnreachableError) run.away.add(fetch.subgraph);
    if (fetch.entities?.isUnfolded) run.isDoubtful = true;
    run.errors.push(thrownError(error));
  }
}

async function answerTo(run: PlanRun, { subgraph, operation, variables }: Fetch, representations: Call['representations']): Promise<Answer> {
  const answer = await run.ask(subgraph, { operation, variables: variablesOf(run, variables), representations });
  if (answer.asOf !== undefined) run.stale.set(subgraph, Math.min(answer.asOf, run.stale.get(subgraph) ?? Infinity));
  return answer;
}

async function fetchRoot(run: PlanRun, fetch: Fetch, targets: readonly JsonObject[]): Promise<void> {
  const { data, errors } = await answerTo(run, fetch, null);
  run.errors.push(...downstreamErrors(run, fetch, errors ?? [], null));
  if (!data) return;
  applyRewrites(run.supergraph, fetch.outputRewrites, data);
  for (const [index, target] of targets.entries()) merge(target, index === 0 ? data : copy(data));
}

async function fetchEntities(
  run: PlanRun,
  fetch: Fetch,
  entities: Entities,
  targets: readonly JsonObject[],
): Promise<void> {
  const represented = represent(run.supergraph, entities.requires, targets);
  // One without a key has been named, and cannot be asked for.
  if (entities.isUnfolded && represented.reduce((sum, { objects }) => sum + objects.length, 0) < targets.length) run.isDoubtful = true;
  const known = knownOf(run, entities.twins);
  const wanted = known ? represented.filter(({ json }) => !known.has(json)) : represented;
  if (wanted.length > 0) {
    const { data, errors } = await answerTo(run, fetch, wanted.map(({ json }) => rewritten(run.supergraph, entities.inputRewrites, json)));
    if (errors) {
      run.errors.push(...downstreamErrors(run, fetch, errors, indexesOf(wanted)));
    }
    if (entities.isUnfolded && (errors || !data)) run.isDoubtful = true;
    if (data) {
      const received = data['_entities'];
      if (!Array.isArray(received) || received.length !== wanted.length) {
        throw new Error(`${fetch.subgraph} answered with other entities than the ${wanted.length} asked for.`);
      }
      const isSound = !errors;
      for (const [index, one] of wanted.entries()) {
        const entity = (received[index] ?? null) as JsonObject | null;
        // As it came: what is laid over it from now on is of this place alone.
        if (isSound) known?.set(one.json, copy(entity));
        lay(run, fetch, entities, one, entity);
      }
    }
  }
  if (wanted.length === represented.length) return;
  const asked = new Set(wanted);
  for (const one of represented) {
    if (!asked.has(one)) lay(run, fetch, entities, one, copy(known?.get(one.json) ?? null));
  }
}

type Entities = NonNullable<Fetch['entities']>;

function knownOf({ known }: PlanRun, twins: Entities['twins']): Map<string, JsonObject | null> | null {
  if (!twins || !known) return null;
  const own = known.get(twins) ?? new Map<string, JsonObject | null>();
  known.set(twins, own);
  return own;
}

function lay(run: PlanRun, fetch: Fetch, entities: Entities, { objects: [first, ...others] }: Represented, entity: JsonObject | null): void {
  if (!entity && entities.isUnfolded) run.isDoubtful = true;
  if (!entity || !first) return;
  prepare(run.supergraph, fetch, entity, first);
  const copies = entities.shared ? [] : others.map(() => copy(entity));
  merge(first, entity);
  for (const [place, other] of others.entries()) merge(other, copies[place] ?? entity);
}

function rewritten(schema: GraphQLSchema, rewrites: readonly Rewrite[], json: string): string {
  if (rewrites.length === 0) return json;
  const value: unknown = JSON.parse(json);
  applyRewrites(schema, rewrites, value);
  return JSON.stringify(value);
}

const indexesOf = (represented: readonly Represented[]): Map<JsonObject, number> =>
  new Map(represented.flatMap(({ objects }, index) => objects.map((object) => [object, index] as const)));

function prepare(schema: GraphQLSchema, fetch: Fetch, entity: JsonObject, target: JsonObject): void {
  // A subgraph that has an interface as an object knows no more of the type than that.
  if (typeof entity['__typename'] === 'string' && isInterfaceType(schema.getType(entity['__typename']))) delete entity['__typename'];
  // The planner leaves the type out where it is sure of it; rewrites go by it.
  if (fetch.outputRewrites.length === 0) return;
  entity['__typename'] ??= target['__typename'];
  applyRewrites(schema, fetch.outputRewrites, entity);
}

function variablesOf({ variables }: PlanRun, names: Fetch['variables']): string {
  let written = '';
  for (const name of names) {
    if (!Object.hasOwn(variables, name) || variables[name] === undefined) continue;
    written += `${written === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(variables[name])}`;
  }
  return written;
}
