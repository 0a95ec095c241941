import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readConfig } from '../../gateway/config.js';
import { manifestFrom } from '../../gateway/limits/persisted.js';
import { readEnvironment } from '../../subgraphs/shared/environment.js';
import { telemetrySettings } from '../../telemetry/settings.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

type Yaml = string | Yaml[] | { [key: string]: Yaml };
type YamlMap = { [key: string]: Yaml };
interface Line {
  readonly indent: number;
  readonly text: string;
}

/** Reads the part of YAML that the file keeps to: block maps and lists, JSON lists, anchors, merges; else it throws. */
function parseYaml(text: string): YamlMap {
  const lines: Line[] = text.split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .map((line) => ({ indent: line.search(/\S/), text: line.trim() }));
  const entry = /^([\w<./-]+):(?: &([\w-]+))?(?: (.+))?$/;
  const anchors = new Map<string, Yaml>();
  let at = 0;

  const scalar = (value: string): Yaml => {
    if (value.startsWith('*')) return anchors.get(value.slice(1)) ?? unknown(value);
    if (value === '{}') return {};
    if (/^["[]/.test(value)) return JSON.parse(value) as Yaml;
    return /^[{|>'&!]|\s#|:\s/.test(value) ? unknown(value) : value;
  };
  const unknown = (value: string): never => {
    throw new Error(`docker-compose.yml: this reader does not know ${value}.`);
  };
  function block(indent: number): Yaml {
    if (lines[at]?.text.startsWith('- ')) {
      const list: Yaml[] = [];
      for (let line = lines[at]; line?.indent === indent && line.text.startsWith('- '); line = lines[at]) {
        list.push(scalar(line.text.slice(2)));
        at += 1;
      }
      return list;
    }
    const map: YamlMap = {};
    for (let line = lines[at]; line && line.indent === indent; line = lines[at]) {
      const [, key = '', anchor, value] = entry.exec(line.text) ?? unknown(line.text);
      at += 1;
      const inner = lines[at]?.indent ?? 0;
      const found = value === undefined ? block(inner > indent ? inner : unknown(line.text)) : scalar(value);
      if (anchor !== undefined) anchors.set(anchor, found);
      if (key === '<<') Object.assign(map, found);
      else map[key] = found;
    }
    return map;
  }
  const whole = block(0) as YamlMap;
  return at === lines.length ? whole : unknown(lines[at]?.text ?? '');
}

interface Service {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly healthcheck: { readonly test?: readonly string[]; readonly disable?: string };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly [key: string]: unknown;
}

const compose = parseYaml(read('docker-compose.yml'));
const services = compose['services'] as unknown as Readonly<Record<string, Service>>;
const service = (name: string): Service => services[name] ?? wrong(`docker-compose.yml has no service ${name}.`);
const wrong = (reason: string): never => {
  throw new Error(reason);
};
const dockerfile = read('Dockerfile').replace(/\\\n\s*/g, '');
const finalStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
const levels = ['city', 'district', 'street', 'community'];
const ours = [...levels, 'gateway', 'seed'];

/** What README.md says to set for it. */
const tracingVariables = Object.fromEntries([...read('README.md').matchAll(/\b(OTEL_\w+)=(\S+) (?=.*\\$)/gm)].map(([, name = '', value = '']) => [name, value]));

const folder = mkdtempSync(join(tmpdir(), 'compose-'));
afterAll(() => rmSync(folder, { recursive: true }));
const run = promisify(execFile);

/** What `docker/keys.mjs` prints, as Compose reads it. */
const envFile = Object.fromEntries(
  execFileSync(process.execPath, ['--import', 'tsx', 'docker/keys.mjs', folder], { cwd: root, encoding: 'utf8' })
    .trim().split('\n').map((line) => /^(\w+)='(.*)'$/.exec(line)?.slice(1) ?? wrong(line)),
) as Record<string, string>;

/** `${NAME:-default}` and `${NAME:?reason}`, with what the environment file gives. */
const interpolated = (value: string): string =>
  value.replace(/\$\{(\w+):([-?])([^}]*)\}/g, (_all, name: string, kind: string, rest: string) =>
    envFile[name] ?? (kind === '-' ? rest : wrong(`${name}: ${rest}`)));

const imageEnvironment = Object.fromEntries(
  (/^ENV (.+)$/m.exec(finalStage)?.[1] ?? '').split(/\s+/).map((pair) => pair.split('=') as [string, string]),
);
const environmentOf = (name: string): Record<string, string> => ({
  ...imageEnvironment,
  ...Object.fromEntries(Object.entries(service(name).environment).map(([key, value]) => [key, interpolated(value)])),
});

/** Names in an environment's shape: `  PORT: z.…`. */
const namesIn = (path: string): string[] =>
  [...read(path).matchAll(/^ {2}([A-Z][A-Z_]+): /gm)].map(([, name = '']) => name);
/** What a process of the community takes apart from the others, by the names that it destructures. */
const settingsIn = (path: string): string[] => [...read(path).matchAll(/\b([A-Z]+(?:_[A-Z]+)+): \w+ = ''/g)].map(([, name = '']) => name);
const telemetry = namesIn('telemetry/settings.ts');
const urls = levels.map((name) => `${name.toUpperCase()}_URL`);
const readBy: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(levels.map((name) => [name, [...namesIn('subgraphs/shared/environment.ts'), ...telemetry]])),
  community: ['subgraphs/shared/environment.ts', 'subgraphs/community/notices/environment.ts', 'subgraphs/community/materials/environment.ts']
    .flatMap((path) => [...namesIn(path), ...settingsIn(path)]).concat(telemetry),
  gateway: [...namesIn('gateway/config.ts'), ...urls, ...telemetry],
  seed: levels.map((name) => `${name.toUpperCase()}_MONGODB_URI`),
};

describe('docker-compose.yml', () => {
  it.each(levels)('gives %s all that its process asks for', (name) => {
    const environment = readEnvironment(environmentOf(name));
    expect(environment).toMatchObject({
      HOST: '0.0.0.0', PORT: 4000, MONGODB_URI: `mongodb://mongodb:27017/hefei_${name}?replicaSet=rs0`,
      SERVICE_PRIVATE_KEY: { kid: name }, CITY_URL: 'http://city:4000', COMMUNITY_URL: 'http://community:4000',
    });
    expect(environment.SERVICE_JWKS.keys.map(({ kid }) => kid)).toEqual(['gateway', ...levels]);
  });

  it('gives the gateway all that its process asks for, for production', () => {
    expect(readConfig(environmentOf('gateway'), [])).toMatchObject({
      production: true, host: '0.0.0.0', port: 4000, devTokens: null, persistedOnly: false, trustedProxies: [], auth: { issuer: 'hefei-platform' },
      urls: Object.fromEntries(levels.map((name) => [name, `http://${name}:4000`])),
    });
  });

  it('gives the gateway the operations that a newer supergraph must still answer', () => {
    const { OPERATIONS_FILE = '' } = environmentOf('gateway');
    expect([isInImage(OPERATIONS_FILE), readConfig(environmentOf('gateway'), []).manifest?.size]).toEqual([true, manifestFrom(read(OPERATIONS_FILE)).size]);
  });

  it.each(ours)('sets nothing that %s does not read', (name) => {
    const set = Object.keys(service(name).environment);
    expect(set.filter((variable) => !readBy[name]?.includes(variable))).toEqual([]);
  });

  it.each(ours)('starts %s by a file that is in the image', (name) => {
    const { command, healthcheck: { test = [] } } = service(name);
    const files = [...command, ...test].filter((word) => /\.(ts|mjs)$/.test(word));
    expect(files.length).toBeGreaterThan(0);
    expect(files.filter((file) => !existsSync(join(root, file)) || !isInImage(file))).toEqual([]);
  });

  it('mounts the script that makes the database a replica set', () => {
    const { healthcheck: { test = [] }, volumes } = service('mongodb');
    const [host = '', inside] = (volumes as string[]).find((volume) => volume.startsWith('./'))?.split(':') ?? [];
    expect([inside, existsSync(join(root, host))]).toEqual([test.at(-1), true]);
    expect(read(host)).toContain(`host: 'mongodb:27017'`);
  });

  it('takes every key from the environment and has no default for any', () => {
    const secret = Object.values(services).flatMap(({ environment }) =>
      Object.entries(environment).filter(([name]) => /PRIVATE_KEY|JWKS$/.test(name)).map(([, value]) => value));
    expect(secret).toHaveLength(9);
    expect(secret.filter((value) => !/^\$\{\w+:\?.+\}$/.test(value))).toEqual([]);
  });

  it.each(Object.keys(services))('gives %s no more than it needs', (name) => {
    expect(service(name)).toMatchObject({
      read_only: 'true', cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'],
      restart: expect.stringMatching(/^(unless-stopped|on-failure:3)$/),
      mem_limit: expect.any(String), cpus: expect.any(String), pids_limit: expect.any(String),
    });
    expect(service(name)['privileged']).toBeUndefined();
  });

  it('publishes the gateway alone, and to this machine alone', () => {
    const published = Object.entries(services)
      .flatMap(([name, { ports }]) => (ports === undefined ? [] : [[name, ports]]));
    expect(published).toEqual([['gateway', ['127.0.0.1:${GATEWAY_PORT:-4000}:4000']], ['jaeger', ['127.0.0.1:${JAEGER_PORT:-16686}:16686']]]);
    for (const name of ['gateway', 'jaeger']) expect(service(name)['networks']).not.toContain('data');
  });

  it('starts Jaeger only when tracing is asked for, where all that send spans can reach it', () => {
    const withProfile = Object.entries(services).filter(([, { profiles }]) => profiles !== undefined);
    expect(withProfile.map(([name, { profiles }]) => [name, profiles])).toEqual([['jaeger', ['tracing']]]);
    for (const name of [...levels, 'gateway']) {
      const networks = service(name)['networks'] as string[];
      expect(networks.filter((network) => (service('jaeger')['networks'] as string[]).includes(network))).not.toEqual([]);
      expect(telemetrySettings(environmentOf(name), name)).toEqual({ settings: null, problems: [] });
      const { settings } = telemetrySettings({ ...environmentOf(name), ...tracingVariables }, name);
      expect(settings).toMatchObject({ endpoint: 'http://jaeger:4318', metricsEveryMs: null });
    }
  });

  it('starts nothing before what it needs is there', () => {
    const needs = (name: string): [string, string][] =>
      Object.entries(service(name).depends_on ?? {}).map(([on, { condition }]) => [on, condition]);
    for (const name of [...levels, 'seed']) expect(needs(name)).toEqual([['mongodb', 'service_healthy']]);
    expect(needs('gateway')).toEqual([
      ['seed', 'service_completed_successfully'], ...levels.map((name) => [name, 'service_healthy']),
    ]);
  });
});

/** Whether the build's context and the final image have it. */
function isInImage(path: string): boolean {
  const [top = ''] = path.split('/');
  const patterns = read('.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const ignored = patterns.filter((line) => !/[*!]/.test(line));
  return patterns.includes(`!${top}`)
    && finalStage.includes(`\nCOPY --from=checked /app/${top} ${top}\n`)
    && !ignored.some((folder) => path.startsWith(`${folder}/`));
}

/** A file and all that it imports by path. */
function closure(file: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, specifier = ''] of read(file).matchAll(/(?:from|import) '(\.{1,2}\/[^']+)'/g)) {
    const path = normalize(join(dirname(file), specifier));
    closure(existsSync(join(root, path)) ? path : path.replace(/\.js$/, '.ts'), seen);
  }
  return seen;
}

describe('the image', () => {
  it('has GraphiQL made, since nothing can be written where it runs', () => {
    const [made, final] = [read('Dockerfile').indexOf('await ensurePage()'), read('Dockerfile').indexOf('\nCOPY --from=checked /app/gateway gateway\n')];
    expect(made).toBeGreaterThan(0);
    expect(final).toBeGreaterThan(made);
    expect(isInImage('gateway/graphiql/build.ts')).toBe(true);
  });

  const entries = [
    ...levels.map((name) => `subgraphs/${name}/index.ts`), 'gateway/index.ts', 'docker/seed.mjs', 'docker/keys.mjs',
    'scripts/token.ts',
  ];
  it.each(entries)('has every file that %s imports', (entry) => {
    const files = [...closure(entry)];
    expect(files.length).toBeGreaterThan(1);
    expect(files.filter((file) => !isInImage(file))).toEqual([]);
  });

  it('has the data that the levels and the seeding read', () => {
    const sources = ['scripts/seedData.ts', 'subgraphs/community/persistence/categories.ts'].map(read).join('\n');
    const names = [...sources.matchAll(/'(?:[./]*data\/)?([\w-]+\.(?:csv|json))'/g)]
      .map(([, name = '']) => `data/${name}`);
    expect(names.length).toBeGreaterThan(4);
    expect(names.filter((name) => !existsSync(join(root, name)) || !isInImage(name))).toEqual([]);
  });

  it('runs as a user without rights, with the packages of production, and knows no key', () => {
    expect(finalStage).toMatch(/^USER node$/m);
    expect(finalStage).toMatch(/npm ci --omit=dev --ignore-scripts/);
    expect(imageEnvironment['NODE_ENV']).toBe('production');
    expect(dockerfile).not.toMatch(/^(ARG|ENV) .*(KEY|SECRET|PASSWORD|TOKEN|MONGODB_URI)/m);
    expect(new Set([...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)))
      .toEqual(new Set(['node:20-bookworm-slim']));
  });

  it(`leaves out keys, a running platform's data and the history`, () => {
    const [first] = read('.dockerignore').split('\n').filter((line) => !line.startsWith('#'));
    expect(first).toBe('*');
    const outside = ['.data/keys/development.json', '.git/config', '.env', 'node_modules/zod/index.js', 'test/kit/a.ts'];
    expect(outside.filter(isInImage)).toEqual([]);
  });
});

describe('docker/health.mjs', () => {
  const check = async (status: number): Promise<number> => {
    const asked: (string | undefined)[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(status).end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const PORT = String((server.address() as AddressInfo).port);
    const code = await run(process.execPath, ['docker/health.mjs', '/ready'], { cwd: root, env: { PORT } })
      .then(() => 0, (error: { code: number }) => error.code);
    server.close();
    expect(asked).toEqual(['/ready']);
    return code;
  };

  it('is content with a process that is ready', async () => expect(await check(200)).toBe(0));
  it.each([503, 404])('is not content with the answer %d', async (status) => expect(await check(status)).toBe(1));

  it('is not content when nobody answers', async () => {
    const checked = run(process.execPath, ['docker/health.mjs'], { cwd: root, env: { PORT: '1' } });
    await expect(checked).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('/health: ') });
  });
});

it('docker/seed.mjs names the databases it was not given', async () => {
  const seeding = run(process.execPath, ['--import', 'tsx', 'docker/seed.mjs'], {
    cwd: root, env: { PATH: process.env['PATH'], CITY_MONGODB_URI: 'mongodb://127.0.0.1:1' },
  });
  const stderr = expect.stringMatching(/^Set DISTRICT_MONGODB_URI, STREET_MONGODB_URI, COMMUNITY_MONGODB_URI to /);
  await expect(seeding).rejects.toMatchObject({ code: 1, stderr });
});
