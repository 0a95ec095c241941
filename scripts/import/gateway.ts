// The gateway as the import uses it: every answer is data, a refusal of this one request, or the end of the run.
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { ImportStopped, Interrupted } from './stops.js';

export interface Gateway {
  /**
   * @throws Refused when this request is not accepted, Failed when it failed time and again, ImportStopped when nothing
   *   else would fare better, Interrupted when the run was asked to end.
   */
  ask<Data>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
}

export interface GatewayOptions {
  /** Ends in /graphql. */
  readonly url: string;
  readonly token: string;
  /** Ends the waits between tries; a request under way is waited for. */
  readonly signal: AbortSignal;
  readonly tries?: number;
  readonly timeoutMs?: number;
  readonly wait?: (ms: number) => Promise<void>;
  readonly random?: () => number;
}

/** The request itself is at fault: to send it again would change nothing. Ends the run unless it was about one row. */
export class Refused extends ImportStopped {
  override readonly name = 'Refused';
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** The platform failed on this request each time it was tried; others may go through. */
export class Failed extends ImportStopped {
  override readonly name = 'Failed';
}

interface Fault {
  readonly kind: 'TRY_AGAIN' | 'REFUSED' | 'SIGN_IN' | 'NO_GATEWAY';
  readonly code: string;
  readonly message: string;
}

interface GraphqlError {
  readonly message?: string;
  readonly extensions?: { readonly code?: string; readonly traceId?: string };
}

const kindsByCode: Readonly<Record<string, Fault['kind']>> = {
  LEVEL_UNAVAILABLE: 'TRY_AGAIN',
  INTERNAL_SERVER_ERROR: 'TRY_AGAIN',
  UNAUTHENTICATED: 'SIGN_IN',
  FORBIDDEN: 'SIGN_IN',
};
const kindsByStatus: Readonly<Record<number, Fault['kind']>> = {
  401: 'SIGN_IN', 403: 'SIGN_IN',
  // Another of the gateway's own addresses.
  404: 'NO_GATEWAY',
  429: 'TRY_AGAIN', 500: 'TRY_AGAIN', 502: 'TRY_AGAIN', 503: 'TRY_AGAIN', 504: 'TRY_AGAIN',
};
const firstWaitMs = 250;
const longestWaitMs = 10_000;

/** Grows with each try, and differs from caller to caller so that they do not come back all at once. */
export const backOffMs = (tried: number, random: number): number =>
  Math.round(Math.min(firstWaitMs * 2 ** (tried - 1), longestWaitMs) * (0.5 + random / 2));

export function connectGateway(options: GatewayOptions): Gateway {
  const { url, token, signal, tries = 8, timeoutMs = 45_000, random = Math.random } = options;
  const { wait = (ms: number) => sleep(ms, undefined, { signal }) } = options;
  let reached = false;

  async function pause(tried: number): Promise<void> {
    if (!signal.aborted) await wait(backOffMs(tried, random())).catch(() => undefined);
    if (signal.aborted) throw new Interrupted();
  }

  async function send(body: string): Promise<{ readonly data: unknown } | Fault> {
    let status: number;
    let answer: string;
    try {
      const response = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      status = response.statusCode;
      answer = await response.body.text();
    } catch (error) {
      return { kind: reached ? 'TRY_AGAIN' : 'NO_GATEWAY', code: 'UNREACHABLE', message: causeOf(error) };
    }
    reached = true;
    return read(status, answer);
  }

  return {
    async ask<Data>(query: string, variables: Readonly<Record<string, unknown>> = {}) {
      const body = JSON.stringify({ query, variables });
      for (let tried = 1; ; tried += 1) {
        if (signal.aborted) throw new Interrupted();
        const answer = await send(body);
        if ('data' in answer) return answer.data as Data;
        if (answer.kind !== 'TRY_AGAIN' || tried === tries) throw errorOf(answer, url, tried);
        await pause(tried);
      }
    },
  };
}

function read(status: number, text: string): { readonly data: unknown } | Fault {
  const answer = parsed(text);
  const [error] = answer?.errors ?? [];
  if (answer?.data != null && !error) return { data: answer.data };
  if (error) {
    const { code = 'INTERNAL_SERVER_ERROR', traceId } = error.extensions ?? {};
    const kind = kindsByStatus[status] ?? kindsByCode[code] ?? 'REFUSED';
    const trace = kind === 'TRY_AGAIN' && traceId !== undefined ? ` (trace ${traceId})` : '';
    return { kind, code, message: `${error.message ?? ''}${trace}` };
  }
  const kind = kindsByStatus[status] === 'TRY_AGAIN' ? 'TRY_AGAIN' : 'NO_GATEWAY';
  return { kind, code: `HTTP_${status}`, message: `it answers ${status}, and not as a GraphQL gateway does` };
}

function parsed(text: string): { readonly data?: unknown; readonly errors?: readonly GraphqlError[] } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

const causeOf = (error: unknown): string => (error as { readonly code?: string }).code ?? 'connection lost';

function errorOf({ kind, code, message }: Fault, url: string, tried: number): Error {
  switch (kind) {
    case 'REFUSED':
      return new Refused(code, message);
    case 'SIGN_IN':
      return new ImportStopped(`The gateway refuses the token (${code}): ${message}`);
    case 'NO_GATEWAY':
      return new ImportStopped(
        `No gateway at ${url}: ${message.replace(/\.$/, '')}. Start the platform with npm start, or name its address with --url.`,
      );
    case 'TRY_AGAIN':
      return code === 'INTERNAL_SERVER_ERROR'
        ? new Failed(`${code} at each of ${tried} tries: ${message}`)
        : new ImportStopped(`The platform was not there at ${tried} tries (${code}): ${message}`);
  }
}
