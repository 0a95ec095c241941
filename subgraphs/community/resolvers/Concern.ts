import { cutPage, pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type { ConcernResolvers } from '../__generated__/resolvers.js';
import type { Case } from '../domain/case.js';
import { caseStates } from '../domain/case.transitions.js';
import type { Concern as ConcernModel } from '../domain/concern.js';
import { visibleCase } from '../usecases/actOnCase.js';
import type { CaseFilter } from '../usecases/ports.js';

/** What was counted for it, up to the last time that it was. */
const countedFor = ({ category, exact, area, since, lastFoundAt }: ConcernModel): CaseFilter => ({
  states: caseStates.filter((state) => state !== 'WITHDRAWN'),
  kinds: null,
  patrolDomains: null,
  urgencies: null,
  category,
  area,
  from: since,
  to: new Date(lastFoundAt.getTime() + 1),
  reportedFrom: since,
  ...(exact && { onlyCategory: category }),
  text: null,
});

const cursorOf = ({ submittedAt, id }: Case) => [submittedAt.getTime(), id];

export const Concern: ConcernResolvers = {
  __resolveReference: ({ id }, { concerns }) => concerns.byId(id),
  async cases(concern, args, context) {
    const actor = requireActor(context);
    const { cases } = context;
    const page = pageRequest(args, ['instant', 'text']);
    if (concern.case === null) {
      const filter = countedFor(concern);
      return toConnection(await cases.list(actor, filter, page), cursorOf, () => cases.count(actor, filter));
    }
    const one = await visibleCase(cases, concern.case.id, actor);
    const all = one ? [one] : [];
    return toConnection(cutPage(page.after === null ? all : [], page.first), cursorOf, () => Promise.resolve(all.length));
  },
};
