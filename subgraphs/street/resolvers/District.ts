import { dayOf } from '../../shared/graphql/validity.js';
import type { DistrictResolvers } from '../__generated__/resolvers.js';

export const District: DistrictResolvers = {
  streets: ({ code }, args, context) => context.areas.partsOf(code, dayOf(args, context)),
};
