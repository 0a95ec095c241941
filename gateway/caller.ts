import type { FastifyInstance, FastifyReply } from 'fastify';
import type { CallerVerifier } from './auth.js';
import type { InternalTokenSigner } from './internalToken.js';

export interface IdentityOptions {
  readonly verifyCaller: CallerVerifier | null;
  readonly signInternal: InternalTokenSigner | null;
}

/** Who is asking is settled before the body is read, for whatever of `app` reaches the subgraphs. */
export function identifyBefore(app: FastifyInstance, { verifyCaller, signInternal }: IdentityOptions): void {
  app.addHook('onRequest', async ({ headers, exchange }) => {
    const { authorization } = headers;
    if (verifyCaller && authorization !== undefined) exchange.caller = await verifyCaller(authorization);
    if (!signInternal) return;
    const [identity, publicIdentity] = await Promise.all([signInternal(exchange.caller), signInternal(null)]);
    exchange.asker = { ...exchange.asker, identity, publicIdentity };
  });
}

/** Aborted when the client closes the connection before it has its answer. */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => { if (!raw.writableFinished) gone.abort(); });
  return gone.signal;
}
