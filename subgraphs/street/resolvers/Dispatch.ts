import { handoverFields, handoverOf } from '../../shared/graphql/handoverFields.js';
import type { DispatchPayloadResolvers, DispatchResolvers } from '../__generated__/resolvers.js';
import { dispatchMachine } from '../domain/dispatch.transitions.js';

export const Dispatch: DispatchResolvers = {
  __resolveReference: ({ id }, context) => handoverOf(id, context),
  ...handoverFields(dispatchMachine),
  street: async ({ holder }, _args, { areas }) => {
    const office = await areas.byCode(holder.area);
    if (!office) throw new Error(`${holder.area} is not stored.`);
    return office;
  },
};

export const DispatchPayload: DispatchPayloadResolvers = {
  dispatch: ({ entity }) => entity,
};
