// What this level needs from storage.
import type { Actor } from '../../shared/domain/actor.js';
import type { Counts } from '../../shared/domain/counts.js';
import type { NamedScheme } from '../../shared/domain/scoringScheme.js';
import type { ConcernClass } from '../../shared/domain/concernRule.js';
import type { Round, StreetPlace } from '../domain/assessment/round.js';
import type { RoundState } from '../domain/assessment/round.transitions.js';
import type { Concern, ConcernDecision, ConcernFigures } from '../domain/concern.js';
import type { ConcernState } from '../domain/concern.transitions.js';
import type { Handover } from '../../shared/domain/handover.js';
import type { Batch } from '../../shared/usecases/fireDue.js';
import type { Conference, ConferenceOutcome } from '../domain/conference.js';
import type { ConferenceState } from '../domain/conference.transitions.js';
import type { Supervision, SupervisionDecision } from '../domain/supervision.js';
import type { SupervisionState } from '../domain/supervision.transitions.js';

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

export interface SupervisionRepository {
  /** Whoever asks: callers check with `seesSupervision`. */
  byId(id: string): Promise<Supervision | null>;
  /** All of a case, in the order they were opened. */
  ofCase(caseId: string): Promise<readonly Supervision[]>;
  /** Writes record, event and receipt together, or answers false when `expectedVersion` is no longer current. */
  save(decision: SupervisionDecision, expectedVersion: number, receipt: CallReceipt | null): Promise<boolean>;
  /** Those an alarm of which is due, longest due first, kept from other processes for the lease. */
  claimDue(now: Date, batch: Batch): Promise<readonly Supervision[]>;
  /** Writes one that is not there yet, and what the community is told; does nothing when it is. */
  open(opened: Supervision, event: SupervisionDecision['event'] | null): Promise<void>;
  /** Writes what the community says; throws RaceLost. */
  put(next: Supervision, previousVersion: number): Promise<void>;
  /** What the actor may see, oldest due first and those that owe no answer last; cursor [due, id]. */
  list(actor: Actor, states: readonly SupervisionState[] | null, page: PageRequest): Promise<Page<Supervision>>;
  count(actor: Actor, states: readonly SupervisionState[] | null): Promise<number>;
  /** As the list sorts it. */
  dueKey(subject: Supervision): Date;
}

export interface ConcernFilter {
  readonly classes: readonly ConcernClass[] | null;
  readonly states: readonly ConcernState[] | null;
  /** Code prefix. */
  readonly area: string | null;
}

export interface ConcernRepository {
  /** Whoever asks: callers check with `seesConcern`. */
  byId(id: string): Promise<Concern | null>;
  /** Writes record, event and receipt together, or answers false when `expectedVersion` is no longer current. */
  save(decision: ConcernDecision, expectedVersion: number, receipt: CallReceipt | null): Promise<boolean>;
  /** Writes one that is not there yet; does nothing when it is. */
  open(found: Concern): Promise<void>;
  /** Leaves the version as it is: what an officer is about to write does not depend on the figures. */
  grow(id: string, figures: ConcernFigures, at: Date): Promise<void>;
  /** What the actor may see, oldest due first and those that owe no answer last; cursor [due, id]. */
  list(actor: Actor, filter: ConcernFilter, page: PageRequest): Promise<Page<Concern>>;
  count(actor: Actor, filter: ConcernFilter): Promise<number>;
  /** As the list sorts it. */
  dueKey(subject: Concern): Date;
}

export interface ConferenceRepository {
  /** Whoever asks: callers check with `seesConference`. */
  byId(id: string): Promise<Conference | null>;
  /** All of a case, latest first. */
  ofCase(caseId: string): Promise<readonly Conference[]>;
  /**
   * Writes a new one, its event and receipt, provided that the district's part is still as it was read; DUPLICATE when
   * the case has an open one.
   */
  convene(convened: ConferenceOutcome, coordination: Handover, receipt: CallReceipt | null): Promise<'SAVED' | 'STALE' | 'DUPLICATE'>;
  /** Writes record, event and receipt together, or answers false when `expectedVersion` is no longer current. */
  save(outcome: ConferenceOutcome, expectedVersion: number, receipt: CallReceipt | null): Promise<boolean>;
  /** Those an alarm of which is due, longest due first, kept from other processes for the lease. */
  claimDue(now: Date, batch: Batch): Promise<readonly Conference[]>;
  /** What the actor may see, latest first; cursor [convenedAt, id]. */
  list(actor: Actor, states: readonly ConferenceState[] | null, page: PageRequest): Promise<Page<Conference>>;
  count(actor: Actor, states: readonly ConferenceState[] | null): Promise<number>;
}

export interface RoundFilter {
  readonly district: string | null;
  readonly states: readonly RoundState[] | null;
}

export interface RoundRepository {
  /** Whoever asks: callers check with `seesRound`. */
  byId(id: string): Promise<Round | null>;
  /** By unit, the last published round of the district that has it and ended before this one begins. */
  previousOf(round: Round): Promise<ReadonlyMap<string, Round>>;
  /** Writes a new one and its receipt; DUPLICATE when the district has one that is not published yet. */
  open(round: Round, receipt: CallReceipt | null): Promise<'SAVED' | 'DUPLICATE'>;
  /** Writes record and receipt together, or answers false when `expectedVersion` is no longer current. */
  save(next: Round, expectedVersion: number, receipt: CallReceipt | null): Promise<boolean>;
  /** What the actor may see, null being one who has not signed in, latest first; cursor [openedAt, id]. */
  list(actor: Actor | null, filter: RoundFilter, page: PageRequest): Promise<Page<Round>>;
  count(actor: Actor | null, filter: RoundFilter): Promise<number>;
}

/** The district's copy of its streets. */
export interface Streets {
  /** All that it has or had, by code. */
  of(district: string): Promise<readonly StreetPlace[]>;
}

export interface MonthOfStreet {
  readonly street: string;
  readonly month: string;
  readonly counts: Counts;
}

export interface StreetCounts {
  /** Months, both included; those with any. */
  between(district: string, from: string, to: string): Promise<readonly MonthOfStreet[]>;
}

/** The district's copy of the city's scoring schemes. */
export interface Schemes {
  inForce(): Promise<NamedScheme>;
}
