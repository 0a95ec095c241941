import { planGrids, type GridStandard } from '../../shared/domain/gridPlan.js';
import { bilingual, fail, ok, refuse } from '../../shared/domain/result.js';
import { localDate } from '../../shared/domain/calendar.js';
import { badInput } from '../../shared/graphql/errors.js';
import { mutate } from '../../shared/graphql/mutation.js';
import type {
  AreaStandardInput, AreaStandardResolvers, AreaStandardsPayloadResolvers, AreaStandardsResolvers, CommunityResolvers,
  DistrictResolvers, DistrictWorkloadInput, DistrictWorkloadResolvers, GridResolvers, MutationResolvers, QueryResolvers, ShareResolvers,
  StreetResolvers, WorkloadSurveyPayloadResolvers, WorkloadSurveyResolvers,
} from '../__generated__/resolvers.js';
import type { CityContext } from '../context.js';
import { gridStandardOf, standardsFault, verdictsOn, type Measures, type Standard, type StandardSubject } from '../domain/standard.js';
import {
  maxDigits, ratio, residentsPerCommunity, residentsPerCommunityOver, residentsPerCommunityWorker, residentsPerStreet,
  residentsPerStreetWorker, staffPerCommunity, staffPerStreet, surveyFault, type DistrictFigures,
} from '../domain/workload.js';
import { publishVersion } from '../usecases/publishVersion.js';
import type { FiguresModel, VerdictModel } from './models.js';
import { isInForce, listOf, oneOf } from './publications.js';
import { predecessorsOf, successorsOf } from './succession.js';

const maxHouseholds = 100_000_000;

/** Those in force that say how many households a grid has. */
const planningStandards = async ({ standards }: Pick<CityContext, 'standards'>): Promise<{ name: string; grid: GridStandard }[]> =>
  (await standards.latest()).content.flatMap((standard) => {
    const grid = gridStandardOf(standard);
    return grid ? [{ name: standard.name, grid }] : [];
  });

/** By the standard of that name, or the first; null when there is none. */
export async function gridPlanOf(context: Pick<CityContext, 'standards'>, households: number, wanted: string | null | undefined) {
  const planning = await planningStandards(context);
  const chosen = wanted == null ? planning[0] : planning.find(({ name }) => name === wanted);
  if (!chosen) return null;
  const plan = planGrids(households, chosen.grid);
  return { standard: chosen.name, ...plan, householdsPerGrid: plan.recommended === 0 ? null : ratio(households, plan.recommended, 1) };
}

export const standardQueries: Pick<QueryResolvers, 'areaStandardVersions' | 'areaStandards' | 'gridPlan' | 'workloadSurveys' | 'workloadSurvey'> = {
  areaStandardVersions: (_parent, args, { standards }) => listOf(standards, args),
  areaStandards: (_parent, { version }, { standards }) => oneOf(standards, version),
  async gridPlan(_parent, { households, standard: wanted }, context) {
    if (households < 0 || households > maxHouseholds) {
      throw badInput(`户数须为 0–${maxHouseholds}。`, `Households are from 0 to ${maxHouseholds}.`);
    }
    const plan = await gridPlanOf(context, households, wanted);
    if (plan) return plan;
    const names = (await planningStandards(context)).map(({ name }) => name).join(', ') || '–';
    throw badInput(`没有规定网格户数的标准,可用:${names}。`, `No such standard with households per grid; there are: ${names}.`);
  },
  workloadSurveys: (_parent, args, { surveys }) => listOf(surveys, args),
  workloadSurvey: (_parent, { version }, { surveys }) => oneOf(surveys, version),
};

const standardOf = ({ name, sourceZh, sourceEn, rules }: AreaStandardInput): Standard => ({
  name,
  source: { zh: sourceZh.trim(), en: sourceEn.trim() },
  rules: rules.map(({ subject, measure, min = null, max = null }) => ({ subject, measure, min, max })),
});

const figuresOf = ({ district, ...figures }: DistrictWorkloadInput): DistrictFigures => ({ code: district, ...figures });

export const standardMutations: Pick<MutationResolvers, 'areaStandardsPublish' | 'workloadSurveyPublish'> = {
  areaStandardsPublish: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => publishVersion(
        { versions: context.standards, now: context.now },
        {
          version: input.version,
          note: input.note ?? null,
          content() {
            const content = input.standards.map(standardOf);
            const fault = standardsFault(content);
            return fault === null ? ok(content) : fail('INVALID_INPUT', fault, ['input', 'standards']);
          },
        },
        actor,
        receipt,
      ),
      current: (_actor, id) => context.standards.byVersion(id),
    }),
  workloadSurveyPublish: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => publishVersion(
        { versions: context.surveys, now: context.now },
        {
          version: input.version,
          note: input.note ?? null,
          content() {
            const survey = { year: input.year, source: input.source.trim(), districts: input.districts.map(figuresOf) };
            const fault = surveyFault(survey, Number(localDate(context.now()).slice(0, 4)));
            return fault === null ? ok(survey) : refuse(fault);
          },
        },
        actor,
        receipt,
      ),
      current: (_actor, id) => context.surveys.byVersion(id),
    }),
};

export const AreaStandards: AreaStandardsResolvers = {
  version: ({ id }) => id,
  isInForce: (published, _args, { standards }) => isInForce(published, standards),
  standards: ({ content }) => content,
  publishedBy: ({ publishedBy }, _args, { actor }) => (actor ? publishedBy : null),
};

export const AreaStandard: AreaStandardResolvers = { source: ({ source }) => bilingual(source.zh, source.en) };
export const AreaStandardsPayload: AreaStandardsPayloadResolvers = { standards: ({ entity }) => entity };

/** By the standards in force; a standard that there is not has no verdicts. */
export async function verdictsOf(
  { standards }: CityContext, subject: StandardSubject, measures: Measures, wanted: string | null | undefined,
): Promise<VerdictModel[]> {
  const { id: version, content } = await standards.latest();
  const fitting = wanted == null ? content : content.filter(({ name }) => name === wanted);
  return verdictsOn(fitting, subject, measures).map((verdict) => ({ ...verdict, version }));
}

export const measuresOf = ({ population = null, households = null }: Pick<FiguresModel, 'population' | 'households'>): Measures =>
  ({ RESIDENTS: population, HOUSEHOLDS: households });

export const District: DistrictResolvers = {
  verdicts: ({ streets, ...figures }, { standard }, context) =>
    verdictsOf(context, 'DISTRICT', { ...measuresOf(figures), PARTS: streets?.length ?? null }, standard),
};
export const Street: StreetResolvers = {
  verdicts: (figures, { standard }, context) => verdictsOf(context, 'STREET', measuresOf(figures), standard),
  successors: ({ code }, _args, context) => successorsOf(context, code),
  predecessors: ({ code }, _args, context) => predecessorsOf(context, code),
};
export const Community: CommunityResolvers = {
  verdicts: (figures, { standard }, context) => verdictsOf(context, 'COMMUNITY', measuresOf(figures), standard),
  successors: ({ code }, _args, context) => successorsOf(context, code),
  predecessors: ({ code }, _args, context) => predecessorsOf(context, code),
};
export const Grid: GridResolvers = {
  verdicts: ({ plannedHouseholds = null }, { standard }, context) => verdictsOf(context, 'GRID', { HOUSEHOLDS: plannedHouseholds }, standard),
};

export const WorkloadSurvey: WorkloadSurveyResolvers = {
  version: ({ id }) => id,
  isInForce: (published, _args, { surveys }) => isInForce(published, surveys),
  year: ({ content }) => content.year,
  source: ({ content }) => content.source,
  districts: ({ content }) => content.districts.map((figures) => ({ figures, all: content.districts })),
  publishedBy: ({ publishedBy }, _args, { actor }) => (actor ? publishedBy : null),
};
export const WorkloadSurveyPayload: WorkloadSurveyPayloadResolvers = { survey: ({ entity }) => entity };

function checkDigits(digits: number): number {
  if (digits < 0 || digits > maxDigits) throw badInput(`小数位数须为 0–${maxDigits}。`, `Decimals are from 0 to ${maxDigits}.`);
  return digits;
}

export const DistrictWorkload: DistrictWorkloadResolvers = {
  district: ({ figures: { code } }) => ({ code }),
  registeredPopulation: ({ figures }) => figures.registeredPopulation,
  residentPopulation: ({ figures }) => figures.residentPopulation,
  streets: ({ figures }) => figures.streets,
  communities: ({ figures }) => figures.communities,
  streetStaff: ({ figures }) => figures.streetStaff,
  communityStaff: ({ figures }) => figures.communityStaff,
  streetTransactionsPerDay: ({ figures }) => figures.streetTransactionsPerDay,
  communityTransactionsPerDay: ({ figures }) => figures.communityTransactionsPerDay,
  staffPerStreet: ({ figures }) => staffPerStreet(figures),
  staffPerCommunity: ({ figures }) => staffPerCommunity(figures),
  residentsPerStreetWorker: ({ figures }) => residentsPerStreetWorker(figures),
  residentsPerCommunityWorker: ({ figures }) => residentsPerCommunityWorker(figures),
  residentsPerStreet: ({ figures }, { digits }) => residentsPerStreet(figures, checkDigits(digits)),
  residentsPerCommunity: ({ figures }, { digits }) => residentsPerCommunity(figures, checkDigits(digits)),
  residentsPerCommunityOver({ figures, all }, { district }) {
    const other = all.find(({ code }) => code === district);
    return other ? residentsPerCommunityOver(figures, other) : null;
  },
  communitiesBelowStandard: ({ figures }) => ({ count: figures.communitiesBelowStandard, of: figures.communities }),
  communitiesWithSmallGrids: ({ figures }) => ({ count: figures.communitiesWithSmallGrids, of: figures.communities }),
};

export const Share: ShareResolvers = {
  percent: ({ count, of }, { digits }) => (of === 0 ? null : ratio(100 * count, of, checkDigits(digits))),
};
