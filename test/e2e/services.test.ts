// A service item from its department's draft to the resident who looks for it.
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { people, type UserError } from '../kit/cases.js';
import { everydayPhrases } from '../kit/everydayPhrases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor } from '../kit/identity.js';
import { commandsDuring } from '../kit/subgraphs.js';

const { city, auditor, resident } = people;
const civil = actor('DEPARTMENT_OFFICER', '3401-05');
const labour = actor('DEPARTMENT_OFFICER', '3401-06');

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ name: 'services', seed: true, now: () => new Date('2026-03-02T02:00:00Z') });
});
afterAll(() => platform.end());

const content = {
  title: '时间银行志愿服务兑换', titleEn: 'Exchange of hours given to neighbours', module: 'SOCIAL_SERVICE', level: 'COMMUNITY', delivery: 'DIRECT',
  materials: [{ documentType: 'id-card', name: '居民身份证', nameEn: 'Identity card' }],
  workDays: 3, eligibility: '登记满一年的志愿者', words: ['存时间', '攒志愿时长'],
  conditions: [{ expression: ' age >= 18 ', says: '年满 18 周岁', saysEn: '18 years old or older' }],
};
const shown = `
  code
  inForce { number version state title feeFen conditions { expression says saysEn } materials { documentType required copies note } }
  draft { number version state title workDays }
`;

interface Item {
  readonly code: string;
  readonly inForce: { readonly number: number; readonly version: number; readonly title: string } | null;
  readonly draft: { readonly number: number; readonly version: number; readonly title: string; readonly workDays: number } | null;
}
interface Answer {
  readonly serviceItem: Item | null;
  readonly userErrors: readonly UserError[];
}

const send = async (who: Actor, action: string, input: Record<string, unknown>): Promise<Answer> => {
  const name = `serviceItem${action}`;
  const text = `mutation ($input: ServiceItem${action}Input!) { ${name}(input: $input) { serviceItem { ${shown} } userErrors { code message field } } }`;
  return (await platform.as(who).run<Record<string, Answer>>(text, { input }))[name] as Answer;
};
const done = async (...call: Parameters<typeof send>): Promise<Item> => {
  const { serviceItem, userErrors } = await send(...call);
  if (!serviceItem || userErrors.length > 0) throw new Error(JSON.stringify(userErrors));
  return serviceItem;
};
const look = async (who: Actor | null, code: string): Promise<Item | null> =>
  (await platform.as(who).run<{ serviceItem: Item | null }>(`query ($code: String!) { serviceItem(code: $code) { ${shown} } }`, { code })).serviceItem;
const draft = (code: string, more: Record<string, unknown> = {}): Promise<Item> => done(civil, 'Draft', { code, content: { ...content, ...more } });
const published = async (code: string, more: Record<string, unknown> = {}): Promise<Item> => {
  const { draft: { number = 1, version = 1 } = {} } = await draft(code, more) as { draft?: { number?: number; version?: number } };
  return done(city, 'PutInForce', { code, number, expectedVersion: version });
};
const search = async (text: string, more = ''): Promise<string[]> => {
  const query = `query ($text: String!) { serviceItemSearch(text: $text, first: 3 ${more}) { nodes { inForce { title } } } }`;
  const { serviceItemSearch } = await platform.as(null).run<{ serviceItemSearch: { nodes: { inForce: { title: string } }[] } }>(query, { text });
  return serviceItemSearch.nodes.map(({ inForce }) => inForce.title);
};

describe('a service item', () => {
  it('is drafted and edited by its department, put in force by the city, replaced by its next version, and lapses', async () => {
    const code = '05-100';
    expect(await draft(code)).toMatchObject({ inForce: null, draft: { number: 1, version: 1, title: content.title } });
    const edited = await done(civil, 'Edit', { code, number: 1, expectedVersion: 1, content: { ...content, workDays: 5 } });
    expect(edited.draft).toMatchObject({ version: 2, workDays: 5 });
    const first = await done(city, 'PutInForce', { code, number: 1, expectedVersion: 2, note: '同意' });
    expect(first).toMatchObject({ draft: null, inForce: { number: 1, version: 3, state: 'IN_FORCE', feeFen: 0, conditions: [{ ...content.conditions[0], expression: 'age >= 18' }] } });
    expect(await search('存时间')).toContain(content.title);

    await draft(code, { title: '时间银行积分兑换', feeFen: 100 });
    expect((await look(null, code))?.inForce).toMatchObject({ number: 1, title: content.title });
    await done(city, 'PutInForce', { code, number: 2, expectedVersion: 1 });
    expect(await look(null, code)).toMatchObject({ draft: null, inForce: { number: 2, title: '时间银行积分兑换', feeFen: 100 } });
    expect(await search('存时间')).toContain('时间银行积分兑换');

    await done(city, 'Lapse', { code, number: 2, expectedVersion: 2, note: '试点结束' });
    expect(await look(null, code)).toMatchObject({ inForce: null, draft: null });
    expect(await search('存时间')).not.toContain('时间银行积分兑换');
    const { serviceItem } = await platform.as(null).run<{ serviceItem: unknown }>(
      `{ serviceItem(code: "${code}") { history { totalCount nodes { number state note draftedBy availableActions { action } department { name } } } } }`,
    );
    expect(serviceItem).toEqual({ history: { totalCount: 2, nodes: [
      { number: 2, state: 'LAPSED', note: '试点结束', draftedBy: null, availableActions: [], department: { name: '民政局' } },
      { number: 1, state: 'LAPSED', note: null, draftedBy: null, availableActions: [], department: { name: '民政局' } },
    ] } });
  });

  it.each<[string, string, Actor | null, boolean]>([
    ['its department', '05-201', civil, true], ['the city', '05-202', city, true], ["the city's auditor", '05-203', auditor, true],
    ['another department', '05-204', labour, false], ['the department of a district', '05-205', actor('DEPARTMENT_OFFICER', '340103-05'), false],
    ['a resident', '05-206', resident, false], ['a street', '05-207', people.street, false], ['somebody who has not signed in', '05-208', null, false],
  ])('shows, or does not show, its draft to %s', async (_who, code, who, isSeen) => {
    await draft(code);
    expect((await look(who, code))?.code ?? null).toBe(isSeen ? code : null);
    if (!who) return;
    const { serviceItemDrafts } = await platform.as(who).run<{ serviceItemDrafts: { nodes: { code: string }[]; totalCount: number } }>(
      '{ serviceItemDrafts(first: 100) { nodes { code } totalCount } }',
    );
    expect(serviceItemDrafts.nodes.some((node) => node.code === code)).toBe(isSeen);
    expect(serviceItemDrafts.totalCount).toBe(serviceItemDrafts.nodes.length);
  });

  it('that was discarded is nobody else\'s to see, and the next draft takes the next number', async () => {
    const code = '05-300';
    await draft(code);
    await done(civil, 'Discard', { code, number: 1, expectedVersion: 1 });
    expect(await look(null, code)).toBeNull();
    expect(await draft(code)).toMatchObject({ draft: { number: 2 } });
    await done(city, 'PutInForce', { code, number: 2, expectedVersion: 1 });
    const numbers = async (who: Actor | null) => (await platform.as(who).run<{ serviceItem: { history: { nodes: { number: number }[] } } }>(
      `{ serviceItem(code: "${code}") { history { nodes { number } } } }`,
    )).serviceItem.history.nodes.map(({ number }) => number);
    expect([await numbers(null), await numbers(labour), await numbers(civil), await numbers(city)]).toEqual([[2], [2], [2, 1], [2, 1]]);
  });

  it('answers a repeated call as the first one, and takes effect once', async () => {
    const call = { code: '05-301', content, idempotencyKey: 'draft-once' };
    expect(await send(civil, 'Draft', call)).toEqual(await send(civil, 'Draft', call));
    const other = await send(civil, 'Draft', { ...call, code: '05-302' });
    expect(other.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_KEY_REUSED' }]);
    expect(await look(civil, '05-302')).toBeNull();
  });

  it('tells what the viewer may do and, for the rest, why not', async () => {
    await draft('05-303');
    const open = async (who: Actor): Promise<string[]> => {
      type Data = { serviceItem: { draft: { availableActions: { action: string; available: boolean; reason: { code: string } | null }[] } } };
      const query = '{ serviceItem(code: "05-303") { draft { availableActions { action available reason { code } } } } }';
      const { availableActions } = (await platform.as(who).run<Data>(query)).serviceItem.draft;
      expect(availableActions.every(({ available, reason }) => available === (reason === null))).toBe(true);
      return availableActions.filter(({ available }) => available).map(({ action }) => action);
    };
    expect([await open(civil), await open(city), await open(auditor)]).toEqual([['EDIT', 'DISCARD'], ['PUT_IN_FORCE'], []]);
  });

  it('is put in force by one of two who do it at the same time', async () => {
    await draft('05-304');
    const both = await Promise.all([0, 1].map(() => send(city, 'PutInForce', { code: '05-304', number: 1, expectedVersion: 1 })));
    expect(both.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))).toEqual(['STALE_VERSION']);
    expect(await look(null, '05-304')).toMatchObject({ inForce: { number: 1, version: 2 } });
  });
});

describe('refusals', () => {
  const standing = '05-400';
  const drafted = '05-401';
  beforeAll(async () => {
    await published(standing);
    await draft(drafted);
  });
  const state = async () => [await look(city, standing), await look(city, drafted), await look(city, '05-402')];
  const version = (code: string, more = {}) => ({ code, number: 1, expectedVersion: code === standing ? 2 : 1, ...more });
  const saying = (more: Record<string, unknown>) => ({ code: '05-402', content: { ...content, ...more } });
  const material = content.materials[0];

  it.each<[string, Actor, string, string, Record<string, unknown>, readonly string[] | null]>([
    ['a draft by the city', city, 'Draft', 'ROLE_NOT_ALLOWED', saying({}), null],
    ['a draft by a resident', resident, 'Draft', 'ROLE_NOT_ALLOWED', saying({}), null],
    ["a draft by a district's department", actor('DEPARTMENT_OFFICER', '340103-05'), 'Draft', 'OUT_OF_SCOPE', saying({}), null],
    ["a draft of another department's item", labour, 'Draft', 'DUPLICATE', { code: standing, content }, ['input', 'code']],
    ["a draft with the code of another department's draft", labour, 'Draft', 'DUPLICATE', { code: drafted, content }, ['input', 'code']],
    ['a second draft', civil, 'Draft', 'DUPLICATE', { code: drafted, content }, ['input', 'code']],
    ['a code with a blank', civil, 'Draft', 'INVALID_INPUT', { code: '05 402', content }, ['input', 'code']],
    ['a title of blanks', civil, 'Draft', 'INVALID_INPUT', saying({ title: ' ' }), ['input', 'title']],
    ['a title of 101 characters', civil, 'Draft', 'INVALID_INPUT', saying({ titleEn: 'x'.repeat(101) }), ['input', 'title']],
    ['no time at all', civil, 'Draft', 'INVALID_INPUT', saying({ workDays: 0 }), ['input', 'workDays']],
    ['a negative fee', civil, 'Draft', 'INVALID_INPUT', saying({ feeFen: -1 }), ['input', 'feeFen']],
    ['too much to say of who may have it', civil, 'Draft', 'INVALID_INPUT', saying({ eligibility: '条'.repeat(1_001) }), ['input', 'eligibility']],
    ['eleven conditions', civil, 'Draft', 'INVALID_INPUT', saying({ conditions: Array.from({ length: 11 }, () => content.conditions[0]) }), ['input', 'conditions']],
    ['a condition without words', civil, 'Draft', 'INVALID_INPUT', saying({ conditions: [{ expression: 'age > 1', says: ' ', saysEn: 'x' }] }), ['input', 'conditions', '0', 'says']],
    ['a condition that asks for what there is not', civil, 'Draft', 'INVALID_INPUT',
      saying({ conditions: [content.conditions[0], { expression: 'shoeSize > 40', says: '大脚', saysEn: 'large feet' }] }), ['input', 'conditions', '1', 'expression']],
    ['a condition that is neither true nor false', civil, 'Draft', 'INVALID_INPUT',
      saying({ conditions: [{ expression: 'age + 1', says: '年龄', saysEn: 'age' }] }), ['input', 'conditions', '0', 'expression']],
    ['an edit that makes a condition wrong', civil, 'Edit', 'INVALID_INPUT',
      version(drafted, { content: { ...content, conditions: [{ expression: 'age > pregnant', says: '错', saysEn: 'wrong' }] } }), ['input', 'conditions', '0', 'expression']],
    ['an empty word', civil, 'Draft', 'INVALID_INPUT', saying({ words: [''] }), ['input', 'words']],
    ['41 words', civil, 'Draft', 'INVALID_INPUT', saying({ words: Array.from({ length: 41 }, (_, i) => `词${i}`) }), ['input', 'words']],
    ['31 materials', civil, 'Draft', 'INVALID_INPUT',
      saying({ materials: Array.from({ length: 31 }, (_, i) => ({ ...material, documentType: `m${i}` })) }), ['input', 'materials']],
    ['a material twice', civil, 'Draft', 'INVALID_INPUT', saying({ materials: [material, material] }), ['input', 'materials', '1', 'documentType']],
    ['a type in Chinese', civil, 'Draft', 'INVALID_INPUT',
      saying({ materials: [{ ...material, documentType: '身份证' }] }), ['input', 'materials', '0', 'documentType']],
    ['no copy', civil, 'Draft', 'INVALID_INPUT', saying({ materials: [{ ...material, copies: 0 }] }), ['input', 'materials', '0', 'copies']],
    ['an edit by another department, which does not see it', labour, 'Edit', 'NOT_FOUND', version(drafted, { content }), ['input', 'code']],
    ['an edit by the city', city, 'Edit', 'ROLE_NOT_ALLOWED', version(drafted, { content }), null],
    ['an edit of what is in force', civil, 'Edit', 'TRANSITION_NOT_ALLOWED', version(standing, { content }), null],
    ['an edit that makes it wrong', civil, 'Edit', 'INVALID_INPUT', version(drafted, { content: { ...content, workDays: 366 } }), ['input', 'workDays']],
    ['an edit of an older version', civil, 'Edit', 'STALE_VERSION', version(drafted, { content, expectedVersion: 9 }), ['input', 'expectedVersion']],
    ['putting in force by the department', civil, 'PutInForce', 'ROLE_NOT_ALLOWED', version(drafted), null],
    ['putting in force what is so already', city, 'PutInForce', 'TRANSITION_NOT_ALLOWED', version(standing), null],
    ['putting in force what there is not', city, 'PutInForce', 'NOT_FOUND', version('05-499'), ['input', 'code']],
    ['putting in force a number that there is not', city, 'PutInForce', 'NOT_FOUND', version(drafted, { number: 7 }), ['input', 'code']],
    ['discarding what is in force', civil, 'Discard', 'TRANSITION_NOT_ALLOWED', version(standing), null],
    ['lapsing without a reason', city, 'Lapse', 'INVALID_INPUT', version(standing, { note: ' ' }), ['input', 'note']],
    ['lapsing by the department', civil, 'Lapse', 'ROLE_NOT_ALLOWED', version(standing, { note: '不再办理' }), null],
  ])('%s is refused, and nothing changes', async (_what, who, action, code, input, field) => {
    const before = await state();
    const { userErrors } = await send(who, action, input);
    expect(userErrors).toMatchObject([{ code, field, message: expect.stringContaining(' / ') }]);
    expect(await state()).toEqual(before);
  });

  it('to those who have not signed in, for every mutation', async () => {
    const { errors } = await platform.as(null).attempt(
      'mutation ($input: ServiceItemLapseInput!) { serviceItemLapse(input: $input) { userErrors { code } } }', { input: version(standing, { note: '停' }) },
    );
    expect(errors?.[0]?.extensions?.['code']).toBe('UNAUTHENTICATED');
    expect((await look(null, standing))?.inForce).not.toBeNull();
  });
});

describe('the catalogue', () => {
  it('tells everybody what conditions may ask for, and has them for twenty-three of its items', async () => {
    const { residentFacts } = await platform.as(null).run<{ residentFacts: Record<string, unknown>[] }>(
      '{ residentFacts { code name nameEn type source sourceEn madeOf min max values { value name nameEn } } }',
    );
    expect(residentFacts).toContainEqual({
      code: 'age', name: '年龄(周岁)', nameEn: 'age in full years', type: 'INT', source: '人口登记', sourceEn: 'population register', madeOf: 'birthDate', min: 0, max: 150, values: [],
    });
    expect(residentFacts.find(({ code }) => code === 'sex')).toMatchObject({ type: 'ENUM', min: null, values: [{ value: 'MALE', name: '男', nameEn: 'male' }, { value: 'FEMALE' }] });
    type Data = { serviceItems: { nodes: { code: string; inForce: { conditions: unknown[] } }[] } };
    const first = await platform.as(null).run<Data>('{ serviceItems(first: 100) { nodes { code inForce { conditions { expression } } } } }');
    expect(first.serviceItems.nodes.find(({ code }) => code === '05-005')?.inForce.conditions).toEqual([{ expression: 'disabilityLevel in [1, 2]' }, { expression: 'careNeed != "NONE"' }]);
  });

  it('has the 150 items of data/ for everybody, in pages by code', async () => {
    type Data = { serviceItems: { totalCount: number; nodes: { code: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } };
    const query = 'query ($after: String) { serviceItems(first: 100, after: $after) { totalCount nodes { code } pageInfo { hasNextPage endCursor } } }';
    const codes: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const { serviceItems }: Data = await platform.as(null).run<Data>(query, { after });
      codes.push(...serviceItems.nodes.map(({ code }) => code));
      ({ hasNextPage: more, endCursor: after } = serviceItems.pageInfo);
      if (!more) expect(serviceItems.totalCount).toBe(codes.length);
    }
    expect(codes).toEqual(codes.toSorted());
    expect(codes.filter((code) => /^\d\d-0\d\d$/.test(code))).toHaveLength(150);
  });

  it.each<[string, number]>([
    ['department: "3401-10"', 15], ['module: INFORMATION', 11], ['department: "3401-07", level: COMMUNITY', 2], ['department: "3402-01"', 0],
  ])('lists those with %s', async (filter, count) => {
    const query = `{ serviceItems(${filter}) { totalCount } }`;
    expect(await platform.as(null).run(query)).toEqual({ serviceItems: { totalCount: count } });
  });

  it('finds the item meant by every one of sixty everyday phrases among the first three', async () => {
    const missed: unknown[] = [];
    for (const [phrase, title] of everydayPhrases) {
      const found = await search(phrase);
      if (!found.includes(title)) missed.push([phrase, title, found]);
    }
    expect(missed).toEqual([]);
  });

  it('finds within a department, a module and a level', async () => {
    expect((await search('补贴'))[0]).not.toBe('学前教育资助申请');
    expect((await search('补贴', 'department: "3401-07"'))[0]).toBe('学前教育资助申请');
    expect((await search('查询', 'module: SOCIAL_SERVICE, level: DISTRICT'))[0]).toBe('机动车环保检验信息查询');
  });

  it('pages through what it finds without a gap', async () => {
    type Data = { serviceItemSearch: { totalCount: number; nodes: { code: string }[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } } };
    const page = async (first: number, after: string | null) => (await platform.as(null).run<Data>(
      'query ($first: Int, $after: String) { serviceItemSearch(text: "补贴", first: $first, after: $after) { totalCount nodes { code } pageInfo { endCursor hasNextPage } } }',
      { first, after },
    )).serviceItemSearch;
    const whole = await page(100, null);
    const one = await page(4, null);
    const two = await page(4, one.pageInfo.endCursor);
    expect([...one.nodes, ...two.nodes]).toEqual(whole.nodes.slice(0, 8));
    expect(whole.totalCount).toBe(whole.nodes.length);
  });

  it.each(['text: " "', `text: "${'补'.repeat(101)}"`, 'text: "补贴", first: 101', 'text: "补贴", after: "x"'])(
    'refuses a search with %s as BAD_USER_INPUT', async (args) => {
      const { errors } = await platform.as(null).attempt(`{ serviceItemSearch(${args}) { totalCount } }`);
      expect(errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
    },
  );

  it('is read with as many queries for a hundred items as for one', async () => {
    const read = (first: number) => () => platform.as(null).run(
      `{ serviceItems(first: ${first}) { nodes { code inForce { title department { name } materials { name } } } } }`,
    );
    const one = await commandsDuring(platform.subgraphs, read(1));
    expect(await commandsDuring(platform.subgraphs, read(100))).toEqual(one);
    expect(one).toEqual(['city find serviceItems', 'city find serviceItems', 'city find units']);
  });

});
