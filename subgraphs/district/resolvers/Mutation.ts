import type { GraphQLResolveInfo } from 'graphql';
import { actOnMany } from '../../shared/graphql/bulk.js';
import { catalogueMutations } from '../../shared/graphql/catalogue.js';
import { handoverBulk, handoverMutation } from '../../shared/graphql/handoverFields.js';
import { mutate, type Answer } from '../../shared/graphql/mutation.js';
import type { Actor } from '../../shared/domain/actor.js';
import type { Result } from '../../shared/domain/result.js';
import type {
  ConferenceCancelInput, ConferenceCloseInput, ConferenceDecideInput, ConferenceRecordInput, ConferenceReportInput, MutationResolvers,
} from '../__generated__/resolvers.js';
import {
  actOnDecision, confirmAttendance, endConference, recordConference, type Conference, type ConferenceOutcome,
} from '../domain/conference.js';
import { coordinationMachine } from '../domain/coordination.transitions.js';
import type { DistrictContext } from '../context.js';
import type { Concern, ConcernInput } from '../domain/concern.js';
import type { ConcernAction } from '../domain/concern.transitions.js';
import type { Supervision } from '../domain/supervision.js';
import type { SupervisionAction } from '../domain/supervision.transitions.js';
import { actOnConcern, visibleConcern } from '../usecases/concerns.js';
import { actOnConference, convene, visibleConference } from '../usecases/conferences.js';
import { actOnSupervision, planOnSupervision, visibleSupervision } from '../usecases/supervisions.js';
import { roundMutations } from './assessment/mutations.js';

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

interface ConferenceCall {
  readonly conferenceId: string;
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

/** A mutation on a conference; `decide` makes of it what the input says. */
const confer = <Input extends ConferenceCall>(
  decide: (current: Conference, input: Input, actor: Actor, context: DistrictContext) => Result<ConferenceOutcome>,
) =>
  (_parent: unknown, { input }: { readonly input: Input }, context: DistrictContext, info: GraphQLResolveInfo): Promise<Answer<Conference>> =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => actOnConference(context, input, (current) => decide(current, input, actor, context), actor, receipt),
      current: (actor, id) => visibleConference(context.conferences, id, actor),
      subject: input.conferenceId,
    });

const conferenceMutations = {
  conferenceConvene: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => convene(context, { ...input, lead: input.lead ?? null }, actor, receipt),
      current: (actor, id) => visibleConference(context.conferences, id, actor),
      subject: null,
    }),
  conferenceConfirm: confer((current, _input, actor, { now }) => confirmAttendance(current, actor, now())),
  conferenceRecord: confer((current, input: ConferenceRecordInput, actor, { now }) => recordConference(current, input, actor, now())),
  conferenceReport: confer((current, input: ConferenceReportInput, actor, { now, calendar }) =>
    actOnDecision(current, 'REPORT', { ...input, accepted: false }, actor, now(), calendar)),
  conferenceDecide: confer((current, input: ConferenceDecideInput, actor, { now, calendar }) =>
    actOnDecision(current, 'DECIDE', { ...input, note: input.note ?? null }, actor, now(), calendar)),
  conferenceClose: confer((current, input: ConferenceCloseInput, actor, { now, calendar }) =>
    endConference(current, 'CLOSE', input.note ?? null, actor, now(), calendar)),
  conferenceCancel: confer((current, input: ConferenceCancelInput, actor, { now, calendar }) =>
    endConference(current, 'CANCEL', input.note, actor, now(), calendar)),
} satisfies MutationResolvers;

const own = catalogueMutations('DISTRICT');

export const Mutation: MutationResolvers = {
  districtItemDraft: own.draft,
  districtItemPutInForce: own.putInForce,
  districtItemLapse: own.lapse,
  districtItemRemark: own.remark,
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
  ...conferenceMutations,
  ...roundMutations,
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
