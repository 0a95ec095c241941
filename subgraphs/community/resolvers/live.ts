import { levelOfCode } from '../../shared/domain/areaCode.js';
import { caseTopic, countsTopic, toDoTopic } from '../../shared/domain/topics.js';
import { mayCount } from '../../shared/graphql/counts.js';
import { badInput } from '../../shared/graphql/errors.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type {
  CaseChangeResolvers, CountedAreaResolvers, CountsChangeResolvers, QueryResolvers, ToDoChangeResolvers,
} from '../__generated__/resolvers.js';
import { toDoKeys } from '../domain/case.js';
import { visibleCase } from '../usecases/actOnCase.js';
import { toDoOf } from './toDo.js';

/** Read when a subscription begins and at each change: the gateway has no other way to a level than queries. */
export const liveQueries = {
  async caseChanged(_parent, { id }, context) {
    const found = await visibleCase(context.cases, id, requireActor(context));
    return found && { case: found };
  },
  toDoChanged(_parent, _args, context) {
    const keys = toDoKeys(requireActor(context));
    return keys.length === 0 ? null : { keys };
  },
  countsChanged(_parent, { area }, context) {
    const actor = requireActor(context);
    if (levelOfCode(area) === 'GRID') throw badInput('网格没有件数,请用社区代码。', 'A grid has no numbers; give the code of its community.');
    return mayCount(actor, area) ? { area } : null;
  },
} satisfies QueryResolvers;

// Which event it is only the gateway knows.
const ofNoEvent = { eventId: () => null, at: () => null };

export const CaseChange: CaseChangeResolvers = { ...ofNoEvent, topics: ({ case: { id } }) => [caseTopic(id)] };

export const ToDoChange: ToDoChangeResolvers = {
  ...ofNoEvent,
  toDo: (_change, args, context) => toDoOf(context, args),
  topics: ({ keys }) => keys.map(toDoTopic),
};

export const CountsChange: CountsChangeResolvers = {
  ...ofNoEvent,
  area: ({ area }, _args, { areas }) => (levelOfCode(area) === 'COMMUNITY' ? areas.byCode(area) : { code: area }),
  topics: ({ area }) => [countsTopic(area)],
};

const typeNames = { CITY: 'City', DISTRICT: 'District', STREET: 'Street', COMMUNITY: 'Community' } as const;

export const CountedArea: CountedAreaResolvers = {
  __resolveType({ code }) {
    const level = levelOfCode(code);
    return level === null || level === 'GRID' ? null : typeNames[level];
  },
};
