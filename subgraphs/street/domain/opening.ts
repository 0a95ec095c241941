// When something is open: the hours of a week on the city's calendar, and what is made of them for stretches of time.
import { addDays, CalendarYearUnknown, dayKind, instantAt, localDate, weekdayOf, type Calendar, type LocalDate } from '../../shared/domain/calendar.js';
import { refusal, type DomainError } from '../../shared/domain/result.js';

export const holidayPolicies = ['CLOSED', 'AS_USUAL'] as const;
export type HolidayPolicy = (typeof holidayPolicies)[number];

export interface OpeningHours {
  /** 1 is Monday, 7 Sunday. */
  readonly weekday: number;
  /** `HH:mm` on the half hour; `to` may be `24:00`. */
  readonly from: string;
  readonly to: string;
}

export interface WeeklyHours {
  readonly hours: readonly OpeningHours[];
  readonly onHolidays: HolidayPolicy;
  /** The weekday whose hours hold on weekend days worked in exchange (调休); null for the day's own. */
  readonly makeUpWeekday?: number | null;
}

export interface Stretch {
  readonly from: Date;
  readonly to: Date;
}

export const exceptionKinds = ['OPEN', 'CLOSED'] as const;
export type ExceptionKind = (typeof exceptionKinds)[number];

/** Open or closed for once, whatever the hours say. */
export interface OpeningException extends Stretch {
  readonly kind: ExceptionKind;
  /** When it was taken back; null while it stands. */
  readonly endedAt: Date | null;
}

export const maxStretches = 21;

const timePattern = /^(?:(?:[01]\d|2[0-3]):[03]0|24:00)$/;

export function hoursFault(hours: readonly OpeningHours[]): DomainError | null {
  const sound = hours.length >= 1 && hours.length <= maxStretches
    && hours.every(({ weekday, from, to }) => weekday >= 1 && weekday <= 7 && timePattern.test(from) && timePattern.test(to) && from < to);
  const apart = hours.every((one, i) => hours.slice(i + 1).every((other) => one.weekday !== other.weekday || one.to <= other.from || other.to <= one.from));
  return sound && apart ? null : refusal(
    'INVALID_INPUT', `开放时间须为 1–${maxStretches} 段,星期 1–7,HH:00 或 HH:30,先开后关,互不重叠。`,
    `Opening hours are 1–${maxStretches}: weekday 1–7, HH:00 or HH:30, opening before closing, none overlapping.`, 'hours',
  );
}

/** Of that day; none when it is closed, null when the calendar does not know what day it is. */
export function hoursOn({ hours, onHolidays, makeUpWeekday = null }: WeeklyHours, day: LocalDate, calendar: Calendar): readonly OpeningHours[] | null {
  const of = (weekday: number): readonly OpeningHours[] => hours.filter((one) => one.weekday === weekday);
  const weekday = weekdayOf(day);
  if (onHolidays === 'AS_USUAL' && makeUpWeekday === null) return of(weekday);
  try {
    const kind = dayKind(calendar, day);
    if (kind === 'HOLIDAY' && onHolidays === 'CLOSED') return [];
    return of(kind === 'WORK' && weekday > 5 && makeUpWeekday !== null ? makeUpWeekday : weekday);
  } catch (error) {
    if (error instanceof CalendarYearUnknown) return null;
    throw error;
  }
}

/** In order, none touching another; milliseconds. */
type Spans = readonly (readonly [from: number, to: number])[];

const without = (spans: Spans, from: number, to: number): Spans =>
  spans.flatMap(([start, end]) => ([[start, Math.min(end, from)], [Math.max(start, to), end]] as const).filter(([a, b]) => a < b));

const joined = (spans: Spans): Spans => [...spans].sort(([a], [b]) => a - b).reduce<[number, number][]>((done, [from, to]) => {
  const last = done.at(-1);
  if (last && last[1] >= from) last[1] = Math.max(last[1], to);
  else done.push([from, to]);
  return done;
}, []);

const changedBy = (spans: Spans, { kind, from, to, endedAt }: OpeningException, within: readonly [number, number]): Spans => {
  const start = Math.max(from.getTime(), within[0]);
  const end = Math.min(to.getTime(), endedAt?.getTime() ?? Infinity, within[1]);
  if (start >= end) return spans;
  return kind === 'CLOSED' ? without(spans, start, end) : joined([...spans, [start, end]]);
};

/**
 * The stretches of the day in which it is open, in order, none touching another; null when the calendar does not know.
 * Exceptions come in the order in which they were made: where two overlap, the later one counts. `hours` null: none are set.
 */
export function stretchesOn(
  hours: WeeklyHours | null, exceptions: readonly OpeningException[], day: LocalDate, calendar: Calendar,
): readonly Stretch[] | null {
  const usual = hours === null ? [] : hoursOn(hours, day, calendar);
  if (usual === null) return null;
  const within = [instantAt(day).getTime(), instantAt(day, '24:00').getTime()] as const;
  const spans = joined(usual.map(({ from, to }) => [instantAt(day, from).getTime(), instantAt(day, to).getTime()] as const));
  return exceptions.reduce((open, exception) => changedBy(open, exception, within), spans).map(([from, to]) => ({ from: new Date(from), to: new Date(to) }));
}

export const noOpeningReasons = ['CALENDAR_UNKNOWN', 'NONE_WITHIN_DAYS'] as const;
export type NoOpening = (typeof noOpeningReasons)[number];

export interface OpeningAt {
  /** Null when the calendar does not know. */
  readonly isOpen: boolean | null;
  /** When it closes; null unless it is open. */
  readonly until: Date | null;
  /** The first opening after that moment; null while it is open, and when none is found. */
  readonly next: Date | null;
  /** Why none was found; null otherwise. */
  readonly noNext: NoOpening | null;
}

/** How many days ahead an opening is looked for. */
export const daysSearched = 60;

/** As it stands at the moment, with `stretchesOf` each day. */
export function openingAt(stretchesOf: (day: LocalDate) => readonly Stretch[] | null, at: Date): OpeningAt {
  const today = localDate(at);
  const stretches = stretchesOf(today);
  if (stretches === null) return { isOpen: null, until: null, next: null, noNext: 'CALENDAR_UNKNOWN' };
  const now = stretches.find(({ from, to }) => from <= at && at < to);
  if (now) return { isOpen: true, until: closing(stretchesOf, now, today), next: null, noNext: null };
  for (let days = 0; days <= daysSearched; days += 1) {
    const ahead = days === 0 ? stretches : stretchesOf(addDays(today, days));
    if (ahead === null) return { isOpen: false, until: null, next: null, noNext: 'CALENDAR_UNKNOWN' };
    const first = ahead.find(({ from }) => from > at);
    if (first) return { isOpen: false, until: null, next: first.from, noNext: null };
  }
  return { isOpen: false, until: null, next: null, noNext: 'NONE_WITHIN_DAYS' };
}

/** When what is open now closes, on a later day where it is open through the night. */
function closing(stretchesOf: (day: LocalDate) => readonly Stretch[] | null, now: Stretch, today: LocalDate): Date {
  let { to } = now;
  for (let days = 1; days <= daysSearched; days += 1) {
    const [first] = stretchesOf(addDays(today, days)) ?? [];
    if (first?.from.getTime() !== to.getTime()) break;
    ({ to } = first);
  }
  return to;
}
