import { dueAt, pause, resume, start, state, stop, type Clock, type ClockSpec } from '../../shared/domain/clock.js';
import { CalendarYearUnknown, type Calendar } from '../../shared/domain/calendar.js';
import type { CaseKind, DemandType } from './case.js';
import type { CaseTransition, ClockName } from './case.transitions.js';

const dayMinutes = 24 * 60;

/** Where a case sorts that has no deadline now: after all that have. */
export const noDeadline = new Date(Date.UTC(9999, 0));

/** Defaults of DOMAIN.md section 3; a city sets its own. */
const budgets: Readonly<Record<ClockName, Omit<ClockSpec<ClockName>, 'name'>>> = {
  ACCEPT: { unit: 'WORK_DAY', budget: 1 },
  SIGN: { unit: 'WORK_DAY', budget: 1 },
  RESOLVE: { unit: 'WORK_DAY', budget: 10 },
  CALLBACK: { unit: 'MINUTE', budget: 14 * dayMinutes },
  REOPEN: { unit: 'MINUTE', budget: 3 * dayMinutes },
};
const consultationWorkDays = 3;

export interface ClockPolicyInput {
  readonly kind: CaseKind;
  readonly demandType: DemandType | null;
}

export function clockSpec(name: ClockName, { kind, demandType }: ClockPolicyInput): ClockSpec<ClockName> {
  const isConsultation = kind === 'DEMAND' && demandType === 'CONSULTATION';
  return { name, ...budgets[name], ...(name === 'RESOLVE' && isConsultation && { budget: consultationWorkDays }) };
}

/** The clock of this name that is not stopped, if any. */
export const openClock = (clocks: readonly Clock<ClockName>[], name: ClockName): Clock<ClockName> | undefined =>
  clocks.findLast((clock) => clock.name === name && state(clock) !== 'STOPPED');

type Step = Pick<CaseTransition, 'starts' | 'stops' | 'pauses' | 'resumes'>;

// Levels' machines may disagree by some ms: a ledger never goes backwards.
const notBefore = (clock: Clock<ClockName>, at: Date): Date => {
  const last = clock.spans.at(-1)?.from ?? at;
  return at < last ? last : at;
};

/** Does to the clocks what the row of the state table says; `isOver` stops all that still run. */
export function stepClocks(
  clocks: readonly Clock<ClockName>[],
  { starts, stops, pauses, resumes }: Step,
  policy: ClockPolicyInput,
  at: Date,
  isOver: boolean,
): Clock<ClockName>[] {
  const change = (clock: Clock<ClockName>): Clock<ClockName> => {
    const now = state(clock);
    if (now === 'STOPPED') return clock;
    if (isOver || clock.name === stops) return stop(clock, notBefore(clock, at));
    if (clock.name === pauses && now === 'RUNNING') return pause(clock, 'PAUSED_INFO', notBefore(clock, at));
    if (clock.name === resumes && now !== 'RUNNING') return resume(clock, notBefore(clock, at));
    return clock;
  };
  const stepped = clocks.map(change);
  // A hand-over that is passed on again keeps no old SIGN clock running beside the new one.
  const replaced = starts ? stepped.map((clock) =>
    clock.name === starts && state(clock) !== 'STOPPED' ? stop(clock, notBefore(clock, at)) : clock) : stepped;
  return starts ? [...replaced, start(clockSpec(starts, policy), at)] : replaced;
}

/** When the clock runs out; null when it is paused or stopped, or falls in a year the calendar does not know. */
export function dueOf(clock: Clock<ClockName> | undefined, calendar: Calendar): Date | null {
  if (!clock || state(clock) !== 'RUNNING') return null;
  try {
    return dueAt(clock, calendar);
  } catch (error) {
    if (error instanceof CalendarYearUnknown) return null;
    throw error;
  }
}

/** The earliest of what runs; REOPEN is a right, not a duty, and waits for nobody. */
export function nextDueAt(clocks: readonly Clock<ClockName>[], calendar: Calendar): Date | null {
  const due = clocks.filter(({ name }) => name !== 'REOPEN').flatMap((clock) => dueOf(clock, calendar) ?? []);
  return due.length === 0 ? null : new Date(Math.min(...due.map((date) => date.getTime())));
}
