// The clocks beside the case through the gateway: a department's arrival at a whistle, the answer to a supervision.
import mongoose, { type Connection } from 'mongoose';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { chineseCalendar, nationalVersion } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { openEventCollections } from '../../subgraphs/shared/events/collections.js';
import { openCalendars } from '../../subgraphs/shared/persistence/calendars.js';
import { openReceipts } from '../../subgraphs/shared/persistence/receipts.js';
import { createTransactions } from '../../subgraphs/shared/persistence/transactions.js';
import { openSupervisions } from '../../subgraphs/district/persistence/supervision.repository.js';
import { fireAnswerAlarms } from '../../subgraphs/district/usecases/supervisions.js';
import { casesOf, people, places, settled, units, type Cases } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';

const { street, districtUnit, streetUnit, resident, district, city } = people;
/** Shanghai time. */
const at = (local: string): Date => new Date(`${local}:00+08:00`);
const monday = at('2026-03-02T10:00');
const minutes = (count: number): Date => new Date(monday.getTime() + count * 60_000);
let now = monday;
let platform: Platform;
let cases: Cases;
let elsewhere: Connection;

beforeAll(async () => {
  platform = await startPlatform({ name: 'alarms', seed: true, now: () => now });
  cases = casesOf(platform);
  elsewhere = await mongoose.createConnection(platform.subgraphs.uris.district).asPromise();
});
afterAll(async () => {
  await elsewhere.close();
  await platform.end();
});
beforeEach(() => {
  now = monday;
});

async function send(who: Actor, mutation: string, input: Readonly<Record<string, unknown>>, entity: string): Promise<string> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, Record<string, { id: string } | null> & { userErrors: { code: string }[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${entity} { ${entity === 'calendar' ? 'version' : 'id'} } userErrors { code message } } }`, { input },
  );
  expect(data[mutation]?.userErrors).toEqual([]);
  await settled(platform.subgraphs);
  return data[mutation]?.[entity]?.id ?? '';
}

/** Runs the level's tasks twice at once, as two processes would. */
async function lookAtAlarms(level: 'street' | 'district'): Promise<void> {
  const { runTasks } = platform.subgraphs.running(level);
  await Promise.all([runTasks(), runTasks()]);
  await settled(platform.subgraphs);
}

interface Look {
  readonly number: string;
  readonly timeline: { readonly nodes: readonly { readonly action: string; readonly note: string | null; readonly role: string | null; readonly superseded: boolean }[] };
}
const look = async (id: string): Promise<Look> => (await platform.as(city).run<{ case: Look }>(
  'query ($id: ID!) { case(id: $id) { number timeline(first: 100) { nodes { action note role superseded } } } }', { id },
)).case;
const alarms = async (id: string): Promise<string[]> =>
  (await look(id)).timeline.nodes.filter(({ action }) => /_(WARNED|OVERDUE)$/.test(action)).map(({ action, note }) => `${action} ${note ?? ''}`);

interface Told {
  readonly kind: string; readonly text: string; readonly case: { readonly title: string } | null;
  readonly whistle: { readonly state: string } | null; readonly supervision: { readonly state: string } | null;
}
/** Notices of the case, oldest first, but for those that it is new on the list. */
async function toldTo(who: Actor, caseId: string): Promise<readonly Told[]> {
  const { number } = await look(caseId);
  const { notices } = await platform.as(who).run<{ notices: { nodes: (Told & { number: string })[] } }>(
    '{ notices(first: 100) { nodes { number kind text case { title } whistle { state } supervision { state } } } }',
  );
  return notices.nodes.filter((notice) => notice.number === number && notice.kind !== 'NEW_ON_LIST').toReversed();
}
const kindsTo = async (who: Actor, caseId: string): Promise<string[]> =>
  (await toldTo(who, caseId)).filter(({ whistle, supervision }) => whistle ?? supervision).map(({ kind }) => kind);

async function blown(): Promise<{ caseId: string; whistleId: string }> {
  const caseId = await cases.bring('STREET_IN_PROGRESS');
  const expectedVersion = (await cases.look(caseId)).dispatch?.version;
  const whistleId = await send(street, 'whistleBlow', {
    caseId, expectedVersion, units: [units.district, units.street], reason: '联合处置', place: '小区东门', urgent: true,
  }, 'whistle');
  return { caseId, whistleId };
}
async function supervised(): Promise<string> {
  const caseId = await cases.bring('STREET_IN_PROGRESS');
  await send(district, 'supervisionOpen', { caseId, expectedVersion: (await cases.look(caseId)).version, note: '请限期答复' }, 'case');
  return caseId;
}

it('warns those who are called to a whistle, and tells street, district and city of one that does not come', async () => {
  const { caseId, whistleId } = await blown();
  now = minutes(23);
  await lookAtAlarms('street');
  expect(await alarms(caseId)).toEqual([]);

  now = minutes(24);
  await lookAtAlarms('street');
  expect(await alarms(caseId)).toEqual([units.district, units.street].map((unit) => `WHISTLE_WARNED ARRIVE ${unit} 80%`));
  const version = async (): Promise<number> => (await platform.as(street).run<{ whistles: { nodes: { id: string; version: number }[] } }>(
    '{ whistles(first: 100) { nodes { id version } } }',
  )).whistles.nodes.find(({ id }) => id === whistleId)?.version ?? 0;
  await send(districtUnit, 'whistleArrive', { whistleId, expectedVersion: await version() }, 'whistle');

  for (const minute of [30, 45, 90]) {
    now = minutes(minute);
    await lookAtAlarms('street');
    await lookAtAlarms('street');
  }
  expect((await alarms(caseId)).slice(2)).toEqual([100, 150, 300].map((percent) => `WHISTLE_OVERDUE ARRIVE ${units.street} ${percent}%`));
  expect(await kindsTo(districtUnit, caseId)).toEqual(['WARNED']);
  expect(await kindsTo(streetUnit, caseId)).toEqual(['WARNED', 'OVERDUE', 'OVERDUE', 'OVERDUE']);
  expect(await kindsTo(street, caseId)).toEqual(['OVERDUE']);
  expect(await kindsTo(district, caseId)).toEqual(['ESCALATED']);
  expect(await kindsTo(city, caseId)).toEqual(['ESCALATED']);
});

it('tells a department of the whistle it is called to, and shows it nothing of the case', async () => {
  const { caseId } = await blown();
  now = minutes(24);
  await lookAtAlarms('street');
  const [told] = await toldTo(districtUnit, caseId);
  expect(told).toMatchObject({
    kind: 'WARNED', case: null, whistle: { state: 'OPEN' }, supervision: null,
    text: expect.stringMatching(/^案件 HF\S+ 的吹哨报到即将超期。 \/ The arrival at the whistle of case HF\S+ is about to be overdue\.$/) as string,
  });
  expect(await toldTo(people.cityUnit, caseId)).toEqual([]);
});

it('explains every minute of an arrival and of an answer', async () => {
  const { whistleId } = await blown();
  now = minutes(10);
  const { whistles } = await platform.as(street).run<{ whistles: { nodes: { id: string; arrivals: { clock: unknown }[] }[] } }>(
    '{ whistles(first: 100) { nodes { id arrivals { clock { budget unit usedMinutes dueAt state segments { from to counted why } } } } } }',
  );
  expect(whistles.nodes.find(({ id }) => id === whistleId)?.arrivals[0]?.clock).toEqual({
    budget: 30, unit: 'MINUTE', usedMinutes: 10, dueAt: minutes(30).toISOString(), state: 'RUNNING',
    segments: [{ from: monday.toISOString(), to: minutes(10).toISOString(), counted: 10, why: 'RUNNING' }],
  });
});

it('tells nobody of a department that is late for a case that was withdrawn meanwhile', async () => {
  const { caseId } = await blown();
  const { version } = await cases.look(caseId);
  await platform.subgraphs.stop('street');
  await platform.as(resident).run(
    'mutation ($input: CaseWithdrawInput!) { caseWithdraw(input: $input) { userErrors { code } } }', { input: { caseId, expectedVersion: version } },
  );
  await platform.subgraphs.stop('community');
  await platform.subgraphs.start('street');
  now = minutes(31);
  await platform.subgraphs.running('street').runTasks();
  await platform.subgraphs.start('community');
  await settled(platform.subgraphs);
  const { nodes } = (await look(caseId)).timeline;
  const late = nodes.filter(({ action }) => action.startsWith('WHISTLE_'));
  expect(late.every(({ superseded }) => superseded)).toBe(true);
  expect(await kindsTo(street, caseId)).toEqual([]);
  expect(await alarms(caseId)).toHaveLength(4);
});

it('warns who owes the district an answer, and raises it to district and city, each once', async () => {
  const caseId = await supervised();
  now = at('2026-03-04T11:59');
  await lookAtAlarms('district');
  expect(await alarms(caseId)).toEqual([]);
  now = at('2026-03-04T12:00');
  await lookAtAlarms('district');
  await lookAtAlarms('district');
  expect(await alarms(caseId)).toEqual([`SUPERVISION_WARNED ANSWER ${places.street} 80%`]);
  now = at('2026-04-20T10:00');
  await lookAtAlarms('district');
  expect((await alarms(caseId)).slice(1)).toEqual([100, 150, 300].map((percent) => `SUPERVISION_OVERDUE ANSWER ${places.street} ${percent}%`));
  expect(await kindsTo(street, caseId)).toEqual(['WARNED', 'OVERDUE', 'OVERDUE', 'OVERDUE']);
  expect(await kindsTo(district, caseId)).toEqual(['OVERDUE']);
  expect(await kindsTo(city, caseId)).toEqual(['ESCALATED', 'ESCALATED']);
});

it('fires each once when two processes look at the same time', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i += 1) ids.push(await supervised());
  const events = await openEventCollections(elsewhere);
  const transactions = createTransactions({ connection: elsewhere, source: 'district', events, deliver: async () => undefined });
  const calendars = await openCalendars(elsewhere, chineseCalendar({ version: nationalVersion }));
  const store = await openSupervisions(elsewhere, { receipts: await openReceipts(elsewhere), calendars });
  const fire = () => fireAnswerAlarms(store.repository(transactions), calendars.inForce(), now);
  now = at('2026-03-04T15:00');
  await Promise.all([fire(), fire(), lookAtAlarms('district')]);
  // What lost a race is found again once its lease is over.
  now = at('2026-03-04T15:01');
  await lookAtAlarms('district');
  for (const id of ids) expect(await alarms(id)).toEqual([`SUPERVISION_WARNED ANSWER ${places.street} 80%`]);
});

it('moves the clocks that run to a calendar that the city publishes, and none that has stopped', async () => {
  const [open, closed] = [await supervised(), await supervised()];
  type Clocks = readonly { readonly dueAt: string | null; readonly calendarVersion: string }[];
  const of = async (id: string) => (await platform.as(district).run<{ case: { supervisions: { id: string; version: number; clocks: Clocks }[] } }>(
    'query ($id: ID!) { case(id: $id) { supervisions { id version clocks { dueAt calendarVersion } } } }', { id },
  )).case.supervisions[0];
  const [before, owed] = [await of(open), await of(closed)];
  expect(before?.clocks).toEqual([{ dueAt: at('2026-03-04T17:00').toISOString(), calendarVersion: nationalVersion }]);
  await send(street, 'supervisionAnswer', { supervisionId: owed?.id, expectedVersion: owed?.version, note: '已办' }, 'supervision');
  const changes = platform.subgraphs.running('district').connection.collection('changes');
  await changes.deleteMany({});
  await send(city, 'calendarPublish', { version: 'hefei-2026', holidays: ['2026-03-03'] }, 'calendar');
  await lookAtAlarms('district');

  const told = (await changes.find().toArray()).flatMap(({ topics }) => topics as string[]);
  expect([open, closed].map((id) => told.includes(`case:${id}`))).toEqual([true, false]);
  expect((await of(open))?.clocks).toEqual([{ dueAt: at('2026-03-05T17:00').toISOString(), calendarVersion: 'hefei-2026' }]);
  expect((await of(closed))?.clocks).toEqual([{ dueAt: null, calendarVersion: nationalVersion }]);
  now = at('2026-03-04T17:00');
  await lookAtAlarms('district');
  expect(await alarms(open)).toEqual([]);
  now = at('2026-03-05T17:00');
  await lookAtAlarms('district');
  expect(await alarms(open)).toHaveLength(2);
});
