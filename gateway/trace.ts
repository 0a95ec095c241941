import { randomFillSync } from 'node:crypto';

export interface Trace {
  /** 32 hex digits: what logs and errors call `traceId`. */
  readonly traceId: string;
  /** W3C Trace Context header, sent on to the subgraphs as it is. */
  readonly traceparent: string;
}

const header = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

export const traceIdOf = (traceparent: string): string => traceparent.slice(3, 35);

/** The caller's trace; null if there is none or it breaks the W3C rules. */
export function givenTrace(traceparent: string | undefined): Trace | null {
  const [, version, traceId = '', parentId = '', flags, rest] = header.exec(traceparent ?? '') ?? [];
  const valid = version !== undefined && version !== 'ff' && !(version === '00' && rest !== undefined)
    && /[^0]/.test(traceId) && /[^0]/.test(parentId);
  return valid ? { traceId, traceparent: `00-${traceId}-${parentId}-${flags}` } : null;
}

/** The caller's trace, or a new one. */
export function traceOf(traceparent: string | undefined, random: (bytes: number) => Buffer = pooled): Trace {
  const given = givenTrace(traceparent);
  if (given) return given;
  const made = random(24).toString('hex');
  return { traceId: made.slice(0, 32), traceparent: `00-${made.slice(0, 32)}-${made.slice(32)}-01` };
}

// To ask the system for each trace by itself is slow.
const pool = Buffer.alloc(12 * 1024);
let used = pool.length;

function pooled(bytes: number): Buffer {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.subarray(used - bytes, used);
}
