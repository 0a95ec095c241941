import { dayOf } from '../../shared/graphql/validity.js';
import type { CityResolvers } from '../__generated__/resolvers.js';

export const City: CityResolvers = {
  districts: ({ code }, args, context) => context.areas.partsOf(code, dayOf(args, context)),
};
