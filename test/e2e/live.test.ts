// Subscriptions through the gateway: who is told of what, and what becomes of it when connections, rights and levels come and go.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { casesOf, people, places, settled, units, type Cases } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { bySocket, byStream, type Connect, type Sent, type Watching } from '../kit/live.js';

const { resident, clerk, street, communityUnit, auditor } = people;
const stranger = { ...actor('RESIDENT'), id: 'resident-9' };
const hour = 3_600_000;
const root = fileURLToPath(new URL('../../', import.meta.url));
let clock = Date.now();
let platform: Platform;
let cases: Cases;

beforeAll(async () => {
  platform = await startPlatform({ name: 'live', seed: true }, { now: () => new Date(clock), live: { perCaller: 8, restMs: 0 } });
  cases = casesOf(platform);
});
afterAll(() => platform.end());

interface CaseChanged {
  readonly caseChanged: { readonly eventId: string; readonly at: string; readonly case: { readonly state: string; readonly dispatch?: { readonly state: string } | null } };
}
const caseChanged = /* GraphQL */ `
  subscription Follow($id: ID!, $after: ID) {
    caseChanged(id: $id, after: $after) { eventId at case { state dispatch { state } } }
  }
`;

const opened: Watching[] = [];
async function watch<Data = CaseChanged>(who: Actor | null, query: string, variables: Record<string, unknown> = {}, connect: Connect = bySocket): Promise<Watching<Data>> {
  const watching = (await connect(platform, who)).watch<Data>(query, variables);
  opened.push(watching as Watching);
  return watching;
}
afterEach(async () => {
  for (const watching of opened.splice(0)) await watching.stop();
});

const stateOf = (sent: Sent<CaseChanged> | null): string | undefined => sent?.data?.caseChanged.case.state;
const eventOf = (sent: Sent<CaseChanged> | null): string => sent?.data?.caseChanged.eventId ?? '';
const codeOf = (sent: Sent<unknown> | null): string | undefined => sent?.errors?.[0]?.extensions?.code;

/** Until it comes: the same may be told twice. */
async function untilSent<Data>(watching: Watching<Data>, isIt: (sent: Sent<Data>) => boolean): Promise<Sent<Data>> {
  for (;;) {
    const sent = await watching.next();
    if (!sent?.data) throw new Error(`It ended before that came: ${JSON.stringify(sent)}`);
    if (isIt(sent)) return sent;
  }
}
const until = (watching: Watching<CaseChanged>, state: string): Promise<Sent<CaseChanged>> => untilSent(watching, (sent) => stateOf(sent) === state);

/** What a mutation makes or changes. */
async function make(who: Actor, mutation: string, entity: string, input: Record<string, unknown>): Promise<{ readonly id: string; readonly version: number }> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
  const data = await platform.as(who).run<Record<string, Record<string, { id: string; version: number } | null>>>(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${entity} { id version } } }`, { input },
  );
  await settled(platform.subgraphs);
  const made = data[mutation]?.[entity];
  if (!made) throw new Error(`${mutation} gave no ${entity}.`);
  return made;
}

describe.each([['WebSocket', bySocket], ['SSE', byStream]] as const)('by %s', (_name, connect) => {
  it('tells how the case is at once, and then of each change, with a place to go on from', async () => {
    const id = await cases.submit();
    const watching = await watch(resident, caseChanged, { id }, connect);
    const first = await watching.next();
    expect(first).toEqual({
      data: { caseChanged: { eventId: expect.any(String), at: new Date(clock).toISOString(), case: { state: 'SUBMITTED', dispatch: null } } },
      extensions: expect.anything(),
    });
    await cases.act(clerk, 'caseAccept', id);
    const next = await until(watching, 'ACCEPTED');
    expect(eventOf(next)).not.toBe(eventOf(first));
  });

  it('says nothing of a case that one may not see, not even that there is one', async () => {
    const id = await cases.submit();
    const other = await watch(stranger, caseChanged, { id }, connect);
    const none = await watch(stranger, caseChanged, { id: 'no-such-case' }, connect);
    const [one, two] = [await other.next(), await none.next()];
    expect([codeOf(one), codeOf(two)]).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    expect(one?.errors?.[0]?.message).toBe(two?.errors?.[0]?.message);
    expect(await other.next()).toBeNull();
  });

  it('goes on after the event that came last, and neither misses nor repeats one', async () => {
    const id = await cases.submit();
    const before = await watch(resident, caseChanged, { id }, connect);
    const last = eventOf(await before.next());
    await before.stop();
    await cases.walk(id, [[clerk, 'caseAccept'], [clerk, 'caseForward']]);

    const again = await watch(resident, caseChanged, { id, after: last }, connect);
    const missed = await until(again, 'DISPATCHED');
    await again.stop();

    const third = await watch(resident, caseChanged, { id, after: eventOf(missed) }, connect);
    // By its own connection: once it is told, the third has been served, too.
    const fence = await watch(resident, caseChanged, { id }, connect);
    await fence.next();
    expect(third.untaken.map(stateOf)).toEqual([]);
    await cases.act(street, 'dispatchSign', id);
    await until(third, 'IN_PROGRESS');
  });

  it.each<[string, (id: string) => Promise<string>, string]>([
    ['older than an hour', async (id) => {
      const after = eventOf(await (await watch(resident, caseChanged, { id })).next());
      clock += hour + 1;
      return after;
    }, 'EVENT_TOO_OLD'],
    ['somebody else\'s', async (id) => eventOf(await (await watch(clerk, caseChanged, { id })).next()), 'BAD_USER_INPUT'],
    ['of another case', async () => eventOf(await (await watch(resident, caseChanged, { id: await cases.submit() })).next()), 'BAD_USER_INPUT'],
    ['none of ours', async () => 'yesterday', 'BAD_USER_INPUT'],
  ])('refuses to go on after an event that is %s', async (_what, after, code) => {
    const id = await cases.submit();
    const watching = await watch(resident, caseChanged, { id, after: await after(id) }, connect);
    const sent = await watching.next();
    expect(codeOf(sent)).toBe(code);
    expect(sent?.errors?.[0]?.extensions?.traceId).toEqual(expect.any(String));
    expect(await watching.next()).toBeNull();
  });

  it.each([
    ['is of no valid form', 'subscription { caseChanged }', 'GRAPHQL_VALIDATION_FAILED'],
    ['does not parse', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['is a query', '{ caseCategories { name } }', 'STREAM_NEEDS_SUBSCRIPTION'],
    ['is a mutation', 'mutation { caseAccept(input: { caseId: "1", expectedVersion: 1 }) { userErrors { code } } }', 'STREAM_NEEDS_SUBSCRIPTION'],
    ['is too complex', `subscription { toDoChanged { ${Array.from({ length: 101 }, (_, i) => `a${i}: eventId`).join(' ')} } }`, 'QUERY_TOO_COMPLEX'],
    ['asks for a grid\'s numbers', `subscription { countsChanged(area: "${places.grid}") { eventId } }`, 'BAD_USER_INPUT'],
    ['needs somebody who has signed in', 'subscription { toDoChanged { eventId } }', 'UNAUTHENTICATED', null],
  ] as const)('refuses what %s', async (_what, query, code, who: Actor | null = clerk) => {
    const watching = await watch(who, query, {}, connect);
    expect(codeOf(await watching.next())).toBe(code);
    expect(await watching.next()).toBeNull();
  });
});

it('tells nothing more to one whose rights are lost', async () => {
  const id = await cases.submit();
  await cases.walk(id, [[clerk, 'caseAccept'], [clerk, 'caseDispatch', { unit: units.community }]]);
  const theirs = await watch(communityUnit, caseChanged.replace('state ', 'state version '), { id });
  expect(stateOf(await theirs.next())).toBe('DISPATCHED');
  const clerks = await watch(clerk, caseChanged, { id });
  await clerks.next();
  await cases.act(communityUnit, 'caseReturn', id, { note: '不属本单位职责' });
  await until(clerks, 'RETURNED');
  await cases.act(clerk, 'caseHandle', id);
  await cases.act(clerk, 'caseRedispatch', id, { unit: units.community });
  // What comes now is of a change that they may see again.
  expect(stateOf(await theirs.next())).toBe('DISPATCHED');
});

it('tells of what the street does with its part of the case', async () => {
  const id = await cases.bring('STREET_OFFERED');
  const watching = await watch(clerk, caseChanged, { id });
  await watching.next();
  await cases.act(street, 'dispatchSign', id);
  await untilSent(watching, (sent) => sent.data?.caseChanged.case.dispatch?.state === 'IN_PROGRESS');
});

it('tells that a department has arrived, and that one comes to a conference, though the case goes on as before', async () => {
  interface Seen { readonly caseChanged: { readonly case: {
    readonly dispatch: { readonly whistles: readonly { readonly arrivals: readonly { readonly state: string }[] }[] } | null;
    readonly conferences: readonly { readonly seats: readonly { readonly confirmedAt: string | null }[] }[];
  } } }
  const text = `subscription ($id: ID!) {
    caseChanged(id: $id) { case { dispatch { whistles { arrivals { state } } } conferences { seats { confirmedAt } } } }
  }`;
  const id = await cases.bring('STREET_IN_PROGRESS');
  const whistle = await make(street, 'whistleBlow', 'whistle', {
    caseId: id, expectedVersion: (await cases.look(id)).dispatch?.version ?? 0, units: [units.district, units.street], reason: '占道', place: '东门', urgent: true,
  });
  const atStreet = await watch<Seen>(street, text, { id });
  await atStreet.next();
  await make(people.districtUnit, 'whistleArrive', 'whistle', { whistleId: whistle.id, expectedVersion: whistle.version });
  await untilSent(atStreet, (sent) => sent.data?.caseChanged.case.dispatch?.whistles[0]?.arrivals.some(({ state }) => state === 'ARRIVED') ?? false);

  const other = await cases.bring('STREET_IN_PROGRESS');
  await cases.walk(other, [[street, 'dispatchForward', { note: '需区级协调' }], [people.district, 'coordinationSign']]);
  const conference = await make(people.district, 'conferenceConvene', 'conference', {
    caseId: other, expectedVersion: (await cases.look(other)).coordination?.version ?? 0, units: [units.district, units.city],
    agenda: '抢修', place: '区政府', meetsAt: new Date(clock + hour).toISOString(),
  });
  const atDistrict = await watch<Seen>(people.district, text, { id: other });
  await atDistrict.next();
  await make(people.districtUnit, 'conferenceConfirm', 'conference', { conferenceId: conference.id, expectedVersion: conference.version });
  await untilSent(atDistrict, (sent) => sent.data?.caseChanged.case.conferences[0]?.seats.some(({ confirmedAt }) => confirmedAt !== null) ?? false);
});

it('tells a clerk that something new waits, and that it waits no more', async () => {
  interface ToDo { readonly toDoChanged: { readonly toDo: { readonly totalCount: number } } }
  const own = { ...actor('COMMUNITY_CLERK', places.sibling) };
  const watching = await watch<ToDo>(own, 'subscription { toDoChanged { toDo(first: 1) { totalCount } } }');
  const count = (sent: Sent<ToDo> | null): number | undefined => sent?.data?.toDoChanged.toDo.totalCount;
  expect(count(await watching.next())).toBe(0);
  const id = await cases.submit(resident, { community: places.sibling });
  expect(count(await watching.next())).toBe(1);
  await cases.walk(id, [[own, 'caseAccept'], [own, 'caseForward']]);
  await untilSent(watching, (sent) => count(sent) === 0);
});

it('tells of another order of the to-do when due times are computed anew', async () => {
  interface ToDo { readonly toDoChanged: { readonly toDo: { readonly nodes: readonly { readonly id: string }[] } } }
  const area = '340103002003';
  const own = actor('COMMUNITY_CLERK', area);
  const [first, second] = [await cases.submit(resident, { community: area }), await cases.submit(resident, { community: area })];
  const stored = platform.subgraphs.running('community').connection.collection<{ _id: string }>('cases');
  await stored.updateOne({ _id: first }, { $set: { dueKey: new Date('2126-01-01') } });
  const watching = await watch<ToDo>(own, 'subscription { toDoChanged { toDo { nodes { id } } } }');
  const order = (sent: Sent<ToDo> | null): string[] | undefined => sent?.data?.toDoChanged.toDo.nodes.map(({ id }) => id);
  expect(order(await watching.next())).toEqual([second, first]);
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/clocks.ts', 'rebuild'], {
    cwd: root, env: { PATH: process.env['PATH'], MONGODB_URI: platform.subgraphs.uris.community },
  });
  expect(stdout).toContain('\n1 cases had other due times');
  expect(order(await watching.next())).toEqual([first, second]);
});

it('tells who answers for what waits, as posts and absences are planned', async () => {
  interface Mine { readonly toDoChanged: { readonly toDo: { readonly totalCount: number } } }
  const area = '340103002004';
  const [chief, one, other] = ['chief', 'one', 'other'].map((name) => actor('COMMUNITY_CLERK', area, `live-${name}`)) as [Actor, Actor, Actor];
  await cases.submit(resident, { community: area });
  const mine = 'subscription { toDoChanged { toDo(responsibility: MINE) { totalCount } } }';
  const [chiefs, others] = [await watch<Mine>(chief, mine), await watch<Mine>(other, mine)];
  const count = (sent: Sent<Mine>): number | undefined => sent.data?.toDoChanged.toDo.totalCount;
  await untilSent(chiefs, (sent) => count(sent) === 1);
  await untilSent(others, (sent) => count(sent) === 1);
  const officer = ({ id }: Actor) => ({ actorId: id, name: id });
  await make(chief, 'postCreate', 'post', { name: '综合岗', a: officer(one), b: officer(other) });
  await untilSent(chiefs, (sent) => count(sent) === 0);
  await untilSent(others, (sent) => count(sent) === 0);
  await make(one, 'absencePlan', 'absence', { to: new Date(Date.now() + 24 * hour).toISOString(), reason: 'LEAVE' });
  await untilSent(others, (sent) => count(sent) === 1);
});

it('tells which documents there are of a case, and which may be read still', async () => {
  interface Documents { readonly caseChanged: { readonly case: { readonly materials: readonly { readonly material: { readonly state: string } }[] | null } } }
  const text = 'subscription ($id: ID!) { caseChanged(id: $id) { case { materials { material { state } } } } }';
  const who = actor('RESIDENT', null, 'live-documents');
  const bytes = Buffer.from('%PDF-1.7 live');
  const input = { documentType: 'id-card', name: '身份证.pdf', format: 'PDF', size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  const apply = (): Promise<string> => cases.submit(who, { kind: 'APPLICATION', demandType: null, serviceItem: 'PENSION' });
  const [earlier, id] = [await apply(), await apply()];
  const [persons, clerks] = [await watch<Documents>(who, text, { id: earlier }), await watch<Documents>(clerk, text, { id })];
  const states = (sent: Sent<Documents>): string | undefined => sent.data?.caseChanged.case.materials?.map(({ material }) => material.state).join();
  await untilSent(persons, (sent) => states(sent) === '');
  await untilSent(clerks, (sent) => states(sent) === '');

  const material = await make(who, 'materialStart', 'upload', { ...input, givenFor: earlier });
  const put = await fetch(`${platform.url}/materials/uploads/${material.id}`, {
    method: 'PUT', headers: { ...(await platform.headers(who)), 'content-type': 'application/octet-stream' }, body: new Uint8Array(bytes),
  });
  expect(put.status).toBe(201);
  await untilSent(persons, (sent) => states(sent) === 'KEPT');

  const consent = await make(who, 'consentGive', 'consent', {});
  await make(who, 'materialAttach', 'case', { caseId: id, materialIds: [material.id] });
  await untilSent(clerks, (sent) => states(sent) === 'KEPT');
  await make(who, 'consentWithdraw', 'consent', { consentId: consent.id, expectedVersion: consent.version });
  await untilSent(clerks, (sent) => states(sent) === '');
  await make(who, 'consentGive', 'consent', {});
  await untilSent(clerks, (sent) => states(sent) === 'KEPT');

  for (const caseId of [earlier, id]) await cases.act(who, 'caseWithdraw', caseId);
  const kept = await platform.as(who).run<{ material: { version: number } }>('query ($id: ID!) { material(id: $id) { version } }', { id: material.id });
  await make(who, 'materialRemove', 'material', { materialId: material.id, expectedVersion: kept.material.version });
  await untilSent(persons, (sent) => states(sent) === 'REMOVED');
});

it('tells who has no to-do that there is none', async () => {
  const watching = await watch(auditor, 'subscription { toDoChanged { eventId } }');
  expect(codeOf(await watching.next())).toBe('NOT_FOUND');
});

it.each([
  ['community', places.community, clerk, 'Community'],
  ['street', places.street, street, 'Street'],
  ['district', places.district, people.district, 'District'],
  ['city', places.city, people.city, 'City'],
] as const)('tells of the numbers of a %s as they come to it', async (_level, area, who, typename) => {
  interface Counts { readonly countsChanged: { readonly area: { readonly __typename: string; readonly counts: readonly { readonly total: { readonly submitted: number } }[] } } }
  const text = /* GraphQL */ `
    subscription ($area: AreaCode!) {
      countsChanged(area: $area) {
        area { __typename ... on City { counts { ...n } } ... on District { counts { ...n } } ... on Street { counts { ...n } } ... on Community { counts { ...n } } }
      }
    }
    fragment n on AreaCounts { total { submitted } }
  `;
  const watching = await watch<Counts>(who, text, { area });
  const submitted = (sent: Sent<Counts> | null): number => sent?.data?.countsChanged.area.counts[0]?.total.submitted ?? -1;
  const first = await watching.next();
  expect(first?.data?.countsChanged.area.__typename).toBe(typename);
  await cases.submit();
  await untilSent(watching, (sent) => submitted(sent) > submitted(first));
});

it('tells nobody of numbers outside of their area', async () => {
  const watching = await watch(clerk, `subscription { countsChanged(area: "${places.street}") { eventId } }`);
  expect(codeOf(await watching.next())).toBe('NOT_FOUND');
});

it('misses nothing that happened while the gateway could not reach the level', async () => {
  const id = await cases.submit();
  const watching = await watch(resident, caseChanged, { id });
  await watching.next();
  await platform.subgraphs.stop('community');
  await platform.subgraphs.start('community');
  await cases.walk(id, [[clerk, 'caseAccept'], [clerk, 'caseHandle']]);
  await until(watching, 'IN_PROGRESS');
});

it('answers with how it is to a query of the same name', async () => {
  const id = await cases.submit();
  const data = await platform.as(resident).run('query ($id: ID!) { caseChanged(id: $id) { eventId at case { state } } }', { id });
  expect(data).toEqual({ caseChanged: { eventId: null, at: null, case: { state: 'SUBMITTED' } } });
});

it('says where to subscribe when that is tried by POST', async () => {
  const { errors } = await platform.as(resident).attempt('subscription { toDoChanged { eventId } }');
  expect(errors?.[0]?.extensions?.['code']).toBe('SUBSCRIPTION_NEEDS_STREAM');
});

it('lets one caller have only so many', async () => {
  const watchings = await Promise.all(Array.from({ length: 8 }, () => watch(street, 'subscription { toDoChanged { eventId } }')));
  await Promise.all(watchings.map((watching) => watching.next()));
  const more = await watch(street, 'subscription { toDoChanged { eventId } }');
  expect(codeOf(await more.next())).toBe('TOO_MANY_SUBSCRIPTIONS');
  await watchings[0]?.stop();
});

const closing = (socket: WebSocket): Promise<number> => new Promise((resolve) => { socket.once('close', resolve); });
const raw = (headers: Record<string, string> = {}, path = '/graphql'): WebSocket =>
  new WebSocket(platform.url.replace('http', 'ws') + path, 'graphql-transport-ws', { headers });
const refusal = (socket: WebSocket): Promise<number | undefined> =>
  new Promise((resolve) => { socket.on('error', () => undefined).once('unexpected-response', (_request, { statusCode }) => resolve(statusCode)); });

it('lets no other site\'s page connect, and its own', async () => {
  expect(await refusal(raw({ origin: 'https://elsewhere.example' }))).toBe(403);
  const own = raw({ origin: platform.url });
  await new Promise((resolve) => { own.once('open', resolve); });
  own.close();
});

it('has no socket at another path', async () => {
  expect(await refusal(raw({}, '/reports'))).toBe(404);
});

it('closes a connection whose token is no good, and says so', async () => {
  const socket = raw();
  socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: 'Bearer nonsense' } })));
  expect(await closing(socket)).toBe(4401);
});

it('sends ids by SSE, goes on after one that comes as a header, and takes GET, too', async () => {
  const id = await cases.submit();
  const headers = { ...await platform.headers(resident), accept: 'text/event-stream' };
  const search = new URLSearchParams({ query: caseChanged, variables: JSON.stringify({ id }) });
  const open = async (more: Record<string, string>) => {
    const going = new AbortController();
    const response = await fetch(`${platform.url}/graphql/stream?${search}`, { headers: { ...headers, ...more }, signal: going.signal });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    while (!text.includes('event: next')) {
      const { done, value } = await reader.read();
      if (done) throw new Error(`It ended before an event came: ${text}`);
      text += Buffer.from(value).toString();
    }
    going.abort();
    return text;
  };
  const first = /^id: (\S+)$/m.exec(await open({}))?.[1] ?? '';
  await cases.act(clerk, 'caseAccept', id);
  expect(await open({ 'last-event-id': first })).toContain('"state":"ACCEPTED"');
});

it('ends when the sign-in has expired', async () => {
  const id = await cases.submit();
  const watching = await watch(resident, caseChanged, { id });
  await watching.next();
  const before = clock;
  clock += 13 * hour;
  try {
    let sent = await watching.next();
    while (sent?.data) sent = await watching.next();
    expect(codeOf(sent)).toBe('UNAUTHENTICATED');
    expect(sent?.errors?.[0]?.message).toContain('sign in again');
    expect(await watching.next()).toBeNull();
  } finally {
    clock = before;
  }
});

it('lets all go when it stops, so that they come again', async () => {
  const id = await cases.submit();
  await settled(platform.subgraphs);
  const { authorization = '' } = await platform.headers(resident);
  const socket = raw();
  const messages: string[] = [];
  const message = (): Promise<void> => new Promise((resolve) => { socket.once('message', () => resolve()); });
  socket.on('message', (data) => void messages.push((JSON.parse(String(data)) as { type: string }).type));
  socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })));
  await message();
  socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: caseChanged, variables: { id } } }));
  await message();
  const stream = await fetch(`${platform.url}/graphql/stream`, {
    method: 'POST', body: JSON.stringify({ query: caseChanged, variables: { id } }),
    headers: { authorization, 'content-type': 'application/json', 'accept': 'text/event-stream' },
  });
  const text = stream.text();
  const code = closing(socket);
  await platform.gateway.stop();
  expect(await code).toBe(1001);
  expect(messages).toEqual(['connection_ack', 'next']);
  expect(await text).not.toContain('event: complete');
});
