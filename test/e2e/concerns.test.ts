// 上级必答 through the gateway: found from the data by the city's rule, answered by the district, accepted by the city.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, people, places, settled, type Cases, type Step, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { commandsDuring, subgraphNames } from '../kit/subgraphs.js';

const { clerk, street, district, city, auditor } = people;
const inStreet = [places.community, places.sibling, '340103001003'];
const inDistrict = [places.community, places.sibling, places.otherCommunity];
const hazard = '城乡建设/安全生产/安全隐患';
const accident = '城乡建设/安全生产/事故处理';
const greenery = '城乡建设/城市建设和市政管理/园林绿化';
const safety = '城乡建设/安全生产';

/** Shanghai time. */
const at = (local: string): Date => new Date(`${local}:00+08:00`);
const monday = at('2026-03-02T09:00');
let now = monday;
const later = (minutes: number): void => {
  now = new Date(now.getTime() + minutes * 60_000);
};
const aDay = 24 * 60;

let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'concerns', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());

const kept = ['areas', 'units', 'grids'];

/** A city with this rule, and no cases. */
async function anew(): Promise<void> {
  now = monday;
  for (const name of subgraphNames) {
    const collections = (await platform.subgraphs.running(name).connection.db?.collections()) ?? [];
    for (const one of collections) if (!kept.includes(one.collectionName)) await one.deleteMany({});
  }
  await platform.subgraphs.stop('community');
  await platform.subgraphs.start('community');
  expect(await publish('r-1')).toEqual([]);
}

const terms = { answerWorkDays: 2, sourceZh: '合政办〔2026〕2 号', sourceEn: 'City order 2 of 2026' };
const rule = {
  stronglyReported: { reporters: 3, days: 7, categoryDepth: 2, within: 'STREET', ...terms },
  longUnresolved: { workDays: 5, times: 2, resolvePercent: 200, ...terms },
  common: { communities: 3, cases: 2, days: 7, categoryDepth: 2, ...terms },
};
type Fields = Readonly<Record<string, unknown>>;

async function send(who: Actor, mutation: string, input: Fields): Promise<readonly UserError[]> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, { userErrors: UserError[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code message field } } }`, { input },
  );
  await settled(platform.subgraphs);
  return data[mutation]?.userErrors ?? [];
}
const publish = (version: string, more: Fields = {}, who: Actor = city): Promise<readonly UserError[]> =>
  send(who, 'concernRulePublish', { version, ...rule, ...more });

interface View {
  readonly id: string; readonly version: number; readonly class: string; readonly state: string; readonly areaCode: string;
  readonly category: string; readonly caseNumber: string | null; readonly caseCount: number; readonly reporterCount: number | null;
  readonly communityCount: number | null; readonly ruleVersion: string; readonly answerBy: string | null; readonly late: boolean;
  readonly foundAt: string; readonly lastFoundAt: string; readonly closedAt: string | null;
  readonly answers: readonly { readonly text: string; readonly late: boolean; readonly accepted: boolean | null; readonly note: string | null }[];
}
const view = `id version class state areaCode category caseNumber caseCount reporterCount communityCount ruleVersion answerBy late foundAt
  lastFoundAt closedAt answers { text measures late accepted note }`;

const list = async (who: Actor = district, filter: Fields = {}): Promise<readonly View[]> =>
  (await platform.as(who).run<{ concerns: { nodes: View[] } }>(
    `query ($classes: [ConcernClass!], $states: [ConcernState!], $area: AreaCode) {
      concerns(classes: $classes, states: $states, area: $area, first: 100) { nodes { ${view} } } }`, filter,
  )).concerns.nodes;
async function only(filter: Fields = {}): Promise<View> {
  const found = await list(district, filter);
  expect(found).toHaveLength(1);
  return found[0] as View;
}
const casesBehind = async (id: string, who: Actor): Promise<readonly string[]> =>
  (await platform.as(who).run<{ concern: { cases: { totalCount: number; nodes: { id: string }[] } } }>(
    'query ($id: ID!) { concern(id: $id) { cases(first: 100) { totalCount nodes { id } } } }', { id },
  )).concern.cases.nodes.map((one) => one.id).toSorted();

/** The community looks for concerns as it does every ten minutes. */
async function scan(): Promise<void> {
  await platform.subgraphs.running('community').runTasks();
  await settled(platform.subgraphs);
}
async function scanAgain(): Promise<void> {
  later(10);
  await scan();
}

const residents = [1, 2, 3, 4, 5, 6, 7].map((n) => actor('RESIDENT', null, `resident-${n}`));
const report = (n: number, more: Fields = {}): Promise<string> => cases.submit(residents[n], { category: hazard, ...more });
/** By the phone, or by somebody who leaves no trace. */
const called = (phone: string | null, more: Fields = {}): Promise<string> =>
  cases.submit(clerk, { category: hazard, channel: 'HOTLINE', reporter: { name: '来电人', phone }, ...more });

async function strong(reporters = 3): Promise<readonly string[]> {
  const ids = [];
  for (let n = 0; n < reporters; n += 1) ids.push(await report(n, { community: inStreet[n % 3] }));
  return ids;
}
/** A case that the community has had for longer than the rule lets it. */
async function long(): Promise<string> {
  const id = await cases.bring('IN_PROGRESS');
  now = at('2026-03-09T17:00');
  await scan();
  return id;
}

describe('strongly reported', () => {
  beforeEach(anew, 20_000);

  it('is found when enough different people report one kind of thing in one street, and not before', async () => {
    await report(0);
    await report(0, { community: places.sibling });
    await report(1, { category: accident });
    await scan();
    expect(await list()).toEqual([]);

    later(5);
    await report(2, { community: '340103001003' });
    await scanAgain();
    expect(await only()).toEqual({
      id: expect.any(String) as string, version: 1, class: 'STRONGLY_REPORTED', state: 'OPEN', areaCode: places.street, category: safety, caseNumber: null,
      caseCount: 4, reporterCount: 3, communityCount: null, ruleVersion: 'r-1', foundAt: now.toISOString(), lastFoundAt: now.toISOString(),
      // Two work days after Monday: the end of Wednesday's working hours.
      answerBy: at('2026-03-04T17:00').toISOString(), late: false, closedAt: null, answers: [],
    });
  });

  it('takes one phone for one person, and those who leave none for as many as their cases', async () => {
    await called('13812345678');
    await called('13812345678');
    await called(null);
    await scan();
    expect(await list()).toEqual([]);
    await called(null);
    await scanAgain();
    expect(await only()).toMatchObject({ caseCount: 4, reporterCount: 3 });
  });

  it.each([
    ['of another kind', { category: greenery }],
    ['in another street', { community: places.otherCommunity }],
    ['from before the window', { reportedAt: '2026-02-23T00:59:00Z' }],
  ])('does not count what is %s', async (_name, more) => {
    await report(0);
    await report(1);
    await report(2, more);
    await scan();
    expect(await list()).toEqual([]);
  });

  it('does not count what was withdrawn', async () => {
    const [first = ''] = await strong();
    await cases.walk(first, [[residents[0] as Actor, 'caseWithdraw']]);
    await scan();
    expect(await list()).toEqual([]);
  });

  it('counts a category short of the depth for itself, not for what lies below it', async () => {
    expect(await publish('r-2', { stronglyReported: { ...rule.stronglyReported, categoryDepth: 3 } })).toEqual([]);
    const ids = [await report(0, { category: safety }), await report(1, { category: safety }), await report(2, { category: safety })];
    await report(3, { category: hazard });
    await scan();
    await scanAgain();
    const found = await only();
    expect(found).toMatchObject({ category: safety, caseCount: 3, reporterCount: 3 });
    expect(await casesBehind(found.id, district)).toEqual(ids.toSorted());
  });

  it('forgets what has left the window', async () => {
    await report(0);
    await report(1);
    later(7 * aDay + 1);
    await report(2);
    await scan();
    expect(await list(district, { classes: ['STRONGLY_REPORTED'] })).toEqual([]);
  });
});

describe('common to many', () => {
  beforeEach(anew, 20_000);

  const perCommunity = async (times: readonly number[]): Promise<void> => {
    // One person who moves about: many communities, not many reporters.
    for (const [i, n] of times.entries()) for (let k = 0; k < n; k += 1) await report(0, { community: inDistrict[i] });
  };

  it('is found when enough communities of one district have enough cases each', async () => {
    await perCommunity([2, 2, 1]);
    await scan();
    expect(await list()).toEqual([]);
    await report(0, { community: inDistrict[2], category: accident });
    await scanAgain();
    expect(await only()).toMatchObject({
      class: 'COMMON', areaCode: places.district, category: safety, caseCount: 6, reporterCount: null, communityCount: 3,
    });
  });

  it('is not put together from two districts', async () => {
    await perCommunity([2, 2]);
    for (let k = 0; k < 2; k += 1) await report(0, { community: '340104001001' });
    await scan();
    expect(await list(city)).toEqual([]);
  });
});

describe('long unresolved', () => {
  beforeEach(anew, 20_000);

  it('is found once the work days have passed, not a minute before', async () => {
    const id = await cases.bring('IN_PROGRESS');
    now = at('2026-03-09T16:59');
    await scan();
    expect(await list()).toEqual([]);
    now = at('2026-03-09T17:09');
    await scan();
    expect(await only()).toMatchObject({
      class: 'LONG_UNRESOLVED', areaCode: places.community, category: hazard, caseCount: 1, reporterCount: null, communityCount: null,
      caseNumber: expect.stringMatching(/^HF260302-/) as string,
    });
    expect(await casesBehind((await only()).id, district)).toEqual([id]);
  });

  it('is found when too much of the time to resolve it is used', async () => {
    const byClock = { workDays: null, times: null, resolvePercent: 200 };
    expect(await publish('r-2', { longUnresolved: { ...rule.longUnresolved, ...byClock } })).toEqual([]);
    // A consultation has three work days from Monday: 100 % on Thursday the 5th, 17:00; twice that is 23 hours of work later.
    await cases.bring('IN_PROGRESS', { demandType: 'CONSULTATION' });
    now = at('2026-03-10T16:59');
    await scan();
    expect(await list()).toEqual([]);
    now = at('2026-03-12T17:00');
    await scan();
    expect(await only()).toMatchObject({ class: 'LONG_UNRESOLVED' });
  });

  it('is found when it was returned too often', async () => {
    const id = await cases.bring('STREET_RETURNED');
    await scan();
    expect(await list()).toEqual([]);
    const again: readonly Step[] = [[clerk, 'caseRedispatch', { upward: true }], [street, 'dispatchReturn', { note: '不属本街道' }]];
    await cases.walk(id, again);
    await scanAgain();
    expect(await only()).toMatchObject({ class: 'LONG_UNRESOLVED' });
  });

  it('is not what has been resolved in time', async () => {
    await cases.bring('RESOLVED');
    now = at('2026-03-10T09:00');
    await scan();
    expect(await list()).toEqual([]);
  });
});

describe('what has been found', () => {
  beforeEach(anew, 20_000);

  it('is found once, however often and by however many it is looked for', async () => {
    await strong();
    await Promise.all([scan(), scan(), scan()]);
    const first = await only();
    await scanAgain();
    await scanAgain();
    expect(await only()).toEqual(first);
  });

  it('grows while it is open, and an officer who is about to answer need not read it again', async () => {
    const ids = await strong();
    await scan();
    const { id, version } = await only();
    const more = await report(3);
    await scanAgain();
    expect(await only()).toMatchObject({ id, version, caseCount: 4, reporterCount: 4, foundAt: monday.toISOString(), lastFoundAt: now.toISOString() });
    expect(await casesBehind(id, district)).toEqual([...ids, more].toSorted());
    expect(await send(district, 'concernAnswer', { concernId: id, expectedVersion: version, text: '已排查', measures: '限期整改' })).toEqual([]);
    await report(4);
    await scanAgain();
    expect(await only()).toMatchObject({ state: 'ANSWERED', caseCount: 5, reporterCount: 5, answers: [{ text: '已排查' }] });
  });

  it('begins anew once its answer is accepted, from what comes after that alone', async () => {
    await strong();
    await scan();
    const first = await only();
    expect(await send(district, 'concernAnswer', { concernId: first.id, expectedVersion: 1, text: '已排查', measures: '限期整改' })).toEqual([]);
    expect(await send(city, 'concernAccept', { concernId: first.id, expectedVersion: 2 })).toEqual([]);
    later(10);
    await report(0);
    await report(1);
    await scan();
    expect(await list()).toHaveLength(1);
    await report(2);
    await scanAgain();
    const second = await only({ states: ['OPEN'] });
    expect(second).toMatchObject({ caseCount: 3, reporterCount: 3, areaCode: places.street, category: safety });
    expect(second.id).not.toBe(first.id);
    expect(await casesBehind(second.id, district)).toHaveLength(3);
    expect((await list(district, { states: ['CLOSED'] })).map(({ id, caseCount }) => [id, caseCount])).toEqual([[first.id, 3]]);
  });

  it('comes again for a case that stays open as long once more', async () => {
    await long();
    const { id } = await only();
    expect(await send(district, 'concernAnswer', { concernId: id, expectedVersion: 1, text: '正在协调', measures: '已约谈' })).toEqual([]);
    expect(await send(city, 'concernAccept', { concernId: id, expectedVersion: 2 })).toEqual([]);
    now = at('2026-03-16T16:59');
    await scan();
    expect(await list()).toHaveLength(1);
    now = at('2026-03-16T17:09');
    await scan();
    expect((await list()).map(({ state }) => state)).toEqual(['OPEN', 'CLOSED']);
  });

  it('depends on the version of the rule that is in force', async () => {
    await report(0);
    await report(1);
    await scan();
    expect(await list()).toEqual([]);
    // The minute of the next look is not waited for.
    expect(await publish('r-2', { stronglyReported: { ...rule.stronglyReported, reporters: 2, answerWorkDays: 4 } })).toEqual([]);
    await scan();
    expect(await only()).toMatchObject({ ruleVersion: 'r-2', answerBy: at('2026-03-06T17:00').toISOString() });
    expect(await publish('r-3', { stronglyReported: { ...rule.stronglyReported, reporters: 2, categoryDepth: 3, within: 'COMMUNITY' } })).toEqual([]);
    await scan();
    expect((await list()).map(({ areaCode, category, ruleVersion }) => [areaCode, category, ruleVersion]).toSorted()).toEqual([
      [places.street, safety, 'r-2'], [places.community, hazard, 'r-3'],
    ].toSorted());
  });

  it('measures cases that were open before by a new rule too', async () => {
    await cases.bring('IN_PROGRESS');
    now = at('2026-03-04T09:00');
    await scan();
    expect(await list()).toEqual([]);
    expect(await publish('r-2', { longUnresolved: { ...rule.longUnresolved, workDays: 1 } })).toEqual([]);
    await scan();
    expect(await only()).toMatchObject({ class: 'LONG_UNRESOLVED', ruleVersion: 'r-2' });
  });

  it('reaches the district once that is up again', async () => {
    await platform.subgraphs.stop('district');
    await strong();
    await platform.subgraphs.running('community').runTasks();
    await platform.subgraphs.start('district');
    await settled(platform.subgraphs);
    expect(await only()).toMatchObject({ class: 'STRONGLY_REPORTED' });
  });

  it('costs as many queries with many cases as with few', async () => {
    await report(0);
    // What the submissions themselves still cause elsewhere is no part of it.
    const queries = async () => (await commandsDuring(platform.subgraphs, scanAgain)).filter((command) => /^community \w+ (cases|concerns|scans)$/.test(command));
    await scanAgain();
    const few = await queries();
    for (let n = 0; n < 14; n += 1) await report(n % 2, { community: inStreet[n % 2], category: n % 4 < 2 ? hazard : accident });
    expect(await queries()).toEqual(few);
    expect(few.filter((command) => command !== 'community find cases')).toEqual([
      'community aggregate cases', 'community aggregate cases', 'community distinct cases', 'community find concerns',
      'community update scans', 'community update scans', 'community update scans',
    ]);
    expect(await list()).toEqual([]);
  });
});

const answer = { text: '已全面排查', measures: '三日内整改,街道负责' };

describe('the answer', () => {
  const act = (who: Actor, mutation: string, { id, version }: View, more: Fields = {}) =>
    send(who, mutation, { concernId: id, expectedVersion: version, ...more });
  beforeEach(anew, 20_000);

  it('is given by the district, sent back and then accepted by the city, and known for late', async () => {
    await strong();
    await scan();
    now = at('2026-03-04T16:59');
    expect(await only()).toMatchObject({ late: false });
    expect(await act(district, 'concernAnswer', await only(), answer)).toEqual([]);
    expect(await only()).toMatchObject({ state: 'ANSWERED', answerBy: null, late: false });
    expect(await act(city, 'concernReject', await only(), { note: '请写明时限' })).toEqual([]);
    expect(await only()).toMatchObject({ state: 'OPEN', answerBy: at('2026-03-06T17:00').toISOString() });
    now = at('2026-03-06T17:01');
    expect(await only()).toMatchObject({ late: true });
    expect(await act(district, 'concernAnswer', await only(), answer)).toEqual([]);
    expect(await only()).toMatchObject({ state: 'ANSWERED', late: true });
    expect(await act(city, 'concernAccept', await only(), { note: '同意' })).toEqual([]);
    expect(await only()).toMatchObject({
      state: 'CLOSED', closedAt: now.toISOString(), late: true, answers: [
        { ...answer, late: false, accepted: false, note: '请写明时限' }, { ...answer, late: true, accepted: true, note: '同意' },
      ],
    });
  });

  it('leaves the timeline of the cases alone', async () => {
    const [id = ''] = await strong();
    const before = await cases.look(id);
    await scan();
    expect(await act(district, 'concernAnswer', await only(), answer)).toEqual([]);
    expect(await act(city, 'concernAccept', await only())).toEqual([]);
    expect(await cases.look(id)).toEqual(before);
  });

  it('is given once for one key, and says what may be done now', async () => {
    await strong();
    await scan();
    const subject = await only();
    const input = { ...answer, idempotencyKey: 'answer-1' };
    expect(await act(district, 'concernAnswer', subject, input)).toEqual([]);
    expect(await act(district, 'concernAnswer', subject, input)).toEqual([]);
    expect((await only()).answers).toHaveLength(1);
    const may = async (who: Actor): Promise<string[]> =>
      (await platform.as(who).run<{ concern: { availableActions: { action: string; available: boolean }[] } }>(
        'query ($id: ID!) { concern(id: $id) { availableActions { action available } } }', { id: subject.id },
      )).concern.availableActions.filter(({ available }) => available).map(({ action }) => action);
    expect([await may(district), await may(city), await may(auditor)]).toEqual([[], ['ACCEPT', 'REJECT'], []]);
  });
});

describe('a refusal', () => {
  /** One is open in the first street, one answered in the second. */
  const ids: Record<'OPEN' | 'ANSWERED', string> = { OPEN: '', ANSWERED: '' };
  const read = async (id: string): Promise<View> =>
    (await platform.as(auditor).run<{ concern: View }>(`query ($id: ID!) { concern(id: $id) { ${view} } }`, { id })).concern;

  beforeAll(async () => {
    await anew();
    await strong();
    for (let n = 0; n < 3; n += 1) await report(n, { community: places.otherCommunity });
    await scan();
    ids.OPEN = (await only({ area: places.street })).id;
    ids.ANSWERED = (await only({ area: places.otherStreet })).id;
    expect(await send(district, 'concernAnswer', { concernId: ids.ANSWERED, expectedVersion: 1, ...answer })).toEqual([]);
  });

  it.each<[string, keyof typeof ids, Actor, string, Fields, string]>([
    ['the street answers', 'OPEN', street, 'concernAnswer', answer, 'ROLE_NOT_ALLOWED'],
    ['another district answers', 'OPEN', actor('DISTRICT_OFFICER', places.otherDistrict), 'concernAnswer', answer, 'NOT_FOUND'],
    ['the city answers', 'OPEN', city, 'concernAnswer', answer, 'ROLE_NOT_ALLOWED'],
    ['a resident answers', 'OPEN', people.resident, 'concernAnswer', answer, 'NOT_FOUND'],
    ['a department answers', 'OPEN', people.districtUnit, 'concernAnswer', answer, 'NOT_FOUND'],
    ['there is no answer', 'OPEN', district, 'concernAnswer', { ...answer, text: ' ' }, 'INVALID_INPUT'],
    ['there are no measures', 'OPEN', district, 'concernAnswer', { ...answer, measures: '' }, 'INVALID_INPUT'],
    ['the answer is too long', 'OPEN', district, 'concernAnswer', { ...answer, text: '长'.repeat(2_001) }, 'INVALID_INPUT'],
    ['the measures are too long', 'OPEN', district, 'concernAnswer', { ...answer, measures: '长'.repeat(2_001) }, 'INVALID_INPUT'],
    ['the version is old', 'OPEN', district, 'concernAnswer', { ...answer, expectedVersion: 9 }, 'STALE_VERSION'],
    ['it does not exist', 'OPEN', district, 'concernAnswer', { ...answer, concernId: 'nobody' }, 'NOT_FOUND'],
    ['it is accepted before the answer', 'OPEN', city, 'concernAccept', {}, 'TRANSITION_NOT_ALLOWED'],
    ['it is sent back before the answer', 'OPEN', city, 'concernReject', { note: '退回' }, 'TRANSITION_NOT_ALLOWED'],
    ['it is answered twice', 'ANSWERED', district, 'concernAnswer', answer, 'TRANSITION_NOT_ALLOWED'],
    ['the district accepts its own answer', 'ANSWERED', district, 'concernAccept', {}, 'ROLE_NOT_ALLOWED'],
    ['the auditor accepts it', 'ANSWERED', auditor, 'concernAccept', {}, 'ROLE_NOT_ALLOWED'],
    ['it is sent back without a reason', 'ANSWERED', city, 'concernReject', { note: ' ' }, 'INVALID_INPUT'],
    ['the note is too long', 'ANSWERED', city, 'concernAccept', { note: '长'.repeat(2_001) }, 'INVALID_INPUT'],
  ])('changes nothing when %s', async (_name, state, who, mutation, more, code) => {
    const before = await read(ids[state]);
    const input = { concernId: before.id, expectedVersion: before.version, ...more };
    expect((await send(who, mutation, input)).map((error) => error.code)).toEqual([code]);
    expect(await read(before.id)).toEqual(before);
  });
});

describe('the list', () => {
  let strongly: readonly string[] = [];

  beforeAll(async () => {
    await anew();
    await long();
    now = at('2026-03-10T09:00');
    strongly = await strong();
    await scan();
  });

  it('is of those whose area lies in the viewer’s, oldest due first', async () => {
    const all = (await list(city)).map(({ class: name }) => name);
    expect(all).toEqual(['LONG_UNRESOLVED', 'STRONGLY_REPORTED']);
    const seen = async (who: Actor) => (await list(who)).map(({ class: name }) => name);
    expect(await seen(district)).toEqual(all);
    expect(await seen(auditor)).toEqual(all);
    expect(await seen(street)).toEqual(all);
    expect(await seen(clerk)).toEqual(['LONG_UNRESOLVED']);
    for (const who of [
      actor('DISTRICT_OFFICER', places.otherDistrict), actor('STREET_CLERK', places.otherStreet), actor('COMMUNITY_CLERK', places.sibling),
      people.resident, people.gridWorker, people.districtUnit, people.integrator,
    ]) expect([who.role, await seen(who)]).toEqual([who.role, []]);
  });

  it('narrows down by class, state and area, page by page, and is the district’s own too', async () => {
    expect(await list(city, { classes: ['LONG_UNRESOLVED'] })).toHaveLength(1);
    expect(await list(city, { states: ['ANSWERED', 'CLOSED'] })).toEqual([]);
    expect(await list(city, { area: places.community })).toHaveLength(1);
    expect(await list(city, { area: places.otherDistrict })).toEqual([]);
    const page = 'query ($after: String) { concerns(first: 1, after: $after) { totalCount nodes { class } pageInfo { hasNextPage endCursor } } }';
    type Page = { concerns: { totalCount: number; nodes: { class: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
    const { concerns: first } = await platform.as(city).run<Page>(page);
    expect(first).toMatchObject({ totalCount: 2, nodes: [{ class: 'LONG_UNRESOLVED' }], pageInfo: { hasNextPage: true } });
    const { concerns: second } = await platform.as(city).run<Page>(page, { after: first.pageInfo.endCursor });
    expect(second).toMatchObject({ nodes: [{ class: 'STRONGLY_REPORTED' }], pageInfo: { hasNextPage: false } });
    const own = await platform.as(district).run<{ districts: { code: string; concerns: { totalCount: number } }[] }>(
      '{ districts { code concerns(states: [OPEN]) { totalCount } } }',
    );
    expect(own.districts.filter(({ concerns }) => concerns.totalCount > 0)).toEqual([{ code: places.district, concerns: { totalCount: 2 } }]);
  });

  it('shows of the cases behind it only those that the viewer may see', async () => {
    const [unresolved, wide] = await list(city);
    for (const who of [city, street]) expect(await casesBehind(wide?.id ?? '', who)).toEqual([...strongly].toSorted());
    expect(await casesBehind(unresolved?.id ?? '', clerk)).toHaveLength(1);
    for (const who of [clerk, people.resident, null]) {
      const { data } = await platform.as(who).attempt<{ concern: unknown }>('query ($id: ID!) { concern(id: $id) { id } }', { id: wide?.id });
      expect(data?.concern ?? null).toBeNull();
    }
  });

  it.each(['{ concerns { totalCount } }', '{ concern(id: "1") { id } }'])('is for those who have signed in: %s', async (query) => {
    const { errors } = await platform.as(null).attempt(query);
    expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['UNAUTHENTICATED']);
  });
});

describe('the rule', () => {
  beforeAll(anew, 20_000);

  const inForce = async () => (await platform.as(null).run<{ concernRule: Fields; concernRules: { totalCount: number; nodes: unknown[] } }>(/* GraphQL */ `{
    concernRule { version number isInForce publishedBy stronglyReported { reporters days categoryDepth within answerWorkDays source }
      longUnresolved { resolvePercent workDays times answerWorkDays } common { communities cases days categoryDepth answerWorkDays } }
    concernRules { totalCount nodes { version } }
  }`));

  it('is published in versions, the platform’s own the first', async () => {
    expect(await inForce()).toMatchObject({
      concernRule: {
        version: 'r-1', number: 1, isInForce: true, publishedBy: null, longUnresolved: { resolvePercent: 200, workDays: 5, times: 2 },
        stronglyReported: { reporters: 3, within: 'STREET', source: '合政办〔2026〕2 号 / City order 2 of 2026' }, common: { communities: 3, cases: 2 },
      },
      concernRules: { totalCount: 2, nodes: [{ version: 'r-1' }, { version: 'platform-1' }] },
    });
    expect(await publish('r-1')).toMatchObject([{ code: 'DUPLICATE', field: ['input', 'version'] }]);
  });

  it.each<[string, Fields, Actor, string, readonly string[] | null]>([
    ['a district publishes', {}, district, 'ROLE_NOT_ALLOWED', null],
    ['one reporter would do', { stronglyReported: { ...rule.stronglyReported, reporters: 1 } }, city, 'INVALID_INPUT', ['input', 'stronglyReported', 'reporters']],
    ['one community would do', { common: { ...rule.common, communities: 1 } }, city, 'INVALID_INPUT', ['input', 'common', 'communities']],
    ['the window is empty', { common: { ...rule.common, days: 0 } }, city, 'INVALID_INPUT', ['input', 'common', 'days']],
    ['the window is years long', { common: { ...rule.common, days: 367 } }, city, 'INVALID_INPUT', ['input', 'common', 'days']],
    ['a clock is not used up', { longUnresolved: { ...rule.longUnresolved, resolvePercent: 99 } }, city, 'INVALID_INPUT', ['input', 'longUnresolved', 'resolvePercent']],
    ['nothing makes a case long unresolved', { longUnresolved: terms }, city, 'INVALID_INPUT', ['input', 'longUnresolved']],
    ['no time is left for the answer', { common: { ...rule.common, answerWorkDays: 0 } }, city, 'INVALID_INPUT', ['input', 'common', 'answerWorkDays']],
    ['it has no source', { common: { ...rule.common, sourceEn: ' ' } }, city, 'INVALID_INPUT', ['input', 'common']],
    ['its source is too long', { common: { ...rule.common, sourceZh: '长'.repeat(201) } }, city, 'INVALID_INPUT', ['input', 'common']],
    ['its name is no name', { version: '规则' }, city, 'INVALID_INPUT', ['input', 'version']],
  ])('stays as it is when %s', async (_name, more, who, code, field) => {
    const before = await inForce();
    expect(await publish('r-2', more, who)).toMatchObject([{ code, field }]);
    expect(await inForce()).toEqual(before);
  });
});
