import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createLocalJWKSet, importJWK, jwtVerify, SignJWT } from 'jose';
import { createCallerVerifier, publicKeyFrom } from '../../../gateway/auth.js';
import { developmentKeys, serviceNames } from '../../../scripts/keys.js';
import { readTokenArguments, signToken } from '../../../scripts/token.js';

const folder = mkdtempSync(join(tmpdir(), 'development-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fresh = (name: string): string => join(folder, name);

describe('development keys', () => {
  it('are made once and kept where only their owner reads them', async () => {
    const keys = await developmentKeys(fresh('kept'));
    expect(await developmentKeys(fresh('kept'))).toEqual(keys);
    const files = readdirSync(fresh('kept')).map((name) => statSync(join(fresh('kept'), name)).mode & 0o777);
    expect(files).toEqual([0o600]);
  });

  it('are the same for all that start at once', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => developmentKeys(fresh('raced'))));
    expect(new Set(all.map((keys) => JSON.stringify(keys))).size).toBe(1);
    expect(readdirSync(fresh('raced'))).toEqual(['development.json']);
  });

  it('let each service be verified by the published set, by name', async () => {
    const { services, serviceJwks } = await developmentKeys(fresh('services'));
    const published = createLocalJWKSet(serviceJwks);
    for (const name of serviceNames) {
      const key = await importJWK(services[name], 'EdDSA');
      const token = await new SignJWT({}).setProtectedHeader({ alg: 'EdDSA', kid: name }).sign(key);
      expect((await jwtVerify(token, published)).protectedHeader.kid).toBe(name);
    }
    expect(serviceJwks.keys.filter((key) => 'd' in key)).toEqual([]);
  });

  it('ask to be deleted when they are broken', async () => {
    writeFileSync(join(folder, 'development.json'), '{}');
    await expect(developmentKeys(folder)).rejects.toThrow(/development\.json does not hold .*; delete it/);
  });
});

describe('npm run token', () => {
  it('signs what the gateway accepts', async () => {
    const { issuerPrivateJwk, issuerPublicJwk } = await developmentKeys(fresh('kept'));
    const now = new Date('2026-03-02T01:00:00Z');
    const keys = publicKeyFrom(JSON.stringify(issuerPublicJwk));
    const verifyAfter = (seconds: number) => createCallerVerifier({
      keys, issuer: 'hefei-platform', audience: 'hefei-platform', now: () => new Date(now.getTime() + seconds * 1000),
    });
    const { caller, hours } = readTokenArguments(['--role', 'STREET_CLERK', '--area', '340103001', '--scope', 'cases:read stats', '--hours', '1']);
    const token = await signToken(caller, { issuerPrivateJwk, hours, now });
    expect(await verifyAfter(3_600)(`Bearer ${token}`)).toEqual(
      { id: 'street-clerk-340103001', role: 'STREET_CLERK', area: '340103001', scopes: ['cases:read', 'stats'] },
    );
    await expect(verifyAfter(3_631)(`Bearer ${token}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it.each([
    ['there is no role', [], 'role must be one of'],
    ['the area is missing', ['--role', 'CITY_OFFICER'], 'CITY_OFFICER needs an area of 4 digits'],
    ['the area is of another level', ['--role', 'CITY_OFFICER', '--area', '340103'], 'must have 4 digits'],
    ['the time is none', ['--role', 'RESIDENT', '--hours', 'soon'], '--hours must be more than 0 and at most 720.'],
    ['the time is over', ['--role', 'RESIDENT', '--hours', '0'], '--hours must be more than 0 and at most 720.'],
    ['an option is unknown', ['--rôle', 'RESIDENT'], 'Unknown option'],
  ])('refuses when %s', (_name, args, says) => {
    expect(() => readTokenArguments(args)).toThrow(says);
  });

  it('refuses to sign for a caller that the gateway would refuse', async () => {
    const { issuerPrivateJwk } = await developmentKeys(fresh('kept'));
    await expect(signToken({ id: 'u', role: 'CITY_OFFICER' }, { issuerPrivateJwk })).rejects.toThrow('needs an area');
  });

  const script = fileURLToPath(new URL('../../../scripts/token.ts', import.meta.url));

  it('signs by the keys of the platform whose data folder is named', async () => {
    const { issuerPublicJwk } = await developmentKeys(join(fresh('platform'), 'keys'));
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, '--role', 'RESIDENT', '--id', 'r-1'], {
      env: { PATH: process.env['PATH'], DATA_DIR: fresh('platform') },
    });
    const verify = createCallerVerifier({ keys: publicKeyFrom(JSON.stringify(issuerPublicJwk)), issuer: 'hefei-platform', audience: 'hefei-platform' });
    expect(await verify(`Bearer ${stdout.trim()}`)).toEqual({ id: 'r-1', role: 'RESIDENT' });
  });

  it('prints nothing but the usage, on the error stream, and fails when the input is wrong', async () => {
    const run = promisify(execFile)(process.execPath, ['--import', 'tsx', script, '--role', 'MAYOR']);
    const stderr = expect.stringMatching(/role must be one of[^]*Use: npm run/);
    await expect(run).rejects.toMatchObject({ code: 1, stdout: '', stderr });
  });
});
