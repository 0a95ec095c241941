import { Pool, type Dispatcher } from 'undici';

export interface Sent {
  readonly status: number;
  readonly text: string;
  /** How many operations the subgraph takes in one request, as its `x-graphql-batch` header says; 1 without it. */
  readonly batch: number;
}

export interface Sending {
  readonly answer: Promise<Sent>;
  /** Nobody waits for the answer any more. */
  abort(): void;
}

export interface Transport {
  /** `again`: what may be sent a second time when the connection ended before the subgraph said anything. */
  post(body: string, headers: Readonly<Record<string, string>>, again: boolean): Sending;
  /** Whether its /health answers 2xx, or that there is none, within the time given, two seconds by default. */
  healthy(withinMs?: number): Promise<boolean>;
  /** Waits for what is under way. */
  close(): Promise<void>;
  /** Ends what is under way. */
  destroy(): Promise<void>;
}

const connections = 50;
const connectTimeoutMs = 2_000;
const healthTimeoutMs = 2_000;
const maxResponseBytes = 64 * 1024 * 1024;
const jsonHeaders = { 'content-type': 'application/json', accept: 'application/json' };
// What a proxy in front of a stopped subgraph says.
export const unavailableStatuses: readonly number[] = [502, 503, 504];
// A kept-alive connection that the subgraph ended just when we took it.
const resets = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'];

export interface Patience {
  readonly timeoutMs: number;
  /** After how long without a word a query is sent a second time, whichever is answered first; null for never. */
  readonly hedgeMs: number | null;
}

/** Kept-alive connections to one subgraph; what it sends is neither compressed nor streamed. `ca` is trusted in place of the authorities that Node knows. */
export function connect(url: string, { timeoutMs, hedgeMs, ca }: Patience & { readonly ca?: string }): Transport {
  const { origin, pathname, search } = new URL(url);
  const path = pathname + search;
  const pool = new Pool(origin, {
    connections,
    // Where TLS finds that the subgraph has it.
    allowH2: true,
    // Those of the pool are as coarse as a second.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: maxResponseBytes,
    connect: { timeout: connectTimeoutMs, ...(ca !== undefined && { ca }) },
  });

  return {
    post(body, headers, again) {
      const options: Dispatcher.DispatchOptions = { method: 'POST', path, headers: { ...jsonHeaders, ...headers }, body };
      return send(pool, options, again, { timeoutMs, hedgeMs });
    },
    async healthy(withinMs = healthTimeoutMs) {
      try {
        const signal = AbortSignal.timeout(withinMs);
        const { statusCode, body } = await pool.request({ method: 'GET', path: '/health', signal });
        await body.dump();
        // One that is not ours may have no /health; saying so shows that it is there.
        return (statusCode >= 200 && statusCode < 300) || statusCode === 404;
      } catch {
        return false;
      }
    },
    close: async () => { if (!pool.destroyed) await pool.close(); },
    destroy: () => pool.destroy(),
  };
}

function send(pool: Pool, options: Dispatcher.DispatchOptions, again: boolean, { timeoutMs, hedgeMs }: Patience): Sending {
  const underWay = new Set<{ controller: Dispatcher.DispatchController | null }>();
  let ended: Error | null = null;
  let giveUp: (reason: Error) => void = () => undefined;
  const end = (reason: Error): void => {
    ended ??= reason;
    for (const { controller } of underWay) controller?.abort(ended);
    giveUp(ended);
  };
  const answer = new Promise<Sent>((resolve, reject) => {
    let heard = false;
    const timer = setTimeout(() => end(timeoutError(timeoutMs)), timeoutMs);
    const hedge = again && hedgeMs !== null ? setTimeout(() => { if (!heard) attempt(true); }, hedgeMs) : undefined;
    const settle = (): void => {
      clearTimeout(timer);
      clearTimeout(hedge);
    };
    giveUp = (reason) => {
      settle();
      reject(reason);
    };
    function attempt(last: boolean): void {
      const own: { controller: Dispatcher.DispatchController | null } = { controller: null };
      underWay.add(own);
      const chunks: Buffer[] = [];
      let status = 0;
      let batch = 1;
      pool.dispatch(options, {
        onRequestStart(started) {
          own.controller = started;
          if (ended) started.abort(ended);
        },
        onResponseStart(_controller, statusCode, headers) {
          heard = true;
          status = statusCode;
          batch = batchSize(headers['x-graphql-batch']);
        },
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd() {
          underWay.delete(own);
          settle();
          resolve({ status, batch, text: textOf(chunks) });
          // What the other would still say nobody needs.
          end(abortError());
        },
        onResponseError(_controller, error) {
          underWay.delete(own);
          const unheard = status === 0 && !ended && resets.includes(String((error as NodeJS.ErrnoException).code));
          // The other may be answered yet.
          if (underWay.size > 0) return;
          if (unheard && !last) attempt(true);
          else giveUp(error);
        },
      });
    }
    attempt(!again);
  });
  return {
    answer,
    abort: () => end(abortError()),
  };
}

export const timeoutCode = 'TIMEOUT';
const timeoutError = (ms: number): Error => Object.assign(new Error(`There was no answer within ${ms} ms.`), { code: timeoutCode });
const abortError = (): Error => Object.assign(new Error('Nobody waits for this any more.'), { name: 'AbortError' });
const textOf = (chunks: readonly Buffer[]): string =>
  (chunks.length === 1 ? chunks[0] as Buffer : Buffer.concat(chunks)).toString();

function batchSize(header: string | string[] | undefined): number {
  const size = Number(header);
  return Number.isInteger(size) && size > 1 ? size : 1;
}
