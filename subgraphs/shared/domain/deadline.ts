import { CalendarYearUnknown, type Calendar } from './calendar.js';
import { dueAt, dueIfResumedAt, type Clock } from './clock.js';

/** Null where the calendar does not know the year: a deadline is not guessed. */
export function whereKnown<T>(compute: () => T): T | null {
  try {
    return compute();
  } catch (error) {
    if (error instanceof CalendarYearUnknown) return null;
    throw error;
  }
}

/** When a clock without pauses runs out, or would have had it not been stopped before; null in an unknown year. */
export const deadlineOf = (clock: Clock, calendar: Calendar): Date | null =>
  whereKnown(() => dueAt(clock, calendar) ?? dueIfResumedAt(clock, calendar, clock.spans.at(-1)?.to ?? new Date(0)));
