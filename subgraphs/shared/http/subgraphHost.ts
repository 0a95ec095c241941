import { setTimeout as sleep } from 'node:timers/promises';
import { fastify, type FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import mongoose, { type Connection } from 'mongoose';
import type { Logger } from 'pino';
import type { SubgraphName } from '../../../schema/events.js';
import type { Tracing } from '../../../telemetry/telemetry.js';
import type { Actor } from '../domain/actor.js';
import type { JSONWebKeySet, JWK } from '../environment.js';
import { openChanges } from '../events/changes.js';
import { openEventCollections } from '../events/collections.js';
import { createPost } from '../events/post.js';
import { createReceiver, type EventHandlers, type Receiver } from '../events/receiver.js';
import { createRelay } from '../events/relay.js';
import type { RequestContext } from '../graphql/requestContext.js';
import { createCallerCheck, createEventCheck, createEventSigner } from '../identity/serviceKeys.js';
import { traceCommands } from '../persistence/commandSpans.js';
import { openReceipts, type Receipts } from '../persistence/receipts.js';
import { createTransactions, type Transactions } from '../persistence/transactions.js';
import { addChangesRoute } from './changesRoute.js';
import { addEventRoutes } from './eventRoutes.js';
import { addGraphqlRoute } from './graphqlRoute.js';
import { addOwnRoutes, type OwnRoute } from './ownRoutes.js';
import { logRequests } from './requestLog.js';
import { startTasks, type Task } from './tasks.js';

export type { Task } from './tasks.js';

const bodyLimit = 4 * 1024 * 1024;
const defaultDrainMs = 3_000;
const sweepMs = 2_000;
const pingMs = 1_000;

/** What the host gives a subgraph to build on. */
export interface Ground {
  readonly connection: Connection;
  readonly transactions: Transactions;
  readonly receipts: Receipts;
  readonly log: Logger;
  readonly now: () => Date;
}

/** What a subgraph gives the host: all that differs between the four. */
export interface SubgraphDefinition<Context extends RequestContext = RequestContext> {
  readonly name: SubgraphName;
  readonly schema: GraphQLSchema;
  open(ground: Ground): Promise<{
    context(request: { readonly actor: Actor | null; readonly now: () => Date }): Context;
    readonly handlers: EventHandlers;
    readonly tasks?: readonly Task[];
    readonly routes?: readonly OwnRoute[];
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
  /** How long requests under way may still take on `stop`, 3 s by default; the relay then gets a second more. */
  readonly drainMs?: number;
  /** Starts spans; nothing by default. */
  readonly tracing?: Tracing | null;
}

export interface RunningSubgraph {
  readonly url: string;
  readonly connection: Connection;
  /** Runs every task once, now: for tests that move the clock. */
  runTasks(): Promise<void>;
  /** Takes no more requests, sees those under way through, and lets go of everything; within some 4 s. */
  stop(): Promise<void>;
}

const isConnected = (connection: Connection): boolean => connection.readyState === mongoose.ConnectionStates.connected;

/** Whether the database answers within a second. */
async function isReady(connection: Connection): Promise<boolean> {
  const { db } = connection;
  if (!db || !isConnected(connection)) return false;
  const patience = new AbortController();
  const answers = await Promise.race([
    db.command({ ping: 1 }).then(() => true, () => false),
    sleep(pingMs, false, { signal: patience.signal }).catch(() => false),
  ]);
  patience.abort();
  return answers;
}

function createServer(log: Logger): FastifyInstance {
  const server = fastify({ logger: false, bodyLimit, forceCloseConnections: 'idle', keepAliveTimeout: 65_000 });
  server.removeContentTypeParser('text/plain');
  server.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) => {
    const status = error.statusCode ?? 503;
    if (status >= 500) log.error({ err: error }, 'request failed');
    await reply.code(status).send({ error: status < 500 ? error.message : 'Try again later.' });
  });
  return server;
}

/** Takes in, after a crash, what waits although its turn has come. */
const sweepTask = (receiver: Receiver, log: Logger): Task => ({
  name: 'sweep waiting events',
  everyMs: sweepMs,
  async run() {
    await receiver.sweep().catch((error: unknown) => log.debug({ err: error }, 'waiting events not swept'));
  },
});

/** Opens the database, takes in events, answers GraphQL. Rejects when the port or the database cannot be had. */
export async function hostSubgraph<Context extends RequestContext>(
  definition: SubgraphDefinition<Context>,
  options: HostOptions,
): Promise<RunningSubgraph> {
  const { mongoUri, tracing = null } = options;
  const connection = mongoose.createConnection(mongoUri, { serverSelectionTimeoutMS: 10_000, maxPoolSize: 20, ...(tracing && { monitorCommands: true }) });
  try {
    await connection.asPromise();
    if (tracing) traceCommands(connection, tracing);
    return await host(definition, options, connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function host<Context extends RequestContext>(
  definition: SubgraphDefinition<Context>,
  options: HostOptions,
  connection: Connection,
): Promise<RunningSubgraph> {
  const { name, schema } = definition;
  const { log, trusted, urls, now = () => new Date(), drainMs = defaultDrainMs, tracing = null } = options;

  const events = await openEventCollections(connection);
  const changes = await openChanges(connection);
  const receipts = await openReceipts(connection);
  const targets = (Object.keys(urls) as SubgraphName[]).filter((target) => target !== name);
  const post = createPost(urls, await createEventSigner(options.privateKey));
  const relay = createRelay({ events, targets, post: post.send, log });
  const transactions = createTransactions({ connection, source: name, events, changes, deliver: relay.deliver });
  const { context, handlers, tasks = [], routes = [] } = await definition.open({ connection, transactions, receipts, log, now });
  const receiver = createReceiver({ me: name, events, transactions, handlers, log, tracing });

  const server = createServer(log);
  const noteOf = logRequests(server, log, tracing);
  const checkCaller = createCallerCheck(trusted, name);
  const endGraphql = await addGraphqlRoute(server, {
    schema, log, noteOf, checkCaller, tracing, context: (actor) => context({ actor, now }),
  });
  const signerOf = createEventCheck(trusted, name);
  addEventRoutes(server, { me: name, receiver, log, noteOf, signerOf, isConnected: () => isConnected(connection) });
  addChangesRoute(server, { changes, checkCaller, noteOf, isConnected: () => isConnected(connection) });
  await server.register(async (scope) => addOwnRoutes(scope, routes, { checkCaller, noteOf, log }));
  server.get('/health', async () => ({ status: 'up', subgraph: name }));
  server.get('/ready', async (_request, reply) => {
    const ready = await isReady(connection);
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'database unreachable', subgraph: name });
  });

  async function release(): Promise<void> {
    await relay.stop();
    await endGraphql();
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
  const ownTasks = options.runTasks === false ? [] : tasks;
  const running = startTasks([sweepTask(receiver, log), ...ownTasks], log);
  const address = server.server.address();
  const port = typeof address === 'object' && address ? address.port : options.port;

  async function end(): Promise<void> {
    const late = setTimeout(() => server.server.closeAllConnections(), drainMs);
    const tasksEnd = running.stop();
    changes.stop();
    await server.close();
    clearTimeout(late);
    await Promise.race([tasksEnd, sleep(drainMs, undefined, { ref: false })]);
    await release();
  }

  let ended: Promise<void> | undefined;
  return {
    url: `http://${options.host}:${port}`,
    connection,
    async runTasks() {
      for (const task of tasks) await task.run();
    },
    stop: () => (ended ??= end()),
  };
}
