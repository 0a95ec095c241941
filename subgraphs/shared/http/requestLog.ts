import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Span, Tracing } from '../../../telemetry/telemetry.js';
import { continueTrace, traceIdOf } from '../events/trace.js';

/** What a route knows of a request beside its status and time. Codes, names and numbers, never what people wrote. */
export interface RequestNote {
  readonly traceparent: string;
  /** Null where nothing is traced. */
  readonly span: Span | null;
  details: Readonly<Record<string, unknown>>;
}

/** Looked at all the time by machines. */
const quiet = new Set(['/health', '/ready', '/changes']);

export const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** One line for each request, also for those refused before any route; answers a request's note. */
export function logRequests(server: FastifyInstance, log: Logger, tracing: Tracing | null = null): (request: FastifyRequest) => RequestNote {
  const notes = new WeakMap<FastifyRequest, RequestNote>();

  function noteOf(request: FastifyRequest): RequestNote {
    const known = notes.get(request);
    if (known) return known;
    const span = spanOf(request);
    const note: RequestNote = { span, traceparent: span?.traceparent ?? continueTrace(headerOf(request, 'traceparent')), details: {} };
    notes.set(request, note);
    return note;
  }

  function spanOf(request: FastifyRequest): Span | null {
    const { method, routeOptions: { url: route = 'unknown' } } = request;
    if (!tracing || quiet.has(route)) return null;
    return tracing.start(`${method} ${route}`, {
      kind: 'server', parent: headerOf(request, 'traceparent'), attributes: { 'http.request.method': method, 'http.route': route },
    });
  }

  function write(request: FastifyRequest, outcome: Readonly<Record<string, unknown>>, ms: number): void {
    const { traceparent, details } = noteOf(request);
    const path = request.routeOptions.url ?? 'unknown';
    const line = { traceId: traceIdOf(traceparent), path, ...outcome, ms: Math.round(ms * 10) / 10, ...details };
    if (quiet.has(path)) log.debug(line, 'request');
    else log.info(line, 'request');
  }

  if (tracing) server.addHook('onRequest', async (request) => void noteOf(request));
  server.addHook('onResponse', async (request, { statusCode, elapsedTime }) => {
    write(request, { status: statusCode }, elapsedTime);
    const { span } = noteOf(request);
    span?.set({ 'http.response.status_code': statusCode });
    span?.end(statusCode >= 500 ? String(statusCode) : null);
  });
  server.addHook('onRequestAbort', async (request) => {
    write(request, { aborted: true }, 0);
    noteOf(request).span?.end('aborted');
  });
  return noteOf;
}
