import { ladder, nextAlarmOf, type Alarm, type Rung } from '../../shared/domain/alarms.js';
import { notBefore, type KeptClock } from '../../shared/domain/calendars.js';
import { dueAt, dueIfResumedAt, extend, pause, resume, start, state, stop, thresholdAt, type Clock, type PauseReason } from '../../shared/domain/clock.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import { budgetFor, type ClockName, type ClockPolicy, type PolicySubject } from '../../shared/domain/clockPolicy.js';
import type { Named } from '../../shared/domain/actor.js';
import type { CaseAction, CaseTransition } from './case.transitions.js';
import { whereKnown } from '../../shared/domain/deadline.js';

/** Where a case sorts that has no deadline now: after all that have. */
export const noDeadline = new Date(Date.UTC(9999, 0));

/** What clocks are started and read by: the newest calendar and policy that the city has published. */
export interface ClockRules {
  readonly calendar: Calendar;
  readonly policy: ClockPolicy;
}

/** A clock and what its later readers need to know; absent on clocks from before the city published any. */
export interface CaseClock extends KeptClock<ClockName> {
  /** Of the policy it was started under. */
  readonly source?: Named;
}

/** Starts the clock with the budget of the policy in force. */
export function startClock(name: ClockName, subject: PolicySubject, policy: ClockPolicy, at: Date): CaseClock {
  const budget = budgetFor(policy, name, subject);
  return { ...start(budget, at), source: budget.source };
}

/** The clock of this name that is not stopped, if any. */
export const openClock = <C extends Clock<ClockName>>(clocks: readonly C[], name: ClockName): C | undefined =>
  clocks.findLast((clock) => clock.name === name && state(clock) !== 'STOPPED');

type Step = Pick<CaseTransition, 'starts' | 'stops' | 'pauses' | 'resumes'>;

/** Does to the clocks what the row of the state table says; `isOver` stops all that still run. */
export function stepClocks(
  clocks: readonly CaseClock[],
  { starts = [], stops = [], pauses, resumes }: Step,
  subject: PolicySubject,
  at: Date,
  { isOver, pauseReason, rules }: { readonly isOver: boolean; readonly pauseReason: PauseReason; readonly rules: ClockRules },
): CaseClock[] {
  const change = (clock: CaseClock): CaseClock => {
    const now = state(clock);
    if (now === 'STOPPED') return clock;
    // What starts anew keeps no old clock of its name running beside it.
    if (isOver || stops.includes(clock.name) || starts.includes(clock.name)) {
      return { ...stop(clock, notBefore(clock, at)), calendarVersion: rules.calendar.version };
    }
    if (clock.name === pauses && now === 'RUNNING') return pause(clock, pauseReason, notBefore(clock, at));
    if (clock.name === resumes && now !== 'RUNNING') return resume(clock, notBefore(clock, at));
    return clock;
  };
  return [...clocks.map(change), ...starts.map((name) => startClock(name, subject, rules.policy, at))];
}

const knownThreshold = (clock: Clock<ClockName>, calendar: Calendar, percent: number): Date | null =>
  whereKnown(() => thresholdAt(clock, calendar, percent));

/** When the clock runs out; null when it is paused or stopped, or falls in a year the calendar does not know. */
export const dueOf = (clock: Clock<ClockName> | undefined, calendar: Calendar): Date | null =>
  clock && state(clock) === 'RUNNING' ? knownThreshold(clock, calendar, 100) : null;

/** REOPEN is a right, not a duty: it is due for nobody. */
const duties = (clocks: readonly Clock<ClockName>[]): Clock<ClockName>[] => clocks.filter(({ name }) => name !== 'REOPEN');

const earliest = (dates: readonly Date[]): Date | null =>
  dates.length === 0 ? null : new Date(Math.min(...dates.map((date) => date.getTime())));

/** The earliest of what runs. */
export const nextDueAt = (clocks: readonly Clock<ClockName>[], calendar: Calendar): Date | null =>
  earliest(duties(clocks).flatMap((clock) => dueOf(clock, calendar) ?? []));

/** Clocks that end the waiting themselves when they run out. */
const endings: Partial<Readonly<Record<ClockName, CaseAction>>> = { INFO: 'LAPSE', CALLBACK: 'NO_REPLY' };

export type CaseAlarm = Alarm<ClockName, CaseAction>;

function rungsOf(name: ClockName): readonly Rung<CaseAction>[] {
  if (name === 'REOPEN') return [];
  const ending = endings[name];
  return ending ? [{ percent: 100, does: ending }] : ladder;
}

/** The next alarm that has not fired; null when no clock runs or the calendar does not know the year. */
export const nextAlarm = (clocks: readonly Clock<ClockName>[], fired: readonly string[], calendar: Calendar): CaseAlarm | null =>
  nextAlarmOf(clocks, fired, calendar, rungsOf);

/** What an extension would do to a clock; null where the calendar does not know the year. */
export const previewExtension = (
  clock: Clock<ClockName>, workDays: number, calendar: Calendar, now: Date,
): { readonly dueAt: Date | null; readonly extendedDueAt: Date } | null =>
  whereKnown(() => {
    const longer = extend(clock, workDays, now);
    return { dueAt: dueOf(clock, calendar), extendedDueAt: dueAt(longer, calendar) ?? dueIfResumedAt(longer, calendar, now) };
  });
