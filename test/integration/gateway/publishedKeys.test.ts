import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';
import { createCallerVerifier, remoteKeys } from '../../../gateway/auth.js';
import { signToken } from '../../../scripts/token.js';
import { ask, compose, listen, startGateway, startSubgraph, type FakeSubgraph } from './kit.js';

let published: JSONWebKeySet | null = { keys: [] };
let fetches = 0;
const server = createServer((_request, response) => {
  fetches += 1;
  if (published) response.setHeader('content-type', 'application/json').end(JSON.stringify(published));
  else response.writeHead(500).end();
});
let subgraph: FakeSubgraph;
let issuerPrivateJwk: JWK;
let publicJwk: JWK;
let keysUrl: URL;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true });
  issuerPrivateJwk = { ...(await exportJWK(pair.privateKey)), kid: 'issuer-1', alg: 'ES256' };
  publicJwk = { ...(await exportJWK(pair.publicKey)), kid: 'issuer-1', alg: 'ES256' };
  subgraph = await startSubgraph('greetings', 'type Query { greet: String! }', { Query: { greet: () => '你好' } });
  keysUrl = new URL(`http://127.0.0.1:${await listen(server)}/keys`);
});
afterAll(async () => {
  await subgraph.stop();
  server.close();
  server.closeAllConnections();
});

async function askSignedIn(): Promise<Awaited<ReturnType<typeof ask>>> {
  const verifyCaller = createCallerVerifier({
    keys: remoteKeys(keysUrl), issuer: 'hefei-platform', audience: 'hefei-platform',
  });
  const token = await signToken({ id: 'u1', role: 'RESIDENT' }, { issuerPrivateJwk });
  const gateway = await startGateway(compose([subgraph]), { verifyCaller });
  try {
    return await ask(gateway, '{ greet }', { headers: { authorization: `Bearer ${token}` } });
  } finally {
    await gateway.stop();
  }
}

it('verifies a caller by the keys that the issuer publishes', async () => {
  published = { keys: [publicJwk] };
  fetches = 0;
  expect(await askSignedIn()).toMatchObject({ status: 200, data: { greet: '你好' } });
  expect(fetches).toBe(1);
});

it.each([
  ['do not hold the token\'s', { keys: [] }, 401, 'UNAUTHENTICATED'],
  ['cannot be fetched', null, 503, 'AUTH_UNAVAILABLE'],
])('refuses the caller when the published keys %s', async (_name, keys, status, code) => {
  published = keys;
  const answer = await askSignedIn();
  expect([answer.status, answer.errors?.map(({ extensions }) => extensions['code'])]).toEqual([status, [code]]);
});
