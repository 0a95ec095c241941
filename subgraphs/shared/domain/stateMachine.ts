import { roleNames, type Actor, type Named, type Role } from './actor.js';
import { bilingual, fail, ok, refuse, type DomainError, type Result } from './result.js';

/** One row of a state machine. A table is data: no closures, no I/O. */
export interface Transition<State extends string, Action extends string> {
  readonly action: Action;
  readonly from: State;
  readonly to: State;
  /** Roles that may do it; empty when only another level's event does. */
  readonly by: readonly Role[];
  /** Tells rows of one action and state apart, when the data decide where it leads. */
  readonly outcome?: string;
  /** Event written to the outbox in the same transaction as the new state. */
  readonly emits?: string;
}

/** A rule that needs data: the reason why not, or null when it may be done. */
export type Rule<Subject> = (subject: Subject, actor: Actor, now: Date) => DomainError | null;

export interface Machine<State extends string, Action extends string, Subject extends { readonly state: State }> {
  readonly table: readonly Transition<State, Action>[];
  readonly states: Readonly<Record<State, Named>>;
  readonly actions: Readonly<Record<Action, Named>>;
  readonly rules: Partial<Readonly<Record<Action, Rule<Subject>>>>;
}

const list = (names: readonly Named[], language: keyof Named): string =>
  [...new Set(names.map((name) => name[language]))].join(language === 'zh' ? '、' : ', ');

/** The row of `action` from `state`, whoever asks; `outcome` picks between several. */
export function findTransition<S extends string, A extends string>(
  table: readonly Transition<S, A>[],
  state: S,
  action: A,
  outcome?: string,
): Transition<S, A> | undefined {
  return table.find((t) => t.from === state && t.action === action && (outcome === undefined || t.outcome === outcome));
}

/**
 * The one guard: a mutation asks it before it acts, `availability` asks it to tell people what they may do.
 * Errors: TRANSITION_NOT_ALLOWED (state), ROLE_NOT_ALLOWED (who), or what the action's rule says.
 */
export function permit<S extends string, A extends string, Subject extends { readonly state: S }>(
  machine: Machine<S, A, Subject>,
  subject: Subject,
  action: A,
  actor: Actor,
  now: Date,
): Result<Transition<S, A>> {
  const rows = machine.table.filter((t) => t.action === action);
  const doers = rows.flatMap((t) => t.by);
  const { zh, en } = machine.actions[action];
  if (!doers.includes(actor.role)) {
    const who = doers.map((role) => roleNames[role]);
    return fail('ROLE_NOT_ALLOWED', bilingual(
      `“${zh}”由${list(who, 'zh') || '系统'}进行,您的角色是${roleNames[actor.role].zh}。`,
      `"${en}" is for: ${list(who, 'en') || 'the system'}; you are: ${roleNames[actor.role].en}.`,
    ));
  }
  const row = rows.find((t) => t.from === subject.state && t.by.includes(actor.role));
  if (!row) {
    const from = rows.filter((t) => t.by.includes(actor.role)).map((t) => machine.states[t.from]);
    const at = machine.states[subject.state];
    return fail('TRANSITION_NOT_ALLOWED', bilingual(
      `当前状态是“${at.zh}”,“${zh}”只能在以下状态进行:${list(from, 'zh')}。`,
      `The state is "${at.en}"; "${en}" needs: ${list(from, 'en')}.`,
    ));
  }
  const broken = machine.rules[action]?.(subject, actor, now);
  return broken ? refuse(broken) : ok(row);
}

export interface Availability<A extends string> {
  readonly action: A;
  readonly available: boolean;
  /** Null when available. */
  readonly reason: DomainError | null;
}

/** What `actor` may do now and, for the rest, why not. */
export function availability<S extends string, A extends string, Subject extends { readonly state: S }>(
  machine: Machine<S, A, Subject>,
  subject: Subject,
  actor: Actor,
  now: Date,
): Availability<A>[] {
  const actions = (Object.keys(machine.actions) as A[]).filter((a) => machine.table.some((t) => t.action === a && t.by.length > 0));
  return actions.map((action) => {
    const permitted = permit(machine, subject, action, actor, now);
    return { action, available: permitted.ok, reason: permitted.ok ? null : permitted.error };
  });
}

/** States that no path from `initial` reaches. A sound table gives an empty list. */
export function unreachableStates<S extends string>(
  table: readonly Transition<S, string>[],
  states: readonly S[],
  initial: S,
): S[] {
  const reached = new Set<S>([initial]);
  // A Set's iterator also visits members added while it runs, so this walks the whole graph.
  for (const state of reached) {
    for (const t of table) if (t.from === state) reached.add(t.to);
  }
  return states.filter((s) => !reached.has(s));
}
