import type { Tracing } from '../../telemetry/telemetry.js';
import type { TraceAsk } from '../execution/askTrace.js';
import { UnreachableError } from '../execution/errors.js';

/** A span for each need of a plan that a subgraph meets, from the asking to the answer. */
export const traceAsks = (tracing: Tracing, subgraph: string): TraceAsk => ({ operation, representations }, asker) => {
  const span = tracing.start(`ask ${subgraph}`, {
    kind: 'client',
    parent: asker.traceparent,
    attributes: {
      'gateway.subgraph': subgraph,
      'graphql.operation.type': operation.type,
      ...(representations && { 'gateway.entities': representations.length }),
    },
  });
  return {
    traceparent: span.traceparent,
    link: (traceparent) => span.link(traceparent),
    sent({ operations, outcome, status }) {
      span.set({
        'gateway.batch.operations': operations, 'gateway.outcome': outcome, ...(status !== null && { 'http.response.status_code': status }),
      });
    },
    end: (error) => span.end(error === null ? null : reasonOf(error)),
  };
};

function reasonOf(error: unknown): string {
  if (error instanceof UnreachableError) return 'LEVEL_UNAVAILABLE';
  const { extensions } = error as { extensions?: { code?: unknown } };
  return typeof extensions?.code === 'string' ? extensions.code : 'UNKNOWN';
}
