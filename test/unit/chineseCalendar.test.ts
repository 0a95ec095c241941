import { chineseCalendar, packagedYears, type HolidayNotice } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import {
  addDays, addWorkDays, CalendarYearUnknown, dayKind, instantAt, InvalidCalendar, isWorkDay, workMinutesBetween,
} from '../../subgraphs/shared/domain/calendar.js';

const calendar = chineseCalendar({ version: 'cn.1' });
const days = (from: string, count: number): string[] => Array.from({ length: count }, (_, i) => addDays(from, i));

it('knows the years of the package and says which', () => {
  expect(calendar.knows).toEqual(packagedYears());
  expect(calendar.knows.fromYear).toBe(2004);
  expect(calendar.knows.toYear).toBeGreaterThanOrEqual(2026);
});

// From the State Council's notices, not from the package.
const makeUpDays: Readonly<Record<number, string>> = {
  2014: '01-26 02-08 05-04 09-28 10-11',
  2015: '01-04 02-15 02-28 09-06 10-10',
  2016: '02-06 02-14 06-12 09-18 10-08 10-09',
  2017: '01-22 02-04 04-01 05-27 09-30',
  2018: '02-11 02-24 04-08 04-28 09-29 09-30 12-29',
  2019: '02-02 02-03 04-28 05-05 09-29 10-12',
  2020: '01-19 04-26 05-09 06-28 09-27 10-10',
  2021: '02-07 02-20 04-25 05-08 09-18 09-26 10-09',
  2022: '01-29 01-30 04-02 04-24 05-07 10-08 10-09',
  2023: '01-28 01-29 04-23 05-06 06-25 10-07 10-08',
  2024: '02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12',
  2025: '01-26 02-08 04-27 09-28 10-11',
  2026: '01-04 02-14 02-28 05-09 09-20 10-10',
};

it.each(Object.entries(makeUpDays))('works exactly the weekend days of %s that the notice names', (year, named) => {
  const weekends = days(`${year}-01-01`, 365).filter((date) => [0, 6].includes(new Date(date).getUTCDay()));
  const found = weekends.filter((date) => isWorkDay(calendar, date));
  expect(found.map((date) => date.slice(5)).join(' ')).toBe(named);
});

it.each([
  ['Spring Festival 2020 as it was extended', '2020-01-24', 10],
  ['National Day with Mid-autumn 2020', '2020-10-01', 8],
  ['New Year 2023, begun in the year before', '2022-12-31', 3],
  ['National Day 2024', '2024-10-01', 7],
  ['Spring Festival 2025', '2025-01-28', 8],
  ['Spring Festival 2026', '2026-02-15', 9],
])('takes off %s: from %s, %d days and no more', (_what, first, count) => {
  expect(days(first, count).map((date) => dayKind(calendar, date))).toEqual(Array(count).fill('HOLIDAY'));
  expect([addDays(first, -1), addDays(first, count)].map((date) => dayKind(calendar, date))).not.toContain('HOLIDAY');
});

it('works the Saturday before New Year 2006, which the package lacks', () => {
  expect(isWorkDay(calendar, '2005-12-31')).toBe(true);
});

it.each([
  ['2024-09-27', 3, '2024-10-08', 'a make-up Sunday, a Monday, then the day after the holiday'],
  ['2025-01-25', 1, '2025-01-26', 'the Sunday before Spring Festival is worked'],
  ['2025-01-27', 1, '2025-02-05', 'nothing between the two ends of Spring Festival'],
  ['2025-02-07', 1, '2025-02-08', 'the Saturday after it is worked'],
])('counts work days over holidays: from %s, %d end on %s: %s', (from, count, due) => {
  expect(addWorkDays(calendar, instantAt(from, '10:00'), count)).toEqual(instantAt(due, '17:00'));
});

it('sets the hours and days of a city over the national ones', () => {
  const hefei = chineseCalendar({
    version: 'hefei.1',
    hours: [{ from: '08:00', to: '12:00' }, { from: '14:00', to: '18:00' }],
    additions: { holidays: ['2024-10-08'], workDays: ['2024-10-07'] },
  });
  expect(['2024-10-07', '2024-10-08'].map((date) => dayKind(hefei, date))).toEqual(['WORK', 'HOLIDAY']);
  expect(workMinutesBetween(hefei, instantAt('2024-10-09'), instantAt('2024-10-10'))).toBe(480);
});

describe('past the package', () => {
  const next = calendar.knows.toYear + 1;
  // Made up: only its shape matters here.
  const notice: HolidayNotice = {
    year: next,
    holidays: [`${next}-01-01`, `${next}-01-02`, `${next}-05-01`, `${next}-10-01`],
    makeUpDays: [],
  };

  it('refuses the year whose holidays are not published', () => {
    const ask = (): boolean => isWorkDay(calendar, `${next}-01-01`);
    expect(ask).toThrow(CalendarYearUnknown);
    expect(ask).toThrow(expect.objectContaining({ year: next, knows: calendar.knows }));
  });

  it('knows the year of a notice, and what the notice does to the December before', () => {
    const sundays = days(`${next - 1}-12-20`, 7).filter((date) => new Date(date).getUTCDay() === 0);
    const made = chineseCalendar({ version: 'cn.2', notices: [{ ...notice, makeUpDays: sundays }] });
    expect(made.knows).toEqual({ fromYear: calendar.knows.fromYear, toYear: next });
    expect(dayKind(made, `${next}-01-01`)).toBe('HOLIDAY');
    expect(sundays.map((date) => [isWorkDay(calendar, date), isWorkDay(made, date)])).toEqual([[false, true]]);
  });

  it.each<[string, HolidayNotice, string]>([
    ['of a year the package has', { ...notice, year: next - 1 }, `must be that of ${next}`],
    ['that leaves a gap', { ...notice, year: next + 1 }, `must be that of ${next}`],
    ['with a part of its holidays', { ...notice, holidays: [`${next}-01-01`] }, 'must name all its holidays'],
    ['with a day of another year', { ...notice, makeUpDays: [`${next - 1}-11-30`] }, `11-30 is not of ${next}`],
  ])('refuses a notice %s', (_what, wrong, problem) => {
    const make = (): unknown => chineseCalendar({ version: 'cn.2', notices: [wrong] });
    expect(make).toThrow(InvalidCalendar);
    expect(make).toThrow(problem);
  });
});
