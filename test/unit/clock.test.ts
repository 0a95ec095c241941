import fc from 'fast-check';
import {
  addDays, addWorkDays, CalendarYearUnknown, createCalendar, instantAt, localDate, localTime, workMsBetween,
} from '../../subgraphs/shared/domain/calendar.js';
import {
  budgetMinutes, ClockRefused, clockUnits, dueAt, dueIfResumedAt, extend, pause, pauseReasons, resume, segments, start,
  state, stop, thresholdAt, used, type Clock, type ClockUnit,
} from '../../subgraphs/shared/domain/clock.js';

// National Day 2024 as published.
const calendar = createCalendar({
  version: 'test.1',
  knows: { fromYear: 2024, toYear: 2024 },
  holidays: Array.from({ length: 7 }, (_, i) => addDays('2024-10-01', i)),
  makeUpDays: ['2024-09-29', '2024-10-12'],
});

const at = (text: string): Date => instantAt(text.slice(0, 10), text.slice(11));
const text = (instant: Date | null): string | null => instant && `${localDate(instant)} ${localTime(instant)}`;
const begin = (unit: ClockUnit, budget: number, from: string): Clock<'RESOLVE'> =>
  start({ name: 'RESOLVE', unit, budget }, at(from));
const read = (clock: Clock, now: string): string[] => segments(clock, calendar, at(now))
  .map((s) => `${text(s.from)} – ${text(s.to)} ${s.counted} ${s.why}`);

it('explains every minute of a clock that was paused over a holiday', () => {
  const paused = pause(begin('WORK_DAY', 3, '2024-09-27 10:00'), 'PAUSED_INFO', at('2024-09-29 11:00'));
  const clock = stop(resume(paused, at('2024-10-08 11:00')), at('2024-10-08 13:30'));
  expect(read(clock, '2024-12-01 00:00')).toEqual([
    '2024-09-27 10:00 – 2024-09-27 12:00 120 RUNNING',
    '2024-09-27 12:00 – 2024-09-27 13:00 0 OFF_HOURS',
    '2024-09-27 13:00 – 2024-09-27 17:00 240 RUNNING',
    '2024-09-27 17:00 – 2024-09-28 00:00 0 OFF_HOURS',
    '2024-09-28 00:00 – 2024-09-29 00:00 0 WEEKEND',
    '2024-09-29 00:00 – 2024-09-29 09:00 0 OFF_HOURS',
    '2024-09-29 09:00 – 2024-09-29 11:00 120 RUNNING',
    '2024-09-29 11:00 – 2024-10-08 11:00 0 PAUSED_INFO',
    '2024-10-08 11:00 – 2024-10-08 12:00 60 RUNNING',
    '2024-10-08 12:00 – 2024-10-08 13:00 0 OFF_HOURS',
    '2024-10-08 13:00 – 2024-10-08 13:30 30 RUNNING',
  ]);
  expect(used(clock, calendar, at('2024-12-01 00:00'))).toBe(570);
});

it('names a holiday as the reason that nothing counts', () => {
  expect(read(begin('WORK_MINUTE', 60, '2024-09-30 16:30'), '2024-10-08 09:10')).toEqual([
    '2024-09-30 16:30 – 2024-09-30 17:00 30 RUNNING',
    '2024-09-30 17:00 – 2024-10-01 00:00 0 OFF_HOURS',
    '2024-10-01 00:00 – 2024-10-08 00:00 0 HOLIDAY',
    '2024-10-08 00:00 – 2024-10-08 09:00 0 OFF_HOURS',
    '2024-10-08 09:00 – 2024-10-08 09:10 10 RUNNING',
  ]);
});

it('reads the past of a ledger as it was then', () => {
  const clock = stop(pause(begin('WORK_MINUTE', 60, '2024-09-27 10:00'), 'PAUSED_SUSPENDED', at('2024-09-27 10:20')),
    at('2024-09-27 11:00'));
  expect(read(clock, '2024-09-27 10:10')).toEqual(['2024-09-27 10:00 – 2024-09-27 10:10 10 RUNNING']);
  expect([used(clock, calendar, at('2024-09-27 09:00')), read(clock, '2024-09-27 09:00')]).toEqual([0, []]);
});

it.each<[ClockUnit, number, string, string, number]>([
  ['WORK_DAY', 1, '2024-09-26 10:00', '2024-09-27 17:00', 360 + 420],
  ['WORK_DAY', 1, '2024-09-26 20:00', '2024-09-27 17:00', 420],
  ['WORK_DAY', 1, '2024-10-03 10:00', '2024-10-08 17:00', 420],
  ['WORK_DAY', 3, '2024-09-27 10:00', '2024-10-08 17:00', 360 + 3 * 420],
  ['WORK_MINUTE', 120, '2024-09-27 16:00', '2024-09-29 10:00', 120],
  ['WORK_MINUTE', 180, '2024-09-27 09:00', '2024-09-27 12:00', 180],
  ['MINUTE', 30, '2024-10-01 23:50', '2024-10-02 00:20', 30],
])('makes %s × %d from %s due at %s, when %d minutes are used', (unit, budget, from, due, minutes) => {
  const clock = begin(unit, budget, from);
  expect(text(dueAt(clock, calendar))).toBe(due);
  expect([budgetMinutes(clock, calendar), used(clock, calendar, at(due))]).toEqual([minutes, minutes]);
});

it('gives back the minutes of a day that a pause cut through', () => {
  const paused = pause(begin('WORK_DAY', 1, '2024-09-26 10:00'), 'PAUSED_INFO', at('2024-09-26 16:00'));
  expect(text(dueAt(resume(paused, at('2024-09-27 11:00')), calendar))).toBe('2024-09-29 12:00');
});

it.each(pauseReasons)('has no due time while %s, but says what it would be', (why) => {
  const clock = pause(begin('WORK_MINUTE', 120, '2024-09-27 09:00'), why, at('2024-09-27 10:00'));
  expect([state(clock), dueAt(clock, calendar)]).toEqual([why, null]);
  expect(text(dueIfResumedAt(clock, calendar, at('2024-09-27 16:30')))).toBe('2024-09-29 09:30');
});

it('says of a stopped clock when it would have been due', () => {
  const clock = stop(begin('WORK_MINUTE', 120, '2024-09-27 09:00'), at('2024-09-27 10:00'));
  expect([state(clock), dueAt(clock, calendar)]).toEqual(['STOPPED', null]);
  expect(text(dueIfResumedAt(clock, calendar, at('2024-09-27 10:00')))).toBe('2024-09-27 11:00');
});

it('keeps a due time that had passed before the pause', () => {
  const clock = pause(begin('WORK_MINUTE', 60, '2024-09-27 09:00'), 'PAUSED_INFO', at('2024-09-27 11:00'));
  expect([dueAt(clock, calendar), dueIfResumedAt(clock, calendar, at('2024-10-08 09:00'))].map(text))
    .toEqual(['2024-09-27 10:00', '2024-09-27 10:00']);
});

it.each([
  [80, '2024-09-27 16:00'],
  [100, '2024-09-29 10:00'],
  [150, '2024-09-29 16:00'],
  [300, '2024-10-08 17:00'],
])('reaches %d %% of its budget at %s', (percent, when) => {
  expect(text(thresholdAt(begin('WORK_MINUTE', 600, '2024-09-26 15:00'), calendar, percent))).toBe(when);
});

it('shows the due time of an extension without granting it', () => {
  const clock = begin('WORK_DAY', 1, '2024-09-27 10:00');
  const preview = extend(clock, 2, at('2024-09-29 10:00'));
  const dues = [clock, preview].map((c) => text(dueAt(c, calendar)));
  expect(dues).toEqual(['2024-09-29 17:00', '2024-10-08 17:00']);
  expect(clock.extensions).toEqual([]);
});

it('can be paused, resumed and stopped in the very moment it started', () => {
  const now = at('2024-09-27 10:00');
  const clock = stop(resume(pause(begin('MINUTE', 1, '2024-09-27 10:00'), 'PAUSED_INFO', now), now), now);
  expect([state(clock), read(clock, '2024-09-28 00:00'), used(clock, calendar, now)]).toEqual(['STOPPED', [], 0]);
});

it('shows no seam where a pause took no time', () => {
  const now = at('2024-09-27 10:30');
  const clock = resume(pause(begin('WORK_MINUTE', 60, '2024-09-27 10:00'), 'PAUSED_INFO', now), now);
  expect(read(clock, '2024-09-27 11:00')).toEqual(['2024-09-27 10:00 – 2024-09-27 11:00 60 RUNNING']);
});

it('needs no calendar knowledge to count plain minutes', () => {
  const clock = begin('MINUTE', 14 * 1440, '2030-05-01 10:00');
  expect(text(dueAt(clock, calendar))).toBe('2030-05-15 10:00');
  expect(read(clock, '2030-05-01 10:30')).toEqual(['2030-05-01 10:00 – 2030-05-01 10:30 30 RUNNING']);
});

it('will not guess a due time in a year that the calendar does not know', () => {
  const clock = begin('WORK_DAY', 10, '2024-12-27 10:00');
  expect(() => dueAt(clock, calendar)).toThrow(CalendarYearUnknown);
  expect(used(clock, calendar, at('2024-12-27 12:00'))).toBe(120);
});

const running = begin('WORK_MINUTE', 60, '2024-09-27 09:00');
const paused = pause(running, 'PAUSED_INFO', at('2024-09-27 09:30'));
const stopped = stop(paused, at('2024-09-27 10:00'));
const later = at('2024-09-27 11:00');

it.each<[string, () => unknown, string]>([
  ['pausing a paused clock', () => pause(paused, 'PAUSED_SUSPENDED', later), 'WRONG_STATE'],
  ['pausing a stopped clock', () => pause(stopped, 'PAUSED_INFO', later), 'WRONG_STATE'],
  ['resuming a running clock', () => resume(running, later), 'WRONG_STATE'],
  ['resuming a stopped clock', () => resume(stopped, later), 'WRONG_STATE'],
  ['stopping a stopped clock', () => stop(stopped, later), 'WRONG_STATE'],
  ['extending a stopped clock', () => extend(stopped, 1, later), 'WRONG_STATE'],
  ['pausing before the start', () => pause(running, 'PAUSED_INFO', at('2024-09-27 08:59')), 'OUT_OF_ORDER'],
  ['resuming before the pause', () => resume(paused, at('2024-09-27 09:29')), 'OUT_OF_ORDER'],
  ['stopping before the last extension', () => stop(extend(running, 1, later), at('2024-09-27 10:59')), 'OUT_OF_ORDER'],
  ['projecting before the stop', () => dueIfResumedAt(stopped, calendar, at('2024-09-27 09:59')), 'OUT_OF_ORDER'],
  ['pausing at no instant', () => pause(running, 'PAUSED_INFO', new Date(Number.NaN)), 'OUT_OF_ORDER'],
  ['starting at no instant', () => start(running, new Date(Number.NaN)), 'OUT_OF_ORDER'],
  ['a budget of nothing', () => begin('WORK_DAY', 0, '2024-09-27 09:00'), 'INVALID_BUDGET'],
  ['half a day', () => begin('WORK_DAY', 0.5, '2024-09-27 09:00'), 'INVALID_BUDGET'],
  ['an extension that takes away', () => extend(running, -1, later), 'INVALID_BUDGET'],
  ['an extension beyond ten years of minutes', () => extend(running, 5_256_000, later), 'INVALID_BUDGET'],
])('refuses %s and leaves the ledger as it was', (_what, step, code) => {
  const before = structuredClone([running, paused, stopped]);
  expect(step).toThrow(ClockRefused);
  expect(step).toThrow(expect.objectContaining({ code }));
  expect([running, paused, stopped]).toEqual(before);
});

it.each([0, -80, Number.NaN, Number.POSITIVE_INFINITY])('refuses a threshold of %d %%', (percent) => {
  expect(() => thresholdAt(running, calendar, percent)).toThrow(RangeError);
});

describe('on random histories', () => {
  const first = at('2024-09-20 00:00').getTime();
  const last = at('2024-12-20 00:00').getTime();
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' });

  // The slow way: for every minute, was it worked?
  const worked = Array.from({ length: (last - first) / 60_000 }, (_, i) => {
    const [date = '', time = ''] = local.format(first + i * 60_000).split(' ');
    const weekday = ![0, 6].includes(new Date(date).getUTCDay());
    const day = calendar.makeUpDays.includes(date) || (weekday && !calendar.holidays.includes(date));
    return day && ((time >= '09:00' && time < '12:00') || (time >= '13:00' && time < '17:00'));
  });
  const slowlyUsed = (clock: Clock, until: Date): number => {
    let minutes = 0;
    for (const { from, to, why } of clock.spans) {
      const end = Math.min((to ?? until).getTime(), until.getTime());
      if (why !== 'RUNNING') continue;
      for (let ms = from.getTime(); ms < end; ms += 60_000) {
        minutes += Number(clock.unit === 'MINUTE' || worked[(ms - first) / 60_000] === true);
      }
    }
    return minutes;
  };
  const slowlyDue = (clock: Clock, budget: number): Date | null => {
    let rest = budget;
    for (const { from, to, why } of clock.spans) {
      if (why !== 'RUNNING') continue;
      for (let ms = from.getTime(); ms < (to?.getTime() ?? last); ms += 60_000) {
        rest -= Number(clock.unit === 'MINUTE' || worked[(ms - first) / 60_000] === true);
        if (rest === 0) return new Date(ms + 60_000);
      }
    }
    return null;
  };

  type Step = { readonly after: number; readonly what: 'pause' | 'resume' | 'extend' | 'stop' };
  /** Steps that the ledger does not allow where they fall are left out; `after` is in ticks of `tick` ms. */
  const history = (tick: number) => fc.record({
    unit: fc.constantFrom(...clockUnits),
    days: fc.integer({ min: 1, max: 12 }),
    from: fc.integer({ min: 0, max: Math.floor((18 * 86_400_000) / tick) }),
    steps: fc.array(fc.record({
      after: fc.integer({ min: 0, max: Math.floor((3 * 86_400_000) / tick) }),
      what: fc.constantFrom<Step['what']>('pause', 'resume', 'pause', 'resume', 'extend', 'stop'),
      why: fc.constantFrom(...pauseReasons),
    }), { maxLength: 7 }),
    until: fc.integer({ min: 0, max: Math.floor((30 * 86_400_000) / tick) }),
  }).map(({ unit, days, from, steps, until }) => {
    const perDay = { WORK_DAY: 1, WORK_MINUTE: 420, MINUTE: 1440 }[unit];
    let now = new Date(first + from * tick);
    let clock: Clock = start({ name: 'RESOLVE', unit, budget: days * perDay }, now);
    for (const { after, what, why } of steps) {
      now = new Date(now.getTime() + after * tick);
      const is = state(clock);
      if (what === 'pause' && is === 'RUNNING') clock = pause(clock, why, now);
      if (what === 'resume' && is.startsWith('PAUSED')) clock = resume(clock, now);
      if (what === 'extend' && is !== 'STOPPED') clock = extend(clock, perDay, now);
      if (what === 'stop' && is !== 'STOPPED' && after % 4 === 0) clock = stop(clock, now);
    }
    return { clock, now, until: new Date(first + (from + until) * tick) };
  });
  const minutely = history(60_000);
  const exact = history(7);
  const sampling = { seed: 20241001, numRuns: 150 };

  it('counts as a minute-by-minute count does', () => {
    fc.assert(fc.property(minutely, ({ clock, until }) => {
      expect(used(clock, calendar, until)).toBe(slowlyUsed(clock, until));
    }), sampling);
  });

  it('is due at the minute that a minute-by-minute search finds', () => {
    fc.assert(fc.property(minutely, ({ clock }) => {
      const [span] = clock.spans;
      const amount = clock.extensions.reduce((sum, { by }) => sum + by, clock.budget);
      const begun = clock.spans[0]?.from ?? new Date(Number.NaN);
      const endOfDay = addWorkDays(calendar, begun, clock.unit === 'WORK_DAY' ? amount : 1);
      const whole: Clock = { ...clock, spans: span ? [{ ...span, to: null }] : [] };
      const budget = clock.unit === 'WORK_DAY' ? slowlyUsed(whole, endOfDay) : amount;
      expect(budgetMinutes(clock, calendar)).toBe(budget);
      expect(dueAt(clock, calendar)).toEqual(slowlyDue(clock, budget));
    }), sampling);
  });

  it('has segments without gap or overlap, whose minutes sum to what is used', () => {
    fc.assert(fc.property(exact, ({ clock, until }) => {
      const pieces = segments(clock, calendar, until);
      const begun = clock.spans[0]?.from.getTime() ?? Number.NaN;
      const end = Math.min(until.getTime(), clock.spans.at(-1)?.to?.getTime() ?? until.getTime());
      const edges = pieces.map((piece) => piece.from.getTime());
      expect([...edges, end]).toEqual([begun, ...pieces.map((piece) => piece.to.getTime())]);
      expect(pieces.every((piece, i) => piece.from < piece.to && piece.why !== pieces[i - 1]?.why)).toBe(true);
      expect(pieces.every((piece) => piece.why === 'RUNNING' || piece.counted === 0)).toBe(true);
      expect(pieces.reduce((sum, piece) => sum + piece.counted, 0)).toBe(used(clock, calendar, until));
    }), sampling);
  });

  it('has used its budget at the due time and not before it', () => {
    fc.assert(fc.property(exact, ({ clock, now }) => {
      const due = dueAt(clock, calendar);
      const projected = due ?? dueIfResumedAt(clock, calendar, now);
      const going: Clock = due ? clock : {
        ...clock,
        spans: [
          ...clock.spans.map((span) => ({ ...span, to: span.to ?? now })), { from: now, to: null, why: 'RUNNING' },
        ],
      };
      const budget = budgetMinutes(clock, calendar);
      expect(used(going, calendar, projected)).toBe(budget);
      expect(used(going, calendar, new Date(projected.getTime() - 60_000))).toBeLessThan(budget);
    }), sampling);
  });

  it('reaches higher thresholds later, and none while it is held before them', () => {
    fc.assert(fc.property(exact, ({ clock }) => {
      const reached = [80, 100, 150, 300].map((percent) => {
        const when = thresholdAt(clock, calendar, percent);
        return when === null ? Number.POSITIVE_INFINITY : when.getTime();
      });
      expect(reached).toEqual([...reached].sort((a, b) => a - b));
      if (state(clock) === 'RUNNING') expect(reached.every(Number.isFinite)).toBe(true);
    }), sampling);
  });

  it('is due later by exactly the working time of a pause', () => {
    fc.assert(fc.property(exact, fc.integer({ min: 0, max: 5 * 86_400_000 }), ({ clock, now }, held) => {
      fc.pre(state(clock) === 'RUNNING' && (dueAt(clock, calendar) ?? now) > now);
      const until = new Date(now.getTime() + held);
      const due = dueAt(clock, calendar) as Date;
      const after = dueAt(resume(pause(clock, 'PAUSED_INFO', now), until), calendar) as Date;
      const elapsed = (from: Date, to: Date): number =>
        clock.unit === 'MINUTE' ? to.getTime() - from.getTime() : workMsBetween(calendar, from, to);
      expect(elapsed(due, after)).toBe(elapsed(now, until));
    }), sampling);
  });

  it('is due later for every extension, and later for a longer one', () => {
    const by = fc.integer({ min: 1, max: 5 });
    fc.assert(fc.property(exact, by, by, ({ clock, now }, some, more) => {
      fc.pre(state(clock) === 'RUNNING');
      const dues = [clock, extend(clock, some, now), extend(clock, some + more, now)].map((c) => dueAt(c, calendar));
      const [before, shorter, longer] = dues.map(Number) as [number, number, number];
      expect(before < shorter && shorter < longer).toBe(true);
    }), sampling);
  });

  it('leaves a due time inside the budget of work days at the end of working hours', () => {
    fc.assert(fc.property(exact, ({ clock }) => {
      fc.pre(clock.unit === 'WORK_DAY' && clock.spans.length === 1 && state(clock) === 'RUNNING');
      expect(localTime(dueAt(clock, calendar) as Date)).toBe('17:00');
    }), sampling);
  });
});
