import { buildASTSchema, isEnumType } from 'graphql';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import {
  exceptionKinds, hoursOn, noOpeningReasons, openingAt, stretchesOn, type OpeningException, type WeeklyHours,
} from '../../subgraphs/street/domain/opening.js';

const calendar = chineseCalendar({ version: 'test' });
const weekdays = [1, 2, 3, 4, 5].flatMap((weekday) => [{ weekday, from: '09:00', to: '12:00' }, { weekday, from: '13:00', to: weekday === 1 ? '18:00' : '17:00' }]);
const week: WeeklyHours = { hours: weekdays, onHolidays: 'CLOSED', makeUpWeekday: 1 };
const at = (day: string, time: string): Date => new Date(`${day}T${time}:00+08:00`);
const exception = (kind: 'OPEN' | 'CLOSED', from: Date, to: Date, endedAt: Date | null = null): OpeningException => ({ kind, from, to, endedAt });
const times = (day: string, exceptions: readonly OpeningException[] = [], hours: WeeklyHours | null = week): string[] | undefined =>
  stretchesOn(hours, exceptions, day, calendar)?.map(({ from, to }) => [from, to].map((one) => new Date(one.getTime() + 8 * 3_600_000).toISOString().slice(11, 16)).join('–'));
const opening = (moment: Date, exceptions: readonly OpeningException[] = [], hours: WeeklyHours | null = week) =>
  openingAt((day) => stretchesOn(hours, exceptions, day, calendar), moment);

it.each([
  ['StationExceptionKind', exceptionKinds],
  ['NoOpeningReason', noOpeningReasons],
] as const)('has the values of the code in the SDL enum %s', (name, values) => {
  const type = buildASTSchema(readSdl('street'), { assumeValidSDL: true }).getType(name);
  expect(isEnumType(type) && type.getValues().map((value) => value.name)).toEqual([...values]);
});

describe('the hours of a day', () => {
  it.each([
    ['a Tuesday', '2026-03-03', ['09:00–12:00', '13:00–17:00']],
    ['a Saturday', '2026-03-07', []],
    ['a public holiday', '2026-04-06', []],
    ['a Saturday worked in exchange, which is as a Monday', '2026-02-14', ['09:00–12:00', '13:00–18:00']],
  ])('are those of %s', (_what, day, expected) => {
    expect(times(day)).toEqual(expected);
  });

  it('are the weekend\'s own on days worked in exchange where no weekday is named', () => {
    expect(times('2026-02-14', [], { ...week, makeUpWeekday: null })).toEqual([]);
    expect(hoursOn({ ...week, onHolidays: 'AS_USUAL' }, '2026-04-06', calendar)).toHaveLength(2);
  });

  it('are not invented for a year that nobody has published, nor when none are set', () => {
    expect(times('2035-03-05')).toBeUndefined();
    expect(times('2026-03-03', [], null)).toEqual([]);
  });
});

describe('exceptions', () => {
  const day = '2026-03-03';
  it('cut out of the hours and add to them, and the later one counts', () => {
    const closed = exception('CLOSED', at(day, '10:00'), at(day, '15:00'));
    expect(times(day, [closed])).toEqual(['09:00–10:00', '15:00–17:00']);
    expect(times(day, [closed, exception('OPEN', at(day, '11:00'), at(day, '11:30'))])).toEqual(['09:00–10:00', '11:00–11:30', '15:00–17:00']);
    expect(times(day, [exception('OPEN', at(day, '11:00'), at(day, '11:30')), closed])).toEqual(['09:00–10:00', '15:00–17:00']);
    expect(times(day, [exception('OPEN', at(day, '12:00'), at(day, '13:00'))])).toEqual(['09:00–17:00']);
  });

  it('reach over days, and count until they are taken back', () => {
    const long = exception('CLOSED', at('2026-03-02', '15:00'), at('2026-03-04', '10:00'));
    expect([times('2026-03-02', [long]), times(day, [long]), times('2026-03-04', [long])]).toEqual([['09:00–12:00', '13:00–15:00'], [], ['10:00–12:00', '13:00–17:00']]);
    expect(times(day, [{ ...long, endedAt: at(day, '13:30') }])).toEqual(['13:30–17:00']);
    expect(times(day, [{ ...long, endedAt: at('2026-03-01', '00:00') }])).toEqual(['09:00–12:00', '13:00–17:00']);
  });
});

describe('the opening at a moment', () => {
  const closed = { isOpen: false, until: null, next: null, noNext: null };
  it('tells until when it is open, and when it opens next', () => {
    expect(opening(at('2026-03-03', '09:00'))).toEqual({ isOpen: true, until: at('2026-03-03', '12:00'), next: null, noNext: null });
    expect(opening(at('2026-03-03', '12:00'))).toEqual({ ...closed, next: at('2026-03-03', '13:00') });
    expect(opening(at('2026-03-06', '17:00'))).toEqual({ ...closed, next: at('2026-03-09', '09:00') });
    // 清明: the Monday is free.
    expect(opening(at('2026-04-03', '18:00'))).toEqual({ ...closed, next: at('2026-04-07', '09:00') });
  });

  it('knows that one that is open through the night closes later', () => {
    const whole = { hours: [1, 2].map((weekday) => ({ weekday, from: '00:00', to: '24:00' })), onHolidays: 'AS_USUAL' } as const;
    expect(opening(at('2026-03-02', '23:00'), [], whole)).toMatchObject({ isOpen: true, until: at('2026-03-04', '00:00') });
  });

  it('says why no next opening is found', () => {
    expect(opening(at('2035-03-05', '10:00'))).toEqual({ ...closed, isOpen: null, noNext: 'CALENDAR_UNKNOWN' });
    expect(opening(at('2026-12-31', '18:00'), [exception('CLOSED', at('2026-12-31', '18:00'), at('2027-03-01', '00:00'))]).noNext).toBe('CALENDAR_UNKNOWN');
    expect(opening(at('2026-03-03', '08:00'), [], null)).toEqual({ ...closed, noNext: 'NONE_WITHIN_DAYS' });
  });
});
