import { levelOfOfficer, roleNames, type Actor } from '../domain/actor.js';
import { eachBounded } from '../domain/eachBounded.js';
import { staleError, type Plan } from '../domain/plan.js';
import { bilingual, type DomainError, type Result } from '../domain/result.js';
import { isDuplicateKey } from '../persistence/failures.js';
import { keyFault, receiptOf, type Receipt, type Receipts } from '../persistence/receipts.js';
import { requireActor, type RequestContext } from './requestContext.js';

export const maxBulk = 200;
/** Transactions under way at the same time. Cases of one area share its counts, so that more of them undo each other's work. */
const atOnce = 2;
/** After so long nothing more is begun: the gateway waits for half a minute at most. */
const patienceMs = 20_000;

/** One of the things that a bulk call acts on. */
export interface BulkTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

export interface BulkResult<Subject, Effect> {
  readonly id: string;
  /** As it stands after the call, null when not visible or not there. */
  readonly entity: Subject | null;
  /** Null when refused. */
  readonly effect: Effect | null;
  readonly userErrors: readonly DomainError[];
}

export interface BulkAnswer<Subject, Effect> {
  /** In the order of the targets; none when the input as a whole is at fault. */
  readonly results: readonly BulkResult<Subject, Effect>[];
  readonly succeeded: number;
  readonly refused: number;
  readonly userErrors: readonly DomainError[];
}

interface BulkInput {
  readonly idempotencyKey?: string | null | undefined;
  readonly dryRun?: boolean | undefined;
}

export interface BulkWork<Subject, Effect> {
  /** The list's name in the input, and that of the id in its items: errors of one target point there. */
  readonly list: string;
  readonly idField: string;
  readonly targets: readonly BulkTarget[];
  /** Who may not; officers of levels and departments may by default. */
  readonly barred?: (actor: Actor) => DomainError | null;
  /** What is wrong with the input as a whole, whatever it is done to. */
  readonly fault: DomainError | null;
  /** All are planned together, so that loaders batch what they load. */
  readonly plan: (target: BulkTarget, actor: Actor) => Promise<Result<Plan<Subject, Effect, Receipt>>>;
  /** The thing of that id as the actor may see it. */
  readonly current: (actor: Actor, id: string) => Promise<Subject | null>;
  readonly patienceMs?: number;
}

const notReached: DomainError = {
  code: 'NOT_REACHED',
  message: bilingual(
    '本次未来得及处理,未作改动;请原样重发,已完成的不会重复。',
    'It was not reached this time, and nothing was changed; send the same call again, which repeats nothing that was done.',
  ),
};

const onlyOfficers = ({ role }: Actor): DomainError | null =>
  levelOfOfficer({ role }) !== null || role === 'DEPARTMENT_OFFICER' ? null : {
    code: 'ROLE_NOT_ALLOWED',
    message: bilingual(
      `批量操作供各级及部门工作人员使用,您的角色是${roleNames[role].zh}。`,
      `Bulk is for the officers of levels and departments; you are: ${roleNames[role].en}.`,
    ),
  };

function targetsFault(targets: readonly BulkTarget[], list: string): DomainError | null {
  if (targets.length < 1 || targets.length > maxBulk) {
    return {
      code: 'INVALID_INPUT',
      message: bilingual(`一次 1–${maxBulk} 件,当前 ${targets.length} 件。`, `1–${maxBulk} at once; it has ${targets.length}.`),
      field: ['input', list],
    };
  }
  const ids = targets.map(({ id }) => id);
  const again = ids.findIndex((id, i) => ids.indexOf(id) < i);
  return again < 0 ? null : {
    code: 'INVALID_INPUT',
    message: bilingual(`第 ${again + 1} 项重复,请去掉。`, `Item ${again + 1} is there before; leave it out.`),
    field: ['input', list, String(again)],
  };
}

/** What is said of one target names it by its place in the list. */
const pointing = (error: DomainError, { list, idField }: Pick<BulkWork<never, never>, 'list' | 'idField'>, i: number): DomainError => {
  const [, field] = error.field ?? [];
  return field === idField || field === 'expectedVersion' ? { ...error, field: ['input', list, String(i), field] } : error;
};

type Outcome<Subject, Effect> =
  | { readonly effect: Effect; readonly next: Subject | null }
  | { readonly error: DomainError; readonly thrown?: unknown };

/**
 * Does one action to many, each in a transaction of its own, so that a refused one holds up no other. A dry run goes the
 * same way up to the saving. Each takes effect at most once per idempotency key: a call that was cut off is finished by
 * its repetition, which answers what was done before as it was answered, or would have been.
 */
export async function actOnMany<Subject, Effect>(
  context: RequestContext & { readonly receipts: Receipts },
  mutation: string,
  input: BulkInput,
  work: BulkWork<Subject, Effect>,
): Promise<BulkAnswer<Subject, Effect>> {
  const { targets, list, fault, plan, current } = work;
  const until = performance.now() + (work.patienceMs ?? patienceMs);
  const actor = requireActor(context);
  const nothing = (error: DomainError): BulkAnswer<Subject, Effect> => ({ results: [], succeeded: 0, refused: 0, userErrors: [error] });
  const given = receiptOf(actor.id, mutation, input);
  const wrong = (work.barred ?? onlyOfficers)(actor) ?? targetsFault(targets, list) ?? (given && keyFault(given.key)) ?? fault;
  if (wrong) return nothing(wrong);
  const call = input.dryRun ? null : given;
  const claimed = call && (await context.receipts.claim(call));
  if (claimed && !claimed.ok) return nothing(claimed.error);

  const earlier = async (ids: readonly string[]) =>
    context.receipts.findParts(call ? ids.map((part) => ({ ...call, part })) : []);
  const done = await earlier(targets.map(({ id }) => id));
  const planned = await Promise.all(targets.map(async (target) => (done.has(target.id) ? null : plan(target, actor))));

  const outcomes = await eachBounded(planned, atOnce, async (one, i): Promise<Outcome<Subject, Effect> | null> => {
    const id = targets[i]?.id ?? '';
    if (!one) return null;
    if (!one.ok) return { error: one.error };
    const { next, save } = one.value;
    const effect = one.value.effect();
    if (input.dryRun) return { effect, next: null };
    if (performance.now() >= until) return { error: notReached };
    try {
      return (await save(call && { ...call, part: id, effect })) ? { effect, next } : { error: staleError };
    } catch (error) {
      // It lost to its own repetition, whose receipt is looked for below.
      if (call && isDuplicateKey(error)) return { error: staleError, thrown: error };
      throw error;
    }
  });

  const refusedIds = targets.flatMap(({ id }, i) => (outcomes[i] && 'error' in outcomes[i] ? [id] : []));
  const remembered = new Map([...done, ...(await earlier(refusedIds))]);
  const results = await Promise.all(targets.map(async ({ id }, i): Promise<BulkResult<Subject, Effect>> => {
    const outcome = outcomes[i] ?? null;
    const before = remembered.get(id);
    if (before && (outcome === null || 'error' in outcome)) {
      return before.ok
        ? { id, entity: await current(actor, before.value.result), effect: before.value.effect as Effect, userErrors: [] }
        : { id, entity: null, effect: null, userErrors: [before.error] };
    }
    if (outcome === null) throw new Error(`Nothing became of ${id}.`);
    if ('effect' in outcome) return { id, entity: outcome.next ?? (await current(actor, id)), effect: outcome.effect, userErrors: [] };
    if (outcome.thrown !== undefined) throw outcome.thrown;
    return { id, entity: await current(actor, id), effect: null, userErrors: [pointing(outcome.error, work, i)] };
  }));
  const refused = results.filter(({ userErrors }) => userErrors.length > 0).length;
  return { results, succeeded: results.length - refused, refused, userErrors: [] };
}

/** What an action takes of a bulk input beside the note. */
export interface Takes<Field extends string> {
  readonly needs?: readonly Field[];
  readonly may?: readonly Field[];
}

/** One input serves all actions: what this one needs must be there, and nothing that it would not use. */
export function fieldFault<Field extends string>(
  action: string,
  input: Readonly<Partial<Record<Field, unknown>>>,
  fields: readonly Field[],
  { needs = [], may = [] }: Takes<Field> = {},
): DomainError | null {
  const isGiven = (field: Field): boolean => input[field] !== null && input[field] !== undefined;
  const missing = needs.find((field) => !isGiven(field));
  if (missing !== undefined) {
    return { code: 'INVALID_INPUT', message: bilingual(`${action} 须有 ${missing}。`, `${action} needs ${missing}.`), field: ['input', missing] };
  }
  const stray = fields.find((field) => isGiven(field) && ![...needs, ...may].includes(field));
  return stray === undefined ? null : {
    code: 'INVALID_INPUT',
    message: bilingual(`${action} 不用 ${stray},请去掉。`, `${action} makes no use of ${stray}; leave it out.`),
    field: ['input', stray],
  };
}

export const casesOf = (cases: readonly { readonly caseId: string; readonly expectedVersion: number }[]) =>
  ({ list: 'cases', idField: 'caseId', targets: cases.map(({ caseId, expectedVersion }) => ({ id: caseId, expectedVersion })) });
