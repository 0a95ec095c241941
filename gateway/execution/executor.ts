import { setImmediate as nextTurn } from 'node:timers/promises';
import { getVariableValues, GraphQLError, Kind, OperationTypeNode, type DocumentNode, type GraphQLCompositeType } from 'graphql';
import { LRUCache } from 'lru-cache';
import { noRights, unmetOf, type Denied, type Guard, type Requirement, type Rights } from './authorization.js';
import { complete } from './complete.js';
import type { Departure } from './departure.js';
import { createHabit, type Habit } from './habit.js';
import type { JsonObject } from './json.js';
import { keptTexts, textLength } from './kept.js';
import { introspect, isIncluded, operationOf, type Operation } from './operation.js';
import { fetchesOf, type Step } from './plan.js';
import type { Planner } from './planner.js';
import { runPlan, type Ask, type PlanRun } from './runPlan.js';
import { fieldsOf, shapeOf, type Shape, type ShapeField, type ShapeSource } from './shape.js';

export interface ExecutionRequest {
  /** Already validated against the API schema. */
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<JsonObject> | undefined;
  readonly ask: Ask;
  /** The error that asking a subgraph would end in at once; null when it may be asked. */
  readonly away?: ((subgraph: string) => GraphQLError | null) | undefined;
  /** Those of who asks; none by default. Only where fields have requirements. */
  readonly rights?: Rights | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: Departure | undefined;
  /** Told of this one's plan alone. */
  readonly onPlan?: OnPlan | undefined;
}

export interface ExecutionAnswer {
  readonly data?: JsonObject | null;
  readonly errors?: readonly GraphQLError[];
  readonly extensions?: { readonly valueCompletion: readonly GraphQLError[] };
  /**
   * Where the answer is not whole, or not of now, since a subgraph could not be reached: those that it needed, those that were
   * away, and those of which older answers had to do, with the oldest's time.
   */
  readonly partial?: { readonly needed: readonly string[]; readonly away: ReadonlySet<string>; readonly stale: ReadonlyMap<string, number> };
}

export interface Executor {
  (request: ExecutionRequest): Promise<ExecutionAnswer>;
  /**
   * Makes and keeps the plans of a valid document's operations, one in each turn of the event loop.
   * @throws GraphQLError when there is none for one of them.
   */
  warm(document: DocumentNode): Promise<void>;
}

// An operation with many conditions could otherwise be kept in very many forms.
const maxForms = 64;
const maxWarmed = 16;

/** An operation with its plan and its answer's form, for each outcome of its conditions and requirements. */
interface Prepared {
  readonly operation: Operation;
  readonly requirements: readonly Requirement[];
  readonly forms: LRUCache<string, Form>;
}

interface Form {
  /** Null when nothing is to be fetched. */
  readonly step: Step | null;
  /** Null for a mutation, and where nothing is to be fetched. */
  readonly habit: Habit | null;
  readonly source: ShapeSource;
  readonly shape: Shape;
}

/** Told of every operation that is run: how long its plan took to make, in ms, or null when it was known. */
export type OnPlan = (ms: number | null) => void;

const nothing: readonly Requirement[] = [];

export function createExecutor({ apiSchema, supergraph, plan, unfolding }: Planner, onPlan?: OnPlan, guard?: Guard): Executor {
  const prepared = new LRUCache<string, Prepared>({ ...keptTexts, sizeCalculation: ({ operation }) => textLength(operation.definition) });
  // A server that keeps parsed documents spares the printing, too.
  const texts = new WeakMap<DocumentNode, Map<string | null, string>>();

  function prepare(document: DocumentNode, name: string | null | undefined): Prepared {
    const names = texts.get(document) ?? new Map<string | null, string>();
    const text = names.get(name ?? null);
    const known = text === undefined ? undefined : prepared.get(text);
    if (known) return known;
    const operation = operationOf(document, name);
    texts.set(document, names.set(name ?? null, operation.text));
    const same = prepared.get(operation.text);
    if (same) return same;
    const made: Prepared = { operation, requirements: guard?.requirementsOf(operation) ?? nothing, forms: new LRUCache({ max: maxForms }) };
    prepared.set(operation.text, made);
    return made;
  }

  function formOf(
    { operation, requirements, forms }: Prepared,
    conditions: Readonly<JsonObject>,
    unmet: readonly Requirement[],
    tell = onPlan,
  ): Form {
    const key = operation.conditions.map((name) => (conditions[name] === true ? '1' : '0')).join('')
      + (unmet.length === 0 ? '' : requirements.map((one) => (unmet.includes(one) ? 'x' : '-')).join(''));
    const known = forms.get(key);
    if (known) {
      tell?.(null);
      return known;
    }
    const began = performance.now();
    const type = apiSchema.getRootType(operation.definition.operation) as GraphQLCompositeType;
    // Only these: a form outlives the request, whose other variables are nobody else's business.
    const values = Object.fromEntries(operation.conditions.map((name) => [name, conditions[name]]));
    const denied = guard && unmet.length > 0 ? guard.denied(unmet) : null;
    const source: ShapeSource = { schema: apiSchema, fragments: operation.fragments, isIncluded: (node) => isIncluded(node, values), denied };
    const shape = shapeOf(type, [{ selections: operation.definition.selectionSet, type }]);
    const planned = plannedOf(operation, denied, fieldsOf(source, shape, type));
    const step = planned && plan(planned, values);
    const habit = step && planned.definition.operation === OperationTypeNode.QUERY
      ? createHabit({ schema: supergraph, step, unfolding: () => unfolding(planned, values) }) : null;
    const made: Form = { step, habit, source, shape };
    tell?.(performance.now() - began);
    forms.set(key, made);
    return made;
  }

  function plannedOf(operation: Operation, denied: Denied | null, fields: readonly ShapeField[]): Operation | null {
    if (!guard || !denied) return operation;
    // Nobody would see what else was fetched or done: the whole answer is null.
    if (fields.some((field) => field.kind === 'denied' && field.value.nonNull)) return null;
    return guard.allowed(operation, denied);
  }

  async function fetched({ step: base, habit }: Form, ran: Pick<PlanRun, 'variables' | 'ask' | 'signal'>): Promise<PlanRun> {
    const begun = (): PlanRun =>
      ({ ...ran, supergraph, data: {}, errors: [], away: new Set(), stale: new Map(), isDoubtful: false, known: habit && new Map() });
    const run = begun();
    if (!base) return run;
    const { step, learns } = habit?.next() ?? { step: base, learns: false };
    await runPlan(run, step);
    const isSeen = !ran.signal?.aborted;
    if (habit && run.isDoubtful && isSeen) {
      const again = begun();
      await runPlan(again, habit.giveUp());
      return again;
    }
    if (learns && isSeen && run.errors.length === 0) habit?.learn(step, run.data);
    return run;
  }

  async function execute(request: ExecutionRequest): Promise<ExecutionAnswer> {
    const { document, operationName, variables = {}, ask, away, rights = noRights, signal, onPlan: own } = request;
    const known = prepare(document, operationName);
    const { definition } = known.operation;
    const { variableDefinitions = [] } = definition;
    const values = variableDefinitions.length === 0 ? { coerced: {} }
      : getVariableValues(apiSchema, variableDefinitions, variables);
    if (values.errors) return { errors: values.errors };

    const unmet = known.requirements.length === 0 ? nothing : await unmetOf(known.requirements, rights);
    const form = formOf(known, values.coerced, unmet, own && ((ms) => { onPlan?.(ms); own(ms); }));
    const { step, source, shape } = form;
    const absent = new Set<string>();
    const refusals: GraphQLError[] = [];
    if (step && away && definition.operation === OperationTypeNode.MUTATION) noteAbsent(step, away, absent, refusals);
    // Half of several mutations is worse than none.
    const { data, errors: raised, away: unreached, stale } = await fetched(absent.size === 0 ? form : { ...form, step: null }, { variables, ask, signal });
    const errors = [...refusals, ...raised];
    for (const subgraph of unreached) absent.add(subgraph);

    const asked = fieldsOf(source, shape, shape.type).filter(({ kind }) => kind === 'introspection');
    const introspected = introspect(apiSchema, known.operation, asked.flatMap(({ nodes }) => nodes), variables);
    const completed = complete(source, shape, data, introspected, guard && ((requirement) => guard.refusalOf(requirement, rights)));
    errors.push(...completed.refusals);
    if (absent.size + stale.size > 0 && step) {
      const needed = [...new Set(fetchesOf(step).map(({ subgraph }) => subgraph))];
      return { ...(errors.length > 0 && { errors }), data: completed.data, partial: { needed, away: absent, stale } };
    }
    if (errors.length > 0) return { errors, data: completed.data };
    // What was not fetched as nobody waits for it is missing by no one's fault.
    if (signal?.aborted) return { data: completed.data };
    // The nulls in the data say enough to callers, and many rely on there being no error; the rest is for the log.
    if (completed.problems.length === 0) return { data: completed.data };
    return { data: completed.data, extensions: { valueCompletion: completed.problems } };
  }

  return Object.assign(execute, {
    async warm(document: DocumentNode) {
      for (const definition of document.definitions) {
        if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
        const known = prepare(document, definition.name?.value);
        for (const conditions of outcomesOf(known.operation.conditions)) {
          await nextTurn();
          formOf(known, conditions, nothing, untold);
        }
      }
    },
  });
}

// Nobody has run it.
const untold: OnPlan = () => undefined;

const outcomesOf = (conditions: readonly string[]): JsonObject[] =>
  Array.from({ length: Math.min(2 ** conditions.length, maxWarmed) }, (_, outcome) =>
    Object.fromEntries(conditions.map((name, index) => [name, ((outcome >> index) & 1) === 1])));

function noteAbsent(
  step: Step,
  away: NonNullable<ExecutionRequest['away']>,
  absent: Set<string>,
  errors: GraphQLError[],
): void {
  for (const { subgraph, entities } of fetchesOf(step)) {
    if (entities !== null || absent.has(subgraph)) continue;
    const error = away(subgraph);
    if (!error) continue;
    absent.add(subgraph);
    errors.push(error);
  }
}
