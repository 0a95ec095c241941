import type { Calendar } from './calendar.js';
import { state, thresholdAt, type Clock } from './clock.js';
import { whereKnown } from './deadline.js';

/** What goes off when a clock has used `percent` of its budget. */
export interface Rung<Does extends string = string> {
  readonly percent: number;
  readonly does: Does;
}

/** Of a clock that somebody works against: a warning, and then one level up each time. */
export const ladder = [
  { percent: 80, does: 'WARN' },
  { percent: 100, does: 'ESCALATE' },
  { percent: 150, does: 'ESCALATE' },
  { percent: 300, does: 'ESCALATE' },
] as const satisfies readonly Rung[];

export interface Alarm<Name extends string = string, Does extends string = string> extends Rung<Does> {
  /** Place of the clock in its list. */
  readonly clock: number;
  readonly name: Name;
  readonly at: Date;
}

export const alarmKey = ({ clock, percent }: Pick<Alarm, 'clock' | 'percent'>): string => `${clock}:${percent}`;

/**
 * The next alarm that has not fired; null when no clock runs or the calendar does not know the year. A clock keeps its
 * place in the list for good: `fired` names it by that.
 */
export function nextAlarmOf<Name extends string, Does extends string>(
  clocks: readonly Clock<Name>[],
  fired: readonly string[],
  calendar: Calendar,
  rungsOf: (name: Name) => readonly Rung<Does>[],
): Alarm<Name, Does> | null {
  const open = clocks.flatMap((clock, i): Alarm<Name, Does>[] => {
    if (state(clock) !== 'RUNNING') return [];
    const next = rungsOf(clock.name).find(({ percent }) => !fired.includes(alarmKey({ clock: i, percent })));
    const at = next && whereKnown(() => thresholdAt(clock, calendar, next.percent));
    return next && at ? [{ ...next, clock: i, name: clock.name, at }] : [];
  });
  return open.reduce<Alarm<Name, Does> | null>((first, alarm) => (first === null || alarm.at < first.at ? alarm : first), null);
}

/** As `nextAlarmOf`, of clocks that all have the ladder. */
export const nextOnLadder = <Name extends string>(
  clocks: readonly Clock<Name>[], fired: readonly string[], calendar: Calendar,
): Alarm<Name> | null => nextAlarmOf(clocks, fired, calendar, () => ladder);
