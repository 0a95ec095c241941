// What resolvers hold for the schema's types.
import type { BulkAnswer, BulkResult } from '../../shared/graphql/bulk.js';
import type { Connection } from '../../shared/graphql/connection.js';
import type { Answer } from '../../shared/graphql/mutation.js';
import type { DomainError } from '../../shared/domain/result.js';
import type { ArrivalSubject, Whistle } from '../domain/whistle.js';
import type { Booking } from '../domain/facility/booking.js';
import type { Facility } from '../domain/facility/facility.js';
import type { SealRecord } from '../domain/seal/chain.js';
import type { Seal, SealRequest } from '../domain/seal/seal.js';
import type { Station, StationWindow } from '../domain/station.js';
import type { CounterFor, StationException, StationFor } from '../domain/stationCounters.js';
import type { WhistleEffect } from '../domain/whistleEffect.js';
import type { ServiceAt } from '../usecases/stationCounters.js';
import type { Founding, StationsPreview } from '../usecases/stations.js';

export type WhistleModel = Whistle;
export type ArrivalModel = ArrivalSubject;
export type WhistleAnswer = Answer<Whistle>;
export type WhistlePage = Connection<Whistle>;
export type WhistleBulkAnswer = BulkAnswer<Whistle, WhistleEffect>;
export type WhistleBulkResult = BulkResult<Whistle, WhistleEffect>;

export type StationModel = Station;
export type StationAnswer = Answer<Station>;
export type FoundingAnswer = Answer<Founding>;
export interface StationsPreviewModel {
  readonly preview: StationsPreview | null;
  readonly userErrors: readonly DomainError[];
}

/** A window beside the station that it is of. */
export interface WindowModel {
  readonly window: StationWindow;
  readonly station: Station;
}
export type StationExceptionModel = StationException;
export type StationExceptionPage = Connection<StationException>;
export type ServiceAtModel = ServiceAt;
export type StationForModel = StationFor;
export type CounterForModel = CounterFor & { readonly station: Station };

export type SealModel = Seal;
export type SealAnswer = Answer<Seal>;
export type SealRequestModel = SealRequest;
export type SealRequestAnswer = Answer<SealRequest>;
export type SealRequestPage = Connection<SealRequest>;
export type SealRecordModel = SealRecord;
export type SealRecordPage = Connection<SealRecord>;

export type FacilityModel = Facility;
export type FacilityAnswer = Answer<Facility>;
export type FacilityPage = Connection<Facility>;
export type NearPage = Connection<{ readonly facility: Facility; readonly distance: number }>;
export type NearEdge = NearPage['edges'][number];
export type BookingModel = Booking;
export type BookingAnswer = Answer<Booking>;
export type BookingPage = Connection<Booking>;
