import type { Actor } from '../../../shared/domain/actor.js';
import { localDate, type Calendar } from '../../../shared/domain/calendar.js';
import { stale, staleError } from '../../../shared/domain/plan.js';
import { bilingual, fail, ok, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import { actOnBooking as act, bookFacility as book, full, seesBooking, tooMany, type BookCommand, type Booking } from '../../domain/facility/booking.js';
import type { BookingAction } from '../../domain/facility/booking.transitions.js';
import { editFacility as edit, endFacility as end, registerFacility as register, type Facility, type FacilityChange, type NewFacility } from '../../domain/facility/facility.js';
import type { CallReceipt, Facilities, SaveNamed } from '../ports.js';

export interface FacilityDeps {
  readonly facilities: Facilities;
  readonly calendar: Calendar;
  readonly now: () => Date;
  readonly newId: () => string;
}

const outcomes: Readonly<Record<Exclude<SaveNamed, 'SAVED'>, DomainError>> = {
  STALE: staleError,
  NAME_TAKEN: {
    code: 'INVALID_INPUT', message: bilingual('本街道已有同名的设施。', 'The street has a facility of that name already.'), field: ['input', 'name'],
  },
};

const noSuch = (field: string): Result<never> =>
  fail('NOT_FOUND', bilingual('没有此项,或您无权查看。', 'There is none, or it is not visible to you.'), ['input', field]);

async function saved({ facilities }: FacilityDeps, decided: Result<Facility>, receipt: CallReceipt | null, booked?: number): Promise<Result<Facility>> {
  if (!decided.ok) return decided;
  const outcome = await facilities.save(decided.value, receipt, booked);
  return outcome === 'SAVED' ? decided : refuse(outcomes[outcome]);
}

export const registerFacility = (deps: FacilityDeps, command: NewFacility, actor: Actor, receipt: CallReceipt | null): Promise<Result<Facility>> =>
  saved(deps, register(command, deps.newId(), actor), receipt);

interface FacilityVersion {
  readonly facilityId: string;
  readonly expectedVersion: number;
}

export async function editFacility(
  deps: FacilityDeps, { facilityId, expectedVersion, ...change }: FacilityVersion & FacilityChange, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Facility>> {
  const { facilities, calendar } = deps;
  const now = deps.now();
  const facility = await facilities.byId(facilityId);
  if (!facility) return noSuch('facilityId');
  // Counted before the places are: a booking in between makes the save STALE.
  const { bookings } = await facilities.use(facilityId);
  const decided = edit(facility, change, await facilities.takenFrom(facilityId, localDate(now)), actor, now, calendar);
  if (decided.ok && facility.version !== expectedVersion) return stale();
  return saved(deps, decided, receipt, bookings);
}

export async function endFacility(
  deps: FacilityDeps, { facilityId, expectedVersion }: FacilityVersion, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Facility>> {
  const facility = await deps.facilities.byId(facilityId);
  if (!facility) return noSuch('facilityId');
  if (facility.version !== expectedVersion) return stale();
  return saved(deps, end(facility, actor, deps.now()), receipt);
}

export async function bookFacility(
  deps: FacilityDeps, { facilityId, ...command }: BookCommand & { readonly facilityId: string }, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Booking>> {
  const { facilities, calendar, now, newId } = deps;
  const facility = await facilities.byId(facilityId);
  if (!facility) return noSuch('facilityId');
  const decided = book(facility, command, newId(), actor, now(), calendar);
  if (!decided.ok) return decided;
  const outcome = await facilities.book(decided.value, facility, receipt);
  if (outcome === 'SAVED') return decided;
  return refuse({ STALE: staleError, FULL: full, TOO_MANY: tooMany(facility) }[outcome]);
}

export async function visibleBooking(facilities: Facilities, id: string, actor: Actor): Promise<Booking | null> {
  const found = await facilities.bookingById(id);
  return found && seesBooking(found, actor) ? found : null;
}

export async function actOnBooking(
  { facilities, now }: FacilityDeps, { bookingId, expectedVersion, rating = null }: { readonly bookingId: string; readonly expectedVersion: number; readonly rating?: number | null },
  action: BookingAction, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Booking>> {
  const booking = await visibleBooking(facilities, bookingId, actor);
  if (!booking) return noSuch('bookingId');
  if (booking.version !== expectedVersion) return stale();
  const decided = act(booking, action, rating, actor, now());
  if (!decided.ok) return decided;
  return (await facilities.saveBooking(decided.value, receipt)) === 'SAVED' ? ok(decided.value) : stale();
}
