import { levelOfCode } from '../../shared/domain/areaCode.js';
import { pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { badInput } from '../../shared/graphql/errors.js';
import { mutate } from '../../shared/graphql/mutation.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type {
  MutationResolvers, QueryResolvers, ReturnVisitListPayloadResolvers, ReturnVisitListResolvers, ReturnVisitPayloadResolvers, ReturnVisitResolvers,
} from '../__generated__/resolvers.js';
import type { CommunityContext } from '../context.js';
import { seesVisits, type VisitState } from '../domain/returnVisit.js';
import { visibleCase } from '../usecases/actOnCase.js';
import { openVisitList, recordVisit, visibleList, visibleVisit } from '../usecases/returnVisits.js';
import type { VisitListModel } from './models.js';

export const returnVisitQueries: Pick<QueryResolvers, 'returnVisitList' | 'returnVisitLists'> = {
  returnVisitList: (_parent, { id }, context) => visibleList(context, id, requireActor(context)),
  async returnVisitLists(_parent, { area, ...args }, context) {
    const actor = requireActor(context);
    const request = pageRequest(args, ['instant', 'text']);
    const level = levelOfCode(area);
    if (level === null || level === 'GRID') throw badInput('area 须为市、区、街道或社区代码。', 'area is the code of a city, district, street or community.');
    if (!seesVisits(actor, area)) return null;
    const { returnVisits } = context;
    return toConnection(await returnVisits.lists(area, request), ({ openedAt, id }) => [openedAt.getTime(), id], () => returnVisits.countLists(area));
  },
};

export const returnVisitMutations: Pick<MutationResolvers, 'returnVisitListOpen' | 'returnVisitRecord'> = {
  returnVisitListOpen: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => openVisitList(
        context,
        {
          community: input.community, from: input.from, to: input.to, mode: input.mode, size: input.size ?? null, percent: input.percent ?? null,
          includeClosed: input.includeClosed ?? false, seed: input.seed ?? null,
        },
        actor,
        receipt,
      ),
      current: (actor, id) => visibleList(context, id, actor),
    }),
  returnVisitRecord: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => recordVisit(
        context,
        {
          visitId: input.visitId, expectedVersion: input.expectedVersion, outcome: input.outcome, note: input.note ?? null,
          rating: input.rating ? { ...input.rating, tags: input.rating.tags ?? [], comment: input.rating.comment ?? null } : null,
        },
        actor,
        receipt,
      ),
      current: (actor, id) => visibleVisit(context, id, actor),
      subject: input.visitId,
    }),
};

const counted = (state: VisitState) =>
  async ({ id }: VisitListModel, _args: unknown, { returnVisits }: CommunityContext): Promise<number> => (await returnVisits.progress(id))[state] ?? 0;

export const ReturnVisitList: ReturnVisitListResolvers = {
  community: async ({ community }, _args, { areas }) => {
    const found = await areas.byCode(community);
    if (!found) throw new Error(`Return visits name community ${community}, which is not stored.`);
    return found;
  },
  drawn: async ({ id }, _args, { returnVisits }) => Object.values(await returnVisits.progress(id)).reduce((sum, n) => sum + n, 0),
  open: counted('OPEN'),
  reached: counted('REACHED'),
  notReached: counted('NOT_REACHED'),
  refused: counted('REFUSED'),
  alreadyRated: counted('ALREADY_RATED'),
  async visits({ id }, { states = null, ...args }, { returnVisits }) {
    const page = await returnVisits.visits(id, states, pageRequest(args, ['text']));
    return toConnection(page, (visit) => [visit.id], () => returnVisits.countVisits(id, states));
  },
};

export const ReturnVisit: ReturnVisitResolvers = {
  list: async ({ id, listId }, _args, { returnVisits }) => {
    const found = await returnVisits.listById(listId);
    if (!found) throw new Error(`Visit ${id} names list ${listId}, which is not stored.`);
    return found;
  },
  case: ({ caseId }, _args, { cases, actor }) => actor && visibleCase(cases, caseId, actor),
};

export const ReturnVisitListPayload: ReturnVisitListPayloadResolvers = { returnVisitList: ({ entity }) => entity };
export const ReturnVisitPayload: ReturnVisitPayloadResolvers = { returnVisit: ({ entity }) => entity };
