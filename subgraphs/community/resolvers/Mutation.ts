import type { GraphQLResolveInfo } from 'graphql';
import { actOnMany, casesOf, fieldFault, type Takes } from '../../shared/graphql/bulk.js';
import { catalogueMutations } from '../../shared/graphql/catalogue.js';
import { pageRequest } from '../../shared/graphql/connection.js';
import { mutate, type Answer } from '../../shared/graphql/mutation.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type {
  CaseActOnManyInput, CaseDecideExtensionInput, CaseDecideLeavingOutInput, CaseDecideSuspensionInput, CaseDeclineInput, CaseDispatchInput, CaseMergeInput,
  CaseRateInput, CaseRedispatchInput, CaseRequestExtensionInput, CaseRequestLeavingOutInput, CaseRequestSuspensionInput, CaseResolveInput, CaseReturnInput, MutationResolvers,
} from '../__generated__/resolvers.js';
import type { CommunityContext } from '../context.js';
import type { Case } from '../domain/case.js';
import type { CaseAction } from '../domain/case.transitions.js';
import type { ActionInput } from '../domain/caseDecisions.js';
import { actOnCase, planOnCase, visibleCase } from '../usecases/actOnCase.js';
import { markNoticesRead } from '../usecases/markNoticesRead.js';
import { reportPatrol } from '../usecases/reportPatrol.js';
import { submitCase } from '../usecases/submitCase.js';
import { materialMutations } from './material/materials.js';
import { outreachMutations } from './outreach.js';
import { returnVisitMutations } from './returnVisits.js';
import { responsibilityMutations } from './responsibility.js';

interface Target {
  readonly caseId: string;
  readonly expectedVersion: number;
  readonly note?: string | null | undefined;
}

/** A mutation that does `action`; `read` takes from its input what the action needs. */
const act = <Input extends Target>(action: CaseAction, read: (input: Input) => Partial<ActionInput>) =>
  (_parent: unknown, { input }: { readonly input: Input }, context: CommunityContext, info: GraphQLResolveInfo): Promise<Answer<Case>> =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => actOnCase(
        context,
        { caseId: input.caseId, expectedVersion: input.expectedVersion, action, input: { note: null, ...read(input) } },
        actor,
        receipt,
      ),
      current: (actor, id) => visibleCase(context.cases, id, actor),
    });

const fields = ['otherWay', 'unit', 'upward', 'outcome', 'proposedOwner', 'rating', 'workDays', 'reviewAt', 'granted', 'into', 'round'] as const;
const takes: Partial<Readonly<Record<CaseAction, Takes<(typeof fields)[number]>>>> = {
  DECLINE: { needs: ['otherWay'] },
  DISPATCH: { needs: ['unit'] },
  RETURN: { may: ['proposedOwner'] },
  REDISPATCH: { may: ['unit', 'upward'] },
  RESOLVE: { needs: ['outcome'] },
  RATE: { needs: ['rating'] },
  REQUEST_EXTENSION: { needs: ['workDays'] },
  DECIDE_EXTENSION: { needs: ['granted'] },
  REQUEST_SUSPENSION: { needs: ['reviewAt'] },
  DECIDE_SUSPENSION: { needs: ['granted'] },
  MERGE: { needs: ['into'] },
  REQUEST_LEAVING_OUT: { may: ['round'] },
  DECIDE_LEAVING_OUT: { needs: ['granted'], may: ['round'] },
};

/** What the one input of all actions says; the note of an evaluation is its comment. */
const readAll = ({
  note: text, otherWay, unit, upward, outcome, proposedOwner, rating, workDays, reviewAt, granted, into, round,
}: CaseActOnManyInput): ActionInput => {
  const words = rating?.comment ?? text ?? null;
  return {
    note: words,
    otherWay: otherWay ?? null,
    unit: unit ?? null,
    upward: upward ?? false,
    proposedOwner: proposedOwner ?? null,
    ...(outcome && { outcome }),
    ...(rating && { rating: { ...rating, tags: rating.tags ?? [], comment: words } }),
    ...(workDays != null && { workDays }),
    ...(reviewAt && { reviewAt }),
    ...(granted != null && { granted }),
    ...(into != null && { into }),
    ...(round != null && { round }),
  };
};

const ofRound = ({ round }: { readonly round?: number | null | undefined }): Partial<ActionInput> => (round == null ? {} : { round });
const note = (input: Target): Partial<ActionInput> => ({ note: input.note ?? null });

const own = catalogueMutations('COMMUNITY');

export const Mutation: MutationResolvers = {
  communityItemDraft: own.draft,
  communityItemPutInForce: own.putInForce,
  communityItemLapse: own.lapse,
  communityItemRemark: own.remark,
  caseSubmit: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => submitCase(
        context,
        {
          kind: input.kind ?? 'DEMAND',
          demandType: input.demandType ?? null,
          channel: input.channel,
          category: input.category,
          urgency: input.urgency ?? 'NORMAL',
          serviceItem: input.serviceItem ?? null,
          title: input.title,
          detail: input.detail,
          place: {
            community: input.community,
            grid: input.grid ?? null,
            address: input.address ?? null,
            longitude: input.longitude ?? null,
            latitude: input.latitude ?? null,
          },
          reporter: {
            id: input.reporter?.residentId ?? null,
            name: input.reporter?.name ?? null,
            phone: input.reporter?.phone ?? null,
            idNumber: input.reporter?.idNumber ?? null,
          },
          sourceId: input.sourceId ?? null,
          reportedAt: input.reportedAt ?? null,
        },
        actor,
        receipt,
      ),
      current: (actor, id) => visibleCase(context.cases, id, actor),
    }),
  patrolReport: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => reportPatrol(
        context,
        {
          domain: input.domain,
          grid: input.grid ?? null,
          category: input.category ?? null,
          urgency: input.urgency ?? 'NORMAL',
          title: input.title,
          detail: input.detail,
          address: input.address ?? null,
          longitude: input.longitude ?? null,
          latitude: input.latitude ?? null,
        },
        actor,
        receipt,
      ),
      current: (actor, id) => visibleCase(context.cases, id, actor),
    }),
  caseAccept: act('ACCEPT', note),
  caseDecline: act('DECLINE', ({ note: reason, otherWay }: CaseDeclineInput) => ({ note: reason, otherWay })),
  caseRequestInfo: act('REQUEST_INFO', note),
  caseSupplyInfo: act('SUPPLY_INFO', note),
  caseHandle: act('HANDLE', note),
  caseForward: act('FORWARD', note),
  caseDispatch: act('DISPATCH', (input: CaseDispatchInput) => ({ ...note(input), unit: input.unit })),
  caseSign: act('SIGN', note),
  caseReturn: act('RETURN', (input: CaseReturnInput) => ({ ...note(input), proposedOwner: input.proposedOwner ?? null })),
  caseRedispatch: act('REDISPATCH', (input: CaseRedispatchInput) => ({ ...note(input), unit: input.unit ?? null, upward: input.upward ?? false })),
  caseResolve: act('RESOLVE', ({ note: text, outcome }: CaseResolveInput) => ({ note: text, outcome })),
  caseRate: act('RATE', ({ responded, solved, satisfaction, tags, comment }: CaseRateInput) => ({
    note: comment ?? null,
    rating: { responded, solved, satisfaction, tags: tags ?? [], comment: comment ?? null },
  })),
  caseReopen: act('REOPEN', note),
  caseRestart: act('RESTART', note),
  caseWithdraw: act('WITHDRAW', note),
  caseRequestExtension: act('REQUEST_EXTENSION', (input: CaseRequestExtensionInput) => ({ ...note(input), workDays: input.workDays })),
  caseDecideExtension: act('DECIDE_EXTENSION', (input: CaseDecideExtensionInput) => ({ ...note(input), granted: input.granted })),
  caseRequestSuspension: act('REQUEST_SUSPENSION', (input: CaseRequestSuspensionInput) => ({ ...note(input), reviewAt: input.reviewAt })),
  caseDecideSuspension: act('DECIDE_SUSPENSION', (input: CaseDecideSuspensionInput) => ({ ...note(input), granted: input.granted })),
  caseResume: act('RESUME', note),
  caseEscalate: act('ESCALATE', note),
  caseActOnMany: (_parent, { input }, context, info) =>
    actOnMany(context, info.fieldName, { ...input }, {
      ...casesOf(input.cases),
      fault: fieldFault(input.action, input, fields, takes[input.action]),
      plan: ({ id, expectedVersion }, actor) =>
        planOnCase(context, { caseId: id, expectedVersion, action: input.action, input: readAll(input) }, actor),
      current: (actor, id) => visibleCase(context.cases, id, actor),
    }),
  supervisionOpen: act('SUPERVISE', note),
  caseMerge: act('MERGE', (input: CaseMergeInput) => ({ ...note(input), into: input.into })),
  caseUnmerge: act('UNMERGE', note),
  caseRequestLeavingOut: act('REQUEST_LEAVING_OUT', (input: CaseRequestLeavingOutInput) => ({ ...note(input), ...ofRound(input) })),
  caseDecideLeavingOut: act('DECIDE_LEAVING_OUT', (input: CaseDecideLeavingOutInput) => ({ ...note(input), ...ofRound(input), granted: input.granted })),
  ...materialMutations,
  ...returnVisitMutations,
  ...outreachMutations,
  ...responsibilityMutations,
  async noticeMarkRead(_parent, { input: { ids, upTo } }, context) {
    const actor = requireActor(context);
    const { notices } = context;
    const { after } = pageRequest({ after: upTo }, 2);
    const marked = await markNoticesRead(notices, { ids: ids ?? null, upTo: after }, actor);
    return {
      marked: marked.ok ? marked.value : 0,
      unreadCount: await notices.count(actor, true),
      userErrors: marked.ok ? [] : [marked.error],
    };
  },
};
