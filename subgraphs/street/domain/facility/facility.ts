// 设施: the street's own, and those that resident organisations share. A day has 48 slots of half an hour; a booking takes
// places in each slot from its start to its end.
import { coversArea, type Actor } from '../../../shared/domain/actor.js';
import { addDays, CalendarYearUnknown, dayKind, instantAt, localDate, localTime, weekdayOf, type Calendar, type LocalDate } from '../../../shared/domain/calendar.js';
import { checkNote } from '../../../shared/domain/handover.js';
import { ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import { lengthOf, trimmed } from '../../../shared/domain/text.js';

export const ownerKinds = ['STREET', 'ORGANISATION'] as const;
export type OwnerKind = (typeof ownerKinds)[number];

export const holidayPolicies = ['CLOSED', 'AS_USUAL'] as const;
export type HolidayPolicy = (typeof holidayPolicies)[number];

export interface OpeningHours {
  /** 1 is Monday, 7 Sunday. */
  readonly weekday: number;
  /** `HH:mm` on the half hour; `to` may be `24:00`. */
  readonly from: string;
  readonly to: string;
}

export interface NewFacility {
  readonly name: string;
  readonly address: string | null;
  readonly owner: { readonly kind: OwnerKind; readonly name: string };
  /** WGS 84 degrees. */
  readonly longitude: number;
  readonly latitude: number;
  readonly hours: readonly OpeningHours[];
  readonly onHolidays: HolidayPolicy;
  /** Places. */
  readonly capacity: number;
  readonly daysAhead: number;
  /** How many open bookings a resident may have here. */
  readonly maxOpen: number;
}

export interface Facility extends NewFacility {
  readonly id: string;
  readonly version: number;
  readonly street: string;
  /** Takes no bookings from then on; null while it does. */
  readonly endedAt: Date | null;
}

/** Counts alone; rates are made of them when asked. */
export interface FacilityUse {
  readonly bookings: number;
  readonly cancelled: number;
  readonly checkedIn: number;
  readonly rated: number;
  /** Ratings of 4 or 5. */
  readonly satisfied: number;
}

export const slotMs = 30 * 60_000;
export const slotsPerDay = 48;
export const limits = { name: 50, address: 200, hours: 21, capacity: 10_000, daysAhead: 90, maxOpen: 20 } as const;

const between = (value: number, max: number, field: string): DomainError | null =>
  (value >= 1 && value <= max ? null : refusal('INVALID_INPUT', `须为 1–${max}。`, `It is 1–${max}.`, field));

const timePattern = /^(?:(?:[01]\d|2[0-3]):[03]0|24:00)$/;

function hoursFault(hours: readonly OpeningHours[]): DomainError | null {
  const sound = hours.length >= 1 && hours.length <= limits.hours
    && hours.every(({ weekday, from, to }) => weekday >= 1 && weekday <= 7 && timePattern.test(from) && timePattern.test(to) && from < to);
  const apart = hours.every((one, i) => hours.slice(i + 1).every((other) => one.weekday !== other.weekday || one.to <= other.from || other.to <= one.from));
  return sound && apart ? null : refusal(
    'INVALID_INPUT', `开放时间须为 1–${limits.hours} 段,星期 1–7,HH:00 或 HH:30,先开后关,互不重叠。`,
    `Opening hours are 1–${limits.hours}: weekday 1–7, HH:00 or HH:30, opening before closing, none overlapping.`, 'hours',
  );
}

export function registerFacility(facility: NewFacility, id: string, actor: Actor): Result<Facility> {
  const { name, address, owner, longitude, latitude, hours, capacity, daysAhead, maxOpen } = facility;
  if (actor.role !== 'STREET_CLERK' || actor.area === null) return refuse(refusal('ROLE_NOT_ALLOWED', '设施由街道工作人员登记。', 'Facilities are registered by street clerks.'));
  const fault = (lengthOf(name) === 0 ? refusal('INVALID_INPUT', '请填写名称。', 'Give a name.', 'name') : checkNote(name, true, 'name', limits.name))
    ?? checkNote(address, false, 'address', limits.address)
    ?? (lengthOf(owner.name) === 0 ? refusal('INVALID_INPUT', '请填写所有人。', 'Say who owns it.', 'owner') : checkNote(owner.name, true, 'owner', limits.name))
    ?? (Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90 ? null : refusal('INVALID_INPUT', '经纬度超出范围。', 'Longitude or latitude is out of range.', 'longitude'))
    ?? hoursFault(hours)
    ?? between(capacity, limits.capacity, 'capacity') ?? between(daysAhead, limits.daysAhead, 'daysAhead') ?? between(maxOpen, limits.maxOpen, 'maxOpen');
  if (fault) return refuse(fault);
  return ok({
    ...facility, id, version: 1, name: name.trim(), address: trimmed(address), owner: { ...owner, name: owner.name.trim() }, street: actor.area, endedAt: null,
  });
}

export function endFacility(facility: Facility, actor: Actor, now: Date): Result<Facility> {
  if (actor.role !== 'STREET_CLERK') return refuse(refusal('ROLE_NOT_ALLOWED', '设施由街道工作人员停用。', 'Facilities are ended by street clerks.'));
  if (!coversArea(actor, facility.street)) return refuse(refusal('OUT_OF_SCOPE', '该设施不属您的街道。', 'It is not in your street.', 'facilityId'));
  if (facility.endedAt !== null) return refuse(refusal('TRANSITION_NOT_ALLOWED', '该设施已停用。', 'It has ended already.', 'facilityId'));
  return ok({ ...facility, version: facility.version + 1, endedAt: now });
}

/** Of that day; none when it is closed, null when the calendar does not know whether it is a holiday. */
export function hoursOn({ hours, onHolidays }: Pick<Facility, 'hours' | 'onHolidays'>, day: LocalDate, calendar: Calendar): readonly OpeningHours[] | null {
  const usual = hours.filter(({ weekday }) => weekday === weekdayOf(day));
  if (onHolidays === 'AS_USUAL') return usual;
  try {
    return dayKind(calendar, day) === 'HOLIDAY' ? [] : usual;
  } catch (error) {
    if (error instanceof CalendarYearUnknown) return null;
    throw error;
  }
}

/** Null when the calendar does not know the year. */
export function isOpenAt(facility: Facility, at: Date, calendar: Calendar): boolean | null {
  if (facility.endedAt !== null) return false;
  const time = localTime(at);
  return hoursOn(facility, localDate(at), calendar)?.some(({ from, to }) => from <= time && time < to) ?? null;
}

/** The half hours of one day that a stretch of time takes; null when it does not fit into a day's slots. */
export function slotsOf(from: Date, to: Date): { readonly day: LocalDate; readonly first: number; readonly count: number } | null {
  const day = localDate(from);
  const midnight = instantAt(day).getTime();
  const [first, end] = [from, to].map((instant) => (instant.getTime() - midnight) / slotMs);
  if (first === undefined || end === undefined || !Number.isInteger(first) || !Number.isInteger(end) || end <= first || end > slotsPerDay) return null;
  return { day, first, count: end - first };
}

/** Why it cannot be had then, whoever asks. */
export function timeFault(facility: Facility, from: Date, to: Date, now: Date, calendar: Calendar): DomainError | null {
  const { daysAhead, endedAt } = facility;
  if (endedAt !== null) return refusal('TRANSITION_NOT_ALLOWED', '该设施已停用。', 'The facility has ended.', 'facilityId');
  const slots = slotsOf(from, to);
  if (!slots) {
    return refusal('INVALID_INPUT', '时间须在同一天,起止均为整点或半点。', 'It starts and ends on the hour or half hour of one day.', 'from');
  }
  if (from <= now || slots.day > addDays(localDate(now), daysAhead)) {
    return refusal('INVALID_INPUT', `只能预约现在起 ${daysAhead} 天以内。`, `Bookings are for times to come, at most ${daysAhead} days ahead.`, 'from');
  }
  const hours = hoursOn(facility, slots.day, calendar);
  if (hours === null) return refusal('INVALID_INPUT', '该年节假日尚未公布,暂不能预约。', 'The holidays of that year are not published yet.', 'from');
  const [start, end] = [localTime(from), slots.first + slots.count === slotsPerDay ? '24:00' : localTime(to)];
  return hours.some((open) => open.from <= start && end <= open.to) ? null : refusal(
    'INVALID_INPUT', hours.length === 0 ? '该日不开放。' : `该日开放时间:${hours.map((open) => `${open.from}–${open.to}`).join('、')}。`,
    hours.length === 0 ? 'It is closed on that day.' : `It is open ${hours.map((open) => `${open.from}–${open.to}`).join(', ')} on that day.`, 'from',
  );
}
