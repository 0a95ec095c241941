import { handoverOf } from '../../shared/graphql/handoverFields.js';
import type { CaseResolvers } from '../__generated__/resolvers.js';

export const Case: CaseResolvers = {
  receipt: ({ id }, _args, context) => handoverOf(id, context),
};
