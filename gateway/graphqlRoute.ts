import { Readable } from 'node:stream';
import { HeaderMap, type ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import type { CallerVerifier } from './auth.js';
import { withTraceId } from './errors.js';
import type { Exchange } from './exchange.js';
import type { InternalTokenSigner } from './internalToken.js';

export interface GraphqlRouteOptions {
  readonly apollo: ApolloServer<Exchange>;
  readonly verifyCaller: CallerVerifier | null;
  readonly signInternal: InternalTokenSigner | null;
}

// All that content negotiation and CSRF prevention look at.
const headersForApollo = ['accept', 'content-type', 'apollo-require-preflight', 'x-apollo-operation-name'];

/** `/graphql` by GET and POST. Who is asking is settled before the body is read. */
export function serveGraphql(app: FastifyInstance, { apollo, verifyCaller, signInternal }: GraphqlRouteOptions): void {
  // Any other content type reaches Apollo as text, which refuses it with a reason (CSRF prevention).
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));

  app.addHook('onRequest', async ({ headers, exchange }) => {
    const { authorization } = headers;
    if (verifyCaller && authorization !== undefined) exchange.caller = await verifyCaller(authorization);
    if (!signInternal) return;
    const [identity, publicIdentity] = await Promise.all([signInternal(exchange.caller), signInternal(null)]);
    exchange.asker = { ...exchange.asker, identity, publicIdentity };
  });

  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    async handler(request, reply) {
      const { exchange } = request;
      exchange.asker = { ...exchange.asker, signal: goneSignal(reply) };
      const { status = 200, headers, body } = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: httpGraphQLRequest(request),
        context: async () => exchange,
      });
      reply.code(status).headers(Object.fromEntries(headers));
      if (body.kind === 'chunked') return reply.send(Readable.from(body.asyncIterator));
      const refused = status >= 400 && exchange.outcome.errorCodes.length === 0;
      return reply.send(refused ? completeRefusal(body.string, exchange) : body.string);
    },
  });
}

/** Aborted when the client closes the connection before it has its answer. */
function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => { if (!raw.writableFinished) gone.abort(); });
  return gone.signal;
}

function httpGraphQLRequest({ method, url, headers, body }: FastifyRequest) {
  const given = headersForApollo.flatMap((name): [string, string][] => {
    const value = headers[name];
    return value === undefined ? [] : [[name, String(value)]];
  });
  const query = url.indexOf('?');
  return { method, headers: new HeaderMap(given), search: query < 0 ? '' : url.slice(query), body };
}

// What Apollo refuses before there is an operation has passed no plugin, so it has no trace id yet.
function completeRefusal(text: string, exchange: Exchange): string {
  const { errors } = JSON.parse(text) as { errors: GraphQLFormattedError[] };
  exchange.outcome.errorCodes = errors.map(({ extensions }) => String(extensions?.['code']));
  return JSON.stringify({ errors: errors.map((error) => withTraceId(error, exchange.trace.traceId)) });
}
