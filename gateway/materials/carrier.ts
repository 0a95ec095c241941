import type { Readable } from 'node:stream';
import { Pool } from 'undici';

/** A request on its way to a level, bytes and all. */
export interface Load {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | null;
  readonly signal: AbortSignal;
}

export interface Delivered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable & { text(): Promise<string> };
}

/** Carries what is too large to be held: each side is read no faster than the other takes it. */
export interface Carrier {
  carry(load: Load): Promise<Delivered>;
  close(): Promise<void>;
  destroy(): Promise<void>;
}

/** The subgraph that keeps documents. */
export const keeper = 'community';

const connections = 32;
const connectTimeoutMs = 2_000;
// Longer than a virus scan may take.
const silenceMs = 60_000;

export function createCarrier(url: string): Carrier {
  const pool = new Pool(new URL(url).origin, {
    connections, headersTimeout: silenceMs, bodyTimeout: silenceMs, connect: { timeout: connectTimeoutMs },
  });
  return {
    async carry({ method, path, headers, body, signal }) {
      const answer = await pool.request({ method, path, headers: { ...headers }, body, signal });
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    },
    close: async () => { if (!pool.destroyed) await pool.close(); },
    destroy: () => pool.destroy(),
  };
}
