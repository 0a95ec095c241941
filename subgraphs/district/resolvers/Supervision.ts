import { availability } from '../../shared/domain/stateMachine.js';
import { clockView } from '../../shared/graphql/clockFields.js';
import type { SupervisionActResultResolvers, SupervisionPayloadResolvers, SupervisionResolvers } from '../__generated__/resolvers.js';
import { answerBy, supervisionMachine } from '../domain/supervision.js';
import { visibleSupervision } from '../usecases/supervisions.js';

export const Supervision: SupervisionResolvers = {
  __resolveReference: ({ id }, { supervisions, actor }) => actor && visibleSupervision(supervisions, id, actor),
  case: ({ caseId }) => ({ id: caseId }),
  communityCode: ({ community }) => community,
  district: async ({ district }, _args, { areas }) => {
    const office = await areas.byCode(district);
    if (!office) throw new Error(`${district} is not stored.`);
    return office;
  },
  answerBy: (subject, _args, { calendar }) => answerBy(subject, calendar),
  clocks: ({ clocks }, _args, { calendars, now }) => clocks.map((clock) => clockView(clock, calendars, now())),
  overdue: (subject, _args, { calendar, now }) => {
    const due = answerBy(subject, calendar);
    return due !== null && now() > due;
  },
  availableActions: (subject, _args, { actor, now }) => (actor ? availability(supervisionMachine, subject, actor, now()) : []),
};

export const SupervisionPayload: SupervisionPayloadResolvers = { supervision: ({ entity }) => entity };
export const SupervisionActResult: SupervisionActResultResolvers = { supervisionId: ({ id }) => id, supervision: ({ entity }) => entity };
