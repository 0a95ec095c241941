import { setTimeout as sleep } from 'node:timers/promises';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled, ApolloServerPluginUsageReportingDisabled } from '@apollo/server/plugin/disabled';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import mongoose, { type Connection } from 'mongoose';
import type { Logger } from 'pino';
import type { SubgraphName } from '../../../schema/events.js';
import type { Actor } from '../domain/actor.js';
import type { JSONWebKeySet, JWK } from '../environment.js';
import { openEventCollections } from '../events/collections.js';
import { batchSchema } from '../events/envelope.js';
import { createPost } from '../events/post.js';
import { createReceiver, type EventHandlers } from '../events/receiver.js';
import { createRelay } from '../events/relay.js';
import { continueTrace, runInScope, traceIdOf } from '../events/trace.js';
import { errorFormatter, unauthenticated } from '../graphql/errors.js';
import type { RequestContext } from '../graphql/requestContext.js';
import { createCallerCheck, createEventCheck, createEventSigner } from '../identity/serviceKeys.js';
import { openReceipts, type Receipts } from '../persistence/receipts.js';
import { createTransactions, type Transactions } from '../persistence/transactions.js';

/** How long a mutation waits for its events to take effect on the other levels. */
const eventPatienceMs = 300;
const bodyLimit = 4 * 1024 * 1024;
const drainMs = 4_000;
const sweepMs = 2_000;

/** What the host gives a subgraph to build on. */
export interface Ground {
  readonly connection: Connection;
  readonly transactions: Transactions;
  readonly receipts: Receipts;
  readonly log: Logger;
  readonly now: () => Date;
}

export interface Task {
  readonly name: string;
  readonly everyMs: number;
  run(): Promise<void>;
}

/** What a subgraph gives the host: all that differs between the four. */
export interface SubgraphDefinition<Context extends RequestContext = RequestContext> {
  readonly name: SubgraphName;
  readonly schema: GraphQLSchema;
  open(ground: Ground): Promise<{
    context(request: { readonly actor: Actor | null; readonly now: () => Date }): Context;
    readonly handlers: EventHandlers;
    /** Work that is nobody's request; each runs again some time after it has ended. */
    readonly tasks?: readonly Task[];
  }>;
}

export interface HostOptions {
  readonly port: number;
  readonly host: string;
  readonly mongoUri: string;
  readonly privateKey: JWK;
  readonly trusted: JSONWebKeySet;
  readonly urls: Readonly<Record<SubgraphName, string>>;
  readonly log: Logger;
  readonly now?: () => Date;
  /** False where a test runs the tasks itself. */
  readonly runTasks?: boolean;
}

export interface RunningSubgraph {
  readonly url: string;
  readonly connection: Connection;
  /** Runs every task once, now: for tests that move the clock. */
  runTasks(): Promise<void>;
  stop(): Promise<void>;
}

const header = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** Runs each task in turn with itself; a failure is logged and does not end it. */
function startTasks(tasks: readonly Task[], log: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const loops = tasks.map(async ({ name, everyMs, run }) => {
    while (!stopping.signal.aborted) {
      await run().catch((error: unknown) => log.error({ err: error, task: name }, 'task failed'));
      await sleep(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  });
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

/** Opens the database, takes in events, answers GraphQL. Rejects when the port or the database cannot be had. */
export async function hostSubgraph<Context extends RequestContext>(
  definition: SubgraphDefinition<Context>,
  options: HostOptions,
): Promise<RunningSubgraph> {
  const { name, schema } = definition;
  const { log, trusted, now = () => new Date() } = options;

  const connection = mongoose.createConnection(options.mongoUri, { serverSelectionTimeoutMS: 10_000, maxPoolSize: 20, autoCreate: true });
  await connection.asPromise();
  const events = await openEventCollections(connection);
  const receipts = await openReceipts(connection);
  const targets = (Object.keys(options.urls) as SubgraphName[]).filter((target) => target !== name);
  const post = createPost(options.urls, await createEventSigner(options.privateKey));
  const relay = createRelay({ events, targets, post: post.send, log });
  const transactions = createTransactions({ connection, source: name, events, deliver: relay.deliver });
  const opened = await definition.open({ connection, transactions, receipts, log, now });
  const receiver = createReceiver({ me: name, events, transactions, handlers: opened.handlers, log });

  const apollo = new ApolloServer<Context>({
    schema,
    formatError: errorFormatter(log),
    plugins: [ApolloServerPluginInlineTraceDisabled(), ApolloServerPluginUsageReportingDisabled()],
    // The gateway is the only caller and validates before it plans; it alone faces browsers.
    csrfPrevention: false,
    introspection: true,
    stopOnTerminationSignals: false,
  });
  await apollo.start();

  const checkCaller = createCallerCheck(trusted);
  const checkEvents = createEventCheck(trusted, name);

  async function answerGraphql(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const started = performance.now();
    const traceparent = continueTrace(header(request, 'traceparent'));
    const caller = await checkCaller(header(request, 'authorization'));
    void reply.type('application/json');
    if (caller.kind === 'untrusted') {
      log.warn({ traceId: traceIdOf(traceparent) }, 'call without a valid internal token');
      await reply.send({ errors: [unauthenticated().toJSON()] });
      return;
    }
    const actor = caller.kind === 'actor' ? caller.actor : null;
    await runInScope({ traceparent, waitUntil: Date.now() + eventPatienceMs }, async () => {
      const response = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: {
          method: 'POST',
          headers: new HeaderMap([['content-type', 'application/json']]),
          body: request.body,
          search: '',
        },
        context: async () => opened.context({ actor, now }),
      });
      if (response.body.kind !== 'complete') throw new Error('Incremental delivery is not offered by subgraphs.');
      await reply.send(response.body.string);
      const operation = (request.body as { operationName?: unknown } | null)?.operationName;
      log.info({
        traceId: traceIdOf(traceparent),
        actor: actor?.id ?? null,
        role: actor?.role ?? null,
        operation: typeof operation === 'string' ? operation.slice(0, 100) : null,
        ms: Math.round(performance.now() - started),
      }, 'graphql');
    });
  }

  async function takeEvents(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const started = performance.now();
    const body = request.body as Buffer;
    const sender = await checkEvents(header(request, 'authorization'), body);
    if (sender === null) {
      await reply.code(401).send({ error: 'The signature does not hold.' });
      return;
    }
    const batch = batchSchema.safeParse(JSON.parse(body.toString()));
    if (!batch.success || batch.data.some((envelope) => envelope.source !== sender)) {
      log.error({ sender, reason: batch.error?.message }, 'malformed batch of events refused');
      await reply.code(400).send({ error: 'Not a batch of CloudEvents from this sender.' });
      return;
    }
    const waitUntil = Math.min(Number(header(request, 'x-wait-until')) || 0, Date.now() + eventPatienceMs);
    const traceparent = continueTrace(header(request, 'traceparent'));
    await runInScope({ traceparent, waitUntil }, async () => {
      const receiptsOfBatch = await receiver.receive(batch.data);
      await reply.send({ receipts: receiptsOfBatch });
      log.info({ sender, events: batch.data.length, ms: Math.round(performance.now() - started) }, 'events');
    });
  }

  async function retryEvent(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const body = request.body as Buffer;
    if ((await checkEvents(header(request, 'authorization'), body)) !== name) {
      await reply.code(401).send({ error: 'The signature does not hold.' });
      return;
    }
    const { id } = JSON.parse(body.toString()) as { id?: unknown };
    await reply.send({ receipt: await receiver.retry(String(id)) });
  }

  const server: FastifyInstance = fastify({ logger: false, bodyLimit, forceCloseConnections: 'idle', keepAliveTimeout: 65_000 });
  server.addContentTypeParser('application/cloudevents-batch+json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 503;
    if (status >= 500) log.error({ err: error }, 'request failed');
    await reply.code(status).send({ error: status < 500 ? error.message : 'Try again later.' });
  });
  server.post('/graphql', answerGraphql);
  server.post('/events', takeEvents);
  server.post('/events/retry', retryEvent);
  server.get('/health', async () => ({ status: 'up', subgraph: name }));
  server.get('/ready', async (_request, reply) => {
    const up = connection.readyState === mongoose.ConnectionStates.connected
      && (await connection.db?.command({ ping: 1 }).then(() => true, () => false)) === true;
    await reply.code(up ? 200 : 503).send({ status: up ? 'ready' : 'database unreachable', subgraph: name });
  });

  async function release(): Promise<void> {
    await relay.stop();
    await apollo.stop();
    await post.close();
    await connection.close();
  }

  try {
    await server.listen({ port: options.port, host: options.host });
  } catch (error) {
    await release();
    throw error;
  }
  relay.start();
  const tasks = startTasks(options.runTasks === false ? [] : opened.tasks ?? [], log);
  const sweeping = setInterval(() => {
    void receiver.sweep().catch((error: unknown) => log.debug({ err: error }, 'waiting events not swept'));
  }, sweepMs);
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;

  return {
    url: `http://${options.host}:${port}`,
    connection,
    async runTasks() {
      for (const task of opened.tasks ?? []) await task.run();
    },
    async stop() {
      await tasks.stop();
      clearInterval(sweeping);
      const late = setTimeout(() => server.server.closeAllConnections(), drainMs).unref();
      await server.close();
      clearTimeout(late);
      await release();
    },
  };
}
