import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Tracing } from '../../telemetry/telemetry.js';
import { givenTrace, traceIdOf, type Trace } from '../trace.js';

// Looked at all the time by machines.
const quiet = new Set<string | undefined>(['/health', '/ready', '/metrics']);

/** Starts a request's span, which ends with its connection's answer; null where there is to be none. */
export function traceRequest(tracing: Tracing, request: FastifyRequest, { raw }: FastifyReply, traceparent: string | undefined): Trace | null {
  const { method, protocol, routeOptions: { url: route } } = request;
  if (quiet.has(route)) return null;
  const span = tracing.start(route === undefined ? method : `${method} ${route}`, {
    kind: 'server',
    parent: givenTrace(traceparent)?.traceparent,
    attributes: { 'http.request.method': method, 'url.scheme': protocol, ...(route !== undefined && { 'http.route': route }) },
  });
  raw.once('close', () => {
    const { statusCode } = raw;
    // Whoever went away has seen no status.
    if (!raw.writableFinished) return span.end('aborted');
    span.set({ 'http.response.status_code': statusCode });
    span.end(statusCode >= 500 ? String(statusCode) : null);
  });
  return { traceId: traceIdOf(span.traceparent), traceparent: span.traceparent };
}
