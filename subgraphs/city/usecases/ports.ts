// What this level needs from storage.
import type { Published } from '../domain/publication.js';

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
