// What this level needs from storage.
import type { Actor } from '../../shared/domain/actor.js';
import type { LocalDate } from '../../shared/domain/calendar.js';
import type { Handover, HandoverDecision } from '../../shared/domain/handover.js';
import type { Batch } from '../../shared/usecases/fireDue.js';
import type { Booking } from '../domain/facility/booking.js';
import type { Facility, FacilityUse, Taken } from '../domain/facility/facility.js';
import type { SealRecord } from '../domain/seal/chain.js';
import type { Seal, SealRequest, SealStep } from '../domain/seal/seal.js';
import type { SealRequestState } from '../domain/seal/seal.transitions.js';
import type { Station, StationChange } from '../domain/station.js';
import type { StationException } from '../domain/stationCounters.js';
import type { Whistle, WhistleAlarm } from '../domain/whistle.js';

export type { Areas, Units } from '../../shared/domain/area.js';

/** Remembered with the effect, so that a repeated call finds the first one's result. */
export interface CallReceipt {
  readonly key: string;
  readonly actorId: string;
  readonly fingerprint: string;
}

export interface PageRequest {
  readonly first: number;
  readonly after: readonly (string | number | null)[] | null;
}
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasNextPage: boolean;
}

/** What a whistle does to the street's part of the case. */
export interface DispatchStep {
  readonly decision: HandoverDecision;
  readonly expectedVersion: number;
}

export interface WhistleRepository {
  /** Whoever asks: callers check with `seesWhistle`. */
  byId(id: string): Promise<Whistle | null>;
  /** All of a case, latest first. */
  ofCase(caseId: string): Promise<readonly Whistle[]>;
  /**
   * Writes the whistle and what it does to the street's part together; 0 is the version of a new one. False, and
   * nothing written, when either is no longer as expected.
   */
  save(next: Whistle, expectedVersion: number, step: DispatchStep | null, receipt: CallReceipt | null): Promise<boolean>;
  /** Those an alarm of which is due, longest due first, kept from other processes for the lease. */
  claimDue(now: Date, batch: Batch): Promise<readonly Whistle[]>;
  /** Writes mark and event together, or answers false when `expectedVersion` is no longer current. */
  saveAlarm(alarm: WhistleAlarm, expectedVersion: number): Promise<boolean>;
  /** What the actor may see, latest first; `open` null for all. Cursor [blownAt, id]. */
  list(actor: Actor, open: boolean | null, page: PageRequest): Promise<Page<Whistle>>;
  count(actor: Actor, open: boolean | null): Promise<number>;
}

export interface Dispatches {
  byId(id: string): Promise<Handover | null>;
}

/** SAVED; or what was to change has changed meanwhile, or a name is another's, and nothing was written. */
export type SaveNamed = 'SAVED' | 'STALE' | 'NAME_TAKEN';

export interface Stations {
  byId(id: string): Promise<Station | null>;
  /** Ended ones and those yet to begin too, by name: a district has few. */
  inDistrict(district: string): Promise<readonly Station[]>;
  foundedBy(founding: string): Promise<readonly Station[]>;
  /** Those that are not over at `from` and begin before `to`, in the order in which they were made. */
  exceptions(station: string, from: Date, to: Date): Promise<readonly StationException[]>;
  exceptionById(id: string): Promise<StationException | null>;
  /** All of a station, latest beginning first. Cursor [from, id]. */
  exceptionList(station: string, page: PageRequest): Promise<Page<StationException>>;
  countExceptions(station: string): Promise<number>;
  /** Writes all of it and the receipt together; `result` is what a repeated call finds. */
  save(change: StationChange, result: string, receipt: CallReceipt | null, exception?: StationException): Promise<SaveNamed>;
}

export interface SealRequestFilter {
  /** Of this seal alone; null for all that the actor may see. */
  readonly seal: string | null;
  readonly states: readonly SealRequestState[] | null;
}

export interface Seals {
  /** Whoever asks: callers check with `seesSeal`. */
  byId(id: string): Promise<Seal | null>;
  /** By name. */
  ofOffice(office: string): Promise<readonly Seal[]>;
  requestById(id: string): Promise<SealRequest | null>;
  /** What the actor may see, latest first. Cursor [requestedAt, id]. */
  requests(actor: Actor, filter: SealRequestFilter, page: PageRequest): Promise<Page<SealRequest>>;
  countRequests(actor: Actor, filter: SealRequestFilter): Promise<number>;
  /** Latest first. Cursor [number]. */
  log(seal: string, page: PageRequest): Promise<Page<SealRecord>>;
  countLog(seal: string): Promise<number>;
  /** Writes state, record and head together: whoever comes second on a seal waits, or is STALE. */
  save(step: SealStep, result: string, receipt: CallReceipt | null): Promise<SaveNamed>;
}

/** FULL: too few places in one of its slots; TOO_MANY: open bookings of the resident's. */
export type SaveBooking = 'SAVED' | 'STALE' | 'FULL' | 'TOO_MANY';

export interface Facilities {
  byId(id: string): Promise<Facility | null>;
  /** Those that have not ended, by name. Cursor [name, id]. */
  ofStreet(street: string, page: PageRequest): Promise<Page<Facility>>;
  countOfStreet(street: string): Promise<number>;
  /** Those that have not ended, nearest first, with the distance in metres. Cursor [distance, id]. */
  near(point: Nearby, page: PageRequest): Promise<Page<{ readonly facility: Facility; readonly distance: number }>>;
  countNear(point: Nearby): Promise<number>;
  use(id: string): Promise<FacilityUse>;
  /** Places taken in each slot of the day. */
  taken(id: string, day: LocalDate): Promise<readonly number[]>;
  /** Of the days from `day` on, as it stands. */
  takenFrom(id: string, day: LocalDate): Promise<Taken>;
  /** 1 is the version of a new one. With `booked`, how often it had been booked when it was looked at, STALE if it has been booked since. */
  save(next: Facility, receipt: CallReceipt | null, booked?: number): Promise<SaveNamed>;
  bookingById(id: string): Promise<Booking | null>;
  /** What the actor may see, latest first. Cursor [from, id]. */
  bookings(actor: Actor, facility: string | null, page: PageRequest): Promise<Page<Booking>>;
  countBookings(actor: Actor, facility: string | null): Promise<number>;
  /** Takes the places and writes the booking together. */
  book(booking: Booking, facility: Facility, receipt: CallReceipt | null): Promise<SaveBooking>;
  /** Writes the step; one that cancels gives the places back. */
  saveBooking(next: Booking, receipt: CallReceipt | null): Promise<SaveBooking>;
}

export interface Nearby {
  readonly longitude: number;
  readonly latitude: number;
  /** Metres. */
  readonly within: number;
}
