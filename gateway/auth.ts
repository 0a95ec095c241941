import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { LRUCache } from 'lru-cache';
import { callerFromClaims, type Bilingual, type Caller } from './claims.js';
import { RequestRefused } from './errors.js';

/** Takes the value of the Authorization header; throws RequestRefused (401, or 503 if keys cannot be fetched). */
export type CallerVerifier = (authorization: string) => Promise<Caller>;

export interface VerifierOptions {
  /** The issuer's public key, or a function that finds it for a token's header. */
  readonly keys: KeyObject | JWTVerifyGetKey;
  readonly issuer: string;
  readonly audience: string;
  readonly now?: () => Date;
}

export const maxTokenBytes = 8 * 1024;
const clockToleranceSeconds = 30;
const algorithms = ['EdDSA', 'ES256', 'RS256'];
const maxCachedTokens = 10_000;

export function createCallerVerifier(options: VerifierOptions): CallerVerifier {
  const { keys, issuer, audience, now = () => new Date() } = options;
  const verified = new LRUCache<string, { caller: Caller; expiresAt: number }>({ max: maxCachedTokens });
  const getKey: JWTVerifyGetKey = typeof keys === 'function' ? keys : () => keys;

  return async (authorization) => {
    const token = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1];
    if (token === undefined) throw refused(texts.notBearer);
    if (Buffer.byteLength(token) > maxTokenBytes) throw refused(texts.tooLarge);

    const currentDate = now();
    const key = createHash('sha256').update(token).digest('base64');
    const known = verified.get(key);
    if (known && currentDate.getTime() < known.expiresAt) return known.caller;
    verified.delete(key);

    const { payload } = await jwtVerify(token, reachable(getKey), {
      issuer, audience, algorithms, currentDate, clockTolerance: clockToleranceSeconds, requiredClaims: ['exp', 'sub'],
    }).catch((error: unknown) => { throw error instanceof RequestRefused ? error : refused(textFor(error), error); });

    const result = callerFromClaims(payload);
    if (!result.ok) throw refused(claimText(result.problem));
    verified.set(key, { caller: result.caller, expiresAt: (payload.exp ?? 0) * 1000 });
    return result.caller;
  };
}

// Not finding a key is the token's fault; not reaching the key server is ours.
function reachable(getKey: JWTVerifyGetKey): JWTVerifyGetKey {
  return async (header, token) => {
    try {
      return await getKey(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw new RequestRefused(503, 'AUTH_UNAVAILABLE', texts.keysUnreachable, error);
    }
  };
}

const refused = (text: Bilingual, cause?: unknown): RequestRefused =>
  new RequestRefused(401, 'UNAUTHENTICATED', text, cause);

const claimText = ({ zh, en }: Bilingual): Bilingual => ({
  zh: `令牌内容不合规则:${zh}。请向签发方换取新令牌。`,
  en: `The token's claims break a rule: ${en}. Ask the issuer for a new token.`,
});

const texts = {
  notBearer: {
    zh: 'Authorization 须为“Bearer 令牌”;匿名访问请去掉该请求头。',
    en: 'Authorization must be "Bearer <token>"; leave the header out to stay anonymous.',
  },
  tooLarge: {
    zh: '令牌超过 8 KiB,请换用较小的令牌。',
    en: 'The token is larger than 8 KiB; ask the issuer for a smaller one.',
  },
  expired: { zh: '登录已过期,请重新登录。', en: 'The sign-in has expired; sign in again.' },
  notTrusted: {
    zh: '令牌签名无法验证,请重新登录。',
    en: 'The token is not signed by an issuer this platform trusts; sign in again.',
  },
  algorithm: {
    zh: '令牌须以 EdDSA、ES256 或 RS256 签名,请换取新令牌。',
    en: 'The token must be signed with EdDSA, ES256 or RS256; ask the issuer for a new one.',
  },
  malformed: { zh: '令牌不是有效的 JWT,请重新登录。', en: 'The token is not a valid JWT; sign in again.' },
  keysUnreachable: {
    zh: '暂时无法取得验证登录所需的公钥,请稍后再试。',
    en: 'The keys that verify sign-ins cannot be fetched right now; try again later.',
  },
} satisfies Record<string, Bilingual>;

function textFor(error: unknown): Bilingual {
  if (error instanceof errors.JWTExpired) return texts.expired;
  if (error instanceof errors.JWTClaimValidationFailed) {
    return claimText({ zh: `${error.claim} 缺失或不符`, en: `${error.claim} is missing or not accepted here` });
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return texts.algorithm;
  return error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid ? texts.malformed : texts.notTrusted;
}

/** Keys published by the issuer, fetched when first needed and again when they change. */
export const remoteKeys = (url: URL): JWTVerifyGetKey => createRemoteJWKSet(url);

/**
 * Reads a public key from a JWK (JSON) or an SPKI PEM, whose line breaks may be written as `\n`.
 * @throws Error with one sentence on what to put there instead.
 */
export function publicKeyFrom(text: string): KeyObject {
  const key = parsePublicKey(text.trim().replaceAll('\\n', '\n'));
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const usable = key.asymmetricKeyType === 'ed25519' || key.asymmetricKeyType === 'rsa'
    || (key.asymmetricKeyType === 'ec' && curve === 'prime256v1');
  if (!usable) throw new Error('it must be Ed25519, P-256 or RSA.');
  return key;
}

function parsePublicKey(text: string): KeyObject {
  try {
    if (!text.startsWith('{')) {
      if (text.includes('PRIVATE KEY')) throw new Error('private');
      return createPublicKey(text);
    }
    const jwk = JSON.parse(text) as Record<string, string>;
    if ('d' in jwk || 'k' in jwk) throw new Error('private');
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new Error('it must be a public key: a JWK as JSON or an SPKI PEM, without the private part.', { cause });
  }
}
