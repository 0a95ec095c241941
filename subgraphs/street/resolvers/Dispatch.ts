import { handoverFields, handoverOf } from '../../shared/graphql/handoverFields.js';
import { availability, permit } from '../../shared/domain/stateMachine.js';
import type { DispatchActResultResolvers, DispatchPayloadResolvers, DispatchResolvers } from '../__generated__/resolvers.js';
import { dispatchMachine } from '../domain/dispatch.transitions.js';
import { seesWhistle, whistleMachine } from '../domain/whistle.js';

export const Dispatch: DispatchResolvers = {
  __resolveReference: ({ id }, context) => handoverOf(id, context),
  ...handoverFields(dispatchMachine),
  street: async ({ holder }, _args, { areas }) => {
    const office = await areas.byCode(holder.area);
    if (!office) throw new Error(`${holder.area} is not stored.`);
    return office;
  },
  whistles: async ({ id }, _args, { whistles, actor }) =>
    (actor ? (await whistles.ofCase(id)).filter((whistle) => seesWhistle(whistle, actor)) : []),
  async availableActions(handover, _args, { whistles, actor, now }) {
    if (!actor) return [];
    const [last] = await whistles.ofCase(handover.id);
    // The whistle has rules of its own for its end.
    const end = last?.state === 'OPEN' ? permit(whistleMachine, last, 'END', actor, now()) : null;
    return availability(dispatchMachine, handover, actor, now()).map((one) =>
      (one.action === 'END_WHISTLE' && one.available && end && !end.ok ? { ...one, available: false, reason: end.error } : one));
  },
};

export const DispatchPayload: DispatchPayloadResolvers = {
  dispatch: ({ entity }) => entity,
};

export const DispatchActResult: DispatchActResultResolvers = {
  caseId: ({ id }) => id,
  dispatch: ({ entity }) => entity,
};
