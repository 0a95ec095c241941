import { handoverOf } from '../../shared/graphql/handoverFields.js';
import { requireActor } from '../../shared/graphql/requestContext.js';
import type { CaseResolvers } from '../__generated__/resolvers.js';
import { seesConference } from '../domain/conference.js';
import { seesSupervision } from '../domain/supervision.js';

export const Case: CaseResolvers = {
  coordination: ({ id }, _args, context) => handoverOf(id, context),
  async supervisions({ id }, _args, context) {
    const actor = requireActor(context);
    return (await context.supervisions.ofCase(id)).filter((subject) => seesSupervision(subject, actor));
  },
  async conferences({ id }, _args, context) {
    const actor = requireActor(context);
    return (await context.conferences.ofCase(id)).filter((conference) => seesConference(conference, actor));
  },
};
