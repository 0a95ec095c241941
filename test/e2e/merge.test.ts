// 并案 through the gateway: members keep clock, notice and rating, and follow the case that leads them.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, demand, people, places, satisfied, settled, solved, unsatisfied, type Cases, type Payload } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { street, resident, clerk, district, auditor } = people;
const neighbour = actor('RESIDENT', null, 'neighbour');
const start = new Date('2026-03-02T02:00:00Z');
let now = start;
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'merge', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());
afterEach(() => settled(platform.subgraphs));
beforeEach(() => {
  now = start;
});

type Fields = Readonly<Record<string, unknown>>;
const merge = (id: string, into: string, who: Actor = street, more: Fields = {}): Promise<Payload> => cases.act(who, 'caseMerge', id, { into, ...more });
const codes = ({ userErrors }: Payload): string[] => userErrors.map(({ code }) => code);
/** The neighbour's case, taken to its place by `steps`; all on one street. */
async function neighbours(...steps: Parameters<Cases['walk']>[1][number][]): Promise<string> {
  const id = await cases.submit(neighbour);
  await cases.walk(id, steps);
  return id;
}
async function merged(into: string, ...steps: Parameters<Cases['walk']>[1][number][]): Promise<string> {
  const id = await neighbours(...steps);
  await cases.walk(id, [[street, 'caseMerge', { into }]]);
  return id;
}

interface Seen {
  readonly state: string; readonly mergedSince: string | null; readonly mergedInto: { readonly id: string } | null;
  readonly mergedCases: { readonly totalCount: number; readonly nodes: readonly { readonly id: string }[] };
  readonly resolution: { readonly text: string; readonly provider: { readonly area: string } } | null;
  readonly clocks: readonly { readonly name: string; readonly state: string; readonly startedAt: string }[];
  readonly availableActions: readonly { readonly action: string; readonly available: boolean }[];
}
const see = async (id: string, who: Actor = street): Promise<Seen | null> => (await platform.as(who).run<{ case: Seen | null }>(/* GraphQL */ `
  query ($id: ID!) {
    case(id: $id) {
      state mergedSince mergedInto { id } mergedCases { totalCount nodes { id } } resolution { text provider { area } }
      clocks { name state startedAt } availableActions { action available }
    }
  }
`, { id })).case;
const running = (seen: Seen | null): string[] => seen?.clocks.filter(({ state }) => state === 'RUNNING').map(({ name }) => name) ?? [];
const noticesOf = async (who: Actor, id: string): Promise<string[]> => {
  const { notices } = await platform.as(who).run<{ notices: { nodes: { kind: string; case: { id: string } | null }[] } }>(
    '{ notices(first: 100) { nodes { kind case { id } } } }',
  );
  return notices.nodes.filter((one) => one.case?.id === id).map(({ kind }) => kind).toReversed();
};
const actionsOf = async (id: string): Promise<string[]> => (await cases.look(id)).timeline.nodes.map(({ action }) => action);
const forwarded = [[clerk, 'caseAccept'], [clerk, 'caseForward'], [street, 'dispatchSign']] as const;
const atDistrict = [...forwarded, [street, 'dispatchForward'], [district, 'coordinationSign']] as const;

it('resolves a member that the district held with its lead, and each reporter rates their own case', async () => {
  const lead = await cases.bring('STREET_IN_PROGRESS');
  const member = await neighbours(...atDistrict);
  const before = await see(member);
  await cases.walk(member, [[street, 'caseMerge', { into: lead, note: '同一处路灯' }]]);

  const together = await see(member);
  expect(together).toMatchObject({ state: 'MERGED', mergedInto: { id: lead }, mergedSince: start.toISOString() });
  expect(running(together)).toEqual(['RESOLVE']);
  expect(together?.clocks.find(({ name }) => name === 'RESOLVE')).toEqual(before?.clocks.find(({ name }) => name === 'RESOLVE'));
  expect(await cases.look(member)).toMatchObject({ dispatch: { state: 'MERGED' }, coordination: { state: 'MERGED' } });
  expect((await see(lead))?.mergedCases).toEqual({ totalCount: 1, nodes: [{ id: member }] });

  await cases.walk(lead, [[street, 'dispatchResolve', solved]]);
  const done = await see(member);
  expect(done).toMatchObject({ state: 'RESOLVED', mergedInto: null, resolution: { text: solved.note, provider: { area: places.street } } });
  expect(running(done)).toEqual(['CALLBACK']);
  expect(await cases.look(member)).toMatchObject({ holder: { level: 'STREET' }, dispatch: { state: 'RESOLVED' } });
  expect(await noticesOf(neighbour, member)).toEqual(['ACCEPTED', 'MERGED', 'RESOLVED']);

  await cases.walk(lead, [[resident, 'caseRate', satisfied]]);
  await cases.walk(member, [
    [neighbour, 'caseRate', unsatisfied], [street, 'dispatchRestart'], [street, 'dispatchResolve', solved], [neighbour, 'caseRate', satisfied],
  ]);
  expect(await cases.look(member)).toMatchObject({ state: 'CLOSED', round: 2, evaluations: [{ round: 1 }, { round: 2 }], dispatch: { state: 'CLOSED' } });
  expect(await cases.look(lead)).toMatchObject({ state: 'CLOSED', round: 1 });
  expect(await actionsOf(member)).toEqual(expect.arrayContaining(['MERGE', 'RESOLVE_WITH_LEAD', 'RATE', 'RESTART']));
});

it('hands a member that never left its community to the levels that resolved the lead', async () => {
  const lead = await cases.submit();
  await cases.walk(lead, [...atDistrict]);
  const member = await merged(lead);
  expect(await actionsOf(member)).toEqual(['SUBMIT', 'MERGE']);
  await cases.walk(lead, [[district, 'coordinationResolve', solved]]);
  expect(await cases.look(member)).toMatchObject({
    state: 'RESOLVED', holder: { level: 'DISTRICT' }, dispatch: { state: 'PASSED_ON' }, coordination: { state: 'RESOLVED' },
  });
  await cases.walk(member, [[neighbour, 'caseRate', unsatisfied], [district, 'coordinationRestart']]);
  expect(await cases.look(member)).toMatchObject({ state: 'IN_PROGRESS', coordination: { state: 'IN_PROGRESS' } });
});

it('counts the resolution of each case once, for who provided it', async () => {
  const counted = async (): Promise<{ resolved: number; accepted: number }> => {
    const data = await platform.as(auditor).run<{ community: { counts: { total: { resolved: number; accepted: number } }[] } }>(
      `query ($code: AreaCode!) { community(code: $code) { counts(from: "2026-03") { total { resolved accepted } } } }`, { code: places.community },
    );
    return data.community.counts[0]?.total ?? { resolved: 0, accepted: 0 };
  };
  const lead = await cases.bring('IN_PROGRESS');
  const before = await counted();
  await merged(lead);
  await merged(lead, [clerk, 'caseAccept']);
  await cases.walk(lead, [[clerk, 'caseResolve', solved]]);
  expect(await counted()).toEqual({ resolved: before.resolved + 3, accepted: before.accepted + 2 });
});

it('goes back to where it was when it is unmerged, and its holder acts again', async () => {
  const lead = await cases.bring('IN_PROGRESS');
  const member = await merged(lead, [clerk, 'caseAccept'], [clerk, 'caseForward']);
  expect(running(await see(member))).toEqual(['RESOLVE']);
  await cases.walk(member, [[street, 'caseUnmerge', { note: '不是同一处' }]]);
  expect(await see(member)).toMatchObject({ state: 'DISPATCHED', mergedInto: null, mergedSince: null });
  expect(running(await see(member)).toSorted()).toEqual(['RESOLVE', 'SIGN']);
  expect(await actionsOf(lead)).toEqual(['SUBMIT', 'ACCEPT', 'HANDLE', 'MEMBER_JOINED', 'MEMBER_LEFT']);
  expect(await noticesOf(neighbour, member)).toEqual(['ACCEPTED', 'MERGED', 'UNMERGED']);
  await cases.walk(member, [[street, 'dispatchSign'], [street, 'dispatchResolve', solved]]);
  expect((await cases.look(lead)).state).toBe('IN_PROGRESS');
});

it('leaves its members where each had been when the lead is withdrawn', async () => {
  const lead = await cases.bring('STREET_IN_PROGRESS');
  const members = [await merged(lead, ...forwarded), await merged(lead)];
  await cases.walk(lead, [[resident, 'caseWithdraw']]);
  expect((await cases.look(lead)).state).toBe('WITHDRAWN');
  expect(await Promise.all(members.map(async (id) => (await cases.look(id)).state))).toEqual(['IN_PROGRESS', 'ACCEPTED']);
  expect(await cases.look(members[0] as string)).toMatchObject({ dispatch: { state: 'IN_PROGRESS' } });
});

it('lets the reporter of a merged case withdraw it, and the lead goes on without it', async () => {
  const lead = await cases.bring('IN_PROGRESS');
  const member = await merged(lead);
  await cases.walk(member, [[neighbour, 'caseWithdraw']]);
  expect((await see(lead))?.mergedCases.totalCount).toBe(0);
  await cases.walk(lead, [[clerk, 'caseResolve', solved]]);
  expect((await cases.look(member)).state).toBe('WITHDRAWN');
});

it('shows residents nothing of the other reporters, and no to-do list has a merged case', async () => {
  const lead = await cases.bring('IN_PROGRESS');
  const member = await merged(lead);
  expect(await see(member, neighbour)).toMatchObject({ state: 'MERGED', mergedInto: null, mergedSince: start.toISOString() });
  expect(await see(lead, resident)).toMatchObject({ mergedCases: { totalCount: 0, nodes: [] } });
  expect(await see(member, resident)).toBeNull();
  for (const who of [clerk, street, neighbour]) {
    const { toDo } = await platform.as(who).run<{ toDo: { nodes: { id: string }[] } }>('{ toDo(first: 100) { nodes { id } } }');
    expect(toDo.nodes.map(({ id }) => id)).not.toContain(member);
  }
  const offered = (await see(member))?.availableActions.filter(({ available }) => available).map(({ action }) => action);
  expect(offered).toEqual(['UNMERGE']);
});

describe('is refused', () => {
  it.each<[string, () => Promise<readonly [string, string]>, Actor, Fields, string, string | undefined]>([
    ['to the community', async () => [await neighbours(), await cases.bring('ACCEPTED')], clerk, {}, 'ROLE_NOT_ALLOWED', undefined],
    ['to the district', async () => [await neighbours(), await cases.bring('ACCEPTED')], district, {}, 'ROLE_NOT_ALLOWED', undefined],
    ['to another street', async () => [await neighbours(), await cases.bring('ACCEPTED')], actor('STREET_CLERK', places.otherStreet), {}, 'NOT_FOUND', 'caseId'],
    ['into a case of another street', async () => [await neighbours(), await cases.submit(resident, { community: places.otherCommunity })], street, {}, 'NOT_FOUND', 'into'],
    ['into a case that is not there', async () => [await neighbours(), 'no-such-case'], street, {}, 'NOT_FOUND', 'into'],
    ['into one that is not accepted', async () => [await neighbours(), await cases.bring('SUBMITTED')], street, {}, 'TRANSITION_NOT_ALLOWED', 'into'],
    ['into one that is resolved', async () => [await neighbours(), await cases.bring('RESOLVED')], street, {}, 'TRANSITION_NOT_ALLOWED', 'into'],
    ['into one that is merged', async () => [await neighbours(), await merged(await cases.bring('ACCEPTED'))], street, {}, 'TRANSITION_NOT_ALLOWED', 'into'],
    ['of a case that is resolved', async () => [await cases.bring('RESOLVED'), await cases.bring('ACCEPTED')], street, {}, 'TRANSITION_NOT_ALLOWED', undefined],
    ['of a lead with members', async () => {
      const lead = await cases.bring('ACCEPTED');
      await merged(lead);
      return [lead, await cases.bring('ACCEPTED')];
    }, street, {}, 'TRANSITION_NOT_ALLOWED', undefined],
    ['with an old version', async () => [await neighbours([clerk, 'caseAccept']), await cases.bring('ACCEPTED')], street, { expectedVersion: 1 }, 'STALE_VERSION', 'expectedVersion'],
    ['with a note that is too long', async () => [await neighbours(), await cases.bring('ACCEPTED')], street, { note: '长'.repeat(2_001) }, 'INVALID_INPUT', 'note'],
  ])('%s, and nothing changes', async (_what, bring, who, more, code, field) => {
    const [id, into] = await bring();
    const before = await cases.look(id);
    const answer = await merge(id, into, who, more);
    expect(codes(answer)).toEqual([code]);
    expect(answer.userErrors[0]?.field?.[1]).toBe(field);
    expect(await cases.look(id)).toEqual(before);
  });

  it('of a case into itself', async () => {
    const id = await cases.bring('ACCEPTED');
    expect(codes(await merge(id, id))).toEqual(['INVALID_INPUT']);
  });
});

it('answers a repeated call the same way and joins once', async () => {
  const lead = await cases.bring('ACCEPTED');
  const member = await neighbours();
  const { version } = await cases.look(member);
  const call = (): Promise<Payload> => merge(member, lead, street, { expectedVersion: version, idempotencyKey: `merge-${member}` });
  expect([codes(await call()), codes(await call())]).toEqual([[], []]);
  expect((await actionsOf(lead)).filter((action) => action === 'MEMBER_JOINED')).toHaveLength(1);
});

it('never merges two cases into one another when two officers do both at once', async () => {
  for (let round = 0; round < 5; round += 1) {
    const [a, b] = [await cases.bring('ACCEPTED'), await cases.bring('ACCEPTED')];
    const answers = await Promise.all([merge(a, b), merge(b, a)]);
    expect(answers.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1);
    const states = await Promise.all([a, b].map(async (id) => (await cases.look(id)).state));
    expect(states.toSorted()).toEqual(['ACCEPTED', 'MERGED']);
  }
});

it('takes a member along that joins while the lead is being resolved, or refuses it', async () => {
  for (let round = 0; round < 5; round += 1) {
    const lead = await cases.bring('IN_PROGRESS');
    const member = await neighbours();
    const [joined, done] = await Promise.all([merge(member, lead), cases.act(clerk, 'caseResolve', lead, solved)]);
    if (done.userErrors.length > 0) await cases.walk(lead, [[clerk, 'caseResolve', solved]]);
    expect((await cases.look(member)).state).toBe(joined.userErrors.length === 0 ? 'RESOLVED' : 'SUBMITTED');
  }
});

it("warns who works on the lead of a member's deadline, which runs on by itself", async () => {
  const lead = await cases.bring('STREET_IN_PROGRESS');
  const member = await merged(lead);
  now = new Date('2026-03-12T09:00:00Z');
  await platform.subgraphs.running('community').runTasks();
  expect((await cases.look(member)).timeline.nodes.map(({ action }) => action)).toContain('WARN');
  expect(await noticesOf(street, member)).toContain('WARNED');
});

describe('likely duplicates', () => {
  const likely = async (id: string, who: Actor, first = 5) => (await platform.as(who).run<{
    case: { likelyDuplicates: { case: { id: string }; score: number; reasons: string[] }[] } | null;
  }>('query ($id: ID!, $first: Int!) { case(id: $id) { likelyDuplicates(first: $first) { case { id } score reasons } } }', { id, first })).case?.likelyDuplicates;
  const pond = { ...demand, title: '莲花池水面漂浮垃圾无人清理', detail: '公园莲花池水面有大量垃圾,气味难闻', category: '环境保护/环境污染/水污染', grid: places.grid };

  it('are open cases of the street by place, category and text, only proposed, and only to its offices', async () => {
    const subject = await cases.submit(resident, pond);
    const alike = await cases.submit(neighbour, { ...pond, title: '莲花池里漂着垃圾' });
    const elsewhere = await cases.submit(neighbour, { ...pond, community: places.otherCommunity, grid: null });
    const over = await cases.submit(neighbour, pond);
    await cases.walk(over, [[neighbour, 'caseWithdraw']]);
    const found = await likely(subject, street);
    expect(found?.map((one) => one.case.id)).toEqual([alike]);
    expect(found?.[0]).toMatchObject({ reasons: expect.arrayContaining(['SAME_GRID', 'SAME_CATEGORY']) as string[] });
    expect(found?.[0]?.score).toBeGreaterThanOrEqual(0.5);
    expect(found?.map((one) => one.case.id)).not.toContain(elsewhere);
    expect((await cases.look(alike)).state).toBe('SUBMITTED');
    for (const who of [clerk, district]) expect((await likely(subject, who))?.map((one) => one.case.id)).toEqual([alike]);
    for (const who of [resident, auditor]) expect(await likely(subject, who)).toEqual([]);
  });

  it.each([0, 21])('are not listed %d at a time', async (first) => {
    const subject = await cases.bring('SUBMITTED');
    await expect(likely(subject, street, first)).rejects.toThrow(/1–20/);
  });
});
