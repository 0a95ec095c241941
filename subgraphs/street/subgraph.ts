import { buildSubgraphSchema } from '@apollo/subgraph';
import { chineseCalendar, nationalVersion } from '../shared/calendar/chineseCalendar.js';
import { areaHandlers } from '../shared/events/areaHandlers.js';
import { catalogueHandlers } from '../shared/events/catalogueHandlers.js';
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
import type { StreetContext } from './context.js';
import { openCommunityCopies } from './persistence/communityCopies.js';
import { openFacilities } from './persistence/facility/facility.repository.js';
import { openSeals } from './persistence/seal/seal.repository.js';
import { openStations } from './persistence/station.repository.js';
import { openWhistles } from './persistence/whistle.repository.js';
import { District } from './resolvers/District.js';
import { Case } from './resolvers/Case.js';
import { Dispatch, DispatchActResult, DispatchPayload } from './resolvers/Dispatch.js';
import { Mutation } from './resolvers/Mutation.js';
import { Query } from './resolvers/Query.js';
import {
  Facility, FacilityBooking, FacilityBookingPayload, FacilityNearConnection, FacilityNearEdge, FacilityPayload,
} from './resolvers/facility/facilities.js';
import { Seal, SealPayload, SealRecord, SealRequest, SealRequestPayload } from './resolvers/seal/seals.js';
import { ServiceAtStation, ServiceAtStations, ServiceAtWindow, StationWindow } from './resolvers/stationCounters.js';
import { Community, EndingArea, Station, StationPayload, StationReorganisePayload, StationsPreview } from './resolvers/stations.js';
import { Street } from './resolvers/Street.js';
import { Whistle, WhistleActResult, WhistleArrival, WhistleBlowResult, WhistlePayload } from './resolvers/Whistle.js';
import { fireArrivalAlarms } from './usecases/whistles.js';

const resolvers: Resolvers = {
  ...scalars, ...catalogueResolvers, ...dashboardResolvers, Case, Community, Dispatch, DispatchActResult, DispatchPayload, District, EndingArea, Mutation, Query,
  Facility, FacilityBooking, FacilityBookingPayload, FacilityNearConnection, FacilityNearEdge, FacilityPayload,
  Seal, SealPayload, SealRecord, SealRequest, SealRequestPayload, ServiceAtStation, ServiceAtStations, ServiceAtWindow, Station, StationPayload,
  StationReorganisePayload, StationsPreview, StationWindow, Street, Whistle,
  WhistleActResult, WhistleArrival, WhistleBlowResult, WhistlePayload,
};

export const streetSubgraph: SubgraphDefinition<StreetContext> = {
  name: 'street',
  schema: buildSubgraphSchema([{ typeDefs: readSdl('street'), resolvers }]),
  async open({ connection, receipts, transactions, now }) {
    const areas = await openAreas(connection);
    const communities = await openCommunityCopies(connection);
    const units = await openUnits(connection);
    const counts = await openCounts(connection);
    const catalogue = await openCatalogue(connection, { receipts, below: 'community' });
    const calendars = await openCalendars(connection, chineseCalendar({ version: nationalVersion }));
    const policies = await openPolicies(connection);
    const dutyLists = await openDutyLists(connection);
    const admissions = await openAdmissionCopies(connection);
    const stations = await openStations(connection, { receipts });
    const seals = await openSeals(connection, { receipts });
    const facilities = await openFacilities(connection, { receipts });
    const whistles = await openWhistles(connection, { receipts, calendars });
    const handovers = await openHandovers(connection, { modelName: 'Dispatch', collection: 'dispatches', receipts, follow: whistles.followCase });
    return {
      context: ({ actor, now }) => ({
        actor,
        now,
        receipts,
        areas: areas.forRequest(),
        communities: communities.forRequest(),
        stations: stations.repository(transactions),
        seals: seals.repository(transactions),
        facilities: facilities.repository(transactions),
        units: units.forRequest(),
        catalogue: catalogue.repository(transactions),
        counts: countsLoader(counts),
        handovers: handovers.repository(transactions),
        whistles: whistles.repository(transactions, handovers),
        calendar: calendars.inForce(),
        calendars,
        policy: policies.inForce(),
        newId,
        dutyList: dutyLists.inForce(),
        admissionsOf: admissions.of,
      }),
      handlers: { ...handoverHandlers(handovers), ...calendarHandlers(calendars), ...policyHandlers(policies), ...dutyListHandlers(dutyLists), ...catalogueHandlers(catalogue), ...admissionHandlers(admissions),
        ...areaHandlers({ STREET: areas, COMMUNITY: communities }), 'counts.moved': countsRollUp('STREET', counts) },
      tasks: [
        { name: 'clock policy', everyMs: 1_000, run: policies.refresh },
        { name: 'duty list', everyMs: 1_000, run: dutyLists.refresh },
        calendarTask(calendars, [whistles], transactions),
        alarmTask('arrivals', () => fireArrivalAlarms(whistles.repository(transactions, handovers), calendars.inForce(), now())),
      ],
    };
  },
};
