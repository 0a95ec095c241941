import { createPrivateKey } from 'node:crypto';
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';
import type { Caller } from '../../gateway/claims.js';
import { createInternalSigner } from '../../gateway/internalToken.js';
import type { Actor, Role } from '../../subgraphs/shared/domain/actor.js';

const serviceNames = ['gateway', 'city', 'district', 'street', 'community'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface ServiceKeys {
  readonly own: Readonly<Record<ServiceName, JWK>>;
  /** What every service trusts. */
  readonly trusted: JSONWebKeySet;
}

/** A private Ed25519 key. */
export async function newKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: 'EdDSA', use: 'sig' };
}

export const publicPart = ({ d: _secret, ...jwk }: JWK): JWK => jwk;

async function makeKeys(): Promise<ServiceKeys> {
  const made = await Promise.all(serviceNames.map(async (name) => [name, await newKey(name)] as const));
  return {
    own: Object.fromEntries(made) as Record<ServiceName, JWK>,
    trusted: { keys: made.map(([, key]) => publicPart(key)) },
  };
}

let made: Promise<ServiceKeys> | undefined;
/** The services' keys, the same throughout a test file. */
export const serviceKeys = (): Promise<ServiceKeys> => (made ??= makeKeys());

/**
 * `actor('STREET_CLERK', '340103001')`, `actor('DEPARTMENT_OFFICER', '340103-04')`, `actor('RESIDENT')`. The id is made
 * from both, so the same words are the same person.
 */
export function actor(role: Role, where: string | null = null, id = [role, where].filter(Boolean).join('-')): Actor {
  const isUnit = where?.includes('-') === true;
  return { id, role, area: isUnit ? null : where, unit: isUnit ? where : null };
}

export const callerOf = ({ id, role, area, unit }: Actor): Caller =>
  ({ id, role, ...(area !== null && { area }), ...(unit !== null && { department: unit }) });

/** What the gateway sends the subgraph `to` along with a call by `who`; null is somebody who has not signed in. */
export async function internalToken(
  who: Actor | null,
  to: string,
  { key, at = new Date() }: { readonly key?: JWK; readonly at?: Date } = {},
): Promise<string> {
  const jwk = key ?? (await serviceKeys()).own.gateway;
  const sign = createInternalSigner(createPrivateKey({ key: { ...jwk }, format: 'jwk' }), () => at);
  return sign(who && callerOf(who))(to);
}
