import { catalogueFields } from '../../shared/graphql/catalogue.js';
import { countsOf } from '../../shared/graphql/counts.js';
import { dashboardOf } from '../../shared/graphql/dashboard.js';
import { dayOf } from '../../shared/graphql/validity.js';
import type { CommunityResolvers } from '../__generated__/resolvers.js';

export const Community: CommunityResolvers = {
  __resolveReference: ({ code }, { areas }) => areas.byCode(code),
  units: ({ code }, _args, { units }) => units.of(code),
  street: ({ parent }) => (parent === null ? null : { code: parent }),
  grids: ({ code }, args, context) => context.grids.partsOf(code, dayOf(args, context)),
  ...catalogueFields('COMMUNITY'),
  counts: ({ code }, args, context) => countsOf(context, code, args),
  dashboard: ({ code }, args, context) => dashboardOf(context, code, args),
};
