// AB 岗 through the gateway: who plans, what is refused, who answers then, now and later, and whose list a case is on.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, people, places, settled, solved, units, type Cases, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { commandsDuring } from '../kit/subgraphs.js';

const { resident, street, district, city, auditor, gridWorker, integrator } = people;
/** Monday, 2 March 2026, 10:00 in Shanghai. */
const start = new Date('2026-03-02T02:00:00Z');
const day = (n: number): string => new Date(start.getTime() + n * 86_400_000).toISOString();
let now = start;
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'responsibility', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());
beforeEach(() => {
  now = start;
});

type Fields = Readonly<Record<string, unknown>>;
interface PostView { readonly id: string; readonly version: number; readonly to: string | null }
interface AbsenceView { readonly id: string; readonly version: number; readonly cancelledAt: string | null }
interface Result<T> { readonly entity: T | null; readonly userErrors: readonly UserError[] }

async function send<T>(who: Actor, mutation: string, input: Fields): Promise<Result<T>> {
  const entity = mutation.startsWith('post') ? 'post' : 'absence';
  const selection = entity === 'post' ? 'id version to' : 'id version cancelledAt';
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, Record<string, T | null> & { userErrors: UserError[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${entity} { ${selection} } userErrors { code message field } } }`, { input },
  );
  return { entity: data[mutation]?.[entity] ?? null, userErrors: data[mutation]?.userErrors ?? [] };
}

async function done<T>(who: Actor, mutation: string, input: Fields): Promise<T> {
  const { entity, userErrors } = await send<T>(who, mutation, input);
  if (!entity || userErrors.length > 0) throw new Error(`${mutation} by ${who.id}: ${JSON.stringify(userErrors)}`);
  return entity;
}

const officer = ({ id }: Actor): Fields => ({ actorId: id, name: `姓名 ${id}` });
const create = (who: Actor, a: Actor, b: Actor, more: Fields = {}): Promise<PostView> =>
  done(who, 'postCreate', { name: '综合岗', a: officer(a), b: officer(b), ...more });
const away = (who: Actor, from: number, to: number, more: Fields = {}): Promise<AbsenceView> =>
  done(who, 'absencePlan', { from: day(from), to: day(to), reason: 'LEAVE', ...more });

/** An office with two clerks of its own, so that nobody else fills its list. */
const office = (community: string) => ({
  community,
  first: actor('COMMUNITY_CLERK', community, `${community}-first`),
  second: actor('COMMUNITY_CLERK', community, `${community}-second`),
  third: actor('COMMUNITY_CLERK', community, `${community}-third`),
});

interface Responsible {
  readonly holder: { readonly level: string; readonly area: string; readonly unit: string | null };
  readonly postName: string | null;
  readonly post: { readonly id: string } | null;
  readonly person: { readonly actorId: string | null; readonly name: string } | null;
  readonly as: 'A' | 'B' | null;
  readonly since: string;
}
const responsibleText = `query ($id: ID!, $at: DateTime) {
  case(id: $id) { responsible(at: $at) { holder { level area unit } postName post { id } person { actorId name } as since } }
}`;
const responsible = async (id: string, at: string | null = null, who: Actor = auditor): Promise<Responsible | null> =>
  (await platform.as(who).run<{ case: { responsible: Responsible | null } }>(responsibleText, { id, at })).case.responsible;
const person = async (id: string, at: string | null = null): Promise<unknown> => {
  const found = await responsible(id, at);
  return found && [found.person?.actorId ?? found.holder.area, found.as, found.since];
};

/** All pages of the list; fails when one says another total. */
async function toDo(who: Actor, responsibility?: 'MINE' | 'ALL', first = 2): Promise<string[]> {
  const text = `query ($r: ToDoResponsibility! = ALL, $first: Int, $after: String) {
    toDo(responsibility: $r, first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor } nodes { id } }
  }`;
  const found: string[] = [];
  for (let after: string | null = null; ;) {
    interface Page { totalCount: number; pageInfo: { hasNextPage: boolean; endCursor: string }; nodes: { id: string }[] }
    const { toDo: page }: { toDo: Page } = await platform.as(who).run(text, { r: responsibility, first, after });
    found.push(...page.nodes.map(({ id }) => id));
    if (!page.pageInfo.hasNextPage) {
      expect(found).toHaveLength(page.totalCount);
      return found;
    }
    after = page.pageInfo.endCursor;
  }
}

describe('a pair', () => {
  const { community, first, second, third } = office('340103001003');
  let [post, lamp, road]: [PostView | null, string, string] = [null, '', ''];

  it('answers for the cases of its office: A now, B while A is away, and A again', async () => {
    post = await create(first, first, second);
    [lamp, road] = [await cases.submit(resident, { community }), await cases.submit(resident, { community, title: '路面破损' })];
    now = new Date(day(1));
    await away(first, 2, 4);

    const at = [day(0), day(2), day(4)];
    expect(await Promise.all([null, ...at].map((when) => person(lamp, when)))).toEqual([
      [first.id, 'A', at[0]], [first.id, 'A', at[0]], [second.id, 'B', at[1]], [first.id, 'A', at[2]],
    ]);
    expect(await responsible(lamp)).toMatchObject({ postName: '综合岗', post: { id: post.id }, holder: { level: 'COMMUNITY', area: community, unit: null } });
  });

  it('has its to-do follow it, without anything being written', async () => {
    const both = [lamp, road].toSorted();
    const lists = async (): Promise<string[][]> =>
      (await Promise.all([first, second, third].map((who) => toDo(who, 'MINE', 1)))).map((list) => list.toSorted());
    now = new Date(day(1));
    expect(await lists()).toEqual([both, [], []]);
    now = new Date(day(2));
    const written = await commandsDuring(platform.subgraphs, async () => {
      expect(await lists()).toEqual([[], both, []]);
    });
    expect(written.filter((command) => !/ (find|aggregate) /.test(command))).toEqual([]);
    now = new Date(day(4));
    expect(await lists()).toEqual([both, [], []]);
    for (const who of [first, second, third]) expect((await toDo(who)).toSorted()).toEqual(both);
  });

  it('says for the past who answered then, whatever has changed since', async () => {
    now = new Date(day(5));
    await done(first, 'postAssign', { postId: post?.id, expectedVersion: 1, a: officer(third), b: officer(second) });
    now = new Date(day(6));
    await done(first, 'postEnd', { postId: post?.id, expectedVersion: 2 });
    now = new Date(day(7));
    const days = [0, 2, 4, 5, 6].map(day);
    expect(await Promise.all(days.map((when) => person(lamp, when)))).toEqual([
      [first.id, 'A', day(0)], [second.id, 'B', day(2)], [first.id, 'A', day(4)], [third.id, 'A', day(5)], [community, null, day(6)],
    ]);
    // Without a post the office answers: everybody has the whole list.
    expect((await toDo(third, 'MINE')).toSorted()).toEqual([lamp, road].toSorted());
  });
});

it('answers by who held the case then, who holds it now, and nobody before its submission or after its end', async () => {
  const { community, first, second } = office('340103001004');
  const outer = actor('STREET_CLERK', places.street, 'street-second');
  const unit = actor('DEPARTMENT_OFFICER', units.street);
  await create(first, first, second);
  const own = await create(street, street, outer);
  const ofUnit = await create(street, unit, outer, { unit: units.street, name: '单位岗' });
  const id = await cases.submit(resident, { community });
  const step = async (n: number, ...walk: Parameters<Cases['walk']>[1]): Promise<void> => {
    now = new Date(day(n));
    await cases.walk(id, walk);
  };
  await step(1, [first, 'caseAccept'], [first, 'caseForward']);
  await step(2, [street, 'dispatchReturn', { note: '不属本街道' }]);
  await step(3, [first, 'caseRedispatch', { upward: true }], [street, 'dispatchSign'], [street, 'dispatchAssign', { unit: units.street }], [unit, 'dispatchSign']);
  await step(4, [unit, 'dispatchResolve', solved]);
  await step(5, [resident, 'caseRate', { responded: true, solved: true, satisfaction: 5 }]);
  await settled(platform.subgraphs);

  now = new Date(day(6));
  expect(await Promise.all([-1, 0, 1, 2, 3, 4, 5].map((n) => person(id, day(n))))).toEqual([
    null, [first.id, 'A', day(0)], [street.id, 'A', day(1)], [first.id, 'A', day(2)], [unit.id, 'A', day(3)], [unit.id, 'A', day(3)], null,
  ]);
  expect(await person(id)).toBeNull();
  await done(street, 'postEnd', { postId: own.id, expectedVersion: 1 });
  await done(unit, 'postEnd', { postId: ofUnit.id, expectedVersion: 1 });
});

it('answers by the most specific post, and every case is on somebody\'s own list', async () => {
  const { community, first, second, third } = office('340103001005');
  const grid = `${community}001`;
  await create(first, second, third, { name: '城建岗', categories: ['城乡建设'] });
  await create(first, third, second, { name: '安全岗', categories: ['城乡建设/安全生产', '环境保护'] });
  await create(first, first, third, { name: '网格岗', grids: [grid] });
  const submit = (category: string, more: Fields = {}): Promise<string> => cases.submit(resident, { community, category, ...more });
  const ids = {
    city: await submit('城乡建设'), safety: await submit('城乡建设/安全生产/安全隐患'), grid: await submit('城乡建设/安全生产', { grid }),
    noise: await submit('环境保护'), other: await submit('教育文体'),
  };
  expect(await Promise.all(Object.values(ids).map(async (id) => (await responsible(id))?.postName ?? null)))
    .toEqual(['城建岗', '安全岗', '网格岗', '安全岗', null]);
  const mine = async (who: Actor): Promise<string[]> => (await toDo(who, 'MINE')).toSorted();
  expect(await mine(first)).toEqual([ids.grid, ids.other].toSorted());
  expect(await mine(second)).toEqual([ids.city, ids.other].toSorted());
  expect(await mine(third)).toEqual([ids.safety, ids.noise, ids.other].toSorted());
  await away(third, 0, 1);
  expect(await mine(second)).toEqual([ids.city, ids.safety, ids.noise, ids.other].toSorted());
  expect(await mine(third)).toEqual([ids.other]);
});

it('leaves the to-do whole for those without posts: an office that has none, a resident, a grid worker', async () => {
  const { community, first } = office('340103001006');
  const reporter = actor('RESIDENT', null, 'posts-resident');
  const id = await cases.submit(reporter, { community });
  expect(await toDo(first, 'MINE')).toEqual([id]);
  expect(await responsible(id)).toMatchObject({ postName: null, post: null, person: null, as: null, since: day(0), holder: { area: community } });
  await cases.walk(id, [[first, 'caseAccept'], [first, 'caseRequestInfo', { note: '哪一盏' }]]);
  expect(await toDo(reporter, 'MINE')).toEqual([id]);
  expect(await toDo(gridWorker, 'MINE')).toEqual(await toDo(gridWorker));
});

interface Register { readonly posts: readonly unknown[]; readonly absences: readonly unknown[] }
/** Everything that is stored. */
async function register(): Promise<Register> {
  const { connection } = platform.subgraphs.running('community');
  const [posts, absences] = await Promise.all(['posts', 'absences'].map((name) => connection.collection(name).find().sort({ _id: 1 }).toArray()));
  return { posts: posts ?? [], absences: absences ?? [] };
}

async function refused(who: Actor, mutation: string, input: Fields): Promise<unknown[]> {
  const before = await register();
  const { userErrors } = await send(who, mutation, input);
  expect(await register()).toEqual(before);
  return userErrors.map(({ code, field }) => [code, field?.[1] ?? null]);
}

describe('planning', () => {
  const { community, first, second, third } = office('340103001007');
  const other = office('340103002003');
  let post: PostView;
  let leave: AbsenceView;
  const pair = { a: officer(first), b: officer(second) };

  beforeAll(async () => {
    now = start;
    post = await create(first, first, second);
    leave = await away(second, 10, 12);
  });

  it.each<[string, Actor, Fields, string, string | null]>([
    ['another answers for the same', first, {}, 'DUPLICATE', 'categories'],
    ['A is B', first, { b: officer(first), categories: ['民政'] }, 'INVALID_INPUT', 'b'],
    ['a name is empty', first, { a: { actorId: first.id, name: '' }, categories: ['民政'] }, 'INVALID_INPUT', 'a'],
    ['the category is not in the taxonomy', first, { categories: ['民'] }, 'INVALID_INPUT', 'categories'],
    ['there is no such grid', first, { grids: [`${community}999`] }, 'INVALID_INPUT', 'grids'],
    ['the grid is another community\'s', first, { grids: [`${other.community}001`] }, 'OUT_OF_SCOPE', 'grids'],
    ['there is no such unit', first, { unit: `${community}-77` }, 'INVALID_INPUT', 'unit'],
    ['the unit is another area\'s', first, { unit: `${other.community}-02` }, 'OUT_OF_SCOPE', null],
    ['it begins before now', first, { from: day(-1), categories: ['民政'] }, 'INVALID_INPUT', 'from'],
    ['it ends before it begins', first, { from: day(2), to: day(1), categories: ['民政'] }, 'INVALID_INPUT', 'to'],
    ['a resident plans', resident, {}, 'OUT_OF_SCOPE', null],
    ['a grid worker plans', gridWorker, {}, 'OUT_OF_SCOPE', null],
    ['an auditor plans', auditor, {}, 'OUT_OF_SCOPE', null],
    ['another system plans', integrator, {}, 'OUT_OF_SCOPE', null],
    ['the key is too long', first, { categories: ['民政'], idempotencyKey: 'k'.repeat(101) }, 'INVALID_INPUT', 'idempotencyKey'],
  ])('creates no post when %s', async (_name, who, more, code, field) => {
    expect(await refused(who, 'postCreate', { name: '综合岗', ...pair, ...more })).toEqual([[code, field]]);
  });

  it.each<[string, Actor, () => Fields, string, string | null]>([
    ['the version is old', first, () => ({ expectedVersion: 7 }), 'STALE_VERSION', 'expectedVersion'],
    ['there is no such post', first, () => ({ postId: 'none' }), 'NOT_FOUND', 'postId'],
    ['another community does it', other.first, () => ({}), 'NOT_FOUND', 'postId'],
    ['a resident does it', resident, () => ({}), 'NOT_FOUND', 'postId'],
    ['a superior does it', street, () => ({}), 'OUT_OF_SCOPE', null],
    ['it begins before now', first, () => ({ from: day(-1) }), 'INVALID_INPUT', 'from'],
    ['A is B', first, () => ({ a: officer(third), b: officer(third) }), 'INVALID_INPUT', 'b'],
  ])('changes no persons when %s', async (_name, who, more, code, field) => {
    const input = { postId: post.id, expectedVersion: 1, a: officer(third), b: officer(second), ...more() };
    expect(await refused(who, 'postAssign', input)).toEqual([[code, field]]);
  });

  it.each<[string, Actor, () => Fields, string, string | null]>([
    ['the version is old', first, () => ({ expectedVersion: 7 }), 'STALE_VERSION', 'expectedVersion'],
    ['another community does it', other.first, () => ({}), 'NOT_FOUND', 'postId'],
    ['the district does it', district, () => ({}), 'OUT_OF_SCOPE', null],
    ['it is in the past', first, () => ({ at: day(-1) }), 'INVALID_INPUT', 'at'],
  ])('ends no post when %s', async (_name, who, more, code, field) => {
    expect(await refused(who, 'postEnd', { postId: post.id, expectedVersion: 1, ...more() })).toEqual([[code, field]]);
  });

  it.each<[string, Actor, Fields, string, string | null]>([
    ['the other is away within it', first, { from: day(9), to: day(13) }, 'UNSTAFFED', 'from'],
    ['the other is away for a part of it', first, { from: day(11), to: day(13) }, 'UNSTAFFED', 'from'],
    ['the planner plans it', second, { actorId: first.id, from: day(11), to: day(13) }, 'UNSTAFFED', 'from'],
    ['there is one already', second, { from: day(11), to: day(13) }, 'DUPLICATE', 'from'],
    ['it begins before now', first, { from: day(-1), to: day(1) }, 'INVALID_INPUT', 'from'],
    ['it ends before it begins', first, { from: day(2), to: day(1) }, 'INVALID_INPUT', 'to'],
    ['it is longer than a year', first, { from: day(20), to: day(400) }, 'INVALID_INPUT', 'to'],
    ['somebody in no post of theirs is meant', other.first, { actorId: first.id, to: day(1) }, 'OUT_OF_SCOPE', 'actorId'],
    ['a superior plans it', street, { actorId: first.id, to: day(1) }, 'OUT_OF_SCOPE', 'actorId'],
    ['a resident plans their own', resident, { to: day(1) }, 'OUT_OF_SCOPE', 'actorId'],
  ])('plans no absence when %s', async (_name, who, more, code, field) => {
    expect(await refused(who, 'absencePlan', { reason: 'LEAVE', ...more })).toEqual([[code, field]]);
  });

  it.each<[string, Actor, () => Fields, string, string | null]>([
    ['the version is old', second, () => ({ expectedVersion: 7 }), 'STALE_VERSION', 'expectedVersion'],
    ['there is none', second, () => ({ absenceId: 'none' }), 'NOT_FOUND', 'absenceId'],
    ['another community does it', other.first, () => ({}), 'NOT_FOUND', 'absenceId'],
    ['the street does it', street, () => ({}), 'OUT_OF_SCOPE', 'actorId'],
  ])('cancels no absence when %s', async (_name, who, more, code, field) => {
    expect(await refused(who, 'absenceCancel', { absenceId: leave.id, expectedVersion: 1, ...more() })).toEqual([[code, field]]);
  });

  it('names the post and the time that would have nobody', async () => {
    const { userErrors } = await send(first, 'absencePlan', { reason: 'LEAVE', from: day(11), to: day(13) });
    expect(userErrors[0]?.message).toMatch(/综合岗.*2026-03-13 10:00.*2026-03-14 10:00/);
  });

  it('refuses to appoint somebody who is away while the other is', async () => {
    await away(third, 11, 12);
    const assign = { postId: post.id, expectedVersion: 1, a: officer(third), b: officer(second) };
    expect(await refused(first, 'postAssign', { ...assign, from: day(5) })).toEqual([['UNSTAFFED', 'a']]);
    expect(await refused(first, 'postCreate', { name: '副岗', a: officer(second), b: officer(third), categories: ['民政'] })).toEqual([['UNSTAFFED', 'a']]);
    expect((await send<PostView>(first, 'postAssign', { ...assign, from: day(12) })).userErrors).toEqual([]);
  });

  it('takes absences one after the other, and one in place of another that was cancelled', async () => {
    await away(first, 9, 10);
    expect(await refused(first, 'absencePlan', { reason: 'LEAVE', from: day(11), to: day(12) })).toEqual([['UNSTAFFED', 'from']]);
    now = new Date(day(11));
    const cut = await done<AbsenceView>(first, 'absenceCancel', { absenceId: leave.id, expectedVersion: 1 });
    expect(cut).toMatchObject({ version: 2, cancelledAt: day(11) });
    await away(first, 11, 12);
    expect(await refused(first, 'absenceCancel', { absenceId: leave.id, expectedVersion: 2 })).toEqual([['TRANSITION_NOT_ALLOWED', null]]);
  });

  it('does a thing once for one key', async () => {
    const once = { name: '民政岗', a: officer(other.first), b: officer(other.second), idempotencyKey: 'post-once' };
    const [one, two] = [await done<PostView>(other.first, 'postCreate', once), await done<PostView>(other.first, 'postCreate', once)];
    expect(two).toEqual(one);
    const leaving = { reason: 'TRAINING', from: day(1), to: day(2), idempotencyKey: 'absence-once' };
    const twice = await Promise.all([1, 2].map(() => done<AbsenceView>(other.first, 'absencePlan', leaving)));
    expect(twice[0]).toEqual(twice[1]);
    expect((await send(other.first, 'absencePlan', { ...leaving, to: day(3) })).userErrors.map(({ code }) => code)).toEqual(['IDEMPOTENCY_KEY_REUSED']);
  });
});

describe('at the same time', () => {
  const { first, second, third } = office('340103002004');
  const codesOf = (results: readonly Result<unknown>[]): string[] => results.map(({ userErrors: [error] }) => error?.code ?? 'ok').toSorted();

  it('two who each plan for one of a pair: one wins, the other is told of the gap', async () => {
    const post = await create(first, first, second);
    for (let n = 1; n <= 8; n += 1) {
      const plan = (who: Actor): Promise<Result<AbsenceView>> =>
        send(who, 'absencePlan', { reason: 'LEAVE', from: day(n * 10), to: day(n * 10 + 5) });
      expect(codesOf(await Promise.all([plan(first), plan(second)]))).toEqual(['UNSTAFFED', 'ok']);
    }
    await done(first, 'postEnd', { postId: post.id, expectedVersion: 1 });
  });

  it('one who appoints a pair, and its two who plan to be away: never all three', async () => {
    for (let n = 1; n <= 5; n += 1) {
      const [from, to] = [day(200 + n * 10), day(205 + n * 10)];
      const plan = (who: Actor): Promise<Result<unknown>> => send(who, 'absencePlan', { reason: 'LEAVE', from, to });
      const [appointed, ...leaves] = await Promise.all([
        send<PostView>(first, 'postCreate', { name: '临时岗', a: officer(second), b: officer(third), from, to, categories: ['民政'] }),
        plan(second), plan(third),
      ]);
      expect(codesOf([appointed as Result<unknown>, ...leaves])).toEqual(['UNSTAFFED', 'ok', 'ok']);
    }
  });

  it('two who create a post for the same, or change one: one wins', async () => {
    // The office above has leaves left from a race that may end either way.
    const { first, second, third } = office('340103003001');
    const make = (who: Actor): Promise<Result<PostView>> =>
      send(who, 'postCreate', { name: '教育岗', a: officer(first), b: officer(third), categories: ['教育文体'] });
    const made = await Promise.all([make(first), make(second), make(third)]);
    expect(codesOf(made)).toEqual(['DUPLICATE', 'DUPLICATE', 'ok']);
    const postId = made.find(({ entity }) => entity)?.entity?.id;
    const change = (who: Actor): Promise<Result<PostView>> =>
      send(who, 'postAssign', { postId, expectedVersion: 1, a: officer(who), b: officer(third), from: day(1) });
    expect(codesOf(await Promise.all([change(first), change(second)]))).toEqual(['STALE_VERSION', 'ok']);
  });
});

describe('at the same time, what is over stays so', () => {
  const { first, second, third } = office('340103002002');

  it('whether one ends a post while another changes its persons, or two cancel one absence', async () => {
    for (let n = 1; n <= 6; n += 1) {
      const { id: postId } = await create(first, first, second, { categories: ['民政'] });
      const target = { postId, expectedVersion: 1 };
      const both = await Promise.all([
        send<PostView>(first, 'postEnd', target), send<PostView>(second, 'postAssign', { ...target, a: officer(third), b: officer(second) }),
      ]);
      expect(both.map(({ userErrors: [error] }) => error?.code ?? 'ok').toSorted()).toEqual(['STALE_VERSION', 'ok']);
      if (both[0]?.userErrors.length !== 0) await done(first, 'postEnd', { postId, expectedVersion: 2 });

      const { id: absenceId } = await away(third, n, n + 1);
      const cancel = () => send<AbsenceView>(third, 'absenceCancel', { absenceId, expectedVersion: 1 });
      expect((await Promise.all([cancel(), cancel()])).map(({ userErrors: [error] }) => error?.code ?? 'ok').toSorted()).toEqual(['STALE_VERSION', 'ok']);
    }
  });
});

describe('who sees what', () => {
  const { community, first, second } = office('340103002005');
  const unitOf = `${community}-02`;
  const unit = actor('DEPARTMENT_OFFICER', unitOf);
  const superior = actor('STREET_CLERK', places.otherStreet);
  let [post, unitPost]: PostView[] = [];
  let id = '';

  beforeAll(async () => {
    now = start;
    post = await create(first, first, second);
    unitPost = await create(first, unit, second, { unit: unitOf, name: '单位岗' });
    await away(first, 1, 2);
    id = await cases.submit(resident, { community });
  });

  it('tells the reporter the person\'s name and the post, and no id', async () => {
    expect(await responsible(id, null, resident)).toMatchObject({
      postName: '综合岗', post: null, person: { actorId: null, name: `姓名 ${first.id}` }, as: 'A',
    });
    expect(await responsible(id, null, superior)).toMatchObject({ post: { id: post?.id }, person: { actorId: first.id } });
  });

  const listed = async (who: Actor, variables: Fields = { area: community }): Promise<string[]> => {
    const text = `query ($area: AreaCode, $unit: UnitCode, $ended: Boolean! = false) {
      posts(area: $area, unit: $unit, includeEnded: $ended, first: 100) { totalCount nodes { id } }
    }`;
    const { posts } = await platform.as(who).run<{ posts: { totalCount: number; nodes: { id: string }[] } }>(text, variables);
    expect(posts.totalCount).toBe(posts.nodes.length);
    return posts.nodes.map((node) => node.id).toSorted();
  };
  const one = async (who: Actor): Promise<unknown> =>
    (await platform.as(who).run('query ($id: ID!) { post(id: $id) { id } }', { id: post?.id }))['post'];

  it('lists the posts for those who plan them, their superiors and auditors, and for nobody else', async () => {
    const both = [post?.id, unitPost?.id].toSorted();
    for (const who of [first, superior, district, city, auditor]) expect([who.id, await listed(who)]).toEqual([who.id, both]);
    expect(await listed(unit)).toEqual([unitPost?.id]);
    expect(await listed(first, { unit: unitOf })).toEqual([unitPost?.id]);
    for (const who of [resident, gridWorker, integrator, street, people.clerk, people.districtUnit]) {
      expect([who.id, await listed(who), await one(who)]).toEqual([who.id, [], null]);
    }
    expect([await one(first), await one(unit)]).toEqual([{ id: post?.id }, null]);
  });

  it('comes in pages, without those that have ended', async () => {
    const ended = await create(first, first, second, { name: '短期岗', categories: ['民政'], from: day(1), to: day(2) });
    const all = [post?.id, unitPost?.id, ended.id].toSorted();
    expect(await listed(first)).toEqual(all);
    const text = 'query ($after: String) { posts(first: 1, after: $after) { totalCount pageInfo { endCursor } nodes { id } } }';
    const found: string[] = [];
    for (let after: string | null = null; found.length < 3;) {
      interface Page { totalCount: number; pageInfo: { endCursor: string }; nodes: { id: string }[] }
      const { posts }: { posts: Page } = await platform.as(first).run(text, { after });
      expect([posts.totalCount, posts.nodes.length]).toEqual([3, 1]);
      found.push(...posts.nodes.map((node) => node.id));
      after = posts.pageInfo.endCursor;
    }
    expect(found.toSorted()).toEqual(all);
    now = new Date(day(3));
    expect([await listed(first), await listed(first, { ended: true })]).toEqual([[post?.id, unitPost?.id].toSorted(), all]);
  });

  it('shows the absences of those in posts that one sees, and one\'s own', async () => {
    const text = 'query ($id: ID) { absences(actorId: $id) { totalCount nodes { from actorId reason } } }';
    const seen = async (who: Actor, actorId: string | null): Promise<unknown> =>
      (await platform.as(who).run<{ absences: { nodes: unknown[] } }>(text, { id: actorId })).absences;
    const theirs = { totalCount: 1, nodes: [{ from: day(1), actorId: first.id, reason: 'LEAVE' }] };
    for (const who of [second, district, auditor]) expect(await seen(who, first.id)).toEqual(theirs);
    expect(await seen(first, null)).toEqual(theirs);
    for (const who of [resident, street, unit, gridWorker]) expect(await seen(who, first.id)).toEqual({ totalCount: 0, nodes: [] });
    const onPost = 'query ($id: ID!, $at: DateTime) { post(id: $id) { onDuty(at: $at) { as person { actorId } } absences { actorId } assignments { from to a { name } } grids { code } categories } }';
    expect((await platform.as(first).run(onPost, { id: post?.id, at: day(1) }))['post']).toEqual({
      onDuty: { as: 'B', person: { actorId: second.id } }, absences: [{ actorId: first.id }],
      assignments: [{ from: day(0), to: null, a: { name: `姓名 ${first.id}` } }], grids: [], categories: [],
    });
  });
});

it('asks the database as often for fifty cases as for five', async () => {
  const { community, first, second } = office('340103002006');
  await create(first, first, second);
  await create(first, second, first, { name: '民政岗', categories: ['民政'] });
  for (let i = 0; i < 50; i += 1) await cases.submit(resident, { community, category: i % 2 === 0 ? '民政' : '城乡建设' });
  await settled(platform.subgraphs);
  const read = (n: number, at: string | null) => commandsDuring(platform.subgraphs, () => platform.as(first).run(
    `query ($n: Int, $at: DateTime, $filter: CaseFilter) {
      cases(first: $n, filter: $filter) { nodes { responsible(at: $at) { postName post { id } person { name } since } } }
    }`, { n, at, filter: { area: community } },
  ));
  const few = await read(5, null);
  expect(few).toEqual(['community find absences', 'community find cases', 'community find posts', 'community find timeline']);
  expect(await read(50, null)).toEqual(few);
  expect(await read(50, day(1))).toEqual(few);
});
