// 政务公开 through the gateway: published, corrected, withdrawn, and read by everybody, as a list and as feeds.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { people, places, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';

const { street, district, city, clerk, resident, streetUnit, auditor } = people;
const monday = new Date('2026-03-02T02:00:00Z');
let now = monday;
let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'openness', seed: true, now: () => now });
});
afterAll(() => platform.end());
/** Each at a minute of its own, so that the order is known. */
beforeEach(() => {
  now = new Date(now.getTime() + 60_000);
});

type Input = Readonly<Record<string, unknown>>;
type Write = 'opennessPublish' | 'opennessCorrect' | 'opennessWithdraw';
interface Entry {
  readonly id: string;
  readonly version: number;
  readonly state: string;
  readonly title: string;
  readonly summary: string | null;
  readonly text: string | null;
  readonly code: { readonly code: string; readonly title: string };
  readonly publisher: { readonly level: string; readonly area: string };
  readonly withdrawal: { readonly at: string; readonly reason: string } | null;
  readonly history: readonly { readonly action: string; readonly by: string | null; readonly reason: string; readonly title: string; readonly text: string | null }[];
  readonly subject: { readonly kind: string; readonly reference: string; readonly list: { readonly version: string } | null; readonly serviceItem: { readonly code: string } | null } | null;
}
const fields = `id version state title summary text code { code title } publisher { level area } withdrawal { at reason }
  history { action by reason title text } subject { kind reference list { version } dutyList { version } serviceItem { code } }`;

async function write(who: Actor, mutation: Write, input: Input): Promise<{ entry: Entry | null; userErrors: readonly UserError[] }> {
  const data = await platform.as(who).run<Record<string, { entry: Entry | null; userErrors: UserError[] }>>(
    `mutation ($input: O${mutation.slice(1)}Input!) { ${mutation}(input: $input) { entry { ${fields} } userErrors { code message field } } }`, { input },
  );
  return data[mutation] ?? { entry: null, userErrors: [] };
}
async function done(...call: Parameters<typeof write>): Promise<Entry> {
  const { entry, userErrors } = await write(...call);
  if (!entry || userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return entry;
}
const notice = { code: '92', title: '停水通知', summary: '3 月 5 日停水', text: '因管网维修,3 月 5 日 9 时至 17 时停水。', reason: '管网维修计划' };
const publish = (more: Input = {}, who = street): Promise<Entry> => done(who, 'opennessPublish', { ...notice, ...more });
const of = ({ id, version }: Entry, more: Input = {}) => ({ entryId: id, expectedVersion: version, ...more });

const one = async (id: string, who: Actor | null = null): Promise<Entry | null> =>
  (await platform.as(who).run<{ opennessEntry: Entry | null }>(`query ($id: ID!) { opennessEntry(id: $id) { ${fields} } }`, { id })).opennessEntry;
interface Page { readonly totalCount: number; readonly nodes: readonly Entry[]; readonly pageInfo: { readonly endCursor: string | null; readonly hasNextPage: boolean } }
const list = async (args: Input = {}): Promise<Page> => (await platform.as(null).run<{ openness: Page }>(/* GraphQL */ `
  query ($code: String, $area: AreaCode, $from: Date, $to: Date, $states: [OpennessState!], $first: Int, $after: String) {
    openness(code: $code, area: $area, from: $from, to: $to, states: $states, first: $first, after: $after) {
      totalCount nodes { ${fields} } pageInfo { endCursor hasNextPage }
    }
  }
`, args)).openness;
const titles = async (args: Input): Promise<string[]> => (await list(args)).nodes.map(({ title }) => title);
const stock = () => platform.subgraphs.running('city').connection.collection('openness').find({}).sort({ _id: 1 }).toArray();

describe('an entry', () => {
  it('is public at once, corrected with its history, and says so once it is withdrawn', async () => {
    const entry = await publish();
    expect(await one(entry.id)).toMatchObject({
      state: 'PUBLISHED', title: '停水通知', code: { code: '92', title: '通知公告' }, publisher: { level: 'STREET', area: places.street }, withdrawal: null,
      history: [{ action: 'PUBLISH', by: null, reason: '管网维修计划' }],
    });
    now = new Date(now.getTime() + 60_000);
    const corrected = await done(street, 'opennessCorrect', of(entry, { text: '改为 3 月 6 日。', summary: null, reason: '施工改期' }));
    expect(corrected).toMatchObject({ version: 2, title: '停水通知', summary: null, text: '改为 3 月 6 日。' });
    now = new Date(now.getTime() + 60_000);
    await done(street, 'opennessWithdraw', of(corrected, { reason: '误含住户姓名' }));
    const seen = await one(entry.id);
    expect(seen).toMatchObject({ state: 'WITHDRAWN', title: '停水通知', text: null, withdrawal: { at: now.toISOString(), reason: '误含住户姓名' } });
    expect(seen?.history.map(({ action, reason, text }) => [action, reason, text])).toEqual([
      ['PUBLISH', '管网维修计划', null], ['CORRECT', '施工改期', null], ['WITHDRAW', '误含住户姓名', null],
    ]);
    // What it said is for its office and those above.
    for (const who of [street, district, auditor]) expect((await one(entry.id, who))?.history.map(({ text, by }) => [text, by])).toEqual([[notice.text, street.id], ['改为 3 月 6 日。', street.id], ['改为 3 月 6 日。', street.id]]);
    for (const who of [clerk, resident]) expect((await one(entry.id, who))?.text).toBeNull();
    expect(await titles({ code: '92', area: places.street })).not.toContain('停水通知');
    expect(await titles({ code: '92', area: places.street, states: ['WITHDRAWN'] })).toContain('停水通知');
  });

  it('is published once for one key', async () => {
    const once = await publish({ title: '一次', idempotencyKey: 'once' });
    expect(await publish({ title: '一次', idempotencyKey: 'once' })).toEqual(once);
    expect(await titles({ code: '92' })).toEqual(expect.arrayContaining(['一次']));
    expect((await titles({ code: '92' })).filter((title) => title === '一次')).toHaveLength(1);
  });

  it('may point to what the city publishes, and is there for lists without another act', async () => {
    const item = await publish({ code: '19.01', title: '低保办理指南', text: null, subject: { kind: 'SERVICE_ITEM', reference: '05-001' } }, clerk);
    expect(item.subject).toMatchObject({ kind: 'SERVICE_ITEM', serviceItem: { code: '05-001' }, list: null });
    expect((await list({ code: '90' })).nodes.map(({ code, subject }) => [code.code, subject?.reference]).toSorted()).toEqual(
      ['90.01', '90.02', '90.03', '90.04', '90.05'].map((code) => [code, 'hefei-1']),
    );
    await platform.as(city).run(`mutation { listPublish(input: { kind: POWER, version: "open-2", note: "年度调整", entries: [{ code: "Q-1", title: "市容检查", titleEn: "Order" }] }) { userErrors { code } } }`);
    expect((await list({ code: '90.01' })).nodes[0]).toMatchObject({
      title: '权力清单(版本 open-2)', summary: '年度调整', publisher: { level: 'CITY', area: '3401' }, subject: { kind: 'POWER_LIST', list: { version: 'open-2' } },
    });
  });

  it('is listed by code, area and period, newest first, page by page', async () => {
    now = new Date('2026-04-01T02:00:00Z');
    for (const [i, who] of [street, clerk, district].entries()) {
      now = new Date(now.getTime() + 86_400_000);
      await publish({ code: '13', title: `扶贫 ${i + 1}` }, who);
    }
    await publish({ code: '14', title: '救灾' }, actor('STREET_CLERK', places.otherStreet));
    expect(await titles({ code: '13' })).toEqual(['扶贫 3', '扶贫 2', '扶贫 1']);
    expect(await titles({ code: '13', area: places.street })).toEqual(['扶贫 2', '扶贫 1']);
    expect(await titles({ from: '2026-04-03', to: '2026-04-03' })).toEqual(['扶贫 2']);
    expect(await titles({ code: '13', area: places.otherStreet })).toEqual([]);
    const first = await list({ code: '13', first: 2 });
    const second = await list({ code: '13', first: 2, after: first.pageInfo.endCursor });
    expect([first.totalCount, first.pageInfo.hasNextPage, ...[...first.nodes, ...second.nodes].map(({ title }) => title)]).toEqual([3, true, '扶贫 3', '扶贫 2', '扶贫 1']);
  });

  it.each<Input>([{ code: '77' }, { from: '0001-01-01' }, { to: '9999-12-31' }, { first: 101 }, { after: 'x' }])('is not listed by %j', async (args) => {
    const { errors } = await platform.as(null).attempt(
      'query ($code: String, $from: Date, $to: Date, $first: Int, $after: String) { openness(code: $code, from: $from, to: $to, first: $first, after: $after) { totalCount } }', args,
    );
    expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });

  it.each<[string, string, Actor, Input, string[] | null]>([
    ['by a resident', 'ROLE_NOT_ALLOWED', resident, {}, null],
    ['by a unit', 'ROLE_NOT_ALLOWED', streetUnit, {}, null],
    ['by an auditor', 'ROLE_NOT_ALLOWED', auditor, {}, null],
    ['under a code that is none', 'INVALID_INPUT', street, { code: '77' }, ['input', 'code']],
    ['without a title', 'INVALID_INPUT', street, { title: ' ' }, ['input', 'title']],
    ['with too long a title', 'INVALID_INPUT', street, { title: '长'.repeat(101) }, ['input', 'title']],
    ['with too long a summary', 'INVALID_INPUT', street, { summary: '长'.repeat(501) }, ['input', 'summary']],
    ['with too long a text', 'INVALID_INPUT', street, { text: '长'.repeat(20_001) }, ['input', 'text']],
    ['that says nothing', 'INVALID_INPUT', street, { text: ' ' }, ['input', 'text']],
    ['without a basis', 'INVALID_INPUT', street, { reason: '' }, ['input', 'reason']],
    ['about a list that is not published', 'INVALID_INPUT', street, { subject: { kind: 'POWER_LIST', reference: 'none' } }, ['input', 'subject', 'reference']],
    ['about an item that is not in force', 'INVALID_INPUT', street, { subject: { kind: 'SERVICE_ITEM', reference: '99-999' } }, ['input', 'subject', 'reference']],
    ["about a round, which comes by itself", 'INVALID_INPUT', district, { subject: { kind: 'ASSESSMENT_ROUND', reference: 'x' } }, ['input', 'subject', 'reference']],
  ])('is not published %s: %s', async (_how, code, who, more, field) => {
    const before = await stock();
    const { entry, userErrors } = await write(who, 'opennessPublish', { ...notice, ...more });
    expect([entry, userErrors.map((error) => [error.code, error.field])]).toEqual([null, [[code, field]]]);
    expect(await stock()).toEqual(before);
  });

  it.each<[string, string, Write, Actor, Input]>([
    ['corrected by the district', 'OUT_OF_SCOPE', 'opennessCorrect', district, { title: '改' }],
    ['corrected by a resident', 'ROLE_NOT_ALLOWED', 'opennessCorrect', resident, { title: '改' }],
    ['corrected to nothing', 'INVALID_INPUT', 'opennessCorrect', street, { text: null }],
    ['corrected by an older version', 'STALE_VERSION', 'opennessCorrect', street, { title: '改', expectedVersion: 0 }],
    ['corrected without a reason', 'INVALID_INPUT', 'opennessCorrect', street, { title: '改', reason: ' ' }],
    ['corrected when there is none', 'NOT_FOUND', 'opennessCorrect', street, { entryId: 'none' }],
    ['withdrawn by another street', 'OUT_OF_SCOPE', 'opennessWithdraw', actor('STREET_CLERK', places.otherStreet), {}],
    ['withdrawn by a community of its', 'OUT_OF_SCOPE', 'opennessWithdraw', clerk, {}],
    ['withdrawn without a reason', 'INVALID_INPUT', 'opennessWithdraw', street, { reason: '' }],
  ])('is not %s: %s', async (_how, code, mutation, who, more) => {
    const entry = await publish({ title: '不变' });
    const before = await stock();
    expect((await write(who, mutation, of(entry, { reason: '原因', ...more }))).userErrors.map((error) => error.code)).toEqual([code]);
    expect(await stock()).toEqual(before);
  });

  it('is withdrawn once, by an office above too, and corrected no more', async () => {
    const entry = await publish({ title: '上级撤回' });
    const withdrawn = await done(district, 'opennessWithdraw', of(entry, { reason: '越权公开' }));
    for (const mutation of ['opennessWithdraw', 'opennessCorrect'] as const) {
      expect((await write(street, mutation, of(withdrawn, { reason: '再次' }))).userErrors.map(({ code }) => code)).toEqual(['TRANSITION_NOT_ALLOWED']);
    }
  });
});

const feed = (format: 'json' | 'xml', query = '', headers: Record<string, string> = {}): Promise<Response> => fetch(`${platform.url}/openness/feed.${format}${query}`, { headers });

/** The elements of an XML document, each with its text; throws where they do not nest. */
function elementsOf(xml: string): [name: string, text: string][] {
  const found: [string, string][] = [];
  const open: { name: string; text: string }[] = [];
  for (const [token, , close, name = '', empty] of xml.replace(/^<\?xml[^?]*\?>\s*/, '').matchAll(/(<(\/?)([\w:]+)(?:\s+[\w:]+="[^"<&]*(?:&(?:amp|lt|gt|quot|apos);[^"<&]*)*")*\s*(\/?)>)|[^<]+|</g)) {
    if (token === '<') throw new Error(`A tag is not sound: ${xml.slice(0, 200)}`);
    if (name === '') {
      if (/&(?!amp;|lt;|gt;|quot;|apos;)/.test(token)) throw new Error(`An entity is not known: ${token}`);
      const last = open.at(-1);
      if (last) last.text += token;
    } else if (close) {
      const last = open.pop();
      if (last?.name !== name) throw new Error(`${name} ends where ${last?.name} is open.`);
      found.push([name, last.text]);
    } else if (!empty) open.push({ name, text: '' });
  }
  if (open.length > 0) throw new Error(`${open[0]?.name} does not end.`);
  return found;
}

describe('the feeds', () => {
  it('have the same entries newest first, and nothing of what was withdrawn', async () => {
    const kept = await publish({ code: '22', title: '涉农 <补贴> & "公示"' });
    now = new Date(now.getTime() + 60_000);
    const gone = await publish({ code: '22', title: '误公开' });
    await done(street, 'opennessWithdraw', of(gone, { reason: '误公开' }));
    const json = await feed('json', '?code=22');
    expect([json.status, json.headers.get('content-type'), json.headers.get('cache-control')]).toEqual([200, 'application/feed+json; charset=utf-8', 'public, max-age=300']);
    const parsed = (await json.json()) as { version: string; feed_url: string; items: { id: string; title: string; content_text: string; date_published: string }[] };
    expect(parsed).toMatchObject({ version: 'https://jsonfeed.org/version/1.1', feed_url: `${platform.url}/openness/feed.json?code=22` });
    expect(parsed.items.map(({ id, title, content_text: text }) => [id, title, text])).toEqual([[`tag:hefei-platform,2026:openness/${kept.id}`, '涉农 <补贴> & "公示"', notice.text]]);
    const xml = await feed('xml', '?code=22');
    expect([xml.status, xml.headers.get('content-type')]).toEqual([200, 'application/rss+xml; charset=utf-8']);
    const elements = elementsOf(await xml.text());
    expect(elements.filter(([name]) => name === 'guid')).toEqual([['guid', `tag:hefei-platform,2026:openness/${kept.id}`]]);
    expect(elements.filter(([name]) => name === 'title')[1]).toEqual(['title', '涉农 &lt;补贴&gt; &amp; &quot;公示&quot;']);
    expect(elements.at(-1)?.[0]).toBe('rss');
  });

  it('are of an area and what lies within it', async () => {
    const ids = async (query: string) => ((await (await feed('json', query)).json()) as { items: { _openness: { area: string } }[] }).items.map(({ _openness: { area } }) => area);
    expect(new Set(await ids(`?area=${places.community}`))).toEqual(new Set([places.community]));
    expect(await ids(`?area=${places.street}&code=90`)).toEqual([]);
    expect((await ids('')).length).toBeGreaterThan(5);
  });

  it.each(['json', 'xml'] as const)('are not sent again as %s while nothing has changed', async (format) => {
    const first = await feed(format);
    const [etag, modified] = [first.headers.get('etag') ?? '', first.headers.get('last-modified') ?? ''];
    const again = await feed(format, '', { 'if-none-match': `"other", W/${etag}` });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    // An entry that moves to another code leaves a feed and nothing newer in it: a time alone proves nothing.
    expect((await feed(format, '', { 'if-modified-since': modified })).status).toBe(200);
    expect((await feed(format, '', { 'if-none-match': '"other"', 'if-modified-since': modified })).status).toBe(200);
    // A withdrawal changes it too.
    const entry = await publish({ title: '将撤回' });
    const withEntry = await feed(format);
    expect(withEntry.headers.get('etag')).not.toBe(etag);
    now = new Date(now.getTime() + 60_000);
    await done(street, 'opennessWithdraw', of(entry, { reason: '撤回' }));
    const after = await feed(format, '', { 'if-none-match': withEntry.headers.get('etag') ?? '', 'if-modified-since': withEntry.headers.get('last-modified') ?? '' });
    expect([after.status, after.headers.get('etag'), after.headers.get('last-modified')]).toEqual([200, etag, now.toUTCString()]);
  });

  it('are nobody\'s: a token changes nothing, not even one that is none', async () => {
    const plain = await (await feed('json')).text();
    expect(await (await feed('json', '', await platform.headers(city))).text()).toBe(plain);
    expect((await feed('json', '', { authorization: 'Bearer none' })).status).toBe(200);
  });

  it.each(['?area=1', '?code=x', '?page=2', '?area=3401&area=3402', '?code=77'])('are refused for %s', async (query) => {
    for (const format of ['json', 'xml'] as const) {
      const answer = await feed(format, query);
      const { errors } = (await answer.json()) as { errors: { message: string; extensions: { code: string } }[] };
      expect([answer.status, errors[0]?.extensions.code, answer.headers.get('cache-control')]).toEqual([400, 'BAD_USER_INPUT', 'no-store']);
      expect(errors[0]?.message).toMatch(/。 \/ The parameters are/);
    }
  });

  it('say so when the city cannot be reached', async () => {
    await platform.subgraphs.stop('city');
    try {
      expect((await feed('json')).status).toBe(503);
    } finally {
      await platform.subgraphs.start('city');
    }
  });
});
