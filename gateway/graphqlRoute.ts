import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import type { Apollo } from './apollo.js';
import { departureOf, identifyBefore, queueBefore, type IdentityOptions } from './caller.js';
import { RequestRefused, withTraceId } from './errors.js';
import type { Exchange } from './exchange.js';
import type { HttpAsked } from './httpAnswer.js';
import type { RequestQueue } from './limits/queue.js';

export interface GraphqlRouteOptions extends IdentityOptions {
  readonly apollo: Apollo;
  readonly queue: RequestQueue;
}

export const graphqlPath = '/graphql';

/** `/graphql` by GET and POST. */
export function serveGraphql(app: FastifyInstance, { apollo, queue, ...identity }: GraphqlRouteOptions): void {
  // Any other content type reaches Apollo as text, which refuses it with a reason (CSRF prevention).
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));

  identifyBefore(app, identity);
  queueBefore(app, queue);

  app.route({
    method: ['GET', 'POST'],
    url: graphqlPath,
    async handler(request, reply) {
      const { exchange } = request;
      if (request.method === 'GET' && request.url === graphqlPath) throw nothingAsked();
      if (Array.isArray(request.body)) throw severalOperations(request.body.length);
      exchange.asker = { ...exchange.asker, signal: departureOf(reply) };
      const { status, headers, body } = await apollo.answer(askedBy(request), exchange);
      reply.code(status).headers(headers);
      if (body.kind === 'chunked') return reply.send(Readable.from(body.asyncIterator));
      const refused = status >= 400 && exchange.outcome.errorCodes.length === 0;
      return reply.send(refused ? completeRefusal(body.string, exchange) : body.string);
    },
  });
}

function askedBy({ method, url, headers, body }: FastifyRequest): HttpAsked {
  const query = url.indexOf('?');
  return { method, search: query < 0 ? '' : url.slice(query), headers, body };
}

// Else Apollo would tell whoever opens the address in a browser of cross-site forgery, in English.
const nothingAsked = (): RequestRefused => new RequestRefused(400, 'BAD_REQUEST', {
  zh: '请求里没有操作;请以 POST 提交 JSON,如 {"query":"{ city { name } }"},content-type 为 application/json。',
  en: 'The request holds no operation; send JSON by POST, such as {"query":"{ city { name } }"}, with content-type application/json.',
});

const severalOperations = (found: number): RequestRefused => new RequestRefused(400, 'BATCH_NOT_ALLOWED', {
  zh: `一个请求里有 ${found} 个操作,至多 1 个;请分开发送,或合成一个有多个字段的操作。`,
  en: `The request holds ${found} operations, at most 1 is allowed; send each by itself, or one operation with several fields.`,
});

// What Apollo refuses before there is an operation has passed no plugin, so it has no trace id yet.
function completeRefusal(text: string, exchange: Exchange): string {
  const { errors } = JSON.parse(text) as { errors: GraphQLFormattedError[] };
  exchange.outcome.errorCodes = errors.map(({ extensions }) => String(extensions?.['code']));
  return JSON.stringify({ errors: errors.map((error) => withTraceId(error, exchange.trace.traceId)) });
}
