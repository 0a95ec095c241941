import { calendarOf, type Calendars, type KeptClock } from '../domain/calendars.js';
import { dueAt, pauseReasons, segments, state as clockState, used, type ClockState } from '../domain/clock.js';
import { whereKnown } from '../domain/deadline.js';

const pausedStates: readonly ClockState[] = pauseReasons;

/** A clock as people read it; what needs a year the calendar does not know is null. */
export function clockView(clock: KeptClock, calendars: Calendars, at: Date) {
  const calendar = calendarOf(clock, calendars);
  const standing = clockState(clock);
  const stoppedAt = clock.spans.at(-1)?.to ?? null;
  return {
    budget: clock.budget + clock.extensions.reduce((sum, { by }) => sum + by, 0),
    unit: clock.unit,
    usedMinutes: whereKnown(() => used(clock, calendar, at)),
    dueAt: whereKnown(() => dueAt(clock, calendar)),
    state: standing,
    calendarVersion: calendar.version,
    pausedReason: pausedStates.includes(standing) ? standing : null,
    startedAt: clock.spans[0]?.from ?? at,
    stoppedAt: standing === 'STOPPED' ? stoppedAt : null,
    segments: whereKnown(() => segments(clock, calendar, at)),
  };
}
