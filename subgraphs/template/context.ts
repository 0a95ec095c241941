import DataLoader from 'dataloader';
import { GraphQLError } from 'graphql';
import type { Actor } from './identity.js';
import type { BureauDepartment, BureauDepartmentStore } from './store.js';

/** What one operation carries. Its loaders are its own: nobody gets what was read for another. */
export interface Context {
  readonly actor: Actor | null;
  readonly store: BureauDepartmentStore;
  readonly departments: DataLoader<string, BureauDepartment | null>;
  readonly departmentsOf: DataLoader<string, readonly BureauDepartment[]>;
  readonly onLookup: () => void;
  /** Gives a list back, as long as the operation's lists are not too long together: fields that lead back to lists multiply. */
  counted<T>(list: readonly T[]): readonly T[];
}

const mostListed = 5_000;

/** `onLookup` is told of each question to the store. */
export function createContext(actor: Actor | null, store: BureauDepartmentStore, onLookup: () => void): Context {
  let listed = 0;
  return {
    actor,
    store,
    departments: new DataLoader(async (ids) => {
      onLookup();
      const found = new Map((await store.byIds(ids)).map((department) => [department.id, department]));
      return ids.map((id) => found.get(id) ?? null);
    }),
    departmentsOf: new DataLoader(async (codes) => {
      onLookup();
      const found = await store.byStreets(codes);
      return codes.map((code) => found.filter(({ street }) => street === code));
    }),
    onLookup,
    counted(list) {
      listed += list.length;
      if (listed <= mostListed) return list;
      throw new GraphQLError(`一次至多列出 ${mostListed} 项,请分几次查询。 / At most ${mostListed} items are listed at once; ask for them in parts.`, { extensions: { code: 'QUERY_TOO_COMPLEX' } });
    },
  };
}
