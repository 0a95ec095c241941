import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { errors, SignJWT } from 'jose';
import { createCallerVerifier, maxTokenBytes, publicKeyFrom } from '../../../gateway/auth.js';

const now = new Date('2026-03-02T01:00:00Z');
const seconds = now.getTime() / 1000;
const issuer = generateKeyPairSync('ed25519');
const stranger = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

const clerk = {
  iss: 'hefei-platform', aud: 'hefei-platform', sub: 'u1', role: 'STREET_CLERK', area: '340103001', exp: seconds + 3600,
};
const officer = 'DEPARTMENT_OFFICER';
const sign = (claims: object = {}, key: KeyObject = issuer.privateKey, alg = 'EdDSA'): Promise<string> =>
  new SignJWT({ ...clerk, ...claims }).setProtectedHeader({ alg }).sign(key);

const verifierAt = (clock: () => Date, keys: KeyObject = issuer.publicKey) =>
  createCallerVerifier({ keys, issuer: 'hefei-platform', audience: 'hefei-platform', now: clock });
const verify = verifierAt(() => now);
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsecured = `${part({ alg: 'none' })}.${part(clerk)}.`;

describe('a caller', () => {
  it('is who the token says', async () => {
    expect(await verify(`Bearer ${await sign({ name: '王芳' })}`)).toEqual(
      { id: 'u1', role: 'STREET_CLERK', area: '340103001', name: '王芳' },
    );
  });

  it('has the scopes that the token says, but not those that the gateway says itself', async () => {
    expect(await verify(`Bearer ${await sign({ scope: 'cases:read role:CITY_OFFICER stats' })}`)).toMatchObject({ scopes: ['cases:read', 'stats'] });
    expect(await verify(`Bearer ${await sign({ scope: 'role:CITY_OFFICER' })}`)).not.toHaveProperty('scopes');
  });

  it.each(['', ' a', 'a  b', 'a"b', ['a'], 'x'.repeat(2_001)])('is refused with the scope %j', async (scope) => {
    await expect(verify(`Bearer ${await sign({ scope })}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED', message: expect.stringContaining('scope must be words') });
  });

  it.each([
    ['RESIDENT', {}],
    ['RESIDENT', { area: '340103001001' }],
    ['GRID_WORKER', { area: '340103001001001' }],
    ['COMMUNITY_CLERK', { area: '340103001001' }],
    ['STREET_CLERK', { area: '340103001' }],
    ['DISTRICT_OFFICER', { area: '340103' }],
    ['CITY_OFFICER', { area: '3401' }],
    ['DEPARTMENT_OFFICER', { department: '340103-04' }],
    ['DEPARTMENT_OFFICER', { department: '340103-04', area: '340103' }],
    ['AUDITOR', { area: '3401' }],
    ['INTEGRATOR', { area: '340103001001001' }],
  ])('may be a %s with %j', async (role, own) => {
    const token = await sign({ role, area: undefined, ...own });
    expect(await verify(`Bearer ${token}`)).toEqual({ id: 'u1', role, ...own });
  });

  it.each([
    ['ES256', p256],
    ['RS256', rsa],
  ])('may be signed for with %s', async (alg, { privateKey, publicKey }) => {
    const token = await sign({}, privateKey, alg);
    expect(await verifierAt(() => now, publicKey)(`Bearer ${token}`)).toMatchObject({ id: 'u1' });
  });

  it('is still taken 30 seconds late, since clocks differ', async () => {
    expect(await verify(`Bearer ${await sign({ exp: seconds - 29 })}`)).toMatchObject({ id: 'u1' });
  });

  it.each([
    ['the token is another\'s', () => sign({}, stranger.privateKey), 'not signed by an issuer'],
    ['the token was changed', async () => (await sign()).replace(/\.[^.]+\./, `.${part({ sub: 'x' })}.`), 'not signed'],
    ['the token is unsigned', async () => unsecured, 'EdDSA, ES256 or RS256'],
    ['the algorithm is not allowed', () => sign({}, rsa.privateKey, 'PS256'), 'EdDSA, ES256 or RS256'],
    ['the algorithm is not the key\'s', () => sign({}, rsa.privateKey, 'RS256'), 'not signed by an issuer'],
    ['the token is no JWT', async () => 'abc', 'not a valid JWT'],
    ['it has expired', () => sign({ exp: seconds - 31 }), 'sign in again'],
    ['it never expires', () => sign({ exp: undefined }), 'exp is missing'],
    ['it is not valid yet', () => sign({ nbf: seconds + 31 }), 'nbf is missing or not accepted'],
    ['it is another issuer\'s', () => sign({ iss: 'elsewhere' }), 'iss is missing or not accepted'],
    ['it is for another platform', () => sign({ aud: 'elsewhere' }), 'aud is missing or not accepted'],
    ['it names nobody', () => sign({ sub: undefined }), 'sub is missing'],
    ['its subject is too long', () => sign({ sub: 'x'.repeat(129) }), 'sub must be'],
    ['its subject would break a log line', () => sign({ sub: 'a\nb' }), 'sub must be'],
    ['it has no role', () => sign({ role: undefined }), 'role must be one of'],
    ['its role is unknown', () => sign({ role: 'MAYOR' }), 'role must be one of'],
    ['its area is missing', () => sign({ area: undefined }), 'STREET_CLERK needs an area of 9 digits'],
    ['its area is of another level', () => sign({ area: '340103' }), 'the area of STREET_CLERK must have 9 digits'],
    ['its area is no number', () => sign({ area: '34010300x' }), 'area must be an area code'],
    ['its area is of no level', () => sign({ role: 'AUDITOR', area: '34010' }), '4, 6, 9, 12 or 15 digits'],
    ['its department is missing', () => sign({ role: officer, area: undefined }), 'needs a department'],
    ['its department is malformed', () => sign({ role: officer, department: '34010-4' }), 'a dash and two digits'],
    ['its department is elsewhere', () => sign({ role: officer, department: '340104-04' }), 'department starts with'],
    ['another role has a department', () => sign({ department: '340103-04' }), 'only DEPARTMENT_OFFICER'],
    ['its name is empty', () => sign({ name: '' }), 'name must be'],
    ['it is larger than 8 KiB', () => sign({ filler: 'x'.repeat(maxTokenBytes) }), 'larger than 8 KiB'],
  ])('is refused when %s', async (_name, token, says) => {
    await expect(verify(`Bearer ${await token()}`)).rejects.toMatchObject({
      status: 401, code: 'UNAUTHENTICATED', message: expect.stringMatching(new RegExp(`^[^/]+ / .*${says}`)),
    });
  });

  it.each(['', 'Bearer', 'Bearer a b', 'Basic dTpw'])('is refused with the header %j', async (header) => {
    const message = expect.stringContaining('Bearer <token>');
    await expect(verify(header)).rejects.toMatchObject({ status: 401, message });
  });
});

describe('a verified token', () => {
  it('is not verified again until it expires', async () => {
    let clock = now;
    let asked = 0;
    const verifier = createCallerVerifier({
      keys: () => { asked += 1; return issuer.publicKey; },
      issuer: 'hefei-platform', audience: 'hefei-platform', now: () => clock,
    });
    const header = `Bearer ${await sign({ exp: seconds + 60 })}`;
    await verifier(header);
    clock = new Date(now.getTime() + 59_000);
    await verifier(header);
    expect(asked).toBe(1);
    clock = new Date(now.getTime() + 91_000);
    await expect(verifier(header)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(asked).toBe(2);
  });
});

describe('the issuer\'s published keys', () => {
  const verifyWith = (keys: () => never) =>
    createCallerVerifier({ keys, issuer: 'hefei-platform', audience: 'hefei-platform', now: () => now });

  it('are our fault when they cannot be fetched', async () => {
    const verifier = verifyWith(() => { throw new TypeError('fetch failed'); });
    await expect(verifier(`Bearer ${await sign()}`)).rejects.toMatchObject({ status: 503, code: 'AUTH_UNAVAILABLE' });
  });

  it('are the token\'s fault when the one it names is not among them', async () => {
    const verifier = verifyWith(() => { throw new errors.JWKSNoMatchingKey(); });
    await expect(verifier(`Bearer ${await sign()}`)).rejects.toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });
});

describe('a public key', () => {
  const pem = issuer.publicKey.export({ format: 'pem', type: 'spki' }) as string;
  const jwkOf = (key: KeyObject): string => JSON.stringify(key.export({ format: 'jwk' }));

  it.each([
    ['a JWK', jwkOf(issuer.publicKey)],
    ['a PEM', pem],
    ['a PEM on one line', pem.replaceAll('\n', '\\n')],
  ])('may be given as %s', (_name, text) => {
    expect(publicKeyFrom(text).equals(issuer.publicKey)).toBe(true);
  });

  it.each([
    ['is private', jwkOf(issuer.privateKey)],
    ['is a private PEM', issuer.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string],
    ['is a shared secret', '{"kty":"oct","k":"AAAA"}'],
    ['is neither', 'hello'],
    ['is broken JSON', '{"kty":'],
    ['is for encryption', jwkOf(generateKeyPairSync('x25519').publicKey)],
  ])('is refused when it %s', (_name, text) => {
    expect(() => publicKeyFrom(text)).toThrow(/^it must be/);
  });
});
