import type { GraphQLResolveInfo } from 'graphql';
import { actOnMany } from '../../shared/graphql/bulk.js';
import { handoverBulk, handoverMutation } from '../../shared/graphql/handoverFields.js';
import { mutate, type Answer } from '../../shared/graphql/mutation.js';
import type { MutationResolvers } from '../__generated__/resolvers.js';
import { coordinationMachine } from '../domain/coordination.transitions.js';
import type { DistrictContext } from '../context.js';
import type { Concern, ConcernInput } from '../domain/concern.js';
import type { ConcernAction } from '../domain/concern.transitions.js';
import type { Supervision } from '../domain/supervision.js';
import type { SupervisionAction } from '../domain/supervision.transitions.js';
import { actOnConcern, visibleConcern } from '../usecases/concerns.js';
import { actOnSupervision, planOnSupervision, visibleSupervision } from '../usecases/supervisions.js';

const act = handoverMutation(coordinationMachine);

interface SupervisionCall {
  readonly supervisionId: string;
  readonly expectedVersion: number;
  readonly idempotencyKey?: string | null | undefined;
  readonly note?: string | null | undefined;
}

const supervise = (action: SupervisionAction) =>
  (_parent: unknown, { input }: { readonly input: SupervisionCall }, context: DistrictContext, info: GraphQLResolveInfo): Promise<Answer<Supervision>> =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => actOnSupervision(context, { ...input, action, note: input.note ?? null }, actor, receipt),
      current: (actor, id) => visibleSupervision(context.supervisions, id, actor),
      subject: input.supervisionId,
    });

interface ConcernCall extends Partial<Record<keyof ConcernInput, string | null | undefined>> {
  readonly concernId: string;
  readonly expectedVersion: number;
  readonly idempotencyKey?: string | null | undefined;
}

const onConcern = (action: ConcernAction) =>
  (_parent: unknown, { input }: { readonly input: ConcernCall }, context: DistrictContext, info: GraphQLResolveInfo): Promise<Answer<Concern>> => {
    const { concernId, expectedVersion, text = null, measures = null, note = null } = input;
    return mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => actOnConcern(context, { concernId, expectedVersion, action, text, measures, note }, actor, receipt),
      current: (actor, id) => visibleConcern(context.concerns, id, actor),
      subject: concernId,
    });
  };

export const Mutation: MutationResolvers = {
  coordinationSign: act('SIGN'),
  coordinationReturn: act('RETURN'),
  coordinationForward: act('FORWARD'),
  coordinationAssign: act('DISPATCH'),
  coordinationRedispatch: act('REDISPATCH'),
  coordinationRequestInfo: act('REQUEST_INFO'),
  coordinationResolve: act('RESOLVE'),
  coordinationRestart: act('RESTART'),
  coordinationActOnMany: handoverBulk(coordinationMachine),
  supervisionAnswer: supervise('ANSWER'),
  supervisionReject: supervise('REJECT'),
  supervisionClose: supervise('CLOSE'),
  concernAnswer: onConcern('ANSWER'),
  concernAccept: onConcern('ACCEPT'),
  concernReject: onConcern('REJECT'),
  supervisionActOnMany: (_parent, { input }, context, info) =>
    actOnMany(context, info.fieldName, { ...input }, {
      list: 'supervisions',
      idField: 'supervisionId',
      targets: input.supervisions.map(({ supervisionId, expectedVersion }) => ({ id: supervisionId, expectedVersion })),
      fault: null,
      plan: ({ id, expectedVersion }, actor) =>
        planOnSupervision(context, { supervisionId: id, expectedVersion, action: input.action, note: input.note ?? null }, actor),
      current: (actor, id) => visibleSupervision(context.supervisions, id, actor),
    }),
};
