// `npm run bench:gateway -- [--seconds 5] [--rounds 3] [--connections 50] [--peers hive,hiveRust,grafbase|none]`: the gateway
// beside others, and beside itself with Apollo's planner, over four benchmark subgraphs. All are processes of their own on this
// machine; each request is another one, of another town's data, so that none can be answered by what another fetched (beside it,
// as `sameData`, all of one town's); answers are compared; `oneConnection` is the time of an answer where there is nothing to
// batch. Prints a table, and one JSON line last; exit 1 when an answer is not the same everywhere.
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { developmentKeys } from '../keys.js';
import { unusedPorts } from '../platform/processes.js';
import { signToken } from '../token.js';
import { load, sample, type LoadOptions } from './gateway/load.js';
import { installPeers, peerNames } from './gateway/peers.js';
import { composeShop, createProcesses, freePort, placesOf, root, stop } from './gateway/processes.js';
import {
  bothFigures, bothLatencies, measuredHeading, measuredRow, summary, type Measured, type Own, type Results, type Usage,
} from './gateway/report.js';
import { shopQueries, subgraphNames, towns, type ShopQuery } from './gateway/shop.js';
import { gatewayUsage, readGatewayOptions, type GatewayOptions } from './options.js';

const queryNames = Object.keys(shopQueries) as ShopQuery[];
const ticksPerSecond = 100;
/** Of one connection: the time of an answer is all that counts there. */
const aloneSeconds = 2;

function readOptions(): GatewayOptions {
  try {
    return readGatewayOptions(process.argv.slice(2), peerNames);
  } catch (error) {
    console.error(`${(error as Error).message}\n${gatewayUsage(peerNames)}`);
    process.exit(1);
  }
}

interface Contender {
  readonly name: string;
  readonly url: string;
  readonly process: ChildProcess;
}

const { seconds, rounds, connections, peers: wanted } = readOptions();
const say = (line: string): void => console.log(line);
const processes = createProcesses();
const folder = mkdtempSync(join(tmpdir(), 'bench-gateway-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const startSubgraphs = (mode: string, ports: readonly number[]): Promise<ChildProcess[]> =>
  Promise.all(subgraphNames.map((name, index) => processes.startSubgraph(name, ports[index] ?? 0, mode)));

async function contender(name: string, made: (port: number) => readonly string[], environment?: Record<string, string>): Promise<Contender> {
  const port = await freePort();
  return { name, url: `http://127.0.0.1:${port}`, process: await processes.start(made(port), port, environment) };
}

/** Processor time and resident memory, of its children too; zeros where the system has no /proc. */
function usageOf(pid: number | undefined): Usage {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const ticks = Number(fields[11]) + Number(fields[12]);
    const pages = Number(fields[21]);
    const own: Usage = { cpuMs: (ticks / ticksPerSecond) * 1_000, memoryMb: (pages * 4_096) / 1_048_576 };
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map((child) => usageOf(Number(child)));
    return children.reduce((sum, { cpuMs, memoryMb }) => ({ cpuMs: sum.cpuMs + cpuMs, memoryMb: sum.memoryMb + memoryMb }), own);
  } catch {
    return { cpuMs: 0, memoryMb: 0 };
  }
}

async function callsTo(ports: readonly number[]): Promise<number> {
  const counts = await Promise.all(ports.map(async (port) =>
    ((await (await fetch(`http://127.0.0.1:${port}/counted`)).json()) as { requests: number }).requests));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function measure(one: Contender, query: ShopQuery, expected: string, ports: readonly number[], how: How): Promise<Measured> {
  const [before, callsBefore] = [usageOf(one.process.pid), await callsTo(ports)];
  const result = await load({ url: one.url, query: shopQueries[query], connections, seconds, expected, ...how });
  const [after, callsAfter] = [usageOf(one.process.pid), await callsTo(ports)];
  return {
    ...result,
    cpuMs: (after.cpuMs - before.cpuMs) / result.requests,
    memoryMb: after.memoryMb,
    callsPerRequest: (callsAfter - callsBefore) / result.requests,
  };
}

type How = Pick<LoadOptions, 'towns' | 'tokens'> & Partial<Pick<LoadOptions, 'connections' | 'seconds'>>;

/** Rounds alternate, so that a slow minute of the machine is everyone's. */
async function compare(title: string, contenders: readonly Contender[], ports: readonly number[], how: How): Promise<{ results: Results; equal: boolean }> {
  const results: Results = { deep: new Map(), small: new Map() };
  let equal = true;
  for (const query of queryNames) {
    const samples = await Promise.all(contenders.map(({ url }) => sample(url, shopQueries[query])));
    const [expected = ''] = samples;
    equal &&= samples.every((text) => text === expected) && !expected.includes('"errors"');
    const measured = new Map(contenders.map(({ name }) => [name, [] as Measured[]]));
    // One round more, to get warm, which does not count.
    for (let round = 0; round <= rounds; round += 1) {
      for (const one of contenders) {
        const result = await measure(one, query, expected, ports, how);
        if (round > 0) measured.get(one.name)?.push(result);
      }
    }
    for (const [name, all] of measured) {
      const result = summary(all);
      results[query].set(name, result);
      equal &&= result.wrong === 0;
      say(measuredRow(title, query, name, result));
    }
  }
  return { results, equal };
}

/** One process, as Apollo's and Hive's are, and one to each core, all of which grafbase uses, too. */
const own: Readonly<Record<Own, readonly string[]>> = { ours: [], oursPerCore: ['--processes', 'auto'] };

try {
  const ports = await unusedPorts(subgraphNames.length);
  let subgraphs = await startSubgraphs('executing', ports);
  const file = composeShop(folder, ports);
  const gatewayArgs = (port: number): string[] => ['gateway/index.ts', '--supergraph', file, '--port', String(port)];
  const contenders = [
    await contender('stock', (port) => ['scripts/bench/gateway/stock.ts', file, String(port)]),
  ];
  for (const [name, args] of Object.entries(own)) contenders.push(await contender(name, (port) => [...gatewayArgs(port), '--no-auth', ...args]));
  const apolloPlanner = await contender('apolloPlanner', (port) => [...gatewayArgs(port), '--no-auth'], { GATEWAY_PLANNER: 'apollo' });
  const { peers, missing } = await installPeers(join(root, '.bench-peers'), wanted);
  for (const { name, why } of missing) say(`${name} is left out, since it cannot be had: ${why}`);
  for (const peer of peers) {
    const port = await freePort();
    const place = join(folder, peer.name);
    mkdirSync(place);
    const started = peer.start({ supergraphFile: file, subgraphs: placesOf(ports), folder: place, port });
    await processes.startOther(started, port, place).then(
      (child) => contenders.push({ name: peer.name, url: `http://127.0.0.1:${port}`, process: child }),
      (error: Error) => say(`${peer.name} is left out: ${error.message}`),
    );
  }
  measuredHeading.forEach(say);
  const executing = await compare('executing', [...contenders, apolloPlanner], ports, { towns });
  const sameData = await compare('executing, same data', contenders, ports, {});
  const stockAndOurs = contenders.filter(({ name }) => name === 'stock' || name === 'ours');
  const alone = await compare('executing, one connection', stockAndOurs, ports, { towns, connections: 1, seconds: Math.min(seconds, aloneSeconds) });

  const keys = await developmentKeys(join(folder, 'keys'));
  const signedIn = await contender('ours', gatewayArgs, {
    AUTH_PUBLIC_KEY: JSON.stringify(keys.issuerPublicJwk), SERVICE_PRIVATE_KEY: JSON.stringify(keys.services.gateway),
    RATE_ACTOR: '0',
  });
  const tokens = await Promise.all(Array.from({ length: connections }, (_, index) =>
    signToken({ id: `caller-${index}`, role: 'RESIDENT' }, { issuerPrivateJwk: keys.issuerPrivateJwk })));
  const distinct = await compare('executing, 50 actors', [signedIn], ports, { towns, tokens });

  await Promise.all(subgraphs.map(stop));
  subgraphs = await startSubgraphs('memoised', ports);
  const memoised = await compare('memoised', contenders, ports, {});

  const answersEqual = executing.equal && sameData.equal && alone.equal && distinct.equal && memoised.equal;
  say(JSON.stringify({
    answersEqual,
    ...bothFigures(executing.results, 'ours'),
    perCore: bothFigures(executing.results, 'oursPerCore'),
    sameData: { ...bothFigures(sameData.results, 'ours'), perCore: bothFigures(sameData.results, 'oursPerCore') },
    memoised: { ...bothFigures(memoised.results, 'ours'), perCore: bothFigures(memoised.results, 'oursPerCore') },
    distinctActors: bothFigures(distinct.results, 'ours'),
    oneConnection: bothLatencies(alone.results),
  }));
  if (!answersEqual) process.exitCode = 1;
} finally {
  await processes.stopAll();
}
