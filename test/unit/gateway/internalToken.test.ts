import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import type { Caller } from '../../../gateway/claims.js';
import { createInternalSigner, privateKeyFrom } from '../../../gateway/internalToken.js';

const start = new Date('2026-03-02T01:00:00Z');
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const officer: Caller = { id: 'u2', role: 'DEPARTMENT_OFFICER', department: '340103-04', name: '李' };

it('tells a subgraph who is asking, and no other one, for 60 seconds', async () => {
  const token = createInternalSigner(privateKey, () => start)(officer)('city');
  const { payload, protectedHeader } = await jwtVerify(token, publicKey, { currentDate: start });
  const iat = start.getTime() / 1000;
  expect(protectedHeader).toEqual({ alg: 'EdDSA', kid: 'gateway' });
  expect(payload).toEqual({
    iss: 'gateway', aud: 'city', sub: 'u2', role: 'DEPARTMENT_OFFICER', department: '340103-04',
    iat, exp: iat + 60,
  });
});

it('says anonymous when nobody has signed in', async () => {
  const token = createInternalSigner(privateKey, () => start)(null)('city');
  const { payload } = await jwtVerify(token, publicKey, { currentDate: start });
  expect([payload.sub, 'role' in payload]).toEqual(['anonymous', false]);
});

it('is signed once in 30 seconds for the same actor and subgraph', () => {
  let clock = start;
  const sign = createInternalSigner(privateKey, () => clock);
  const first = sign(officer)('city');
  clock = new Date(start.getTime() + 29_999);
  expect(sign({ ...officer })('city')).toBe(first);
  clock = new Date(start.getTime() + 30_000);
  expect(sign(officer)('city')).not.toBe(first);
});

it('is another token for another subgraph', () => {
  const tokenFor = createInternalSigner(privateKey, () => start)(officer);
  const tokens = ['city', 'district', 'city'].map(tokenFor);
  expect(tokens[1]).not.toBe(tokens[0]);
  expect(tokens[2]).toBe(tokens[0]);
});

it.each([
  ['id', { ...officer, id: 'u3' }],
  ['role', { ...officer, role: 'AUDITOR' as const }],
  ['department', { ...officer, department: '340103-05' }],
  ['area', { ...officer, area: '340103' }],
])('is another token for another %s', (_name, other) => {
  const sign = createInternalSigner(privateKey, () => start);
  expect(sign(other)('city')).not.toBe(sign(officer)('city'));
});

it('takes its key from a private JWK', () => {
  expect(privateKeyFrom(JSON.stringify(privateKey.export({ format: 'jwk' }))).equals(privateKey)).toBe(true);
});

it.each([
  ['is public', JSON.stringify(publicKey.export({ format: 'jwk' }))],
  ['is of another kind', JSON.stringify(p256.privateKey.export({ format: 'jwk' }))],
  ['is no JSON', 'secret'],
])('refuses a key that %s, without repeating it', (_name, text) => {
  expect(() => privateKeyFrom(text)).toThrow('it must be a private Ed25519 key as a JWK in JSON.');
});
