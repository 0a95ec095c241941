// What this level needs from storage.
import type { Actor } from '../../shared/domain/actor.js';
import type { Admission } from '../domain/admission/admission.js';
import type { AdmissionState } from '../domain/admission/admission.transitions.js';
import type { OpennessEntry, OpennessFilter } from '../domain/openness/entry.js';
import type { Published } from '../domain/publication.js';
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
  /** Writes it with message and receipt; false when the department has one of that matter or item and street that has not ended. */
  propose(admission: Admission, receipt: CallReceipt | null): Promise<boolean>;
  /** Writes admission, message and receipt together; false when it had changed. */
  save(next: Admission, at: Date, receipt: CallReceipt | null): Promise<boolean>;
  /** Those that the actor may see, latest first; cursor [proposedAt, id]. */
  list(actor: Actor, states: readonly AdmissionState[] | null, page: PageRequest): Promise<Page<Admission>>;
  count(actor: Actor, states: readonly AdmissionState[] | null): Promise<number>;
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
