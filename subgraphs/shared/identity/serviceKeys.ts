import { createHash } from 'node:crypto';
import { createLocalJWKSet, importJWK, jwtVerify, SignJWT, type JSONWebKeySet, type JWK } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { roles, type Actor } from '../domain/actor.js';

const tokenSeconds = 60;
const algorithm = 'EdDSA';

/** Who called: an actor, somebody who has not signed in (the gateway vouches for that too), or nobody we trust. */
export type Caller =
  | { readonly kind: 'actor'; readonly actor: Actor }
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'untrusted' };

const claims = z.object({
  sub: z.string().min(1).max(200),
  exp: z.number(),
  role: z.enum(roles).optional(),
  area: z.string().optional(),
  department: z.string().optional(),
});

/** Verifies the gateway's short-lived internal token for `me`; anything else, another level's too, makes the caller untrusted. */
export function createCallerCheck(trusted: JSONWebKeySet, me: string): (authorization: string | undefined) => Promise<Caller> {
  const gatewayKeys = createLocalJWKSet({ keys: trusted.keys.filter((key) => key.kid === 'gateway') });
  const rules = { issuer: 'gateway', audience: me, algorithms: [algorithm] };
  const verified = new LRUCache<string, { caller: Caller; until: number }>({ max: 10_000 });
  const untrusted: Caller = { kind: 'untrusted' };

  return async (authorization) => {
    const token = /^Bearer ([\w.-]{1,4096})$/.exec(authorization ?? '')?.[1];
    if (token === undefined) return untrusted;
    const known = verified.get(token);
    if (known && known.until > Date.now()) return known.caller;
    try {
      const { payload } = await jwtVerify(token, gatewayKeys, rules);
      const { sub, exp, role, area, department } = claims.parse(payload);
      const caller: Caller = role === undefined
        ? { kind: 'anonymous' }
        : { kind: 'actor', actor: { id: sub, role, area: area ?? null, unit: department ?? null } };
      verified.set(token, { caller, until: exp * 1_000 });
      return caller;
    } catch {
      return untrusted;
    }
  };
}

const digest = (body: Uint8Array): string => createHash('sha256').update(body).digest('base64url');

/** Signs a POST between levels: who sends, to whom, and exactly which bytes. */
export async function createEventSigner(
  privateJwk: JWK,
): Promise<(audience: string, body: Uint8Array) => Promise<string>> {
  const key = await importJWK(privateJwk, algorithm);
  const issuer = String(privateJwk.kid);
  return (audience, body) =>
    new SignJWT({ body: digest(body) })
      .setProtectedHeader({ alg: algorithm, kid: issuer })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${tokenSeconds}s`)
      .sign(key);
}

/** The level that signed these bytes for `me`, or null when the signature does not hold. */
export function createEventCheck(
  trusted: JSONWebKeySet,
  me: string,
): (authorization: string | undefined, body: Uint8Array) => Promise<string | null> {
  const keys = createLocalJWKSet(trusted);
  // Machines' clocks differ a little; a token without an age would be good for ever.
  const rules = {
    audience: me, algorithms: [algorithm], requiredClaims: ['exp'], maxTokenAge: 2 * tokenSeconds, clockTolerance: 30,
  };
  return async (authorization, body) => {
    const token = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined) return null;
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, rules);
      const sound = payload.iss === protectedHeader.kid && payload['body'] === digest(body);
      return sound ? String(payload.iss) : null;
    } catch {
      return null;
    }
  };
}
