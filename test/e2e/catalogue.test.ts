// From the city down to the community: what each level offers, what it adds, and what it may not touch.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { people, places, settled, type UserError } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { commandsDuring } from '../kit/subgraphs.js';

const { city, district, street, clerk, resident } = people;
const civil = actor('DEPARTMENT_OFFICER', '3401-05');

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'catalogue', seed: true, now: () => new Date('2026-03-02T02:00:00Z') });
});
afterAll(() => platform.end());

interface Remark { readonly by: { readonly level: string; readonly area: string }; readonly place: string | null; readonly contact: string | null; readonly version: number }
interface Item {
  readonly id: string;
  readonly version: number;
  readonly number: number;
  readonly state: string;
  readonly title: string;
  readonly origin: { readonly level: string; readonly area: string; readonly unit: string | null };
  readonly remarks: readonly Remark[];
}
interface Answer { readonly item: Item | null; readonly userErrors: readonly UserError[] }
interface Page { readonly totalCount: number; readonly nodes: readonly Item[]; readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null } }

const shown = 'id version number state title conditions { expression says saysEn } origin { level area unit } remarks { by { level area } place contact version }';
const wholePage = `totalCount nodes { ${shown} } pageInfo { hasNextPage endCursor }`;

type Place = readonly [field: 'district' | 'street' | 'community', code: string];
const at = { street: ['street', places.street], otherStreet: ['street', places.otherStreet], community: ['community', places.community],
  sibling: ['community', places.sibling], district: ['district', places.district] } as const satisfies Record<string, Place>;

const catalogue = async ([field, code]: Place, args = 'first: 200'): Promise<Page> => {
  const data = await platform.as(null).run<Record<string, { catalogue: Page }>>(`{ ${field}(code: "${code}") { catalogue(${args}) { ${wholePage} } } }`);
  return (data[field] as { catalogue: Page }).catalogue;
};
const find = async (place: Place, id: string): Promise<Item | undefined> => (await catalogue(place)).nodes.find((item) => item.id === id);

const send = async (who: Actor, mutation: string, input: Record<string, unknown>): Promise<Answer> => {
  const type = /Draft$/.test(mutation) ? 'OwnItemDraftInput' : /Remark$/.test(mutation) ? 'ItemRemarkInput' : 'OwnItemActInput';
  const text = `mutation ($input: ${type}!) { ${mutation}(input: $input) { item { ${shown} } userErrors { code message field } } }`;
  const answer = (await platform.as(who).run<Record<string, Answer>>(text, { input }))[mutation] as Answer;
  await settled(platform.subgraphs);
  return answer;
};
const done = async (...call: Parameters<typeof send>): Promise<Item> => {
  const { item, userErrors } = await send(...call);
  if (!item || userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return item;
};
const own = { title: '老人助餐', titleEn: 'Meals for the old', module: 'SOCIAL_SERVICE', workDays: 1, words: ['长者食堂'] };

async function cityDoes(who: Actor, action: string, input: Record<string, unknown>): Promise<void> {
  const name = `serviceItem${action}`;
  const data = await platform.as(who).run<Record<string, { userErrors: unknown[] }>>(
    `mutation ($input: ServiceItem${action}Input!) { ${name}(input: $input) { userErrors { code message } } }`, { input },
  );
  expect(data[name]?.userErrors).toEqual([]);
  await settled(platform.subgraphs);
}
const content = { title: '时间银行兑换', titleEn: 'Time bank', module: 'SOCIAL_SERVICE', level: 'COMMUNITY', delivery: 'DISPATCHED', materials: [], workDays: 3,
  conditions: [{ expression: 'age >= 60', says: '年满 60 周岁', saysEn: '60 years old or older' }] };

describe('an item in force', () => {
  it('comes down to district, street and community, is replaced there by its next version, and lapses there', async () => {
    const [code, id] = ['05-900', '3401:05-900'];
    await cityDoes(civil, 'Draft', { code, content });
    expect(await find(at.street, id)).toBeUndefined();
    await cityDoes(city, 'PutInForce', { code, number: 1, expectedVersion: 1 });
    for (const place of [at.district, at.street, at.otherStreet, at.community]) {
      expect(await find(place, id)).toMatchObject({ number: 1, title: content.title, conditions: content.conditions, origin: { level: 'CITY', area: '3401', unit: '3401-05' }, remarks: [] });
    }
    await cityDoes(civil, 'Draft', { code, content: { ...content, title: '时间银行' } });
    await cityDoes(city, 'PutInForce', { code, number: 2, expectedVersion: 1 });
    expect([(await find(at.street, id))?.title, (await find(at.community, id))?.title]).toEqual(['时间银行', '时间银行']);
    await cityDoes(city, 'Lapse', { code, number: 2, expectedVersion: 2, note: '试点结束' });
    for (const place of [at.district, at.street, at.community]) expect(await find(place, id)).toBeUndefined();
  });

  it('that was never sent reaches the levels when the city next looks', async () => {
    const of = (name: 'city' | 'district' | 'street' | 'community', collection: string) => platform.subgraphs.running(name).connection.collection<{ _id: string }>(collection);
    await of('city', 'serviceItems').updateOne({ _id: '05-001@1' }, { $unset: { sentDown: '' } });
    for (const name of ['district', 'street', 'community'] as const) await of(name, 'catalogueItems').deleteOne({ _id: '3401:05-001' });
    expect(await find(at.community, '3401:05-001')).toBeUndefined();
    await platform.subgraphs.running('city').runTasks();
    await settled(platform.subgraphs);
    for (const place of [at.district, at.street, at.community]) expect(await find(place, '3401:05-001')).toMatchObject({ number: 1 });
    const sent = await of('city', 'outbox').countDocuments({});
    await platform.subgraphs.running('city').runTasks();
    expect(await of('city', 'outbox').countDocuments({})).toBe(sent);
  });
});

describe("a level's own item", () => {
  it("of a street is offered there and in its communities, with its origin, and nowhere else", async () => {
    const drafted = await done(street, 'streetItemDraft', { code: 'S-1', ...own, title: '街道助餐' });
    expect(drafted).toMatchObject({ id: `${places.street}:S-1`, state: 'DRAFT', version: 1, origin: { level: 'STREET', area: places.street, unit: null } });
    expect(await find(at.street, drafted.id)).toBeUndefined();
    await done(street, 'streetItemPutInForce', { itemId: drafted.id, expectedVersion: 1 });
    for (const place of [at.street, at.community, at.sibling]) expect(await find(place, drafted.id)).toMatchObject({ title: '街道助餐', origin: { level: 'STREET' } });
    for (const place of [at.otherStreet, at.district]) expect(await find(place, drafted.id)).toBeUndefined();
    await done(street, 'streetItemLapse', { itemId: drafted.id, expectedVersion: 2 });
    for (const place of [at.street, at.community]) expect(await find(place, drafted.id)).toBeUndefined();
    const again = await done(street, 'streetItemDraft', { code: 'S-1', ...own });
    expect(again).toMatchObject({ number: 2, version: 4, state: 'DRAFT' });
    await done(street, 'streetItemPutInForce', { itemId: again.id, expectedVersion: 4 });
    expect(await find(at.community, again.id)).toMatchObject({ number: 2, title: own.title });
  });

  it('of a district is offered in all its streets, of a community in itself alone', async () => {
    const wide = await done(district, 'districtItemDraft', { code: 'D-1', ...own, title: '区级助餐' });
    await done(district, 'districtItemPutInForce', { itemId: wide.id, expectedVersion: 1 });
    for (const place of [at.street, at.otherStreet, at.community]) expect(await find(place, wide.id)).toMatchObject({ origin: { level: 'DISTRICT' } });
    const meals = await done(clerk, 'communityItemDraft', { code: 'M-1', ...own });
    await done(clerk, 'communityItemPutInForce', { itemId: meals.id, expectedVersion: 1 });
    expect(await find(at.community, meals.id)).toMatchObject({ title: '老人助餐', origin: { level: 'COMMUNITY', area: places.community } });
    for (const place of [at.sibling, at.street]) expect(await find(place, meals.id)).toBeUndefined();
  });

  it('is a draft for its office alone to see', async () => {
    const { id } = await done(clerk, 'communityItemDraft', { code: 'M-2', ...own });
    const drafts = async (who: Actor): Promise<string[]> => {
      const data = await platform.as(who).run<{ community: { itemDrafts: Page } }>(`{ community(code: "${places.community}") { itemDrafts { totalCount nodes { id } pageInfo { endCursor } } } }`);
      return data.community.itemDrafts.nodes.map((item) => item.id);
    };
    expect(await drafts(clerk)).toEqual([id]);
    for (const who of [resident, street, actor('COMMUNITY_CLERK', places.sibling)]) expect(await drafts(who)).toEqual([]);
  });

  it('is drafted once for one key', async () => {
    const call = { code: 'M-3', ...own, idempotencyKey: 'meals' };
    expect(await send(clerk, 'communityItemDraft', call)).toEqual(await send(clerk, 'communityItemDraft', call));
  });
});

describe('a remark', () => {
  const itemId = '3401:05-002';
  it('goes down with the item it is on, beside those of other levels, and can be taken away', async () => {
    await done(district, 'districtItemRemark', { itemId, expectedVersion: 0, contact: '区民政局 65699001' });
    await done(street, 'streetItemRemark', { itemId, expectedVersion: 0, place: '街道大厅 3 号窗口' });
    await done(clerk, 'communityItemRemark', { itemId, expectedVersion: 0, place: '党群服务中心' });
    const levelsOf = async (place: Place) => (await find(place, itemId))?.remarks.map(({ by }) => by.level);
    expect([await levelsOf(at.district), await levelsOf(at.street), await levelsOf(at.community), await levelsOf(at.sibling), await levelsOf(at.otherStreet)])
      .toEqual([['DISTRICT'], ['DISTRICT', 'STREET'], ['DISTRICT', 'STREET', 'COMMUNITY'], ['DISTRICT', 'STREET'], ['DISTRICT']]);
    expect((await find(at.community, itemId))?.remarks[1]).toEqual({ by: { level: 'STREET', area: places.street }, place: '街道大厅 3 号窗口', contact: null, version: 1 });
    await done(street, 'streetItemRemark', { itemId, expectedVersion: 1 });
    expect([await levelsOf(at.street), await levelsOf(at.community)]).toEqual([['DISTRICT'], ['DISTRICT', 'COMMUNITY']]);
  });
});

describe('nobody changes what is above', () => {
  const all = async () => [await catalogue(at.district), await catalogue(at.street), await catalogue(at.community)];
  const itemId = '3401:05-003';
  const lapse = { itemId, expectedVersion: 1 };

  beforeAll(async () => {
    const { id } = await done(street, 'streetItemDraft', { code: 'S-9', ...own });
    await done(street, 'streetItemPutInForce', { itemId: id, expectedVersion: 1 });
  });

  it.each<[string, Actor, string, string, Record<string, unknown>, readonly string[] | null]>([
    ["the city's item by a district", district, 'districtItemLapse', 'OUT_OF_SCOPE', lapse, ['input', 'itemId']],
    ["the city's item by a street", street, 'streetItemLapse', 'OUT_OF_SCOPE', lapse, ['input', 'itemId']],
    ["the city's item by a community", clerk, 'communityItemLapse', 'OUT_OF_SCOPE', lapse, ['input', 'itemId']],
    ["the city's item put in force by a street", street, 'streetItemPutInForce', 'OUT_OF_SCOPE', lapse, ['input', 'itemId']],
    ["the street's item by its community", clerk, 'communityItemLapse', 'OUT_OF_SCOPE', { itemId: `${places.street}:S-9`, expectedVersion: 2 }, ['input', 'itemId']],
    ["the street's item by the street, past its own level", street, 'communityItemLapse', 'ROLE_NOT_ALLOWED', { itemId: `${places.street}:S-9`, expectedVersion: 2 }, null],
    ["another street's item", actor('STREET_CLERK', places.otherStreet), 'streetItemLapse', 'NOT_FOUND', { itemId: `${places.street}:S-9`, expectedVersion: 2 }, ['input', 'itemId']],
    ['what there is not', street, 'streetItemLapse', 'NOT_FOUND', { itemId: '3401:none', expectedVersion: 1 }, ['input', 'itemId']],
    ['an item at an older version', street, 'streetItemLapse', 'STALE_VERSION', { itemId: `${places.street}:S-9`, expectedVersion: 1 }, ['input', 'expectedVersion']],
    ['an item in force once more', street, 'streetItemPutInForce', 'TRANSITION_NOT_ALLOWED', { itemId: `${places.street}:S-9`, expectedVersion: 2 }, null],
    ['a draft by a resident', resident, 'communityItemDraft', 'ROLE_NOT_ALLOWED', { code: 'X-1', ...own }, null],
    ['a draft of a code that is in use', street, 'streetItemDraft', 'DUPLICATE', { code: 'S-9', ...own }, ['input', 'code']],
    ['a draft with a blank in its code', street, 'streetItemDraft', 'INVALID_INPUT', { code: 'X 1', ...own }, ['input', 'code']],
    ['a draft without a title', street, 'streetItemDraft', 'INVALID_INPUT', { code: 'X-1', ...own, title: ' ' }, ['input', 'title']],
    ['a remark of 201 characters', street, 'streetItemRemark', 'INVALID_INPUT', { itemId, expectedVersion: 0, place: '长'.repeat(201) }, ['input', 'place']],
    ['a remark on what there is not', street, 'streetItemRemark', 'NOT_FOUND', { itemId: '3401:none', expectedVersion: 0, place: '大厅' }, ['input', 'itemId']],
    ['a remark at a wrong version', street, 'streetItemRemark', 'STALE_VERSION', { itemId, expectedVersion: 7, place: '大厅' }, ['input', 'expectedVersion']],
    ['a remark by a resident', resident, 'streetItemRemark', 'ROLE_NOT_ALLOWED', { itemId, expectedVersion: 0, place: '大厅' }, null],
  ])('%s is refused, and nothing changes', async (_what, who, mutation, code, input, field) => {
    const before = await all();
    const { userErrors } = await send(who, mutation, input);
    expect(userErrors).toMatchObject([{ code, field, message: expect.stringContaining(' / ') }]);
    expect(await all()).toEqual(before);
  });
});

describe('a catalogue', () => {
  it('is paged from above and by code without a gap', async () => {
    const whole = await catalogue(at.community);
    expect(whole.totalCount).toBe(whole.nodes.length);
    expect(whole.nodes.length).toBeGreaterThan(150);
    const ids: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page: Page = await catalogue(at.community, `first: 40${after === null ? '' : `, after: "${after}"`}`);
      ids.push(...page.nodes.map(({ id }) => id));
      ({ hasNextPage: more, endCursor: after } = page.pageInfo);
    }
    expect(ids).toEqual(whole.nodes.map(({ id }) => id));
    const lengths = whole.nodes.map(({ origin }) => origin.area.length);
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
  });

  it('is narrowed by module and by text, which stands for itself', async () => {
    const byText = await catalogue(at.community, 'text: "长者食堂", first: 100');
    expect(byText.nodes.length).toBeGreaterThan(0);
    expect((await catalogue(at.community, 'text: "长者.堂"')).totalCount).toBe(0);
    expect((await catalogue(at.community, 'text: "长者食堂", module: INFORMATION')).totalCount).toBe(0);
  });

  it.each(['first: 201', 'first: 0', 'text: " "', `text: "${'补'.repeat(101)}"`, 'after: "x"'])('is refused with %s as BAD_USER_INPUT', async (args) => {
    const { errors } = await platform.as(null).attempt(`{ street(code: "${places.street}") { catalogue(${args}) { totalCount } } }`);
    expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });

  it.each<[string, Place, string]>([['street', at.street, 'street'], ['community', at.community, 'community']])(
    'of a %s is read with as many queries for 150 items as for one', async (_name, place, level) => {
      const one = await commandsDuring(platform.subgraphs, () => catalogue(place, 'first: 1'));
      expect(await commandsDuring(platform.subgraphs, () => catalogue(place, 'first: 150'))).toEqual(one);
      expect(one).toEqual([`${level} aggregate catalogueItems`, `${level} find areas`, `${level} find catalogueItems`, `${level} find catalogueRemarks`]);
    },
  );
});
