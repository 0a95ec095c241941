import { countsOf } from '../../shared/graphql/counts.js';
import { dashboardOf } from '../../shared/graphql/dashboard.js';
import type { DistrictResolvers } from '../__generated__/resolvers.js';

export const District: DistrictResolvers = {
  __resolveReference: ({ code }, { areas }) => areas.byCode(code),
  units: ({ code }, _args, { units }) => units.of(code),
  city: ({ parent }) => (parent === null ? null : { code: parent }),
  counts: ({ code }, args, context) => countsOf(context, code, args),
  dashboard: ({ code }, args, context) => dashboardOf(context, code, args),
};
