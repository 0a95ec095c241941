// What this level needs from storage.
import type { Published } from '../domain/publication.js';
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
  /** Writes version, message to the community and receipt together. */
  save(published: Published<Content>, receipt: CallReceipt | null): Promise<PublishOutcome>;
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
