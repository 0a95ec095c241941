import { ApolloServer, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled, ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { Actor } from '../domain/actor.js';
import { runInScope } from '../events/trace.js';
import { errorCodesOf, errorFormatter, unauthenticated } from '../graphql/errors.js';
import type { RequestContext } from '../graphql/requestContext.js';
import type { Caller } from '../identity/serviceKeys.js';
import { headerOf, type RequestNote } from './requestLog.js';

/** How long a mutation waits for its events to take effect on the other levels. */
export const eventPatienceMs = 300;

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
}): Promise<() => Promise<void>> {
  const { schema, context, checkCaller, noteOf, log } = options;
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

  server.post('/graphql', async (request, reply) => {
    const note = noteOf(request);
    const operation = operationOf(request.body);
    const caller = await checkCaller(headerOf(request, 'authorization'));
    const actor = caller.kind === 'actor' ? caller.actor : null;
    const scope = { traceparent: note.traceparent, waitUntil: Date.now() + eventPatienceMs };
    const body = caller.kind === 'untrusted'
      ? JSON.stringify({ errors: [unauthenticated().toJSON()] })
      : await runInScope(scope, () => execute(request.body, actor));
    const errorCodes = errorCodesOf(body);
    note.details = {
      caller: caller.kind,
      ...(actor && { actor: actor.id, role: actor.role }),
      operation,
      ...(errorCodes.length > 0 && { errorCodes }),
    };
    return reply.type('application/json').send(body);
  });
  return () => apollo.stop();
}
