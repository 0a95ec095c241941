import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DryMongoBinary, MongoBinary, MongoMemoryReplSet } from 'mongodb-memory-server';
import { mongo } from 'mongoose';

const run = promisify(execFile);

const REPLICA_SET = 'rs0';
/** The oldest server the platform's queries run on. */
const OLDEST_MAJOR = 6;
/** A first start sets up a data folder, one after a crash replays its log: neither is a failure yet. */
const LAUNCH_MS = 120_000;
const STAND_IN = fileURLToPath(new URL('./local-mongod/mongod', import.meta.url));
const PROVISION = fileURLToPath(new URL('./local-mongod/provision.sh', import.meta.url));

/** `uri`: the caller's own; `mongod`: started here; `stand-in`: `scripts/local-mongod`, started here. */
export type DatabaseKind = 'uri' | 'mongod' | 'stand-in';

export type Choice =
  | { kind: 'uri'; uri: string; description: string }
  | { kind: 'mongod' | 'stand-in'; binary: string; description: string };

/** Looks in one place: null where there is nothing, an error where something was tried and failed. */
export type Probe = () => Promise<Choice | null>;
export const PLACES = ['uri', 'named', 'path', 'cache', 'download', 'standIn'] as const;
export type Probes = Record<(typeof PLACES)[number], Probe>;

export interface OpenDatabaseOptions {
  /** Where the data are kept from one start to the next, a folder for each kind; null for data thrown away on stop. */
  dataDir: string | null;
  /** Default: the port of the last start on this data folder, else a free one. */
  port?: number;
  log: (line: string) => void;
  /** Default true: SIGINT and SIGTERM stop the database, then end this process. False where the caller stops it. */
  stopOnSignal?: boolean;
  /** Default: this process's own. */
  env?: NodeJS.ProcessEnv;
}

export interface Database {
  /** A connection string that names no database; see `uriFor`. */
  uri: string;
  kind: DatabaseKind;
  description: string;
  /** Of the server; null where it is not ours. */
  pid: number | null;
  /** Ends the server and, where no data are kept, removes them. May be called twice. */
  stop(): Promise<void>;
}

/** Its message says what was tried and what helps; print it and exit 1. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';

  static afterTrying(reasons: readonly string[]): DatabaseUnavailable {
    return new DatabaseUnavailable([
      'No database could be had:',
      ...reasons.map((reason) => `  - ${reason}`),
      'One of these helps:',
      `  1. set MONGODB_URI to a replica set, such as mongodb://127.0.0.1:27017/?replicaSet=${REPLICA_SET};`,
      `  2. put mongod ${OLDEST_MAJOR}.0 or newer on the PATH, or let ${downloadSite(process.env).host} be reached;`,
      '  3. start once as root, which sets up the stand-in of scripts/local-mongod, or set LOCAL_MONGOD_HOME to a',
      '     folder where it has been set up.',
    ].join('\n'));
  }
}

/**
 * Takes the first database there is, in the order of `PLACES`. A place that fails is passed over with one line of log;
 * `DatabaseUnavailable` from a place ends the search, for what the caller named must not be replaced silently.
 */
export async function chooseDatabase(probes: Probes, log: (line: string) => void): Promise<Choice> {
  const reasons: string[] = [];
  for (const place of PLACES) {
    try {
      const choice = await probes[place]();
      if (choice) return choice;
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw error;
      reasons.push(reasonOf(error));
      log(`Database: ${reasonOf(error)}.`);
    }
  }
  throw DatabaseUnavailable.afterTrying(reasons);
}

/** Opens the database this machine can have and says in one line of log which one it is. */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  const { log, env = process.env } = options;
  const choice = await chooseDatabase(probesOf(env, log), log);
  const database = choice.kind === 'uri'
    ? { ...choice, pid: null, stop: async () => undefined }
    : await launch(choice, options);
  log(`Database: ${database.description}.`);
  return database;
}

/** The connection string of one database of that server, its options kept. */
export function uriFor(baseUri: string, name: string): string {
  const [, server, credentials, path = '', query = ''] =
    /^(mongodb(?:\+srv)?:\/\/(?:([^@/]*)@)?[^/?]+)(?:\/([^?]*))?(\?.*)?$/.exec(baseUri) ?? [];
  if (server === undefined) {
    throw new TypeError('A connection string looks like mongodb://host:27017/?replicaSet=rs0; this one does not.');
  }
  // The path is also where the user is looked up, unless authSource says otherwise.
  const authSource = credentials !== undefined && !/[?&]authSource=/i.test(query)
    ? `${query ? '&' : '?'}authSource=${path || 'admin'}`
    : '';
  return `${server}/${encodeURIComponent(name)}${query}${authSource}`;
}

function probesOf(env: NodeJS.ProcessEnv, log: (line: string) => void): Probes {
  return {
    uri: () => ownServer(env['MONGODB_URI']),
    named: () => namedMongod(env['MONGOMS_SYSTEM_BINARY'], () => standIn(env, log)),
    path: () => mongodOnPath(env['PATH'] ?? ''),
    cache: mongodInCache,
    download: () => downloadedMongod(env),
    standIn: () => standIn(env, log),
  };
}

async function ownServer(uri: string | undefined): Promise<Choice | null> {
  if (!uri) return null;
  const shown = uri.replace(/\/\/[^@/]*@/, '//***@');
  let hello: { setName?: string; msg?: string };
  try {
    const client = await mongo.MongoClient.connect(uri, { serverSelectionTimeoutMS: 3_000 });
    hello = await client.db('admin').command({ hello: 1 }).finally(() => client.close());
  } catch (error) {
    throw new DatabaseUnavailable(
      `MONGODB_URI names ${shown}, which does not answer (${reasonOf(error)}); start it, or unset MONGODB_URI.`,
    );
  }
  if (!hello.setName && hello.msg !== 'isdbgrid') {
    throw new DatabaseUnavailable(
      `MONGODB_URI names ${shown}, which is no replica set; start mongod with --replSet and run rs.initiate().`,
    );
  }
  return { kind: 'uri', uri, description: `MONGODB_URI, ${shown}` };
}

async function namedMongod(binary: string | undefined, ourStandIn: Probe): Promise<Choice | null> {
  if (!binary) return null;
  try {
    return (await isStandIn(binary)) ? await ourStandIn() : await usableMongod(binary);
  } catch (error) {
    throw new DatabaseUnavailable(
      `MONGOMS_SYSTEM_BINARY names ${binary}, which is of no use here (${reasonOf(error)}); correct it, or unset it.`,
    );
  }
}

async function mongodOnPath(path: string): Promise<Choice | null> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const binary = join(folder, 'mongod');
    const executable = await access(binary, constants.X_OK).then(() => true, () => false);
    if (executable && !(await isStandIn(binary))) return usableMongod(binary);
  }
  return null;
}

const isStandIn = async (binary: string): Promise<boolean> => (await realpath(binary)) === (await realpath(STAND_IN));

async function usableMongod(binary: string): Promise<Choice> {
  const { stdout } = await run(binary, ['--version'], { timeout: 10_000 });
  const version = /version v?(\d+)\.(\d+)\.(\d+)/.exec(stdout);
  if (!version) throw new Error(`${binary} --version names no version`);
  const [, major] = version;
  const name = `mongod ${version.slice(1).join('.')} at ${binary}`;
  if (Number(major) < OLDEST_MAJOR) throw new Error(`${name} is too old, ${OLDEST_MAJOR}.0 or newer is needed`);
  return { kind: 'mongod', binary, description: name };
}

const pinnedVersion = (): string => DryMongoBinary.getEnsuredOptions().version;

async function mongodInCache(): Promise<Choice | null> {
  const version = pinnedVersion();
  const binary = await DryMongoBinary.locateBinary({ version });
  return binary === undefined ? null : usableMongod(binary);
}

const downloadSite = (env: NodeJS.ProcessEnv): URL =>
  new URL(env['MONGOMS_DOWNLOAD_URL'] || env['MONGOMS_DOWNLOAD_MIRROR'] || 'https://fastdl.mongodb.org');

async function downloadedMongod(env: NodeJS.ProcessEnv): Promise<Choice | null> {
  const version = pinnedVersion();
  const off = ['0', 'off', 'no', 'false'].includes((env['MONGOMS_RUNTIME_DOWNLOAD'] ?? '').toLowerCase());
  if (off) throw new Error('downloads are switched off by MONGOMS_RUNTIME_DOWNLOAD');
  const proxy = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].map((name) => env[name]).find(Boolean);
  try {
    // The downloader itself waits a minute for a host that swallows packets, and tries thrice.
    await reach(proxy ? new URL(proxy) : downloadSite(env), 3_000);
    process.env['MONGOMS_MAX_RETRIES'] ??= '1';
    // Without it the downloader accepts any certificate.
    process.env['npm_config_strict_ssl'] ??= 'true';
    return await usableMongod(await MongoBinary.getPath({ version }));
  } catch (error) {
    throw new Error(`mongod ${version} could not be downloaded (${reasonOf(error)})`, { cause: error });
  }
}

function reach(url: URL, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const port = Number(url.port) || (url.protocol === 'http:' ? 80 : 443);
    const socket = connect({ host: url.hostname, port, timeout: timeoutMs });
    socket.once('connect', () => resolve(void socket.destroy()));
    socket.once('timeout', () => socket.destroy(new Error(`no answer from ${url.host} in ${timeoutMs / 1000} s`)));
    socket.once('error', reject);
  });
}

async function standIn(env: NodeJS.ProcessEnv, log: (line: string) => void): Promise<Choice> {
  const slow = setTimeout(() => log('Database: setting up the stand-in, once; about half a minute.'), 2_000);
  try {
    await run(PROVISION, { env });
    return { kind: 'stand-in', binary: STAND_IN, description: 'the stand-in for mongod (PostgreSQL with DocumentDB)' };
  } finally {
    clearTimeout(slow);
  }
}

/** Keeps to the port asked for, where the original quietly takes another: a replica set's data know their own port. */
class FixedPortReplSet extends MongoMemoryReplSet {
  protected override getInstanceOpts(...args: Parameters<MongoMemoryReplSet['getInstanceOpts']>) {
    return { ...super.getInstanceOpts(...args), portGeneration: false };
  }
}

async function launch(choice: Exclude<Choice, { kind: 'uri' }>, options: OpenDatabaseOptions): Promise<Database> {
  const { dataDir, log, stopOnSignal = true, env = process.env } = options;
  const kept = dataDir === null ? null : await keptFolder(dataDir, choice.kind, log);
  const port = options.port ?? (kept === null ? null : await lastPort(kept)) ?? (await freePort());
  await untilFree(port);
  const folder = kept ?? (await mkdtemp(join(tmpdir(), 'hefei-database-')));
  const dbPath = join(folder, 'db');
  await mkdir(dbPath, { recursive: true });
  const discard = async (): Promise<void> => {
    if (kept === null) await rm(folder, { recursive: true, force: true, maxRetries: 20 });
  };
  await writeFile(join(folder, 'port'), `${port}\n`);

  const replSet = new FixedPortReplSet({
    binary: { systemBinary: choice.binary },
    replSet: {
      name: REPLICA_SET,
      count: 1,
      storageEngine: 'wiredTiger',
      // Detached, so that Ctrl-C reaches this process alone and the database outlives whoever still writes to it.
      spawn: { detached: true, env: { ...env, LOCAL_MONGOD_FSYNC: kept === null ? 'off' : 'on' } },
    },
    instanceOpts: [{ port, launchTimeout: LAUNCH_MS, dbPath }],
  });
  try {
    await startQuietly(replSet);
  } catch (error) {
    const reason = (await lastLineOf(join(dbPath, 'postgres.log'))) ?? reasonOf(error);
    await discard();
    throw new DatabaseUnavailable(`${choice.description} did not start: ${reason}`, { cause: error });
  }
  const server = replSet.servers[0]?.instanceInfo?.instance.mongodProcess;

  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off('exit', onExit);
    return (stopped ??= replSet.stop().then(discard));
  };
  const onSignal = (signal: NodeJS.Signals): void => void stop().finally(() => process.kill(process.pid, signal));
  const onExit = (): void => void server?.kill('SIGTERM');
  if (stopOnSignal) for (const signal of SIGNALS) process.on(signal, onSignal);
  process.on('exit', onExit);
  server?.once('exit', () => {
    if (!stopped) log('Database: the server has ended by itself or by another hand; start again.');
  });

  // The stand-in does not know a repeated write by its number, so a driver must not repeat one by itself.
  const uri = `${replSet.getUri()}${choice.kind === 'stand-in' ? '&retryWrites=false' : ''}`;
  const where = kept === null ? 'its data thrown away on stop' : `data in ${folder}`;
  const description = `${choice.description}, port ${port}, ${where}`;
  return { uri, kind: choice.kind, description, pid: server?.pid ?? null, stop };
}

/** Without the stack traces that the original prints of an error it also throws. */
async function startQuietly(replSet: MongoMemoryReplSet): Promise<void> {
  process.env['MONGOMS_SYSTEM_BINARY_VERSION_CHECK'] ??= 'false';
  const { warn } = console;
  console.warn = () => undefined;
  await replSet.start().finally(() => { console.warn = warn; });
}

const lastLineOf = (file: string): Promise<string | null> =>
  readFile(file, 'utf8').then((text) => text.trimEnd().split('\n').at(-1) || null, () => null);

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** A folder for each kind: neither server could read the other's files. */
async function keptFolder(dataDir: string, kind: 'mongod' | 'stand-in', log: (line: string) => void): Promise<string> {
  const [folder, other] = [join(dataDir, kind), join(dataDir, kind === 'mongod' ? 'stand-in' : 'mongod')];
  const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false);
  if (!(await exists(folder)) && (await exists(other))) {
    log(`Database: starting empty; the data of the last start are in ${other}, which this server cannot read.`);
  }
  return folder;
}

const lastPort = (folder: string): Promise<number | null> =>
  readFile(join(folder, 'port'), 'utf8').then((text) => Number(text) || null, () => null);

/** A predecessor that was killed may need a moment to let go of its port. */
async function untilFree(port: number): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await isFree(port)); await sleep(100)) {
    if (Date.now() > deadline) {
      throw new DatabaseUnavailable(`Port ${port} is taken; stop what listens there or choose another for the database.`);
    }
  }
}

const isFree = (port: number): Promise<boolean> => listenOn(port).then(() => true, () => false);
const freePort = (): Promise<number> => listenOn(0);

function listenOn(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: taken } = server.address() as { port: number };
      server.close(() => resolve(taken));
    });
  });
}

/** One line: what a failed program said last, or else the beginning of the error. */
function reasonOf(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const line = stderr?.trim() ? stderr.trim().split('\n').at(-1) : message?.split('\n')[0];
  return (line ?? String(error)).replace(/\.$/, '');
}
