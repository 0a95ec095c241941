// Keys for development and tests. In production every key comes from outside.
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';

export const serviceNames = ['gateway', 'city', 'district', 'street', 'community'] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface DevelopmentKeys {
  /** Signs callers' tokens; its key id is `development`. */
  readonly issuerPrivateJwk: JWK;
  readonly issuerPublicJwk: JWK;
  /** Each service's own private key; its key id is the service's name. */
  readonly services: Readonly<Record<ServiceName, JWK>>;
  /** The services' public keys. */
  readonly serviceJwks: JSONWebKeySet;
}

/** Of the platform that is run with this environment. */
const keysFolder = ({ DATA_DIR: dataDir } = process.env): string =>
  (dataDir ? join(dataDir, 'keys') : fileURLToPath(new URL('../.data/keys/', import.meta.url)));

/** The keys kept in `folder`, made on first use. Processes that start at once all get the same ones. */
export async function developmentKeys(folder: string = keysFolder()): Promise<DevelopmentKeys> {
  const file = join(folder, 'development.json');
  return (await readKeys(file)) ?? (await makeKeys(folder, file));
}

async function readKeys(file: string): Promise<DevelopmentKeys | null> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const { issuer, services } = parseKeys(file, text);
  return {
    issuerPrivateJwk: issuer,
    issuerPublicJwk: publicPart(issuer),
    services,
    serviceJwks: { keys: serviceNames.map((name) => publicPart(services[name])) },
  };
}

interface KeysFile {
  readonly issuer: JWK;
  readonly services: Readonly<Record<ServiceName, JWK>>;
}

function parseKeys(file: string, text: string): KeysFile {
  try {
    const { issuer, services } = JSON.parse(text) as KeysFile;
    const all = [issuer, ...serviceNames.map((name) => services[name])];
    if (all.every(({ d, x, kid }) => d && x && kid)) return { issuer, services };
  } catch {
    // The sentence below covers every way in which the file can be broken.
  }
  throw new Error(`${file} does not hold the development keys; delete it and new ones will be made.`);
}

async function makeKeys(folder: string, file: string): Promise<DevelopmentKeys> {
  const pairs = await Promise.all(serviceNames.map(async (name) => [name, await privateKey(name)] as const));
  const made = { issuer: await privateKey('development'), services: Object.fromEntries(pairs) };
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${crypto.randomUUID()}`;
  await writeFile(draft, JSON.stringify(made, null, 2), { mode: 0o600, flag: 'wx' });
  // A link appears whole or not at all, and the second of two processes finds it taken.
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  }).finally(() => unlink(draft));
  const kept = await readKeys(file);
  if (!kept) throw new Error(`${file} was deleted while it was being made; start again.`);
  return kept;
}

async function privateKey(kid: string): Promise<JWK> {
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { ...(await exportJWK(pair.privateKey)), kid, alg: 'EdDSA', use: 'sig' };
}

const publicPart = ({ d: _secret, ...jwk }: JWK): JWK => jwk;
