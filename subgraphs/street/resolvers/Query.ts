import type { QueryResolvers } from '../__generated__/resolvers.js';

export const Query: QueryResolvers = {
  street: (_parent, { code }, { areas }) => areas.byCode(code),
};
