// `npm run integrate`: whether a subgraph of somebody else's fits the platform, by its SDL and by asking it.
// Exit 0: it does; 1: it does not, each fault is printed with what to do; 2: something could not be told, and why.
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse, type DocumentNode } from 'graphql';
import { z } from 'zod';
import { privateKeyFrom } from '../gateway/internalToken.js';
import { developmentKeys } from './keys.js';
import { exitCodeOf, printable, reportOf, type Check } from './integrate/check.js';
import { connectTo, signIdentities, targetOf } from './integrate/client.js';
import { entitiesOf, type KeyValues } from './integrate/entities.js';
import { checkLive } from './integrate/live.js';
import { checkComposition, checkDefinitions } from './integrate/static.js';
import { typesOfServices } from './integrate/types.js';
import { levelServices } from './services.js';

const usage = `用法 / Use: npm run integrate -- --sdl <文件 file> [--url <http://127.0.0.1:…/graphql>] [--known '<类型 Type>={"id":"…"}']…
                          [--name <名称 name>] [--out <文件 file>] [--key <文件 file>] [--allow-remote]
           npm run --silent integrate -- --jwks
  --sdl    子图的 SDL / the subgraph's SDL
  --url    子图在哪里;不给则只看 SDL / where the subgraph is; without it only the SDL is looked at
  --known  存在的键,可多次 / a key that exists; may be repeated
  --name   在 supergraph 里的名称,缺省为 SDL 的文件名 / its name in the supergraph, the SDL's file name by default
  --out    把合成的副本写到这里 / where to write the composed copy
  --key    网关私钥(JWK),缺省为 npm start 的开发密钥 / the gateway's private key (JWK), npm start's development key by default
  --allow-remote  允许 --url 不在本机 / lets --url be another machine
  --jwks   打印网关的公钥 / prints the gateway's public key
  退出码 / Exit code: 0 合格 fits · 1 不合格 does not · 2 有未能判断的 something could not be told`;

class CannotTell extends Error {}

const maxSdlBytes = 1024 * 1024;
const maxTokens = 200_000;
const ourSupergraph = fileURLToPath(new URL('../schema/supergraph.graphql', import.meta.url));

const keyShape = z.record(z.string().max(100), z.union([z.string().max(1_000), z.number()]));

interface Options {
  readonly sdl: string;
  readonly name: string;
  readonly url: URL | null;
  readonly known: ReadonlyMap<string, readonly KeyValues[]>;
  readonly out: string | undefined;
  readonly key: string | undefined;
}

function readKnown(given: readonly string[]): ReadonlyMap<string, readonly KeyValues[]> {
  const known = new Map<string, KeyValues[]>();
  for (const entry of given) {
    const [, type = '', json = ''] = /^(\w+)=(\{.*\})$/s.exec(entry) ?? [];
    try {
      known.set(type, [...(known.get(type) ?? []), keyShape.parse(JSON.parse(json))]);
    } catch {
      throw new Error(`--known: 类型={"键":"值"} / Type={"key":"value"}`);
    }
  }
  return known;
}

function readOptions(): Options | 'JWKS' {
  try {
    const { values } = parseArgs({
      options: {
        sdl: { type: 'string' }, url: { type: 'string' }, name: { type: 'string' }, out: { type: 'string' }, key: { type: 'string' },
        known: { type: 'string', multiple: true, default: [] }, 'allow-remote': { type: 'boolean', default: false }, jwks: { type: 'boolean', default: false },
      },
    });
    if (values.jwks) return 'JWKS';
    if (values.sdl === undefined) throw new Error('--sdl: 必填 / is needed');
    const name = values.name ?? basename(values.sdl).replace(/\..*$/, '').toLowerCase();
    if (!/^[a-z][a-z0-9_]{0,39}$/.test(name)) throw new Error('--name: 小写字母、数字与下划线 / lower-case letters, digits and _');
    if (levelServices().some((service) => service.name === name)) throw new Error(`--name: ${name} 是四级之一,另起名称 / is one of the four levels; choose another`);
    return {
      sdl: values.sdl, name, known: readKnown(values.known), out: values.out, key: values.key,
      url: values.url === undefined ? null : targetOf(values.url, values['allow-remote']),
    };
  } catch (error) {
    throw new CannotTell(`${(error as Error).message}\n${usage}`);
  }
}

/** A file of the integrator's, of a size that can be. */
async function readLimited(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (size > maxSdlBytes) throw new Error(`${path}: 至多 ${maxSdlBytes} 字节 / at most ${maxSdlBytes} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

async function readSdlFile(path: string): Promise<DocumentNode> {
  try {
    return parse(await readLimited(path), { maxTokens });
  } catch (error) {
    throw new CannotTell(printable((error as Error).message));
  }
}

async function gatewayKey(file: string | undefined): Promise<KeyObject> {
  if (file === undefined) return createPrivateKey({ key: (await developmentKeys()).services.gateway as never, format: 'jwk' });
  try {
    return privateKeyFrom(await readLimited(file));
  } catch (error) {
    throw new CannotTell(`--key ${file}: ${(error as Error).message}`);
  }
}

async function writeCopy(out: string, supergraphSdl: string): Promise<void> {
  if (resolve(out) === ourSupergraph) throw new CannotTell(`--out: 只写副本,不写 ${out} / a copy only, not ${out}`);
  await mkdir(dirname(resolve(out)), { recursive: true });
  await writeFile(out, `${supergraphSdl.trimEnd()}\n`);
  console.log(`SUPERGRAPH_FILE=${out} npm start`);
}

async function askIt(options: Options & { readonly url: URL }, sdl: DocumentNode, platformTypes: ReadonlySet<string>): Promise<Check[]> {
  const identities = await signIdentities(await gatewayKey(options.key), options.name, new Date());
  const client = connectTo(options.url);
  try {
    return await checkLive({ client, identities, sdl, known: options.known, entities: entitiesOf(sdl, platformTypes) });
  } finally {
    await client.close();
  }
}

async function run(): Promise<number> {
  const options = readOptions();
  if (options === 'JWKS') {
    const { serviceJwks } = await developmentKeys();
    console.log(JSON.stringify({ keys: serviceJwks.keys.filter(({ kid }) => kid === 'gateway') }));
    return 0;
  }
  const ours = levelServices();
  const sdl = await readSdlFile(options.sdl);
  const address = options.url ?? new URL('http://127.0.0.1/graphql');
  const { checks: composition, supergraphSdl } = checkComposition({ name: options.name, url: address.href, typeDefs: sdl }, ours, await readFile(ourSupergraph, 'utf8'));
  const checks = [...composition, ...checkDefinitions(sdl, ours)];
  if (options.url !== null) checks.push(...await askIt({ ...options, url: options.url }, sdl, new Set(typesOfServices(ours).keys())));
  console.log(reportOf(checks));
  if (options.out !== undefined && supergraphSdl !== null) await writeCopy(options.out, supergraphSdl);
  return exitCodeOf(checks);
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof CannotTell ? error.message : error);
  process.exitCode = 2;
}
