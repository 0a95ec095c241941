import { handoverFields, handoverOf } from '../../shared/graphql/handoverFields.js';
import type { CoordinationActResultResolvers, CoordinationPayloadResolvers, CoordinationResolvers } from '../__generated__/resolvers.js';
import { seesConference } from '../domain/conference.js';
import { coordinationMachine } from '../domain/coordination.transitions.js';

export const Coordination: CoordinationResolvers = {
  __resolveReference: ({ id }, context) => handoverOf(id, context),
  ...handoverFields(coordinationMachine),
  district: async ({ holder }, _args, { areas }) => {
    const office = await areas.byCode(holder.area);
    if (!office) throw new Error(`${holder.area} is not stored.`);
    return office;
  },
  conferences: async ({ id }, _args, { conferences, actor }) =>
    (actor ? (await conferences.ofCase(id)).filter((conference) => seesConference(conference, actor)) : []),
};

export const CoordinationPayload: CoordinationPayloadResolvers = {
  coordination: ({ entity }) => entity,
};

export const CoordinationActResult: CoordinationActResultResolvers = {
  caseId: ({ id }) => id,
  coordination: ({ entity }) => entity,
};
