import { Pool } from 'undici';
import { z } from 'zod';
import type { SubgraphName } from '../../../schema/events.js';
import type { Receipt } from './envelope.js';
import { PostRefused, type Post } from './relay.js';
import { currentScope } from './trace.js';

const timeoutMs = 4_000;
/** The batch itself is wrong, or too large. */
const refusals = new Set([400, 413]);
const answer = z.object({ receipts: z.array(z.enum(['APPLIED', 'DUPLICATE', 'WAITING', 'PARKED'])) });

/** Posts signed batches of CloudEvents to the other levels over kept-alive connections. */
export function createPost(
  urls: Readonly<Record<SubgraphName, string>>,
  sign: (audience: string, body: Uint8Array) => Promise<string>,
): { readonly send: Post; /** Ends what is under way, too. */ close(): Promise<void> } {
  const pools = new Map<SubgraphName, Pool>();
  const poolOf = (target: SubgraphName): Pool => {
    const pool = pools.get(target) ?? new Pool(new URL(urls[target]).origin, {
      connections: 16, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, connectTimeout: 1_000,
    });
    pools.set(target, pool);
    return pool;
  };

  return {
    async send(target, batch, waitUntil): Promise<readonly Receipt[]> {
      const body = Buffer.from(JSON.stringify(batch));
      const traceparent = currentScope()?.traceparent;
      const response = await poolOf(target).request({
        path: '/events',
        method: 'POST',
        headers: {
          'content-type': 'application/cloudevents-batch+json',
          'authorization': `Bearer ${await sign(target, body)}`,
          'x-wait-until': String(waitUntil),
          ...(traceparent !== undefined && { traceparent }),
        },
        body,
      });
      const text = await response.body.text();
      if (response.statusCode !== 200) {
        const reason = `${target} answered ${response.statusCode}: ${text.slice(0, 200)}`;
        throw refusals.has(response.statusCode) ? new PostRefused(reason) : new Error(reason);
      }
      return answer.parse(JSON.parse(text)).receipts;
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
    },
  };
}
