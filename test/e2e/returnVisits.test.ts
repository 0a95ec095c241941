// 回访 through the gateway: a list is drawn, its visits are made, and what the reporter says there is their rating.
import { compareCounts, type Databases } from '../../scripts/ledger/compare.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, people, places, satisfied, settled, solved, unsatisfied, type Cases, type Step, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { subgraphNames } from '../kit/subgraphs.js';

const { resident, clerk, street, district, auditor, integrator, gridWorker, streetUnit } = people;
const neighbour = actor('RESIDENT', null, 'neighbour');
const start = new Date('2026-03-02T02:00:00Z');
const dayMs = 86_400_000;
let now = start;
let platform: Platform;
let cases: Cases;
let day: string;
let daysOn = 0;

beforeAll(async () => {
  platform = await startPlatform({ name: 'return_visits', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());
afterEach(() => settled(platform.subgraphs));
// Each test has a day of its own, and with it the cases that were resolved on it.
beforeEach(() => {
  now = new Date(start.getTime() + (daysOn += 1) * dayMs);
  day = now.toISOString().slice(0, 10);
});

type Fields = Readonly<Record<string, unknown>>;
interface List { readonly id: string; readonly seed: number; readonly candidates: number; readonly drawn: number; readonly open: number; readonly reached: number; readonly notReached: number; readonly refused: number; readonly alreadyRated: number }
interface Visit { readonly id: string; readonly version: number; readonly state: string; readonly round: number; readonly case: { readonly id: string; readonly state: string; readonly reporter: Fields } | null; readonly attempts: readonly Fields[] }
interface Answer<T> { readonly entity: T | null; readonly userErrors: readonly UserError[] }

const progress = 'drawn open reached notReached refused alreadyRated';
const visitFields = 'id version state round case { id state reporter { name masked } } attempts { at outcome note by { actorId role area } }';

async function open(more: Fields = {}, who: Actor = clerk): Promise<Answer<List>> {
  const { returnVisitListOpen: { returnVisitList: entity, userErrors } } = await platform.as(who).run<{ returnVisitListOpen: { returnVisitList: List | null; userErrors: UserError[] } }>(/* GraphQL */ `
    mutation ($input: ReturnVisitListOpenInput!) {
      returnVisitListOpen(input: $input) { returnVisitList { id seed candidates ${progress} } userErrors { code message field } }
    }
  `, { input: { community: places.community, from: day, to: day, mode: 'FULL', ...more } });
  return { entity, userErrors };
}
async function opened(more?: Fields): Promise<List> {
  const { entity, userErrors } = await open(more);
  if (!entity) throw new Error(`Not opened: ${JSON.stringify(userErrors)}`);
  return entity;
}
interface Looked extends List { readonly mode: string; readonly openedBy: Fields; readonly visits: { readonly totalCount: number; readonly nodes: readonly Visit[] } }
const look = async (id: string, args: Fields = {}, who: Actor = clerk): Promise<Looked | null> => (await platform.as(who).run<{ returnVisitList: Looked | null }>(/* GraphQL */ `
  query ($id: ID!, $states: [ReturnVisitState!], $first: Int) {
    returnVisitList(id: $id) { id seed candidates mode openedBy { actorId } ${progress} visits(states: $states, first: $first) { totalCount nodes { ${visitFields} } } }
  }
`, { id, first: 100, ...args })).returnVisitList;
const visitsOf = async (list: List, args: Fields = {}): Promise<readonly Visit[]> => (await look(list.id, args))?.visits.nodes ?? [];

async function record(visit: Visit, outcome: string, more: Fields = {}, who: Actor = clerk): Promise<Answer<Visit>> {
  const { returnVisitRecord: { returnVisit: entity, userErrors } } = await platform.as(who).run<{ returnVisitRecord: { returnVisit: Visit | null; userErrors: UserError[] } }>(/* GraphQL */ `
    mutation ($input: ReturnVisitRecordInput!) { returnVisitRecord(input: $input) { returnVisit { ${visitFields} } userErrors { code message field } } }
  `, { input: { visitId: visit.id, expectedVersion: visit.version, outcome, ...more } });
  return { entity, userErrors };
}
const codes = ({ userErrors }: Answer<unknown>): string[] => userErrors.map(({ code }) => code);
/** A list with one visit, of a new case that was resolved today. */
async function oneVisit(): Promise<{ id: string; list: List; visit: Visit }> {
  const id = await cases.bring('RESOLVED');
  const list = await opened();
  const [visit] = await visitsOf(list);
  if (!visit) throw new Error('There is no visit.');
  return { id, list, visit };
}
const actionsOf = async (id: string): Promise<string[]> => (await cases.look(id)).timeline.nodes.map(({ action }) => action);
const ratingsOf = async (id: string): Promise<readonly Fields[]> => (await platform.as(auditor).run<{ case: { evaluations: Fields[] } }>(
  'query ($id: ID!) { case(id: $id) { evaluations { round responded solved satisfaction tags comment onBehalf provider { area } } } }', { id },
)).case.evaluations;
const numbers = async (): Promise<Fields> => (await platform.as(auditor).run<{ city: { dashboard: { byDay: { day: string; counts: { total: Fields } }[] } } }>(
  `{ city { dashboard(from: "2026-03", to: "2026-05") { byDay { day counts { total { rated satisfied reworked unrated visited notReached } } } } } }`,
)).city.dashboard.byDay.find((one) => one.day === day)?.counts.total ?? {};

it('works through all cases that were resolved on a day and not rated, and keeps apart what came of each', async () => {
  const ids = [await cases.bring('RESOLVED'), await cases.bring('RESOLVED'), await cases.bring('RESOLVED'), await cases.bring('STREET_RESOLVED')];
  await cases.bring('CLOSED');
  await cases.submit(resident);
  const list = await opened();
  expect(list).toMatchObject({ candidates: 4, drawn: 4, open: 4, reached: 0, notReached: 0, refused: 0, alreadyRated: 0 });
  const visits = await visitsOf(list);
  expect(visits.map((visit) => visit.case?.id).toSorted()).toEqual(ids.toSorted());
  const visitTo = (id: string | undefined): Visit => visits.find((visit) => visit.case?.id === id) as Visit;

  expect(codes(await record(visitTo(ids[0]), 'REACHED', { rating: { ...satisfied, tags: ['态度好'], comment: '谢谢' }, note: '电话' }))).toEqual([]);
  expect(codes(await record(visitTo(ids[1]), 'REFUSED', { note: '不方便' }))).toEqual([]);
  expect(codes(await record(visitTo(ids[2]), 'NOT_REACHED'))).toEqual([]);
  expect(codes(await record(visitTo(ids[3]), 'REACHED', { rating: unsatisfied }))).toEqual([]);
  await settled(platform.subgraphs);

  expect(await look(list.id)).toMatchObject({ drawn: 4, open: 1, reached: 2, notReached: 0, refused: 1, alreadyRated: 0, mode: 'FULL', openedBy: { actorId: clerk.id } });
  expect(await ratingsOf(ids[0] ?? '')).toEqual([{
    round: 1, responded: true, solved: true, satisfaction: 5, tags: ['态度好'], comment: '谢谢', onBehalf: true, provider: { area: places.community },
  }]);
  expect(await cases.look(ids[0] ?? '')).toMatchObject({ state: 'CLOSED' });
  expect((await actionsOf(ids[0] ?? '')).slice(-2)).toEqual(['RATE', 'VISIT_REACHED']);
  expect(await cases.look(ids[1] ?? '')).toMatchObject({ state: 'RESOLVED', evaluations: [] });
  expect(await cases.look(ids[3] ?? '')).toMatchObject({ state: 'REWORK', round: 2, dispatch: { state: 'REWORK' } });
  expect(await numbers()).toEqual({ rated: 3, satisfied: 2, reworked: 1, unrated: 0, visited: 3, notReached: 0 });
  expect((await visitsOf(list, { states: ['OPEN'] })).map((visit) => visit.case?.id)).toEqual([ids[2]]);
  expect((await look(list.id, { states: ['REACHED', 'REFUSED'], first: 1 }))?.visits).toMatchObject({ totalCount: 3 });
});

it('is tried three times before it counts as not reached, never as rated', async () => {
  const { id, list, visit } = await oneVisit();
  let current = visit;
  for (const [attempts, state] of [[1, 'OPEN'], [2, 'OPEN'], [3, 'NOT_REACHED']] as const) {
    const { entity, userErrors } = await record(current, 'NOT_REACHED', { note: `第 ${attempts} 次` });
    expect(userErrors).toEqual([]);
    expect(entity).toMatchObject({ state, version: attempts + 1 });
    expect(entity?.attempts).toHaveLength(attempts);
    current = entity as Visit;
  }
  await settled(platform.subgraphs);
  expect((await actionsOf(id)).slice(-3)).toEqual(['VISIT_ATTEMPTED', 'VISIT_ATTEMPTED', 'VISIT_NOT_REACHED']);
  expect(await look(list.id)).toMatchObject({ open: 0, notReached: 1, reached: 0 });
  expect(await numbers()).toEqual({ rated: 0, satisfied: 0, reworked: 0, unrated: 0, visited: 0, notReached: 1 });
  expect(codes(await record(current, 'REACHED', { rating: satisfied }))).toEqual(['TRANSITION_NOT_ALLOWED']);
  expect(await cases.look(id)).toMatchObject({ state: 'RESOLVED', evaluations: [] });
});

it('draws the same sample for the same seed, keeps the seed, and lists no case and round twice', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 5; n += 1) ids.push(await cases.bring('RESOLVED'));
  const first = await opened({ mode: 'SAMPLE', size: 2, seed: 7 });
  expect(first).toMatchObject({ candidates: 5, drawn: 2, seed: 7 });
  const rest = await opened({ mode: 'SAMPLE', percent: 50 });
  expect(rest).toMatchObject({ candidates: 3, drawn: 2 });
  expect(rest.seed).toBeGreaterThanOrEqual(0);
  const last = await opened();
  expect(last).toMatchObject({ candidates: 1, drawn: 1 });
  const listed = (await Promise.all([first, rest, last].map((list) => visitsOf(list)))).flat().map((visit) => visit.case?.id);
  expect(listed.toSorted()).toEqual(ids.toSorted());
  expect(codes(await open())).toEqual(['INVALID_INPUT']);
});

it('lists each case once when two clerks open lists at once', async () => {
  for (let n = 0; n < 3; n += 1) await cases.bring('RESOLVED');
  const answers = await Promise.all([1, 2].map((n) => open({}, actor('COMMUNITY_CLERK', places.community, `clerk-${n}`))));
  expect(answers.map(({ entity }) => entity?.drawn ?? 0).toSorted()).toEqual([0, 3]);
  expect(answers.flatMap((answer) => codes(answer))).toEqual(['INVALID_INPUT']);
});

it('notes what the reporter of a case says that was closed in silence, and makes no rating of it', async () => {
  const id = await cases.bring('RESOLVED');
  now = new Date(now.getTime() + 15 * dayMs);
  await platform.subgraphs.running('community').runTasks();
  expect((await cases.look(id)).state).toBe('CLOSED');
  expect(codes(await open())).toEqual(['INVALID_INPUT']);
  const list = await opened({ includeClosed: true });
  const [visit] = await visitsOf(list) as [Visit];
  expect(codes(await record(visit, 'REACHED', { rating: satisfied }))).toEqual(['INVALID_INPUT']);
  expect(codes(await record(visit, 'REACHED'))).toEqual(['INVALID_INPUT']);
  expect(codes(await record(visit, 'REACHED', { note: '满意,忘了评价' }))).toEqual([]);
  expect(await cases.look(id)).toMatchObject({ state: 'CLOSED', evaluations: [] });
  expect((await actionsOf(id)).at(-1)).toBe('VISIT_REACHED');
});

it('visits the reporter of a case that was resolved with another, who rates by themselves', async () => {
  const lead = await cases.bring('STREET_IN_PROGRESS');
  const member = await cases.submit(neighbour);
  await cases.walk(member, [[clerk, 'caseAccept'], [street, 'caseMerge', { into: lead }]]);
  await cases.walk(lead, [[street, 'dispatchResolve', solved]]);
  const list = await opened();
  const visits = await visitsOf(list);
  expect(visits.map((visit) => visit.case?.id).toSorted()).toEqual([lead, member].toSorted());
  const visit = visits.find((one) => one.case?.id === member) as Visit;
  expect(codes(await record(visit, 'REACHED', { rating: unsatisfied }))).toEqual([]);
  await settled(platform.subgraphs);
  expect(await cases.look(member)).toMatchObject({ state: 'REWORK', dispatch: { state: 'REWORK' } });
  expect(await cases.look(lead)).toMatchObject({ state: 'RESOLVED', evaluations: [] });
  const again: readonly Step[] = [[resident, 'caseRate', satisfied]];
  await cases.walk(lead, again);
  expect(await cases.look(lead)).toMatchObject({ state: 'CLOSED', round: 1 });
  // The next round is a visit of its own.
  await cases.walk(member, [[street, 'dispatchRestart'], [street, 'dispatchResolve', solved]]);
  expect((await visitsOf(await opened())).map(({ round, case: of }) => [of?.id, round])).toEqual([[member, 2]]);
});

describe('when the reporter has rated meanwhile', () => {
  it('the clerk is told, and records just that', async () => {
    const { id, list, visit } = await oneVisit();
    expect(codes(await record(visit, 'ALREADY_RATED'))).toEqual(['TRANSITION_NOT_ALLOWED']);
    await cases.walk(id, [[resident, 'caseRate', satisfied]]);
    const before = await cases.look(id);
    for (const [outcome, more] of [['REACHED', { rating: unsatisfied }], ['NOT_REACHED', {}], ['REFUSED', {}]] as const) {
      const told = await record(visit, outcome, more);
      expect(told.userErrors).toEqual([expect.objectContaining({ code: 'TRANSITION_NOT_ALLOWED', message: expect.stringContaining('ALREADY_RATED') as string })]);
    }
    expect(codes(await record(visit, 'ALREADY_RATED'))).toEqual([]);
    expect(await cases.look(id)).toEqual(before);
    expect(await look(list.id)).toMatchObject({ open: 0, alreadyRated: 1 });
  });

  it('one of both wins, and the other is told, however close it is', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, visit } = await oneVisit();
      const [visited, rated] = await Promise.all([record(visit, 'REACHED', { rating: satisfied }), cases.act(resident, 'caseRate', id, satisfied)]);
      const refused = [codes(visited), rated.userErrors.map(({ code }) => code)];
      expect(refused.filter((one) => one.length === 0)).toHaveLength(1);
      expect(refused.flat().every((code) => code === 'TRANSITION_NOT_ALLOWED' || code === 'STALE_VERSION')).toBe(true);
      expect(await ratingsOf(id)).toHaveLength(1);
      const actions = await actionsOf(id);
      expect(actions.includes('VISIT_REACHED')).toBe(codes(visited).length === 0);
    }
  });
});

it('answers a repeated call the same way, with one list and one rating', async () => {
  const id = await cases.bring('RESOLVED');
  const first = await opened({ idempotencyKey: `open-${id}` });
  expect((await opened({ idempotencyKey: `open-${id}` })).id).toBe(first.id);
  const [visit] = await visitsOf(first) as [Visit];
  const call = (): Promise<Answer<Visit>> => record(visit, 'REACHED', { rating: satisfied, idempotencyKey: `visit-${id}` });
  const answers = [await call(), await call()];
  expect(answers.map((answer) => [codes(answer), answer.entity?.version])).toEqual([[[], 2], [[], 2]]);
  expect(await ratingsOf(id)).toHaveLength(1);
});

it('is recorded once when two clerks record it at once', async () => {
  const { id, visit } = await oneVisit();
  const answers = await Promise.all([1, 2].map((n) => record(visit, 'NOT_REACHED', {}, actor('COMMUNITY_CLERK', places.community, `clerk-${n}`))));
  expect(answers.map((answer) => codes(answer)).toSorted()).toEqual([[], ['STALE_VERSION']]);
  expect((await actionsOf(id)).filter((action) => action === 'VISIT_ATTEMPTED')).toHaveLength(1);
});

describe('a visit', () => {
  it.each<[string, string, Fields, Actor, string, string | undefined]>([
    ['without the rating', 'REACHED', {}, clerk, 'INVALID_INPUT', 'rating'],
    ['with a rating of nobody', 'NOT_REACHED', { rating: satisfied }, clerk, 'INVALID_INPUT', 'rating'],
    ['with six of five points', 'REACHED', { rating: { ...satisfied, satisfaction: 6 } }, clerk, 'INVALID_INPUT', 'satisfaction'],
    ['with too many tags', 'REACHED', { rating: { ...satisfied, tags: ['一', '二', '三', '四', '五', '六'] } }, clerk, 'INVALID_INPUT', 'tags'],
    ['with too long a note', 'REFUSED', { note: '长'.repeat(2_001) }, clerk, 'INVALID_INPUT', 'note'],
    ['on a version that is no more', 'NOT_REACHED', { expectedVersion: 9 }, clerk, 'STALE_VERSION', 'expectedVersion'],
    ['by the street', 'NOT_REACHED', {}, street, 'ROLE_NOT_ALLOWED', undefined],
    ['by an auditor', 'NOT_REACHED', {}, auditor, 'ROLE_NOT_ALLOWED', undefined],
    ['by another community', 'NOT_REACHED', {}, actor('COMMUNITY_CLERK', places.sibling), 'NOT_FOUND', 'visitId'],
    ['by the reporter', 'REFUSED', {}, resident, 'NOT_FOUND', 'visitId'],
    ['that is none', 'NOT_REACHED', { visitId: 'nothing' }, clerk, 'NOT_FOUND', 'visitId'],
  ])('%s is refused, and nothing changes', async (_what, outcome, more, who, code, field) => {
    const { id, list, visit } = await oneVisit();
    const [before, seen] = [await cases.look(id), await look(list.id)];
    const answer = await record(visit, outcome, more, who);
    expect(codes(answer)).toEqual([code]);
    expect(answer.userErrors[0]?.field?.[1]).toBe(field);
    expect([await cases.look(id), await look(list.id)]).toEqual([before, seen]);
  });
});

describe('a list', () => {
  it.each<[string, Fields, Actor, string, string | undefined]>([
    ['of another community', { community: places.sibling }, clerk, 'ROLE_NOT_ALLOWED', undefined],
    ['by the street', {}, street, 'ROLE_NOT_ALLOWED', undefined],
    ['by a resident', {}, resident, 'ROLE_NOT_ALLOWED', undefined],
    ['of days the wrong way round', { from: '2026-03-09', to: '2026-03-02' }, clerk, 'INVALID_INPUT', 'from'],
    ['of more than a year', { from: '2025-01-01', to: '2026-03-02' }, clerk, 'INVALID_INPUT', 'from'],
    ['of a sample of nothing', { mode: 'SAMPLE' }, clerk, 'INVALID_INPUT', 'size'],
    ['of all with a size', { size: 3 }, clerk, 'INVALID_INPUT', 'mode'],
    ['of days without a case', { from: '2025-03-02', to: '2025-03-02' }, clerk, 'INVALID_INPUT', 'from'],
  ])('%s is refused', async (_what, more, who, code, field) => {
    const lists = platform.subgraphs.running('community').connection.collection('visitLists');
    const before = await lists.countDocuments({});
    const answer = await open(more, who);
    expect(codes(answer)).toEqual([code]);
    expect(answer.userErrors[0]?.field?.[1]).toBe(field);
    expect(await lists.countDocuments({})).toBe(before);
  });

  it('is seen by the community, the offices above and auditors, the latest first, and by nobody else', async () => {
    const { list } = await oneVisit();
    interface Lists { readonly totalCount: number; readonly nodes: readonly { readonly id: string; readonly openedAt: string }[]; readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean } }
    const listsOf = async (area: string, who: Actor, args: Fields = {}): Promise<Lists | null> => (await platform.as(who).run<{ returnVisitLists: Lists | null }>(/* GraphQL */ `
      query ($area: AreaCode!, $first: Int, $after: String) {
        returnVisitLists(area: $area, first: $first, after: $after) { totalCount nodes { id openedAt } pageInfo { endCursor hasNextPage } }
      }
    `, { area, ...args })).returnVisitLists;
    for (const [who, area] of [[clerk, places.community], [street, places.street], [district, places.district], [auditor, places.city]] as const) {
      expect((await listsOf(area, who))?.nodes[0]?.id).toBe(list.id);
      expect((await look(list.id, {}, who))?.id).toBe(list.id);
    }
    for (const who of [resident, integrator, gridWorker, streetUnit, actor('COMMUNITY_CLERK', places.sibling)]) {
      expect([await listsOf(places.community, who), await look(list.id, {}, who)]).toEqual([null, null]);
    }
    expect((await look(list.id, {}, street))?.visits.nodes[0]?.case?.reporter).toMatchObject({ masked: true });
    const page = await listsOf(places.city, auditor, { first: 1 });
    expect(page?.pageInfo.hasNextPage).toBe(true);
    const next = await listsOf(places.city, auditor, { first: 1, after: page?.pageInfo.endCursor });
    expect(next?.nodes).toHaveLength(1);
    expect(next?.nodes[0]?.id).not.toBe(list.id);
  });
});

describe('npm run ledger', () => {
  const databases = (): Databases => Object.fromEntries(subgraphNames.map((name) => [name, platform.subgraphs.running(name).connection])) as unknown as Databases;

  it('agrees on the visits, and finds the same in histories that kept no counts', async () => {
    expect(await compareCounts(databases())).toMatchObject({ differences: [], strays: [] });
    await databases().community.collection('timeline').updateMany({}, { $unset: { counts: '' } });
    expect(await compareCounts(databases())).toMatchObject({ differences: [], strays: [] });
  });
});
