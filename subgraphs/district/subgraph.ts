import { buildSubgraphSchema } from '@apollo/subgraph';
import { chineseCalendar, nationalVersion } from '../shared/calendar/chineseCalendar.js';
import { areaHandlers } from '../shared/events/areaHandlers.js';
import { cityItemHandlers } from '../shared/events/catalogueHandlers.js';
import { calendarHandlers } from '../shared/events/calendarHandlers.js';
import { countsRollUp } from '../shared/events/countsRollUp.js';
import { admissionHandlers } from '../shared/events/admissionHandlers.js';
import { dutyListHandlers } from '../shared/events/dutyListHandlers.js';
import { handoverHandlers } from '../shared/events/handoverHandlers.js';
import { policyHandlers } from '../shared/events/policyHandlers.js';
import { catalogueResolvers } from '../shared/graphql/catalogue.js';
import { countsLoader } from '../shared/graphql/counts.js';
import { dashboardResolvers } from '../shared/graphql/dashboard.js';
import { scalars } from '../shared/graphql/scalars.js';
import { readSdl } from '../shared/graphql/sdl.js';
import { alarmTask, calendarTask } from '../shared/http/alarmTasks.js';
import type { SubgraphDefinition } from '../shared/http/subgraphHost.js';
import { newId } from '../shared/ids.js';
import { openCalendars } from '../shared/persistence/calendars.js';
import { openCatalogue } from '../shared/persistence/catalogues.js';
import { openCounts } from '../shared/persistence/counts.js';
import { openAdmissionCopies } from '../shared/persistence/admissions.js';
import { openDutyLists } from '../shared/persistence/dutyLists.js';
import { openHandovers } from '../shared/persistence/handovers.js';
import { openAreas } from '../shared/persistence/areas.js';
import { openPolicies } from '../shared/persistence/policies.js';
import { openUnits } from '../shared/persistence/units.js';
import type { Resolvers } from './__generated__/resolvers.js';
import type { DistrictContext } from './context.js';
import { concernHandlers, schemeHandlers, supervisionHandlers } from './events.js';
import { openRounds } from './persistence/assessment/round.repository.js';
import { openSchemes } from './persistence/assessment/schemes.js';
import { streetCountsOf } from './persistence/assessment/streetCounts.js';
import { openStreets } from './persistence/assessment/streets.js';
import { openConcerns } from './persistence/concern.repository.js';
import { openConferences } from './persistence/conference.repository.js';
import { openSupervisions } from './persistence/supervision.repository.js';
import {
  AssessmentObjection, AssessmentRound, AssessmentRoundPayload, IndicatorScore, MeasureCount, PreviousScore, Rectification, SpecialEntry,
  UnitScore,
} from './resolvers/assessment/Round.js';
import { City } from './resolvers/City.js';
import { District } from './resolvers/District.js';
import { Concern, ConcernPayload } from './resolvers/Concern.js';
import { Case } from './resolvers/Case.js';
import { Conference, ConferenceDecision, ConferencePayload } from './resolvers/Conference.js';
import { Coordination, CoordinationActResult, CoordinationPayload } from './resolvers/Coordination.js';
import { Mutation } from './resolvers/Mutation.js';
import { Query } from './resolvers/Query.js';
import { Supervision, SupervisionActResult, SupervisionPayload } from './resolvers/Supervision.js';
import { fireDecisionAlarms } from './usecases/conferences.js';
import { fireAnswerAlarms } from './usecases/supervisions.js';

const resolvers: Resolvers = {
  ...scalars, ...catalogueResolvers, ...dashboardResolvers, AssessmentObjection, AssessmentRound, AssessmentRoundPayload, Case, City, Concern, ConcernPayload,
  Conference, ConferenceDecision, ConferencePayload, Coordination, CoordinationActResult, CoordinationPayload, District, IndicatorScore,
  MeasureCount, Mutation, PreviousScore, Query, Rectification, SpecialEntry, Supervision, SupervisionActResult, SupervisionPayload, UnitScore,
};

export const districtSubgraph: SubgraphDefinition<DistrictContext> = {
  name: 'district',
  schema: buildSubgraphSchema([{ typeDefs: readSdl('district'), resolvers }]),
  async open({ connection, receipts, transactions, now }) {
    const areas = await openAreas(connection);
    const units = await openUnits(connection);
    const counts = await openCounts(connection);
    const catalogue = await openCatalogue(connection, { receipts, below: 'street' });
    const calendars = await openCalendars(connection, chineseCalendar({ version: nationalVersion }));
    const policies = await openPolicies(connection);
    const dutyLists = await openDutyLists(connection);
    const admissions = await openAdmissionCopies(connection);
    const supervisions = await openSupervisions(connection, { receipts, calendars });
    const concerns = await openConcerns(connection, { receipts, calendars });
    const conferences = await openConferences(connection, { receipts, calendars });
    const rounds = await openRounds(connection, { receipts });
    const streets = await openStreets(connection);
    const schemes = await openSchemes(connection);
    const handovers = await openHandovers(connection, {
      modelName: 'Coordination', collection: 'coordinations', receipts, follow: conferences.followCase,
    });
    return {
      context: ({ actor, now }) => ({
        actor,
        now,
        receipts,
        areas: areas.forRequest(),
        units: units.forRequest(),
        catalogue: catalogue.repository(transactions),
        counts: countsLoader(counts),
        handovers: handovers.repository(transactions),
        supervisions: supervisions.repository(transactions),
        concerns: concerns.repository(transactions),
        conferences: conferences.repository(transactions, handovers),
        rounds: rounds.repository(transactions),
        streets,
        streetCounts: streetCountsOf(counts),
        schemes,
        newId,
        dutyList: dutyLists.inForce(),
        admissionsOf: admissions.of,
        calendar: calendars.inForce(),
        calendars,
      }),
      handlers: {
        ...handoverHandlers(handovers), ...supervisionHandlers(supervisions, policies.inForce), ...concernHandlers(concerns), ...schemeHandlers(schemes), ...areaHandlers({ STREET: streets }),
        ...calendarHandlers(calendars),
        ...policyHandlers(policies), ...dutyListHandlers(dutyLists), ...cityItemHandlers(catalogue), ...admissionHandlers(admissions), 'counts.moved': countsRollUp('DISTRICT', counts),
      },
      tasks: [
        { name: 'clock policy', everyMs: 1_000, run: policies.refresh },
        { name: 'duty list', everyMs: 1_000, run: dutyLists.refresh },
        calendarTask(calendars, [supervisions, conferences], transactions),
        alarmTask('answers', () => fireAnswerAlarms(supervisions.repository(transactions), calendars.inForce(), now())),
        alarmTask('decisions', () => fireDecisionAlarms(conferences.repository(transactions, handovers), calendars.inForce(), now())),
      ],
    };
  },
};
