import { dueAt, dueIfResumedAt, extend, pause, resume, start, state, stop, thresholdAt, type Clock, type ClockSpec, type PauseReason } from '../../shared/domain/clock.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import { whereKnown } from '../../shared/domain/deadline.js';
import type { CaseKind, DemandType } from './case.js';
import type { CaseAction, CaseTransition, ClockName } from './case.transitions.js';

const dayMinutes = 24 * 60;

/** Where a case sorts that has no deadline now: after all that have. */
export const noDeadline = new Date(Date.UTC(9999, 0));

export interface ClockPolicyInput {
  readonly kind: CaseKind;
  readonly demandType: DemandType | null;
}

/** A budget for the cases it fits; the first that fits counts. */
interface PolicyRow extends ClockSpec<ClockName> {
  readonly demandType?: DemandType;
  readonly source: { readonly zh: string; readonly en: string };
}

const byDefault = { zh: '平台缺省,城市可另定', en: 'default of the platform; a city sets its own' };

// prettier-ignore
export const clockPolicy: readonly PolicyRow[] = [
  { name: 'ACCEPT',   unit: 'WORK_DAY', budget: 1,               source: byDefault },
  { name: 'SIGN',     unit: 'WORK_DAY', budget: 1,               source: byDefault },
  { name: 'RESPOND',  unit: 'WORK_DAY', budget: 1,               source: byDefault },
  { name: 'RESOLVE',  unit: 'WORK_DAY', budget: 3,               source: byDefault, demandType: 'CONSULTATION' },
  { name: 'RESOLVE',  unit: 'WORK_DAY', budget: 10,              source: byDefault },
  { name: 'INFO',     unit: 'WORK_DAY', budget: 10,              source: byDefault },
  { name: 'CALLBACK', unit: 'MINUTE',   budget: 14 * dayMinutes, source: byDefault },
  { name: 'REOPEN',   unit: 'MINUTE',   budget: 3 * dayMinutes,  source: byDefault },
];

export function policyFor(name: ClockName, { demandType }: Partial<ClockPolicyInput>): PolicyRow {
  const row = clockPolicy.find((candidate) => candidate.name === name && (candidate.demandType === undefined || candidate.demandType === demandType));
  if (!row) throw new Error(`No policy for the clock ${name}.`);
  return row;
}

export function clockSpec(name: ClockName, input: ClockPolicyInput): ClockSpec<ClockName> {
  const { unit, budget } = policyFor(name, input);
  return { name, unit, budget };
}

/** The clock of this name that is not stopped, if any. */
export const openClock = (clocks: readonly Clock<ClockName>[], name: ClockName): Clock<ClockName> | undefined =>
  clocks.findLast((clock) => clock.name === name && state(clock) !== 'STOPPED');

type Step = Pick<CaseTransition, 'starts' | 'stops' | 'pauses' | 'resumes'>;

/** Levels' machines may disagree by some ms: a ledger never goes backwards. */
export const notBefore = ({ spans, extensions }: Clock<ClockName>, at: Date): Date =>
  new Date(Math.max(at.getTime(), ...[spans.at(-1)?.from, extensions.at(-1)?.at].flatMap((entry) => entry?.getTime() ?? [])));

/** Does to the clocks what the row of the state table says; `isOver` stops all that still run. */
export function stepClocks(
  clocks: readonly Clock<ClockName>[],
  { starts = [], stops = [], pauses, resumes }: Step,
  policy: ClockPolicyInput,
  at: Date,
  { isOver, pauseReason }: { readonly isOver: boolean; readonly pauseReason: PauseReason },
): Clock<ClockName>[] {
  const change = (clock: Clock<ClockName>): Clock<ClockName> => {
    const now = state(clock);
    if (now === 'STOPPED') return clock;
    // What starts anew keeps no old clock of its name running beside it.
    if (isOver || stops.includes(clock.name) || starts.includes(clock.name)) return stop(clock, notBefore(clock, at));
    if (clock.name === pauses && now === 'RUNNING') return pause(clock, pauseReason, notBefore(clock, at));
    if (clock.name === resumes && now !== 'RUNNING') return resume(clock, notBefore(clock, at));
    return clock;
  };
  return [...clocks.map(change), ...starts.map((name) => start(clockSpec(name, policy), at))];
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

export const alarms = [
  { percent: 80, does: 'WARN' },
  { percent: 100, does: 'ESCALATE' },
  { percent: 150, does: 'ESCALATE' },
  { percent: 300, does: 'ESCALATE' },
] as const;

/** Clocks that end the waiting themselves when they run out. */
const endings: Partial<Readonly<Record<ClockName, CaseAction>>> = { INFO: 'LAPSE', CALLBACK: 'NO_REPLY' };

/** What fires when a clock has used `percent` of its budget. */
export interface Alarm {
  /** Place of the clock in the case's list. */
  readonly clock: number;
  readonly name: ClockName;
  readonly percent: number;
  readonly does: CaseAction;
  readonly at: Date;
}

export const alarmKey = ({ clock, percent }: Pick<Alarm, 'clock' | 'percent'>): string => `${clock}:${percent}`;

/** The next alarm that has not fired; null when no clock runs or the calendar does not know the year. */
export function nextAlarm(clocks: readonly Clock<ClockName>[], fired: readonly string[], calendar: Calendar): Alarm | null {
  const open = clocks.flatMap((clock, i): Alarm[] => {
    if (clock.name === 'REOPEN' || state(clock) !== 'RUNNING') return [];
    const ending = endings[clock.name];
    const own = ending ? [{ percent: 100, does: ending }] : alarms;
    const next = own.find(({ percent }) => !fired.includes(alarmKey({ clock: i, percent })));
    const at = next && knownThreshold(clock, calendar, next.percent);
    return next && at ? [{ clock: i, name: clock.name, percent: next.percent, does: next.does, at }] : [];
  });
  return open.reduce<Alarm | null>((first, alarm) => (first === null || alarm.at < first.at ? alarm : first), null);
}

/** What an extension would do to a clock; null where the calendar does not know the year. */
export const previewExtension = (
  clock: Clock<ClockName>, workDays: number, calendar: Calendar, now: Date,
): { readonly dueAt: Date | null; readonly extendedDueAt: Date } | null =>
  whereKnown(() => {
    const longer = extend(clock, workDays, now);
    return { dueAt: dueOf(clock, calendar), extendedDueAt: dueAt(longer, calendar) ?? dueIfResumedAt(longer, calendar, now) };
  });
