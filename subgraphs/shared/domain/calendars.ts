import type { Calendar } from './calendar.js';
import { start, state, stop, type Clock, type ClockSpec } from './clock.js';

/** The versions that the city has published, as a level knows them. */
export interface Calendars {
  inForce(): Calendar;
  /** The platform's own for undefined; the one in force for a version that is not known. */
  of(version: string | undefined): Calendar;
  /** Versions that were in force before. */
  outdated(): readonly string[];
}

/** A clock that is read, once it has stopped, by the calendar in force when it did. */
export interface KeptClock<Name extends string = string> extends Clock<Name> {
  /** Absent while it runs, and on clocks from before a level knew of versions. */
  readonly calendarVersion?: string;
}

export const calendarOf = (clock: KeptClock, calendars: Calendars): Calendar =>
  (state(clock) === 'STOPPED' ? calendars.of(clock.calendarVersion) : calendars.inForce());

/** Levels' machines may disagree by some ms: a ledger never goes backwards. */
export const notBefore = ({ spans, extensions }: Clock, at: Date): Date =>
  new Date(Math.max(at.getTime(), ...[spans.at(-1)?.from, extensions.at(-1)?.at].flatMap((entry) => entry?.getTime() ?? [])));

export const startKept = <Name extends string>(spec: ClockSpec<Name>, at: Date): KeptClock<Name> => start(spec, at);

/** Stops what still runs. */
export const stopKept = <C extends KeptClock>(clock: C, at: Date, { version }: Calendar): C =>
  (state(clock) === 'STOPPED' ? clock : { ...stop(clock, notBefore(clock, at)), calendarVersion: version });
