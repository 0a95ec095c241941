// `npm run bench:loop -- --cases 500 [--concurrency 16] [--mix full] [--chaos]`: cases through the gateway over all four levels.
// Prints what it finds, and one JSON line last; exit 1 when anything was lost, doubled or miscounted.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Caller } from '../../gateway/claims.js';
import { ancestorAt } from '../../subgraphs/shared/domain/areaCode.js';
import { openDatabase } from '../database.js';
import { developmentKeys } from '../keys.js';
import { createPlatform, freePorts, subgraphNames } from '../platform/processes.js';
import { seed } from '../seed.js';
import { readSeedData } from '../seedData.js';
import { signToken } from '../token.js';
import { audit, isQuiet, openDatabases } from './audit.js';
import { Client, percentile } from './client.js';
import { hasMember, playCase, scriptOf, type Cast } from './script.js';

const usage = 'Use: npm run bench:loop -- [--cases 500] [--concurrency 16] [--mix plain|full] [--chaos]';
const settleMs = 60_000;
const chaosRounds = 2;

function readOptions(): { cases: number; concurrency: number; chaos: boolean; mix: 'plain' | 'full' } {
  try {
    const { values } = parseArgs({
      options: { cases: { type: 'string', default: '500' }, concurrency: { type: 'string', default: '16' }, chaos: { type: 'boolean', default: false }, mix: { type: 'string', default: 'plain' } },
    });
    const [cases, concurrency] = [Number(values.cases), Number(values.concurrency)];
    if (![cases, concurrency].every((n) => Number.isInteger(n) && n > 0)) throw new Error('Give whole numbers above 0.');
    const { chaos, mix } = values;
    if (mix !== 'plain' && mix !== 'full') throw new Error('The mix is plain or full.');
    return { cases, concurrency, chaos, mix };
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(1);
  }
}

const { cases, concurrency, chaos, mix } = readOptions();
/** With the cases of the neighbours. */
const wanted = cases + Array.from({ length: cases }, (_one, i) => i).filter((i) => hasMember(i, mix)).length;
const say = (line: string): void => console.log(line);
const folder = mkdtempSync(join(tmpdir(), 'bench-loop-'));
// Durable, as in production: a throw-away database would not wait for the disk.
const database = await openDatabase({ dataDir: join(folder, 'database'), log: say, stopOnSignal: false });
const keys = await developmentKeys(join(folder, 'keys'));
const platform = createPlatform({
  databaseUri: database.uri,
  // A database server of the caller's may hold other runs' data.
  databasePrefix: `bench_${Date.now().toString(36)}`,
  ports: await freePorts(),
  keys,
  logDir: join(folder, 'logs'),
  logLevel: 'warn',
  log: say,
  onUnexpectedExit: (name, reason) => {
    console.error(`${name} ended: ${reason}`);
    process.exit(1);
  },
});

const { areas } = await readSeedData();
/** Real communities, spread over the city. */
const communities = areas.filter(({ level }) => level === 'COMMUNITY').map(({ code }) => code).filter((_code, i) => i % 37 === 0);
const tokens = new Map<string, Promise<string>>();
const tokenOf = (caller: Caller): Promise<string> => {
  const key = JSON.stringify(caller);
  const token = tokens.get(key) ?? signToken(caller, { issuerPrivateJwk: keys.issuerPrivateJwk });
  tokens.set(key, token);
  return token;
};

async function castFor(i: number, community: string): Promise<Cast> {
  const street = ancestorAt(community, 'STREET');
  const district = ancestorAt(community, 'DISTRICT');
  return {
    resident: await tokenOf({ role: 'RESIDENT', id: `resident-${i % 200}` }),
    neighbour: await tokenOf({ role: 'RESIDENT', id: `neighbour-${i % 200}` }),
    community: await tokenOf({ role: 'COMMUNITY_CLERK', id: `clerk-${community}`, area: community }),
    street: await tokenOf({ role: 'STREET_CLERK', id: `clerk-${street}`, area: street }),
    district: await tokenOf({ role: 'DISTRICT_OFFICER', id: `officer-${district}`, area: district }),
    city: await tokenOf({ role: 'CITY_OFFICER', id: 'officer-city', area: '3401' }),
    department: await tokenOf({ role: 'DEPARTMENT_OFFICER', id: `officer-${district}-02`, department: `${district}-02` }),
    unit: `${district}-02`,
  };
}

/** Each level in turn is killed and started again, twice, while cases are under way. */
async function makeChaos(isOver: () => boolean): Promise<number> {
  let kills = 0;
  for (let round = 0; round < chaosRounds; round += 1) {
    for (const name of subgraphNames) {
      await sleep(1_000);
      if (isOver()) say(`chaos: ${name} killed after the last case was closed; use more --cases.`);
      await platform.kill(name);
      kills += 1;
      say(`chaos: ${name} killed (SIGKILL)`);
      await sleep(300);
      await platform.start(name);
      say(`chaos: ${name} is back`);
    }
  }
  return kills;
}

let failed = false;
try {
  await Promise.all(subgraphNames.map((name) => platform.start(name)));
  await seed({ uris: platform.databaseUris, log: () => undefined });
  await platform.start('gateway');
  say(`${cases} cases, ${concurrency} at a time${mix === 'full' ? ', full mix' : ''}${chaos ? ', with chaos' : ''}`);

  const client = new Client(platform.gatewayUrl, concurrency);
  const durations: number[] = [];
  let [next, mutations, done] = [0, 0, false];
  const started = performance.now();
  const worker = async (): Promise<void> => {
    for (let i = next++; i < cases; i = next++) {
      const community = communities[i % communities.length] ?? '';
      const began = performance.now();
      const taken = await playCase(client, await castFor(i, community), { title: `bench-${i}`, community, withMember: hasMember(i, mix), steps: scriptOf(i, mix) });
      mutations += taken;
      durations.push(performance.now() - began);
      if ((i + 1) % 100 === 0) say(`${i + 1} cases under way or done, ${Math.round(mutations / ((performance.now() - started) / 1_000))} mutations/s`);
    }
  };
  const [, kills] = await Promise.all([
    Promise.all(Array.from({ length: concurrency }, worker)).finally(() => (done = true)),
    chaos ? makeChaos(() => done) : 0,
  ]);
  const seconds = (performance.now() - started) / 1_000;
  await client.close();

  const databases = await openDatabases(platform.databaseUris);
  for (const deadline = Date.now() + settleMs; Date.now() < deadline && !(await isQuiet(databases)); await sleep(100));
  const { findings, ...figures } = await audit(databases, { wanted, prefix: 'bench-' });
  await databases.close();

  for (const finding of findings.slice(0, 20)) say(finding);
  if (findings.length > 20) say(`… and ${findings.length - 20} more`);
  failed = figures.closed !== wanted || figures.lost + figures.duplicated + figures.mismatchedCounts > 0;
  process.exitCode = failed ? 1 : 0;
  await finish();
  console.log(JSON.stringify({
    ...figures,
    ...(chaos && { kills }),
    loopP50Ms: Math.round(percentile(durations, 50)),
    loopP95Ms: Math.round(percentile(durations, 95)),
    mutationsPerSecond: Math.round(mutations / seconds),
    requestsPerSecond: Math.round(client.requests / seconds),
  }));
} catch (error) {
  failed = true;
  console.error(error);
  await finish();
  process.exit(1);
}

async function finish(): Promise<void> {
  await platform.stop();
  if (database.kind === 'uri') {
    const left = await openDatabases(platform.databaseUris);
    for (const name of subgraphNames) await left[name].dropDatabase();
    await left.close();
  }
  await database.stop();
  if (failed) say(`The processes' logs are in ${join(folder, 'logs')}.`);
  else rmSync(folder, { recursive: true, force: true });
}
