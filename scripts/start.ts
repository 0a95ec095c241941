// `npm start`: database, four subgraphs, real Hefei data, gateway; then the URL, tokens and a query to try.
import { join } from 'node:path';
import { z } from 'zod';
import { openDatabase, type Database } from './database.js';
import { developmentKeys } from './keys.js';
import { people, tokensOf } from './platform/people.js';
import { createPlatform, portIsFree, subgraphNames, type Platform, type ProcessName } from './platform/processes.js';
import { defaultDataDir, removeRunning, writeRunning } from './platform/running.js';
import { seed } from './seed.js';

const port = (fallback: number) =>
  z.coerce.number({ error: 'must be a port number, 1–65535' }).int('must be a whole number').min(1).max(65_535).default(fallback);
const environment = z.object({
  DATA_DIR: z.string().min(1).default(defaultDataDir),
  DATABASE_PREFIX: z.string().regex(/^\w{1,20}$/, 'must be 1–20 letters, digits or _').default('hefei'),
  PORT: port(4000),
  CITY_PORT: port(4001),
  DISTRICT_PORT: port(4002),
  STREET_PORT: port(4003),
  COMMUNITY_PORT: port(4004),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], { error: 'must be trace, debug, info, warn, error or silent' }).optional(),
});

const say = (line: string): void => console.log(line);
let database: Database | undefined;
let platform: Platform | undefined;
let dataDir: string | undefined;
let ending: Promise<never> | undefined;

function end(code: number, reason?: string): Promise<never> {
  ending ??= (async () => {
    if (reason !== undefined) console.error(reason);
    if (dataDir !== undefined) removeRunning(dataDir);
    await platform?.stop();
    await database?.stop();
    if (code === 0 && reason === undefined) say('Stopped.');
    process.exit(code);
  })();
  return ending;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (!ending) say('\nStopping …');
    void end(0);
  });
}

const query = `{
  city { name districts { name streets { name communities { name } } } }
}`;

const usage = `用法 / Use: npm start
没有参数;端口与数据目录用环境变量,如 / It takes no arguments; ports and the data folder are environment variables, such as:
  PORT=5000 DATA_DIR=/tmp/hefei npm start
变量 / Variables: ${Object.keys(environment.shape).join(' ')}`;

async function main(): Promise<void> {
  const [argument] = process.argv.slice(2);
  if (argument !== undefined) {
    await end(argument === '--help' || argument === '-h' ? 0 : 1, usage);
    return;
  }
  const parsed = environment.safeParse(process.env);
  if (!parsed.success) {
    await end(1, parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}.`).join('\n'));
    return;
  }
  const { DATA_DIR, DATABASE_PREFIX, PORT, CITY_PORT, DISTRICT_PORT, STREET_PORT, COMMUNITY_PORT } = parsed.data;
  const ports: Record<ProcessName, number> = { gateway: PORT, city: CITY_PORT, district: DISTRICT_PORT, street: STREET_PORT, community: COMMUNITY_PORT };
  for (const [name, number] of Object.entries(ports)) {
    if (!(await portIsFree(number))) {
      const variable = name === 'gateway' ? 'PORT' : `${name.toUpperCase()}_PORT`;
      await end(1, `Port ${number} (${name}) is taken: stop what uses it, or set ${variable} to another.`);
    }
  }

  say('合肥四级社区公共服务平台 · four-level public-service platform');
  database = await openDatabase({ dataDir: join(DATA_DIR, 'mongo'), log: say, stopOnSignal: false });
  const keys = await developmentKeys(join(DATA_DIR, 'keys'));
  const tokens = await tokensOf(keys);
  platform = createPlatform({
    databaseUri: database.uri,
    databasePrefix: DATABASE_PREFIX,
    ports,
    keys,
    devTokens: tokens,
    logDir: join(DATA_DIR, 'logs'),
    log: say,
    onUnexpectedExit: (name, reason) => void end(1, `${name} ended: ${reason}`),
  });
  const { start, urls, gatewayUrl, databaseUris } = platform;

  await Promise.all(subgraphNames.map(async (name) => {
    await start(name);
    say(`Subgraph ${name}: ${urls[name]}`);
  }));
  await seed({ uris: databaseUris, log: (line) => say(`Data: ${line}`) });
  await start('gateway');

  dataDir = DATA_DIR;
  writeRunning(dataDir, { pid: process.pid, databaseUris, urls });
  say(`Gateway: ${gatewayUrl}\n`);
  say('令牌,12 小时有效 / Tokens, valid for 12 hours (Authorization: Bearer …):');
  for (const { role, area, department } of people) say(`\n# ${role} ${area ?? department ?? ''}\n${tokens[role] ?? ''}`);
  say(`\n浏览器打开 / Open in a browser (GraphiQL): ${urls.gateway}/\n或试 / Or try:\n`);
  say(`curl -s ${gatewayUrl} -H 'content-type: application/json' -d '${JSON.stringify({ query: query.replace(/\s+/g, ' ') })}' | head -c 600`);
  say(`\n${query}\n\n日志 / Logs: ${join(DATA_DIR, 'logs')}\nCtrl-C 停止一切,数据保留。 / Ctrl-C stops everything; the data stay.`);
}

await main().catch((error: unknown) => end(1, error instanceof Error ? error.message : String(error)));
