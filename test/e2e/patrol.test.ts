// 巡查 through the gateway: a grid worker reports a finding, the street takes it in and dispatches it, the worker rates it.
import { readFileSync } from 'node:fs';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { patrolDomains } from '../../subgraphs/community/domain/case.js';
import { casesOf, finding, people, places, satisfied, settled, solved, units, unsatisfied, type Cases, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { resident, gridWorker, clerk, street, streetUnit, communityUnit, district, city, integrator, auditor } = people;
/** Monday, 2 March 2026, 10:00 in Shanghai. */
const start = new Date('2026-03-02T02:00:00Z');
let now = start;
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'patrol', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());
beforeEach(() => {
  now = start;
});

type Fields = Readonly<Record<string, unknown>>;
const read = async (id: string, fields: string, who: Actor = auditor): Promise<Fields> =>
  (await platform.as(who).run<{ case: Fields }>(`query ($id: ID!) { case(id: $id) { ${fields} } }`, { id })).case;
const toDo = async (who: Actor): Promise<string[]> =>
  (await platform.as(who).run<{ toDo: { nodes: { id: string }[] } }>('{ toDo(first: 100) { nodes { id } } }')).toDo.nodes.map(({ id }) => id);
const noticesOf = async (who: Actor, id: string): Promise<string[]> =>
  (await platform.as(who).run<{ notices: { nodes: { kind: string; case: { id: string } }[] } }>('{ notices(first: 100) { nodes { kind case { id } } } }'))
    .notices.nodes.filter((notice) => notice.case.id === id).map(({ kind }) => kind).toReversed();
type Offer = Readonly<{ action: string; available: boolean; reason: UserError | null }>;
const offers = async (who: Actor, id: string, action: string): Promise<Offer | undefined> =>
  ((await read(id, 'availableActions { action available reason { code message } }', who))['availableActions'] as Offer[])
    .find((one) => one.action === action);
const stateOf = async (id: string): Promise<string> => (await cases.look(id)).state;

it('goes from the grid worker to the street, to its unit and back, and is rated by the worker', async () => {
  const id = await cases.report();
  expect(await read(id, 'state kind demandType patrolDomain channel category urgency community { code } grid { code } holder { level area }')).toEqual({
    state: 'SUBMITTED', kind: 'PATROL', demandType: null, patrolDomain: 'OVERSIGHT', channel: 'GRID_WORKER', urgency: 'NORMAL',
    category: '城乡建设/城市建设和市政管理', community: { code: places.community }, grid: { code: places.grid },
    holder: { level: 'STREET', area: places.street },
  });
  expect([await toDo(street), await toDo(clerk)].map((list) => list.includes(id))).toEqual([true, false]);
  expect(await offers(street, id, 'ACCEPT')).toMatchObject({ available: true });
  expect(await offers(clerk, id, 'ACCEPT')).toMatchObject({ available: false, reason: { code: 'ROLE_NOT_ALLOWED' } });

  // One click: the street has it, with nothing to sign for.
  await cases.walk(id, [[street, 'caseAccept']]);
  expect(await cases.look(id)).toMatchObject({
    state: 'IN_PROGRESS', dispatch: { state: 'IN_PROGRESS' },
    chain: [{ rung: 1, holder: { level: 'COMMUNITY' } }, { rung: 2, signedAt: start.toISOString(), holder: { level: 'STREET', area: places.street } }],
  });
  expect(await read(id, 'clocks { name state }')).toEqual({
    clocks: [{ name: 'ACCEPT', state: 'STOPPED' }, { name: 'RESOLVE', state: 'RUNNING' }],
  });

  await cases.walk(id, [[street, 'dispatchAssign', { unit: units.street }], [streetUnit, 'dispatchSign'], [streetUnit, 'dispatchResolve', solved]]);
  expect(await stateOf(id)).toBe('RESOLVED');
  expect(await toDo(gridWorker)).toContain(id);
  await cases.walk(id, [[gridWorker, 'caseRate', satisfied]]);

  expect(await cases.look(id)).toMatchObject({ state: 'CLOSED', dispatch: { state: 'CLOSED' } });
  expect((await cases.look(id)).timeline.nodes.map(({ action }) => action)).toEqual([
    'SUBMIT', 'ACCEPT', 'DISPATCH', 'SIGN', 'RESOLVE', 'RATE',
  ]);
  expect(await noticesOf(gridWorker, id)).toEqual(['ACCEPTED', 'RESOLVED']);
  expect(await noticesOf(street, id)).toEqual(['NEW_ON_LIST']);
  expect(await noticesOf(streetUnit, id)).toEqual(['NEW_ON_LIST']);
  expect(await noticesOf(clerk, id)).toEqual([]);
});

it('is counted where it was found and credited to the street', async () => {
  now = new Date('2026-04-01T02:00:00Z');
  const id = await cases.report();
  await cases.walk(id, [[street, 'caseAccept'], [street, 'dispatchResolve', solved], [gridWorker, 'caseRate', satisfied]]);
  await settled(platform.subgraphs);
  const { street: found } = await platform.as(auditor).run<{ street: unknown }>(
    `query ($code: AreaCode!) { street(code: $code) { counts(from: "2026-04") {
      own { submitted accepted resolved satisfied } children { submitted accepted resolved satisfied }
    } } }`, { code: places.street },
  );
  expect(found).toEqual({ counts: [{
    own: { submitted: 0, accepted: 0, resolved: 1, satisfied: 1 }, children: { submitted: 1, accepted: 1, resolved: 0, satisfied: 0 },
  }] });
});

it('may go down to the community, come back, and go up to the district', async () => {
  const id = await cases.report();
  await cases.walk(id, [[street, 'caseAccept'], [street, 'dispatchAssign']]);
  expect(await cases.look(id)).toMatchObject({ state: 'DISPATCHED', holder: { level: 'COMMUNITY' }, dispatch: { state: 'PASSED_ON' } });
  await cases.walk(id, [[clerk, 'caseReturn', { note: '非社区职责' }]]);
  expect(await cases.look(id)).toMatchObject({ state: 'RETURNED', holder: { level: 'STREET' }, dispatch: { state: 'SENT_BACK' } });
  await cases.walk(id, [[street, 'dispatchRedispatch', { upward: true }], [district, 'coordinationSign'], [district, 'coordinationResolve', solved]]);
  expect(await cases.look(id)).toMatchObject({ state: 'RESOLVED', dispatch: { state: 'PASSED_ON' }, coordination: { state: 'RESOLVED' } });
});

it('is done again by the street when the worker is not satisfied', async () => {
  const id = await cases.report();
  await cases.walk(id, [
    [street, 'caseAccept'], [street, 'dispatchResolve', solved], [gridWorker, 'caseRate', unsatisfied],
    [street, 'dispatchRestart'], [street, 'dispatchResolve', solved],
  ]);
  expect(await cases.look(id)).toMatchObject({ state: 'RESOLVED', round: 2 });
});

it('is declined by the street, with a reason and another way, and withdrawn by the worker', async () => {
  const [one, other] = [await cases.report(), await cases.report()];
  await cases.walk(one, [[street, 'caseDecline', { note: '已在整改', otherWay: '见工程公示' }]]);
  await cases.walk(other, [[gridWorker, 'caseWithdraw']]);
  expect([await stateOf(one), await stateOf(other)]).toEqual(['DECLINED', 'WITHDRAWN']);
});

it('warns the street when it is not taken in, and then the district', async () => {
  const id = await cases.report();
  now = new Date('2026-03-04T02:00:00Z');
  await platform.subgraphs.running('community').runTasks();
  expect(await read(id, 'escalatedTo')).toEqual({ escalatedTo: 'DISTRICT' });
  expect(await noticesOf(street, id)).toEqual(['NEW_ON_LIST', 'WARNED', 'OVERDUE']);
  expect(await noticesOf(district, id)).toEqual(['ESCALATED']);
  expect(await noticesOf(clerk, id)).toEqual([]);
});

it.each(patrolDomains)('has a place in the taxonomy for %s that is there', async (domain) => {
  const { category } = await read(await cases.report(gridWorker, { domain }), 'category');
  const paths = readFileSync(new URL('../../data/demand-taxonomy.csv', import.meta.url), 'utf8').split(/\r?\n/).map((line) => line.replaceAll(',', '/'));
  expect(paths.some((path) => path === category || path.startsWith(`${String(category)}/`))).toBe(true);
});

it('takes the category, the urgency and the place that the worker names', async () => {
  const more = { category: '环境保护', urgency: 'EMERGENCY', grid: places.grid, longitude: 117.25, latitude: 31.88 };
  const id = await cases.report(gridWorker, more);
  expect(await read(id, 'category urgency address longitude latitude', gridWorker)).toEqual({
    category: '环境保护', urgency: 'EMERGENCY', address: finding.address, longitude: 117.25, latitude: 31.88,
  });
});

it('is reported once for one key', async () => {
  const more = { title: '重复上报', idempotencyKey: 'once' };
  const [first, second] = [await cases.report(gridWorker, more), await cases.report(gridWorker, more)];
  expect(second).toBe(first);
  expect((await cases.tryReport(gridWorker, { ...more, domain: 'POLICY' })).userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
});

const count = (): Promise<number> => platform.subgraphs.running('community').connection.collection('cases').countDocuments();

it.each<[string, Actor, Fields, string, string | null]>([
  ['a resident', resident, {}, 'ROLE_NOT_ALLOWED', null],
  ['a community clerk', clerk, {}, 'ROLE_NOT_ALLOWED', null],
  ['a street clerk', street, {}, 'ROLE_NOT_ALLOWED', null],
  ['a city officer', city, {}, 'ROLE_NOT_ALLOWED', null],
  ['the hotline', integrator, {}, 'ROLE_NOT_ALLOWED', null],
  ['a grid worker of another grid', gridWorker, { grid: `${places.community}002` }, 'OUT_OF_SCOPE', 'grid'],
  ['a grid worker of another community', gridWorker, { grid: `${places.sibling}001` }, 'OUT_OF_SCOPE', 'grid'],
  ['a grid worker of a grid that is not there', actor('GRID_WORKER', `${places.community}999`), {}, 'INVALID_INPUT', 'grid'],
  ['a worker who names no category there is', gridWorker, { category: '井盖' }, 'INVALID_INPUT', 'category'],
  ['a worker who gives no title', gridWorker, { title: ' ' }, 'INVALID_INPUT', 'title'],
  ['a worker who says nothing', gridWorker, { detail: ' ' }, 'INVALID_INPUT', 'detail'],
  ['a worker who says too much', gridWorker, { detail: '长'.repeat(10_001) }, 'INVALID_INPUT', 'detail'],
  ['a worker with an address too long', gridWorker, { address: '长'.repeat(201) }, 'INVALID_INPUT', 'address'],
  ['a worker with half a position', gridWorker, { longitude: 117.2 }, 'INVALID_INPUT', 'longitude'],
])('is not taken from %s', async (_name, who, more, code, field) => {
  const before = await count();
  const { entity, userErrors } = await cases.tryReport(who, more);
  expect([entity, userErrors.map((error) => [error.code, error.field])]).toEqual([null, [[code, field === null ? null : ['input', field]]]]);
  expect(await count()).toBe(before);
});

it('is not taken from who has not signed in', async () => {
  const { errors } = await platform.as(null).attempt(
    'mutation ($input: PatrolReportInput!) { patrolReport(input: $input) { case { id } } }', { input: finding },
  );
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
});

it('is not submitted as any case, which points to where it is reported', async () => {
  const before = await count();
  const { userErrors } = await cases.trySubmit(gridWorker, { kind: 'PATROL', demandType: null, grid: places.grid });
  expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', 'kind'], message: expect.stringContaining('patrolReport') as string }]);
  expect(await count()).toBe(before);
});

it.each<[string, Actor, string, Fields, string]>([
  ['accept, by the community', clerk, 'caseAccept', {}, 'ROLE_NOT_ALLOWED'],
  ['decline, by the community', clerk, 'caseDecline', { note: '否', otherWay: '否' }, 'ROLE_NOT_ALLOWED'],
  ['accept, by another street', actor('STREET_CLERK', places.otherStreet), 'caseAccept', {}, 'NOT_FOUND'],
  ['accept, by the district', district, 'caseAccept', {}, 'ROLE_NOT_ALLOWED'],
  ['accept, by the worker', gridWorker, 'caseAccept', {}, 'ROLE_NOT_ALLOWED'],
  ['accept, by a unit of the community', communityUnit, 'caseAccept', {}, 'NOT_FOUND'],
])('stays as it is for: %s', async (_name, who, mutation, more, code) => {
  const id = await cases.report();
  const before = await cases.look(id);
  expect((await cases.act(who, mutation, id, more)).userErrors).toMatchObject([{ code }]);
  expect(await cases.look(id)).toEqual(before);
});

it('that was reported before the street took them in is still the community\'s to accept', async () => {
  const id = await cases.submit(gridWorker);
  const stored = platform.subgraphs.running('community').connection.collection<{ _id: string }>('cases');
  await stored.updateOne({ _id: id }, { $set: { kind: 'PATROL', demandType: null }, $unset: { patrolDomain: '' } });
  await cases.walk(id, [[clerk, 'caseAccept']]);
  expect(await read(id, 'state kind patrolDomain')).toEqual({ state: 'ACCEPTED', kind: 'PATROL', patrolDomain: null });
});
