import { randomBytes } from 'node:crypto';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { chineseCalendar, nationalVersion } from '../shared/calendar/chineseCalendar.js';
import { evaluateConditions } from '../shared/conditions/expressions.js';
import { existsOn, standingFor, type DatedArea } from '../shared/domain/area.js';
import { levelOfCode } from '../shared/domain/areaCode.js';
import { localDate } from '../shared/domain/calendar.js';
import { areaHandlers } from '../shared/events/areaHandlers.js';
import { catalogueHandlers } from '../shared/events/catalogueHandlers.js';
import { catalogueResolvers } from '../shared/graphql/catalogue.js';
import { countsLoader } from '../shared/graphql/counts.js';
import { dashboardResolvers } from '../shared/graphql/dashboard.js';
import { scalars } from '../shared/graphql/scalars.js';
import { readSdl } from '../shared/graphql/sdl.js';
import { alarmTask } from '../shared/http/alarmTasks.js';
import type { SubgraphDefinition } from '../shared/http/subgraphHost.js';
import { sha256, sha256Of } from '../shared/hash.js';
import { idOf, newId } from '../shared/ids.js';
import { openAreas } from '../shared/persistence/areas.js';
import { openCatalogue } from '../shared/persistence/catalogues.js';
import { openCounts } from '../shared/persistence/counts.js';
import { within } from '../shared/persistence/transactions.js';
import { openUnits } from '../shared/persistence/units.js';
import type { Resolvers } from './__generated__/resolvers.js';
import type { CommunityContext } from './context.js';
import { caseNumberLetters } from './domain/caseNumber.js';
import { categoryPaths } from './domain/category.js';
import { communityHandlers, concernHandlers, regulationHandlers } from './events.js';
import { materialRoutes } from './materials/routes.js';
import { noScanner } from './materials/scanner.js';
import { openCases } from './persistence/case.repository.js';
import { openConcerns } from './persistence/concern.repository.js';
import { openCountedSteps } from './persistence/countedSteps.js';
import { readCategories } from './persistence/categories.js';
import { openNotices } from './persistence/notice.repository.js';
import { openGrids } from './persistence/grid.repository.js';
import { openContent } from './persistence/material/content.js';
import { openMaterials } from './persistence/material/material.repository.js';
import { readMaterialTypes } from './persistence/material/types.js';
import { openRatingExclusions } from './persistence/ratingExclusions.js';
import { openReturnVisits } from './persistence/returnVisits.js';
import { openRegister } from './persistence/responsibility/register.js';
import { openOutreach } from './persistence/outreach/outreach.js';
import { openRecords } from './persistence/outreach/records.js';
import { openRegulations } from './persistence/regulations.js';
import { ApplicationCheck, ApplicationFinding, ApplicationItem, CaseApplication, MaterialCheck, ResultDocument } from './resolvers/applications.js';
import { Case, CaseActResult, CaseEvaluation, CaseInfoRequest, CasePayload, CaseResolution, CaseVerdict, TimelineEntry } from './resolvers/Case.js';
import { Concern } from './resolvers/Concern.js';
import { Community } from './resolvers/Community.js';
import { CountedStep, CountedSteps } from './resolvers/CountedSteps.js';
import { EndingArea } from './resolvers/EndingArea.js';
import { ResidentFact, ResidentFactValue } from './resolvers/facts.js';
import { Grid } from './resolvers/Grid.js';
import { CaseLeftOutVerdict, CaseOfficer, RatingExclusion } from './resolvers/leavingOut.js';
import {
  CaseMaterial, Consent, ConsentPayload, Material, MaterialPayload, MaterialRead, MaterialType, MaterialUpload, MaterialUploadPayload,
} from './resolvers/material/materials.js';
import { CaseChange, CountedArea, CountsChange, ToDoChange } from './resolvers/live.js';
import { Mutation } from './resolvers/Mutation.js';
import { Notice } from './resolvers/Notice.js';
import { Query } from './resolvers/Query.js';
import {
  Absence, AbsencePayload, CaseResponsibility, Officer, Post, PostPayload,
} from './resolvers/responsibility.js';
import {
  ConditionStanding, KnownFact, OutreachCandidate, OutreachCase, OutreachCasePayload, OutreachRehearsal, ResidentRecord, ResidentRecordResult,
} from './resolvers/outreach.js';
import { ReturnVisit, ReturnVisitList, ReturnVisitListPayload, ReturnVisitPayload } from './resolvers/returnVisits.js';
import { Street } from './resolvers/Street.js';
import { eligibilityOf } from './usecases/application/eligibility.js';
import { vaultOf } from './usecases/application/vault.js';
import { deliverNotices } from './usecases/deliverNotices.js';
import { findConcerns } from './usecases/findConcerns.js';
import { findEntitled } from './usecases/outreach/findEntitled.js';
import { fireAlarms } from './usecases/fireAlarms.js';
import { sweepMaterials } from './usecases/material/uploads.js';
import { rescheduleCases } from './usecases/rescheduleCases.js';
import type { MaterialScanner, NoticeChannel } from './usecases/ports.js';

const resolvers: Resolvers = {
  ...scalars, ...catalogueResolvers, ...dashboardResolvers, Case, CaseActResult, CaseEvaluation, CaseInfoRequest, CasePayload, CaseResolution, CaseVerdict,
  Community, Concern, CountedStep, CountedSteps, EndingArea, Grid, Mutation, Notice, Query, Street, TimelineEntry,
  Absence, AbsencePayload, CaseResponsibility, Officer, Post, PostPayload,
  ApplicationCheck, ApplicationFinding, ApplicationItem, CaseApplication, MaterialCheck, ResultDocument,
  ConditionStanding, KnownFact, OutreachCandidate, OutreachCase, OutreachCasePayload, OutreachRehearsal,
  ResidentFact, ResidentFactValue, ResidentRecord, ResidentRecordResult,
  CaseChange, CountedArea, CountsChange, ToDoChange,
  CaseLeftOutVerdict, CaseOfficer, RatingExclusion, ReturnVisit, ReturnVisitList, ReturnVisitListPayload, ReturnVisitPayload,
  CaseMaterial, Consent, ConsentPayload, Material, MaterialPayload, MaterialRead, MaterialType, MaterialUpload, MaterialUploadPayload,
};

export interface CommunityOptions {
  /** Ways out for notices beside the API; none by default. */
  readonly noticeChannels?: readonly NoticeChannel[];
  /** Looks into documents before they are kept; nobody does by default. */
  readonly scanner?: MaterialScanner;
}

export const communityWith = ({ noticeChannels = [], scanner = noScanner }: CommunityOptions): SubgraphDefinition<CommunityContext> => ({
  name: 'community',
  schema: buildSubgraphSchema([{ typeDefs: readSdl('community'), resolvers }]),
  async open({ connection, receipts, transactions, log, now }) {
    const areas = await openAreas(connection);
    const grids = await openGrids(connection);
    const units = await openUnits(connection);
    const counts = await openCounts(connection);
    const regulations = await openRegulations(connection, chineseCalendar({ version: nationalVersion }));
    const notices = await openNotices(connection, { channels: noticeChannels.map(({ name }) => name) });
    const materials = await openMaterials(connection, { receipts });
    const cases = await openCases(connection, {
      counts, receipts, calendars: regulations, notices, concernRule: regulations.concernRule,
      attach: (unit, command) => materials.repository(within(unit)).attach(command, null),
    });
    const records = await openRecords(connection, { receipts });
    const outreach = await openOutreach(connection, { cases, records, receipts });
    const catalogue = await openCatalogue(connection, { receipts, below: null, changed: outreach.itemChanged });
    const returnVisits = await openReturnVisits(connection, { cases, receipts });
    const concerns = await openConcerns(connection);
    const countedSteps = openCountedSteps(connection);
    const ratingExclusions = await openRatingExclusions(connection);
    const register = await openRegister(connection, { receipts });
    const content = await openContent(connection);
    const materialTypes = readMaterialTypes();
    const materialCodes = new Set(materialTypes.map(({ code }) => code));
    const categories = readCategories();
    const paths = new Set(categoryPaths(categories));
    return {
      context({ actor, now }) {
        const rules = regulations.rules();
        const existsToday = (area: DatedArea | null): boolean => area !== null && existsOn(area, localDate(now()));
        const [ownCases, ownMaterials] = [cases.repository(transactions), materials.repository(transactions)];
        const [ownAreas, ownGrids, ownUnits] = [areas.forRequest(), grids.forRequest(), units.forRequest()];
        return {
          actor,
          now,
          receipts,
          calendar: rules.calendar,
          calendars: regulations,
          rules,
          dutyList: regulations.dutyLists.inForce(),
          categories,
          newId,
          random: () => [...randomBytes(caseNumberLetters)],
          areas: ownAreas,
          grids: ownGrids,
          units: ownUnits,
          catalogue: catalogue.repository(transactions),
        counts: countsLoader(counts),
          cases: ownCases,
          countedSteps,
          ratingExclusions,
          returnVisits: returnVisits.repository(transactions),
          records: records.repository(transactions),
          outreach: outreach.repository(transactions),
          served: outreach.served,
          evaluate: evaluateConditions,
          concerns: concerns.repository(transactions),
          materials: ownMaterials,
          materialTypes,
          isMaterialType: (code) => materialCodes.has(code),
          notices,
          register: register.repository(transactions),
          noticeDeliveries: notices,
          heldMaterials: vaultOf({ materials: ownMaterials, cases: ownCases, now }),
          eligibility: eligibilityOf({ records: records.repository(transactions), evaluate: evaluateConditions }),
          digest: sha256,
          directory: {
            hasCommunity: async (code) => existsToday(await ownAreas.byCode(code)),
            hasGrid: async (code) => existsToday(await ownGrids.byCode(code)),
            async ended(code) {
              const [own, today] = [levelOfCode(code) === 'GRID' ? ownGrids : ownAreas, localDate(now())];
              const { validTo = null } = (await own.byCode(code)) ?? {};
              return validTo === null || validTo > today ? null : { since: validTo, standing: await standingFor<DatedArea>(own, code, today) };
            },
            hasUnit: async (code) => (await ownUnits.byCode(code)) !== null,
            hasCategory: (path) => paths.has(path),
          },
        };
      },
      handlers: { ...communityHandlers(cases, regulations.rules), ...regulationHandlers(regulations), ...concernHandlers(concerns), ...catalogueHandlers(catalogue), ...areaHandlers({ COMMUNITY: areas, GRID: grids }) },
      routes: materialRoutes(() => ({
        materials: materials.repository(transactions), cases: cases.repository(transactions), content, scanner, hashOf: sha256Of, idOf, newId, now,
      })),
      tasks: [{
        name: 'calendar',
        everyMs: 1_000,
        async run() {
          await regulations.refresh();
          while ((await rescheduleCases(cases.repository(transactions), regulations, now())) > 0);
        },
      },
      alarmTask('case', () => fireAlarms(cases.repository(transactions), regulations.rules(), now())),
      {
        name: 'materials',
        everyMs: 10_000,
        run: () => sweepMaterials({ materials: materials.repository(transactions), content, leftovers: materials.leftovers, now }),
      },
      {
        name: 'concerns',
        everyMs: 10_000,
        async run() {
          await findConcerns({
            concerns: concerns.repository(transactions), tallies: concerns.tallies, leases: concerns.leases, calendar: regulations.inForce(),
            rule: regulations.concernRule(), now, idOf, refresh: () => cases.refreshConcerns(500),
          });
        },
      },
      {
        name: 'outreach',
        everyMs: 5_000,
        async run() {
          await findEntitled({
            runs: outreach.runs(transactions), records: records.repository(transactions), served: outreach.served, evaluate: evaluateConditions, now,
          });
        },
      },
      {
        name: 'steps',
        everyMs: 10_000,
        async run() {
          while ((await cases.nameSteps(500)) > 0);
        },
      },
      ...noticeChannels.map((channel) => ({
        name: `notices ${channel.name}`,
        everyMs: 1_000,
        async run() {
          const deliver = () => deliverNotices({
            deliveries: notices, channel, now, onFailure: (failure) => log.warn({ ...failure, channel: channel.name }, 'notice not delivered'),
          });
          // On as long as all goes well; what fails has its own time to come again.
          for (let sent = await deliver(); sent.delivered > 0 && sent.failed + sent.parked === 0;) sent = await deliver();
        },
      }))],
    };
  },
});

export const communitySubgraph = communityWith({});
