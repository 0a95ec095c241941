import { buildASTSchema, isEnumType } from 'graphql';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { unreachableStates } from '../../subgraphs/shared/domain/stateMachine.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';
import { bookingActions, bookingStates, bookingTransitions } from '../../subgraphs/street/domain/facility/booking.transitions.js';
import { isOpenAt, ownerKinds, registerFacility, slotsOf, timeFault, type Facility, type NewFacility } from '../../subgraphs/street/domain/facility/facility.js';
import { holidayPolicies, hoursOn } from '../../subgraphs/street/domain/opening.js';
import { people } from '../kit/cases.js';

const calendar = chineseCalendar({ version: 'test' });
const hours = [{ weekday: 1, from: '08:00', to: '12:00' }, { weekday: 1, from: '14:00', to: '24:00' }, { weekday: 6, from: '09:00', to: '12:00' }];
const wish: NewFacility = {
  name: '活动室', address: null, owner: { kind: 'STREET', name: '街道' }, longitude: 117, latitude: 31, hours, onHolidays: 'CLOSED', capacity: 10, daysAhead: 30, maxOpen: 2,
};
const registered = registerFacility(wish, 'hall', people.street);
if (!registered.ok) throw new Error(registered.error.message);
const hall: Facility = registered.value;
/** Sunday, 1 March 2026, 10:00 in Shanghai. */
const now = new Date('2026-03-01T02:00:00Z');
const at = (time: string, day = '2026-03-02'): Date => new Date(`${day}T${time}:00+08:00`);

it.each([
  ['BookingState', bookingStates],
  ['BookingAction', bookingActions],
  ['FacilityOwnerKind', ownerKinds],
  ['HolidayPolicy', holidayPolicies],
] as const)('has the values of the code in the SDL enum %s', (name, values) => {
  const type = buildASTSchema(readSdl('street'), { assumeValidSDL: true }).getType(name);
  expect(isEnumType(type) && type.getValues().map((value) => value.name)).toEqual([...values]);
});

it('reaches every state of a booking', () => {
  expect(unreachableStates(bookingTransitions, bookingStates, 'BOOKED')).toEqual([]);
});

it('cuts a day into half hours, the last of which ends at midnight', () => {
  expect(slotsOf(at('00:00'), at('00:30'))).toEqual({ day: '2026-03-02', first: 0, count: 1 });
  expect(slotsOf(at('22:00'), at('00:00', '2026-03-03'))).toEqual({ day: '2026-03-02', first: 44, count: 4 });
  for (const [from, to] of [[at('08:10'), at('09:00')], [at('09:00'), at('09:00')], [at('22:00'), at('00:30', '2026-03-03')]] as const) expect(slotsOf(from, to)).toBeNull();
});

it('has the hours of a weekday, none on holidays and none invented for years that nobody has published', () => {
  expect(hoursOn(hall, '2026-03-02', calendar)).toEqual(hours.slice(0, 2));
  expect(hoursOn(hall, '2026-03-03', calendar)).toEqual([]);
  expect(hoursOn(hall, '2026-04-06', calendar)).toEqual([]);
  expect(hoursOn({ ...hall, onHolidays: 'AS_USUAL' }, '2026-04-06', calendar)).toHaveLength(2);
  expect(hoursOn(hall, '2035-03-05', calendar)).toBeNull();
});

it('is open from the minute it opens until the minute it closes', () => {
  expect(['07:59', '08:00', '11:59', '12:00', '23:59'].map((time) => isOpenAt(hall, at(time), calendar))).toEqual([false, true, true, false, true]);
  expect(isOpenAt({ ...hall, endedAt: now }, at('09:00'), calendar)).toBe(false);
});

it.each([
  ['08:00', '12:00', true], ['14:00', '00:00', true], ['11:00', '15:00', false], ['07:30', '08:30', false], ['23:00', '00:30', false],
])('may be had from %s to %s: %s', (from, to, may) => {
  const end = to < from ? at(to, '2026-03-03') : at(to);
  expect(timeFault(hall, at(from), end, now, calendar) === null).toBe(may);
});

it('may be had within the days ahead alone', () => {
  const [last, after] = ['2026-03-30', '2026-04-13'].map((day) => timeFault(hall, at('09:00', day), at('10:00', day), now, calendar));
  expect([last, after?.code]).toEqual([null, 'INVALID_INPUT']);
});
