import DataLoader from 'dataloader';
import type { Actor } from './identity.js';
import type { Shelter, ShelterStore } from './store.js';

/** What one operation carries. Its loaders are its own: nobody gets what was read for another. */
export interface Context {
  readonly actor: Actor | null;
  readonly store: ShelterStore;
  readonly shelters: DataLoader<string, Shelter | null>;
  readonly sheltersOf: DataLoader<string, readonly Shelter[]>;
}

/** `onLookup` is told of each question to the store. */
export function createContext(actor: Actor | null, store: ShelterStore, onLookup: () => void): Context {
  return {
    actor,
    store,
    shelters: new DataLoader(async (ids) => {
      onLookup();
      const found = new Map((await store.byIds(ids)).map((shelter) => [shelter.id, shelter]));
      return ids.map((id) => found.get(id) ?? null);
    }),
    sheltersOf: new DataLoader(async (codes) => {
      onLookup();
      const found = await store.byCommunities(codes);
      return codes.map((code) => found.filter(({ community }) => community === code));
    }),
  };
}
