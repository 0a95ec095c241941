// What is behind a number, through the gateway: from every number of a dashboard down to the steps of the cases it counts.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { countedStepsId } from '../../subgraphs/shared/domain/countedSteps.js';
import { measures, type Measure } from '../../subgraphs/shared/domain/counts.js';
import { casesOf, people, places, satisfied, settled, solved, unsatisfied, units, type Cases, type Step } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor, internalToken } from '../kit/identity.js';
import { commandsDuring, post } from '../kit/subgraphs.js';

const { resident, clerk, street, streetUnit, district, districtUnit, city, auditor, integrator } = people;
const march = new Date('2026-03-16T02:00:00Z');
const april = new Date('2026-04-13T02:00:00Z');
let now = march;
let platform: Platform;
let cases: Cases;
let own: string;
let twice: string;
let leftOut: string;

const spring = { from: '2026-03', to: '2026-04' } as const;
const nameOf = (measure: Measure): string => measure.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

interface Steps {
  readonly id: string;
  readonly total: number;
  readonly steps: {
    readonly totalCount: number;
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    readonly nodes: readonly {
      readonly case: { readonly id: string }; readonly seq: number; readonly action: string; readonly at: string; readonly day: string;
      readonly amount: number; readonly round: number; readonly holder: { readonly level: string; readonly area: string; readonly unit: string | null };
    }[];
  };
}
type Args = Readonly<Record<string, unknown>>;

const fields = /* GraphQL */ `
  id total steps(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } nodes { case { id } seq action at day amount round holder { level area unit } }
  }
`;
async function stepsOf(area: string, measure: Measure, args: Args = spring, who: Actor = auditor): Promise<Steps | null> {
  return (await platform.as(who).run<{ countedSteps: Steps | null }>(/* GraphQL */ `
    query ($area: AreaCode!, $measure: CountedMeasure!, $from: Month, $to: Month, $asOf: DateTime, $first: Int, $after: String) {
      countedSteps(area: $area, measure: $measure, from: $from, to: $to, asOf: $asOf) { ${fields} }
    }
  `, { area, measure: nameOf(measure), first: 100, ...args })).countedSteps;
}
async function dashboardOf(area: string): Promise<Readonly<Record<Measure, number>>> {
  const type = { 4: 'city', 6: 'district', 9: 'street', 12: 'community' }[area.length] ?? '';
  const where = type === 'city' ? '' : `(code: "${area}")`;
  const data = await platform.as(auditor).run<Record<string, { dashboard: { total: { total: Record<Measure, number> } } }>>(
    `{ ${type}${where} { dashboard(from: "2026-03", to: "2026-04") { total { total { ${measures.join(' ')} } } } } }`,
  );
  return data[type]?.dashboard.total.total as Record<Measure, number>;
}

/** Visits the reporter of a case that was resolved on the day, once for each outcome. */
async function visit(...outcomes: readonly string[]): Promise<void> {
  await cases.bring('RESOLVED');
  const days = { from: now.toISOString().slice(0, 10), to: now.toISOString().slice(0, 10) };
  const opened = await platform.as(clerk).run<{ returnVisitListOpen: { returnVisitList: { visits: { nodes: { id: string }[] } } } }>(
    'mutation ($input: ReturnVisitListOpenInput!) { returnVisitListOpen(input: $input) { returnVisitList { visits { nodes { id } } } } }',
    { input: { community: places.community, ...days, mode: 'FULL' } },
  );
  const [{ id }] = opened.returnVisitListOpen.returnVisitList.visits.nodes as [{ id: string }];
  for (const [i, outcome] of outcomes.entries()) {
    await platform.as(clerk).run(
      'mutation ($input: ReturnVisitRecordInput!) { returnVisitRecord(input: $input) { userErrors { code } } }', { input: { visitId: id, expectedVersion: i + 1, outcome } },
    );
  }
}

beforeAll(async () => {
  platform = await startPlatform({ name: 'counted_steps', seed: true, now: () => now });
  cases = casesOf(platform);
  own = await cases.bring('CLOSED');
  twice = await cases.submit();
  await cases.walk(twice, [
    [clerk, 'caseAccept'], [clerk, 'caseForward'], [street, 'dispatchSign'], [street, 'dispatchAssign', { unit: units.street }],
    [streetUnit, 'dispatchReturn', { note: '不属本单位' }], [street, 'dispatchRedispatch', { unit: units.street }],
    [streetUnit, 'dispatchSign'], [streetUnit, 'dispatchResolve', solved], [resident, 'caseRate', unsatisfied],
  ]);
  const toDistrict: readonly Step[] = [
    [clerk, 'caseAccept'], [clerk, 'caseForward'], [street, 'dispatchSign'], [street, 'dispatchForward'], [district, 'coordinationSign'],
    [district, 'coordinationAssign', { unit: units.district }], [districtUnit, 'coordinationSign'], [districtUnit, 'coordinationResolve', solved],
  ];
  await cases.walk(await cases.submit(), [...toDistrict, [resident, 'caseRate', satisfied], [district, 'caseReopen', { note: '又不亮了' }]]);
  await cases.bring('RESOLVED');
  leftOut = await cases.bring('CLOSED');
  await cases.submit(resident, { community: places.sibling });
  now = april;
  // Silence after 14 days, and clocks that are over.
  await platform.subgraphs.running('community').runTasks();
  await cases.walk(twice, [[streetUnit, 'dispatchRestart'], [streetUnit, 'dispatchResolve', solved], [resident, 'caseRate', satisfied]]);
  await cases.walk(leftOut, [[clerk, 'caseRequestLeavingOut', { note: '误评' }], [street, 'caseDecideLeavingOut', { granted: true }]]);
  await visit('REFUSED');
  await visit('NOT_REACHED', 'NOT_REACHED', 'NOT_REACHED');
  await settled(platform.subgraphs);
});
afterAll(() => platform.end());

it.each(['community', 'street', 'district', 'city'] as const)('gives every number of the %s, to the last one', async (level) => {
  const area = places[level];
  const numbers = await dashboardOf(area);
  const behind = await Promise.all(measures.map((measure) => stepsOf(area, measure)));
  const sums = behind.map((one) => one?.steps.nodes.reduce((sum, { amount }) => sum + amount, 0));
  expect(Object.fromEntries(measures.map((measure, i) => [measure, sums[i]]))).toEqual(numbers);
  expect(behind.map((one) => one?.total)).toEqual(sums);
  // Else it would hold for want of anything that was counted.
  if (level === 'district') expect(measures.filter((measure) => !numbers[measure])).toEqual([]);
});

it('tells each step: whose case, when, for which day and round, and who is credited', async () => {
  const rated = await stepsOf(places.street, 'rated');
  expect(rated?.steps.nodes.filter((step) => step.case.id !== leftOut)).toEqual([
    {
      case: { id: own }, seq: 5, action: 'RATE', at: march.toISOString(), day: '2026-03-16', amount: 1, round: 1,
      holder: { level: 'COMMUNITY', area: places.community, unit: null },
    },
    { case: { id: twice }, seq: 10, action: 'RATE', at: march.toISOString(), day: '2026-03-16', amount: 1, round: 1, holder: { level: 'STREET', area: places.street, unit: units.street } },
    { case: { id: twice }, seq: expect.any(Number) as number, action: 'RATE', at: april.toISOString(), day: '2026-04-13', amount: 1, round: 2, holder: { level: 'STREET', area: places.street, unit: units.street } },
  ].toSorted((a, b) => (a.at === b.at ? (a.case.id < b.case.id ? -1 : 1) : a.at < b.at ? -1 : 1)));
  const again = await stepsOf(places.district, 'reworked');
  expect(again?.steps.nodes.map(({ action, round }) => [action, round]).toSorted()).toEqual([['RATE', 1], ['REOPEN', 1]]);
});

it('is cut by months, and by what had happened at an instant', async () => {
  // Four, and one of them taken back in April.
  expect(await stepsOf(places.city, 'rated', { from: '2026-03', to: '2026-03' })).toMatchObject({ total: 3, steps: { totalCount: 5 } });
  expect((await stepsOf(places.city, 'rated', { from: '2026-04', to: '2026-04' }))?.total).toBe(1);
  expect(await stepsOf(places.city, 'rated', { ...spring, asOf: march.toISOString() })).toMatchObject({ total: 4, steps: { totalCount: 4 } });
});

it('comes in pages, as many queries for a long one as for a short one', async () => {
  const whole = await stepsOf(places.city, 'submitted');
  const paged: string[] = [];
  for (let after: string | null = null, more = true; more;) {
    const page: Steps | null = await stepsOf(places.city, 'submitted', { ...spring, first: 2, after });
    paged.push(...page?.steps.nodes.map((step) => step.case.id) ?? []);
    ({ endCursor: after, hasNextPage: more } = page?.steps.pageInfo ?? { endCursor: null, hasNextPage: false });
  }
  expect(paged).toEqual(whole?.steps.nodes.map((step) => step.case.id));
  expect(paged).toHaveLength(8);
  const commands = (first: number): Promise<string[]> => commandsDuring(platform.subgraphs, () => stepsOf(places.city, 'submitted', { ...spring, first }));
  const short = await commands(1);
  expect(short).toEqual(['community aggregate timeline', 'community aggregate timeline', 'community find cases', 'community find timeline']);
  expect(await commands(100)).toEqual(short);
});

describe('who may see it', () => {
  it.each<[string, Actor, readonly string[]]>([
    ['a resident', resident, []],
    ['a system that hands cases in', integrator, []],
    ['a clerk of another community', actor('COMMUNITY_CLERK', places.sibling), []],
    ['the community', clerk, [places.community]],
    ['the street', street, [places.community, places.street]],
    ['the city', city, [places.community, places.street, places.district, places.city]],
  ])('%s sees what is behind the numbers that it may see, and null for others', async (_who, who, areas) => {
    const all = [places.community, places.street, places.district, places.city];
    const found = await Promise.all(all.map((area) => stepsOf(area, 'submitted', spring, who)));
    expect(all.filter((_area, i) => found[i] !== null)).toEqual(areas);
  });

  it('leaves out the cases that a department may not see, of a number that it may see', async () => {
    const found = await stepsOf(places.district, 'resolved', spring, districtUnit);
    expect(found?.total).toBeGreaterThan(1);
    expect(found?.steps.nodes.map(({ holder }) => holder.unit)).toEqual([units.district]);
    expect(found?.steps.totalCount).toBe(found?.total);
  });

  it('goes on after a page of nothing but cases that it may not see', async () => {
    const seen: (string | null)[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page: Steps | null = await stepsOf(places.district, 'resolved', { ...spring, first: 1, after }, districtUnit);
      seen.push(...page?.steps.nodes.map(({ holder }) => holder.unit) ?? []);
      ({ endCursor: after, hasNextPage: more } = page?.steps.pageInfo ?? { endCursor: null, hasNextPage: false });
    }
    expect(seen).toEqual([units.district]);
  });

  it.each<[string, Args]>([
    ['a grid', { area: places.grid }],
    ['months the wrong way round', { from: '2026-04', to: '2026-03' }],
    ['more than three years', { from: '2023-01', to: '2026-01' }],
    ['too many at once', { first: 101 }],
    ['a cursor of another list', { after: Buffer.from('["x"]').toString('base64url') }],
  ])('refuses %s', async (_what, args) => {
    await expect(stepsOf(places.city, 'rated', { ...spring, ...args })).rejects.toThrow(/BAD_USER_INPUT/);
  });
});

it('is found by the name that another level gives it, by those who may see it', async () => {
  const key = { area: places.street, measure: 'rated', ...spring, asOf: april } as const;
  const ask = async (id: string, who: Actor): Promise<unknown> => (await post<{ _entities: unknown[] }>(platform.subgraphs.urls.community, /* GraphQL */ `
    query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on CountedSteps { id measure total } } }
  `, { variables: { representations: [{ __typename: 'CountedSteps', id }] }, token: await internalToken(who, 'community') })).data?._entities[0];
  const id = countedStepsId(key);
  expect(await ask(id, auditor)).toEqual({ id, measure: 'RATED', total: 3 });
  expect(await ask(id, clerk)).toBeNull();
  expect(await ask('nothing', auditor)).toBeNull();
});

it('finds the steps of histories from before they could be found', async () => {
  const before = await Promise.all(measures.map((measure) => stepsOf(places.city, measure)));
  const timeline = platform.subgraphs.running('community').connection.collection('timeline');
  await timeline.updateMany({ caseId: own }, { $unset: { countedIn: '', round: '', counts: '' } });
  await timeline.updateMany({ caseId: twice }, { $unset: { countedIn: '', round: '' } });
  expect((await stepsOf(places.city, 'rated'))?.total).toBe(1);
  await platform.subgraphs.running('community').runTasks();
  expect(await Promise.all(measures.map((measure) => stepsOf(places.city, measure)))).toEqual(before);
});
