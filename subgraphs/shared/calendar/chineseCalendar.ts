import { createRequire } from 'node:module';
import {
  createCalendar, InvalidCalendar, type Calendar, type CalendarInput, type LocalDate,
} from '../domain/calendar.js';

/** A year's 节假日安排 as the State Council publishes it, usually in the November before. */
export interface HolidayNotice {
  readonly year: number;
  /** All days off, weekends among them or not. May reach into the December before. */
  readonly holidays: readonly LocalDate[];
  /** 调休: weekend days worked. May reach into the December before. */
  readonly makeUpDays: readonly LocalDate[];
}

export interface ChineseCalendarOptions extends Pick<CalendarInput, 'version' | 'hours' | 'additions'> {
  /** Notices newer than the installed `chinese-days` package, year after year without a gap. */
  readonly notices?: readonly HolidayNotice[] | undefined;
}

/** The calendar in force until the city publishes its first: the package as it is. */
export const nationalVersion = 'china-1';

interface PackageData {
  readonly holidays: Readonly<Record<LocalDate, string>>;
  readonly workdays: Readonly<Record<LocalDate, string>>;
}

// Its data file, not its functions: they take a year that is not published yet for one without holidays.
const data = createRequire(import.meta.url)('chinese-days/dist/chinese-days.json') as PackageData;

// The package lacks this one: 国办发明电〔2005〕35号 makes the Saturday up for New Year 2006.
const missingMakeUpDays: readonly LocalDate[] = ['2005-12-31'];

/** The festivals that fall on the same day every year; a year without all three is not published, or only in part. */
const fixedFestivals = ['01-01', '05-01', '10-01'] as const;

const isPublished = (year: number, holidays: ReadonlySet<LocalDate>): boolean =>
  fixedFestivals.every((day) => holidays.has(`${year}-${day}`));

/** The years whose holidays the installed `chinese-days` package has in full, without a gap; both ends included. */
export function packagedYears(): Calendar['knows'] {
  const holidays = new Set(Object.keys(data.holidays));
  const years = new Set([...holidays].map(yearOf).filter((year) => isPublished(year, holidays)));
  if (years.size === 0) throw new InvalidCalendar('The chinese-days package has no complete year; check its version.');
  const toYear = Math.max(...years);
  let fromYear = toYear;
  while (years.has(fromYear - 1)) fromYear -= 1;
  return { fromYear, toYear };
}

/**
 * China's working calendar from the `chinese-days` package, with newer notices and the city's own days on top.
 * The last days of the last known year are as its own notice has them; the next year's notice can still turn one into
 * a make-up day (it did in 2005, 2006, 2007, 2011 and 2018), so publish a new version when that notice is out.
 */
export function chineseCalendar({ version, hours, additions, notices = [] }: ChineseCalendarOptions): Calendar {
  const packaged = packagedYears();
  const known = (dates: readonly LocalDate[]): LocalDate[] =>
    dates.filter((date) => yearOf(date) >= packaged.fromYear && yearOf(date) <= packaged.toYear);
  notices.forEach((notice, i) => checkNotice(notice, packaged.toYear + 1 + i));
  return createCalendar({
    version,
    hours,
    additions,
    knows: { fromYear: packaged.fromYear, toYear: packaged.toYear + notices.length },
    holidays: [...known(Object.keys(data.holidays)), ...notices.flatMap((notice) => notice.holidays)],
    makeUpDays: [
      ...known([...Object.keys(data.workdays), ...missingMakeUpDays]),
      ...notices.flatMap((notice) => notice.makeUpDays),
    ],
  });
}

function checkNotice({ year, holidays, makeUpDays }: HolidayNotice, expected: number): void {
  if (year !== expected) {
    throw new InvalidCalendar(`The next notice must be that of ${expected}, not of ${year}; drop or reorder notices.`);
  }
  if (!isPublished(year, new Set(holidays))) {
    const festivals = fixedFestivals.join(', ');
    throw new InvalidCalendar(`A notice for ${year} must name all its holidays, ${festivals} among them.`);
  }
  const months = [`${year}-`, `${year - 1}-12-`];
  const stray = [...holidays, ...makeUpDays].find((date) => !months.some((start) => date.startsWith(start)));
  if (stray !== undefined) {
    throw new InvalidCalendar(`${stray} is not of ${year}; a notice names its own year and the December before.`);
  }
}

const yearOf = (date: LocalDate): number => Number(date.slice(0, 4));
