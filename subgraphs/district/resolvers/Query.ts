import { dayOf } from '../../shared/graphql/validity.js';
import type { QueryResolvers } from '../__generated__/resolvers.js';

export const Query: QueryResolvers = {
  district: (_parent, { code }, { areas }) => areas.byCode(code),
  districts: (_parent, args, context) => context.areas.list({ at: dayOf(args, context) }),
};
