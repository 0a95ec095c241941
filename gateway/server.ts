import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { TelemetrySettings } from '../telemetry/settings.js';
import { startTelemetry } from '../telemetry/telemetry.js';
import { createApollo, keptOperations } from './apollo.js';
import type { CallerVerifier } from './auth.js';
import { overloaded, type Rate } from './caller.js';
import { createConnections } from './connections.js';
import type { Subgraph } from './dataSource.js';
import { bilingual, refusalOf, RequestRefused, withTraceId } from './errors.js';
import { createAnswerCache } from './execution/answerCache.js';
import { memoryStore, type AnswerStore, type MemoryLimits } from './execution/answerStore.js';
import type { PlannerName } from './execution/planner.js';
import { redisAt } from './execution/redis.js';
import { openRedisStore } from './execution/redisStore.js';
import { textsInThread } from './execution/schemas.js';
import { newExchange, type Exchange } from './exchange.js';
import { createGenerations, type Generations } from './generations.js';
import { graphqlPath, serveGraphql } from './graphqlRoute.js';
import type { InternalTokenSigner } from './internalToken.js';
import type { Limits } from './limits/limits.js';
import type { Manifest } from './limits/persisted.js';
import { createQueue } from './limits/queue.js';
import { createBuckets, type Rates } from './limits/rates.js';
import { turnAway } from './limits/turnAway.js';
import type { SharedLimit } from './processes/messages.js';
import type { Siblings } from './processes/siblings.js';
import { describeError, logExchange } from './logging.js';
import { keeper, type Carrier } from './materials/carrier.js';
import { serveMaterials } from './materials/route.js';
import { createHub } from './live/hub.js';
import { createLive, type LiveLimits } from './live/live.js';
import { serveLive } from './live/serve.js';
import { createMetrics } from './metrics.js';
import { serveMetrics } from './metricsRoute.js';
import { serveOpenness } from './openness/route.js';
import { contentSecurityPolicy, servePage } from './page.js';
import { endingWithConnection } from './pipelined.js';
import { createReloader, type ReloadOptions } from './reload.js';
import { createRenderer } from './reports/renderer.js';
import { serveReports } from './reports/route.js';
import { createExecution, withoutSecurityPurpose, type ExecutorName } from './supergraph.js';
import { traceOf } from './trace.js';
import { refuseUnreadable } from './unreadable.js';
import { traceAsks } from './tracing/asks.js';
import { tracePlan } from './tracing/operations.js';
import { traceRequest } from './tracing/requests.js';
import { traceTransfers } from './tracing/transfers.js';

declare module 'fastify' {
  interface FastifyRequest {
    exchange: Exchange;
  }
}

export interface CacheLimits extends MemoryLimits {
  /** However long a field may be kept. */
  readonly seconds: number;
  /** How much longer while its level is away. */
  readonly staleSeconds: number;
  /** Where it is kept instead of this process, whose limits do not hold there. */
  readonly redis?: { readonly url: string; readonly waitMs: number } | null;
}

export interface GatewayOptions {
  readonly supergraphSdl: string;
  /** `null`: nobody signs in, everyone is anonymous, and what the schema says of signing in is not enforced here. */
  readonly verifyCaller: CallerVerifier | null;
  /** `null`: subgraphs are not told who is asking. */
  readonly signInternal: InternalTokenSigner | null;
  /** Overrides of the supergraph's subgraph URLs, by subgraph name. */
  readonly urls: Readonly<Record<string, string>>;
  readonly log: Logger;
  /** Turns off GraphiQL and introspection for all but integrators, and development tokens. */
  readonly production: boolean;
  /** One token per role for GraphiQL's sign-in buttons. */
  readonly devTokens?: Readonly<Record<string, string>>;
  /** How long a subgraph may take, by subgraph name; 30 s by default. */
  readonly timeoutsMs?: Readonly<Record<string, number>>;
  /** Most operations in one request to a subgraph that takes several, 50 by default; 1 sends each by itself. */
  readonly maxBatch?: number;
  /** After so long without a word a query is sent to a subgraph a second time; never by default. */
  readonly hedgeMs?: number | null;
  /** Failures in a row after which a subgraph is left alone until its /health answers again, 5 by default. */
  readonly breakerFailures?: number;
  /** Of what one operation may be; the defaults in limits/limits.ts. Infinity for no limit. */
  readonly limits?: Partial<Limits>;
  /** Operations that clients may name by their hash, and whether no others are taken. */
  readonly manifest?: Manifest;
  readonly persistedOnly?: boolean;
  /** How often a caller or an address may come; no limit by default. */
  readonly rates?: Rates;
  /** GraphQL requests that are worked on at once, 48 by default, and that may wait, 16 by default; others get 503. */
  readonly maxRunning?: number;
  readonly maxWaiting?: number;
  /** Proxies whose word on the client's address is taken. */
  readonly trustedProxies?: readonly string[];
  /** `own` by default. */
  readonly executor?: ExecutorName;
  /** Of our own executor; `best` by default. */
  readonly planner?: PlannerName;
  /** Of our own executor: whether it may come to ask for entities by their keys that a subgraph could write out; true by default. */
  readonly unfolds?: boolean;
  /** How long `stop` waits for what is under way before it cuts it off, 4 s by default. */
  readonly drainMs?: number;
  /** Who may read /metrics besides this machine: instead of it, who has this token. */
  readonly metricsToken?: string | undefined;
  /** Where newer supergraphs come from; by default there are none. With our own executor only. */
  readonly reload?: ReloadOptions | undefined;
  /** What event ids are sealed with, alike in all gateways that are to take them; one of its own by default. */
  readonly eventKey?: Uint8Array | undefined;
  /** Subscriptions at once, 10 000 by default, and of one caller, 100. */
  readonly live?: Partial<LiveLimits>;
  /** How much of what is the same for everyone is kept, and for how long at most; by default nothing is. */
  readonly cache?: CacheLimits | null;
  /** The clock of reports, rates, subscriptions and the cache. */
  readonly now?: () => Date;
  /** Reports under way at once, 8 by default. */
  readonly maxReports?: number;
  /** Uploads and downloads under way at once, 16 by default. */
  readonly maxTransfers?: number;
  /** After so long in which a client has neither sent nor read anything its connection is closed, 2 min by default. */
  readonly silenceMs?: number;
  /** Where spans and metrics are sent; nowhere by default. */
  readonly telemetry?: TelemetrySettings | null;
  /** The other processes on its port. */
  readonly siblings?: Siblings | null;
}

export interface Gateway {
  /** Resolves to the URL; port 0 takes a free one. */
  listen(port: number, host: string): Promise<string>;
  /** Looks for a newer supergraph at once, where there may be one. */
  reload(): Promise<void>;
  /** Answers what is under way, while time lasts, and closes. */
  stop(): Promise<void>;
}

const nothingHere = bilingual({
  zh: '此处没有内容;GraphQL 在 /graphql(POST),报表图在 /reports/<名称>.svg,公开内容的订阅在 /openness/feed.json 与 .xml,资料在 /materials/<id>,状态在 /health 与 /ready,指标在 /metrics。',
  en: 'Nothing is here; GraphQL is at /graphql (POST), pictures at /reports/<name>.svg, feeds at /openness/feed.json and .xml, documents at /materials/<id>, health at /health and /ready, metrics at /metrics.',
});
const bodyLimit = 1024 * 1024;
const defaultDrainMs = 4_000;
// Of connections that all come at once; the system has a limit of its own.
const backlog = 2_048;
// A virus scan may take half of it.
const defaultSilenceMs = 120_000;
const defaultRunning = 48;
const defaultWaiting = 16;
// For the answers, that a level could not be reached, to leave.
const lastWordsMs = 300;

const securityHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
};

/**
 * Loads the supergraph and builds the gateway, without a port and without the environment.
 * @throws Error when the supergraph cannot be used or a subgraph has no URL.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { supergraphSdl, log, production, devTokens, executor, planner, signInternal, drainMs = defaultDrainMs, trustedProxies = [], siblings = null } = options;
  if (options.reload && executor === 'stock') throw new Error('A supergraph is reloaded by our own executor only.');
  const queue = createQueue({ running: options.maxRunning ?? defaultRunning, waiting: options.maxWaiting ?? defaultWaiting });
  const clock = options.now ? (): number => (options.now as () => Date)().getTime() : Date.now;
  const store = options.cache ? await openStore(options.cache, log, clock) : null;
  const metrics = createMetrics({
    running: () => queue.running,
    waiting: () => queue.waiting,
    subgraphsUp: () => new Map(subgraphsOf(generations).map((subgraph) => [subgraph.name, subgraph.isUp()])),
    subscriptions: (transport) => live.count(transport),
    cacheUp: () => (store && options.cache?.redis ? store.isUp() : null),
    feedsUp: () => new Map(live.feeds().map(({ name, up }) => [name, up === true])),
    supergraph: () => generations.current,
  });
  const tracing = options.telemetry ? await startTelemetry({
    settings: options.telemetry,
    metrics: metrics.values,
    onLost: (reason) => log.warn({ reason }, 'telemetry not taken by the collector'),
  }) : undefined;
  const hub = createHub();
  const cache = options.cache && store ? createAnswerCache({
    store, maxSeconds: options.cache.seconds, staleSeconds: options.cache.staleSeconds, onLook: metrics.looked, now: clock,
  }) : undefined;
  const connections = createConnections({
    alone: !siblings, log, maxBatch: options.maxBatch, hedgeMs: options.hedgeMs, failures: options.breakerFailures, metrics, traceAsks: tracing && ((name) => traceAsks(tracing, name)),
    cache,
    live: { sign: signInternal && signInternal(null), onNews: hub.news, onDelay: metrics.heard },
  });
  const persisted = keptOperations(options.manifest);
  let isFirst = true;
  const generations = await createGenerations({
    connections,
    async load(sdl, held, signal) {
      const subgraphs = new Map([...held].map(([name, { subgraph }]) => [name, subgraph]));
      // Nobody waits for the first.
      const texts = isFirst ? undefined : await textsInThread(withoutSecurityPurpose(sdl), signal);
      isFirst = false;
      const execution = await createExecution(sdl, subgraphs, log, {
        executor, planner, unfolds: options.unfolds, onPlan: metrics.planned, planOf: tracing && ((exchange) => tracePlan(tracing, exchange)), texts,
        enforced: options.verifyCaller !== null,
      });
      const apollo = createApollo(execution, {
        log, production, persisted, manifest: options.manifest, persistedOnly: options.persistedOnly, limits: options.limits, tellCost: options.verifyCaller !== null, tracing,
      });
      await apollo.start();
      return { apollo, warm: async (text) => (await execution.warm?.(text)) ?? null };
    },
  }, supergraphSdl, options);
  const { apollo } = generations;
  const reloader = options.reload ? createReloader(options.reload, {
    generations, settings: options, manifest: options.manifest ?? new Map<string, string>(), log,
    onOutcome(outcome) {
      metrics.reloaded(outcome);
      if (outcome === 'taken' || outcome === 'rolled_back') siblings?.took(generations.current.supergraphSdl);
    },
  }) : null;

  const renderer = createRenderer();
  // A level that a newer supergraph no longer has is like one that is away.
  const carrierNow = () => [...generations.current.connections.values()].find(({ carrier }) => carrier)?.carrier;
  const carrier: Pick<Carrier, 'carry'> = {
    carry: async (load) => (carrierNow() ?? nobody()).carry(load),
  };

  const rates = { actor: rateOf('actor', options), address: rateOf('address', options) };

  const live = createLive({ ...options, generations, hub, rates, metrics, limits: options.live });

  let stopping = false;
  const refusal = overloaded();
  const app = fastify({
    trustProxy: trustedProxies.length > 0 && [...trustedProxies], bodyLimit, forceCloseConnections: 'idle', clientErrorHandler: refuseUnreadable,
    serverFactory: (handler) => createServer({ keepAliveTimeout: 65_000, requestTimeout: 30_000 }, endingWithConnection(turnAway({
      path: graphqlPath, isFull: () => !stopping && queue.isFull(), refusal, headers: securityHeaders,
      onTurnedAway(trace, status) {
        const exchange = newExchange(trace);
        exchange.outcome.errorCodes = [refusal.code];
        told(exchange, graphqlPath, status);
      },
    }, handler))).setTimeout(options.silenceMs ?? defaultSilenceMs),
  });
  function told(exchange: Exchange, path: string, status: number): void {
    logExchange(log, exchange, { status, path });
    metrics.answered({ route: path, status, ms: performance.now() - exchange.startedAt, codes: exchange.outcome.errorCodes });
  }
  app.decorateRequest('exchange');
  app.addHook('onRequest', async (request, reply) => {
    const traceparent = onlyOne(request, 'traceparent');
    request.exchange = newExchange((tracing && traceRequest(tracing, request, reply, traceparent)) ?? traceOf(traceparent));
    reply.headers(securityHeaders);
  });
  app.addHook('onSend', async (_request, reply) => {
    // Else a kept-alive connection would hold up the end until its timeout.
    if (stopping) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async ({ exchange, routeOptions }, { statusCode: status }) => {
    told(exchange, routeOptions.url ?? 'unknown', status);
  });
  app.setErrorHandler(async (cause, { exchange }, reply) => {
    const { status, error } = refusalOf(cause);
    if (status >= 500 && !isOverload(cause)) {
      const reason = (cause as Error).cause ?? cause;
      log.error({ traceId: exchange.trace.traceId, ...describeError(reason) }, 'request failed');
    }
    exchange.outcome.errorCodes = [String(error.extensions?.['code'])];
    if (cause instanceof RequestRefused && cause.retryAfterSeconds !== undefined) reply.header('retry-after', cause.retryAfterSeconds);
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    return reply.code(status).send({ errors: [withTraceId(error, exchange.trace.traceId)] });
  });
  app.setNotFoundHandler(async ({ exchange }, reply) => {
    exchange.outcome.errorCodes = ['NOT_FOUND'];
    return reply.code(404).send({ errors: [withTraceId({ message: nothingHere, extensions: { code: 'NOT_FOUND' } }, exchange.trace.traceId)] });
  });

  app.get('/health', async () => ({ status: 'up' }));
  serveReadiness(app, () => subgraphsOf(generations));
  serveMetrics(app, siblings ? { ...metrics, text: siblings.metricsOf(metrics.values) } : metrics, options.metricsToken ?? null);
  await app.register(async (scope) => serveGraphql(scope, { apollo, queue, ...options, rates }));
  const served = await serveLive(app, { ...options, live, rates, trustedProxies });
  await app.register(async (scope) => serveReports(scope, { apollo, renderer, ...options, rates }));
  if (carrierNow()) await app.register(async (scope) => serveMaterials(scope, { carrier, ...options, rates, traceTransfer: tracing && traceTransfers(tracing, keeper) }));
  await app.register(async (scope) => serveOpenness(scope, { apollo, queue, ...options, rates }));
  await app.register(async (scope) => servePage(scope, production ? { integratorsOnly: { ...options, rates } } : { devTokens, integratorsOnly: null }));

  async function cutOff(): Promise<void> {
    await connections.destroy();
    await delay(lastWordsMs);
    app.server.closeAllConnections();
  }

  return {
    listen: (port, host) => app.listen({ port, host, backlog }),
    reload: async () => reloader?.reload(),
    async stop() {
      stopping = true;
      const late = setTimeout(() => void cutOff(), drainMs);
      await served.stop();
      await Promise.all([app.close(), reloader?.stop()]);
      await Promise.all([generations.stop(), renderer.stop()]);
      await store?.close();
      await tracing?.stop();
      clearTimeout(late);
    },
  };
}

async function openStore({ redis, ...limits }: CacheLimits, log: Logger, now: () => number): Promise<AnswerStore> {
  return redis ? openRedisStore({ connect: redisAt(redis.url), waitMs: redis.waitMs, log, now }) : memoryStore(limits, now);
}

function rateOf(limit: SharedLimit, { rates, now, siblings }: GatewayOptions): Rate | null {
  const perSecond = rates?.[limit] ?? null;
  if (perSecond === null) return null;
  const { take, spend } = createBuckets(perSecond, now && (() => now().getTime()));
  const tell = siblings?.shareLimit(limit, spend);
  if (!tell) return { perSecond, take };
  return {
    perSecond,
    take(key) {
      const wait = take(key);
      if (wait === 0) tell(key);
      return wait;
    },
  };
}

// The line of each request says so; a stack for each would be more load.
const isOverload = (cause: unknown): boolean => cause instanceof RequestRefused && cause.code === 'OVERLOADED';

function nobody(): never {
  throw new Error('The supergraph has no level that keeps documents any more.');
}

const subgraphsOf = ({ current }: Generations): Subgraph[] => [...current.connections.values()].map(({ subgraph }) => subgraph);

function serveReadiness(app: FastifyInstance, subgraphs: () => readonly Subgraph[]): void {
  app.get('/ready', async (_request, reply) => {
    const checked = await Promise.all(subgraphs().map(async (subgraph) => ({
      name: subgraph.name,
      healthy: await subgraph.healthy(),
    })));
    const missing = checked.filter(({ healthy }) => !healthy).map(({ name }) => name);
    if (missing.length > 0) return reply.code(503).send({ status: 'not ready', missing });
    return reply.send({ status: 'ready', missing });
  });
}

function onlyOne(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}
