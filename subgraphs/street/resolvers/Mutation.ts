import type { GraphQLResolveInfo } from 'graphql';
import { actOnMany, casesOf, fieldFault, type BulkTarget, type Takes } from '../../shared/graphql/bulk.js';
import { catalogueMutations } from '../../shared/graphql/catalogue.js';
import { handoverBulk, handoverMutation } from '../../shared/graphql/handoverFields.js';
import { mutate, type Answer } from '../../shared/graphql/mutation.js';
import type { Actor } from '../../shared/domain/actor.js';
import type { Result } from '../../shared/domain/result.js';
import type { Receipt } from '../../shared/persistence/receipts.js';
import type { MutationResolvers, WhistleActOnManyInput, WhistleBulkAction } from '../__generated__/resolvers.js';
import { dispatchMachine } from '../domain/dispatch.transitions.js';
import type { Whistle } from '../domain/whistle.js';
import {
  actOnArrival, blowWhistle, endWhistle, planArrival, planBlow, planEnd, visibleWhistle, type WhistlePlan,
} from '../usecases/whistles.js';
import type { StreetContext } from '../context.js';
import { facilityMutations } from './facility/facilities.js';
import { sealMutations } from './seal/seals.js';
import { stationCounterMutations } from './stationCounters.js';
import { stationMutations } from './stations.js';

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

const fields = ['unit', 'came', 'note', 'result'] as const;
const takes: Readonly<Record<WhistleBulkAction, Takes<(typeof fields)[number]>>> = {
  ARRIVE: {},
  CONFIRM: { needs: ['unit', 'came'], may: ['note'] },
  END: { needs: ['result'] },
};

function planOnWhistle(
  context: StreetContext, { action, unit, came, note, result }: WhistleActOnManyInput, { id, expectedVersion }: BulkTarget, actor: Actor,
): Promise<Result<WhistlePlan>> {
  const whistle = { whistleId: id, expectedVersion };
  if (action === 'END') return planEnd(context, { ...whistle, result: result ?? '' }, actor);
  return planArrival(context, { ...whistle, action, unit: unit ?? null, came: came ?? true, note: note ?? null }, actor);
}

const own = catalogueMutations('STREET');

export const Mutation: MutationResolvers = {
  streetItemDraft: own.draft,
  streetItemPutInForce: own.putInForce,
  streetItemLapse: own.lapse,
  streetItemRemark: own.remark,
  dispatchSign: act('SIGN'),
  dispatchReturn: act('RETURN'),
  dispatchForward: act('FORWARD'),
  dispatchAssign: act('DISPATCH'),
  dispatchRedispatch: act('REDISPATCH'),
  dispatchRequestInfo: act('REQUEST_INFO'),
  dispatchResolve: act('RESOLVE'),
  dispatchRestart: act('RESTART'),
  dispatchActOnMany: handoverBulk(dispatchMachine, { BLOW_WHISTLE: 'whistleBlowOnMany', END_WHISTLE: 'whistleActOnMany' }),
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
  whistleBlowOnMany: (_parent, { input }, context, info) =>
    actOnMany(context, info.fieldName, { ...input }, {
      ...casesOf(input.cases),
      fault: null,
      plan: ({ id, expectedVersion }, actor) => planBlow(context, { ...input, urgent: input.urgent ?? false, caseId: id, expectedVersion }, actor),
      current: (actor, id) => visibleWhistle(context.whistles, id, actor),
    }),
  whistleActOnMany: (_parent, { input }, context, info) =>
    actOnMany(context, info.fieldName, { ...input }, {
      list: 'whistles',
      idField: 'whistleId',
      targets: input.whistles.map(({ whistleId, expectedVersion }) => ({ id: whistleId, expectedVersion })),
      fault: fieldFault(input.action, input, fields, takes[input.action]),
      plan: (target, actor) => planOnWhistle(context, input, target, actor),
      current: (actor, id) => visibleWhistle(context.whistles, id, actor),
    }),
  ...stationMutations,
  ...stationCounterMutations,
  ...sealMutations,
  ...facilityMutations,
};
