import { buildSubgraphSchema } from '@apollo/subgraph';
import { chineseCalendar, nationalVersion } from '../shared/calendar/chineseCalendar.js';
import { defaultPolicy, defaultPolicyVersion, type ClockPolicy as Policy } from '../shared/domain/clockPolicy.js';
import { defaultConcernRule, defaultConcernRuleVersion, type ConcernRule as Rule } from '../shared/domain/concernRule.js';
import { defaultScheme, defaultSchemeVersion, type ScoringScheme as Scheme } from '../shared/domain/scoringScheme.js';
import { countsRollUp } from '../shared/events/countsRollUp.js';
import { handoverHandlers } from '../shared/events/handoverHandlers.js';
import { catalogueResolvers } from '../shared/graphql/catalogue.js';
import { countsLoader } from '../shared/graphql/counts.js';
import { dashboardResolvers } from '../shared/graphql/dashboard.js';
import { scalars } from '../shared/graphql/scalars.js';
import { readSdl } from '../shared/graphql/sdl.js';
import type { SubgraphDefinition } from '../shared/http/subgraphHost.js';
import { newId } from '../shared/ids.js';
import { openCounts } from '../shared/persistence/counts.js';
import { openHandovers } from '../shared/persistence/handovers.js';
import { openAreas } from '../shared/persistence/areas.js';
import { openUnits } from '../shared/persistence/units.js';
import type { Resolvers } from './__generated__/resolvers.js';
import type { CityContext } from './context.js';
import type { CalendarContent, Published } from './domain/publication.js';
import { shown } from './domain/shown.js';
import { defaultStandardsVersion, type Standards } from './domain/standard.js';
import { defaultSurveyVersion, type Survey } from './domain/workload.js';
import { openAdmissions } from './persistence/admission/admission.repository.js';
import { openDutyListVersions, openLists } from './persistence/lists/lists.js';
import { readOpennessCodes } from './persistence/openness/codes.js';
import { openOpenness } from './persistence/openness/openness.repository.js';
import { openBurden } from './persistence/reduction/burden.repository.js';
import { openReductions } from './persistence/reduction/reduction.repository.js';
import { openItems } from './persistence/service/items.repository.js';
import { openReorganisations } from './persistence/reorganisation.repository.js';
import { readSurvey } from './persistence/survey.js';
import { openVersions } from './persistence/versions.js';
import { roundHandlers } from './events.js';
import { City } from './resolvers/City.js';
import { Case } from './resolvers/Case.js';
import { CityReceipt, CityReceiptActResult, CityReceiptPayload } from './resolvers/CityReceipt.js';
import { Mutation } from './resolvers/Mutation.js';
import { ConcernRule, ConcernRulePayload } from './resolvers/concernRules.js';
import { ClockPolicy, ClockPolicyPayload, ClockPolicyRow, WorkCalendar, WorkCalendarPayload } from './resolvers/publications.js';
import { Query } from './resolvers/Query.js';
import { Burden, BurdenEntry, BurdenReport, BurdenSource, DepartmentBurden } from './resolvers/reduction/burden.js';
import { BurdenCut, BurdenReduction, BurdenReductionPayload } from './resolvers/reduction/reductions.js';
import { Admission, AdmissionPayload } from './resolvers/admission/admissions.js';
import { DutyClassName, DutyEntry, DutyList, DutyListPayload, ListEntry, PublishedList, PublishedListPayload } from './resolvers/lists/lists.js';
import { OpennessCode, OpennessEntry, OpennessPayload, OpennessSubject, OpennessVersion } from './resolvers/openness/entries.js';
import { ServiceItem, ServiceItemPayload, ServiceItemVersion } from './resolvers/service/items.js';
import { BeginningArea, Reorganisation, ReorganisationPayload, ReorganisationPlan } from './resolvers/reorganisations.js';
import {
  NegativeIndicator, PositiveIndicator, ScoringScheme, ScoringSchemePayload, SpecialIndicator,
} from './resolvers/scoringSchemes.js';
import {
  AreaStandard, AreaStandards, AreaStandardsPayload, Community, District, DistrictWorkload, Grid, Share, Street, WorkloadSurvey,
  WorkloadSurveyPayload,
} from './resolvers/standards.js';
import { settleDue } from './usecases/reduction/reductions.js';

const resolvers: Resolvers = {
  ...scalars, ...dashboardResolvers, Admission, AdmissionPayload, AreaStandard, AreaStandards, AreaStandardsPayload,
  BeginningArea, Burden, BurdenCut, BurdenEntry, BurdenReduction, BurdenReductionPayload, BurdenReport, BurdenSource, Case, City,
  CityReceipt, CityReceiptActResult, CityReceiptPayload, ClockPolicy, ClockPolicyPayload, ClockPolicyRow, Community, ConcernRule,
  ConcernRulePayload, DepartmentBurden, District, DistrictWorkload, DutyClassName, DutyEntry, DutyList, DutyListPayload, Grid,
  ListEntry, Mutation, NegativeIndicator, OpennessCode, OpennessEntry, OpennessPayload, OpennessSubject, OpennessVersion,
  PositiveIndicator, PublishedList,
  PublishedListPayload, Query, Reorganisation, ReorganisationPayload, ReorganisationPlan, ScoringScheme,
  ScoringSchemePayload, ServiceCondition: catalogueResolvers.ServiceCondition, ServiceItem, ServiceItemPayload, ServiceItemVersion,
  ServiceMaterial: catalogueResolvers.ServiceMaterial, Share, SpecialIndicator,
  Street, WorkCalendar, WorkCalendarPayload, WorkloadSurvey,
  WorkloadSurveyPayload,
};

/** The platform's own version, in force until the city publishes its first. */
const platformsOwn = <Content>(version: string, content: Content): Published<Content> =>
  ({ id: version, number: 0, content, note: null, publishedAt: null, publishedBy: null });

export const citySubgraph: SubgraphDefinition<CityContext> = {
  name: 'city',
  schema: buildSubgraphSchema([{ typeDefs: readSdl('city'), resolvers }]),
  async open({ connection, receipts, transactions, now }) {
    const areas = await openAreas(connection);
    const units = await openUnits(connection);
    const counts = await openCounts(connection);
    const handovers = await openHandovers(connection, { modelName: 'CityReceipt', collection: 'cityReceipts', receipts });
    const calendars = await openVersions<CalendarContent>(connection, {
      modelName: 'Calendar',
      collection: 'calendars',
      shows: shown.calendars,
      receipts,
      initial: platformsOwn(nationalVersion, { calendar: chineseCalendar({ version: nationalVersion }), notices: [] }),
      event: { type: 'calendar.published', data: ({ id, number, content: { calendar } }) => ({ version: id, number, calendar }) },
    });
    const policies = await openVersions<Policy>(connection, {
      modelName: 'ClockPolicy',
      collection: 'clockPolicies',
      shows: shown.clockPolicies,
      receipts,
      initial: platformsOwn(defaultPolicyVersion, defaultPolicy),
      event: { type: 'clockPolicy.published', data: ({ id, number, content }) => ({ version: id, number, rows: content }) },
    });
    const concernRules = await openVersions<Rule>(connection, {
      modelName: 'ConcernRule',
      collection: 'concernRules',
      shows: shown.concernRules,
      receipts,
      initial: platformsOwn(defaultConcernRuleVersion, defaultConcernRule),
      event: { type: 'concernRule.published', data: ({ id, number, content }) => ({ version: id, number, rule: content }) },
    });
    const scoringSchemes = await openVersions<Scheme>(connection, {
      modelName: 'ScoringScheme',
      collection: 'scoringSchemes',
      shows: shown.scoringSchemes,
      receipts,
      initial: platformsOwn(defaultSchemeVersion, defaultScheme),
      event: { type: 'scoringScheme.published', data: ({ id, number, content }) => ({ version: id, number, scheme: content }) },
    });
    const shipped = readSurvey();
    const standards = await openVersions<Standards>(connection, {
      modelName: 'AreaStandards',
      collection: 'areaStandards',
      shows: shown.areaStandards,
      receipts,
      initial: platformsOwn(defaultStandardsVersion, shipped.standards),
    });
    const surveys = await openVersions<Survey>(connection, {
      modelName: 'WorkloadSurvey',
      collection: 'workloadSurveys',
      shows: shown.workloadSurveys,
      receipts,
      initial: platformsOwn(defaultSurveyVersion, shipped.survey),
    });
    const openness = await openOpenness(connection, { receipts });
    const opennessCodes = readOpennessCodes();
    const lists = await openLists(connection, receipts, openness);
    const dutyLists = await openDutyListVersions(connection, receipts, openness);
    const admissions = await openAdmissions(connection, receipts);
    const items = await openItems(connection, { receipts });
    const reorganisations = await openReorganisations(connection, { receipts });
    const burden = openBurden(connection, { admissions, items });
    const reductions = await openReductions(connection, { receipts, admissions, tree: reorganisations.tree });
    return {
      context: ({ actor, now }) => ({
        actor,
        now,
        receipts,
        areas: areas.forRequest(),
        units: units.forRequest(),
        counts: countsLoader(counts),
        calendars: calendars.repository(transactions),
        policies: policies.repository(transactions),
        standards: standards.repository(transactions),
        surveys: surveys.repository(transactions),
        concernRules: concernRules.repository(transactions),
        scoringSchemes: scoringSchemes.repository(transactions),
        admissions: admissions.repository(transactions),
        reductions: reductions.repository(transactions),
        burden,
        listsInForce: async () => ({
          duties: await dutyLists.repository(transactions).latest(), services: await lists.repositories(transactions).SERVICE.latest(),
        }),
        newId,
        lists: lists.repositories(transactions),
        dutyLists: dutyLists.repository(transactions),
        items: items.repository(transactions),
        openness: openness.repository(transactions),
        opennessCodes,
        buildCalendar: chineseCalendar,
        reorganisations: reorganisations.repository(transactions),
        handovers: handovers.repository(transactions),
      }),
      tasks: [
        { name: 'service items', everyMs: 10_000, run: items.sendMissing(transactions) },
        {
          name: 'burden reductions',
          everyMs: 5_000,
          run: () => settleDue({ reductions: reductions.repository(transactions), admissions: admissions.repository(transactions), now }),
        },
      ],
      handlers: { ...handoverHandlers(handovers), 'counts.moved': countsRollUp('CITY', counts), ...roundHandlers(openness) },
    };
  },
};
