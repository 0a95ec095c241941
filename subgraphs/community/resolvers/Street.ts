import { dayOf } from '../../shared/graphql/validity.js';
import type { StreetResolvers } from '../__generated__/resolvers.js';

export const Street: StreetResolvers = {
  communities: ({ code }, args, context) => context.areas.partsOf(code, dayOf(args, context)),
};
