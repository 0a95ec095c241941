// 督办 through the gateway: ordered, or opened by the case's own counts; answered, sent back, closed.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, people, places, satisfied, settled, solved, type Cases, type Step, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { street, resident, clerk, district, city } = people;
/** Monday, 2 March 2026, 10:00 in Shanghai. */
const start = new Date('2026-03-02T02:00:00Z');
let now = start;
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'supervision', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());
beforeEach(() => {
  now = start;
});

interface View {
  readonly id: string; readonly version: number; readonly state: string; readonly cause: string; readonly times: number;
  readonly answerBy: string | null; readonly overdue: boolean; readonly holder: { readonly area: string };
  readonly answers: readonly { readonly text: string; readonly accepted: boolean | null; readonly note: string | null }[];
}

const view = 'id version state cause times answerBy overdue holder { area } answers { text accepted note }';

const of = async (caseId: string, who: Actor = district): Promise<readonly View[]> =>
  (await platform.as(who).run<{ case: { supervisions: View[] } }>(
    `query ($id: ID!) { case(id: $id) { supervisions { ${view} } } }`, { id: caseId },
  )).case.supervisions;

async function send(who: Actor, mutation: string, input: Readonly<Record<string, unknown>>): Promise<string[]> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, { userErrors: UserError[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code message field } } }`, { input },
  );
  await settled(platform.subgraphs);
  return data[mutation]?.userErrors.map(({ code }) => code) ?? [];
}

const order = async (who: Actor, caseId: string, more: Readonly<Record<string, unknown>> = {}): Promise<string[]> =>
  send(who, 'supervisionOpen', { caseId, expectedVersion: (await cases.look(caseId)).version, note: '请限期答复', ...more });

async function only(caseId: string): Promise<View> {
  const found = await of(caseId);
  expect(found).toHaveLength(1);
  return found[0] as View;
}
const on = async (caseId: string, more: Readonly<Record<string, unknown>> = {}) => {
  const { id, version } = await only(caseId);
  return { supervisionId: id, expectedVersion: version, ...more };
};
const actionsOf = async (caseId: string): Promise<string[]> => (await cases.look(caseId)).timeline.nodes.map(({ action }) => action);

async function ordered(): Promise<string> {
  const id = await cases.bring('STREET_IN_PROGRESS');
  expect(await order(district, id)).toEqual([]);
  return id;
}

it('is ordered, answered by who holds the case, sent back, answered again and closed', async () => {
  const id = await ordered();
  // Two work days after Monday: the end of Wednesday's working hours.
  expect(await only(id)).toMatchObject({ state: 'OPENED', cause: 'ORDER', times: 1, answerBy: '2026-03-04T09:00:00.000Z', holder: { area: places.street } });
  expect(await send(street, 'supervisionAnswer', await on(id, { note: '正在办理' }))).toEqual([]);
  expect(await only(id)).toMatchObject({ state: 'ANSWERED', answerBy: null });
  expect(await send(district, 'supervisionReject', await on(id, { note: '请说明完成时间' }))).toEqual([]);
  expect(await only(id)).toMatchObject({ state: 'OPENED', answerBy: '2026-03-04T09:00:00.000Z' });
  now = new Date('2026-03-05T02:00:00Z');
  expect((await only(id)).overdue).toBe(true);
  expect(await send(street, 'supervisionAnswer', await on(id, { note: '周五前完成' }))).toEqual([]);
  expect(await send(district, 'supervisionClose', await on(id))).toEqual([]);

  expect(await only(id)).toMatchObject({ state: 'CLOSED', overdue: false, answers: [
    { text: '正在办理', accepted: false, note: '请说明完成时间' }, { text: '周五前完成', accepted: true, note: null },
  ] });
  const { state } = await cases.look(id);
  expect([state, (await actionsOf(id)).slice(-5)]).toEqual(['IN_PROGRESS', [
    'SUPERVISE', 'SUPERVISION_ANSWERED', 'SUPERVISION_REJECTED', 'SUPERVISION_ANSWERED', 'SUPERVISION_CLOSED',
  ]]);
});

it('may be ordered by the city too, and again once the last order is closed', async () => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  expect(await order(city, id)).toEqual([]);
  expect(await order(district, id)).toEqual(['DUPLICATE']);
  expect(await send(street, 'supervisionAnswer', await on(id, { note: '答复' }))).toEqual([]);
  expect(await send(district, 'supervisionClose', await on(id))).toEqual([]);
  expect(await order(district, id)).toEqual([]);
  expect((await of(id)).map(({ state, times }) => [state, times])).toEqual([['CLOSED', 1], ['OPENED', 2]]);
});

it('is opened by the third return, exactly once, and shown in the timeline', async () => {
  const id = await cases.bring('STREET_RETURNED');
  const again: readonly Step[] = [[clerk, 'caseRedispatch', { upward: true }], [street, 'dispatchReturn', { note: '不属本街道' }]];
  await cases.walk(id, again);
  expect(await of(id)).toEqual([]);
  await cases.walk(id, again);
  expect(await only(id)).toMatchObject({ state: 'OPENED', cause: 'RETURNS', times: 3, holder: { area: places.community } });
  await cases.walk(id, again);
  expect(await of(id)).toHaveLength(1);
  expect((await actionsOf(id)).filter((action) => action === 'SUPERVISION_OPENED')).toHaveLength(1);
});

it('is opened by the third reopening', async () => {
  const id = await cases.bring('CLOSED');
  const reopened: Step = [resident, 'caseReopen', { note: '又坏了' }];
  const closed: readonly Step[] = [[clerk, 'caseRestart'], [clerk, 'caseResolve', solved], [resident, 'caseRate', satisfied]];
  await cases.walk(id, [reopened, ...closed, reopened, ...closed]);
  expect(await of(id)).toEqual([]);
  await cases.walk(id, [reopened]);
  expect(await only(id)).toMatchObject({ cause: 'REOPENINGS', times: 3 });
});

it('asks whoever holds the case now', async () => {
  const id = await ordered();
  await cases.walk(id, [[street, 'dispatchForward'], [district, 'coordinationSign']]);
  expect(await send(street, 'supervisionAnswer', await on(id, { note: '已上报' }))).toEqual(['ROLE_NOT_ALLOWED']);
  expect(await send(district, 'supervisionAnswer', await on(id, { note: '区级办理' }))).toEqual([]);
});

it('lists the oldest due first and those that owe no answer last', async () => {
  const first = await ordered();
  now = new Date('2026-03-03T02:00:00Z');
  const second = await ordered();
  expect(await send(street, 'supervisionAnswer', await on(first, { note: '答复' }))).toEqual([]);
  const list = async (states: string[] | null, who = district): Promise<string[]> =>
    (await platform.as(who).run<{ supervisions: { nodes: { id: string }[] } }>(
      'query ($states: [SupervisionState!]) { supervisions(states: $states, first: 100) { nodes { id } } }', { states },
    )).supervisions.nodes.map(({ id }) => id);
  const [answered, owed] = [(await only(first)).id, (await only(second)).id];
  const all = await list(null);
  expect(all.indexOf(owed)).toBeLessThan(all.indexOf(answered));
  expect(await list(['ANSWERED'])).toContain(answered);
  expect(await list(['OPENED'])).not.toContain(answered);
  expect(await list(null, actor('DISTRICT_OFFICER', places.otherDistrict))).toEqual([]);
});

it.each([
  ['a street orders it', street, {}, 'ROLE_NOT_ALLOWED'],
  ['another district orders it', actor('DISTRICT_OFFICER', places.otherDistrict), {}, 'NOT_FOUND'],
  ['there is no reason', district, { note: ' ' }, 'INVALID_INPUT'],
  ['the version is old', district, { expectedVersion: 1 }, 'STALE_VERSION'],
])('opens nothing when %s', async (_name, who, more, code) => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  const before = await cases.look(id);
  expect(await order(who, id, more)).toEqual([code]);
  expect(await of(id)).toEqual([]);
  expect(await cases.look(id)).toEqual(before);
});

it.each([
  ['one answers who does not hold the case', clerk, 'supervisionAnswer', { note: '答复' }, 'ROLE_NOT_ALLOWED'],
  ['the answer is empty', street, 'supervisionAnswer', { note: '' }, 'INVALID_INPUT'],
  ['it is closed before the answer', district, 'supervisionClose', {}, 'TRANSITION_NOT_ALLOWED'],
  ['there is no answer to send back', district, 'supervisionReject', { note: '退回' }, 'TRANSITION_NOT_ALLOWED'],
  ['the street closes it', street, 'supervisionClose', {}, 'ROLE_NOT_ALLOWED'],
  ['a resident answers', resident, 'supervisionAnswer', { note: '答复' }, 'NOT_FOUND'],
  ['the version is old', street, 'supervisionAnswer', { expectedVersion: 9, note: '答复' }, 'STALE_VERSION'],
])('changes nothing of a supervision when %s', async (_name, who, mutation, more, code) => {
  const id = await ordered();
  const [before, look] = [await only(id), await cases.look(id)];
  expect(await send(who, mutation, await on(id, more))).toEqual([code]);
  expect(await only(id)).toEqual(before);
  expect(await cases.look(id)).toEqual(look);
});

it('is opened once the district is up again', async () => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  const { version } = await cases.look(id);
  await platform.subgraphs.stop('district');
  const answer = await platform.as(city).run<{ supervisionOpen: { userErrors: UserError[] } }>(
    'mutation ($input: SupervisionOpenInput!) { supervisionOpen(input: $input) { userErrors { code message field } } }',
    { input: { caseId: id, expectedVersion: version, note: '请答复', idempotencyKey: 'order-1' } },
  );
  expect(answer.supervisionOpen.userErrors).toEqual([]);
  await platform.subgraphs.start('district');
  await settled(platform.subgraphs);
  expect(await only(id)).toMatchObject({ state: 'OPENED', cause: 'ORDER' });
});
