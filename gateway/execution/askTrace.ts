import type { Call } from './plan.js';
import type { Request } from './subgraphClient.js';
import type { Asker, Member } from './units.js';

/** Tells of one ask, until it has its answer. */
export interface AskTrace {
  /** What the subgraph is told in place of the asker's. */
  readonly traceparent: string;
  /** The HTTP request by which it went has ended. */
  sent(request: Request): void;
  /** Another ask that went by the same request. */
  link(traceparent: string): void;
  /** `error`: null when there was an answer. */
  end(error: unknown): void;
}

export type TraceAsk = (call: Call, asker: Asker) => AskTrace;

/** The first of a unit stands for it, and the first of a request's units for the request: all others are linked with it. */
export function tellTraces(units: readonly { readonly members: readonly Member[] }[], request: Request): void {
  const first = units[0]?.members[0]?.waiting.trace;
  for (const { members } of units) {
    const own = members[0]?.waiting.trace;
    for (const { waiting: { trace } } of members) {
      trace?.sent(request);
      const by = trace === own ? first : own;
      if (!trace || !by || trace === by) continue;
      trace.link(by.traceparent);
      by.link(trace.traceparent);
    }
  }
}
