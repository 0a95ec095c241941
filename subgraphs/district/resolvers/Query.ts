import { handoverList, handoverOf } from '../../shared/graphql/handoverFields.js';
import { pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import { dayOf } from '../../shared/graphql/validity.js';
import type { QueryResolvers } from '../__generated__/resolvers.js';
import { visibleConcern } from '../usecases/concerns.js';
import { roundQueries } from './assessment/queries.js';
import { concernList } from './Concern.js';

export const Query: QueryResolvers = {
  district: (_parent, { code }, { areas }) => areas.byCode(code),
  districts: (_parent, args, context) => context.areas.list({ at: dayOf(args, context) }),
  coordination: (_parent, { caseId }, context) => handoverOf(caseId, context),
  coordinations: (_parent, args, context) => handoverList(args, context),
  async supervisions(_parent, args, context) {
    const actor = requireActor(context);
    const states = args.states ?? null;
    const page = await context.supervisions.list(actor, states, pageRequest(args, 2));
    const keyOf = context.supervisions.dueKey;
    return toConnection(page, (subject) => [keyOf(subject).getTime(), subject.id], () => context.supervisions.count(actor, states));
  },
  ...roundQueries,
  concerns: (_parent, args, context) =>
    concernList(args, { classes: args.classes ?? null, states: args.states ?? null, area: args.area ?? null }, context),
  concern: (_parent, { id }, context) => visibleConcern(context.concerns, id, requireActor(context)),
  async conferences(_parent, args, context) {
    const actor = requireActor(context);
    const states = args.states ?? null;
    const page = await context.conferences.list(actor, states, pageRequest(args, ['instant', 'text']));
    return toConnection(page, ({ convenedAt, id }) => [convenedAt.getTime(), id], () => context.conferences.count(actor, states));
  },
};
