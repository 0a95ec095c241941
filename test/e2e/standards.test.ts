// Size standards and the workload report through the gateway. The figures are those that data/hefei-2014.md has for its
// inputs; where the survey's own text differs, the table there and the comments here say so.
import { places } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const now = new Date('2026-03-02T02:00:00Z');
const city = actor('CITY_OFFICER', places.city);
const [luyang, yaohai] = ['340103', '340102'];

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'standards', seed: true, now: () => now });
});
afterAll(() => platform.end());

const anonymous = <T>(query: string, variables?: Record<string, unknown>): Promise<T> => platform.as(null).run<T>(query, variables);

describe('the survey of 2014', () => {
  interface Report {
    readonly workloadSurvey: { readonly version: string; readonly year: number; readonly districts: readonly Record<string, unknown>[] };
  }

  it('gives the figures that its own inputs give, to everybody', async () => {
    const { workloadSurvey } = await anonymous<Report>(/* GraphQL */ `
      query ($other: AreaCode!) {
        workloadSurvey {
          version year
          districts {
            district { code name }
            staffPerStreet staffPerCommunity residentsPerStreetWorker residentsPerCommunityWorker
            residentsPerStreet residentsPerCommunity residentsPerCommunityOver(district: $other)
            communitiesBelowStandard { count of percent }
            communitiesWithSmallGrids { count of percent(digits: 0) }
            streetTransactionsPerDay communityTransactionsPerDay
          }
        }
      }
    `, { other: yaohai });
    expect(workloadSurvey).toEqual({
      version: 'hefei-2014',
      year: 2014,
      districts: [
        {
          district: { code: luyang, name: '庐阳区' },
          staffPerStreet: 104, staffPerCommunity: 16,
          residentsPerStreetWorker: 552, residentsPerCommunityWorker: 667,
          residentsPerStreet: 5.76, residentsPerCommunity: 1.0798,
          // The survey says "over 40 %": it compares with 0.5969, a slip of its own.
          residentsPerCommunityOver: 20.2,
          // The survey prints 60 %, the share that meets the standard.
          communitiesBelowStandard: { count: 18, of: 48, percent: 37.5 },
          communitiesWithSmallGrids: { count: 23, of: 48, percent: 48 },
          streetTransactionsPerDay: 33, communityTransactionsPerDay: 261,
        },
        {
          district: { code: yaohai, name: '瑶海区' },
          staffPerStreet: 81, staffPerCommunity: 12,
          // The survey cuts 606.9 to 606.
          residentsPerStreetWorker: 607, residentsPerCommunityWorker: 752,
          // The survey prints 0.5969 for 592,900 / 66.
          residentsPerStreet: 4.94, residentsPerCommunity: 0.8983,
          residentsPerCommunityOver: 0,
          communitiesBelowStandard: { count: 55, of: 66, percent: 83.3 },
          communitiesWithSmallGrids: { count: 37, of: 66, percent: 56 },
          streetTransactionsPerDay: 66, communityTransactionsPerDay: 98,
        },
      ],
    });
  });

  it('has grids planned for its 811,120 households as it prints them, 270.4 households each', async () => {
    expect(await anonymous('{ gridPlan(households: 811120) { standard min max recommended householdsPerGrid } }')).toEqual({
      gridPlan: { standard: 'hefei-2016', min: 2_704, max: 3_244, recommended: 3_000, householdsPerGrid: 270.4 },
    });
  });
});

describe('verdicts', () => {
  it('name the standard, its version and the measure, for areas of every level', async () => {
    const data = await anonymous<Record<string, unknown>>(/* GraphQL */ `
      {
        city { verdicts { standard version measure value min max verdict } }
        districts { code verdicts { standard measure verdict value } }
        street(code: "340103009") { name population verdicts { standard measure value verdict } }
      }
    `);
    expect(data['city']).toEqual({
      verdicts: [{ standard: 'rong-liu-2019', version: 'platform-1', measure: 'RESIDENTS', value: 9_400_000, min: 2_000_000, max: null, verdict: 'WITHIN' }],
    });
    const districts = data['districts'] as { code: string; verdicts: unknown }[];
    expect(districts.find(({ code }) => code === luyang)?.verdicts).toEqual([
      { standard: 'rong-liu-2019', measure: 'PARTS', verdict: 'BELOW', value: 11 },
    ]);
  });

  it('tell below, within and above for the streets whose residents the survey names', async () => {
    const { districts } = await anonymous<{ districts: { streets: { name: string; verdicts: { standard: string; value: number; verdict: string }[] }[] }[] }>(
      '{ districts { streets { name verdicts { standard value verdict } } } }',
    );
    const known = districts.flatMap(({ streets }) => streets).filter(({ verdicts }) => verdicts.length > 0)
      .map(({ name, verdicts }) => [name, ...verdicts.map(({ standard, value, verdict }) => `${standard} ${value} ${verdict}`)]);
    expect(known).toEqual(expect.arrayContaining([
      ['双岗街道', 'hefei-2016 92100 ABOVE', 'rong-liu-2019 92100 WITHIN'],
      ['胜利路街道', 'hefei-2016 12600 BELOW', 'rong-liu-2019 12600 BELOW'],
    ]));
  });

  it('are given for each grid by its planned households', async () => {
    const { grid } = await anonymous<{ grid: unknown }>(
      `{ grid(code: "${places.grid}") { verdicts(standard: "hefei-2016") { measure min max verdict } } }`,
    );
    expect(grid).toEqual({ verdicts: [{ measure: 'HOUSEHOLDS', min: 250, max: 300, verdict: 'WITHIN' }] });
  });
});

describe('publishing', () => {
  const standard = {
    name: 'city-2026', sourceZh: '市政府令', sourceEn: "the city's order", rules: [{ subject: 'GRID', measure: 'HOUSEHOLDS', min: 300, max: 400 }],
  };
  const district = {
    district: luyang, registeredPopulation: 1, residentPopulation: 10, streets: 2, communities: 4, streetStaff: 5, communityStaff: 3,
    streetTransactionsPerDay: 0, communityTransactionsPerDay: 0, communitiesBelowStandard: 1, communitiesWithSmallGrids: 0,
  };
  const inputs = {
    areaStandardsPublish: { version: 'city-1', standards: [standard] },
    workloadSurveyPublish: { version: 'survey-1', year: 2025, source: '市统计局', districts: [district] },
  } as const;
  type Mutation = keyof typeof inputs;
  const entityOf = { areaStandardsPublish: 'standards', workloadSurveyPublish: 'survey' } as const;

  async function publish(who: Parameters<Platform['as']>[0], mutation: Mutation, more: Record<string, unknown> = {}) {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const { data, errors } = await platform.as(who).attempt<Record<string, Record<string, unknown> & { userErrors: { code: string; field: string[] | null }[] }>>(
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${entityOf[mutation]} { version number isInForce } userErrors { code field } } }`,
      { input: { ...inputs[mutation], ...more } },
    );
    const payload = data?.[mutation];
    return { entity: payload?.[entityOf[mutation]] ?? null, errors: payload?.userErrors ?? errors?.map(({ extensions }) => extensions?.['code']) };
  }

  const rule = standard.rules[0];
  const withRules = (...rules: unknown[]) => ({ standards: [{ ...standard, rules }] });
  const withFigures = (more: Record<string, unknown>) => ({ districts: [{ ...district, ...more }] });
  it.each<[string, string, Mutation, Record<string, unknown>, string[] | null, ReturnType<typeof actor>?]>([
    ['by another role', 'ROLE_NOT_ALLOWED', 'areaStandardsPublish', {}, null, actor('DISTRICT_OFFICER', luyang)],
    ['by another role', 'ROLE_NOT_ALLOWED', 'workloadSurveyPublish', {}, null, actor('AUDITOR', places.city)],
    ["under the platform's own name", 'DUPLICATE', 'areaStandardsPublish', { version: 'platform-1' }, ['input', 'version']],
    ['with no standard', 'INVALID_INPUT', 'areaStandardsPublish', { standards: [] }, ['input', 'standards']],
    ['with one name twice', 'INVALID_INPUT', 'areaStandardsPublish', { standards: [standard, standard] }, ['input', 'standards']],
    ['with a rule without limits', 'INVALID_INPUT', 'areaStandardsPublish', withRules({ subject: 'GRID', measure: 'HOUSEHOLDS' }), ['input', 'standards']],
    ['with limits upside down', 'INVALID_INPUT', 'areaStandardsPublish', withRules({ ...rule, min: 500 }), ['input', 'standards']],
    ['with a limit below 0', 'INVALID_INPUT', 'areaStandardsPublish', withRules({ ...rule, min: -1 }), ['input', 'standards']],
    ['with parts of a grid', 'INVALID_INPUT', 'areaStandardsPublish', withRules({ ...rule, measure: 'PARTS' }), ['input', 'standards']],
    ['with a rule twice', 'INVALID_INPUT', 'areaStandardsPublish', withRules(rule, rule), ['input', 'standards']],
    ['of a year to come', 'INVALID_INPUT', 'workloadSurveyPublish', { year: 2027 }, ['input', 'year']],
    ['without a source', 'INVALID_INPUT', 'workloadSurveyPublish', { source: ' ' }, ['input', 'source']],
    ['of no district', 'INVALID_INPUT', 'workloadSurveyPublish', { districts: [] }, ['input', 'districts']],
    ['of a district twice', 'INVALID_INPUT', 'workloadSurveyPublish', { districts: [district, district] }, ['input', 'districts', '1', 'district']],
    ['of a street', 'INVALID_INPUT', 'workloadSurveyPublish', withFigures({ district: '340103001' }), ['input', 'districts', '0', 'district']],
    ['without staff', 'INVALID_INPUT', 'workloadSurveyPublish', withFigures({ streetStaff: 0 }), ['input', 'districts', '0', 'streetStaff']],
    ['with a negative figure', 'INVALID_INPUT', 'workloadSurveyPublish', withFigures({ registeredPopulation: -1 }), ['input', 'districts', '0', 'registeredPopulation']],
    ['with more below the standard than there are', 'INVALID_INPUT', 'workloadSurveyPublish', withFigures({ communitiesBelowStandard: 5 }), ['input', 'districts', '0', 'communitiesBelowStandard']],
  ])('%s is %s, and what is in force stays', async (_what, code, mutation, more, field, who = city) => {
    expect(await publish(who, mutation, more)).toEqual({ entity: null, errors: [{ code, field }] });
    const query = '{ areaStandards { version } workloadSurvey { version } }';
    expect(await anonymous(query)).toEqual({ areaStandards: { version: 'platform-1' }, workloadSurvey: { version: 'hefei-2014' } });
  });

  it.each(Object.keys(inputs) as Mutation[])('%s by one who has not signed in is UNAUTHENTICATED', async (mutation) => {
    expect(await publish(null, mutation)).toEqual({ entity: null, errors: ['UNAUTHENTICATED'] });
  });

  it.each(['{ gridPlan(households: -1) { min } }', '{ gridPlan(households: 9, standard: "rong-liu-2019") { min } }',
    '{ workloadSurvey { districts { residentsPerStreet(digits: 7) } } }'])('%s is BAD_USER_INPUT', async (query) => {
    const { errors } = await platform.as(null).attempt(query);
    expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });

  it('is in force at once, keeps what was in force before, and changes verdicts and plans', async () => {
    expect(await publish(city, 'areaStandardsPublish')).toEqual({ entity: { version: 'city-1', number: 1, isInForce: true }, errors: [] });
    expect(await publish(city, 'workloadSurveyPublish')).toEqual({ entity: { version: 'survey-1', number: 1, isInForce: true }, errors: [] });
    expect(await anonymous(/* GraphQL */ `
      {
        gridPlan(households: 1200) { standard min max recommended }
        grid(code: "${places.grid}") { verdicts { standard version verdict } }
        areaStandardVersions { totalCount nodes { version isInForce } }
        workloadSurveys { nodes { version year } }
        workloadSurvey { districts { staffPerStreet residentsPerStreet(digits: 6) residentsPerCommunityOver(district: "340104") } }
        before: workloadSurvey(version: "hefei-2014") { isInForce }
      }
    `)).toEqual({
      gridPlan: { standard: 'city-2026', min: 3, max: 4, recommended: 4 },
      grid: { verdicts: [{ standard: 'city-2026', version: 'city-1', verdict: 'BELOW' }] },
      areaStandardVersions: { totalCount: 2, nodes: [{ version: 'city-1', isInForce: true }, { version: 'platform-1', isInForce: false }] },
      workloadSurveys: { nodes: [{ version: 'survey-1', year: 2025 }, { version: 'hefei-2014', year: 2014 }] },
      // 5 / 2 is rounded half up.
      workloadSurvey: { districts: [{ staffPerStreet: 3, residentsPerStreet: 0.0005, residentsPerCommunityOver: null }] },
      before: { isInForce: false },
    });
  });
});
