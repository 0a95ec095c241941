import { createPublicKey } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { createCallerVerifier } from '../../../gateway/auth.js';
import { signToken } from '../../../scripts/token.js';
import { ask, compose, startGateway, startSubgraph, type FakeSubgraph, type RunningGateway } from './kit.js';

const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { areas(first: Int): [Area!] }
  type Area { code: ID! areas: [Area!] }
`;

let subgraph: FakeSubgraph;
let supergraph: string;
beforeAll(async () => {
  subgraph = await startSubgraph('city', sdl, { Query: { areas: () => [{ code: '3401', areas: [] }] } });
  supergraph = compose([subgraph]);
});
afterAll(() => subgraph.stop());
beforeEach(() => { subgraph.received.length = 0; });

describe('an operation beyond a limit is refused with what was found and what is allowed, and no level is asked', () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway(supergraph, { limits: { tokens: 40, depth: 3, aliases: 1, directives: 1, rootFields: 2, cost: 100 } });
  });
  afterAll(() => gateway.stop());

  it.each([
    ['tokens', `{ areas { ${'code '.repeat(40)} } }`, /词元至多 40;.* \/ .*too many tokens, at most 40;/],
    ['depth', '{ areas { areas { areas { code } } } }', /嵌套层数 4,至多 3;.* \/ .*4 levels of nesting, at most 3;/],
    ['aliases', '{ a: areas { b: code } }', /别名 2,至多 1;.* \/ .*2 aliases, at most 1;/],
    ['directives', '{ areas @skip(if: false) { code @skip(if: false) } }', /指令 2,至多 1;/],
    ['root fields', '{ areas { code } ... { areas { code } areas { code } } }', /顶层字段 3,至多 2;/],
    ['cost', '{ areas(first: 11) { areas { code } } }', /成本 121,至多 100;.* \/ .*121 cost, at most 100;/],
  ])('%s', async (_name, query, message) => {
    const { status, data, errors } = await ask(gateway, query);
    expect([status, data, errors]).toEqual([400, undefined, [{
      message: expect.stringMatching(message), extensions: { code: 'QUERY_TOO_COMPLEX', traceId: expect.any(String) },
    }]]);
    expect(subgraph.received).toEqual([]);
  });

  it('the cost goes by the variables, and the budget is told', async () => {
    const query = 'query ($n: Int) { areas(first: $n) { areas { code } } }';
    const answers = [];
    for (const n of [9, 10]) answers.push(await ask(gateway, query, { variables: { n } }));
    expect(answers.map(({ status, extensions }) => [status, extensions])).toEqual([
      [200, undefined], [400, { cost: { requested: 110, budget: 100 } }],
    ]);
  });
});

describe('who comes too often', () => {
  let issuerPrivateJwk: JWK;
  let gateway: RunningGateway;
  beforeAll(async () => {
    const issuer = await generateKeyPair('EdDSA', { extractable: true });
    issuerPrivateJwk = { ...(await exportJWK(issuer.privateKey)), kid: 'development', alg: 'EdDSA' };
    const { d: _private, ...publicJwk } = issuerPrivateJwk;
    const keys = createPublicKey({ key: publicJwk as Record<string, string>, format: 'jwk' });
    gateway = await startGateway(supergraph, {
      verifyCaller: createCallerVerifier({ keys, issuer: 'hefei-platform', audience: 'hefei-platform' }),
      rates: { actor: 1, address: 2 }, trustedProxies: ['127.0.0.1'], now: () => new Date('2026-03-02T00:00:00Z'),
    });
  });
  afterAll(() => gateway.stop());

  const send = (headers: Record<string, string>) => fetch(`${gateway.url}/graphql`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{"query":"{ areas { code } }"}',
  });
  const sendMany = async (count: number, headers: Record<string, string>) => Promise.all(Array.from({ length: count }, () => send(headers)));
  const statuses = (all: readonly Response[]): number[] => all.map(({ status }) => status);

  it('is told when to come again, by caller, and the others are answered', async () => {
    const tokens = await Promise.all(['u1', 'u2'].map((id) => signToken({ id, role: 'RESIDENT' }, { issuerPrivateJwk })));
    const [mine, theirs] = tokens.map((token) => ({ authorization: `Bearer ${token}` }));
    expect(statuses(await sendMany(5, mine ?? {}))).toEqual([200, 200, 200, 200, 200]);
    subgraph.received.length = 0;
    const refused = await send(mine ?? {});
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toEqual([429, '1', { errors: [{
      message: expect.stringMatching(/每秒至多 1 次.* \/ .*at most 1 a second, 5 at a time; try again after 1 s\./),
      extensions: { code: 'RATE_LIMITED', traceId: expect.any(String) },
    }] }]);
    expect(subgraph.received).toEqual([]);
    expect((await send(theirs ?? {})).status).toBe(200);
  });

  it('is known by address where no one signs in, by the word of the proxy', async () => {
    const from = (address: string) => ({ 'x-forwarded-for': address });
    expect(statuses(await sendMany(11, from('203.0.113.1'))).filter((status) => status === 429)).toHaveLength(1);
    expect((await send(from('203.0.113.2'))).status).toBe(200);
  });

  it('may come as often as it likes from this machine', async () => {
    expect(new Set(statuses(await sendMany(12, {})))).toEqual(new Set([200]));
  });
});
