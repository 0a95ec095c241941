import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, exportJWK, generateKeyPair, jwtVerify, type JWK } from 'jose';
import { createCallerVerifier } from '../../../gateway/auth.js';
import { createInternalSigner } from '../../../gateway/internalToken.js';
import type { Caller } from '../../../gateway/claims.js';
import { signToken } from '../../../scripts/token.js';
import { ask, compose, startGateway, startSubgraph, type FakeSubgraph, type RunningGateway } from './kit.js';

const federation = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@requiresScopes", "@policy"])';
const streetSdl = `${federation}
  type Query { streets: [Street!]! mine: String @authenticated audited: String @requiresScopes(scopes: [["role:AUDITOR"], ["stats"]]) }
  type Mutation { rename: String! @authenticated }
  type Street @key(fields: "code") { code: ID! name: String clerk: String @authenticated }
`;
const districtSdl = `${federation}
  type Query { district: String }
  type Street @key(fields: "code") { code: ID! budget: Int @authenticated plan: String @policy(policies: [["within:340103"]]) }
`;
const clerk: Caller = { id: 'clerk', role: 'STREET_CLERK', area: '340103001' };
const signInFirst = { message: '请先登录。 / Sign in first.', code: 'UNAUTHENTICATED' };

let streets: FakeSubgraph;
let districts: FakeSubgraph;
let supergraph: string;
let gateway: RunningGateway;
let issuerPrivateJwk: JWK;
let serviceKeys: ReturnType<typeof createLocalJWKSet>;
let renamed = 0;

beforeAll(async () => {
  streets = await startSubgraph('street', streetSdl, {
    Query: { streets: () => [{ code: '1', name: '一', clerk: '甲' }, { code: '2', name: '二', clerk: '乙' }], mine: () => '我', audited: () => '审' },
    Mutation: { rename: () => { renamed += 1; return '改'; } },
  });
  districts = await startSubgraph('district', districtSdl, {
    Query: { district: () => '区' },
    Street: { __resolveReference: ({ code }: { code: string }) => ({ code, budget: 5, plan: '规' }) },
  });
  supergraph = compose([streets, districts]);
  const issuer = await generateKeyPair('EdDSA', { extractable: true });
  issuerPrivateJwk = { ...(await exportJWK(issuer.privateKey)), kid: 'development', alg: 'EdDSA' };
  const { d: _secret, ...publicJwk } = issuerPrivateJwk;
  const service = generateKeyPairSync('ed25519');
  serviceKeys = createLocalJWKSet({ keys: [{ ...service.publicKey.export({ format: 'jwk' }), kid: 'gateway', alg: 'EdDSA' } as JWK] });
  gateway = await startGateway(supergraph, {
    verifyCaller: createCallerVerifier({
      keys: createPublicKey({ key: { ...publicJwk } as Record<string, string>, format: 'jwk' }), issuer: 'hefei-platform', audience: 'hefei-platform',
    }),
    signInternal: createInternalSigner(service.privateKey),
  });
});
afterAll(async () => {
  await gateway.stop();
  await Promise.all([streets.stop(), districts.stop()]);
});
beforeEach(() => {
  streets.received.length = 0;
  districts.received.length = 0;
});

async function as(who: Caller | null, query: string) {
  const headers: Record<string, string> = who ? { authorization: `Bearer ${await signToken(who, { issuerPrivateJwk })}` } : {};
  const { status, data, errors = [] } = await ask(gateway, query, { headers });
  return { status, data, errors: errors.map(({ message, path = [], extensions }) => ({ path: path.join('.'), message, code: extensions['code'] })) };
}

const whole = '{ streets { name clerk budget } }';

it('gives a caller who has signed in all that it asks for', async () => {
  expect(await as(clerk, whole)).toEqual({
    status: 200, errors: [], data: { streets: [{ name: '一', clerk: '甲', budget: 5 }, { name: '二', clerk: '乙', budget: 5 }] },
  });
});

it('fetches nothing for anybody else that needs a login, and gives the rest', async () => {
  const places = ['streets.0.clerk', 'streets.0.budget', 'streets.1.clerk', 'streets.1.budget'];
  expect(await as(null, whole)).toEqual({
    status: 200,
    data: { streets: [{ name: '一', clerk: null, budget: null }, { name: '二', clerk: null, budget: null }] },
    errors: places.map((path) => ({ path, ...signInFirst })),
  });
  expect([streets.received.length, districts.received.length]).toEqual([1, 0]);
  expect(streets.received[0]?.query).not.toMatch(/clerk|budget/);
});

it('carries out no mutation of anybody who has not signed in', async () => {
  expect(await as(null, 'mutation { rename }')).toEqual({ status: 200, data: null, errors: [{ path: 'rename', ...signInFirst }] });
  expect([renamed, streets.received.length]).toEqual([0, 0]);
  expect((await as(clerk, 'mutation { rename }')).data).toEqual({ rename: '改' });
  expect(renamed).toBe(1);
});

it.each<[string, Caller, unknown]>([
  ['by the role', { id: 'a', role: 'AUDITOR', area: '3401' }, '审'],
  ['by the token’s scope', { ...clerk, scopes: ['stats'] }, '审'],
  ['not by another', { ...clerk, scopes: ['statistics'] }, null],
  ['not by a role that is only claimed', { ...clerk, scopes: ['role:AUDITOR'] }, null],
])('gives what needs a scope %s', async (_name, who, audited) => {
  const { data, errors } = await as(who, '{ audited mine }');
  expect(data).toEqual({ audited, mine: '我' });
  expect(errors.map(({ path, code }) => [path, code])).toEqual(audited === null ? [['audited', 'FORBIDDEN']] : []);
});

it('gives what needs a policy to those for whom it holds', async () => {
  expect((await as(clerk, '{ streets { plan } }')).data).toEqual({ streets: [{ plan: '规' }, { plan: '规' }] });
  const { data, errors } = await as({ ...clerk, area: '340104001' }, '{ streets { plan } }');
  expect(data).toEqual({ streets: [{ plan: null }, { plan: null }] });
  expect(errors.map(({ code }) => code)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  expect(districts.received).toHaveLength(1);
});

it('tells each subgraph who asks in a word that is for it alone, and only those that it asks', async () => {
  await as(clerk, whole);
  for (const { name, received: [request] } of [streets, districts]) {
    const token = request?.headers.authorization?.replace('Bearer ', '') ?? '';
    const { payload } = await jwtVerify(token, serviceKeys, { issuer: 'gateway', audience: name });
    expect([payload.sub, payload.aud]).toEqual(['clerk', name]);
  }
  streets.received.length = 0;
  await as(clerk, '{ mine }');
  expect(streets.received.map(({ headers }) => decodeJwt(headers.authorization?.replace('Bearer ', '') ?? '').aud)).toEqual(['street']);
});

it('leaves it to the subgraphs where nobody can sign in', async () => {
  const open = await startGateway(supergraph);
  try {
    expect(await ask(open, whole)).toMatchObject({ data: { streets: [{ clerk: '甲', budget: 5 }, { clerk: '乙', budget: 5 }] } });
  } finally {
    await open.stop();
  }
});
