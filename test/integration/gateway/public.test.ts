// What our own supergraph marks PUBLIC: asked for once for several callers, and in nobody's name.
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { exportJWK, generateKeyPair, decodeJwt, type JWK } from 'jose';
import { createCallerVerifier } from '../../../gateway/auth.js';
import type { Caller } from '../../../gateway/claims.js';
import { createInternalSigner } from '../../../gateway/internalToken.js';
import { signToken } from '../../../scripts/token.js';
import { publicPart } from '../../kit/identity.js';
import { supergraphSdl } from '../../kit/marks.js';
import { ask, startGateway, startSubgraph, type Answer, type FakeSubgraph, type RunningGateway } from './kit.js';

const issuer = 'hefei-platform';
const districtSdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { districts: [District!]! district(code: String!): District }
  type District @key(fields: "code") { code: ID! name: String! counts: [AreaCounts!] }
  type AreaCounts { month: String! }
`;
const luyang = { code: '340103', name: '庐阳区', counts: [{ month: '2026-03' }] };
const callers: readonly (Caller | null)[] = [
  null, { id: 'r1', role: 'RESIDENT' }, { id: 'c1', role: 'COMMUNITY_CLERK', area: '340103001001' }, { id: 'd1', role: 'DISTRICT_OFFICER', area: '340103' },
];

let district: FakeSubgraph;
let gateway: RunningGateway;
let issuerPrivateJwk: JWK;
let open: () => void;
let gate: Promise<void>;

beforeAll(async () => {
  district = await startSubgraph('district', districtSdl, {
    Query: {
      districts: async () => {
        await gate;
        return [luyang];
      },
      district: async () => {
        await gate;
        return luyang;
      },
    },
  });
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  issuerPrivateJwk = { ...(await exportJWK(privateKey)), kid: 'development', alg: 'EdDSA' };
  gateway = await startGateway(supergraphSdl, {
    urls: { district: district.url },
    verifyCaller: createCallerVerifier({ keys: createPublicKey({ key: { ...publicPart(issuerPrivateJwk) }, format: 'jwk' }), issuer, audience: issuer }),
    signInternal: createInternalSigner(generateKeyPairSync('ed25519').privateKey),
  });
});
afterAll(async () => {
  await gateway.stop();
  await district.stop();
});
beforeEach(() => {
  district.received.length = 0;
  gate = new Promise((resolve) => { open = resolve; });
});

/** So many fetches that plans have asked for. */
async function asks(): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  return Number(/^gateway_asks_total\{subgraph="district"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

/** All callers, each while the others wait for their answers. */
async function askedByAll(query: string): Promise<Answer[]> {
  const before = await asks();
  const answers = callers.map(async (who) => ask(gateway, query, {
    headers: who ? { authorization: `Bearer ${await signToken(who, { issuerPrivateJwk })}` } : {},
  }));
  while ((await asks()) < before + callers.length) await turn();
  // What was asked for leaves at the end of its turn.
  await turn();
  open();
  return Promise.all(answers);
}
const askedAs = (): unknown[] => district.received.map(({ headers }) => decodeJwt(headers.authorization?.replace('Bearer ', '') ?? '').sub).toSorted();

it('is one operation for several callers in flight, under nobody\'s identity', async () => {
  const answers = await askedByAll('{ districts { code name } }');
  for (const { data, errors } of answers) expect([errors, data]).toEqual([undefined, { districts: [{ code: '340103', name: '庐阳区' }] }]);
  expect(askedAs()).toEqual(['anonymous']);
});

it('is asked for by each, under the own identity, as soon as one field beside it is not for everyone', async () => {
  const answers = await askedByAll('{ district(code: "340103") { name counts { month } } }');
  for (const { errors } of answers) expect(errors).toBeUndefined();
  expect(askedAs()).toEqual(['anonymous', 'c1', 'd1', 'r1']);
});

it('shows callers nothing of the marks', async () => {
  const { data } = await ask(gateway, '{ __schema { directives { name } types { name } } }');
  expect(JSON.stringify(data)).not.toMatch(/cacheControl/i);
  expect(data).toMatchObject({ __schema: { types: expect.arrayContaining([{ name: 'District' }]) } });
});
