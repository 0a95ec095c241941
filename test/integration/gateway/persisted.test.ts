import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { createCallerVerifier } from '../../../gateway/auth.js';
import { hashOf, manifestFrom } from '../../../gateway/limits/persisted.js';
import type { Role } from '../../../gateway/roles.js';
import { signToken } from '../../../scripts/token.js';
import { ask, compose, startGateway, startSubgraph, type Answer, type FakeSubgraph } from './kit.js';

let subgraph: FakeSubgraph;
let supergraph: string;
beforeAll(async () => {
  subgraph = await startSubgraph('city', 'type Query { name: String! other: String! }', { Query: { name: () => '合肥', other: () => '其他' } });
  supergraph = compose([subgraph]);
});
afterAll(() => subgraph.stop());
beforeEach(() => { subgraph.received.length = 0; });

const listed = 'query Name { name }';
const other = 'query Other { other }';
const manifest = new Map([[hashOf(listed), listed]]);

async function byHash(url: string, text: string, query?: string): Promise<Omit<Answer, 'status' | 'headers'>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(text) } } }),
  });
  return (await response.json()) as Omit<Answer, 'status' | 'headers'>;
}
const codes = ({ errors }: Pick<Answer, 'errors'>): unknown[] | undefined => errors?.map(({ extensions }) => extensions['code']);

it('an operation of the manifest is known by its hash, another once it has been sent', async () => {
  const gateway = await startGateway(supergraph, { manifest });
  const answers = [await byHash(gateway.url, listed), await byHash(gateway.url, other), await byHash(gateway.url, other, other), await byHash(gateway.url, other)];
  await gateway.stop();
  expect(answers.map((answer) => answer.data ?? codes(answer))).toEqual([
    { name: '合肥' }, ['PERSISTED_QUERY_NOT_FOUND'], { other: '其他' }, { other: '其他' },
  ]);
});

it('where only those of the manifest are taken, others are refused and not kept', async () => {
  const gateway = await startGateway(supergraph, { manifest, persistedOnly: true });
  const answers = [await ask(gateway, listed), await byHash(gateway.url, listed)];
  subgraph.received.length = 0;
  const refused = [await ask(gateway, other), await byHash(gateway.url, other, other), await byHash(gateway.url, other)];
  await gateway.stop();
  expect(answers.map(({ data }) => data)).toEqual([{ name: '合肥' }, { name: '合肥' }]);
  expect(refused.map(codes)).toEqual([['OPERATION_NOT_PERSISTED'], ['OPERATION_NOT_PERSISTED'], ['PERSISTED_QUERY_NOT_FOUND']]);
  expect(subgraph.received).toEqual([]);
});

it('the manifest in the project can be read, subscriptions too, and one whose ids are wrong cannot', () => {
  const text = readFileSync(new URL('../../../schema/operations/manifest.json', import.meta.url), 'utf8');
  const bodies = [...manifestFrom(text).values()];
  for (const type of ['query', 'mutation', 'subscription']) expect(bodies.some((body) => body.startsWith(`${type} `))).toBe(true);
  expect(() => manifestFrom(text.replace('"body": "', '"body": " '))).toThrow(/^the id of \w+ is not the SHA-256/);
});

describe('in production', () => {
  it.each<[Role | null, boolean]>([['INTEGRATOR', true], ['CITY_OFFICER', false], [null, false]])('the schema is told, and GraphiQL given, to %s: %s', async (role, told) => {
    const issuer = await generateKeyPair('EdDSA', { extractable: true });
    const issuerPrivateJwk: JWK = { ...(await exportJWK(issuer.privateKey)), kid: 'development', alg: 'EdDSA' };
    const { d: _private, ...publicJwk } = issuerPrivateJwk;
    const keys = createPublicKey({ key: publicJwk as Record<string, string>, format: 'jwk' });
    const gateway = await startGateway(supergraph, {
      production: true, verifyCaller: createCallerVerifier({ keys, issuer: 'hefei-platform', audience: 'hefei-platform' }),
    });
    const headers: Record<string, string> = role
      ? { authorization: `Bearer ${await signToken({ id: 'u1', role, area: '3401' }, { issuerPrivateJwk })}` } : {};
    const answers = [await ask(gateway, '{ ...s } fragment s on Query { __schema { queryType { name } } }', { headers }), await ask(gateway, '{ __type(name: "Query") { name } }', { headers })];
    const page = await fetch(gateway.url, { headers: { ...headers, accept: 'text/html' } });
    const [, script = '/assets/app.js'] = /src="(\/assets\/[^"]+)"/.exec(await page.text()) ?? [];
    const files = [page, await fetch(gateway.url + script, { headers }), await fetch(`${gateway.url}/dev/tokens`, { headers })];
    await gateway.stop();
    expect(files.map(({ status }) => status)).toEqual(told ? [200, 200, 404] : [404, 404, 404]);
    expect(answers.map((answer) => (answer.data ? 'told' : codes(answer)))).toEqual(told ? ['told', 'told'] : [['GRAPHQL_VALIDATION_FAILED'], ['GRAPHQL_VALIDATION_FAILED']]);
  });
});
