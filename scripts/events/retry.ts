// Asks a running level to take a kept event in again; it does so by the same code that took it in the first time.
import type { JWK } from 'jose';
import type { SubgraphName } from '../../schema/events.js';
import type { Receipt } from '../../subgraphs/shared/events/envelope.js';
import { createEventSigner } from '../../subgraphs/shared/identity/serviceKeys.js';

const timeoutMs = 30_000;

/** Throws when the level cannot be reached, does not know the event, or will not have it asked with this key. */
export async function retryEvent(level: SubgraphName, url: string, key: JWK, id: string): Promise<Receipt> {
  const body = Buffer.from(JSON.stringify({ id }));
  const sign = await createEventSigner(key);
  const response = await fetch(new URL('/events/retry', url), {
    method: 'POST',
    headers: {
      'content-type': 'application/cloudevents-batch+json', 'authorization': `Bearer ${await sign(level, body)}`,
    },
    body,
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new Error(`${level} answered ${response.status}: ${(await response.text()).slice(0, 200)}`);
  return ((await response.json()) as { receipt: Receipt }).receipt;
}
