import { handoverList, handoverOf } from '../../shared/graphql/handoverFields.js';
import type { QueryResolvers } from '../__generated__/resolvers.js';

export const Query: QueryResolvers = {
  street: (_parent, { code }, { areas }) => areas.byCode(code),
  dispatch: (_parent, { caseId }, context) => handoverOf(caseId, context),
  dispatches: (_parent, args, context) => handoverList(args, context),
};
