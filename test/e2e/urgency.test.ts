// Urgency and service items through the gateway: what a case says of them, and the budgets that every level takes from them.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, people, settled, units, type Cases, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';

const { resident, gridWorker, clerk, street, district, city, integrator, auditor } = people;
/** Monday, 2 March 2026, 10:00 in Shanghai. */
const now = new Date('2026-03-02T02:00:00Z');
let platform: Platform;
let cases: Cases;

const row = (clock: string, unit: string, budget: number, more: Record<string, unknown> = {}) =>
  ({ clock, unit, budget, sourceZh: '合政办〔2026〕1 号', sourceEn: 'City order 1 of 2026', ...more });
const fallbacks = [
  row('ACCEPT', 'WORK_DAY', 1), row('SIGN', 'WORK_DAY', 1), row('RESPOND', 'WORK_DAY', 1), row('RESOLVE', 'WORK_DAY', 10),
  row('INFO', 'WORK_DAY', 10), row('CALLBACK', 'MINUTE', 20_160), row('REOPEN', 'MINUTE', 4_320),
];
const source = { sourceZh: '应急预案', sourceEn: 'Emergency plan' };
const rows = [
  row('ACCEPT', 'MINUTE', 15, { urgency: 'EMERGENCY' }),
  row('RESOLVE', 'WORK_DAY', 3, { serviceItem: 'MZ-0102', sourceZh: '限时办结', sourceEn: 'Limit of the item' }),
  row('ARRIVE', 'MINUTE', 20, { urgency: 'EMERGENCY', ...source }),
  row('ARRIVE', 'MINUTE', 90, { urgency: 'URGENT', ...source }),
  row('ANSWER', 'WORK_MINUTE', 60, { urgency: 'EMERGENCY' }),
  ...fallbacks,
];

const publish = async (input: Record<string, unknown>): Promise<UserError[]> =>
  (await platform.as(city).run<{ clockPolicyPublish: { userErrors: UserError[] } }>(
    'mutation ($input: ClockPolicyPublishInput!) { clockPolicyPublish(input: $input) { userErrors { code message field } } }', { input },
  )).clockPolicyPublish.userErrors;

beforeAll(async () => {
  platform = await startPlatform({ name: 'urgency', seed: true, now: () => now });
  cases = casesOf(platform);
  expect(await publish({ version: 'p-2026', rows })).toEqual([]);
  await settled(platform.subgraphs);
});
afterAll(() => platform.end());

interface View {
  readonly urgency: string;
  readonly serviceItem: string | null;
  readonly clocks: readonly { readonly name: string; readonly unit: string; readonly budget: number; readonly source: string }[];
}
const read = async (id: string): Promise<View> => (await platform.as(auditor).run<{ case: View }>(
  'query ($id: ID!) { case(id: $id) { urgency serviceItem clocks { name unit budget source } } }', { id },
)).case;
const budget = async (id: string, name: string): Promise<string> => {
  const clock = (await read(id)).clocks.findLast((one) => one.name === name);
  return `${clock?.budget} ${clock?.unit}`;
};
const application = { kind: 'APPLICATION', demandType: null, category: '民政/社会救助' } as const;

it('starts an emergency on a shorter clock than the rest', async () => {
  const [normal, emergency] = [await cases.submit(), await cases.submit(integrator, { urgency: 'EMERGENCY' })];
  expect([(await read(normal)).urgency, (await read(emergency)).urgency]).toEqual(['NORMAL', 'EMERGENCY']);
  expect([await budget(normal, 'ACCEPT'), await budget(emergency, 'ACCEPT')]).toEqual(['1 WORK_DAY', '15 MINUTE']);
});

it('resolves an application within the time of its service item, and says where that comes from', async () => {
  const [one, other] = [
    await cases.submit(resident, { ...application, serviceItem: 'MZ-0102' }), await cases.submit(resident, application),
  ];
  await cases.walk(one, [[clerk, 'caseAccept']]);
  await cases.walk(other, [[clerk, 'caseAccept']]);
  expect([(await read(one)).serviceItem, (await read(other)).serviceItem]).toEqual(['MZ-0102', null]);
  expect([await budget(one, 'RESOLVE'), await budget(other, 'RESOLVE')]).toEqual(['3 WORK_DAY', '10 WORK_DAY']);
  expect((await read(one)).clocks.find(({ name }) => name === 'RESOLVE')?.source).toBe('限时办结 / Limit of the item');
});

it.each<[string, boolean, string, string]>([
  ['NORMAL', false, '2026-03-03T09:00:00.000Z', 'default of the platform'],
  ['URGENT', false, '2026-03-02T03:30:00.000Z', 'Emergency plan'],
  ['EMERGENCY', false, '2026-03-02T02:20:00.000Z', 'Emergency plan'],
  ['NORMAL', true, '2026-03-02T02:20:00.000Z', 'Emergency plan'],
])('gives the departments the city\'s time to arrive: %s, blown as an emergency: %s', async (urgency, urgent, arriveBy, from) => {
  const id = await cases.submit(integrator, { urgency });
  await cases.walk(id, [[clerk, 'caseAccept'], [clerk, 'caseForward'], [street, 'dispatchSign']]);
  const { whistleBlow } = await platform.as(street).run<{
    whistleBlow: { whistle: { arrivals: { arriveBy: string; source: string }[] } };
  }>(
    'mutation ($input: WhistleBlowInput!) { whistleBlow(input: $input) { whistle { arrivals { arriveBy source } } } }',
    { input: { caseId: id, expectedVersion: (await cases.look(id)).dispatch?.version, units: [units.district], reason: '燃气泄漏', place: '东门', urgent } },
  );
  expect(whistleBlow.whistle.arrivals).toEqual([{ arriveBy, source: expect.stringContaining(from) as string }]);
  const { dispatches } = await platform.as(street).run<{ dispatches: { nodes: { id: string; urgency: string }[] } }>(
    '{ dispatches(first: 1) { nodes { id urgency } } }',
  );
  expect(dispatches.nodes).toEqual([{ id, urgency }]);
});

it.each([['NORMAL', '2026-03-04T09:00:00.000Z'], ['EMERGENCY', '2026-03-02T03:00:00.000Z']])(
  'gives the answer to a supervision of a case that is %s the city\'s time', async (urgency, answerBy) => {
    const id = await cases.submit(integrator, { urgency });
    await cases.walk(id, [[clerk, 'caseAccept']]);
    await platform.as(district).run('mutation ($input: SupervisionOpenInput!) { supervisionOpen(input: $input) { userErrors { code } } }', {
      input: { caseId: id, expectedVersion: (await cases.look(id)).version, note: '请限期答复' },
    });
    await settled(platform.subgraphs);
    const { case: found } = await platform.as(district).run<{ case: unknown }>(
      'query ($id: ID!) { case(id: $id) { supervisions { answerBy } } }', { id },
    );
    expect(found).toEqual({ supervisions: [{ answerBy }] });
  },
);

it('finds cases by their urgency, those from before it was known among the normal ones', async () => {
  const ids = [
    await cases.submit(), await cases.submit(resident, { urgency: 'URGENT' }), await cases.submit(gridWorker, { urgency: 'EMERGENCY' }),
  ];
  const stored = platform.subgraphs.running('community').connection.collection<{ _id: string }>('cases');
  await stored.updateOne({ _id: ids[0] ?? '' }, { $unset: { urgency: '', serviceItem: '' } });
  const found = async (urgencies: string[]): Promise<string[]> => (await platform.as(auditor).run<{ cases: { nodes: { id: string }[] } }>(
    'query ($urgencies: [Urgency!]) { cases(first: 100, filter: { urgencies: $urgencies }) { nodes { id } } }', { urgencies },
  )).cases.nodes.map(({ id }) => id).filter((id) => ids.includes(id)).toReversed();
  expect(await found(['NORMAL'])).toEqual([ids[0]]);
  expect(await found(['URGENT', 'EMERGENCY'])).toEqual(ids.slice(1));
  expect(await read(ids[0] ?? '')).toMatchObject({ urgency: 'NORMAL', serviceItem: null });
});

it.each<[string, Actor, Record<string, unknown>, string]>([
  ['an emergency that a resident claims', resident, { urgency: 'EMERGENCY' }, 'urgency'],
  ['a service item of a demand', clerk, { serviceItem: 'MZ-0102' }, 'serviceItem'],
  ['a service item that is no code', resident, { ...application, serviceItem: 'MZ 0102' }, 'serviceItem'],
  ['a service item without a character', resident, { ...application, serviceItem: '' }, 'serviceItem'],
  ['a service item too long', resident, { ...application, serviceItem: 'M'.repeat(65) }, 'serviceItem'],
])('takes in no case with %s', async (_name, who, more, field) => {
  const count = () => platform.subgraphs.running('community').connection.collection('cases').countDocuments();
  const before = await count();
  const { entity, userErrors } = await cases.trySubmit(who, more);
  expect([entity, userErrors.map(({ code, field: at }) => [code, at])]).toEqual([null, [['INVALID_INPUT', ['input', field]]]]);
  expect(await count()).toBe(before);
});

it.each([
  ['an item for a demand', { kind: 'DEMAND', serviceItem: 'MZ-0102' }, 'only an APPLICATION'],
  ['an item that is no code', { serviceItem: '低保' }, 'the code of a service item'],
  ['an urgency that never counts', { clock: 'ACCEPT', urgency: 'EMERGENCY' }, 'would never count'],
])('publishes no policy with %s', async (_name, more, reason) => {
  const refused = await publish({ version: 'p-x', rows: [...rows, row('RESOLVE', 'WORK_DAY', 2, more)] });
  expect(refused).toMatchObject([{ code: 'INVALID_INPUT', message: expect.stringContaining(reason) as string }]);
  const { clockPolicy } = await platform.as(null).run<{ clockPolicy: unknown }>('{ clockPolicy { version } }');
  expect(clockPolicy).toEqual({ version: 'p-2026' });
});

it('shows the conditions of a policy\'s rows', async () => {
  const { clockPolicy } = await platform.as(null).run<{ clockPolicy: { rows: unknown[] } }>(
    '{ clockPolicy { rows { clock urgency serviceItem } } }',
  );
  expect(clockPolicy.rows.slice(0, 3)).toEqual([
    { clock: 'ACCEPT', urgency: 'EMERGENCY', serviceItem: null },
    { clock: 'RESOLVE', urgency: null, serviceItem: 'MZ-0102' },
    { clock: 'ARRIVE', urgency: 'EMERGENCY', serviceItem: null },
  ]);
});
