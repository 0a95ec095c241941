import { randomBytes } from 'node:crypto';

export interface Trace {
  /** 32 hex digits: what logs and errors call `traceId`. */
  readonly traceId: string;
  /** W3C Trace Context header, sent on to the subgraphs as it is. */
  readonly traceparent: string;
}

const header = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The caller's trace, or a new one if there is none or it breaks the W3C rules. */
export function traceOf(traceparent: string | undefined, random: (bytes: number) => Buffer = randomBytes): Trace {
  const [, version, traceId = '', parentId = '', flags, rest] = header.exec(traceparent ?? '') ?? [];
  const valid = version !== undefined && version !== 'ff' && !(version === '00' && rest !== undefined)
    && /[^0]/.test(traceId) && /[^0]/.test(parentId);
  if (valid) return { traceId, traceparent: `00-${traceId}-${parentId}-${flags}` };
  const made = random(24).toString('hex');
  return { traceId: made.slice(0, 32), traceparent: `00-${made.slice(0, 32)}-${made.slice(32)}-01` };
}
