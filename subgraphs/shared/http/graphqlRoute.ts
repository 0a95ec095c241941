import { ApolloServer, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled, ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Span, Tracing } from '../../../telemetry/telemetry.js';
import type { Actor } from '../domain/actor.js';
import { continueTrace, runInScope, traceIdOf } from '../events/trace.js';
import { errorCodesOf, errorFormatter, unauthenticated } from '../graphql/errors.js';
import type { RequestContext } from '../graphql/requestContext.js';
import type { Caller } from '../identity/serviceKeys.js';
import { headerOf, type RequestNote } from './requestLog.js';

/** How long a mutation waits for its events to take effect on the other levels. */
export const eventPatienceMs = 300;

/** Most operations in one request; the gateway reads it in the header below. */
const maxBatch = 50;
const batchHeader = 'x-graphql-batch';

const elementShape = z.object({
  query: z.string(),
  extensions: z.object({ identity: z.string(), traceparent: z.string() }).partial().catch({}).default({}),
});

const typeOf = (query: unknown): string => (/^\s*mutation\b/.test(String(query)) ? 'mutation' : 'query');

/** Its name and type, and nothing of what it asks. */
function describe(span: Span, body: unknown): void {
  const { query } = (body ?? {}) as { query?: unknown };
  const name = operationOf(body);
  span.set({ 'graphql.operation.type': typeOf(query), ...(name !== null && { 'graphql.operation.name': name }) });
}

const refusal = (message: string, code: string): string =>
  JSON.stringify({ errors: [{ message, extensions: { code } }] });

const operationOf = (body: unknown): string | null => {
  const { operationName } = (body ?? {}) as { operationName?: unknown };
  return typeof operationName === 'string' ? operationName.slice(0, 100) : null;
};

/** Answers POST /graphql, for the gateway only; gives what ends it. */
export async function addGraphqlRoute<Context extends RequestContext>(server: FastifyInstance, options: {
  readonly schema: GraphQLSchema;
  readonly context: (actor: Actor | null) => Context;
  readonly checkCaller: (authorization: string | undefined) => Promise<Caller>;
  readonly noteOf: (request: FastifyRequest) => RequestNote;
  readonly log: Logger;
  readonly tracing: Tracing | null;
}): Promise<() => Promise<void>> {
  const { schema, context, checkCaller, noteOf, log, tracing } = options;
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

  const execute = async (body: unknown, actor: Actor | null): Promise<string> => {
    const headers = new HeaderMap([['content-type', 'application/json']]);
    const response = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: 'POST', headers, body, search: '' },
      context: async () => context(actor),
    });
    if (response.body.kind !== 'complete') throw new Error('Incremental delivery is not offered by subgraphs.');
    return response.body.string;
  };

  /** The answer to one operation, and what the log may know of it. */
  async function answer(body: unknown, authorization: string | undefined, { traceparent, span }: Pick<RequestNote, 'traceparent' | 'span'>) {
    if (span) describe(span, body);
    const caller = await checkCaller(authorization);
    const actor = caller.kind === 'actor' ? caller.actor : null;
    const scope = { traceparent, waitUntil: Date.now() + eventPatienceMs };
    const text = caller.kind === 'untrusted'
      ? JSON.stringify({ errors: [unauthenticated().toJSON()] })
      : await runInScope(scope, () => execute(body, actor));
    const errorCodes = errorCodesOf(text);
    const details = {
      caller: caller.kind,
      ...(actor && { actor: actor.id, role: actor.role }),
      operation: operationOf(body),
      ...(errorCodes.length > 0 && { errorCodes }),
    };
    return { text, details };
  }

  /** One of several: its identity is its own, never the request's or another's, and its failure, too. */
  async function answerElement(body: unknown): Promise<string> {
    const element = elementShape.safeParse(body);
    if (!element.success) return refusal('Send {"query": …}.', 'BAD_REQUEST');
    const { query, extensions: { identity, traceparent: given } } = element.data;
    // Its order among the others would not be kept.
    if (typeOf(query) === 'mutation') return refusal('Send a mutation by itself.', 'BAD_REQUEST');
    const span = tracing?.start('graphql', { kind: 'server', parent: given }) ?? null;
    const traceparent = span?.traceparent ?? continueTrace(given);
    const traceId = traceIdOf(traceparent);
    try {
      const { text, details } = await answer(body, identity === undefined ? undefined : `Bearer ${identity}`, { traceparent, span });
      log.info({ traceId, ...details }, 'operation');
      span?.end(details.errorCodes?.[0]);
      return text;
    } catch (error) {
      log.error({ err: error, traceId }, 'operation failed');
      span?.end('INTERNAL_SERVER_ERROR');
      return refusal('Try again later.', 'INTERNAL_SERVER_ERROR');
    }
  }

  server.post('/graphql', async (request, reply) => {
    const note = noteOf(request);
    const { body } = request;
    reply.header(batchHeader, maxBatch).type('application/json');
    if (Array.isArray(body) && body.length > 0) {
      note.details = { batch: body.length };
      note.span?.set({ 'graphql.batch.operations': body.length });
      if (body.length > maxBatch) return reply.code(400).send({ error: `Send at most ${maxBatch} operations at once.` });
      return reply.send(`[${(await Promise.all(body.map(answerElement))).join(',')}]`);
    }
    const { text, details } = await answer(body, headerOf(request, 'authorization'), note);
    note.details = details;
    return reply.send(text);
  });
  return () => apollo.stop();
}
