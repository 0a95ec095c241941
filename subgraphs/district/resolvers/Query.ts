import { handoverList, handoverOf } from '../../shared/graphql/handoverFields.js';
import { dayOf } from '../../shared/graphql/validity.js';
import type { QueryResolvers } from '../__generated__/resolvers.js';

export const Query: QueryResolvers = {
  district: (_parent, { code }, { areas }) => areas.byCode(code),
  districts: (_parent, args, context) => context.areas.list({ at: dayOf(args, context) }),
  coordination: (_parent, { caseId }, context) => handoverOf(caseId, context),
  coordinations: (_parent, args, context) => handoverList(args, context),
};
