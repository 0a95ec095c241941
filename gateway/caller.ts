import type { FastifyInstance, FastifyReply } from 'fastify';
import type { CallerVerifier } from './auth.js';
import { RequestRefused } from './errors.js';
import { Departing, type Departure } from './execution/departure.js';
import type { InternalTokenSigner } from './internalToken.js';
import type { RequestQueue } from './limits/queue.js';
import { addressKey, burstSeconds, type Take } from './limits/rates.js';

export interface IdentityOptions {
  readonly verifyCaller: CallerVerifier | null;
  readonly signInternal: InternalTokenSigner | null;
  /** How often an address or a caller may come; null for no limit. */
  readonly rates: { readonly address: Rate | null; readonly actor: Rate | null };
}

export interface Rate {
  readonly perSecond: number;
  readonly take: Take;
}

/** Who is asking is settled before the body is read, for whatever of `app` reaches the subgraphs. */
export function identifyBefore(app: FastifyInstance, { verifyCaller, signInternal, rates }: IdentityOptions): void {
  app.addHook('onRequest', async (request) => {
    const { headers, exchange } = request;
    const address = rates.address && addressKey(request.ip);
    if (rates.address && address !== null) keep(rates.address, address);
    const { authorization } = headers;
    if (verifyCaller && authorization !== undefined) exchange.caller = await verifyCaller(authorization);
    if (rates.actor && exchange.caller) keep(rates.actor, exchange.caller.id);
    if (!signInternal) return;
    exchange.asker = { ...exchange.asker, identityFor: signInternal(exchange.caller), publicIdentityFor: signInternal(null) };
  });
}

/** @throws RequestRefused when one comes more often than it may. */
function keep({ perSecond, take }: Rate, key: string): void {
  const wait = Math.ceil(take(key));
  if (wait === 0) return;
  throw new RequestRefused(429, 'RATE_LIMITED', {
    zh: `请求过于频繁:每秒至多 ${perSecond} 次,一时至多 ${perSecond * burstSeconds} 次;请 ${wait} 秒后再试。`,
    en: `Too many requests: at most ${perSecond} a second, ${perSecond * burstSeconds} at a time; try again after ${wait} s.`,
  }, undefined, wait);
}

const retryAfterSeconds = 1;

/** A place is had once all of the request is there, so that nobody keeps one by sending slowly, and given back when the connection has had its answer. */
export function queueBefore(app: FastifyInstance, queue: RequestQueue): void {
  app.addHook('preValidation', (_request, reply, done) => {
    const leave = queue.enter(() => {
      // One that has gone while it waited need not be worked on.
      if (!reply.raw.destroyed) done();
    });
    if (leave) reply.raw.once('close', leave);
    else done(overloaded());
  });
}

export const overloaded = (): RequestRefused => new RequestRefused(503, 'OVERLOADED', {
  zh: `此刻请求过多,本次没有处理;请 ${retryAfterSeconds} 秒后再试。`,
  en: `Too much is asked at this moment, and nothing was done; try again after ${retryAfterSeconds} s.`,
}, undefined, retryAfterSeconds);

/** Aborted when the client closes the connection before it has its answer. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  onGone(reply, () => gone.abort());
  return gone.signal;
}

/** The same for what asks subgraphs alone. */
export function departureOf(reply: FastifyReply): Departure {
  const departing = new Departing();
  onGone(reply, () => departing.abort());
  return departing;
}

const onGone = ({ raw }: FastifyReply, leave: () => void): void =>
  void raw.once('close', () => { if (!raw.writableFinished) leave(); });
