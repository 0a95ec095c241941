import type { ExecutionResult } from 'graphql';
import type { Caller } from './claims.js';
import type { Party } from './execution/party.js';
import type { Subscribed } from './live/operation.js';
import type { Trace } from './trace.js';

/** One HTTP request from arrival to its line in the log; it is also the GraphQL context. */
export interface Exchange {
  readonly trace: Trace;
  readonly startedAt: number;
  caller: Caller | null;
  /** All that subgraphs are told: the trace and who is asking, each in a word of its own. Nothing of the client's own headers. */
  asker: Party;
  /** Of a request to subscribe: what it wants, once that has been found valid. It is not run. */
  readonly subscribing?: { found: Subscribed | null };
  /** What its operation has come to, and its text, where that was run before Apollo saw it. */
  ran?: { readonly result: Promise<ExecutionResult>; readonly text: string };
  /** Of its own, since Apollo gives each operation a shallow copy of the context. */
  readonly outcome: { operationName: string | null; errorCodes: readonly string[]; cost: number | null };
}

export const newExchange = (trace: Trace): Exchange => ({
  trace,
  startedAt: performance.now(),
  caller: null,
  asker: { identityFor: null, publicIdentityFor: null, traceparent: trace.traceparent },
  outcome: { operationName: null, errorCodes: [], cost: null },
});
