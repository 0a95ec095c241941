import { coversArea } from '../../shared/domain/actor.js';
import type { EndingAreaResolvers } from '../__generated__/resolvers.js';
import { openStates } from '../domain/case.js';
import type { CaseFilter } from '../usecases/ports.js';

const openOnes: Omit<CaseFilter, 'area'> = {
  states: openStates, kinds: null, patrolDomains: null, urgencies: null, category: null, from: null, to: null, text: null,
};

export const EndingArea: EndingAreaResolvers = {
  __resolveReference: ({ code }) => ({ code }),
  openCases: ({ code: area }, _args, { actor, cases }) =>
    (actor && coversArea(actor, area) ? cases.count(actor, { ...openOnes, area }) : null),
  posts: ({ code }, _args, { actor, now, register }) => (actor && coversArea(actor, code) ? register.countPostsFor(actor, code, now()) : null),
};
