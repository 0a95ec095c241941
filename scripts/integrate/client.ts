// Asks an integrator's subgraph as the gateway does. Nothing that it answers is trusted: not its size, not its time, not its shape.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import { Agent, request } from 'undici';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Undefined where it is not JSON. */
  readonly json: unknown;
  readonly ms: number;
}

export interface Client {
  post(body: unknown, identity: string | null): Promise<Answered>;
  health(): Promise<Answered>;
  close(): Promise<void>;
}

/** It did not answer, or not within the limits. */
export class NoAnswer extends Error {}

const timeoutMs = 10_000;
const maxAnswerBytes = 4 * 1024 * 1024;

export function connectTo(url: URL, limitMs: number = timeoutMs): Client {
  const dispatcher = new Agent({ connections: 2, connect: { timeout: limitMs }, headersTimeout: limitMs, bodyTimeout: limitMs, maxResponseSize: maxAnswerBytes });

  async function ask(target: URL, method: 'GET' | 'POST', headers: Record<string, string>, body?: string): Promise<Answered> {
    const start = performance.now();
    try {
      const signal = AbortSignal.timeout(limitMs);
      const response = await request(target, { dispatcher, method, headers, signal, ...(body !== undefined && { body }) });
      const text = await response.body.text();
      const ms = performance.now() - start;
      return { status: response.statusCode, headers: response.headers, json: parsed(text), ms };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw new NoAnswer(code ?? message);
    }
  }

  return {
    post: (body, identity) => ask(url, 'POST', {
      'content-type': 'application/json', accept: 'application/json', ...(identity !== null && { authorization: `Bearer ${identity}` }),
    }, JSON.stringify(body)),
    health: () => ask(new URL('/health', url), 'GET', {}),
    close: () => dispatcher.destroy(),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);

/**
 * Where to ask. Elsewhere than on this machine only by a word of its own: the identities sent there are good for the platform, too.
 * @throws Error with one sentence on what to put there instead.
 */
export function targetOf(text: string, allowRemote: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new Error('--url: http(s)://…,不带用户名 / http(s)://…, without a user name');
  }
  if (!allowRemote && !isLoopback(url.hostname)) {
    throw new Error(`--url: ${url.hostname} 不是本机;确要如此,加 --allow-remote。 / ${url.hostname} is not this machine; add --allow-remote if you mean it.`);
  }
  return url;
}

export interface Identities {
  /** As the gateway signs them: an officer of the city, and a caller who has not signed in. */
  readonly officer: string;
  readonly anonymous: string;
  /** Each wrong in one respect, by what is wrong. */
  readonly forged: ReadonlyMap<string, string>;
}

const lifetimeSeconds = 60;

export async function signIdentities(gatewayKey: KeyObject, subgraph: string, now: Date): Promise<Identities> {
  const at = Math.floor(now.getTime() / 1_000);
  const good = { key: gatewayKey, issuer: 'gateway', audience: subgraph, issuedAt: at, role: 'CITY_OFFICER' as string | null };
  const sign = ({ key, issuer, audience, issuedAt, role }: typeof good): Promise<string> =>
    new SignJWT(role === null ? {} : { role, area: '3401' })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'gateway' })
      .setIssuer(issuer).setAudience(audience).setSubject(role === null ? 'anonymous' : 'integrate')
      .setIssuedAt(issuedAt).setExpirationTime(issuedAt + lifetimeSeconds).sign(key);
  const officer = await sign(good);
  const [, payload = ''] = officer.split('.');
  const unsigned = Buffer.from(JSON.stringify({ alg: 'none', kid: 'gateway' })).toString('base64url');
  return {
    officer,
    anonymous: await sign({ ...good, role: null }),
    forged: new Map([
      ['另一把密钥 another key', await sign({ ...good, key: generateKeyPairSync('ed25519').privateKey })],
      ['没有签名 no signature', `${unsigned}.${payload}.`],
      ['已过期 expired', await sign({ ...good, issuedAt: at - 3_600 })],
      ['另一签发方 another issuer', await sign({ ...good, issuer: 'somebody' })],
      ['另一接收方(别的子图) another audience (another subgraph)', await sign({ ...good, audience: 'community' })],
    ]),
  };
}
