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
import { describeWithRedis, startRedis, type TestRedis } from '../../kit/redis.js';
import { ask, compose, startGateway, startSubgraph, type Answer, type FakeSubgraph, type RunningGateway } from './kit.js';

const issuer = 'hefei-platform';
const districtSdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { districts: [District!]! district(code: String!): District }
  type District @key(fields: "code") { code: ID! name: String! counts: [AreaCounts!] }
  type AreaCounts { month: String! }
`;
const link = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])
  @link(url: "https://hefei.example/cacheControl/v0.1", import: ["@cacheControl"])
  @composeDirective(name: "@cacheControl")
  directive @cacheControl(maxAge: Int, scope: cacheControl__Scope) on FIELD_DEFINITION
  enum cacheControl__Scope { PUBLIC PRIVATE }
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

/** Wherever it is kept. */
function keeping(redis: () => { url: string; waitMs: number } | null): void {
  const sdl = `${link}
    type Query { areas: [Area!]! @cacheControl(maxAge: 60, scope: PUBLIC) mine: [Area!]! unkept: Area @cacheControl(scope: PUBLIC) }
    type Mutation { rename(name: String!): Boolean }
    type Area @key(fields: "code") { code: ID! @cacheControl(maxAge: 60, scope: PUBLIC) }
  `;
  const namesSdl = `${link}
    type Area @key(fields: "code") { code: ID! name: String @cacheControl(maxAge: 60, scope: PUBLIC) staff: Int }
  `;
  let names: FakeSubgraph;
  let areas: FakeSubgraph;
  let cached: RunningGateway;
  let shown: string[];
  let suffix: string;
  let at: number;

  beforeEach(async () => {
    [shown, suffix, at] = [['1', '2'], '区', Date.parse('2026-03-02T01:00:00Z')];
    const listed = () => shown.map((code) => ({ code }));
    areas = await startSubgraph('areas', sdl, {
      Query: { areas: listed, mine: listed, unkept: () => ({ code: '1' }) },
      Mutation: { rename: () => true },
    });
    names = await startSubgraph('names', namesSdl, {
      Area: { __resolveReference: ({ code }: { code: string }) => (code === '9' ? new Error('no') : { code, name: `${suffix}${code}`, staff: 3 }) },
    });
    cached = await startGateway(compose([areas, names]), { cache: { entries: 100, bytes: 1_000_000, seconds: 60, staleSeconds: 600, redis: redis() }, now: () => new Date(at) });
  });
  afterEach(async () => {
    await cached.stop();
    await Promise.all([areas.stop(), names.stop()]);
  });
  const counts = (): number[] => [areas.received.length, names.received.length];

  it('answers again without any subgraph, and asks only for the entities that are new', async () => {
    const query = '{ mine { code name } }';
    expect((await ask(cached, query)).data).toEqual({ mine: [{ code: '1', name: '区1' }, { code: '2', name: '区2' }] });
    shown = ['3', '2', '1'];
    expect((await ask(cached, query)).data).toEqual({ mine: [{ code: '3', name: '区3' }, { code: '2', name: '区2' }, { code: '1', name: '区1' }] });
    await ask(cached, query);
    expect(counts()).toEqual([3, 2]);
    for (let i = 0; i < 2; i += 1) expect((await ask(cached, '{ areas { code name } }')).data).toMatchObject({ areas: [{ name: '区3' }, { name: '区2' }, { name: '区1' }] });
    expect(counts()).toEqual([4, 2]);
    const text = await (await fetch(`${cached.url}/metrics`)).text();
    expect(text).toContain('gateway_cache_total{subgraph="names",outcome="hit"} 11\n');
    expect(text).toContain('gateway_cache_total{subgraph="names",outcome="miss"} 3\n');
    expect(text).toContain('gateway_cache_total{subgraph="areas",outcome="hit"} 1\n');
  });

  it('is not for what is private, or has no time', async () => {
    for (let i = 0; i < 2; i += 1) await ask(cached, '{ mine { name staff } unkept { code } }');
    const [asksOfAreas = 0, asksOfNames] = counts();
    expect([asksOfAreas >= 2, asksOfNames]).toEqual([true, 2]);
  });

  it('forgets what a level gave when that level is written to, and keeps the others\'', async () => {
    await ask(cached, '{ areas { code name } }');
    await ask(cached, 'mutation { rename(name: "x") }');
    shown = ['1'];
    suffix = '新';
    expect((await ask(cached, '{ areas { code name } }')).data).toEqual({ areas: [{ code: '1', name: '区1' }] });
    expect(counts()).toEqual([3, 1]);
  });

  it('gives what is old while its level is away, and says since when', async () => {
    const query = '{ mine { code name } }';
    const first = await ask(cached, query);
    expect(first.extensions?.['levels']).toBeUndefined();
    await names.stop();
    at += 61_000;
    const old = await ask(cached, query);
    expect([old.data, old.errors]).toEqual([first.data, undefined]);
    expect(old.extensions?.['levels']).toEqual([
      { subgraph: 'areas', state: 'OK', asOf: expect.any(String) }, { subgraph: 'names', state: 'STALE', asOf: '2026-03-02T01:00:00.000Z' },
    ]);
    at += 600_000;
    const none = await ask(cached, query);
    expect([none.data, none.errors?.[0]?.extensions['code']]).toEqual([{ mine: [{ code: '1', name: null }, { code: '2', name: null }] }, 'LEVEL_UNAVAILABLE']);
    expect(none.extensions?.['levels']).toContainEqual({ subgraph: 'names', state: 'DOWN', asOf: expect.any(String) });
  });

  it('keeps nothing of an answer with an error', async () => {
    shown = ['1', '9'];
    for (let i = 0; i < 2; i += 1) {
      const { data, errors } = await ask(cached, '{ areas { code name } }');
      expect([data, errors?.length]).toEqual([{ areas: [{ code: '1', name: '区1' }, { code: '9', name: null }] }, 1]);
    }
    expect(counts()).toEqual([1, 2]);
  });

  it('is off unless it is asked for', async () => {
    const plain = await startGateway(compose([areas, names]));
    for (let i = 0; i < 2; i += 1) await ask(plain, '{ areas { code name } }');
    await plain.stop();
    expect(counts()).toEqual([2, 2]);
  });
}

describe('the cache in memory', () => keeping(() => null));

describeWithRedis('the cache in Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => { redis = await startRedis(); });
  beforeEach(() => redis.command('FLUSHALL'));
  afterAll(() => redis.stop());
  keeping(() => ({ url: redis.url, waitMs: 10_000 }));
});
