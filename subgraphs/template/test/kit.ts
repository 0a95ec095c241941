import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, type JSONWebKeySet } from 'jose';

export const me = 'bureau';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
export const trusted = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'gateway', alg: 'EdDSA' }] } as JSONWebKeySet;

export interface Who {
  readonly role: string;
  readonly area?: string;
  readonly department?: string;
}

/** As the gateway signs it; null is a caller who has not signed in. */
export function tokenOf(who: Who | null, { key = privateKey, issuer = 'gateway', audience = me, at = new Date() }: {
  readonly key?: KeyObject;
  readonly issuer?: string;
  readonly audience?: string;
  readonly at?: Date;
} = {}): Promise<string> {
  const seconds = Math.floor(at.getTime() / 1_000);
  return new SignJWT({ ...who })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'gateway' })
    .setIssuer(issuer).setAudience(audience).setSubject(who ? 'somebody' : 'anonymous')
    .setIssuedAt(seconds).setExpirationTime(seconds + 60).sign(key);
}

export const strangerKey = (): KeyObject => generateKeyPairSync('ed25519').privateKey;

export async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string } }[];
}

export interface Sent<Body = Answer> {
  readonly status: number;
  readonly lookups: number;
  readonly body: Body;
}

export async function post<Body = Answer>(url: string, body: unknown, token: string | null): Promise<Sent<Body>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, lookups: Number(response.headers.get('x-graphql-lookups')), body: (await response.json()) as Body };
}
