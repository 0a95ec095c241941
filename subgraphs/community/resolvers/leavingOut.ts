import { coversArea, levelOfOfficer, type Actor } from '../../shared/domain/actor.js';
import { pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type {
  CaseLeftOutVerdictResolvers, CaseOfficerResolvers, QueryResolvers, RatingExclusionResolvers,
} from '../__generated__/resolvers.js';
import { visibleCase } from '../usecases/actOnCase.js';
import type { RatingExclusion as Exclusion } from '../usecases/ports.js';
import { isStaff } from './responsibility.js';

/** Auditors, and the offices of the area and those above. */
export const oversees = (actor: Actor, area: string): boolean =>
  (levelOfOfficer(actor) !== null || actor.role === 'AUDITOR') && coversArea(actor, area);

const cursorOf = ({ caseId, leftOut: { seq, requestedAt } }: Exclusion) => [requestedAt.getTime(), `${caseId}:${seq}`];

export const leavingOutQueries: Pick<QueryResolvers, 'ratingExclusions'> = {
  async ratingExclusions(_parent, { area, from = null, to = null, states = null, ...args }, context) {
    const actor = requireActor(context);
    const request = pageRequest(args, ['instant', 'text']);
    if (!oversees(actor, area)) return null;
    const filter = { area, from, to, states };
    return toConnection(await context.ratingExclusions.list(filter, request), cursorOf, () => context.ratingExclusions.count(filter));
  },
};

export const RatingExclusion: RatingExclusionResolvers = {
  case: ({ caseId }, _args, { cases, actor }) => actor && visibleCase(cases, caseId, actor),
};
export const CaseLeftOutVerdict: CaseLeftOutVerdictResolvers = { decidedAt: ({ at }) => at };
export const CaseOfficer: CaseOfficerResolvers = { actorId: ({ id }, _args, { actor }) => (actor && isStaff(actor) ? id : null) };
