import type { Departure } from './departure.js';
import type { Asker } from './units.js';

/** On whose behalf an operation is run. */
export interface Party {
  /** The signed word on who it is, good for one subgraph alone; null where callers have no identity. */
  readonly identityFor: ((subgraph: string) => string) | null;
  /** The word that is nobody's: what is public may be asked for under it. */
  readonly publicIdentityFor: ((subgraph: string) => string) | null;
  /** W3C Trace Context. */
  readonly traceparent: string | null;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: Departure | undefined;
}

/** What one subgraph is told for one call; only the word that it will be sent is asked for, which may have to be signed. */
export function askerFor(party: Party, subgraph: string, isPublic: boolean, signal: Departure | undefined): Asker {
  const identity = isPublic ? null : party.identityFor?.(subgraph) ?? null;
  const publicIdentity = isPublic ? party.publicIdentityFor?.(subgraph) ?? null : null;
  return { identity, publicIdentity, traceparent: party.traceparent, signal };
}
