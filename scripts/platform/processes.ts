// The platform's five processes as children of this one: started, watched, killed and stopped.
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SubgraphName } from '../../schema/events.js';
import { uriFor } from '../database.js';
import type { DevelopmentKeys } from '../keys.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readyMs = 60_000;
const stopMs = 4_000;

export const subgraphNames: readonly SubgraphName[] = ['city', 'district', 'street', 'community'];
export type ProcessName = SubgraphName | 'gateway';

export interface PlatformOptions {
  readonly databaseUri: string;
  /** Databases are called `<prefix>_city` and so on. */
  readonly databasePrefix: string;
  readonly ports: Readonly<Record<ProcessName, number>>;
  readonly keys: DevelopmentKeys;
  /** Role → token, offered by GraphiQL. */
  readonly devTokens?: Readonly<Record<string, string>>;
  /** One log file a process. */
  readonly logDir: string;
  readonly log: (line: string) => void;
  /** A process ended that nobody stopped. */
  readonly onUnexpectedExit: (name: ProcessName, reason: string) => void;
  readonly logLevel?: string;
}

export interface Platform {
  readonly gatewayUrl: string;
  readonly databaseUris: Readonly<Record<SubgraphName, string>>;
  readonly urls: Readonly<Record<ProcessName, string>>;
  start(name: ProcessName): Promise<void>;
  /** SIGKILL: between any two lines. */
  kill(name: ProcessName): Promise<void>;
  /** Ends all processes within some 4 s, by force where asking does not help. */
  stop(): Promise<void>;
}

/** Whether nothing listens on the port yet. */
export const portIsFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/** So many ports that nothing uses now, all held at once, so that no two are the same. */
export async function unusedPorts(count: number): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    return { server, port: (server.address() as AddressInfo).port };
  }));
  await Promise.all(held.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return held.map(({ port }) => port);
}

/** One for each process. */
export async function freePorts(): Promise<Record<ProcessName, number>> {
  const names: readonly ProcessName[] = ['gateway', ...subgraphNames];
  const ports = await unusedPorts(names.length);
  return Object.fromEntries(names.map((name, i) => [name, ports[i]])) as Record<ProcessName, number>;
}

export const databaseUrisOf = (databaseUri: string, prefix: string): Record<SubgraphName, string> =>
  Object.fromEntries(subgraphNames.map((name) => [name, uriFor(databaseUri, `${prefix}_${name}`)])) as Record<SubgraphName, string>;

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;
const exited = (child: ChildProcess): Promise<void> =>
  hasEnded(child) ? Promise.resolve() : new Promise((resolve) => child.once('exit', () => resolve()));

export function createPlatform(options: PlatformOptions): Platform {
  const { ports, keys, logDir, log } = options;
  const databaseUris = databaseUrisOf(options.databaseUri, options.databasePrefix);
  const urls = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [name, `http://127.0.0.1:${port}`]),
  ) as Record<ProcessName, string>;
  const children = new Map<ProcessName, ChildProcess>();
  const expected = new WeakSet<ChildProcess>();
  const files = new Map<ProcessName, WriteStream>();
  mkdirSync(logDir, { recursive: true });

  const common: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    NODE_ENV: process.env['NODE_ENV'] ?? 'development',
    LOG_LEVEL: options.logLevel ?? process.env['LOG_LEVEL'] ?? 'info',
    APOLLO_TELEMETRY_DISABLED: 'true',
    ...Object.fromEntries(subgraphNames.map((name) => [`${name.toUpperCase()}_URL`, `${urls[name]}/graphql`])),
  };

  /** Where notices go beside the API, if whoever starts this says so. */
  const noticeWebhook = (): NodeJS.ProcessEnv => {
    const { NOTICE_WEBHOOK_URL, NOTICE_WEBHOOK_SECRET } = process.env;
    return { ...(NOTICE_WEBHOOK_URL && { NOTICE_WEBHOOK_URL }), ...(NOTICE_WEBHOOK_SECRET && { NOTICE_WEBHOOK_SECRET }) };
  };
  const scanner = (): NodeJS.ProcessEnv => {
    const { MATERIAL_CLAMD_URL } = process.env;
    return { ...(MATERIAL_CLAMD_URL && { MATERIAL_CLAMD_URL }) };
  };

  /** Where spans go; each process keeps its own name. */
  const telemetry = (): NodeJS.ProcessEnv =>
    Object.fromEntries(Object.entries(process.env).filter(([name]) => /^OTEL_(EXPORTER|TRACES|METRICS?)_/.test(name)));

  /** A composed copy with subgraphs of others in it. */
  const supergraph = (): NodeJS.ProcessEnv => {
    const { SUPERGRAPH_FILE } = process.env;
    return { ...(SUPERGRAPH_FILE && { SUPERGRAPH_FILE }) };
  };

  const environmentOf = (name: ProcessName): NodeJS.ProcessEnv => ({
    ...common,
    ...telemetry(),
    PORT: String(ports[name]),
    SERVICE_PRIVATE_KEY: JSON.stringify(keys.services[name]),
    ...(name === 'community' && { ...noticeWebhook(), ...scanner() }),
    ...(name === 'gateway'
      ? {
          AUTH_PUBLIC_KEY: JSON.stringify(keys.issuerPublicJwk),
          OPERATIONS_FILE: 'schema/operations/manifest.json',
          ...supergraph(),
          ...(options.devTokens && { DEV_TOKENS: JSON.stringify(options.devTokens) }),
        }
      : { MONGODB_URI: databaseUris[name], SERVICE_JWKS: JSON.stringify(keys.serviceJwks) }),
  });

  async function start(name: ProcessName): Promise<void> {
    const entry = name === 'gateway' ? 'gateway/index.ts' : `subgraphs/${name}/index.ts`;
    const file = files.get(name) ?? createWriteStream(join(logDir, `${name}.log`), { flags: 'a' });
    files.set(name, file);
    let complaint = '';
    // A group of its own, so that Ctrl-C reaches this process alone; the IPC channel ends it with us, however we end.
    const child = spawn(process.execPath, ['--import', 'tsx', entry], {
      cwd: root, env: environmentOf(name), detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    children.set(name, child);
    child.stdout?.pipe(file, { end: false });
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2_000);
      file.write(chunk);
    });
    let ended = false;
    child.once('exit', (code, signal) => {
      ended = true;
      if (!expected.has(child)) options.onUnexpectedExit(name, complaint.trim() || `ended with ${signal ?? code}; see ${join(logDir, `${name}.log`)}`);
    });
    for (const deadline = Date.now() + readyMs; Date.now() < deadline; await sleep(50)) {
      if (ended) throw new Error(`${name}: ${complaint.trim() || 'ended before it was ready'}`);
      const answer = await fetch(`${urls[name]}/ready`).catch(() => null);
      if (answer?.ok) return;
    }
    throw new Error(`${name} was not ready within ${readyMs / 1_000} s; see ${join(logDir, `${name}.log`)}.`);
  }

  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    expected.add(child);
    child.kill(signal);
    await exited(child);
  }

  return {
    gatewayUrl: `${urls.gateway}/graphql`,
    databaseUris,
    urls,
    start,
    async kill(name) {
      const child = children.get(name);
      if (child) await end(child, 'SIGKILL');
    },
    async stop() {
      const living = [...children.values()].filter((child) => !hasEnded(child));
      const force = setTimeout(() => {
        log(`Not ended within ${stopMs / 1_000} s: ending by force.`);
        for (const child of living) child.kill('SIGKILL');
      }, stopMs);
      await Promise.all(living.map((child) => end(child, 'SIGTERM')));
      clearTimeout(force);
      for (const file of files.values()) file.end();
    },
  };
}
