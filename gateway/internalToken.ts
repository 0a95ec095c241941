import { createPrivateKey, sign, type KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { LRUCache } from 'lru-cache';
import type { Caller } from './claims.js';

/** Gives the tokens that tell who is asking, each to one subgraph alone; `null` is an anonymous caller. */
export type InternalTokenSigner = (caller: Caller | null) => (subgraph: string) => string;

const lifetimeSeconds = 60;
// Half the lifetime, so that a reused token is still valid while a slow subgraph request is under way.
const reuseMs = 30_000;
const maxCachedActors = 10_000;

interface Signed {
  readonly token: string;
  readonly until: number;
}

/** A token is signed when its subgraph is first asked: most callers ask few of them. */
export function createInternalSigner(key: KeyObject, now: () => Date = () => new Date()): InternalTokenSigner {
  const known = new LRUCache<string, Map<string, Signed>>({ max: maxCachedActors });
  return (caller) => {
    const cacheKey = caller ? JSON.stringify([caller.id, caller.role, caller.area, caller.department]) : '';
    const signed = known.get(cacheKey) ?? new Map<string, Signed>();
    known.set(cacheKey, signed);
    return (subgraph) => {
      const at = now().getTime();
      const last = signed.get(subgraph);
      if (last && at < last.until) return last.token;
      const token = tokenFor(key, caller, subgraph, Math.floor(at / 1000));
      signed.set(subgraph, { token, until: at + reuseMs });
      return token;
    };
  };
}

const base64 = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const header = base64({ alg: 'EdDSA', kid: 'gateway' });

// At once: 50 µs of a subgraph's request, where a promise of it would take three times as much of the processor.
function tokenFor(key: KeyObject, caller: Caller | null, aud: string, iat: number): string {
  const { id: sub = 'anonymous', role, area, department } = caller ?? {};
  const text = `${header}.${base64({ iss: 'gateway', aud, sub, role, area, department, iat, exp: iat + lifetimeSeconds })}`;
  return `${text}.${sign(null, Buffer.from(text), key).toString('base64url')}`;
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
