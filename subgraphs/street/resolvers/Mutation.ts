import { handoverMutation } from '../../shared/graphql/handoverFields.js';
import type { MutationResolvers } from '../__generated__/resolvers.js';
import { dispatchMachine } from '../domain/dispatch.transitions.js';

const act = handoverMutation(dispatchMachine);

export const Mutation: MutationResolvers = {
  dispatchSign: act('SIGN'),
  dispatchReturn: act('RETURN'),
  dispatchForward: act('FORWARD'),
  dispatchAssign: act('DISPATCH'),
  dispatchRedispatch: act('REDISPATCH'),
  dispatchRequestInfo: act('REQUEST_INFO'),
  dispatchResolve: act('RESOLVE'),
  dispatchRestart: act('RESTART'),
};
