import { calendarOf } from '../../shared/domain/calendars.js';
import { used } from '../../shared/domain/clock.js';
import { defaultSource } from '../../shared/domain/clockPolicy.js';
import { whereKnown } from '../../shared/domain/deadline.js';
import { bilingual } from '../../shared/domain/result.js';
import { availability } from '../../shared/domain/stateMachine.js';
import { clockView } from '../../shared/graphql/clockFields.js';
import type {
  WhistleActResultResolvers, WhistleArrivalResolvers, WhistleBlowResultResolvers, WhistlePayloadResolvers, WhistleResolvers,
} from '../__generated__/resolvers.js';
import { arrivalMachine, arrivalSubject, whistleMachine } from '../domain/whistle.js';
import { visibleWhistle } from '../usecases/whistles.js';

export const Whistle: WhistleResolvers = {
  __resolveReference: ({ id }, { whistles, actor }) => actor && visibleWhistle(whistles, id, actor),
  case: ({ caseId }) => ({ id: caseId }),
  communityCode: ({ community }) => community,
  street: async ({ street }, _args, { areas }) => {
    const office = await areas.byCode(street);
    if (!office) throw new Error(`${street} is not stored.`);
    return office;
  },
  arrivals: (whistle, _args, { calendars }) =>
    whistle.arrivals.map((arrival) => arrivalSubject(whistle, arrival, calendarOf(arrival.clock, calendars))),
  availableActions: (whistle, _args, { actor, now }) => (actor ? availability(whistleMachine, whistle, actor, now()) : []),
};

export const WhistleArrival: WhistleArrivalResolvers = {
  source: ({ clock: { source = defaultSource } }) => bilingual(source.zh, source.en),
  clock: ({ clock }, _args, { calendars, now }) => clockView(clock, calendars, now()),
  usedMinutes: ({ clock }, _args, { calendars, now }) => whereKnown(() => used(clock, calendarOf(clock, calendars), now())),
  late: ({ clock, arriveBy }, _args, { now }) => arriveBy !== null && (clock.spans.at(-1)?.to ?? now()) > arriveBy,
  availableActions: (arrival, _args, { actor, now }) => (actor ? availability(arrivalMachine, arrival, actor, now()) : []),
};

export const WhistlePayload: WhistlePayloadResolvers = { whistle: ({ entity }) => entity };
export const WhistleBlowResult: WhistleBlowResultResolvers = { caseId: ({ id }) => id, whistle: ({ entity }) => entity };
export const WhistleActResult: WhistleActResultResolvers = { whistleId: ({ id }) => id, whistle: ({ entity }) => entity };
