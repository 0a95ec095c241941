import type { Actor } from '../domain/actor.js';
import { unauthenticated } from './errors.js';

/** What every subgraph's context carries; loaders never outlive or cross a request. */
export interface RequestContext {
  /** Null when the caller has not signed in. */
  readonly actor: Actor | null;
  readonly now: () => Date;
}

// Called by resolvers, never while the context is built: an error there turns the whole response into a 500.
export function requireActor({ actor }: { readonly actor: Actor | null }): Actor {
  if (!actor) throw unauthenticated();
  return actor;
}
