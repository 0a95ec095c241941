import { handoverMutation } from '../../shared/graphql/handoverFields.js';
import type { MutationResolvers } from '../__generated__/resolvers.js';
import { coordinationMachine } from '../domain/coordination.transitions.js';

const act = handoverMutation(coordinationMachine);

export const Mutation: MutationResolvers = {
  coordinationSign: act('SIGN'),
  coordinationReturn: act('RETURN'),
  coordinationForward: act('FORWARD'),
  coordinationAssign: act('DISPATCH'),
  coordinationRedispatch: act('REDISPATCH'),
  coordinationRequestInfo: act('REQUEST_INFO'),
  coordinationResolve: act('RESOLVE'),
  coordinationRestart: act('RESTART'),
};
