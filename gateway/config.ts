import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { telemetrySettings, type TelemetrySettings } from '../telemetry/settings.js';
import { publicKeyFrom, remoteKeys } from './auth.js';
import { planners, type PlannerName } from './execution/planner.js';
import { privateKeyFrom } from './internalToken.js';
import { logLevels, type LogLevel } from './logging.js';
import { defaultLimits, type Limits } from './limits/limits.js';
import { defaultLiveLimits, type LiveLimits } from './live/live.js';
import type { CacheLimits } from './server.js';
import { manifestFrom, type Manifest } from './limits/persisted.js';
import type { Rates } from './limits/rates.js';
import type { ReloadOptions } from './reload.js';
import { executors, subgraphUrls, type ExecutorName } from './supergraph.js';

export interface GatewayConfig {
  readonly supergraphFile: string;
  readonly supergraphSdl: string;
  /** On one port. */
  readonly processes: number;
  readonly port: number;
  readonly host: string;
  readonly logLevel: LogLevel;
  readonly production: boolean;
  /** Null when it stays the same until the gateway ends. */
  readonly reload: Pick<ReloadOptions, 'from' | 'everyMs' | 'settingsOf'> | null;
  /** Overrides by subgraph name. */
  readonly urls: Readonly<Record<string, string>>;
  readonly executor: ExecutorName;
  readonly planner: PlannerName;
  readonly unfolds: boolean;
  /** How long a subgraph may take, by subgraph name. */
  readonly timeoutsMs: Readonly<Record<string, number>>;
  readonly maxBatch: number;
  readonly hedgeMs: number | null;
  readonly breakerFailures: number;
  /** Infinity for no limit. */
  readonly limits: Limits;
  /** None with --no-auth. */
  readonly rates: Rates;
  readonly manifest: Manifest | null;
  readonly persistedOnly: boolean;
  readonly maxRunning: number;
  readonly maxWaiting: number;
  readonly live: LiveLimits;
  readonly cache: CacheLimits | null;
  readonly metricsToken?: string | undefined;
  readonly trustedProxies: readonly string[];
  /** `null` with --no-auth. */
  readonly auth: {
    readonly keys: KeyObject | JWTVerifyGetKey;
    readonly issuer: string;
    readonly audience: string;
    readonly serviceKey: KeyObject;
  } | null;
  readonly devTokens: Readonly<Record<string, string>> | null;
  readonly telemetry: TelemetrySettings | null;
}

/** Every bad value in a sentence of its own. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const usage = 'Use: npm run gateway -- [--supergraph FILE] [--port N] [--processes N] [--no-auth]';

type Environment = Readonly<Record<string, string | undefined>>;

const urlRule = 'must be a URL that starts with http:// or https://.';
const httpUrl = z.url({ protocol: /^https?$/, error: urlRule });

const processesRule = 'must be a whole number from 1 to 64, or auto for one to each core (or use --processes).';
const portRule = 'must be a whole number from 0 to 65535 (or use --port).';
const devTokensRule = 'must be JSON with one token per role.';

const timeoutRule = 'must be a whole number of milliseconds from 1 to 600000.';
const timeout = wholeNumber(600_000, timeoutRule);
const breakerRule = 'must be a whole number from 1 to 1000.';
const reloadRule = 'must be a whole number of milliseconds from 1 to 3600000.';
const batchRule = 'must be a whole number from 1 to 50.';

const limitRule = 'must be a whole number from 0 to 1000000000; 0 for no limit.';
const limit = (usual: number) => z.string().regex(/^\d{1,9}$/, limitRule).transform(Number).default(usual)
  .transform((value) => (value === 0 ? Infinity : value));
const rate = (usual: number) => limit(usual).transform((value) => (value === Infinity ? null : value));
const runningRule = 'must be a whole number from 1 to 100000.';
const waitingRule = 'must be a whole number from 0 to 999999.';
const cacheEntriesRule = 'must be a whole number from 1 to 10000000.';
const cacheSizeRule = 'must be a whole number of MiB from 1 to 4096.';
const cacheSecondsRule = 'must be a whole number of seconds from 1 to 86400.';
const staleRule = 'must be a whole number of seconds from 0 to 86400; 0 for never.';
const redisRule = 'must be like redis://user:password@host:6379/0, or rediss:// for TLS.';
const redisWaitRule = 'must be a whole number of milliseconds from 1 to 10000.';
const hedgeRule = 'must be a whole number of milliseconds from 0 to 600000; 0 for never.';
const upTo = (most: number, rule: string) => z.string().regex(/^\d{1,9}$/, rule).transform(Number).refine((value) => value <= most, rule);
const proxiesRule = 'must be addresses or networks such as 10.0.0.0/8, separated by commas.';

const environmentShape = z.object({
  PORT: z.string().regex(/^\d+$/, portRule).transform(Number).refine((port) => port <= 65_535, portRule).default(4000),
  GATEWAY_PROCESSES: z.string().regex(/^(auto|\d{1,2})$/, processesRule)
    .transform((text) => (text === 'auto' ? Math.min(availableParallelism(), 64) : Number(text)))
    .refine((count) => count >= 1 && count <= 64, processesRule).default(1),
  HOST: z.string().default('127.0.0.1'),
  SUPERGRAPH_FILE: z.string().default('schema/supergraph.graphql'),
  SUPERGRAPH_RELOAD: z.enum(['true', 'false'], { error: 'must be true or false.' }).default('false'),
  SUPERGRAPH_RELOAD_MS: wholeNumber(3_600_000, reloadRule).default(1_000),
  SUPERGRAPH_URL: httpUrl.optional(),
  LOG_LEVEL: z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}.` }).default('info'),
  NODE_ENV: z.string().optional(),
  AUTH_JWKS_URL: httpUrl.transform((url) => remoteKeys(new URL(url))).optional(),
  AUTH_PUBLIC_KEY: converted(publicKeyFrom).optional(),
  AUTH_ISSUER: z.string().default('hefei-platform'),
  AUTH_AUDIENCE: z.string().default('hefei-platform'),
  SERVICE_PRIVATE_KEY: converted(privateKeyFrom).optional(),
  GATEWAY_EXECUTOR: z.enum(executors, { error: `must be one of ${executors.join(', ')}.` }).default('own'),
  GATEWAY_PLANNER: z.enum(planners, { error: `must be one of ${planners.join(', ')}.` }).default('best'),
  GATEWAY_UNFOLD: z.enum(['true', 'false'], { error: 'must be true or false.' }).default('true'),
  SUBGRAPH_TIMEOUT_MS: timeout.default(30_000),
  SUBGRAPH_BATCH: wholeNumber(50, batchRule).default(50),
  SUBGRAPH_HEDGE_MS: upTo(600_000, hedgeRule).default(0).transform((ms) => (ms === 0 ? null : ms)),
  SUBGRAPH_BREAKER_FAILURES: wholeNumber(1_000, breakerRule).default(5),
  LIMIT_TOKENS: limit(defaultLimits.tokens),
  LIMIT_DEPTH: limit(defaultLimits.depth),
  LIMIT_ALIASES: limit(defaultLimits.aliases),
  LIMIT_DIRECTIVES: limit(defaultLimits.directives),
  LIMIT_ROOT_FIELDS: limit(defaultLimits.rootFields),
  LIMIT_COST: limit(defaultLimits.cost),
  RATE_ACTOR: rate(200),
  RATE_ADDRESS: rate(500),
  OPERATIONS_FILE: converted((file) => manifestFrom(readFileSync(file, 'utf8'))).optional(),
  OPERATIONS_ONLY: z.enum(['true', 'false'], { error: 'must be true or false.' }).default('false'),
  GATEWAY_MAX_RUNNING: wholeNumber(100_000, runningRule).default(48),
  GATEWAY_MAX_WAITING: z.string().regex(/^\d{1,6}$/, waitingRule).transform(Number).default(16),
  LIVE_TOTAL: wholeNumber(100_000, runningRule).default(defaultLiveLimits.total),
  LIVE_PER_CALLER: wholeNumber(100_000, runningRule).default(defaultLiveLimits.perCaller),
  LIVE_PER_ADDRESS: wholeNumber(100_000, runningRule).default(defaultLiveLimits.perAddress),
  ENTITY_CACHE: z.enum(['off', 'memory', 'redis'], { error: 'must be off, memory or redis.' }).default('off'),
  ENTITY_CACHE_REDIS: z.url({ protocol: /^rediss?$/, error: redisRule }).refine((url) => /^\/?\d*$/.test(new URL(url).pathname), redisRule).optional(),
  ENTITY_CACHE_REDIS_MS: wholeNumber(10_000, redisWaitRule).default(100),
  ENTITY_CACHE_ENTRIES: wholeNumber(10_000_000, cacheEntriesRule).default(10_000),
  ENTITY_CACHE_MIB: wholeNumber(4_096, cacheSizeRule).default(64),
  ENTITY_CACHE_SECONDS: wholeNumber(86_400, cacheSecondsRule).default(3_600),
  ENTITY_CACHE_STALE_SECONDS: upTo(86_400, staleRule).default(600),
  TRUSTED_PROXIES: z.string().transform((text) => text.split(',').map((part) => part.trim()))
    .refine((parts) => parts.every(isNetwork), proxiesRule).default([]),
  METRICS_TOKEN: z.string().min(16, 'must have 16 characters at least.').optional(),
  DEV_TOKENS: converted((text) => z.record(z.string(), z.string()).parse(JSON.parse(text)), devTokensRule).optional(),
});

/**
 * Reads the environment and the command line, whose flags win, and the supergraph's file, unless its text is at hand.
 * @throws ConfigError whose message has one line for each thing to put right.
 */
export function readConfig(environment: Environment, args: readonly string[], supergraphSdl?: string): GatewayConfig {
  const flags = readFlags(args);
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const values = environmentShape.safeParse({
    ...given,
    ...(flags.port !== undefined && { PORT: flags.port }),
    ...(flags.processes !== undefined && { GATEWAY_PROCESSES: flags.processes }),
    ...(flags.supergraph !== undefined && { SUPERGRAPH_FILE: flags.supergraph }),
  });
  if (!values.success) {
    throw new ConfigError(values.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('\n'));
  }

  const { PORT, HOST, SUPERGRAPH_FILE, LOG_LEVEL, NODE_ENV, DEV_TOKENS, GATEWAY_EXECUTOR, GATEWAY_PLANNER, SUBGRAPH_BATCH } = values.data;
  const noAuth = flags['no-auth'] === true;
  const { sdl, names } = readSupergraph(SUPERGRAPH_FILE, supergraphSdl);
  return {
    supergraphFile: SUPERGRAPH_FILE,
    supergraphSdl: sdl,
    reload: reloading(values.data, given),
    processes: values.data.GATEWAY_PROCESSES,
    port: PORT,
    host: noAuth ? '127.0.0.1' : HOST,
    logLevel: LOG_LEVEL,
    production: NODE_ENV === 'production',
    urls: overrides(given, names),
    executor: GATEWAY_EXECUTOR,
    planner: GATEWAY_PLANNER,
    unfolds: values.data.GATEWAY_UNFOLD === 'true',
    timeoutsMs: timeouts(given, names, values.data.SUBGRAPH_TIMEOUT_MS),
    maxBatch: SUBGRAPH_BATCH,
    hedgeMs: values.data.SUBGRAPH_HEDGE_MS,
    breakerFailures: values.data.SUBGRAPH_BREAKER_FAILURES,
    limits: {
      tokens: values.data.LIMIT_TOKENS, depth: values.data.LIMIT_DEPTH, aliases: values.data.LIMIT_ALIASES,
      directives: values.data.LIMIT_DIRECTIVES, rootFields: values.data.LIMIT_ROOT_FIELDS, cost: values.data.LIMIT_COST,
    },
    rates: noAuth ? { actor: null, address: null } : { actor: values.data.RATE_ACTOR, address: values.data.RATE_ADDRESS },
    manifest: values.data.OPERATIONS_FILE ?? null,
    persistedOnly: persistedOnly(values.data),
    maxRunning: values.data.GATEWAY_MAX_RUNNING,
    maxWaiting: values.data.GATEWAY_MAX_WAITING,
    live: {
      ...defaultLiveLimits, total: values.data.LIVE_TOTAL, perCaller: values.data.LIVE_PER_CALLER, perAddress: values.data.LIVE_PER_ADDRESS,
    },
    cache: cacheLimits(values.data),
    metricsToken: values.data.METRICS_TOKEN,
    trustedProxies: values.data.TRUSTED_PROXIES,
    auth: noAuth ? null : readAuth(values.data),
    devTokens: DEV_TOKENS ?? null,
    telemetry: telemetry(given),
  };
}

function telemetry(given: Environment): TelemetrySettings | null {
  const { settings, problems } = telemetrySettings(given, 'gateway');
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return settings;
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { supergraph: { type: 'string' }, port: { type: 'string' }, processes: { type: 'string' }, 'no-auth': { type: 'boolean' } },
    }).values;
  } catch (error) {
    throw new ConfigError(`${(error as Error).message}\n${usage}`);
  }
}

function readSupergraph(file: string, given?: string): { sdl: string; names: readonly string[] } {
  const advice = 'compose one with npm run compose, or name another with --supergraph or SUPERGRAPH_FILE.';
  let sdl: string;
  try {
    sdl = given ?? readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError(`The supergraph ${file} cannot be read; ${advice}`);
  }
  try {
    const names = Object.keys(subgraphUrls(sdl));
    if (names.length > 0) return { sdl, names };
  } catch {
    // Not GraphQL at all; the sentence below covers both.
  }
  throw new ConfigError(`${file} is not a composed supergraph; ${advice}`);
}

const variablePart = (name: string): string => name.toUpperCase().replace(/[^A-Z0-9]/g, '_');

function overrides(given: Environment, names: readonly string[]): Record<string, string> {
  const found = names.flatMap((name) => {
    const upper = variablePart(name);
    const variable = [`SUBGRAPH_URL_${upper}`, `${upper}_URL`].find((candidate) => given[candidate] !== undefined);
    return variable === undefined ? [] : [{ name, variable, url: given[variable] ?? '' }];
  });
  const wrong = found.filter(({ url }) => !httpUrl.safeParse(url).success);
  if (wrong.length > 0) throw new ConfigError(wrong.map(({ variable }) => `${variable} ${urlRule}`).join('\n'));
  return Object.fromEntries(found.map(({ name, url }) => [name, url]));
}

function timeouts(given: Environment, names: readonly string[], usual: number): Record<string, number> {
  const read = names.map((name) => {
    const variable = `SUBGRAPH_TIMEOUT_MS_${variablePart(name)}`;
    return { name, variable, value: timeout.default(usual).safeParse(given[variable]) };
  });
  const wrong = read.filter(({ value }) => !value.success);
  if (wrong.length > 0) throw new ConfigError(wrong.map(({ variable }) => `${variable} ${timeoutRule}`).join('\n'));
  return Object.fromEntries(read.map(({ name, value }) => [name, value.data ?? usual]));
}

function reloading(values: z.infer<typeof environmentShape>, given: Environment): GatewayConfig['reload'] {
  const { SUPERGRAPH_RELOAD, SUPERGRAPH_RELOAD_MS: everyMs, SUPERGRAPH_URL, SUPERGRAPH_FILE } = values;
  if (SUPERGRAPH_RELOAD === 'false' && SUPERGRAPH_URL === undefined) return null;
  if (values.GATEWAY_EXECUTOR === 'stock') throw new ConfigError('GATEWAY_EXECUTOR must be own for a supergraph to be reloaded.');
  return {
    from: SUPERGRAPH_URL ?? SUPERGRAPH_FILE, everyMs,
    settingsOf: (names) => ({ urls: overrides(given, names), timeoutsMs: timeouts(given, names, values.SUBGRAPH_TIMEOUT_MS) }),
  };
}

function persistedOnly({ OPERATIONS_ONLY, OPERATIONS_FILE }: z.infer<typeof environmentShape>): boolean {
  if (OPERATIONS_ONLY === 'true' && !OPERATIONS_FILE) throw new ConfigError('OPERATIONS_ONLY needs OPERATIONS_FILE, e.g. schema/operations/manifest.json.');
  return OPERATIONS_ONLY === 'true';
}

function cacheLimits(values: z.infer<typeof environmentShape>): GatewayConfig['cache'] {
  const { ENTITY_CACHE, ENTITY_CACHE_REDIS: url, ENTITY_CACHE_REDIS_MS: waitMs } = values;
  if (ENTITY_CACHE === 'off') return null;
  if (ENTITY_CACHE === 'redis' && url === undefined) throw new ConfigError('ENTITY_CACHE=redis needs ENTITY_CACHE_REDIS, e.g. redis://127.0.0.1:6379.');
  return {
    entries: values.ENTITY_CACHE_ENTRIES, bytes: values.ENTITY_CACHE_MIB * 1024 * 1024, seconds: values.ENTITY_CACHE_SECONDS,
    staleSeconds: values.ENTITY_CACHE_STALE_SECONDS, redis: ENTITY_CACHE === 'redis' && url !== undefined ? { url, waitMs } : null,
  };
}

function readAuth(values: z.infer<typeof environmentShape>): GatewayConfig['auth'] {
  const { AUTH_JWKS_URL, AUTH_PUBLIC_KEY, AUTH_ISSUER, AUTH_AUDIENCE, SERVICE_PRIVATE_KEY } = values;
  const keys = AUTH_JWKS_URL ?? AUTH_PUBLIC_KEY;
  const problems = [
    ...(keys ? [] : ['Set AUTH_JWKS_URL or AUTH_PUBLIC_KEY so that callers can sign in, or start with --no-auth.']),
    ...(AUTH_JWKS_URL && AUTH_PUBLIC_KEY ? ['Set only one of AUTH_JWKS_URL and AUTH_PUBLIC_KEY.'] : []),
    ...(SERVICE_PRIVATE_KEY ? [] : [`Set SERVICE_PRIVATE_KEY to the gateway's private key, or start with --no-auth.`]),
  ];
  if (!keys || !SERVICE_PRIVATE_KEY || problems.length > 0) throw new ConfigError(problems.join('\n'));
  return { keys, issuer: AUTH_ISSUER, audience: AUTH_AUDIENCE, serviceKey: SERVICE_PRIVATE_KEY };
}

function isNetwork(text: string): boolean {
  const [address = '', bits = '1', ...more] = text.split('/');
  const version = isIP(address);
  // Everybody is no proxy.
  return version !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128);
}

function wholeNumber(most: number, rule: string) {
  return z.string().regex(/^\d+$/, rule).transform(Number).refine((value) => value >= 1 && value <= most, rule);
}

function converted<T>(convert: (text: string) => T, problem?: string) {
  return z.string().transform((text, context) => {
    try {
      return convert(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: problem ?? `is not usable: ${(error as Error).message}` });
      return z.NEVER;
    }
  });
}
