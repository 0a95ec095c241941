import type { Tracing } from '../../telemetry/telemetry.js';

/** A document's way to or from its level. */
export interface Transfer {
  /** What the level is told in place of the request's. */
  readonly traceparent: string;
  /** It has answered; the bytes may still be on their way. */
  answered(status: number): void;
  /** The last byte has gone, or none will; `error` is a code, null when all went well. */
  end(error: string | null): void;
}

export type TraceTransfer = (method: string, parent: string | null) => Transfer;

/** A span for each, beside those for what is asked; neither the document nor the case is in it. */
export const traceTransfers = (tracing: Tracing, subgraph: string): TraceTransfer => (method, parent) => {
  const span = tracing.start(`transfer ${subgraph}`, {
    kind: 'client', parent, attributes: { 'gateway.subgraph': subgraph, 'http.request.method': method },
  });
  return {
    traceparent: span.traceparent,
    answered: (status) => span.set({ 'http.response.status_code': status }),
    end: (error) => span.end(error),
  };
};
