// 区划调整 through the gateway: previewed, decided, taken back, and what it means on its day for cases, counts and workers.
import { compareCounts, type Databases } from '../../scripts/ledger/compare.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, people, places, satisfied, settled, solved, type Cases, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { commandsDuring, subgraphNames } from '../kit/subgraphs.js';

const { resident, gridWorker, clerk, street, district, city, auditor } = people;

const march = new Date('2026-03-31T02:00:00Z');
/** It is the first of April in Shanghai. */
const april = new Date('2026-03-31T16:30:00Z');
const on = '2026-04-01';
let now = march;
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'reorganisation', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());

const old = places.community;
const gridsOf = async (code: string, at = '2026-03-31'): Promise<string[]> => {
  const { community } = await platform.as(null).run<{ community: { grids: { code: string }[] } }>(
    'query ($code: AreaCode!, $at: Date) { community(code: $code) { grids(at: $at) { code } } }', { code, at },
  );
  return community.grids.map((grid) => grid.code);
};

type Input = Readonly<Record<string, unknown>>;

const planText = /* GraphQL */ `
  fragment all on ReorganisationPlan {
    on
    ends { code name successors openCases posts }
    begins {
      code level name kind households predecessors grids plannedHouseholds
      verdicts { standard measure value verdict } gridPlan { standard recommended }
    }
    grids { from to }
  }
`;
interface Plan {
  readonly on: string;
  readonly ends: readonly { code: string; name: string; successors: string[]; openCases: number | null; posts: number | null }[];
  readonly begins: readonly { code: string; name: string; level: string; grids: number; plannedHouseholds: number; verdicts: unknown[]; gridPlan: unknown }[];
  readonly grids: readonly { from: string; to: string }[];
}

async function preview(who: Actor, input: Input): Promise<{ plan: Plan | null; userErrors: UserError[] }> {
  const data = await platform.as(who).run<{ reorganisationPreview: { plan: Plan | null; userErrors: UserError[] } }>(/* GraphQL */ `
    query ($input: ReorganisationPreviewInput!) {
      reorganisationPreview(input: $input) { plan { ...all } userErrors { code message field } }
    }
    ${planText}
  `, { input });
  return data.reorganisationPreview;
}

interface Reorganisation { readonly id: string; readonly version: number; readonly state: string; readonly plan: Plan }
interface Payload { readonly reorganisation: Reorganisation | null; readonly userErrors: UserError[] }

async function reorganise(who: Actor, mutation: 'reorganisationDecide' | 'reorganisationCancel', input: Input): Promise<Payload> {
  const type = `R${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, Payload>>(/* GraphQL */ `
    mutation ($input: ${type}!) {
      ${mutation}(input: $input) { reorganisation { id version state plan { ...all } } userErrors { code message field } }
    }
    ${planText}
  `, { input });
  await settled(platform.subgraphs);
  return data[mutation] as Payload;
}
const decide = (input: Input, who: Actor = city): Promise<Payload> => reorganise(who, 'reorganisationDecide', { reason: '规模过大', ...input });
const cancel = (one: Pick<Reorganisation, 'id' | 'version'>, who: Actor = city, more: Input = {}): Promise<Payload> =>
  reorganise(who, 'reorganisationCancel', { reorganisationId: one.id, expectedVersion: one.version, reason: '另行研究', ...more });

async function made(input: Input): Promise<Reorganisation> {
  const { reorganisation, userErrors } = await decide(input);
  if (!reorganisation || userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return reorganisation;
}

const areasText = /* GraphQL */ `
  query ($street: AreaCode!, $at: Date) { street(code: $street) { communities(at: $at) { code name validFrom validTo } } }
`;
const communitiesOn = async (at: string, code: string = places.street): Promise<string[]> => {
  const data = await platform.as(null).run<{ street: { communities: { code: string }[] } }>(areasText, { street: code, at });
  return data.street.communities.map((one) => one.code);
};

/** Everything the levels keep of the areas that are reorganised here, to see that nothing has changed. */
async function stock(): Promise<readonly (readonly object[])[]> {
  const read = (name: 'city' | 'street' | 'community', collection: string) =>
    platform.subgraphs.running(name).connection.collection<{ _id: string }>(collection)
      .find(collection === 'reorganisations' ? {} : { _id: { $gte: places.street, $lte: `${places.otherStreet}999999` } }).sort({ _id: 1 }).toArray();
  return Promise.all([
    read('city', 'tree'), read('city', 'reorganisations'), read('street', 'areas'), read('street', 'communities'), read('community', 'areas'),
    read('community', 'grids'),
  ]);
}

const numbersText = /* GraphQL */ `
  query ($street: AreaCode!, $old: AreaCode!, $east: AreaCode!, $west: AreaCode!) {
    street(code: $street) { dashboard(from: "2026-03", to: "2026-04") { total { own { submitted } children { submitted } total { submitted resolved rated } } } }
    old: community(code: $old) { ...numbers }
    east: community(code: $east) { ...numbers }
    west: community(code: $west) { ...numbers }
  }
  fragment numbers on Community { dashboard(from: "2026-03", to: "2026-04") { total { total { submitted resolved rated } } } }
`;
interface Numbers { readonly submitted: number; readonly resolved: number; readonly rated: number }
interface Totals { readonly dashboard: { readonly total: { readonly own: { submitted: number }; readonly children: { submitted: number }; readonly total: Numbers } } | null }

describe('a community is split', () => {
  const [east, west] = [`${places.street}021`, `${places.street}022`];
  const clerkOfEast = actor('COMMUNITY_CLERK', east);
  let wish: { from: string[]; to: Record<string, unknown>[]; on: string };
  let openCase: string;
  let reorganisation: Reorganisation;

  const numbers = async (): Promise<Record<'old' | 'east' | 'west', Numbers | null> & { street: number[] }> => {
    await settled(platform.subgraphs);
    const data = await platform.as(auditor).run<Record<string, Totals | null>>(numbersText, { street: places.street, old, east, west });
    const of = (name: string): Numbers | null => data[name]?.dashboard?.total.total ?? null;
    const { own, children, total } = data['street']?.dashboard?.total ?? { own: { submitted: 0 }, children: { submitted: 0 }, total: null };
    return { old: of('old'), east: of('east'), west: of('west'), street: [own.submitted, children.submitted, total?.submitted ?? 0] };
  };

  beforeAll(async () => {
    now = march;
    await cases.walk(await cases.submit(), [[clerk, 'caseAccept'], [clerk, 'caseHandle'], [clerk, 'caseResolve', solved], [resident, 'caseRate', satisfied]]);
    openCase = await cases.bring('IN_PROGRESS');
    const grids = await gridsOf(old);
    for (const [nth, [who, more]] of ([[clerk, {}], [street, { grids: [grids[0]] }], [street, {}]] as const).entries()) {
      const [a, b] = [{ actorId: `officer-${nth}a`, name: '张三' }, { actorId: `officer-${nth}b`, name: '李四' }];
      const { postCreate } = await platform.as(who).run<{ postCreate: { userErrors: UserError[] } }>(
        'mutation ($input: PostCreateInput!) { postCreate(input: $input) { userErrors { code message field } } }',
        { input: { name: '综合岗', a, b, ...more } },
      );
      expect(postCreate.userErrors).toEqual([]);
    }
    wish = {
      from: [old], on,
      to: [
        { code: east, name: '水西门东社区', takes: grids.filter((_grid, i) => i % 2 === 0) },
        { code: west, name: '水西门西社区', takes: grids.filter((_grid, i) => i % 2 === 1), households: 2_500 },
      ],
    };
  });

  it('previews what ends and begins, verdicts, grids and effects, and writes nothing', async () => {
    const before = await stock();
    const { plan, userErrors } = await preview(street, wish);
    expect(userErrors).toEqual([]);
    expect(plan?.ends).toEqual([{ code: old, name: '水西门社区居委会', successors: [east, west], openCases: 1, posts: 2 }]);
    expect(plan?.begins).toMatchObject([
      { code: east, level: 'COMMUNITY', name: '水西门东社区', kind: 'COMMUNITY', households: null, predecessors: [old], grids: 4, verdicts: [] },
      {
        code: west, households: 2_500, grids: 3, gridPlan: { standard: 'hefei-2016', recommended: 10 },
        verdicts: [{ standard: 'hefei-2016', measure: 'HOUSEHOLDS', value: 2_500, verdict: 'BELOW' }],
      },
    ]);
    expect(plan?.grids).toHaveLength(7);
    const seen = await commandsDuring(platform.subgraphs, () => preview(street, wish));
    expect(seen.filter((command) => !/ (find|aggregate|count) /.test(command))).toEqual([]);
    expect(await stock()).toEqual(before);
  });

  it('tells a district officer the same as a street clerk, and the city as well', async () => {
    const { plan } = await preview(street, wish);
    for (const who of [district, city]) expect(await preview(who, wish)).toEqual({ plan, userErrors: [] });
  });

  it('is decided by the city; until its day the old community is there, and the new ones from then on, on every level', async () => {
    reorganisation = await made(wish);
    expect(reorganisation).toMatchObject({ version: 1, state: 'DECIDED', plan: { on } });
    const before = await communitiesOn('2026-03-31');
    const after = await communitiesOn(on);
    expect(before).toContain(old);
    expect(before).not.toContain(east);
    expect(after.filter((code) => [old, east, west].includes(code))).toEqual([east, west]);
    expect(after).toHaveLength(before.length + 1);
    expect(await gridsOf(old, on)).toEqual([]);
    expect(await gridsOf(east, on)).toEqual([1, 2, 3, 4].map((number) => `${east}00${number}`));
    const copies = platform.subgraphs.running('street').connection.collection<{ _id: string }>('communities');
    expect(await copies.findOne({ _id: old })).toMatchObject({ validTo: on, successors: [east, west] });
    expect(await copies.findOne({ _id: east })).toMatchObject({ validFrom: on, validTo: null, name: '水西门东社区' });
  });

  it('is known by both sides, and by the grids', async () => {
    const data = await platform.as(null).run(/* GraphQL */ `
      query ($old: AreaCode!, $east: AreaCode!, $grid: AreaCode!) {
        old: community(code: $old) { successors { code name on reorganisation { id state decidedBy } } predecessors { code } }
        east: community(code: $east) { predecessors { code name on } successors { code } }
        grid(code: $grid) { validTo successor { code validFrom } }
      }
    `, { old, east, grid: places.grid });
    const link = { on, reorganisation: { id: reorganisation.id, state: 'DECIDED', decidedBy: null } };
    expect(data).toEqual({
      old: { successors: [{ code: east, name: '水西门东社区', ...link }, { code: west, name: '水西门西社区', ...link }], predecessors: [] },
      east: { predecessors: [{ code: old, name: '水西门社区居委会', on }], successors: [] },
      grid: { validTo: on, successor: { code: `${east}001`, validFrom: on } },
    });
  });

  it('takes cases under the old code until the day before, and refuses the new one', async () => {
    now = new Date('2026-03-31T15:59:59Z');
    expect((await cases.trySubmit(resident)).userErrors).toEqual([]);
    expect((await cases.trySubmit(resident, { community: east })).userErrors).toMatchObject([
      { code: 'INVALID_INPUT', field: ['input', 'community'], message: expect.stringContaining(`没有社区 ${east}`) },
    ]);
  });

  it('counts on the day: the old totals stay, the new ones begin at zero, the street has own and children throughout', async () => {
    const before = await numbers();
    expect(before.old).toEqual({ submitted: 3, resolved: 1, rated: 1 });
    now = april;
    expect(await numbers()).toEqual(before);
    expect(before.east).toEqual({ submitted: 0, resolved: 0, rated: 0 });

    expect((await cases.trySubmit(resident, { community: east })).userErrors).toEqual([]);
    const after = await numbers();
    expect(after).toMatchObject({ old: before.old, east: { submitted: 1 }, west: { submitted: 0 } });
    expect(after.street).toEqual([before.street[0], (before.street[1] ?? 0) + 1, (before.street[2] ?? 0) + 1]);
    expect(after.street[2]).toBe((after.old?.submitted ?? 0) + (after.east?.submitted ?? 0) + (after.west?.submitted ?? 0));
  });

  it('refuses new cases of the old community and names those in its place', async () => {
    const before = await numbers();
    const { entity, userErrors } = await cases.trySubmit(resident);
    expect([entity, userErrors.map(({ code, field }) => [code, field])]).toEqual([null, [['INVALID_INPUT', ['input', 'community']]]]);
    expect(userErrors[0]?.message).toContain(`自 ${on} 起不再有效,由以下接替,请改用:${east} 水西门东社区、${west} 水西门西社区`);
    expect(await numbers()).toEqual(before);
  });

  it('lets the old community finish what it has', async () => {
    await cases.walk(openCase, [[clerk, 'caseResolve', solved], [resident, 'caseRate', satisfied]]);
    expect((await cases.look(openCase)).state).toBe('CLOSED');
    expect((await numbers()).old).toEqual({ submitted: 3, resolved: 2, rated: 2 });
  });

  it('has the worker of an old grid go on with the one that carries it on', async () => {
    const { entity, userErrors } = await cases.tryReport(gridWorker, { grid: places.grid });
    expect(userErrors).toEqual([]);
    const data = await platform.as(gridWorker).run<{ case: unknown }>('query ($id: ID!) { case(id: $id) { grid { code } community { code } } }', { id: entity?.id });
    expect(data.case).toEqual({ grid: { code: `${east}001` }, community: { code: east } });
    // Its officers are the new community's.
    expect((await cases.trySubmit(clerkOfEast, { community: east, channel: 'COUNTER' })).userErrors).toEqual([]);
  });

  it('leaves the ledger without a difference', async () => {
    await settled(platform.subgraphs);
    const databases = Object.fromEntries(subgraphNames.map((name) => [name, platform.subgraphs.running(name).connection])) as unknown as Databases;
    expect(await compareCounts(databases)).toMatchObject({ cases: 6, differences: [], strays: [] });
  });

  it('cannot be cancelled any more', async () => {
    const before = await stock();
    expect((await cancel(reorganisation)).userErrors.map(({ code }) => code)).toEqual(['TRANSITION_NOT_ALLOWED']);
    expect(await stock()).toEqual(before);
  });

  it('leads on to those that stand in the place of its successors', async () => {
    await made({ from: [east, west], to: [{ name: '水西门社区' }], on: '2026-05-01' });
    now = new Date('2026-05-02T02:00:00Z');
    const { userErrors } = await cases.trySubmit(resident);
    expect(userErrors[0]?.message).toContain(`请改用:${places.street}023 水西门社区。`);
    now = april;
  });
});

describe('what is decided', () => {
  const [one, two] = [`${places.otherStreet}001`, `${places.otherStreet}002`];
  const merge = { from: [one, two], to: [{ name: '合并社区' }], on: '2026-06-01' };

  it('is taken back before its day, on every level, and can be decided anew', async () => {
    const before = await stock();
    const first = await made(merge);
    expect(await stock()).not.toEqual(before);
    expect(await cancel(first)).toMatchObject({ reorganisation: { version: 2, state: 'CANCELLED' }, userErrors: [] });
    // All but the reorganisations themselves are as they were.
    const after = await stock();
    expect(after.filter((_documents, i) => i !== 1)).toEqual(before.filter((_documents, i) => i !== 1));
    const { community } = await platform.as(null).run<{ community: unknown }>(
      'query ($code: AreaCode!) { community(code: $code) { validTo successors { code } } }', { code: one },
    );
    expect(community).toEqual({ validTo: null, successors: [] });
    const again = await made(merge);
    expect(again.plan.begins[0]?.code).toBe(first.plan.begins[0]?.code);
    await cancel(again);
  });

  it('is decided once for one key', async () => {
    const keyed = { ...merge, reason: '合并', idempotencyKey: 'merge-1' };
    const first = await decide(keyed);
    expect(first.userErrors).toEqual([]);
    expect(await decide(keyed)).toEqual(first);
    if (first.reorganisation) await cancel(first.reorganisation);
  });

  it('is decided once, however many decide at the same time', async () => {
    const answers = await Promise.all([1, 2, 3].map((nth) => decide({ ...merge, to: [{ name: `合并${nth}社区` }] })));
    const winners = answers.filter(({ userErrors }) => userErrors.length === 0);
    expect(winners).toHaveLength(1);
    const [winner] = winners;
    if (winner?.reorganisation) await cancel(winner.reorganisation);
  });

  it('is listed by area, the latest day first, page by page', async () => {
    const read = (args: Input) => platform.as(null).run<{ reorganisations: { totalCount: number; nodes: { plan: { on: string } }[]; pageInfo: { endCursor: string; hasNextPage: boolean } } }>(
      /* GraphQL */ `query ($area: AreaCode, $first: Int, $after: String) {
        reorganisations(area: $area, first: $first, after: $after) { totalCount nodes { plan { on } } pageInfo { endCursor hasNextPage } }
      }`, args);
    const { reorganisations: all } = await read({ area: places.street });
    expect([all.totalCount, all.nodes.map(({ plan }) => plan.on)]).toEqual([2, ['2026-05-01', on]]);
    const { reorganisations: first } = await read({ area: places.street, first: 1 });
    expect(first.pageInfo.hasNextPage).toBe(true);
    const { reorganisations: second } = await read({ area: places.street, first: 1, after: first.pageInfo.endCursor });
    expect([second.nodes.map(({ plan }) => plan.on), second.pageInfo.hasNextPage]).toEqual([[on], false]);
  });

  it.each<[string, string, Actor, Input]>([
    ['a district officer', 'ROLE_NOT_ALLOWED', district, {}],
    ['a street clerk', 'ROLE_NOT_ALLOWED', street, {}],
    ['an auditor', 'ROLE_NOT_ALLOWED', auditor, {}],
    ['a resident', 'ROLE_NOT_ALLOWED', resident, {}],
    ['the officer of another city', 'OUT_OF_SCOPE', actor('CITY_OFFICER', '3402'), {}],
    ['nobody gives a reason', 'INVALID_INPUT', city, { reason: ' ' }],
    ['the reason is too long', 'INVALID_INPUT', city, { reason: '长'.repeat(2_001) }],
    ['there is no such area', 'NOT_FOUND', city, { from: [`${places.otherStreet}899`] }],
    ['a name is taken', 'INVALID_INPUT', city, { to: [{ name: '鲁园社区居委会' }], from: [`${places.street}002`] }],
    ['the day has begun', 'INVALID_INPUT', city, { on: '2026-04-01' }],
    ['the grids are shared out twice', 'INVALID_INPUT', city, { to: [{ name: '东', takes: [`${one}001`, `${one}001`] }] }],
  ])('is not by or when %s: %s', async (_what, code, who, more) => {
    now = april;
    const before = await stock();
    const { reorganisation, userErrors } = await decide({ ...merge, ...more }, who);
    expect([reorganisation, userErrors.map((error) => error.code)]).toEqual([null, [code]]);
    expect(await stock()).toEqual(before);
  });

  it.each<[string, string, Actor, Input]>([
    ['a community clerk', 'ROLE_NOT_ALLOWED', clerk, {}],
    ['an auditor', 'ROLE_NOT_ALLOWED', auditor, {}],
    ["another street's clerk", 'OUT_OF_SCOPE', actor('STREET_CLERK', places.street), {}],
    ["another district's officer", 'OUT_OF_SCOPE', actor('DISTRICT_OFFICER', places.otherDistrict), {}],
  ])('is not previewed for %s', async (_who, code, who, more) => {
    const { plan, userErrors } = await preview(who, { ...merge, ...more });
    expect([plan, userErrors.map((error) => error.code)]).toEqual([null, [code]]);
  });

  it.each<[string, string, Actor, Input]>([
    ['by a district officer', 'ROLE_NOT_ALLOWED', district, {}],
    ['by the officer of another city', 'OUT_OF_SCOPE', actor('CITY_OFFICER', '3402'), {}],
    ['by an older version', 'STALE_VERSION', city, { expectedVersion: 0 }],
    ['without a reason', 'INVALID_INPUT', city, { reason: '' }],
    ['when there is none', 'NOT_FOUND', city, { reorganisationId: 'none' }],
  ])('is not cancelled %s', async (_how, code, who, more) => {
    const decided = await made(merge);
    const before = await stock();
    expect((await cancel(decided, who, more)).userErrors.map((error) => error.code)).toEqual([code]);
    expect(await stock()).toEqual(before);
    expect((await cancel(decided)).userErrors).toEqual([]);
  });

  it('is not asked for by anybody who has not signed in', async () => {
    for (const query of [
      'query { reorganisationPreview(input: { from: [], to: [], on: "2026-06-01" }) { userErrors { code } } }',
      'mutation { reorganisationDecide(input: { from: [], to: [], on: "2026-06-01", reason: "" }) { userErrors { code } } }',
    ]) {
      const { errors } = await platform.as(null).attempt(query);
      expect(errors?.map(({ extensions }) => extensions?.['code'])).toEqual(['UNAUTHENTICATED']);
    }
  });
});

describe('streets', () => {
  it('are merged with their communities and grids; streets and communities of the day are the new ones', async () => {
    now = april;
    const [left, right] = [`${places.otherDistrict}001`, `${places.otherDistrict}002`];
    const before = [...await communitiesOn('2026-06-30', left), ...await communitiesOn('2026-06-30', right)];
    const { plan } = await made({ from: [left, right], to: [{ name: '合并街道' }], on: '2026-07-01' });
    const merged = plan.begins[0]?.code ?? '';
    expect(plan.begins[0]).toMatchObject({ level: 'STREET', name: '合并街道' });
    const after = await communitiesOn('2026-07-01', merged);
    expect(after).toHaveLength(before.length);
    expect(new Set(after).size).toBe(before.length);
    expect(await communitiesOn('2026-07-01', left)).toEqual([]);
    const { district: found } = await platform.as(null).run<{ district: { streets: { code: string; predecessors: { code: string }[] }[] } }>(
      'query ($code: AreaCode!) { district(code: $code) { streets(at: "2026-07-01") { code predecessors { code } } } }', { code: places.otherDistrict },
    );
    const codes = found.streets.map(({ code }) => code);
    expect(codes).toContain(merged);
    expect(codes).not.toContain(left);
    expect(found.streets.find(({ code }) => code === merged)?.predecessors.map(({ code }) => code)).toEqual([left, right]);
  });
});
