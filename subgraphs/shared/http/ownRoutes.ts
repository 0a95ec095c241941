import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Actor } from '../domain/actor.js';
import { traceIdOf } from '../events/trace.js';
import { unauthenticated } from '../graphql/errors.js';
import type { Caller } from '../identity/serviceKeys.js';
import { headerOf, type RequestNote } from './requestLog.js';

/** What a level answers beside GraphQL, for the gateway only: what is too large for it. */
export interface OwnRoute {
  readonly methods: readonly ('GET' | 'HEAD' | 'PUT')[];
  readonly url: string;
  answer(request: OwnRequest): Promise<OwnAnswer>;
}

export interface OwnRequest {
  readonly actor: Actor;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  header(name: string): string | undefined;
  /** As it comes, at the pace it is taken. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface OwnAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes as they are taken, or what is sent as JSON; nothing by default. */
  readonly body?: { readonly bytes: AsyncIterable<Uint8Array> } | { readonly json: unknown };
  /** For the log: codes and numbers, never what people wrote. */
  readonly note?: Readonly<Record<string, unknown>>;
  /** What went wrong on our side, for the log alone. */
  readonly cause?: unknown;
}

/** The body, of which what nobody takes is read to its end: the next request on the connection comes behind it. */
async function* bytesOf(body: Readable): AsyncGenerator<Uint8Array> {
  try {
    yield* body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } finally {
    body.resume();
  }
}

const senderGone = ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR'];

export function addOwnRoutes(server: FastifyInstance, routes: readonly OwnRoute[], { checkCaller, noteOf, log }: {
  readonly checkCaller: (authorization: string | undefined) => Promise<Caller>;
  readonly noteOf: (request: FastifyRequest) => RequestNote;
  readonly log: Logger;
}): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, body, done) => done(null, body));
  for (const { methods, url, answer } of routes) {
    server.route({
      method: [...methods],
      url,
      exposeHeadRoute: false,
      async handler(request, reply) {
        const note = noteOf(request);
        const caller = await checkCaller(headerOf(request, 'authorization'));
        note.details = { caller: caller.kind };
        if (caller.kind !== 'actor') {
          const { message, extensions: { code } } = unauthenticated();
          return reply.code(401).send({ code, message });
        }
        const answered = await answer({
          actor: caller.actor,
          params: request.params as Readonly<Record<string, string>>,
          query: request.query as Readonly<Record<string, unknown>>,
          header: (name) => headerOf(request, name),
          body: request.body instanceof Readable ? bytesOf(request.body) : Readable.from([]),
        }).catch((error: unknown) => {
          if (!reply.raw.destroyed) throw error;
          // Nobody is there to be answered. That its sender has gone the log of requests says.
          if (!senderGone.includes(String((error as NodeJS.ErrnoException).code))) log.error({ err: error, traceId: traceIdOf(note.traceparent) }, 'request failed');
          return null;
        });
        if (!answered) return reply.hijack();
        const { status, headers = {}, body, cause } = answered;
        note.details = { ...note.details, role: caller.actor.role, ...answered.note };
        if (cause !== undefined) log.error({ err: cause, traceId: traceIdOf(note.traceparent) }, 'request failed');
        reply.code(status).headers({ ...headers });
        if (body === undefined) return reply.send();
        return reply.send('json' in body ? body.json : Readable.from(body.bytes, { objectMode: false, highWaterMark: 1 }));
      },
    });
  }
}
