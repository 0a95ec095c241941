import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTemplateServer } from '../server.js';
import { openStore, type BureauDepartmentStore } from '../store.js';
import { listen, me, post, strangerKey, tokenOf, trusted, type Answer, type Who } from './kit.js';

const folder = mkdtempSync(join(tmpdir(), 'bureau-'));
const officer: Who = { role: 'DEPARTMENT_OFFICER', area: '340103', department: '340103-02' };
const bilingual = /\p{Script=Han}.* \/ .*[A-Za-z]/u;
let servers: Server[] = [];
let files = 0;
let file: string;
let url: string;

async function serve(store: BureauDepartmentStore): Promise<string> {
  const server = createTemplateServer({ name: me, trusted, store });
  servers.push(server);
  return listen(server);
}

beforeEach(async () => {
  file = join(folder, `${(files += 1)}.json`);
  url = await serve(await openStore(file));
});
afterEach(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  servers = [];
});
afterAll(() => rmSync(folder, { recursive: true }));

const ask = async (query: string, who: Who | null = null, variables: object = {}) => post(url, { query, variables }, await tokenOf(who));
const codesOf = ({ errors = [] }: Answer): string[] => errors.map(({ extensions }) => extensions.code);

describe('reading', () => {
  it('gives a department to everyone, with its street by its code', async () => {
    const { body } = await ask('{ bureauDepartment(id: "D-1") { name duty bureau isOpen version street { code } } }');
    expect(body).toEqual({ data: { bureauDepartment: {
      name: '市容执法一中队', duty: '占道经营与户外广告的检查', bureau: '340103-02', isOpen: false, version: 1, street: { code: '340103001' },
    } } });
  });

  it.each([['an id that is not there', 'D-9'], ['one longer than any', 'D'.repeat(65)]])('gives null for %s', async (_what, id) => {
    const { body } = await ask('query One($id: ID!) { bureauDepartment(id: $id) { name } }', null, { id });
    expect(body).toEqual({ data: { bureauDepartment: null } });
  });

  it('goes through the list page by page, in order, nothing twice', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { body } = await ask('query Page($after: String) { bureauDepartments(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }', null, { after });
      const { nodes, pageInfo } = (body.data?.['bureauDepartments'] ?? {}) as { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
      seen.push(...nodes.map(({ id }) => id), '|');
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(['D-1', 'D-2', '|', 'D-3', '|']);
  });

  it.each([
    ['of none', 'first: 0'], ['of too many', 'first: 101'], ['after what is no cursor', 'after: "D-1"'], ['after nothing', 'after: ""'],
    ['after a cursor longer than any', `after: "${'A'.repeat(10_000)}"`],
  ])('refuses a page %s, in both languages', async (_what, page) => {
    const { body } = await ask(`{ bureauDepartments(${page}) { nodes { id } } }`);
    expect([body.data, codesOf(body)]).toEqual([{ bureauDepartments: null }, ['BAD_USER_INPUT']]);
    expect(body.errors?.[0]?.message).toMatch(bilingual);
  });

  it('shows the internal telephone to those who have signed in alone, and the rest to all', async () => {
    const text = '{ bureauDepartment(id: "D-1") { name internalPhone } }';
    expect((await ask(text, { role: 'RESIDENT' })).body).toEqual({ data: { bureauDepartment: { name: '市容执法一中队', internalPhone: '0551-00000001' } } });
    const { body } = await ask(text);
    expect([body.data, codesOf(body)]).toEqual([{ bureauDepartment: { name: '市容执法一中队', internalPhone: null } }, ['UNAUTHENTICATED']]);
    expect(body.errors?.[0]?.message).toMatch(bilingual);
  });

  it('stops lists that lead back to lists before they grow without end', async () => {
    const depth = 14;
    const text = `{ bureauDepartments { nodes { ${'street { bureauDepartments { '.repeat(depth)} id ${'} } '.repeat(depth)} } } }`;
    const { body } = await ask(text);
    expect(new Set(codesOf(body))).toEqual(new Set(['QUERY_TOO_COMPLEX']));
    expect(body.errors?.[0]?.message).toMatch(bilingual);
  });
});

describe('entities', () => {
  const entities = (representations: readonly object[], selection: string) =>
    ask(`query Entities($representations: [_Any!]!) { _entities(representations: $representations) { ${selection} } }`, null, { representations });

  it('are answered in order, null for what is not there, in one lookup', async () => {
    const { body, lookups } = await entities(
      ['D-2', 'D-9', 'D-1', 'D-2', 'D'.repeat(65)].map((id) => ({ __typename: 'BureauDepartment', id })), '... on BureauDepartment { id }',
    );
    expect([body, lookups]).toEqual([{ data: { _entities: [{ id: 'D-2' }, null, { id: 'D-1' }, { id: 'D-2' }, null] } }, 1]);
  });

  it('add to the platform\'s streets, all in one lookup, an empty list where there is none', async () => {
    const { body, lookups } = await entities(
      ['340103002', '340103009', '340103001'].map((code) => ({ __typename: 'Street', code })), '... on Street { code bureauDepartments { id } }',
    );
    expect([body, lookups]).toEqual([{ data: { _entities: [
      { code: '340103002', bureauDepartments: [{ id: 'D-3' }] },
      { code: '340103009', bureauDepartments: [] },
      { code: '340103001', bureauDepartments: [{ id: 'D-1' }, { id: 'D-2' }] },
    ] } }, 1]);
  });
});

describe('acting', () => {
  const act = (name: string, id: string, expectedVersion: number, who: Who | null) =>
    ask(`mutation Act($id: ID!, $expectedVersion: Int!) { ${name}(input: { id: $id, expectedVersion: $expectedVersion }) { bureauDepartment { isOpen version } userErrors { code message field } } }`, who, { id, expectedVersion });
  const kept = async (id: string) => (await (await openStore(file)).byIds([id]))[0];

  it('opens a department, closes it again, and keeps it over a restart', async () => {
    expect((await act('bureauDepartmentOpen', 'D-1', 1, officer)).body).toEqual({ data: { bureauDepartmentOpen: { bureauDepartment: { isOpen: true, version: 2 }, userErrors: [] } } });
    expect(await kept('D-1')).toMatchObject({ isOpen: true, version: 2 });
    expect((await act('bureauDepartmentClose', 'D-1', 2, officer)).body).toEqual({ data: { bureauDepartmentClose: { bureauDepartment: { isOpen: false, version: 3 }, userErrors: [] } } });
    expect(await kept('D-1')).toMatchObject({ isOpen: false, version: 3 });
  });

  it.each<[string, string, string, number, Who, string, string[] | null]>([
    ['what is not there', 'bureauDepartmentOpen', 'D-9', 1, officer, 'NOT_FOUND', ['input', 'id']],
    ['what is so already', 'bureauDepartmentClose', 'D-1', 1, officer, 'TRANSITION_NOT_ALLOWED', null],
    ['what has changed', 'bureauDepartmentOpen', 'D-1', 7, officer, 'STALE_VERSION', ['input', 'expectedVersion']],
    ['another bureau\'s officer', 'bureauDepartmentOpen', 'D-1', 1, { ...officer, department: '340103-04' }, 'OUT_OF_SCOPE', ['input', 'id']],
    ['an officer of the city', 'bureauDepartmentOpen', 'D-1', 1, { role: 'CITY_OFFICER', area: '3401' }, 'ROLE_NOT_ALLOWED', null],
    ['another role that claims the department', 'bureauDepartmentOpen', 'D-1', 1, { role: 'RESIDENT', department: '340103-02' }, 'ROLE_NOT_ALLOWED', null],
  ])('refuses %s, in both languages, and changes nothing', async (_what, name, id, version, who, code, field) => {
    const { body } = await act(name, id, version, who);
    expect(body).toEqual({ data: { [name]: { bureauDepartment: null, userErrors: [{ code, field, message: expect.stringMatching(bilingual) as string }] } } });
    expect(await kept('D-1')).toMatchObject({ isOpen: false, version: 1 });
  });

  it('lets one of two who change it at the same time win', async () => {
    const both = await Promise.all([1, 2].map(() => act('bureauDepartmentOpen', 'D-2', 1, officer)));
    const codes = both.map(({ body }) => (body.data?.['bureauDepartmentOpen'] as { userErrors: { code: string }[] }).userErrors.map(({ code }) => code));
    expect(codes.toSorted()).toEqual([[], ['STALE_VERSION']]);
    expect(await kept('D-2')).toMatchObject({ isOpen: true, version: 2 });
  });

  it('asks those who have not signed in to do so', async () => {
    const { body } = await act('bureauDepartmentOpen', 'D-1', 1, null);
    expect([body.data ?? null, codesOf(body)]).toEqual([null, ['UNAUTHENTICATED']]);
    expect(await kept('D-1')).toMatchObject({ version: 1 });
  });
});

describe('who asks', () => {
  const query = '{ bureauDepartment(id: "D-1") { name } }';

  it.each<[string, () => Promise<string | null>]>([
    ['no token', async () => null],
    ['what is no token', async () => 'x.y.z'],
    ['a token longer than any', async () => 'x'.repeat(5_000)],
    ['another key\'s', () => tokenOf(officer, { key: strangerKey() })],
    ['another issuer\'s', () => tokenOf(officer, { issuer: 'somebody' })],
    ['a token for another subgraph', () => tokenOf(officer, { audience: 'community' })],
    ['one that has expired', () => tokenOf(officer, { at: new Date(Date.now() - 120_000) })],
  ])('is refused with %s', async (_what, token) => {
    const { body } = await post(url, { query }, await token());
    expect([body.data, codesOf(body)]).toEqual([undefined, ['UNAUTHENTICATED']]);
    expect(body.errors?.[0]?.message).toMatch(bilingual);
  });

  it('is, of several operations in one request, each by its own identity, which is no other\'s', async () => {
    const one = async (who: Who | null) => ({ query: '{ bureauDepartment(id: "D-1") { internalPhone } }', extensions: { identity: await tokenOf(who) } });
    const { body } = await post<Answer[]>(url, [await one(officer), { query }, await one(null)], await tokenOf(officer));
    expect(body.map((answer) => [answer.data?.['bureauDepartment'], codesOf(answer)])).toEqual([
      [{ internalPhone: '0551-00000001' }, []], [undefined, ['UNAUTHENTICATED']], [{ internalPhone: null }, ['UNAUTHENTICATED']],
    ]);
  });

  it('acts by one operation alone', async () => {
    const mutation = 'mutation Act { bureauDepartmentOpen(input: { id: "D-1", expectedVersion: 1 }) { userErrors { code } } }';
    const { body } = await post<Answer[]>(url, [{ query: mutation, extensions: { identity: await tokenOf(officer) } }], null);
    expect(body.map(codesOf)).toEqual([['BAD_REQUEST']]);
  });
});

describe('what comes in', () => {
  it.each<[string, unknown]>([
    ['what is not JSON', '{'],
    ['no query', { text: '' }],
    ['more than 1 MiB', { query: '{ __typename }', padding: 'x'.repeat(1_100_000) }],
    ['too many operations', Array.from({ length: 51 }, () => ({ query: '{ __typename }' }))],
  ])('is refused, in both languages: %s', async (_what, body) => {
    const answer = await post<{ error: string }>(url, body, await tokenOf(officer));
    expect([answer.status, answer.body.error]).toEqual([400, expect.stringMatching(bilingual)]);
  });

  it('is refused with too many words in it', async () => {
    const { body } = await ask(`{ ${'__typename '.repeat(10_001)} }`);
    expect(body.errors?.[0]?.message).toContain('10000 tokens');
    expect(body.data).toBeUndefined();
  });

  it('has one place to go to, and one that says it is up', async () => {
    expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'up' });
    const other = await fetch(`${url}/else`);
    expect([other.status, (await other.json() as { error: string }).error]).toEqual([404, expect.stringMatching(bilingual)]);
  });
});

it('says neither to callers nor in its log what a fault quotes of people', async () => {
  const store = await openStore(file);
  const { error } = console;
  const logged: unknown[] = [];
  console.error = (...words) => void logged.push(...words);
  const failing = await serve({ ...store, byIds: async () => { throw new Error('duplicate key\n13812345678'); } });
  const { body } = await post(failing, { query: '{ bureauDepartment(id: "D-1") { name } }' }, await tokenOf(null));
  console.error = error;
  const text = logged.join('\n');
  expect([body.data, codesOf(body)]).toEqual([{ bureauDepartment: null }, ['INTERNAL_SERVER_ERROR']]);
  expect(text).toMatch(/^Error\n +at /);
  expect(JSON.stringify(body) + text).not.toMatch(/duplicate|138/);
});
