// A clock is a ledger of what happened to it; when it is due is computed from the ledger and a calendar, never stored.
// Functions give a new clock and throw `ClockRefused` where the ledger does not allow the step: the state machine that
// owns the clock has already decided, so a refusal here means that the two disagree.
import { addWorkDays, addWorkMs, timeline, workMsBetween, type Calendar, type TimePart } from './calendar.js';

export const clockUnits = ['WORK_MINUTE', 'WORK_DAY', 'MINUTE'] as const;
/** `MINUTE` counts every minute and needs no calendar knowledge; the other two count working time only. */
export type ClockUnit = (typeof clockUnits)[number];

export const pauseReasons = ['PAUSED_INFO', 'PAUSED_SUSPENDED'] as const;
/** Waiting for the reporter's information; suspended (挂账) by the district. */
export type PauseReason = (typeof pauseReasons)[number];

export type ClockState = 'RUNNING' | PauseReason | 'STOPPED';

/** One state of the clock and its time; `to` is null in the state it is in now. */
export interface ClockSpan {
  readonly from: Date;
  readonly to: Date | null;
  readonly why: 'RUNNING' | PauseReason;
}

export interface ClockSpec<Name extends string = string> {
  readonly name: Name;
  readonly unit: ClockUnit;
  /**
   * In the unit. A budget of n WORK_DAYs lasts to the end of working hours on the n-th work day after the day of the
   * start. It is worth the working time from the start to then, so a pause inside a day gives back exactly its minutes.
   */
  readonly budget: number;
}

export interface Clock<Name extends string = string> extends ClockSpec<Name> {
  /** In order, each beginning where the one before ends; the last is closed when the clock is stopped. */
  readonly spans: readonly ClockSpan[];
  /** `by` is in the unit; work days granted follow those of the budget. */
  readonly extensions: readonly { readonly at: Date; readonly by: number }[];
}

/** A piece of a clock's life. `counted` is in minutes: working minutes, or all of them for a `MINUTE` clock. */
export interface ClockSegment {
  readonly from: Date;
  readonly to: Date;
  readonly counted: number;
  readonly why: ClockSpan['why'] | Exclude<TimePart['kind'], 'WORK'>;
}

export type ClockAction = 'start' | 'pause' | 'resume' | 'stop' | 'extend';

export class ClockRefused extends Error {
  override readonly name = 'ClockRefused';
  constructor(
    readonly code: 'WRONG_STATE' | 'OUT_OF_ORDER' | 'INVALID_BUDGET',
    readonly action: ClockAction | 'project',
    message: string,
  ) {
    super(message);
  }
}

const minuteMs = 60_000;
/** Ten years of minutes: beyond it an amount is a slip, and instants run out of range. */
const largestBudget = 5_256_000;

interface Counter {
  /** Milliseconds that count from one instant to a later one. */
  readonly between: (calendar: Calendar, from: Date, to: Date) => number;
  /** The earliest instant by which that many have counted. */
  readonly after: (calendar: Calendar, from: Date, ms: number) => Date;
  /** What an amount of the unit is worth to a clock started at `from`, in milliseconds that count. */
  readonly worth: (calendar: Calendar, from: Date, amount: number) => number;
}

const counters: Readonly<Record<ClockUnit, Counter>> = {
  WORK_MINUTE: { between: workMsBetween, after: addWorkMs, worth: (_calendar, _from, amount) => amount * minuteMs },
  WORK_DAY: {
    between: workMsBetween,
    after: addWorkMs,
    worth: (calendar, from, amount) => workMsBetween(calendar, from, addWorkDays(calendar, from, amount)),
  },
  MINUTE: {
    between: (_calendar, from, to) => to.getTime() - from.getTime(),
    after: (_calendar, from, ms) => new Date(from.getTime() + ms),
    worth: (_calendar, _from, amount) => amount * minuteMs,
  },
};

const allowedIn: Readonly<Record<Exclude<ClockAction, 'start'>, readonly ClockState[]>> = {
  pause: ['RUNNING'],
  resume: pauseReasons,
  stop: ['RUNNING', ...pauseReasons],
  extend: ['RUNNING', ...pauseReasons],
};

export function start<Name extends string>({ name, unit, budget }: ClockSpec<Name>, at: Date): Clock<Name> {
  checkAmount('start', budget);
  checkInstant('start', at);
  return { name, unit, budget, spans: [{ from: at, to: null, why: 'RUNNING' }], extensions: [] };
}

export const pause = <C extends Clock>(clock: C, why: PauseReason, at: Date): C =>
  ({ ...clock, spans: [...closed(clock, 'pause', at), { from: at, to: null, why }] });

export const resume = <C extends Clock>(clock: C, at: Date): C =>
  ({ ...clock, spans: [...closed(clock, 'resume', at), { from: at, to: null, why: 'RUNNING' }] });

/** Final: what starts again is a new clock, and this one is kept. */
export const stop = <C extends Clock>(clock: C, at: Date): C =>
  ({ ...clock, spans: closed(clock, 'stop', at) });

/** Adds to the budget, in the clock's unit. `dueAt(extend(…))` previews an extension before anyone asks for it. */
export function extend<C extends Clock>(clock: C, by: number, at: Date): C {
  checkAmount('extend', by);
  checkAmount('extend', granted(clock) + by);
  checkStep(clock, 'extend', at);
  return { ...clock, extensions: [...clock.extensions, { at, by }] };
}

/** As the ledger ends. */
export function state(clock: Clock): ClockState {
  const span = lastSpan(clock);
  return span.to === null ? span.why : 'STOPPED';
}

/** Whole minutes counted up to `at`, or to the stop if that came first. */
export const used = (clock: Clock, calendar: Calendar, at: Date): number =>
  Math.floor(usedMs(clock, calendar, at) / minuteMs);

/**
 * The budget with its extensions in whole counted minutes: what `used` reaches at `dueAt`. For WORK_DAYs it includes
 * what was left of the day of the start.
 */
export const budgetMinutes = (clock: Clock, calendar: Calendar): number =>
  Math.floor(budgetMs(clock, calendar) / minuteMs);

/** The first instant at which the whole budget is used; null as in `thresholdAt`. */
export const dueAt = (clock: Clock, calendar: Calendar): Date | null => thresholdAt(clock, calendar, 100);

/**
 * The first instant at which `percent` of the budget is used: past, or to come while the clock runs. Null when the
 * clock was paused or stopped before it; the future depends on somebody then (see `dueIfResumedAt`).
 */
export function thresholdAt(clock: Clock, calendar: Calendar, percent: number): Date | null {
  if (!(percent > 0 && percent <= 10_000)) throw new RangeError(`Give a percentage above 0, not ${percent}.`);
  const { between, after } = counters[clock.unit];
  let rest = Math.ceil((budgetMs(clock, calendar) * percent) / 100);
  for (const { from, to, why } of clock.spans) {
    if (why !== 'RUNNING') continue;
    const counted = to === null ? Number.POSITIVE_INFINITY : between(calendar, from, to);
    if (rest <= counted) return after(calendar, from, rest);
    rest -= counted;
  }
  return null;
}

/**
 * When the clock would be due if it ran from `at` on. A running clock needs no resuming: its own due time. For a
 * stopped one, `at` the stop gives the due time as it then stood.
 */
export function dueIfResumedAt(clock: Clock, calendar: Calendar, at: Date): Date {
  const span = lastSpan(clock);
  const running = span.to === null && span.why === 'RUNNING';
  if (!running) checkOrder(clock, 'project', at);
  const spans: readonly ClockSpan[] = running
    ? clock.spans
    : [...clock.spans.with(-1, { ...span, to: span.to ?? at }), { from: at, to: null, why: 'RUNNING' }];
  // Running without end, it reaches every threshold.
  return dueAt({ ...clock, spans }, calendar) as Date;
}

/**
 * The clock's life up to `at` (or its stop) with a reason for every minute: from the start on, contiguous, no two
 * neighbours with one reason. The sum of `counted` is `used`; where the ledger has seconds, a segment's share is what
 * it adds to that whole number. A pause is one segment, whatever hours it spans. Empty before the start.
 */
export function segments(clock: Clock, calendar: Calendar, at: Date): ClockSegment[] {
  const pieces = clock.spans.flatMap((span) => explained(clock.unit, calendar, span, upTo(span, at)));
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const previous = joined.at(-1);
    if (previous?.why === piece.why) joined[joined.length - 1] = { ...previous, to: piece.to };
    else joined.push(piece);
  }
  let total = 0;
  return joined.map(({ from, to, why }) => {
    const before = Math.floor(total / minuteMs);
    if (why === 'RUNNING') total += to.getTime() - from.getTime();
    return { from, to, counted: Math.floor(total / minuteMs) - before, why };
  });
}

type Piece = Omit<ClockSegment, 'counted'>;

function explained(unit: ClockUnit, calendar: Calendar, { from, why }: ClockSpan, to: Date): Piece[] {
  if (to <= from) return [];
  if (why !== 'RUNNING' || unit === 'MINUTE') return [{ from, to, why }];
  return timeline(calendar, from, to).map((part) => ({
    from: part.from, to: part.to, why: part.kind === 'WORK' ? 'RUNNING' : part.kind,
  }));
}

function usedMs(clock: Clock, calendar: Calendar, at: Date): number {
  const { between } = counters[clock.unit];
  return clock.spans.reduce((sum, span) => {
    const to = upTo(span, at);
    return span.why === 'RUNNING' && to > span.from ? sum + between(calendar, span.from, to) : sum;
  }, 0);
}

const budgetMs = (clock: Clock, calendar: Calendar): number =>
  counters[clock.unit].worth(calendar, firstSpan(clock).from, granted(clock));

const granted = ({ budget, extensions }: Clock): number => extensions.reduce((sum, { by }) => sum + by, budget);

const upTo = ({ to }: ClockSpan, at: Date): Date => (to !== null && to < at ? to : at);

function closed(clock: Clock, action: Exclude<ClockAction, 'start'>, at: Date): readonly ClockSpan[] {
  checkStep(clock, action, at);
  return clock.spans.with(-1, { ...lastSpan(clock), to: at });
}

function checkStep(clock: Clock, action: Exclude<ClockAction, 'start'>, at: Date): void {
  const now = state(clock);
  if (!allowedIn[action].includes(now)) {
    throw new ClockRefused('WRONG_STATE', action,
      `Clock ${clock.name} is ${now}; ${action} needs ${allowedIn[action].join(' or ')}.`);
  }
  checkOrder(clock, action, at);
}

function checkOrder(clock: Clock, action: ClockRefused['action'], at: Date): void {
  checkInstant(action, at);
  const span = lastSpan(clock);
  const entries = [span.to ?? span.from, ...clock.extensions.map((extension) => extension.at)];
  const latest = new Date(Math.max(...entries.map(Number)));
  if (at < latest) {
    throw new ClockRefused('OUT_OF_ORDER', action,
      `Clock ${clock.name} has an entry of ${latest.toISOString()}; ${action} it at that time or later.`);
  }
}

function checkInstant(action: ClockRefused['action'], at: Date): void {
  if (!Number.isNaN(at.getTime())) return;
  throw new ClockRefused('OUT_OF_ORDER', action, 'Give an instant, not an invalid date.');
}

function checkAmount(action: ClockAction, amount: number): void {
  if (Number.isInteger(amount) && amount >= 1 && amount <= largestBudget) return;
  throw new ClockRefused('INVALID_BUDGET', action,
    `Give a whole number from 1 to ${largestBudget} in the clock's unit, not ${amount}.`);
}

const firstSpan = (clock: Clock): ClockSpan => spanAt(clock, 0);
const lastSpan = (clock: Clock): ClockSpan => spanAt(clock, -1);

function spanAt(clock: Clock, i: number): ClockSpan {
  const span = clock.spans.at(i);
  if (!span) throw new RangeError(`Clock ${clock.name} has no spans; a clock begins with start().`);
  return span;
}
