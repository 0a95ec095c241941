import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** What a request carries through every await, down to the events it causes. */
export interface RequestScope {
  readonly traceparent: string;
  /** Until when (ms since epoch) the request may wait for its events to take effect elsewhere. */
  readonly waitUntil: number;
}

const storage = new AsyncLocalStorage<RequestScope>();

export const runInScope = <T>(scope: RequestScope, work: () => T): T => storage.run(scope, work);
export const currentScope = (): RequestScope | undefined => storage.getStore();

/** W3C trace context, version 00; ids of zeros are invalid. */
const traceparentForm = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** A child span of what the caller sent, or a new trace when that is missing or malformed. */
export function continueTrace(traceparent: string | undefined): string {
  const traceId = traceparentForm.exec(traceparent ?? '')?.[1] ?? randomBytes(16).toString('hex');
  return `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
}

export const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35);
