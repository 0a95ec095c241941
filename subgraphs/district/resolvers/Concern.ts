import { availability } from '../../shared/domain/stateMachine.js';
import { pageRequest, toConnection, type Connection } from '../../shared/graphql/connection.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type { ConcernPayloadResolvers, ConcernResolvers } from '../__generated__/resolvers.js';
import type { DistrictContext } from '../context.js';
import { answerBy, concernMachine, isLate, timedAnswers, type Concern as ConcernModel } from '../domain/concern.js';
import { visibleConcern } from '../usecases/concerns.js';
import type { ConcernFilter } from '../usecases/ports.js';

export async function concernList(
  args: { readonly first?: number | null | undefined; readonly after?: string | null | undefined }, filter: ConcernFilter, context: DistrictContext,
): Promise<Connection<ConcernModel>> {
  const actor = requireActor(context);
  const { concerns } = context;
  const page = await concerns.list(actor, filter, pageRequest(args, ['instant', 'text']));
  return toConnection(page, (subject) => [concerns.dueKey(subject).getTime(), subject.id], () => concerns.count(actor, filter));
}

export const Concern: ConcernResolvers = {
  __resolveReference: ({ id }, { concerns, actor }) => actor && visibleConcern(concerns, id, actor),
  areaCode: ({ area }) => area,
  district: async ({ district }, _args, { areas }) => {
    const office = await areas.byCode(district);
    if (!office) throw new Error(`${district} is not stored.`);
    return office;
  },
  case: ({ case: one }) => one && { id: one.id },
  caseNumber: ({ case: one }) => one?.number ?? null,
  caseTitle: ({ case: one }) => one?.title ?? null,
  countedFromAt: ({ since }) => since,
  caseCount: ({ figures }) => figures.cases,
  reporterCount: ({ figures }) => figures.reporters,
  communityCount: ({ figures }) => figures.communities,
  answerBy: (subject, _args, { calendar }) => answerBy(subject, calendar),
  late: (subject, _args, { calendar, now }) => isLate(subject, calendar, now()),
  answers: (subject, _args, { calendar }) => timedAnswers(subject, calendar),
  availableActions: (subject, _args, { actor, now }) => (actor ? availability(concernMachine, subject, actor, now()) : []),
};

export const ConcernPayload: ConcernPayloadResolvers = { concern: ({ entity }) => entity };
