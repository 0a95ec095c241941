import type { GraphQLResolveInfo } from 'graphql';
import type { Units } from '../domain/area.js';
import { availability } from '../domain/stateMachine.js';
import type { Handover, HandoverAction, HandoverMachine, HandoverState, Outcome } from '../domain/handover.js';
import type { HandoverRepository } from '../persistence/handovers.js';
import type { Receipts } from '../persistence/receipts.js';
import { actOnHandover, visibleHandover } from '../usecases/actOnHandover.js';
import { pageRequest, toConnection, type Connection } from './connection.js';
import { mutate, type Answer } from './mutation.js';
import { requireActor, type RequestContext } from './requestContext.js';

export type HandoverAnswer = Answer<Handover>;
export type HandoverPage = Connection<Handover>;

/** What a level's context carries for its handovers. */
export interface HandoverContext extends RequestContext {
  readonly handovers: HandoverRepository;
  readonly receipts: Receipts;
  readonly units: Units;
}

export interface HandoverInput {
  readonly caseId: string;
  readonly expectedVersion: number;
  readonly idempotencyKey?: string | null | undefined;
  readonly note?: string | null | undefined;
  readonly unit?: string | null | undefined;
  readonly upward?: boolean | undefined;
  readonly outcome?: Outcome | undefined;
  readonly proposedOwner?: string | null | undefined;
}

/** A mutation of a level on its part of a case. */
export const handoverMutation = (machine: HandoverMachine) => (action: HandoverAction) =>
  (_parent: unknown, { input }: { readonly input: HandoverInput }, context: HandoverContext, info: GraphQLResolveInfo): Promise<Answer<Handover>> =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => actOnHandover(
        { handovers: context.handovers, machine, hasUnit: async (code) => (await context.units.byCode(code)) !== null, now: context.now },
        {
          caseId: input.caseId,
          expectedVersion: input.expectedVersion,
          action,
          note: input.note ?? null,
          unit: input.unit ?? null,
          upward: input.upward ?? false,
          proposedOwner: input.proposedOwner ?? null,
          ...(input.outcome && { outcome: input.outcome }),
        },
        actor,
        receipt,
      ),
      current: (actor, id) => visibleHandover(context.handovers, id, actor),
    });

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
