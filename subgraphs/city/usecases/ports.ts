// What this level needs from storage.
import type { Actor } from '../../shared/domain/actor.js';
import type { Admission } from '../domain/admission/admission.js';
import type { AdmissionState } from '../domain/admission/admission.transitions.js';
import type { OpennessEntry, OpennessFilter } from '../domain/openness/entry.js';
import type { Published } from '../domain/publication.js';
import type { BurdenDays } from '../domain/reduction/burden.js';
import type { Cut, StreetEffect } from '../domain/reduction/effect.js';
import type { BurdenReduction } from '../domain/reduction/reduction.js';
import type { ReductionState } from '../domain/reduction/reduction.transitions.js';
import type { ItemFilter, ItemOutcome, ItemVersion } from '../domain/service/item.js';
import type { Reorganisation } from '../domain/reorganisation.js';
import type { TreeArea } from '../domain/reorganisationPlan.js';

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

/** SAVED; or another publication has the name, or was faster and has the number. */
export type PublishOutcome = 'SAVED' | 'NAME_TAKEN' | 'NUMBER_TAKEN';

/** What was published of one thing; the platform's own version 0 is always there. */
export interface Versions<Content> {
  /** The one in force. */
  latest(): Promise<Published<Content>>;
  byVersion(version: string): Promise<Published<Content> | null>;
  /** Newest first; cursor [number]. */
  list(page: PageRequest): Promise<Page<Published<Content>>>;
  count(): Promise<number>;
  /** Writes version, message to the community, receipt and what openness says of it together. */
  save(published: Published<Content>, receipt: CallReceipt | null, entry?: OpennessEntry): Promise<PublishOutcome>;
}

/** What has been made public. */
export interface Openness {
  byId(id: string): Promise<OpennessEntry | null>;
  /** Published last first; cursor [publishedAt, id]. */
  list(filter: OpennessFilter, page: PageRequest): Promise<Page<OpennessEntry>>;
  count(filter: OpennessFilter): Promise<number>;
  /** When any of them changed last; null when there are none. */
  updatedAt(filter: OpennessFilter): Promise<Date | null>;
  /** Writes entry and receipt together; false when it had changed. 1 is the version of a new one. */
  save(next: OpennessEntry, receipt: CallReceipt | null): Promise<boolean>;
}

/** A service item as a list has it: its code; what it says is read when it is asked for. */
export interface ItemReference {
  readonly id: string;
}

/** A district's round: its id is all that the city knows. */
export interface RoundReference {
  readonly id: string;
}

/** An item that the search found, the better the higher its score. */
export interface ItemHit extends ItemReference {
  readonly score: number;
}

export interface ItemRepository {
  /** Its version that is in force; null when none is. */
  inForce(code: string): Promise<ItemVersion | null>;
  /** Its version with the highest number; null when there is no such item. */
  last(code: string): Promise<ItemVersion | null>;
  version(code: string, number: number): Promise<ItemVersion | null>;
  /** Newest first, as the actor may see them; cursor [number]. */
  history(code: string, actor: Actor | null, page: PageRequest): Promise<Page<ItemVersion>>;
  countHistory(code: string, actor: Actor | null): Promise<number>;
  /** Those in force, by code; cursor [code]. */
  list(filter: ItemFilter, page: PageRequest): Promise<Page<ItemReference>>;
  count(filter: ItemFilter): Promise<number>;
  /** Those with a draft that the actor may see, by code; cursor [code]. */
  drafts(actor: Actor, page: PageRequest): Promise<Page<ItemReference>>;
  countDrafts(actor: Actor): Promise<number>;
  /** Among those in force, best first. */
  search(text: string, filter: ItemFilter): Promise<readonly ItemHit[]>;
  /** Writes a new draft; false when another has its number. */
  add(draft: ItemVersion, receipt: CallReceipt | null): Promise<boolean>;
  /** Writes both, message and receipt together; false when either had changed. */
  save(outcome: ItemOutcome, expectedVersion: number, receipt: CallReceipt | null): Promise<boolean>;
}

export interface AdmissionRepository {
  byId(id: string): Promise<Admission | null>;
  /**
   * Writes it with message and receipt; TAKEN when the department has one of the same that stands in its way, OVERTAKEN when
   * the reduction that it waits for is no longer announced.
   */
  propose(admission: Admission, receipt: CallReceipt | null): Promise<'SAVED' | 'TAKEN' | 'OVERTAKEN'>;
  /** Writes admission, message and receipt together; false when it had changed. */
  save(next: Admission, at: Date, receipt: CallReceipt | null): Promise<boolean>;
  /** Those that the actor may see, latest first; cursor [proposedAt, id]. */
  list(actor: Actor, states: readonly AdmissionState[] | null, page: PageRequest): Promise<Page<Admission>>;
  count(actor: Actor, states: readonly AdmissionState[] | null): Promise<number>;
  /** Those in force in these areas, by street. */
  inForce(areas: readonly string[]): Promise<readonly Admission[]>;
  /** The streets of these areas where any is open, or has lapsed by the reduction; and those of one street. */
  streets(reduction: string, areas: readonly string[]): Promise<readonly string[]>;
  ofStreet(reduction: string, street: string): Promise<readonly Admission[]>;
  /** Whether the same lapsed by the reduction. */
  wasCut(reduction: string, subject: Pick<Admission, 'matter' | 'item' | 'department' | 'street' | 'community'>): Promise<boolean>;
}

export interface ReductionRepository {
  byId(id: string): Promise<BurdenReduction | null>;
  /** Those that the actor may see, the latest day first; cursor [effectiveOn, id]. */
  list(actor: Actor, states: readonly ReductionState[] | null, page: PageRequest): Promise<Page<BurdenReduction>>;
  count(actor: Actor, states: readonly ReductionState[] | null): Promise<number>;
  /** Those announced or in effect by which all lapse. */
  open(): Promise<readonly BurdenReduction[]>;
  /** Which of these areas exist on the day. */
  known(codes: readonly string[], on: string): Promise<ReadonlySet<string>>;
  draft(reduction: BurdenReduction, receipt: CallReceipt | null): Promise<void>;
  /** Writes it with what it cuts; OVERLAPS, with another by which all lapse that is open in its area. */
  announce(next: BurdenReduction, cuts: readonly Cut[], receipt: CallReceipt | null): Promise<'SAVED' | 'STALE' | 'OVERLAPS'>;
  /** Writes it, and what was drafted with it; false when it had changed. */
  save(next: BurdenReduction, drafted: BurdenReduction | null, receipt: CallReceipt | null): Promise<boolean>;
  /** What was announced as cut, or was cut, by street; cursor [street, admission]. */
  cuts(reduction: string, page: PageRequest): Promise<Page<Cut>>;
  countCuts(reduction: string): Promise<number>;
  /** The admissions of a street that were announced as cut. */
  listed(reduction: string, street: string): Promise<ReadonlySet<string>>;
  /** One that is due, kept from other processes for the lease. */
  claim(now: Date): Promise<BurdenReduction | null>;
  /** Writes what becomes of one street's admissions, and keeps the lease; throws RaceLost when one, or the reduction, has changed. */
  settle(reduction: BurdenReduction, effect: StreetEffect, now: Date): Promise<void>;
  /** Writes that nothing is left to do; false when there is, or it has changed. */
  finish(next: BurdenReduction): Promise<boolean>;
}

/** What a burden report is counted from; each in one query, however many areas it is about. */
export interface BurdenSources {
  /** Those within the area that existed on either day; cursor [code]. */
  areas(level: 'STREET' | 'COMMUNITY', area: string, days: BurdenDays, page: PageRequest): Promise<Page<{ readonly code: string; readonly name: string }>>;
  countAreas(level: 'STREET' | 'COMMUNITY', area: string, days: BurdenDays): Promise<number>;
  /** Of these streets, those that may have been in force on either day. */
  admissions(streets: readonly string[], days: BurdenDays): Promise<readonly Admission[]>;
  /** Of the city's catalogue, those handed down that may have been in force on either day. */
  versions(days: BurdenDays): Promise<readonly ItemVersion[]>;
}

/** All areas within one, ended ones and those yet to begin too, at one revision of the city's tree. */
export interface Ground {
  readonly areas: readonly TreeArea[];
  readonly revision: number;
}

/** Reorganisations and the tree of areas that they change. */
export interface Reorganisations {
  byId(id: string): Promise<Reorganisation | null>;
  ground(parent: string): Promise<Ground>;
  /**
   * Writes it, what it makes of the tree, messages and receipt together; false, and nothing written, when the tree is
   * no longer at `revision`.
   */
  save(next: Reorganisation, revision: number, receipt: CallReceipt | null): Promise<boolean>;
  /** Those that end or begin anything within the area, the latest day first; cursor [on, id]. */
  list(area: string | null, page: PageRequest): Promise<Page<Reorganisation>>;
  count(area: string | null): Promise<number>;
  /** The one that ends the area, and the one that begins it; cancelled ones are left out. */
  ending(code: string): Promise<Reorganisation | null>;
  beginning(code: string): Promise<Reorganisation | null>;
}
