import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { continueTrace, traceIdOf } from '../events/trace.js';

/** What a route knows of a request beside its status and time. Codes, names and numbers, never what people wrote. */
export interface RequestNote {
  readonly traceparent: string;
  details: Readonly<Record<string, unknown>>;
}

/** Looked at all the time by machines. */
const quiet = new Set(['/health', '/ready']);

export const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** One line for each request, also for those refused before any route; answers a request's note. */
export function logRequests(server: FastifyInstance, log: Logger): (request: FastifyRequest) => RequestNote {
  const notes = new WeakMap<FastifyRequest, RequestNote>();

  function noteOf(request: FastifyRequest): RequestNote {
    const note = notes.get(request) ?? { traceparent: continueTrace(headerOf(request, 'traceparent')), details: {} };
    notes.set(request, note);
    return note;
  }

  function write(request: FastifyRequest, outcome: Readonly<Record<string, unknown>>, ms: number): void {
    const { traceparent, details } = noteOf(request);
    const path = request.routeOptions.url ?? 'unknown';
    const line = { traceId: traceIdOf(traceparent), path, ...outcome, ms: Math.round(ms * 10) / 10, ...details };
    if (quiet.has(path)) log.debug(line, 'request');
    else log.info(line, 'request');
  }

  server.addHook('onResponse', async (request, { statusCode, elapsedTime }) => {
    write(request, { status: statusCode }, elapsedTime);
  });
  server.addHook('onRequestAbort', async (request) => write(request, { aborted: true }, 0));
  return noteOf;
}
