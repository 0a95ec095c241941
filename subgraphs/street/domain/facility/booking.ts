import { coversArea, type Actor } from '../../../shared/domain/actor.js';
import type { Calendar } from '../../../shared/domain/calendar.js';
import { ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import { findTransition, permit, type Machine, type Rule } from '../../../shared/domain/stateMachine.js';
import { bookingActionNames, bookingStateNames, bookingTransitions, type BookingAction, type BookingState } from './booking.transitions.js';
import { slotMs, timeFault, type Facility } from './facility.js';

export interface Booking {
  readonly id: string;
  readonly version: number;
  readonly state: BookingState;
  readonly facility: string;
  readonly street: string;
  /** Actor id. */
  readonly resident: string;
  readonly from: Date;
  readonly to: Date;
  readonly places: number;
  readonly bookedAt: Date;
  /** 1–5; null until it is rated. */
  readonly rating: number | null;
}

const watching = new Set(['STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER', 'AUDITOR']);

/** Officers of the street and above; residents see their own alone. */
export const watchesBookings = (actor: Actor): boolean => watching.has(actor.role) && actor.area !== null;

export const seesBooking = ({ resident, street }: Booking, actor: Actor): boolean =>
  (actor.role === 'RESIDENT' ? actor.id === resident : watchesBookings(actor) && coversArea(actor, street));

const notBegun: Rule<Booking> = ({ from }, _actor, now) =>
  (now < from ? null : refusal('TRANSITION_NOT_ALLOWED', '预约时段已开始,不能取消。', 'It has begun and cannot be cancelled.'));

/** From one slot before it begins until it ends. */
const isItsTime: Rule<Booking> = ({ from, to }, _actor, now) =>
  (now.getTime() >= from.getTime() - slotMs && now < to ? null : refusal(
    'TRANSITION_NOT_ALLOWED', '到场登记自开始前 30 分钟起,至结束为止。', 'People check in from 30 minutes before it begins until it ends.',
  ));

const hasBegun: Rule<Booking> = ({ from }, _actor, now) =>
  (now >= from ? null : refusal('TRANSITION_NOT_ALLOWED', '使用之后才能评价。', 'It is rated after use.'));

export const bookingMachine: Machine<BookingState, BookingAction, Booking> = {
  table: bookingTransitions,
  states: bookingStateNames,
  actions: bookingActionNames,
  rules: { CANCEL: notBegun, CHECK_IN: isItsTime, RATE: hasBegun },
};

export interface BookCommand {
  readonly from: Date;
  readonly to: Date;
  readonly places: number;
}

export function bookFacility(
  facility: Facility, { from, to, places }: BookCommand, id: string, actor: Actor, now: Date, calendar: Calendar,
): Result<Booking> {
  if (actor.role !== 'RESIDENT') return refuse(refusal('ROLE_NOT_ALLOWED', '由居民预约。', 'Residents book.'));
  const fault = timeFault(facility, from, to, now, calendar) ?? (places >= 1 && places <= facility.capacity ? null : refusal(
    'INVALID_INPUT', `名额须为 1–${facility.capacity}。`, `Places are 1–${facility.capacity}.`, 'places',
  ));
  if (fault) return refuse(fault);
  return ok({
    id, version: 1, state: 'BOOKED', facility: facility.id, street: facility.street, resident: actor.id, from, to, places, bookedAt: now, rating: null,
  });
}

export function actOnBooking(booking: Booking, action: BookingAction, rating: number | null, actor: Actor, now: Date): Result<Booking> {
  const permitted = permit(bookingMachine, booking, action, actor, now);
  if (!permitted.ok) return permitted;
  if (rating !== null && (rating < 1 || rating > 5)) return refuse(refusal('INVALID_INPUT', '评分为 1–5。', 'A rating is 1–5.', 'rating'));
  const to = findTransition(bookingTransitions, booking.state, action)?.to ?? booking.state;
  return ok({ ...booking, version: booking.version + 1, state: to, rating });
}

export const full: DomainError = refusal('TRANSITION_NOT_ALLOWED', '该时段名额不足。', 'Not enough places are free then.', 'places');

export const tooMany = ({ maxOpen }: Facility): DomainError => refusal(
  'TRANSITION_NOT_ALLOWED', `每人在此至多有 ${maxOpen} 个未结束的预约。`, `A resident has at most ${maxOpen} open bookings here; cancel one first.`,
);
