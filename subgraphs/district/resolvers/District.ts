import { catalogueFields } from '../../shared/graphql/catalogue.js';
import { countsOf } from '../../shared/graphql/counts.js';
import { dashboardOf } from '../../shared/graphql/dashboard.js';
import type { DistrictResolvers } from '../__generated__/resolvers.js';
import { roundList } from './assessment/queries.js';
import { concernList } from './Concern.js';

export const District: DistrictResolvers = {
  __resolveReference: ({ code }, { areas }) => areas.byCode(code),
  units: ({ code }, _args, { units }) => units.of(code),
  city: ({ parent }) => (parent === null ? null : { code: parent }),
  concerns: ({ code }, args, context) => concernList(args, { classes: null, states: args.states ?? null, area: code }, context),
  assessmentRounds: ({ code }, args, context) => roundList(args, { district: code, states: null }, context),
  ...catalogueFields('DISTRICT'),
  counts: ({ code }, args, context) => countsOf(context, code, args),
  dashboard: ({ code }, args, context) => dashboardOf(context, code, args),
};
