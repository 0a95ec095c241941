// 吹哨报到 through the gateway: the street calls departments in, they arrive, the street confirms and ends it.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, people, places, settled, solved, units, type Cases, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { street, districtUnit, streetUnit, resident, clerk, district } = people;
/** Monday, 2 March 2026, 10:00 in Shanghai. */
const start = new Date('2026-03-02T02:00:00Z');
let now = start;
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'whistle', seed: true, now: () => now });
  cases = casesOf(platform);
});
afterAll(() => platform.end());
beforeEach(() => {
  now = start;
});

interface View {
  readonly id: string; readonly version: number; readonly state: string; readonly result: string | null;
  readonly arrivals: readonly { readonly unit: string; readonly state: string; readonly arriveBy: string; readonly late: boolean; readonly usedMinutes: number }[];
  readonly availableActions: readonly { readonly action: string; readonly available: boolean; readonly reason: UserError | null }[];
}
interface Done {
  readonly whistle: View | null;
  readonly codes: readonly string[];
}

const view = `id version state result arrivals { unit state arriveBy late usedMinutes }
  availableActions { action available reason { code message field } }`;

async function send(who: Actor, mutation: string, input: Readonly<Record<string, unknown>>): Promise<Done> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, { whistle: View | null; userErrors: UserError[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { whistle { ${view} } userErrors { code message field } } }`, { input },
  );
  return { whistle: data[mutation]?.whistle ?? null, codes: data[mutation]?.userErrors.map(({ code }) => code) ?? [] };
}

async function does(who: Actor, mutation: string, input: Readonly<Record<string, unknown>>): Promise<View> {
  const { whistle, codes } = await send(who, mutation, input);
  expect(codes).toEqual([]);
  if (!whistle) throw new Error(`${mutation} gave no whistle.`);
  await settled(platform.subgraphs);
  return whistle;
}

const order = { units: [units.district, units.street], reason: '占道经营反弹,需联合处置', place: '小区东门', urgent: true };
const blowInput = async (caseId: string, more: Readonly<Record<string, unknown>> = {}) =>
  ({ caseId, expectedVersion: (await cases.look(caseId)).dispatch?.version ?? 0, ...order, ...more });
const blow = async (caseId: string, more = {}): Promise<View> => does(street, 'whistleBlow', await blowInput(caseId, more));
const at = ({ id, version }: View) => ({ whistleId: id, expectedVersion: version });
const listed = async (who: Actor, open: boolean): Promise<string[]> =>
  (await platform.as(who).run<{ whistles: { nodes: { id: string }[] } }>(
    'query ($open: Boolean) { whistles(open: $open, first: 100) { nodes { id } } }', { open },
  )).whistles.nodes.map(({ id }) => id);
const ofCase = async (caseId: string): Promise<readonly View[]> =>
  (await platform.as(street).run<{ dispatch: { whistles: View[] } }>(
    `query ($id: ID!) { dispatch(caseId: $id) { whistles { ${view} } } }`, { id: caseId },
  )).dispatch.whistles;
const actionsOf = async (caseId: string): Promise<string[]> => (await cases.look(caseId)).timeline.nodes.map(({ action }) => action);

it('calls departments in, has each confirmed, and goes back to work', async () => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  const whistle = await blow(id);
  expect(whistle.arrivals.map(({ unit, state, arriveBy }) => [unit, state, arriveBy])).toEqual(
    order.units.map((unit) => [unit, 'NAMED', new Date(start.getTime() + 30 * 60_000).toISOString()]),
  );
  expect(await cases.look(id)).toMatchObject({ state: 'COORDINATING', dispatch: { state: 'COORDINATING' } });
  expect(await listed(districtUnit, true)).toContain(whistle.id);

  now = new Date(start.getTime() + 10 * 60_000);
  const arrived = await does(districtUnit, 'whistleArrive', at(whistle));
  expect(arrived.arrivals[0]).toMatchObject({ state: 'ARRIVED', late: false, usedMinutes: 10 });
  const confirmed = await does(street, 'whistleConfirm', { ...at(arrived), unit: units.district, came: true });
  now = new Date(start.getTime() + 31 * 60_000);
  const absent = await does(street, 'whistleConfirm', { ...at(confirmed), unit: units.street, came: false, note: '未到' });
  expect(absent.arrivals.map(({ state, late }) => [state, late])).toEqual([['CONFIRMED', false], ['ABSENT', true]]);

  const ended = await does(street, 'whistleEnd', { ...at(absent), result: '已清理并设隔离桩' });
  expect(ended).toMatchObject({ state: 'ENDED', result: '已清理并设隔离桩' });
  expect(await cases.look(id)).toMatchObject({ state: 'IN_PROGRESS', dispatch: { state: 'IN_PROGRESS' } });
  expect((await actionsOf(id)).slice(-2)).toEqual(['BLOW_WHISTLE', 'END_WHISTLE']);
  expect(await listed(districtUnit, true)).not.toContain(whistle.id);
  expect(await listed(districtUnit, false)).toContain(whistle.id);
});

it('is resolved by the street while it is coordinating, and the whistle ends with it', async () => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  await blow(id);
  await cases.walk(id, [[street, 'dispatchResolve', solved]]);
  expect(await cases.look(id)).toMatchObject({ state: 'RESOLVED', dispatch: { state: 'RESOLVED' } });
  expect(await ofCase(id)).toMatchObject([{ state: 'ENDED', result: null }]);
});

it('gives the same answer to the same key, and blows once', async () => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  const input = await blowInput(id, { idempotencyKey: 'blow-once' });
  const first = await does(street, 'whistleBlow', input);
  expect((await does(street, 'whistleBlow', input)).id).toBe(first.id);
  expect(await ofCase(id)).toHaveLength(1);
});

it('answers what may be done from the guard of the mutation', async () => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  const whistle = await blow(id);
  expect(whistle.availableActions).toMatchObject([{ action: 'END', available: false, reason: { code: 'TRANSITION_NOT_ALLOWED' } }]);
  const { dispatch } = await platform.as(street).run<{ dispatch: { availableActions: { action: string; available: boolean }[] } }>(
    'query ($id: ID!) { dispatch(caseId: $id) { availableActions { action available } } }', { id },
  );
  expect(dispatch.availableActions.filter(({ available }) => available).map(({ action }) => action)).toEqual(['RESOLVE']);
});

it.each([
  ['nobody is named', street, { units: [] }, 'INVALID_INPUT'],
  ['a unit does not exist', street, { units: [`${places.district}-99`] }, 'INVALID_INPUT'],
  ['a department of another district is named', street, { units: [`${places.otherDistrict}-01`] }, 'OUT_OF_SCOPE'],
  ['there is no reason', street, { reason: ' ' }, 'INVALID_INPUT'],
  ['the version is old', street, { expectedVersion: 1 }, 'STALE_VERSION'],
  ['another street blows it', actor('STREET_CLERK', places.otherStreet), {}, 'NOT_FOUND'],
  ['the community blows it', clerk, {}, 'ROLE_NOT_ALLOWED'],
  ['the district blows it', district, {}, 'ROLE_NOT_ALLOWED'],
])('changes nothing when %s', async (_name, who, more, code) => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  const before = await cases.look(id);
  expect((await send(who, 'whistleBlow', await blowInput(id, more))).codes).toEqual([code]);
  expect(await cases.look(id)).toEqual(before);
  expect(await ofCase(id)).toEqual([]);
});

it.each([
  ['a department arrives that was not named', actor('DEPARTMENT_OFFICER', `${places.district}-09`), 'whistleArrive', {}, 'NOT_FOUND'],
  ['the street arrives for a department', street, 'whistleArrive', {}, 'ROLE_NOT_ALLOWED'],
  ['a department confirms itself', districtUnit, 'whistleConfirm', { unit: units.district, came: true }, 'ROLE_NOT_ALLOWED'],
  ['one is confirmed that has not arrived', street, 'whistleConfirm', { unit: units.district, came: true }, 'TRANSITION_NOT_ALLOWED'],
  ['absence is confirmed too early', street, 'whistleConfirm', { unit: units.district, came: false }, 'TRANSITION_NOT_ALLOWED'],
  ['one is confirmed that was not named', street, 'whistleConfirm', { unit: `${places.district}-09`, came: true }, 'INVALID_INPUT'],
  ['it ends before all are confirmed', street, 'whistleEnd', { result: '完成' }, 'TRANSITION_NOT_ALLOWED'],
  ['a department ends it', streetUnit, 'whistleEnd', { result: '完成' }, 'ROLE_NOT_ALLOWED'],
  ['a resident looks for it', resident, 'whistleEnd', { result: '完成' }, 'NOT_FOUND'],
  ['the version is old', street, 'whistleEnd', { expectedVersion: 9, result: '完成' }, 'STALE_VERSION'],
])('changes nothing of a whistle when %s', async (_name, who, mutation, more, code) => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  const whistle = await blow(id);
  const before = await cases.look(id);
  expect((await send(who, mutation, { ...at(whistle), ...more })).codes).toEqual([code]);
  expect(await ofCase(id)).toEqual([whistle]);
  expect(await cases.look(id)).toEqual(before);
});

it('goes on while the community is down, and the case follows later', async () => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  const input = await blowInput(id);
  await platform.subgraphs.stop('community');
  const { whistle, codes } = await send(street, 'whistleBlow', input);
  await platform.subgraphs.start('community');
  await settled(platform.subgraphs);
  expect([codes, whistle?.state]).toEqual([[], 'OPEN']);
  expect(await cases.look(id)).toMatchObject({ state: 'COORDINATING', dispatch: { state: 'COORDINATING' } });
});

it('is superseded, and ended on the street, when the case was withdrawn meanwhile', async () => {
  const id = await cases.bring('STREET_IN_PROGRESS');
  const input = await blowInput(id);
  const { version } = await cases.look(id);
  await platform.subgraphs.stop('street');
  await platform.as(resident).run(
    'mutation ($input: CaseWithdrawInput!) { caseWithdraw(input: $input) { userErrors { code } } }', { input: { caseId: id, expectedVersion: version } },
  );
  await platform.subgraphs.stop('community');
  await platform.subgraphs.start('street');
  expect((await send(street, 'whistleBlow', input)).codes).toEqual([]);
  await platform.subgraphs.start('community');
  await settled(platform.subgraphs);

  const look = await cases.look(id);
  expect(look).toMatchObject({ state: 'WITHDRAWN', dispatch: { state: 'WITHDRAWN' } });
  expect(look.timeline.nodes.at(-1)).toMatchObject({ action: 'BLOW_WHISTLE', superseded: true });
  expect(await ofCase(id)).toMatchObject([{ state: 'ENDED', result: null }]);
});
