import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../gateway/config.js';
import { defaultLimits } from '../../../gateway/limits/limits.js';

const folder = mkdtempSync(join(tmpdir(), 'gateway-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const supergraph = written('supergraph.graphql', `
  enum join__Graph {
    STREET @join__graph(name: "street", url: "http://127.0.0.1:4003/graphql")
    MY_MAPS @join__graph(name: "my-maps", url: "")
  }
`);
const notSupergraph = written('schema.graphql', 'type Query { a: Int }');
const notGraphql = written('notes.txt', 'hello {');

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const jwk = (key: typeof privateKey): string => JSON.stringify(key.export({ format: 'jwk' }));
const environment = {
  SUPERGRAPH_FILE: supergraph, AUTH_PUBLIC_KEY: jwk(publicKey), SERVICE_PRIVATE_KEY: jwk(privateKey),
};

it('needs only keys and a supergraph', () => {
  expect(readConfig(environment, [])).toMatchObject({
    port: 4000, host: '127.0.0.1', logLevel: 'info', production: false, urls: {}, devTokens: null,
    auth: { issuer: 'hefei-platform', audience: 'hefei-platform' },
  });
});

it('lets flags win over the environment', () => {
  const flags = ['--port', '0', '--supergraph', supergraph];
  const config = readConfig({ ...environment, PORT: '1', SUPERGRAPH_FILE: notGraphql }, flags);
  expect([config.port, config.supergraphFile]).toEqual([0, supergraph]);
});

it('needs no keys without sign-in, and then stays on this machine', () => {
  const config = readConfig({ SUPERGRAPH_FILE: supergraph, HOST: '0.0.0.0' }, ['--no-auth']);
  expect(config).toMatchObject({ auth: null, host: '127.0.0.1' });
});

it('moves subgraphs by name', () => {
  const { urls } = readConfig({
    ...environment, STREET_URL: 'http://a:1', SUBGRAPH_URL_STREET: 'http://b:2', CITY_URL: 'http://unused:1',
    SUBGRAPH_URL_MY_MAPS: 'http://c:3/maps',
  }, []);
  expect(urls).toEqual({ street: 'http://b:2', 'my-maps': 'http://c:3/maps' });
});

it('gives subgraphs the time they are allowed, each or all', () => {
  expect(readConfig({ ...environment, SUBGRAPH_TIMEOUT_MS: '900', SUBGRAPH_TIMEOUT_MS_MY_MAPS: '70' }, []).timeoutsMs)
    .toEqual({ street: 900, 'my-maps': 70 });
  expect(readConfig(environment, [])).toMatchObject({
    timeoutsMs: { street: 30_000, 'my-maps': 30_000 }, executor: 'own', maxBatch: 50,
  });
});

it('keeps its supergraph, unless it is told to look for newer ones', () => {
  expect(readConfig(environment, []).reload).toBeNull();
  expect(readConfig({ ...environment, SUPERGRAPH_RELOAD: 'true' }, []).reload).toMatchObject({ from: supergraph, everyMs: 1_000 });
  const { reload } = readConfig({ ...environment, SUPERGRAPH_URL: 'https://a/b', SUPERGRAPH_RELOAD_MS: '50', SUBGRAPH_URL_LATER: 'http://c:3' }, []);
  expect(reload).toMatchObject({ from: 'https://a/b', everyMs: 50 });
  expect(reload?.settingsOf?.(['street', 'later'])).toEqual({ urls: { later: 'http://c:3' }, timeoutsMs: { street: 30_000, later: 30_000 } });
  expect(() => readConfig({ ...environment, SUPERGRAPH_RELOAD: 'true', GATEWAY_EXECUTOR: 'stock' }, [])).toThrow(/GATEWAY_EXECUTOR must be own/);
  expect(() => readConfig({ ...environment, SUPERGRAPH_RELOAD: 'yes', SUPERGRAPH_RELOAD_MS: '0', SUPERGRAPH_URL: 'ftp://a' }, []))
    .toThrow(/SUPERGRAPH_RELOAD must[^]*SUPERGRAPH_RELOAD_MS must[^]*SUPERGRAPH_URL must/);
});

it('keeps no answers unless it is told to', () => {
  expect(readConfig(environment, []).cache).toBeNull();
  expect(readConfig({ ...environment, ENTITY_CACHE: 'memory', ENTITY_CACHE_MIB: '2' }, []).cache).toEqual({ entries: 10_000, bytes: 2 * 1024 * 1024, seconds: 3_600, staleSeconds: 600, redis: null });
  const redis = { ENTITY_CACHE_REDIS: 'rediss://user:p%40ss@cache:6380/2' };
  expect(readConfig({ ...environment, ENTITY_CACHE: 'redis', ...redis }, []).cache).toMatchObject({ seconds: 3_600, redis: { url: redis.ENTITY_CACHE_REDIS, waitMs: 100 } });
  expect(['off', 'memory'].map((ENTITY_CACHE) => readConfig({ ...environment, ...redis, ENTITY_CACHE }, []).cache?.redis)).toEqual([undefined, null]);
  expect([{}, { GATEWAY_UNFOLD: 'false' }].map((more) => readConfig({ ...environment, ...more }, []).unfolds)).toEqual([true, false]);
  expect([{}, { SUBGRAPH_HEDGE_MS: '250' }].map((more) => readConfig({ ...environment, ...more }, []).hedgeMs)).toEqual([null, 250]);
});

it('has limits, and none where one is 0', () => {
  const { limits, rates } = readConfig({ ...environment, LIMIT_DEPTH: '7', LIMIT_COST: '0', RATE_ACTOR: '3', RATE_ADDRESS: '0' }, []);
  expect([limits, rates]).toEqual([{ ...defaultLimits, depth: 7, cost: Infinity }, { actor: 3, address: null }]);
});

it('has no rates without sign-in', () => {
  expect(readConfig({ SUPERGRAPH_FILE: supergraph }, ['--no-auth']).rates).toEqual({ actor: null, address: null });
});

it('takes the word of the proxies that it is told of', () => {
  expect(readConfig({ ...environment, TRUSTED_PROXIES: '10.0.0.0/8, ::1' }, []).trustedProxies).toEqual(['10.0.0.0/8', '::1']);
});

it('takes an empty variable for one that is not set', () => {
  expect(readConfig({ ...environment, PORT: '', AUTH_JWKS_URL: '' }, []).port).toBe(4000);
});

it.each([
  ['a port is no number', { PORT: 'http' }, /^PORT must be a whole number from 0 to 65535/],
  ['a time is none', { SUBGRAPH_TIMEOUT_MS: '0' }, /^SUBGRAPH_TIMEOUT_MS must be a whole number of milliseconds/],
  ['a subgraph\'s time is none', { SUBGRAPH_TIMEOUT_MS_STREET: '1s' }, /^SUBGRAPH_TIMEOUT_MS_STREET must be a whole number/],
  ['a batch is too large', { SUBGRAPH_BATCH: '51' }, /^SUBGRAPH_BATCH must be a whole number from 1 to 50/],
  ['failures are no number', { SUBGRAPH_BREAKER_FAILURES: 'few' }, /^SUBGRAPH_BREAKER_FAILURES must be a whole number from 1 to 1000/],
  ['the cache is elsewhere', { ENTITY_CACHE: 'disk' }, /^ENTITY_CACHE must be off, memory or redis/],
  ['nobody knows where the cache is', { ENTITY_CACHE: 'redis' }, /^ENTITY_CACHE=redis needs ENTITY_CACHE_REDIS/],
  ['the cache is no Redis, and its password is not told', { ENTITY_CACHE_REDIS: 'http://user:secret@cache:6379' }, /^ENTITY_CACHE_REDIS must be like redis:(?![^]*secret)/],
  ['the cache is waited for too long', { ENTITY_CACHE_REDIS_MS: '20000' }, /^ENTITY_CACHE_REDIS_MS must be a whole number of milliseconds/],
  ['the cache is in a database without a number', { ENTITY_CACHE_REDIS: 'redis://cache:6379/main' }, /^ENTITY_CACHE_REDIS must be like redis:/],
  ['what is old is kept too long', { ENTITY_CACHE_STALE_SECONDS: '90000' }, /^ENTITY_CACHE_STALE_SECONDS must be a whole number of seconds from 0/],
  ['hedging takes too long', { SUBGRAPH_HEDGE_MS: '-1' }, /^SUBGRAPH_HEDGE_MS must be a whole number of milliseconds from 0/],
  ['the cache is for nothing', { ENTITY_CACHE: 'memory', ENTITY_CACHE_SECONDS: '0' }, /^ENTITY_CACHE_SECONDS must be a whole number of seconds/],
  ['a limit is none', { LIMIT_DEPTH: '-1' }, /^LIMIT_DEPTH must be a whole number from 0 to/],
  ['a rate is none', { RATE_ACTOR: '1.5' }, /^RATE_ACTOR must be a whole number from 0 to/],
  ['nothing may run', { GATEWAY_MAX_RUNNING: '0' }, /^GATEWAY_MAX_RUNNING must be a whole number from 1/],
  ['who waits are no number', { GATEWAY_MAX_WAITING: 'few' }, /^GATEWAY_MAX_WAITING must be a whole number from 0/],
  ['the manifest is none', { OPERATIONS_FILE: supergraph }, /^OPERATIONS_FILE is not usable: it must be an apollo-persisted-query-manifest/],
  ['only what is nowhere listed is taken', { OPERATIONS_ONLY: 'true' }, /^OPERATIONS_ONLY needs OPERATIONS_FILE/],
  ['a proxy is none', { TRUSTED_PROXIES: '10.0.0.0/33' }, /^TRUSTED_PROXIES must be addresses or networks/],
  ['everybody is a proxy', { TRUSTED_PROXIES: '0.0.0.0/0' }, /^TRUSTED_PROXIES must be addresses or networks/],
  ['there is no such planner', { GATEWAY_PLANNER: 'other' }, /^GATEWAY_PLANNER must be one of best, hive, apollo/],
  ['unfolding is neither on nor off', { GATEWAY_UNFOLD: '1' }, /^GATEWAY_UNFOLD must be true or false/],
  ['there is no such executor', { GATEWAY_EXECUTOR: 'other' }, /^GATEWAY_EXECUTOR must be one of own, stock/],
  ['a port is too large', { PORT: '65536' }, /^PORT must be a whole number from 0 to 65535/],
  ['the log level is unknown', { LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be one of trace, debug, info, /],
  ['the key server is no URL', { AUTH_JWKS_URL: 'keys' }, /^AUTH_JWKS_URL must be a URL that starts/],
  ['a subgraph is no URL', { STREET_URL: 'street:4003' }, /^STREET_URL must be a URL that starts/],
  ['development tokens are no JSON', { DEV_TOKENS: 'x' }, /^DEV_TOKENS must be JSON with one token/],
  ['development tokens are no texts', { DEV_TOKENS: '{"RESIDENT":1}' }, /^DEV_TOKENS must be JSON with one token/],
  ['the public key is private', { AUTH_PUBLIC_KEY: jwk(privateKey) }, /^AUTH_PUBLIC_KEY is not usable: it must/],
  ['the service key is public', { SERVICE_PRIVATE_KEY: jwk(publicKey) }, /^SERVICE_PRIVATE_KEY is not usable: it must/],
  ['nobody could sign in', { AUTH_PUBLIC_KEY: '' }, /^Set AUTH_JWKS_URL or AUTH_PUBLIC_KEY .*--no-auth\.$/],
  ['there are two sources of keys', { AUTH_JWKS_URL: 'http://127.0.0.1/keys' }, /^Set only one of/],
  ['there is no service key', { SERVICE_PRIVATE_KEY: '' }, /^Set SERVICE_PRIVATE_KEY .*--no-auth\.$/],
  ['the supergraph is missing', { SUPERGRAPH_FILE: '/nowhere.graphql' }, /^The supergraph .* cannot be read; compose/],
  ['the supergraph is a plain schema', { SUPERGRAPH_FILE: notSupergraph }, /is not a composed supergraph; compose one/],
  ['the supergraph is no GraphQL', { SUPERGRAPH_FILE: notGraphql }, /is not a composed supergraph; compose one/],
] as const)('says what to put right when %s', (_name, wrong, sentence) => {
  expect(() => readConfig({ ...environment, ...wrong }, [])).toThrow(sentence);
});

it('names every bad value at once', () => {
  expect(() => readConfig({ PORT: 'x', LOG_LEVEL: 'y' }, [])).toThrow(/^PORT .*\nLOG_LEVEL .*$/);
});

it('shows the usage for an unknown flag', () => {
  expect(() => readConfig(environment, ['--prot', '1'])).toThrow(/--prot[^]*Use: npm run gateway -- /);
});

it('takes several processes by number, or one to each core', () => {
  expect(readConfig(environment, []).processes).toBe(1);
  expect(readConfig({ ...environment, GATEWAY_PROCESSES: '4' }, []).processes).toBe(4);
  expect(readConfig({ ...environment, GATEWAY_PROCESSES: '4' }, ['--processes', 'auto']).processes).toBeGreaterThanOrEqual(1);
  for (const wrong of ['0', '65', 'many', '-1']) {
    expect(() => readConfig({ ...environment, GATEWAY_PROCESSES: wrong }, [])).toThrow(/^GATEWAY_PROCESSES must be /);
  }
});

it('says what is wrong with the collector that it is given', () => {
  expect(readConfig(environment, []).telemetry).toBeNull();
  expect(readConfig({ ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318' }, []).telemetry).toMatchObject({ serviceName: 'gateway', endpoint: 'http://a:4318' });
  expect(() => readConfig({ ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: 'a' }, [])).toThrow('OTEL_EXPORTER_OTLP_ENDPOINT must be a URL');
});
