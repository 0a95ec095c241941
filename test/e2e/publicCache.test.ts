// What is the same for everyone, kept by the gateway: until a level tells that it has changed.
import { createPrivateKey } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createInternalSigner } from '../../gateway/internalToken.js';
import { publicTopic as heard } from '../../gateway/live/publicNews.js';
import { createLog } from '../../gateway/logging.js';
import { createGateway, type Gateway } from '../../gateway/server.js';
import type { SubgraphName } from '../../schema/events.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { publicTopic as told } from '../../subgraphs/shared/domain/topics.js';
import { people, places, settled } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor, internalToken, serviceKeys } from '../kit/identity.js';
import { questions, supergraphSdl, usualArguments, withoutMarks } from '../kit/marks.js';
import { commandsDuring, post } from '../kit/subgraphs.js';

const { district, city, street } = people;
const civil = actor('DEPARTMENT_OFFICER', '3401-05');
let platform: Platform;
/** Keeps nothing. */
let plain: Gateway;
let plainUrl: string;

beforeAll(async () => {
  platform = await startPlatform(
    { name: 'public_cache', seed: true, now: () => new Date('2026-03-02T02:00:00Z') },
    { cache: { entries: 1_000, bytes: 10_000_000, seconds: 3_600, staleSeconds: 0 } },
  );
  const { own } = await serviceKeys();
  plain = await createGateway({
    supergraphSdl: withoutMarks(supergraphSdl), verifyCaller: null, signInternal: createInternalSigner(createPrivateKey({ key: { ...own.gateway }, format: 'jwk' })),
    urls: platform.subgraphs.urls, log: createLog('silent'), production: false, maxWaiting: 1_000,
  });
  plainUrl = await plain.listen(0, '127.0.0.1');
}, 600_000);
afterAll(async () => {
  await plain.stop();
  await platform.end();
});

const read = (text: string) => platform.as(null).run<Record<string, unknown>>(text);
const itemId = `${places.city}:05-001`;

/** Until the answer is another; what may be kept is kept for longer than this waits. */
async function other(text: string, before: unknown): Promise<unknown> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const now = await read(text);
    if (JSON.stringify(now) !== JSON.stringify(before)) return now;
    if (Date.now() > deadline) throw new Error(`${text} has been the same for 20 s.`);
    await pause(10);
  }
}

it('goes by one word, the levels\' and the gateway\'s', () => {
  expect(heard).toBe(told);
});

it('is read from no database a second time', async () => {
  const text = `{ street(code: "${places.street}") { name district { name city { name } } } caseCategories { name } }`;
  const first = await read(text);
  expect(await commandsDuring(platform.subgraphs, async () => {
    for (const who of [null, street, city]) expect(await platform.as(who).run(text)).toEqual(first);
  })).toEqual([]);
});

it('changes on the levels below as soon as they have heard of it, though nobody has written to them', async () => {
  const text = `{ street(code: "${places.street}") { catalogue(first: 200) { nodes { id remarks { place } } } } }`;
  const before = await read(text);
  expect(JSON.stringify(before)).not.toContain('一楼大厅');
  await platform.as(district).run(`mutation { districtItemRemark(input: { itemId: "${itemId}", expectedVersion: 0, place: "一楼大厅" }) { userErrors { code } } }`);
  await settled(platform.subgraphs);
  expect(JSON.stringify(await other(text, before))).toContain('一楼大厅');
});

it('is read anew at once by who has written, and other gateways are told', async () => {
  const text = '{ publishedList(kind: POWER) { version } }';
  const before = await read(text);
  const published = () => platform.subgraphs.running('city').connection.collection('changes').countDocuments({ topics: `${told}:PublishedList` });
  const count = await published();
  await platform.as(city).run('mutation { listPublish(input: { kind: POWER, version: "p-2", entries: [{ code: "Q-1", title: "市容检查", titleEn: "Order" }] }) { userErrors { code } } }');
  expect(await read(text)).not.toEqual(before);
  expect(await published()).toBe(count + 1);
});

type Input = Readonly<Record<string, unknown>>;
type Write = readonly [level: SubgraphName, who: Actor, mutation: string, input: Input, type?: string];

/** At its level, past the gateway: that hears of it, and does not see it. */
async function write([level, who, mutation, input, type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`]: Write): Promise<void> {
  const { data, errors } = await post<Record<string, { userErrors: unknown[] }>>(
    platform.subgraphs.urls[level], `mutation ($input: ${type}!) { ${mutation}(input: $input) { userErrors { code message field } } }`,
    { variables: { input }, token: await internalToken(who, level) },
  );
  expect([mutation, errors, data?.[mutation]?.userErrors]).toEqual([mutation, undefined, []]);
  await settled(platform.subgraphs);
}

it('loses by a change what shows it, and nothing else', async () => {
  const [calendar, policy, list] = ['{ calendar { version number } }', '{ clockPolicy { version rows { clock } } }', '{ publishedLists(kind: POWER) { totalCount } }'];
  const before = await read(calendar);
  const others = [await read(policy), await read(list)];
  expect(await commandsDuring(platform.subgraphs, () => read(calendar))).toEqual([]);
  await write(['city', city, 'calendarPublish', { version: 'only', holidays: ['2026-03-04'], workDays: [], notices: [] }]);
  expect(await other(calendar, before)).toMatchObject({ calendar: { version: 'only' } });
  expect(await commandsDuring(platform.subgraphs, async () => expect([await read(policy), await read(list)]).toEqual(others))).toEqual([]);
});

describe('whatever is made public', () => {
  const row = (clock: string, unit: string, budget: number) => ({ clock, unit, budget, sourceZh: '合政办〔2026〕1 号', sourceEn: 'City order 1 of 2026' });
  const terms = { answerWorkDays: 2, sourceZh: '合政办〔2026〕2 号', sourceEn: 'City order 2 of 2026' };
  const content = { title: '时间银行', titleEn: 'Hours given', module: 'SOCIAL_SERVICE', level: 'COMMUNITY', delivery: 'DIRECT', materials: [], workDays: 3 };
  const { level: _level, delivery: _delivery, ...own } = content;
  const duty = { code: 'Z-1', title: '安全检查', titleEn: 'Safety checks', category: 'LAWFUL_ASSISTANCE', class: 'A', matters: [], forward: true, dispatch: true };
  const terse = (id: string, weight: number) => ({ id, nameZh: id, nameEn: id, numerator: 'RESPONDED', denominator: ['RATED'], weight });
  let entry: string;
  /** As all that is kept was shown last. */
  let before: unknown[];

  const texts = (): string[] => [
    ...questions({
      ...usualArguments,
      'Query.gridPlan': 'households: 900, standard: "city-2026"',
      'Query.dutyListDiff': 'from: "platform-1"',
      'Query.serviceItemSearch': 'text: "时间银行"',
      'Query.opennessEntry': `id: "${entry}"`,
    }).map(({ text }) => text),
    ...['district', 'street', 'community'].map((level) =>
      `{ ${level}(code: "${places[level as 'street']}") { catalogue(first: 200) { totalCount nodes { id number version title remarks { place } } } } }`),
    `{ street(code: "${places.street}") { verdicts { standard verdict } communities { verdicts { standard verdict } } } }`,
    '{ serviceItem(code: "05-990") { code inForce { number title } } }',
    '{ openness(first: 100) { totalCount nodes { id version state title subject { list { version number } serviceItem { code inForce { number } } } } } opennessUpdatedAt }',
  ];
  const answers = (url: string): Promise<unknown[]> => Promise.all(texts().map(async (text) => {
    const { data, errors } = await post(url, text);
    return [text, data, errors?.map(({ message, path }) => [message, path])];
  }));
  /** What may be kept is kept for a minute at least. */
  async function untilShown(expected: unknown[]): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (let shown = await answers(platform.url); ; shown = await answers(platform.url)) {
      if (JSON.stringify(shown) === JSON.stringify(expected)) return;
      if (Date.now() > deadline) expect(shown).toEqual(expected);
      await pause(10);
    }
  }

  const entryOf = async (title: string) => {
    const found = await platform.subgraphs.running('city').connection.collection('openness').findOne({ 'content.title': title });
    return { entryId: String(found?.['_id']), expectedVersion: Number(found?.['version']) };
  };
  const notice = { code: '92', title: '停水通知', summary: '3 月 5 日停水', text: '因管网维修停水。', reason: '管网维修计划' };

  beforeAll(async () => {
    await write(['city', street, 'opennessPublish', { ...notice, title: '办理指南', subject: { kind: 'SERVICE_ITEM', reference: '05-001' } }]);
    entry = (await entryOf('办理指南')).entryId;
    before = await answers(plainUrl);
    await untilShown(before);
  });

  it.each<[string, () => Promise<readonly Write[]> | readonly Write[]]>([
    ['a calendar', () => [['city', city, 'calendarPublish', { version: 'c-2', holidays: ['2026-03-03'], workDays: ['2026-03-07'], notices: [] }]]],
    ['a clock policy', () => [['city', city, 'clockPolicyPublish', { version: 'p-2', rows: [
      row('ACCEPT', 'WORK_DAY', 1), row('SIGN', 'WORK_DAY', 1), row('RESPOND', 'WORK_DAY', 1), row('RESOLVE', 'WORK_DAY', 9),
      row('INFO', 'WORK_DAY', 10), row('CALLBACK', 'MINUTE', 20_160), row('REOPEN', 'MINUTE', 4_320),
    ] }]]],
    ['standards of areas', () => [['city', city, 'areaStandardsPublish', { version: 'city-1', standards: [{
      name: 'city-2026', sourceZh: '市政府令', sourceEn: "the city's order", rules: [
        { subject: 'GRID', measure: 'HOUSEHOLDS', min: 300, max: 400 }, { subject: 'STREET', measure: 'RESIDENTS', min: 1, max: 2 },
      ],
    }] }]]],
    ['a survey', () => [['city', city, 'workloadSurveyPublish', { version: 'survey-1', year: 2025, source: '市统计局', districts: [{
      district: places.district, registeredPopulation: 1, residentPopulation: 10, streets: 2, communities: 4, streetStaff: 5, communityStaff: 3,
      streetTransactionsPerDay: 0, communityTransactionsPerDay: 0, communitiesBelowStandard: 1, communitiesWithSmallGrids: 0,
    }] }]]],
    ['rules of concern', () => [['city', city, 'concernRulePublish', {
      version: 'r-1', stronglyReported: { reporters: 3, days: 7, categoryDepth: 2, within: 'STREET', ...terms },
      longUnresolved: { workDays: 5, times: 2, resolvePercent: 200, ...terms }, common: { communities: 3, cases: 2, days: 7, categoryDepth: 2, ...terms },
    }]]],
    ['a scoring scheme', () => [['city', city, 'scoringSchemePublish', {
      version: 's-1', positive: [terse('responded', 10_000)], negative: [], special: [], minimumRated: 2, sourceZh: '市考评办法', sourceEn: "the city's rules",
    }]]],
    ['a list', () => [['city', city, 'listPublish', { kind: 'POWER', version: 'p-9', note: '年度', entries: [{ code: 'Q-9', title: '市容', titleEn: 'Order' }] }]]],
    ['a duty list', () => [['city', city, 'dutyListPublish', { version: 'd-2', streetTypes: [], entries: [duty] }]]],
    ['an entry of what is open', () => [['city', street, 'opennessPublish', notice]]],
    ['that it is withdrawn', async () => [['city', street, 'opennessWithdraw', { ...await entryOf(notice.title), reason: '有误' }]]],
    ['a service item', () => [
      ['city', civil, 'serviceItemDraft', { code: '05-990', content }], ['city', city, 'serviceItemPutInForce', { code: '05-990', number: 1, expectedVersion: 1 }],
    ]],
    ['its next version', () => [
      ['city', civil, 'serviceItemDraft', { code: '05-990', content: { ...content, title: '时间银行二' } }],
      ['city', city, 'serviceItemPutInForce', { code: '05-990', number: 2, expectedVersion: 1 }],
    ]],
    ['a remark on an item', () => [['district', district, 'districtItemRemark', { itemId: `${places.city}:05-990`, expectedVersion: 0, place: '二楼' }, 'ItemRemarkInput']]],
    ["a street's own item", async () => {
      await write(['street', street, 'streetItemDraft', { code: 'V-1', ...own }, 'OwnItemDraftInput']);
      return [['street', street, 'streetItemPutInForce', { itemId: `${places.street}:V-1`, expectedVersion: 1 }, 'OwnItemActInput']];
    }],
  ])('%s is soon shown by all that a gateway has kept', async (_what, writes) => {
    for (const one of await writes()) await write(one);
    const now = await answers(plainUrl);
    expect(now).not.toEqual(before);
    await untilShown(now);
    before = now;
  });
});
