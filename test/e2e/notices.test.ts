// Notices through the gateway, and through the webhook to a server of the test's own.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import mongoose, { type Connection } from 'mongoose';
import { pino } from 'pino';
import { webhookChannel } from '../../subgraphs/community/notices/webhook.js';
import { openNotices } from '../../subgraphs/community/persistence/notice.repository.js';
import { deliverNotices } from '../../subgraphs/community/usecases/deliverNotices.js';
import type { NoticeChannel } from '../../subgraphs/community/usecases/ports.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { actor } from '../kit/identity.js';
import { startPlatform, type Platform } from '../kit/gateway.js';

const secret = 'only this test and its server know';
const community = '340103001001';
const clerk = actor('COMMUNITY_CLERK', community);
const colleague = actor('COMMUNITY_CLERK', community, 'second-clerk');
const unitOfficer = actor('DEPARTMENT_OFFICER', `${community}-01`);
const personal = ['王小明', '13812345678', '望江路', '路灯'];

interface Letter {
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}
const letters: Letter[] = [];
/** Answers of the receiver to come; 204 when there is none. */
let answers: number[] = [];
let receiver: Server;
let channel: NoticeChannel;
let platform: Platform;
let elsewhere: Connection;
const logged: string[] = [];
const start = new Date('2026-03-02T01:00:00Z');
let now = start;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      letters.push({ headers: request.headers, body });
      response.writeHead(answers.shift() ?? 204, { location: '/elsewhere' }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;
  channel = webhookChannel({ url: `http://127.0.0.1:${port}/in`, secret, now: () => now });
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });
  platform = await startPlatform({ name: 'notices', seed: true, now: () => now, noticeChannels: [channel], log });
  elsewhere = await mongoose.createConnection(platform.subgraphs.uris.community).asPromise();
});
afterAll(async () => {
  await elsewhere.close();
  await platform.end();
  receiver.close();
});
beforeEach(async () => {
  await deliverAll();
  letters.length = 0;
  logged.length = 0;
  answers = [];
});

const deliverAll = (): Promise<void> => platform.subgraphs.running('community').runTasks();

let people = 0;
const newResident = (): Actor => actor('RESIDENT', null, `notified-${(people += 1)}`);

async function submit(who: Actor): Promise<string> {
  const { caseSubmit } = await platform.as(who).run<{ caseSubmit: { case: { id: string } } }>(
    'mutation ($input: CaseSubmitInput!) { caseSubmit(input: $input) { case { id } userErrors { code } } }',
    {
      input: {
        channel: 'WEB', demandType: 'COMPLAINT', category: '城乡建设', title: '王小明家路灯不亮', detail: '望江路,已三天', community,
        reporter: { name: '王小明', phone: '13812345678' },
      },
    },
  );
  return caseSubmit.case.id;
}

async function does(who: Actor, mutation: string, id: string, input: Record<string, unknown> = {}): Promise<void> {
  const { case: { version } } = await platform.as(clerk).run<{ case: { version: number } }>('query ($id: ID!) { case(id: $id) { version } }', { id });
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, { userErrors: unknown[] }>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code message } } }`,
    { input: { caseId: id, expectedVersion: version, ...input } },
  );
  expect(data[mutation]?.userErrors).toEqual([]);
}

interface Page {
  readonly nodes: readonly { readonly id: string; readonly kind: string; readonly text: string; readonly number: string; readonly seq: number; readonly isRead: boolean; readonly case: { readonly id: string } | null }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  readonly totalCount: number;
  readonly unreadCount: number;
}
const pageFields = 'nodes { id kind text number seq isRead case { id } } pageInfo { hasNextPage endCursor } totalCount unreadCount';
const noticesOf = async (who: Actor, args: Record<string, unknown> = {}): Promise<Page> => (await platform.as(who).run<{ notices: Page }>(
  `query ($unreadOnly: Boolean, $first: Int, $after: String) { notices(unreadOnly: $unreadOnly, first: $first, after: $after) { ${pageFields} } }`,
  { unreadOnly: false, ...args },
)).notices;
const mark = async (who: Actor, input: Record<string, unknown>): Promise<{ marked: number; unreadCount: number; userErrors: { code: string }[] }> =>
  (await platform.as(who).run<{ noticeMarkRead: { marked: number; unreadCount: number; userErrors: { code: string }[] } }>(
    'mutation ($input: NoticeMarkReadInput!) { noticeMarkRead(input: $input) { marked unreadCount userErrors { code } } }', { input },
  )).noticeMarkRead;

/** Two notices to a new resident: accepted, information wanted. */
async function twoNotices(): Promise<{ resident: Actor; id: string }> {
  const resident = newResident();
  const id = await submit(resident);
  await does(clerk, 'caseAccept', id);
  now = new Date(now.getTime() + 60_000);
  await does(clerk, 'caseRequestInfo', id, { note: '请王小明补充照片' });
  return { resident, id };
}

it('tells the reporter of each step, latest first, and counts what is unread', async () => {
  const { resident, id } = await twoNotices();
  const { nodes, totalCount, unreadCount } = await noticesOf(resident);
  expect(nodes.map(({ kind, seq, isRead }) => [kind, seq, isRead])).toEqual([['INFO_WANTED', 3, false], ['ACCEPTED', 2, false]]);
  expect([totalCount, unreadCount]).toEqual([2, 2]);
  expect(nodes.every((notice) => notice.case?.id === id && notice.text.includes(notice.number))).toBe(true);

  const first = await noticesOf(resident, { first: 1 });
  const second = await noticesOf(resident, { first: 1, after: first.pageInfo.endCursor });
  expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage]).toEqual([true, false]);
  expect([...first.nodes, ...second.nodes]).toEqual(nodes);
});

it('marks by id or up to a cursor, and again without harm', async () => {
  const { resident } = await twoNotices();
  const { nodes, pageInfo } = await noticesOf(resident);
  expect(await mark(resident, { ids: [nodes[0]?.id] })).toEqual({ marked: 1, unreadCount: 1, userErrors: [] });
  expect(await mark(resident, { ids: [nodes[0]?.id] })).toEqual({ marked: 0, unreadCount: 1, userErrors: [] });
  expect((await noticesOf(resident, { unreadOnly: true })).nodes.map(({ kind }) => kind)).toEqual(['ACCEPTED']);
  expect(await mark(resident, { upTo: pageInfo.endCursor })).toEqual({ marked: 1, unreadCount: 0, userErrors: [] });
});

it('leaves what is newer than the cursor unread', async () => {
  const { resident } = await twoNotices();
  const older = await noticesOf(resident, { first: 1, after: (await noticesOf(resident, { first: 1 })).pageInfo.endCursor });
  expect(await mark(resident, { upTo: older.pageInfo.endCursor })).toEqual({ marked: 1, unreadCount: 1, userErrors: [] });
  expect((await noticesOf(resident, { unreadOnly: true })).nodes.map(({ kind }) => kind)).toEqual(['INFO_WANTED']);
});

it("keeps an officer's marks apart from the colleague's", async () => {
  await submit(newResident());
  const [mine, theirs] = [await noticesOf(clerk), await noticesOf(colleague)];
  expect(theirs.nodes[0]).toEqual(mine.nodes[0]);
  expect(mine.nodes[0]?.kind).toBe('NEW_ON_LIST');
  await mark(clerk, { ids: [mine.nodes[0]?.id] });
  expect((await noticesOf(clerk)).nodes[0]?.isRead).toBe(true);
  expect((await noticesOf(colleague)).nodes[0]?.isRead).toBe(false);
  expect((await noticesOf(colleague)).unreadCount).toBe(theirs.unreadCount);
});

it('shows no other person a notice, and no case that has gone out of sight', async () => {
  const { id } = await twoNotices();
  expect((await noticesOf(newResident())).nodes).toEqual([]);
  expect((await noticesOf(actor('AUDITOR', '3401'))).nodes).toEqual([]);
  await does(clerk, 'caseSupplyInfo', id, { note: '已补充' });
  await does(clerk, 'caseDispatch', id, { unit: `${community}-01` });
  expect((await noticesOf(unitOfficer)).nodes[0]).toMatchObject({ kind: 'NEW_ON_LIST', case: { id } });
  await does(unitOfficer, 'caseReturn', id, { note: '不属本单位' });
  expect((await noticesOf(unitOfficer)).nodes[0]).toMatchObject({ kind: 'NEW_ON_LIST', case: null });
  const anonymous = await platform.as(null).attempt('{ notices { totalCount } }');
  expect(anonymous.errors?.[0]?.extensions?.['code']).toBe('UNAUTHENTICATED');
});

it.each<[string, (own: string, others: string) => Record<string, unknown>, string]>([
  ['nothing', () => ({}), 'INVALID_INPUT'],
  ['no id', () => ({ ids: [] }), 'INVALID_INPUT'],
  ['ids and a cursor', (own) => ({ ids: [own], upTo: Buffer.from(`[${start.getTime()},"x"]`).toString('base64url') }), 'INVALID_INPUT'],
  ['more than 200 ids', () => ({ ids: Array.from({ length: 201 }, (_one, i) => `id-${i}`) }), 'INVALID_INPUT'],
  ["somebody else's notice beside one's own", (own, others) => ({ ids: [own, others] }), 'NOT_FOUND'],
])('refuses to mark %s, and marks none', async (_what, input, code) => {
  const { resident } = await twoNotices();
  const others = (await noticesOf(clerk)).nodes[0]?.id ?? '';
  const own = (await noticesOf(resident)).nodes[0]?.id ?? '';
  const refused = await mark(resident, input(own, others));
  expect([refused.marked, refused.unreadCount, refused.userErrors.map((error) => error.code)]).toEqual([0, 2, [code]]);
});

it('makes no notice of a step that was not saved', async () => {
  const resident = newResident();
  const id = await submit(resident);
  const accept = 'mutation ($input: CaseAcceptInput!) { caseAccept(input: $input) { userErrors { code } } }';
  const input = { caseId: id, expectedVersion: 1 };
  const both = await Promise.all([clerk, colleague].map((who) => platform.as(who).run<{ caseAccept: { userErrors: { code: string }[] } }>(accept, { input })));
  expect(both.flatMap(({ caseAccept }) => caseAccept.userErrors.map(({ code }) => code))).toEqual(['STALE_VERSION']);
  expect((await noticesOf(resident)).nodes.map(({ kind }) => kind)).toEqual(['ACCEPTED']);
});

interface CloudEvent {
  readonly id: string;
  readonly data: { readonly recipient: string; readonly kind: string };
}
const eventOf = ({ body }: Letter): CloudEvent => JSON.parse(body) as CloudEvent;
const to = (resident: Actor): Letter[] => letters.filter((letter) => eventOf(letter).data.recipient === `RESIDENT:${resident.id}`);

it('posts each notice once as a CloudEvent whose signature verifies and that says nothing personal', async () => {
  const { resident, id } = await twoNotices();
  await deliverAll();
  await deliverAll();
  const { nodes } = await noticesOf(resident);
  expect(to(resident).map((letter) => eventOf(letter).id).toSorted()).toEqual(nodes.map((notice) => notice.id).toSorted());
  for (const { headers, body } of letters) {
    expect(headers['content-type']).toBe('application/cloudevents+json');
    const [, t = '', v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['hefei-signature'])) ?? [];
    expect(Number(t)).toBe(Math.floor(now.getTime() / 1_000));
    expect(createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')).toBe(v1);
    for (const word of personal) expect(body).not.toContain(word);
  }
  expect(JSON.parse(to(resident)[0]?.body ?? '')).toMatchObject({
    specversion: '1.0', type: 'hefei.notice.created.v1', source: '/community/notices', subject: id, datacontenttype: 'application/json',
    data: { caseId: id, kind: 'ACCEPTED' },
  });
});

it.each([500, 404, 302])('tries again after an answer of %i, later each time', async (status) => {
  const resident = newResident();
  await submit(resident);
  answers = [status, status];
  await deliverAll();
  await deliverAll();
  expect(letters).toHaveLength(1);
  now = new Date(now.getTime() + 1_000);
  await deliverAll();
  now = new Date(now.getTime() + 1_000);
  await deliverAll();
  expect(letters).toHaveLength(2);
  now = new Date(now.getTime() + 1_000);
  await deliverAll();
  expect(letters).toHaveLength(3);
  expect(new Set(letters.map((letter) => eventOf(letter).id)).size).toBe(1);
  const failures = logged.filter((line) => line.includes('notice not delivered'));
  expect(failures).toHaveLength(2);
  expect(failures[0]).toContain(`HTTP ${status}`);
  for (const word of [...personal, secret]) expect(logged.join('')).not.toContain(word);
  expect(failures.join('')).not.toContain(resident.id);
});

it('sends again with the same id what was delivered by a process that ended before it marked it', async () => {
  await submit(newResident());
  const deliveries = await openNotices(elsewhere, { channels: [channel.name] });
  const crashing = { ...deliveries, markDelivered: () => Promise.reject(new Error('The process has ended.')) };
  await expect(deliverNotices({ deliveries: crashing, channel, now: () => now, onFailure: () => undefined })).rejects.toThrow('ended');
  expect(letters).toHaveLength(1);
  await deliverAll();
  expect(letters).toHaveLength(1);
  now = new Date(now.getTime() + 60_000);
  await deliverAll();
  await deliverAll();
  expect(letters.map((letter) => eventOf(letter).id)).toEqual([eventOf(letters[0] as Letter).id, eventOf(letters[0] as Letter).id]);
});

it('sends each once when two processes deliver at the same time', async () => {
  for (let i = 0; i < 25; i += 1) await submit(newResident());
  const deliveries = await openNotices(elsewhere, { channels: [channel.name] });
  const work = { deliveries, channel, now: () => now, onFailure: () => undefined };
  await Promise.all([deliverNotices(work), deliverNotices(work), deliverAll()]);
  await deliverAll();
  expect(letters).toHaveLength(25);
  expect(new Set(letters.map((letter) => eventOf(letter).id)).size).toBe(25);
});

const counts = async (): Promise<{ pending: number; parked: number } | undefined> =>
  (await platform.as(actor('CITY_OFFICER', '3401')).run<{ noticeDeliveries: { channel: string; pending: number; parked: number }[] }>(
    '{ noticeDeliveries { channel pending parked } }',
  )).noticeDeliveries.find((one) => one.channel === 'webhook');

it('parks and counts what nobody took for a day', async () => {
  await submit(newResident());
  expect(await counts()).toEqual({ channel: 'webhook', pending: 1, parked: 0 });
  answers = [503, 503];
  await deliverAll();
  now = new Date(now.getTime() + 86_400_000);
  await deliverAll();
  // The ACCEPT clock ran on meanwhile: what it caused is new, and taken.
  await deliverAll();
  expect(await counts()).toEqual({ channel: 'webhook', pending: 0, parked: 1 });
  expect(logged.some((line) => line.includes('"parked":true'))).toBe(true);
});

it('shows the deliveries to city officers and auditors alone', async () => {
  const refused = await platform.as(clerk).attempt('{ noticeDeliveries { parked } }');
  expect(refused.errors?.[0]?.extensions?.['code']).toBe('FORBIDDEN');
});
