import { state as clockState } from '../../shared/domain/clock.js';
import { deadlineOf } from '../../shared/domain/deadline.js';
import { availability } from '../../shared/domain/stateMachine.js';
import { clockView } from '../../shared/graphql/clockFields.js';
import type { ConferenceDecisionResolvers, ConferencePayloadResolvers, ConferenceResolvers } from '../__generated__/resolvers.js';
import { conferenceMachine, decisionMachine, type DecisionClock, type DecisionSubject } from '../domain/conference.js';
import { visibleConference } from '../usecases/conferences.js';

export const Conference: ConferenceResolvers = {
  __resolveReference: ({ id }, { conferences, actor }) => actor && visibleConference(conferences, id, actor),
  case: ({ caseId }) => ({ id: caseId }),
  district: async ({ district }, _args, { areas }) => {
    const office = await areas.byCode(district);
    if (!office) throw new Error(`${district} is not stored.`);
    return office;
  },
  decisions: (conference) => conference.decisions.map((decision) => ({ ...decision, conference })),
  availableActions: (conference, _args, { actor, now }) => (actor ? availability(conferenceMachine, conference, actor, now()) : []),
};

const clocksOf = ({ number, conference }: DecisionSubject): readonly DecisionClock[] =>
  conference.clocks.filter(({ decision }) => decision === number);

export const ConferenceDecision: ConferenceDecisionResolvers = {
  dueAt: (decision, _args, { calendar }) => {
    const last = clocksOf(decision).at(-1);
    return last && clockState(last) === 'RUNNING' ? deadlineOf(last, calendar) : null;
  },
  clocks: (decision, _args, { calendars, now }) => clocksOf(decision).map((clock) => clockView(clock, calendars, now())),
  availableActions: (decision, _args, { actor, now }) => (actor ? availability(decisionMachine, decision, actor, now()) : []),
};

export const ConferencePayload: ConferencePayloadResolvers = { conference: ({ entity }) => entity };
