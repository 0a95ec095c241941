import { countsOf } from '../../shared/graphql/counts.js';
import { dashboardOf } from '../../shared/graphql/dashboard.js';
import type { CityResolvers } from '../__generated__/resolvers.js';
import { measuresOf, verdictsOf } from './standards.js';

export const City: CityResolvers = {
  __resolveReference: ({ code }, { areas }) => areas.byCode(code),
  units: ({ code }, _args, { units }) => units.of(code),
  counts: ({ code }, args, context) => countsOf(context, code, args),
  dashboard: ({ code }, args, context) => dashboardOf(context, code, args),
  verdicts: (city, { standard }, context) => verdictsOf(context, 'CITY', measuresOf(city), standard),
};
