// Working time in one city: which days and hours count. Pure data and arithmetic; where the holidays come from is an
// adapter's business. Local time is a fixed +08:00: Asia/Shanghai has had no daylight saving since September 1991, so
// years before 1992 are refused. Instants keep their milliseconds; minutes given back are whole, rounded down.

/** A day in Asia/Shanghai, `YYYY-MM-DD`. */
export type LocalDate = string;

/** Local times, `HH:mm`; `to` is exclusive and may be `24:00`. */
export interface WorkHours {
  readonly from: string;
  readonly to: string;
}

/**
 * One version of the working calendar. Plain JSON, so that it can be stored and sent to other levels as it is.
 * Treat it as immutable: what is computed from it is remembered per object.
 */
export interface Calendar {
  readonly version: string;
  readonly timeZone: 'Asia/Shanghai';
  /** The same on every work day, in order, not overlapping. */
  readonly hours: readonly WorkHours[];
  /** Years whose public holidays are published, both ends included. Any other year is refused, not guessed. */
  readonly knows: { readonly fromYear: number; readonly toYear: number };
  readonly holidays: readonly LocalDate[];
  /** 调休: weekend days worked to make up for a holiday. */
  readonly makeUpDays: readonly LocalDate[];
  /** The city's own days. They win over the national ones. */
  readonly additions: { readonly holidays: readonly LocalDate[]; readonly workDays: readonly LocalDate[] };
}

export interface CalendarInput {
  readonly version: string;
  readonly knows: Calendar['knows'];
  readonly holidays: readonly LocalDate[];
  readonly makeUpDays: readonly LocalDate[];
  readonly hours?: readonly WorkHours[] | undefined;
  readonly additions?: Partial<Calendar['additions']> | undefined;
}

const dayKinds = ['WORK', 'WEEKEND', 'HOLIDAY'] as const;
export type DayKind = (typeof dayKinds)[number];

/** A stretch of time and why it counts (`WORK`) or does not. `OFF_HOURS` is time outside the hours of a work day. */
export interface TimePart {
  readonly from: Date;
  readonly to: Date;
  readonly kind: DayKind | 'OFF_HOURS';
}

/** Thrown when an answer would need a year whose holidays the calendar does not know. */
export class CalendarYearUnknown extends Error {
  override readonly name = 'CalendarYearUnknown';
  constructor(
    readonly year: number,
    readonly version: string,
    readonly knows: Calendar['knows'],
  ) {
    super(`Calendar ${version} knows the holidays of ${knows.fromYear} to ${knows.toYear}, not of ${year}. ` +
      `Publish a version that has ${year}.`);
  }
}

/** Thrown when calendar data contradict themselves, wherever they came from. */
export class InvalidCalendar extends Error {
  override readonly name = 'InvalidCalendar';
}

export const defaultWorkHours: readonly WorkHours[] = [
  { from: '09:00', to: '12:00' },
  { from: '13:00', to: '17:00' },
];

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;
const offsetMs = 8 * 60 * minuteMs;
const firstYear = 1992;
const lastYear = 9999;

/** A checked, sorted and frozen calendar; hours default to 09:00–12:00 and 13:00–17:00. Throws `InvalidCalendar`. */
export function createCalendar(input: CalendarInput): Calendar {
  const dates = (list: readonly LocalDate[] = []): readonly LocalDate[] => Object.freeze([...new Set(list)].sort());
  const hours = (input.hours ?? defaultWorkHours).map(({ from, to }) => Object.freeze({ from, to }));
  const calendar: Calendar = Object.freeze({
    version: input.version,
    timeZone: 'Asia/Shanghai',
    hours: Object.freeze(hours),
    knows: Object.freeze({ fromYear: input.knows.fromYear, toYear: input.knows.toYear }),
    holidays: dates(input.holidays),
    makeUpDays: dates(input.makeUpDays),
    additions: Object.freeze({
      holidays: dates(input.additions?.holidays),
      workDays: dates(input.additions?.workDays),
    }),
  });
  indexOf(calendar);
  return calendar;
}

export const localDate = (instant: Date): LocalDate => dateOfDay(dayOf(msOf(instant)));

/** `HH:mm` in Asia/Shanghai. */
export const localTime = (instant: Date): string => new Date(msOf(instant) + offsetMs).toISOString().slice(11, 16);

/** The hour of the day in Asia/Shanghai, 0–23. */
export const localHour = (instant: Date): number => Number(localTime(instant).slice(0, 2));

/** The instant of a local date and time of day (`HH:mm`, `24:00` allowed). Throws RangeError on what is neither. */
export function instantAt(date: LocalDate, time = '00:00'): Date {
  return new Date(dayNumber(date) * dayMs - offsetMs + timeOfDay(time));
}

export const addDays = (date: LocalDate, days: number): LocalDate => dateOfDay(dayNumber(date) + days);

/** 1 is Monday, 7 Sunday. */
export const weekdayOf = (date: LocalDate): number => new Date(`${date}T00:00:00Z`).getUTCDay() || 7;

/** Throws `CalendarYearUnknown` outside the known years. */
export function dayKind(calendar: Calendar, date: LocalDate): DayKind {
  const index = indexOf(calendar);
  return kindAt(index, position(calendar, index, dayNumber(date)));
}

/** Throws `CalendarYearUnknown` outside the known years. */
export const isWorkDay = (calendar: Calendar, date: LocalDate): boolean => dayKind(calendar, date) === 'WORK';

/** Milliseconds of working time from one instant to a later one. Exact, and additive over adjoining spans. */
export function workMsBetween(calendar: Calendar, from: Date, to: Date): number {
  if (msOf(from) > msOf(to)) throw new RangeError('Working time is counted forwards: give the earlier instant first.');
  return workedBefore(calendar, msOf(to)) - workedBefore(calendar, msOf(from));
}

/** Whole minutes of working time from one instant to a later one. */
export const workMinutesBetween = (calendar: Calendar, from: Date, to: Date): number =>
  Math.floor(workMsBetween(calendar, from, to) / minuteMs);

/** The earliest instant that has `ms` of working time between `from` and itself; `from` itself for 0. */
export function addWorkMs(calendar: Calendar, from: Date, ms: number): Date {
  const index = indexOf(calendar);
  const target = workedBefore(calendar, msOf(from)) + countOf(ms, 'milliseconds', 0);
  if (ms === 0) return new Date(msOf(from));
  // Rounded up, so that a whole day's work ends with that day and not with the start of the next.
  const fullDays = Math.ceil(target / index.workMsPerDay) - 1;
  const rest = target - fullDays * index.workMsPerDay;
  return new Date(startOfWorkDay(calendar, index, fullDays) + offsetInDay(index, rest));
}

/** The earliest instant that has `minutes` of working time between `from` and itself. */
export const addWorkMinutes = (calendar: Calendar, from: Date, minutes: number): Date =>
  addWorkMs(calendar, from, countOf(minutes, 'minutes', 0) * minuteMs);

/**
 * The end of working hours on the `days`-th work day after `from`'s own day, which does not count whatever its hour
 * (the legal way of counting a period in days). `days` is at least 1.
 */
export function addWorkDays(calendar: Calendar, from: Date, days: number): Date {
  const index = indexOf(calendar);
  const today = position(calendar, index, dayOf(msOf(from)));
  const nth = (index.workDaysBefore[today + 1] ?? 0) + countOf(days, 'work days', 1) - 1;
  return new Date(startOfWorkDay(calendar, index, nth) + offsetInDay(index, index.workMsPerDay));
}

/** `from` to `to` cut at every change of reason: contiguous, no two neighbours of one kind, one step per day. */
export function timeline(calendar: Calendar, from: Date, to: Date): TimePart[] {
  const index = indexOf(calendar);
  const end = msOf(to);
  const first = position(calendar, index, dayOf(msOf(from)));
  const last = position(calendar, index, dayOf(end));
  const parts: { from: Date; to: Date; kind: TimePart['kind'] }[] = [];
  let at = msOf(from);
  const advance = (upTo: number, kind: TimePart['kind']): void => {
    const until = Math.min(upTo, end);
    if (until <= at) return;
    const previous = parts.at(-1);
    if (previous?.kind === kind) previous.to = new Date(until);
    else parts.push({ from: new Date(at), to: new Date(until), kind });
    at = until;
  };
  for (let i = first; i <= last; i += 1) {
    const midnight = (index.firstDay + i) * dayMs - offsetMs;
    const kind = kindAt(index, i);
    for (const slot of kind === 'WORK' ? index.slots : []) {
      advance(midnight + slot.from, 'OFF_HOURS');
      advance(midnight + slot.to, 'WORK');
    }
    advance(midnight + dayMs, kind === 'WORK' ? 'OFF_HOURS' : kind);
  }
  return parts;
}

/** What makes every question a look-up; built once per calendar object. */
interface Index {
  /** Days since 1970-01-01 of the first known day; the tables below start there. */
  readonly firstDay: number;
  /** Positions in `dayKinds`. */
  readonly kinds: Uint8Array;
  /** How many work days lie before each day; one entry more than there are days. */
  readonly workDaysBefore: Int32Array;
  /** The work days in order, as positions. */
  readonly workDays: readonly number[];
  readonly slots: readonly { readonly from: number; readonly to: number }[];
  readonly workMsPerDay: number;
}

const indexes = new WeakMap<Calendar, Index>();

function indexOf(calendar: Calendar): Index {
  const known = indexes.get(calendar);
  if (known) return known;
  const made = buildIndex(calendar);
  indexes.set(calendar, made);
  return made;
}

function buildIndex(calendar: Calendar): Index {
  const { hours, knows, holidays, makeUpDays, additions } = calendar;
  checkFrame(calendar);
  const slots = hours.map(({ from, to }) => ({ from: timeOfDay(from), to: timeOfDay(to) }));
  const firstDay = dayNumber(`${knows.fromYear}-01-01`);
  const kinds = new Uint8Array(dayNumber(`${knows.toYear}-12-31`) - firstDay + 1);
  for (let i = 0; i < kinds.length; i += 1) kinds[i] = code(isWeekend(firstDay + i) ? 'WEEKEND' : 'WORK');

  // Later layers win.
  const layers: readonly [readonly LocalDate[], DayKind][] = [
    [holidays, 'HOLIDAY'], [makeUpDays, 'WORK'], [additions.holidays, 'HOLIDAY'], [additions.workDays, 'WORK'],
  ];
  for (const [dates, kind] of layers) {
    for (const date of dates) kinds[dayNumber(date) - firstDay] = code(kind);
  }
  const workDaysBefore = new Int32Array(kinds.length + 1);
  const workDays: number[] = [];
  kinds.forEach((kind, i) => {
    if (kind === code('WORK')) workDays.push(i);
    workDaysBefore[i + 1] = workDays.length;
  });
  const workMsPerDay = slots.reduce((sum, slot) => sum + slot.to - slot.from, 0);
  return { firstDay, kinds, workDaysBefore, workDays, slots, workMsPerDay };
}

function checkFrame({ version, timeZone, hours, knows, holidays, makeUpDays, additions }: Calendar): void {
  const check = (sound: boolean, problem: string): void => {
    if (!sound) throw new InvalidCalendar(`Calendar ${version || 'without a version'}: ${problem}`);
  };
  const { fromYear, toYear } = knows;
  check(version !== '', 'give it a version.');
  check(timeZone === 'Asia/Shanghai', 'its time zone must be Asia/Shanghai.');
  check(
    [fromYear, toYear].every(Number.isInteger) && firstYear <= fromYear && fromYear <= toYear && toYear <= lastYear,
    `the years it knows must run from ${firstYear} on, forwards.`,
  );
  check(hours.length > 0, 'give it working hours.');
  const times = hours.flatMap(({ from, to }) => [from, to]);
  check(times.every((time) => timePattern.test(time)), 'write working hours as HH:mm.');
  check(times.every((time, i) => i === 0 || (times[i - 1] ?? '') < time || (i % 2 === 0 && times[i - 1] === time)),
    'working hours must be in order and must not overlap.');
  for (const date of [...holidays, ...makeUpDays, ...additions.holidays, ...additions.workDays]) {
    check(parseDay(date) !== undefined, `${date} is not a day; write YYYY-MM-DD.`);
    const year = Number(date.slice(0, 4));
    check(fromYear <= year && year <= toYear, `${date} lies outside the years it knows, ${fromYear} to ${toYear}.`);
  }
  for (const [free, worked] of [[holidays, makeUpDays], [additions.holidays, additions.workDays]] as const) {
    const workedToo = new Set(worked);
    const both = free.find((date) => workedToo.has(date));
    check(both === undefined, `${both} cannot be a holiday and a work day in one list.`);
  }
}

/** Working milliseconds from the first known midnight to an instant. */
function workedBefore(calendar: Calendar, ms: number): number {
  const index = indexOf(calendar);
  const day = dayOf(ms);
  const i = position(calendar, index, day);
  const whole = (index.workDaysBefore[i] ?? 0) * index.workMsPerDay;
  if (kindAt(index, i) !== 'WORK') return whole;
  const clock = ms + offsetMs - day * dayMs;
  return index.slots.reduce((sum, { from, to }) => sum + Math.min(Math.max(clock - from, 0), to - from), whole);
}

/** Milliseconds after midnight at which a work day has `ms` of work behind it; `ms` is above 0. */
function offsetInDay(index: Index, ms: number): number {
  let rest = ms;
  for (const { from, to } of index.slots) {
    if (rest <= to - from) return from + rest;
    rest -= to - from;
  }
  throw new RangeError(`A work day of this calendar has ${index.workMsPerDay} ms, not ${ms}.`);
}

/** Midnight of the `nth` work day the calendar knows, counted from 0. */
function startOfWorkDay(calendar: Calendar, index: Index, nth: number): number {
  const day = index.workDays[nth];
  if (day === undefined) throw new CalendarYearUnknown(calendar.knows.toYear + 1, calendar.version, calendar.knows);
  return (index.firstDay + day) * dayMs - offsetMs;
}

function position(calendar: Calendar, index: Index, day: number): number {
  const i = day - index.firstDay;
  if (i >= 0 && i < index.kinds.length) return i;
  throw new CalendarYearUnknown(new Date(day * dayMs).getUTCFullYear(), calendar.version, calendar.knows);
}

const code = (kind: DayKind): number => dayKinds.indexOf(kind);
const kindAt = (index: Index, i: number): DayKind => dayKinds[index.kinds[i] ?? 0] ?? 'WORK';

// Day 0, 1970-01-01, was a Thursday.
const isWeekend = (day: number): boolean => [0, 6].includes((((day + 4) % 7) + 7) % 7);

const dayOf = (ms: number): number => Math.floor((ms + offsetMs) / dayMs);
const dateOfDay = (day: number): LocalDate => new Date(day * dayMs).toISOString().slice(0, 10);

const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/;
const timePattern = /^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/;

/** Days since 1970-01-01, undefined for what is not a day. */
function parseDay(date: string): number | undefined {
  const [year, month, day] = datePattern.exec(date)?.slice(1).map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  // Date takes 2024-02-30 for 03-01; the way back tells.
  const parsed = new Date(Date.UTC(year, month - 1, day));
  const same = parsed.getUTCFullYear() === year && parsed.getUTCMonth() === month - 1 && parsed.getUTCDate() === day;
  return same ? parsed.getTime() / dayMs : undefined;
}

function dayNumber(date: LocalDate): number {
  const day = parseDay(date);
  if (day === undefined) throw new RangeError(`${date} is not a day; write YYYY-MM-DD.`);
  return day;
}

function timeOfDay(time: string): number {
  if (!timePattern.test(time)) throw new RangeError(`${time} is not a time of day; write HH:mm.`);
  return (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * minuteMs;
}

function msOf(instant: Date): number {
  const ms = instant.getTime();
  if (Number.isNaN(ms)) throw new RangeError('An instant is needed, not an invalid date.');
  return ms;
}

function countOf(value: number, what: string, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`Give a whole number of ${what}, ${least} or more, not ${value}.`);
}
