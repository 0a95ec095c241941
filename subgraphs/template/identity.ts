import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';

export interface Actor {
  readonly id: string;
  readonly role: string;
  /** Area code; everything that begins with it is the actor's scope. */
  readonly area: string | null;
  /** The platform's code of the department that an officer works for, such as 340103-02. */
  readonly department: string | null;
}

/** Somebody signed in, somebody who is not (the gateway vouches for that too), or nobody that the gateway sent. */
export type Caller = { readonly kind: 'actor'; readonly actor: Actor } | { readonly kind: 'anonymous' } | { readonly kind: 'untrusted' };

const textOf = (claim: unknown): string | null => (typeof claim === 'string' ? claim : null);

/**
 * Who asks, by the token with which the gateway signs each request: good for a minute, Ed25519, and for `me` alone, which is
 * this subgraph's name in the supergraph.
 */
export function createCallerCheck(trusted: JSONWebKeySet, me: string): (token: string | undefined) => Promise<Caller> {
  const gatewayKeys = createLocalJWKSet({ keys: trusted.keys.filter(({ kid }) => kid === 'gateway') });
  const rules = { issuer: 'gateway', audience: me, algorithms: ['EdDSA'], requiredClaims: ['sub', 'exp'] };
  return async (token) => {
    if (token === undefined || token.length > 4_096) return { kind: 'untrusted' };
    try {
      const { payload } = await jwtVerify(token, gatewayKeys, rules);
      const role = textOf(payload['role']);
      if (role === null) return { kind: 'anonymous' };
      const { sub, area, department } = payload;
      return { kind: 'actor', actor: { id: String(sub), role, area: textOf(area), department: textOf(department) } };
    } catch {
      return { kind: 'untrusted' };
    }
  };
}
