import { createPrivateKey, type KeyObject } from 'node:crypto';
import { SignJWT, type JWK } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Caller } from './claims.js';

/** Gives the token that tells subgraphs who is asking; `null` is an anonymous caller. */
export type InternalTokenSigner = (caller: Caller | null) => Promise<string>;

const lifetimeSeconds = 60;
// Half the lifetime, so that a reused token is still valid while a slow subgraph request is under way.
const reuseMs = 30_000;
const maxCachedActors = 10_000;

export function createInternalSigner(key: KeyObject, now: () => Date = () => new Date()): InternalTokenSigner {
  const signed = new LRUCache<string, { token: Promise<string>; until: number }>({ max: maxCachedActors });
  return (caller) => {
    const at = now().getTime();
    const cacheKey = caller ? JSON.stringify([caller.id, caller.role, caller.area, caller.department]) : '';
    const known = signed.get(cacheKey);
    if (known && at < known.until) return known.token;
    const token = sign(key, caller, Math.floor(at / 1000));
    signed.set(cacheKey, { token, until: at + reuseMs });
    token.catch(() => signed.delete(cacheKey));
    return token;
  };
}

function sign(key: KeyObject, caller: Caller | null, issuedAt: number): Promise<string> {
  const { role, area, department } = caller ?? {};
  return new SignJWT({ ...(role && { role }), ...(area && { area }), ...(department && { department }) })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'gateway' })
    .setIssuer('gateway')
    .setAudience('subgraphs')
    .setSubject(caller?.id ?? 'anonymous')
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .sign(key);
}

/**
 * Reads the gateway's own key from a private Ed25519 JWK (JSON).
 * @throws Error with one sentence on what to put there instead.
 */
export function privateKeyFrom(text: string): KeyObject {
  try {
    const key = createPrivateKey({ key: JSON.parse(text) as JWK as Record<string, string>, format: 'jwk' });
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch {
    // The sentence below says what is wanted; the parser's own would quote the key.
  }
  throw new Error('it must be a private Ed25519 key as a JWK in JSON.');
}
