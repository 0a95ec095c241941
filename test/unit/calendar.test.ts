import fc from 'fast-check';
import {
  addDays, addWorkDays, addWorkMinutes, addWorkMs, CalendarYearUnknown, createCalendar, dayKind, instantAt,
  InvalidCalendar, isWorkDay, localDate, localTime, timeline, workMinutesBetween, workMsBetween, type Calendar,
} from '../../subgraphs/shared/domain/calendar.js';

const days = (from: string, count: number): string[] => Array.from({ length: count }, (_, i) => addDays(from, i));

// National Day 2024 as published, with two days of the city's own: a Saturday worked, a Wednesday off.
const calendar = createCalendar({
  version: 'test.1',
  knows: { fromYear: 2024, toYear: 2024 },
  holidays: ['2024-01-01', ...days('2024-10-01', 7)],
  makeUpDays: ['2024-10-12', '2024-09-29'],
  additions: { workDays: ['2024-10-19'], holidays: ['2024-10-23'] },
});

const at = (text: string): Date => instantAt(text.slice(0, 10), text.slice(11) || '00:00');
const text = (instant: Date): string => `${localDate(instant)} ${localTime(instant)}`;
// The time zone database, against which our own arithmetic is held.
const local = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' });
const sampling = { seed: 20240929, numRuns: 200 };

it.each([
  ['2024-09-27', 'WORK', 'a Friday'],
  ['2024-09-28', 'WEEKEND', 'a Saturday'],
  ['2024-09-29', 'WORK', 'a Sunday worked to make up'],
  ['2024-10-01', 'HOLIDAY', 'a public holiday'],
  ['2024-10-05', 'HOLIDAY', 'a Saturday inside a public holiday'],
  ['2024-10-12', 'WORK', 'a Saturday worked to make up'],
  ['2024-10-13', 'WEEKEND', 'the Sunday after it'],
  ['2024-10-19', 'WORK', 'a Saturday the city works'],
  ['2024-10-23', 'HOLIDAY', 'a Wednesday the city takes off'],
  ['2024-02-29', 'WORK', 'a leap day'],
])('takes %s as %s: %s', (date, kind) => {
  expect([dayKind(calendar, date), isWorkDay(calendar, date)]).toEqual([kind, kind === 'WORK']);
});

it.each([
  ['2024-09-27 10:00', '2024-09-27 11:30', 90, 'inside the morning'],
  ['2024-09-27 11:30', '2024-09-27 13:30', 60, 'across noon'],
  ['2024-09-27 00:00', '2024-09-28 00:00', 420, 'a whole work day'],
  ['2024-09-27 17:00', '2024-09-29 09:00', 0, 'Friday evening to Sunday morning'],
  ['2024-09-27 16:00', '2024-10-08 10:00', 960, 'across National Day with its make-up Sunday'],
])('counts the working minutes from %s to %s as %d: %s', (from, to, minutes) => {
  expect(workMinutesBetween(calendar, at(from), at(to))).toBe(minutes);
});

it('rounds minutes down but keeps milliseconds', () => {
  const from = new Date(at('2024-09-27 09:00').getTime() + 250);
  const to = new Date(at('2024-09-27 09:02').getTime() + 249);
  expect([workMinutesBetween(calendar, from, to), workMsBetween(calendar, from, to)]).toEqual([1, 119_999]);
});

it.each([
  ['2024-09-27 09:00', 180, '2024-09-27 12:00', 'ends with the morning, not at the start of the afternoon'],
  ['2024-09-27 09:00', 181, '2024-09-27 13:01', 'goes on after noon'],
  ['2024-09-27 16:00', 60, '2024-09-27 17:00', 'ends with the day'],
  ['2024-09-27 16:00', 61, '2024-09-29 09:01', 'goes on, on the make-up Sunday'],
  ['2024-09-30 16:00', 61, '2024-10-08 09:01', 'goes on after the holiday'],
  ['2024-10-02 03:00', 1, '2024-10-08 09:01', 'begins after the holiday'],
  ['2024-10-02 03:00', 0, '2024-10-02 03:00', 'stays where it is for nothing'],
])('from %s, %d working minutes reach %s: it %s', (from, minutes, to) => {
  expect(text(addWorkMinutes(calendar, at(from), minutes))).toBe(to);
});

it.each([
  ['2024-09-26 09:00', 1, '2024-09-27 17:00', 'the day of the start does not count'],
  ['2024-09-26 23:59', 1, '2024-09-27 17:00', 'whatever its hour'],
  ['2024-09-28 10:00', 1, '2024-09-29 17:00', 'a make-up Sunday counts'],
  ['2024-09-27 10:00', 3, '2024-10-08 17:00', 'the holiday does not'],
  ['2024-10-18 10:00', 2, '2024-10-21 17:00', 'a Saturday the city works counts'],
  ['2024-10-22 10:00', 1, '2024-10-24 17:00', 'a day the city takes off does not'],
])('from %s, %d work days end at %s: %s', (from, count, to) => {
  expect(text(addWorkDays(calendar, at(from), count))).toBe(to);
});

it('cuts time at every change of reason', () => {
  const parts = timeline(calendar, at('2024-09-27 16:30'), at('2024-09-29 09:30'));
  expect(parts.map((part) => `${text(part.from)} – ${text(part.to)} ${part.kind}`)).toEqual([
    '2024-09-27 16:30 – 2024-09-27 17:00 WORK',
    '2024-09-27 17:00 – 2024-09-28 00:00 OFF_HOURS',
    '2024-09-28 00:00 – 2024-09-29 00:00 WEEKEND',
    '2024-09-29 00:00 – 2024-09-29 09:00 OFF_HOURS',
    '2024-09-29 09:00 – 2024-09-29 09:30 WORK',
  ]);
});

it('keeps local time where the time zone database has it, whatever the machine thinks', () => {
  const range = { min: new Date('1992-01-01T00:00:00Z'), max: new Date('2035-12-31T00:00:00Z') };
  const instants = fc.date({ ...range, noInvalidDate: true });
  fc.assert(fc.property(instants, (instant) => expect(text(instant)).toBe(local.format(instant))), sampling);
});

it('answers the same after a trip through JSON', () => {
  const copy = JSON.parse(JSON.stringify(calendar)) as Calendar;
  expect(copy).toEqual(calendar);
  expect(addWorkDays(copy, at('2024-09-27 10:00'), 3)).toEqual(addWorkDays(calendar, at('2024-09-27 10:00'), 3));
});

it('sorts its days, names each once and cannot be changed', () => {
  const made = createCalendar({ ...calendar, holidays: ['2024-05-01', '2024-01-01', '2024-05-01'] });
  expect(made.holidays).toEqual(['2024-01-01', '2024-05-01']);
  expect(() => (made.holidays as string[]).push('2024-05-02')).toThrow(TypeError);
});

it('takes hours of any number, up to midnight', () => {
  const hours = [{ from: '08:00', to: '12:00' }, { from: '12:00', to: '12:30' }, { from: '22:00', to: '24:00' }];
  const late = createCalendar({ ...calendar, hours });
  expect(workMinutesBetween(late, at('2024-09-27 00:00'), at('2024-09-28 00:00'))).toBe(390);
  expect(addWorkDays(late, at('2024-09-26 10:00'), 1)).toEqual(at('2024-09-28 00:00'));
});

describe('on random instants', () => {
  const first = at('2024-09-20 00:00').getTime();
  const minutes = 40 * 1440;
  const worked = new Set([...calendar.makeUpDays, ...calendar.additions.workDays]);
  const free = new Set([...calendar.holidays, ...calendar.additions.holidays]);
  // The slow way: ask every minute. counts[i] is the working minutes before minute i.
  const counts = [0];
  for (let i = 0; i < minutes; i += 1) {
    const [date = '', time = ''] = local.format(first + i * 60_000).split(' ');
    const weekday = ![0, 6].includes(new Date(date).getUTCDay());
    const open = (time >= '09:00' && time < '12:00') || (time >= '13:00' && time < '17:00');
    counts.push((counts[i] ?? 0) + Number(open && (worked.has(date) || (weekday && !free.has(date)))));
  }
  const minute = fc.integer({ min: 0, max: minutes });
  const instant = (i: number): Date => new Date(first + i * 60_000);
  const exact = fc.integer({ min: 0, max: minutes * 60_000 }).map((ms) => new Date(first + ms));

  it('counts as a minute-by-minute count does', () => {
    fc.assert(fc.property(minute, minute, (a, b) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      const expected = (counts[to] ?? 0) - (counts[from] ?? 0);
      expect(workMinutesBetween(calendar, instant(from), instant(to))).toBe(expected);
    }), sampling);
  });

  it('adds up to the first minute that a minute-by-minute search finds', () => {
    const begin = fc.integer({ min: 0, max: 20 * 1440 });
    fc.assert(fc.property(begin, fc.integer({ min: 0, max: 9 * 420 }), (from, wanted) => {
      const found = counts.findIndex((count, i) => i >= from && count - (counts[from] ?? 0) === wanted);
      expect(addWorkMinutes(calendar, instant(from), wanted)).toEqual(instant(found));
    }), sampling);
  });

  it('gives back the working time that was added, to the millisecond', () => {
    fc.assert(fc.property(exact, fc.integer({ min: 0, max: 50 * 420 * 60_000 }), (from, ms) => {
      fc.pre(from < at('2024-10-01 00:00'));
      const to = addWorkMs(calendar, from, ms);
      expect(workMsBetween(calendar, from, to)).toBe(ms);
      if (ms > 0) expect(workMsBetween(calendar, from, new Date(to.getTime() - 1))).toBe(ms - 1);
    }), sampling);
  });

  it('counts a span as the sum of its parts and cuts it without gap or overlap', () => {
    fc.assert(fc.property(exact, exact, (a, b) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      const parts = timeline(calendar, from, to);
      const edges = parts.map((part) => part.from.getTime());
      expect([...edges, to.getTime()]).toEqual([from.getTime(), ...parts.map((part) => part.to.getTime())]);
      expect(parts.every((part, i) => part.from < part.to && part.kind !== parts[i - 1]?.kind)).toBe(true);
      const work = parts.filter((part) => part.kind === 'WORK').map((part) => part.to.getTime() - part.from.getTime());
      expect(work.reduce((sum, ms) => sum + ms, 0)).toBe(workMsBetween(calendar, from, to));
    }), sampling);
  });
});

it.each<[string, number, () => unknown]>([
  ['a day before', 2023, () => isWorkDay(calendar, '2023-12-31')],
  ['a day after', 2025, () => dayKind(calendar, '2025-01-01')],
  ['a span that begins before', 2023, () => workMinutesBetween(calendar, at('2023-12-31 23:59'), at('2024-01-02'))],
  ['a span that ends after', 2025, () => workMinutesBetween(calendar, at('2024-12-31 09:00'), at('2025-01-01 00:00'))],
  ['minutes that run out of it', 2025, () => addWorkMinutes(calendar, at('2024-12-31 16:00'), 61)],
  ['work days that run out of it', 2025, () => addWorkDays(calendar, at('2024-12-31 09:00'), 1)],
  ['a timeline that leaves it', 2030, () => timeline(calendar, at('2024-12-31 09:00'), at('2030-06-01 09:00'))],
])('refuses to guess: %s the known years', (_what, year, ask) => {
  expect(ask).toThrow(CalendarYearUnknown);
  expect(ask).toThrow(expect.objectContaining({ year, version: 'test.1', knows: { fromYear: 2024, toYear: 2024 } }));
  expect(ask).toThrow(`Calendar test.1 knows the holidays of 2024 to 2024, not of ${year}.`);
});

it('answers to the last minute of the last known year', () => {
  expect(text(addWorkMinutes(calendar, at('2024-12-31 16:00'), 60))).toBe('2024-12-31 17:00');
});

it.each<[string, Partial<Calendar>, string]>([
  ['no version', { version: '' }, 'give it a version'],
  ['another time zone', { timeZone: 'Asia/Urumqi' as 'Asia/Shanghai' }, 'must be Asia/Shanghai'],
  ['years with daylight saving', { knows: { fromYear: 1991, toYear: 2024 } }, 'from 1992 on'],
  ['years backwards', { knows: { fromYear: 2025, toYear: 2024 } }, 'forwards'],
  ['no hours', { hours: [] }, 'give it working hours'],
  ['hours that are none', { hours: [{ from: '9:00', to: '12:00' }] }, 'HH:mm'],
  ['hours backwards', { hours: [{ from: '12:00', to: '09:00' }] }, 'in order'],
  ['empty hours', { hours: [{ from: '09:00', to: '09:00' }] }, 'in order'],
  ['hours that overlap', { hours: [{ from: '09:00', to: '13:00' }, { from: '12:00', to: '17:00' }] }, 'overlap'],
  ['a day that is none', { holidays: ['2024-02-30'] }, '2024-02-30 is not a day'],
  ['a day of another year', { makeUpDays: ['2025-01-26'] }, '2025-01-26 lies outside'],
  ['a holiday that is worked', { makeUpDays: ['2024-10-01'] }, '2024-10-01 cannot be'],
  ['an addition both ways', { additions: { holidays: ['2024-06-04'], workDays: ['2024-06-04'] } }, '06-04 cannot be'],
])('refuses a calendar with %s, stored or made', (_what, change, problem) => {
  const stored: Calendar = { ...calendar, ...change };
  expect(() => isWorkDay(stored, '2024-06-03')).toThrow(InvalidCalendar);
  expect(() => isWorkDay(stored, '2024-06-03')).toThrow(problem);
});

it('refuses to make a calendar that contradicts itself', () => {
  expect(() => createCalendar({ ...calendar, makeUpDays: ['2024-10-01'] })).toThrow(InvalidCalendar);
});

it.each<[string, () => unknown]>([
  ['a span backwards', () => workMinutesBetween(calendar, at('2024-09-28 00:00'), at('2024-09-27 00:00'))],
  ['an invalid instant', () => workMinutesBetween(calendar, new Date(Number.NaN), at('2024-09-27 00:00'))],
  ['minutes below zero', () => addWorkMinutes(calendar, at('2024-09-27 09:00'), -1)],
  ['half a minute', () => addWorkMinutes(calendar, at('2024-09-27 09:00'), 0.5)],
  ['no work days', () => addWorkDays(calendar, at('2024-09-27 09:00'), 0)],
  ['a date that is none', () => isWorkDay(calendar, '27.09.2024')],
  ['a time that is none', () => instantAt('2024-09-27', '25:00')],
])('refuses %s', (_what, ask) => expect(ask).toThrow(RangeError));
