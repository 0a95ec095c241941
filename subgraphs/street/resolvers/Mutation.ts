import type { GraphQLResolveInfo } from 'graphql';
import { handoverMutation } from '../../shared/graphql/handoverFields.js';
import { mutate, type Answer } from '../../shared/graphql/mutation.js';
import type { Actor } from '../../shared/domain/actor.js';
import type { Result } from '../../shared/domain/result.js';
import type { Receipt } from '../../shared/persistence/receipts.js';
import type { MutationResolvers } from '../__generated__/resolvers.js';
import { dispatchMachine } from '../domain/dispatch.transitions.js';
import type { Whistle } from '../domain/whistle.js';
import { actOnArrival, blowWhistle, endWhistle, visibleWhistle } from '../usecases/whistles.js';
import type { StreetContext } from '../context.js';

const act = handoverMutation(dispatchMachine);

type Run = (actor: Actor, receipt: Receipt | null) => Promise<Result<Whistle>>;
interface Call {
  readonly whistleId?: string;
  readonly idempotencyKey?: string | null | undefined;
}

const onWhistle = (input: Call, context: StreetContext, info: GraphQLResolveInfo, run: Run): Promise<Answer<Whistle>> =>
  mutate(context, info.fieldName, { ...input }, {
    run,
    current: (actor, id) => visibleWhistle(context.whistles, id, actor),
    subject: input.whistleId ?? null,
  });

export const Mutation: MutationResolvers = {
  dispatchSign: act('SIGN'),
  dispatchReturn: act('RETURN'),
  dispatchForward: act('FORWARD'),
  dispatchAssign: act('DISPATCH'),
  dispatchRedispatch: act('REDISPATCH'),
  dispatchRequestInfo: act('REQUEST_INFO'),
  dispatchResolve: act('RESOLVE'),
  dispatchRestart: act('RESTART'),
  whistleBlow: (_parent, { input }, context, info) =>
    onWhistle({ ...input }, context, info, (actor, receipt) => blowWhistle(context, { ...input, urgent: input.urgent ?? false }, actor, receipt)),
  whistleArrive: (_parent, { input }, context, info) =>
    onWhistle({ ...input }, context, info, (actor, receipt) =>
      actOnArrival(context, { ...input, action: 'ARRIVE', unit: null, came: true, note: null }, actor, receipt)),
  whistleConfirm: (_parent, { input }, context, info) =>
    onWhistle({ ...input }, context, info, (actor, receipt) =>
      actOnArrival(context, { ...input, action: 'CONFIRM', note: input.note ?? null }, actor, receipt)),
  whistleEnd: (_parent, { input }, context, info) =>
    onWhistle({ ...input }, context, info, (actor, receipt) => endWhistle(context, input, actor, receipt)),
};
