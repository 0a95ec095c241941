// 设施: the street's own, and those that resident organisations share. A day has 48 slots of half an hour; a booking takes
// places in each slot from its start to its end.
import { coversArea, type Actor } from '../../../shared/domain/actor.js';
import { addDays, instantAt, localDate, localTime, type Calendar, type LocalDate } from '../../../shared/domain/calendar.js';
import { checkNote } from '../../../shared/domain/handover.js';
import { ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import { lengthOf, trimmed } from '../../../shared/domain/text.js';
import { hoursFault, hoursOn, type WeeklyHours } from '../opening.js';

export const ownerKinds = ['STREET', 'ORGANISATION'] as const;
export type OwnerKind = (typeof ownerKinds)[number];

export interface NewFacility extends Pick<WeeklyHours, 'hours' | 'onHolidays'> {
  readonly name: string;
  readonly address: string | null;
  readonly owner: { readonly kind: OwnerKind; readonly name: string };
  /** WGS 84 degrees. */
  readonly longitude: number;
  readonly latitude: number;
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
export const limits = { name: 50, address: 200, capacity: 10_000, daysAhead: 90, maxOpen: 20 } as const;

const between = (value: number, max: number, field: string): DomainError | null =>
  (value >= 1 && value <= max ? null : refusal('INVALID_INPUT', `须为 1–${max}。`, `It is 1–${max}.`, field));

function facilityFault({ name, address, owner, longitude, latitude, hours, capacity, daysAhead, maxOpen }: NewFacility): DomainError | null {
  return (lengthOf(name) === 0 ? refusal('INVALID_INPUT', '请填写名称。', 'Give a name.', 'name') : checkNote(name, true, 'name', limits.name))
    ?? checkNote(address, false, 'address', limits.address)
    ?? (lengthOf(owner.name) === 0 ? refusal('INVALID_INPUT', '请填写所有人。', 'Say who owns it.', 'owner') : checkNote(owner.name, true, 'owner', limits.name))
    ?? (Math.abs(longitude) <= 180 && Math.abs(latitude) <= 90 ? null : refusal('INVALID_INPUT', '经纬度超出范围。', 'Longitude or latitude is out of range.', 'longitude'))
    ?? hoursFault(hours)
    ?? between(capacity, limits.capacity, 'capacity') ?? between(daysAhead, limits.daysAhead, 'daysAhead') ?? between(maxOpen, limits.maxOpen, 'maxOpen');
}

const plain = <T extends NewFacility>(facility: T): T => ({
  ...facility, name: facility.name.trim(), address: trimmed(facility.address), owner: { kind: facility.owner.kind, name: facility.owner.name.trim() },
  hours: facility.hours.map(({ weekday, from, to }) => ({ weekday, from, to })),
});

export function registerFacility(facility: NewFacility, id: string, actor: Actor): Result<Facility> {
  if (actor.role !== 'STREET_CLERK' || actor.area === null) return refuse(refusal('ROLE_NOT_ALLOWED', '设施由街道工作人员登记。', 'Facilities are registered by street clerks.'));
  const fault = facilityFault(facility);
  return fault ? refuse(fault) : ok({ ...plain(facility), id, version: 1, street: actor.area, endedAt: null });
}

/** Why the actor cannot change it. */
function changeFault({ street, endedAt }: Facility, actor: Actor): DomainError | null {
  if (actor.role !== 'STREET_CLERK') return refusal('ROLE_NOT_ALLOWED', '设施由街道工作人员变更、停用。', 'Facilities are changed and ended by street clerks.');
  if (!coversArea(actor, street)) return refusal('OUT_OF_SCOPE', '该设施不属您的街道。', 'It is not in your street.', 'facilityId');
  return endedAt === null ? null : refusal('TRANSITION_NOT_ALLOWED', '该设施已停用。', 'It has ended already.', 'facilityId');
}

/** What is left out stays as it is. */
export type FacilityChange = { readonly [Key in keyof NewFacility]?: NewFacility[Key] | undefined };

/** Places taken in each slot of the days to come, as far as any are. */
export type Taken = ReadonlyMap<LocalDate, readonly number[]>;

const timeOfSlot = (slot: number): string => `${String(Math.floor(slot / 2)).padStart(2, '0')}:${slot % 2 === 0 ? '00' : '30'}`;

/** Why those who have booked could not all come as booked. */
function bookedFault(next: Facility, taken: Taken, now: Date, calendar: Calendar): DomainError | null {
  for (const [day, slots] of [...taken].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const hours = hoursOn(next, day, calendar);
    for (const [slot, places] of slots.entries()) {
      const time = timeOfSlot(slot);
      if (places === 0 || instantAt(day, time).getTime() + slotMs <= now.getTime()) continue;
      if (places > next.capacity) {
        return refusal('TRANSITION_NOT_ALLOWED', `${day} ${time} 已约 ${places} 个名额,容量不能更少;请先取消多出的预约。`,
          `${places} places are booked on ${day} at ${time}; cancel what is too many first, or keep that capacity.`, 'capacity');
      }
      if (!hours?.some(({ from, to }) => from <= time && time < to)) {
        return refusal('TRANSITION_NOT_ALLOWED', `${day} ${time} 已有预约,届时将不开放;请先取消这些预约。`,
          `It is booked on ${day} at ${time}, when it would be closed; cancel those bookings first.`, 'hours');
      }
    }
  }
  return null;
}

const given = (change: FacilityChange): Partial<NewFacility> =>
  Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Partial<NewFacility>;

/** Bookings made so far stay: nothing may be changed that would turn one of them away. */
export function editFacility(facility: Facility, change: FacilityChange, taken: Taken, actor: Actor, now: Date, calendar: Calendar): Result<Facility> {
  const next: Facility = { ...facility, ...given(change), version: facility.version + 1 };
  const fault = changeFault(facility, actor) ?? facilityFault(next) ?? bookedFault(next, taken, now, calendar);
  return fault ? refuse(fault) : ok(plain(next));
}

export function endFacility(facility: Facility, actor: Actor, now: Date): Result<Facility> {
  const fault = changeFault(facility, actor);
  return fault ? refuse(fault) : ok({ ...facility, version: facility.version + 1, endedAt: now });
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
