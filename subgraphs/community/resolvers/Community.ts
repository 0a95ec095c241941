import type { Area } from '../../shared/domain/area.js';
import type { Connection } from '../../shared/graphql/connection.js';
import { dayOf } from '../../shared/graphql/validity.js';
import type { CommunityResolvers } from '../__generated__/resolvers.js';

export type CommunityPage = Connection<Area>;

export const Community: CommunityResolvers = {
  __resolveReference: ({ code }, { areas }) => areas.byCode(code),
  units: ({ code }, _args, { units }) => units.of(code),
  street: ({ parent }) => (parent === null ? null : { code: parent }),
  grids: ({ code }, args, context) => context.grids.partsOf(code, dayOf(args, context)),
};
