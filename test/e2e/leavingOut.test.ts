// Leaving a rating out through the gateway: who got it asks, one level up decides, and everybody can see that it was done.
import { compareCounts, type Databases } from '../../scripts/ledger/compare.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, pathTo, people, places, satisfied, settled, solved, unsatisfied, units, type Cases, type Payload, type Stage } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { subgraphNames } from '../kit/subgraphs.js';

const { resident, clerk, street, streetUnit, district, city, communityUnit, auditor, integrator, gridWorker } = people;
const otherClerk = actor('COMMUNITY_CLERK', places.community, 'colleague');
const start = new Date('2026-03-30T02:00:00Z');
const later = new Date('2026-04-01T02:00:00Z');
let now = start;
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'leaving_out', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());
afterEach(() => settled(platform.subgraphs));
beforeEach(() => {
  now = start;
});

type Fields = Readonly<Record<string, unknown>>;
const codes = ({ userErrors }: Payload): string[] => userErrors.map(({ code }) => code);
const because = { note: '居民误点了一分' } as const;
const ask = (id: string, who: Actor = clerk, more: Fields = {}): Promise<Payload> => cases.act(who, 'caseRequestLeavingOut', id, { ...because, ...more });
const decide = (id: string, who: Actor = street, more: Fields = {}): Promise<Payload> => cases.act(who, 'caseDecideLeavingOut', id, { granted: true, ...more });

const officer = 'by { actorId role area unit }';
const leftOut = `leftOut { reason requestedAt ${officer} decided { granted note decidedAt ${officer} } }`;
const ratingsOf = async (id: string, who: Actor = auditor): Promise<readonly Fields[] | undefined> =>
  (await platform.as(who).run<{ case: { evaluations: Fields[] } | null }>(`query ($id: ID!) { case(id: $id) { evaluations { round ${leftOut} } } }`, { id })).case?.evaluations;

const counted = 'rated responded solved satisfied reworked leftOut';
type Numbers = Readonly<Record<string, number>>;
/** By level, of a month. */
async function numbersOf(month: string): Promise<Readonly<Record<string, Numbers>>> {
  await settled(platform.subgraphs);
  const total = `{ dashboard(from: "${month}") { total { total { ${counted} } } } }`;
  const data = await platform.as(auditor).run<Record<string, { dashboard: { total: { total: Numbers } } }>>(`{
    community(code: "${places.community}") ${total} street(code: "${places.street}") ${total} district(code: "${places.district}") ${total} city ${total}
  }`);
  return Object.fromEntries(Object.entries(data).map(([level, { dashboard }]) => [level, dashboard.total.total]));
}
const moved = (before: Readonly<Record<string, Numbers>>, after: Readonly<Record<string, Numbers>>): Readonly<Record<string, Numbers>> =>
  Object.fromEntries(Object.entries(after).map(([level, numbers]) => [level, Object.fromEntries(
    Object.entries(numbers).map(([measure, n]): [string, number] => [measure, n - (before[level]?.[measure] ?? 0)]).filter(([, n]) => n !== 0),
  )]));

interface Exclusions { readonly totalCount: number; readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean }; readonly nodes: readonly Fields[] }
const exclusions = async (area: string, args: Fields = {}, who: Actor = auditor): Promise<Exclusions | null> =>
  (await platform.as(who).run<{ ratingExclusions: Exclusions | null }>(/* GraphQL */ `
    query ($area: AreaCode!, $from: DateTime, $to: DateTime, $states: [RatingExclusionState!], $first: Int, $after: String) {
      ratingExclusions(area: $area, from: $from, to: $to, states: $states, first: $first, after: $after) {
        totalCount pageInfo { endCursor hasNextPage } nodes { case { id } round provider { level area unit } ${leftOut} }
      }
    }
  `, { area, ...args })).ratingExclusions;

const by = ({ id, role, area, unit }: Actor): Fields => ({ actorId: id, role, area, unit });

describe('a rating that the community got by mistake', () => {
  let id: string;
  let before: Readonly<Record<string, Numbers>>;
  const request = { reason: because.note, requestedAt: later.toISOString(), by: by(clerk) };
  const decided = { granted: true, note: '属实', decidedAt: later.toISOString(), by: by(street) };

  beforeAll(async () => {
    id = await cases.bring('CLOSED');
    before = await numbersOf('2026-03');
  });
  beforeEach(() => {
    now = later;
  });

  it('stays counted, and is seen to be asked for, until the street decides', async () => {
    expect(codes(await ask(id))).toEqual([]);
    expect(await ratingsOf(id)).toEqual([{ round: 1, leftOut: { ...request, decided: null } }]);
    expect(await numbersOf('2026-03')).toEqual(before);
    expect((await exclusions(places.community, { states: ['WAITING'] }))?.nodes).toEqual([{
      case: { id }, round: 1, provider: { level: 'COMMUNITY', area: places.community, unit: null }, leftOut: { ...request, decided: null },
    }]);
  });

  it('is taken off the numbers of its own day on all levels once the street grants it, and counted as left out', async () => {
    expect(codes(await decide(id, street, { note: '属实' }))).toEqual([]);
    const off = { rated: -1, responded: -1, solved: -1, satisfied: -1, leftOut: 1 };
    expect(moved(before, await numbersOf('2026-03'))).toEqual({ community: off, street: off, district: off, city: off });
    expect((await numbersOf('2026-04'))['city']).toMatchObject({ rated: 0, leftOut: 0 });
  });

  it('shows for ever who asked, why, and who decided: to the reporter without the ids, to the staff with them', async () => {
    expect(await ratingsOf(id)).toEqual([{ round: 1, leftOut: { ...request, decided } }]);
    const withoutId = (one: Fields): Fields => ({ ...one, actorId: null });
    expect(await ratingsOf(id, resident)).toEqual([{
      round: 1, leftOut: { ...request, by: withoutId(request.by), decided: { ...decided, by: withoutId(decided.by) } },
    }]);
    expect((await cases.look(id)).timeline.nodes.slice(-2).map(({ action }) => action)).toEqual(['REQUEST_LEAVING_OUT', 'DECIDE_LEAVING_OUT']);
    expect((await exclusions(places.city, { states: ['GRANTED'] }))?.nodes).toEqual([expect.objectContaining({ case: { id }, leftOut: { ...request, decided } })]);
  });

  it('tells the community that asked', async () => {
    const { notices } = await platform.as(clerk).run<{ notices: { nodes: { kind: string; text: string }[] } }>('{ notices { nodes { kind text } } }');
    expect(notices.nodes[0]).toMatchObject({ kind: 'LEAVING_OUT_GRANTED', text: expect.stringContaining('评价不计') as string });
  });

  it.each(['RATED', 'SATISFIED', 'LEFT_OUT'])('leads from the number %s to the step that left it out', async (measure) => {
    const { countedSteps } = await platform.as(auditor).run<{ countedSteps: { total: number; steps: { nodes: Fields[] } } }>(/* GraphQL */ `
      query ($area: AreaCode!, $measure: CountedMeasure!) {
        countedSteps(area: $area, measure: $measure, from: "2026-03") { total steps(first: 100) { nodes { case { id } action day at amount round ${leftOut} } } }
      }
    `, { area: places.street, measure });
    const steps = countedSteps.steps.nodes.filter((step) => (step['case'] as { id: string }).id === id);
    expect(steps.at(-1)).toEqual({
      case: { id }, action: 'DECIDE_LEAVING_OUT', day: '2026-03-30', at: later.toISOString(), amount: measure === 'LEFT_OUT' ? 1 : -1, round: 1,
      leftOut: { ...request, decided },
    });
    expect(steps.slice(0, -1)).toEqual(measure === 'LEFT_OUT' ? [] : [expect.objectContaining({ action: 'RATE', amount: 1, leftOut: null })]);
  });
});

it('leaves out what was not said well neither as solved nor as satisfied, and leaves the rework that it caused', async () => {
  const id = await cases.bring('STREET_REWORK');
  const before = await numbersOf('2026-03');
  expect(codes(await ask(id, street))).toEqual([]);
  expect(codes(await decide(id, street))).toEqual(['ROLE_NOT_ALLOWED']);
  expect(codes(await decide(id, district))).toEqual([]);
  const off = { rated: -1, responded: -1, leftOut: 1 };
  expect(moved(before, await numbersOf('2026-03'))).toEqual({ community: {}, street: off, district: off, city: off });
  expect((await cases.look(id)).state).toBe('REWORK');
});

it('keeps a rating that the level above does not leave out, and may be asked again', async () => {
  const id = await cases.bring('CLOSED');
  const before = await numbersOf('2026-03');
  await cases.walk(id, [[clerk, 'caseRequestLeavingOut', because], [street, 'caseDecideLeavingOut', { granted: false, note: '证据不足' }]]);
  expect(await numbersOf('2026-03')).toEqual(before);
  now = later;
  await cases.walk(id, [[clerk, 'caseRequestLeavingOut', { note: '补充了录音' }]]);
  expect((await exclusions(places.community, { from: start.toISOString(), to: later.toISOString(), states: ['REFUSED'] }))?.nodes)
    .toEqual([expect.objectContaining({ case: { id }, leftOut: expect.objectContaining({ reason: because.note }) as unknown })]);
  await cases.walk(id, [[street, 'caseDecideLeavingOut', { granted: true }]]);
  expect(moved(before, await numbersOf('2026-03'))['city']).toMatchObject({ rated: -1, leftOut: 1 });
  expect(codes(await ask(id))).toEqual(['DUPLICATE']);
});

it('can be asked for each round by itself, whatever became of the case', async () => {
  const id = await cases.bring('REWORK');
  await cases.walk(id, [[clerk, 'caseRestart'], [clerk, 'caseResolve', solved], [resident, 'caseRate', satisfied]]);
  expect(codes(await ask(id, clerk, { round: 1 }))).toEqual([]);
  expect(codes(await ask(id, clerk, { round: 1 }))).toEqual(['DUPLICATE']);
  expect(codes(await ask(id))).toEqual([]);
  expect(codes(await decide(id, street, { round: 1 }))).toEqual([]);
  const ratings = await ratingsOf(id);
  expect(ratings?.map(({ round, leftOut: one }) => [round, (one as { decided: { granted: boolean } | null }).decided?.granted])).toEqual([[1, true], [2, undefined]]);

  const withdrawn = await cases.bring('REWORK');
  await cases.walk(withdrawn, [[resident, 'caseWithdraw'], [clerk, 'caseRequestLeavingOut', because], [street, 'caseDecideLeavingOut', { granted: true }]]);
  expect((await cases.look(withdrawn)).state).toBe('WITHDRAWN');
});

it("is decided by the superior of a unit's own level", async () => {
  const id = await cases.submit();
  await cases.walk(id, [
    [clerk, 'caseAccept'], [clerk, 'caseForward'], [street, 'dispatchSign'], [street, 'dispatchAssign', { unit: units.street }], [streetUnit, 'dispatchSign'],
    [streetUnit, 'dispatchResolve', solved], [resident, 'caseRate', unsatisfied],
  ]);
  expect(codes(await ask(id, street))).toEqual(['ROLE_NOT_ALLOWED']);
  expect(codes(await ask(id, streetUnit))).toEqual([]);
  for (const who of [street, city]) expect(codes(await decide(id, who))).toEqual(['ROLE_NOT_ALLOWED']);
  expect(codes(await decide(id, district))).toEqual([]);
});

it('is not decided by the one who asked, where the city is its own superior', async () => {
  const id = await cases.submit();
  const another = actor('CITY_OFFICER', places.city, 'another-city-officer');
  await cases.walk(id, [
    ...pathTo.STREET_IN_PROGRESS, [street, 'dispatchForward'], [district, 'coordinationSign'], [district, 'coordinationForward'],
    [city, 'receiptSign'], [city, 'receiptResolve', solved], [resident, 'caseRate', unsatisfied], [city, 'caseRequestLeavingOut', because],
  ]);
  const own = await decide(id, city);
  expect(own.userErrors).toEqual([expect.objectContaining({ code: 'ROLE_NOT_ALLOWED', message: expect.stringContaining('另一人') as string })]);
  expect(codes(await decide(id, another))).toEqual([]);
});

describe('is refused', () => {
  it.each<[string, Stage, Actor, Fields, string, string | undefined]>([
    ['before there is a rating', 'RESOLVED', clerk, {}, 'TRANSITION_NOT_ALLOWED', undefined],
    ['before it is resolved', 'ACCEPTED', clerk, {}, 'TRANSITION_NOT_ALLOWED', undefined],
    ['to the reporter', 'CLOSED', resident, {}, 'ROLE_NOT_ALLOWED', undefined],
    ['to a superior, whose rating it is not', 'CLOSED', street, {}, 'ROLE_NOT_ALLOWED', undefined],
    ['to a unit that does not see the case', 'CLOSED', communityUnit, {}, 'NOT_FOUND', 'caseId'],
    ['without a reason', 'CLOSED', clerk, { note: ' ' }, 'INVALID_INPUT', 'note'],
    ['with too long a reason', 'CLOSED', clerk, { note: '长'.repeat(2_001) }, 'INVALID_INPUT', 'note'],
    ['of a round that was not rated', 'CLOSED', clerk, { round: 2 }, 'INVALID_INPUT', 'round'],
    ['on a version that is no more', 'CLOSED', clerk, { expectedVersion: 1 }, 'STALE_VERSION', 'expectedVersion'],
  ])('%s', async (_what, stage, who, more, code, field) => {
    const id = await cases.bring(stage);
    const before = await cases.look(id);
    const answer = await ask(id, who, more);
    expect(codes(answer)).toEqual([code]);
    expect(answer.userErrors[0]?.field?.[1]).toBe(field);
    expect(await cases.look(id)).toEqual(before);
  });

  it.each<[string, Actor, Fields, string]>([
    ['to a colleague of who asked', otherClerk, {}, 'ROLE_NOT_ALLOWED'],
    ['to two levels up', district, {}, 'ROLE_NOT_ALLOWED'],
    ['to another street', actor('STREET_CLERK', places.otherStreet), {}, 'NOT_FOUND'],
    ['without a reason for the refusal', street, { granted: false }, 'INVALID_INPUT'],
  ])('the decision %s', async (_what, who, more, code) => {
    const id = await cases.bring('CLOSED');
    await cases.walk(id, [[clerk, 'caseRequestLeavingOut', because]]);
    const before = await cases.look(id);
    expect(codes(await decide(id, who, more))).toEqual([code]);
    expect(await cases.look(id)).toEqual(before);
  });

  it('the decision on what nobody asked for', async () => {
    expect(codes(await decide(await cases.bring('CLOSED')))).toEqual(['TRANSITION_NOT_ALLOWED']);
  });
});

it('is decided once, and taken off once, when two officers decide at once', async () => {
  const id = await cases.bring('CLOSED');
  await cases.walk(id, [[clerk, 'caseRequestLeavingOut', because]]);
  const before = await numbersOf('2026-03');
  const { version: expectedVersion } = await cases.look(id);
  const answers = await Promise.all([1, 2].map((n) => decide(id, actor('STREET_CLERK', places.street, `street-${n}`), { expectedVersion })));
  expect(answers.map((answer) => codes(answer)).toSorted()).toEqual([[], ['STALE_VERSION']]);
  expect(moved(before, await numbersOf('2026-03'))['city']).toMatchObject({ rated: -1, leftOut: 1 });
});

describe('the list of all requests', () => {
  it('is for auditors and for the offices of the area and above, and null for all others', async () => {
    for (const who of [auditor, city, district, street, clerk]) expect((await exclusions(places.community, {}, who))?.totalCount).toBeGreaterThan(3);
    for (const who of [resident, integrator, gridWorker, streetUnit, actor('COMMUNITY_CLERK', places.sibling)]) expect(await exclusions(places.community, {}, who)).toBeNull();
    expect(await exclusions(places.street, {}, clerk)).toBeNull();
  });

  it('comes in pages, the latest first', async () => {
    const whole = await exclusions(places.city, { first: 100 });
    const paged: Fields[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page: Exclusions | null = await exclusions(places.city, { first: 3, after });
      paged.push(...page?.nodes ?? []);
      ({ endCursor: after, hasNextPage: more } = page?.pageInfo ?? { endCursor: null, hasNextPage: false });
    }
    expect(paged).toEqual(whole?.nodes);
    expect(paged).toHaveLength(whole?.totalCount ?? 0);
    const instants = paged.map((one) => (one['leftOut'] as { requestedAt: string }).requestedAt);
    expect(instants).toEqual(instants.toSorted().toReversed());
  });
});

describe('npm run ledger', () => {
  const databases = (): Databases => Object.fromEntries(subgraphNames.map((name) => [name, platform.subgraphs.running(name).connection])) as unknown as Databases;

  it('agrees, and finds the same in histories that kept no counts', async () => {
    expect(await compareCounts(databases())).toMatchObject({ differences: [], strays: [] });
    const timeline = databases().community.collection('timeline');
    await timeline.updateMany({}, { $unset: { counts: '' } });
    expect(await compareCounts(databases())).toMatchObject({ differences: [], strays: [] });
  });
});
