import type { GraphQLResolveInfo } from 'graphql';
import type { Units } from '../domain/area.js';
import type { AdmissionStanding } from '../domain/admission.js';
import type { NamedDutyList } from '../domain/dutyList.js';
import type { HandoverEffect } from '../domain/handoverEffect.js';
import { bilingual } from '../domain/result.js';
import { availability } from '../domain/stateMachine.js';
import type { Handover, HandoverAction, HandoverMachine, HandoverState, Outcome } from '../domain/handover.js';
import type { HandoverRepository } from '../persistence/handovers.js';
import type { Receipt, Receipts } from '../persistence/receipts.js';
import { actOnHandover, planOnHandover, visibleHandover } from '../usecases/actOnHandover.js';
import { actOnMany, casesOf, fieldFault, type BulkAnswer, type BulkResult, type Takes } from './bulk.js';
import { pageRequest, toConnection, type Connection } from './connection.js';
import { mutate, type Answer } from './mutation.js';
import { requireActor, type RequestContext } from './requestContext.js';

export type HandoverAnswer = Answer<Handover>;
export type HandoverPage = Connection<Handover>;
export type HandoverBulkAnswer = BulkAnswer<Handover, HandoverEffect>;
export type HandoverBulkResult = BulkResult<Handover, HandoverEffect>;

/** What a level's context carries for its handovers. */
export interface HandoverContext extends RequestContext {
  readonly handovers: HandoverRepository;
  readonly receipts: Receipts;
  readonly units: Units;
  /** What may go down from here; absent on the level that the list says nothing of. */
  readonly dutyList?: NamedDutyList;
  readonly admissionsOf?: (street: string) => Promise<readonly AdmissionStanding[]>;
}

interface HandoverFields {
  readonly idempotencyKey?: string | null | undefined;
  readonly note?: string | null | undefined;
  readonly unit?: string | null | undefined;
  readonly upward?: boolean | null | undefined;
  readonly outcome?: Outcome | null | undefined;
  readonly proposedOwner?: string | null | undefined;
}

export interface HandoverInput extends HandoverFields {
  readonly caseId: string;
  readonly expectedVersion: number;
}

export interface HandoverBulkInput extends HandoverFields {
  readonly action: HandoverAction;
  readonly cases: readonly { readonly caseId: string; readonly expectedVersion: number }[];
  readonly dryRun?: boolean;
}

const depsOf = (machine: HandoverMachine, { handovers, units, now, dutyList, admissionsOf }: HandoverContext) =>
  ({ handovers, machine, hasUnit: async (code: string) => (await units.byCode(code)) !== null, now, dutyList, admissionsOf });

const commandOf = ({ note, unit, upward, proposedOwner, outcome }: HandoverFields) => ({
  note: note ?? null,
  unit: unit ?? null,
  upward: upward ?? false,
  proposedOwner: proposedOwner ?? null,
  ...(outcome && { outcome }),
});

/** A mutation of a level on its part of a case. */
export const handoverMutation = (machine: HandoverMachine) => (action: HandoverAction) =>
  (_parent: unknown, { input }: { readonly input: HandoverInput }, context: HandoverContext, info: GraphQLResolveInfo): Promise<Answer<Handover>> =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => {
        const { caseId, expectedVersion } = input;
        return actOnHandover(depsOf(machine, context), { caseId, expectedVersion, action, ...commandOf(input) }, actor, receipt);
      },
      current: (actor, id) => visibleHandover(context.handovers, id, actor),
    });

const fields = ['unit', 'upward', 'outcome', 'proposedOwner'] as const;
const takes: Partial<Readonly<Record<HandoverAction, Takes<(typeof fields)[number]>>>> = {
  RETURN: { may: ['proposedOwner'] },
  DISPATCH: { may: ['unit'] },
  REDISPATCH: { may: ['unit', 'upward'] },
  RESOLVE: { needs: ['outcome'] },
};

/** One action of a level on many cases; `elsewhere` names the mutation of those that need more than this one takes. */
export const handoverBulk = (machine: HandoverMachine, elsewhere: Partial<Readonly<Record<HandoverAction, string>>> = {}) =>
  (_parent: unknown, { input }: { readonly input: HandoverBulkInput }, context: HandoverContext, info: GraphQLResolveInfo): Promise<HandoverBulkAnswer> => {
    const { action, cases } = input;
    const other = elsewhere[action];
    return actOnMany(context, info.fieldName, { ...input }, {
      ...casesOf(cases),
      fault: other === undefined ? fieldFault(action, input, fields, takes[action]) : {
        code: 'INVALID_INPUT', message: bilingual(`请用 ${other}。`, `Use ${other}.`), field: ['input', 'action'],
      },
      plan: ({ id, expectedVersion }, actor) =>
        planOnHandover<Receipt>(depsOf(machine, context), { caseId: id, expectedVersion, action, ...commandOf(input) }, actor),
      current: (actor, id) => visibleHandover(context.handovers, id, actor),
    });
  };


/** A level's part of a case, or null when it never came here or is not visible. */
export async function handoverOf(caseId: string, context: HandoverContext): Promise<Handover | null> {
  return visibleHandover(context.handovers, caseId, requireActor(context));
}

export interface HandoverListArgs {
  readonly states?: readonly HandoverState[] | null | undefined;
  readonly unit?: string | null | undefined;
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

export async function handoverList(args: HandoverListArgs, context: HandoverContext): Promise<Connection<Handover>> {
  const actor = requireActor(context);
  const filter = { states: args.states ?? null, unit: args.unit ?? null };
  const page = await context.handovers.list(actor, filter, pageRequest(args, ['instant', 'text']));
  return toConnection(page, ({ offeredAt, id }) => [offeredAt.getTime(), id], () => context.handovers.count(actor, filter));
}

/** The fields that a segment type has on every level. */
export const handoverFields = (machine: HandoverMachine) => ({
  case: ({ id }: Handover) => ({ id }),
  communityCode: ({ community }: Handover) => community,
  availableActions: (handover: Handover, _args: unknown, { actor, now }: RequestContext) =>
    actor ? availability(machine, handover, actor, now()) : [],
});
