import { catalogueFields } from '../../shared/graphql/catalogue.js';
import { countsOf } from '../../shared/graphql/counts.js';
import { dashboardOf } from '../../shared/graphql/dashboard.js';
import type { StreetResolvers } from '../__generated__/resolvers.js';
import { facilitiesOfStreet } from './facility/facilities.js';
import { sealsOfStreet } from './seal/seals.js';
import { stationsOfStreet } from './stations.js';

export const Street: StreetResolvers = {
  __resolveReference: ({ code }, { areas }) => areas.byCode(code),
  units: ({ code }, _args, { units }) => units.of(code),
  district: ({ parent }) => (parent === null ? null : { code: parent }),
  ...catalogueFields('STREET'),
  counts: ({ code }, args, context) => countsOf(context, code, args),
  dashboard: ({ code }, args, context) => dashboardOf(context, code, args),
  ...stationsOfStreet,
  ...sealsOfStreet,
  ...facilitiesOfStreet,
};
