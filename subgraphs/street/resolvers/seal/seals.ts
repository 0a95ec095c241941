import { availability } from '../../../shared/domain/stateMachine.js';
import { pageRequest, toConnection, type Connection } from '../../../shared/graphql/connection.js';
import { mutate } from '../../../shared/graphql/mutation.js';
import { requireActor } from '../../../shared/graphql/requestContext.js';
import { levelOfCode } from '../../../shared/domain/areaCode.js';
import type {
  CommunityResolvers, MutationResolvers, QueryResolvers, SealPayloadResolvers, SealRecordResolvers, SealRequestPayloadResolvers, SealRequestResolvers,
  SealRequestState, SealResolvers, StreetResolvers,
} from '../../__generated__/resolvers.js';
import type { StreetContext } from '../../context.js';
import { seesSeal, seesSealLog, sealRequestMachine, sealSubject, type Seal as Model, type SealRequest as RequestModel } from '../../domain/seal/seal.js';
import { decideSeal, entrustSeal, registerSeal, requestSeal, useSeal, visibleSeal, visibleSealRequest } from '../../usecases/seal/seals.js';

interface RequestArgs {
  readonly states?: readonly SealRequestState[] | null | undefined;
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

async function requestsOf(seal: string | null, args: RequestArgs, context: StreetContext): Promise<Connection<RequestModel>> {
  const actor = requireActor(context);
  const filter = { seal, states: args.states ?? null };
  const request = pageRequest(args, ['instant', 'text']);
  // Officers and auditors have an area; nobody else sees a seal.
  if (actor.area === null || !seesSeal({ office: actor.area }, actor)) return toConnection({ items: [], hasNextPage: false }, () => [], async () => 0);
  const page = await context.seals.requests(actor, filter, request);
  return toConnection(page, ({ requestedAt, id }) => [requestedAt.getTime(), id], () => context.seals.countRequests(actor, filter));
}

export const sealQueries: Pick<QueryResolvers, 'seal' | 'sealRequest' | 'sealRequests'> = {
  seal: (_parent, { id }, context) => visibleSeal(context.seals, id, requireActor(context)),
  sealRequest: (_parent, { id }, context) => visibleSealRequest(context.seals, id, requireActor(context)),
  sealRequests: (_parent, args, context) => requestsOf(null, args, context),
};

export const sealMutations: Pick<MutationResolvers, 'sealRegister' | 'sealEntrust' | 'sealRequest' | 'sealDecide' | 'sealUse'> = {
  sealRegister: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => registerSeal(context, input, actor, receipt),
      current: (actor, id) => visibleSeal(context.seals, id, actor),
    }),
  sealEntrust: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => entrustSeal(context, input, actor, receipt),
      current: (actor, id) => visibleSeal(context.seals, id, actor),
      subject: input.sealId,
    }),
  sealRequest: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => requestSeal(context, { ...input, copies: input.copies ?? 1 }, actor, receipt),
      current: (actor, id) => visibleSealRequest(context.seals, id, actor),
    }),
  sealDecide: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => decideSeal(context, { ...input, note: input.note ?? null }, actor, receipt),
      current: (actor, id) => visibleSealRequest(context.seals, id, actor),
      subject: input.requestId,
    }),
  sealUse: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => useSeal(context, { ...input, note: input.note ?? null }, actor, receipt),
      current: (actor, id) => visibleSealRequest(context.seals, id, actor),
      subject: input.requestId,
    }),
};

export const Seal: SealResolvers = {
  __resolveReference: ({ id }, context) => (context.actor ? visibleSeal(context.seals, id, context.actor) : null),
  office: ({ office }) => ({ level: levelOfCode(office) === 'STREET' ? 'STREET' : 'COMMUNITY', area: office, unit: null }),
  requests: ({ id }, args, context) => requestsOf(id, args, context),
  async log(seal, args, context) {
    if (!seesSealLog(seal, requireActor(context))) return null;
    const page = await context.seals.log(seal.id, pageRequest(args, ['count']));
    return toConnection(page, ({ number }) => [number], () => context.seals.countLog(seal.id));
  },
};

const sealOf = async (id: string, { seals }: StreetContext): Promise<Model> => {
  const seal = await seals.byId(id);
  if (!seal) throw new Error(`Seal ${id} is gone.`);
  return seal;
};

export const SealRequest: SealRequestResolvers = {
  __resolveReference: ({ id }, context) => (context.actor ? visibleSealRequest(context.seals, id, context.actor) : null),
  seal: ({ seal }, _args, context) => sealOf(seal, context),
  availableActions: async (request, _args, context) =>
    availability(sealRequestMachine, sealSubject(request, await sealOf(request.seal, context)), requireActor(context), context.now()),
};

export const SealRecord: SealRecordResolvers = {
  requestId: ({ request }) => request,
  previousHash: ({ previous }) => previous,
};

export const SealPayload: SealPayloadResolvers = { seal: ({ entity }) => entity };
export const SealRequestPayload: SealRequestPayloadResolvers = { request: ({ entity }) => entity };

async function sealsOf(office: string, { actor, seals }: StreetContext): Promise<readonly Model[]> {
  return actor && seesSeal({ office }, actor) ? seals.ofOffice(office) : [];
}

export const sealsOfStreet: Pick<StreetResolvers, 'seals'> = { seals: ({ code }, _args, context) => sealsOf(code, context) };
export const sealsOfCommunity: Pick<CommunityResolvers, 'seals'> = { seals: ({ code }, _args, context) => sealsOf(code, context) };
