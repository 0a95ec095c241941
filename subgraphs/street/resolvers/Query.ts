import { handoverList, handoverOf } from '../../shared/graphql/handoverFields.js';
import { pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type { QueryResolvers } from '../__generated__/resolvers.js';
import { facilityQueries } from './facility/facilities.js';
import { sealQueries } from './seal/seals.js';
import { stationCounterQueries } from './stationCounters.js';
import { stationQueries } from './stations.js';

export const Query: QueryResolvers = {
  street: (_parent, { code }, { areas }) => areas.byCode(code),
  dispatch: (_parent, { caseId }, context) => handoverOf(caseId, context),
  dispatches: (_parent, args, context) => handoverList(args, context),
  async whistles(_parent, args, context) {
    const actor = requireActor(context);
    const open = args.open ?? null;
    const page = await context.whistles.list(actor, open, pageRequest(args, 2));
    return toConnection(page, ({ blownAt, id }) => [blownAt.getTime(), id], () => context.whistles.count(actor, open));
  },
  ...stationQueries,
  ...stationCounterQueries,
  ...sealQueries,
  ...facilityQueries,
};
