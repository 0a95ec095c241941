// `npm run bench:calm -- [--seconds 5]`: what callers of the gateway see while each level is killed, hangs, is slow and comes back,
// and when twice as much is asked as can be answered, of all levels and of one alone. The four benchmark subgraphs stand for the
// levels. Prints two tables, and one JSON line last; exit 1 when anything is not as calm as it must be.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unusedPorts } from '../platform/processes.js';
import { flood, load, type Question } from './calm/asking.js';
import { everyLevel, ofLevel, withoutLevel } from './calm/queries.js';
import {
  isCalm, keepsSpeed, middle, overloadHeading, overloadOf, overloadRow, troubleHeading, troubleOf, troubleRow, usualOf, worst,
  type Overload, type Trouble, type TroubleKind,
} from './calm/report.js';
import { slow, type Duty } from './calm/slow.js';
import { sample } from './gateway/load.js';
import { composeShop, createProcesses, freePort, stop } from './gateway/processes.js';
import { subgraphNames, towns, type ShopSubgraph } from './gateway/shop.js';
import { calmUsage, readCalmOptions } from './options.js';

function readOptions(): { readonly seconds: number } {
  try {
    return readCalmOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n${calmUsage}`);
    process.exit(1);
  }
}

const { seconds } = readOptions();
const say = (line: string): void => console.log(line);
/** How long a level may take here; the gateway's own default is 30 s. */
const timeoutMs = 500;
const duty: Duty = { stoppedMs: 150, everyMs: 200 };
const steady = { atOnce: 20 };
const others = { atOnce: 4, pauseMs: 20 };
const connections = { atOnce: 50 };
const overloadRounds = 3;

const processes = createProcesses();
const folder = mkdtempSync(join(tmpdir(), 'bench-calm-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const levels = new Map<ShopSubgraph, ChildProcess>();
const levelCalled = (name: ShopSubgraph): ChildProcess => levels.get(name) as ChildProcess;

/** Puts a level in trouble; answers how to help it out. */
type Troubling = (level: ShopSubgraph) => Promise<() => Promise<void>>;

const troubling = (portOf: (level: ShopSubgraph) => number): Readonly<Record<TroubleKind, Troubling>> => ({
  async killed(level) {
    await stop(levelCalled(level));
    return async () => void levels.set(level, await processes.startSubgraph(level, portOf(level), 'executing'));
  },
  async hung(level) {
    levelCalled(level).kill('SIGSTOP');
    return async () => void levelCalled(level).kill('SIGCONT');
  },
  async slowed(level) {
    const slowed = slow(levelCalled(level), duty);
    return () => slowed.end();
  },
});

try {
  const ports = await unusedPorts(subgraphNames.length);
  const portOf = (name: ShopSubgraph): number => ports[subgraphNames.indexOf(name)] ?? 0;
  for (const name of subgraphNames) levels.set(name, await processes.startSubgraph(name, portOf(name), 'executing'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await processes.start(['gateway/index.ts', '--supergraph', composeShop(folder, ports), '--port', String(port), '--no-auth'], port, { SUBGRAPH_TIMEOUT_MS: String(timeoutMs), LOG_LEVEL: 'error' });
  const questionOf = async (query: string, towns = 1): Promise<Question> => ({ query, expected: await sample(url, query), towns });

  /** A second or two, to get warm, which do not count. */
  async function warm(question: Question, forSeconds: number): Promise<void> {
    const running = load(url, question, connections);
    await sleep(forSeconds * 1_000);
    await running.stop();
  }

  async function during(kind: TroubleKind, level: ShopSubgraph, trouble: Troubling): Promise<Trouble> {
    const other = await questionOf(withoutLevel(level));
    const [running, beside] = [load(url, all, steady), load(url, other, others)];
    const span = { from: 0, back: 0 };
    try {
      await sleep(500);
      const help = await trouble(level);
      span.from = performance.now();
      await sleep(seconds * 1_000);
      await help();
      span.back = performance.now();
      await sleep(2_000);
    } finally {
      await Promise.all([running.stop(), beside.stop()]);
    }
    return troubleOf({ kind, level, asked: running.asked, others: beside.asked, ...span });
  }

  async function overloaded(question: Question, forSeconds: number): Promise<Overload> {
    const rounds: Overload[] = [];
    for (let round = 0; round < overloadRounds; round += 1) {
      const running = load(url, question, connections);
      await sleep(forSeconds * 1_000);
      await running.stop();
      const usual = usualOf(running.asked, forSeconds);
      rounds.push(overloadOf(usual, await flood(url, question, { perSecond: 2 * usual.perSecond, seconds: forSeconds })));
    }
    return middle(rounds);
  }

  const all = await questionOf(everyLevel);
  await warm(all, 2);

  const found: Record<TroubleKind, Trouble[]> = { killed: [], hung: [], slowed: [] };
  troubleHeading.forEach(say);
  for (const level of subgraphNames) {
    for (const [kind, trouble] of Object.entries(troubling(portOf)) as [TroubleKind, Troubling][]) {
      const seen = await during(kind, level, trouble);
      found[kind].push(seen);
      say(troubleRow(seen));
    }
  }

  // After all that, so that it is what a gateway can do that has long been running.
  overloadHeading.forEach(say);
  const { usual, ...overload } = await overloaded(all, seconds);
  say(overloadRow('all levels', { usual, ...overload }));
  const overloadOfOne: Partial<Record<ShopSubgraph, Overload>> = {};
  for (const level of subgraphNames) {
    // Of one town's data entities would be asked for once by all.
    const question = await questionOf(ofLevel[level], towns);
    await warm(question, 1);
    const one = await overloaded(question, Math.ceil(seconds / 2));
    overloadOfOne[level] = one;
    say(overloadRow(level, one));
  }

  const troubles = Object.values(found).flat();
  const overloads = [{ usual, ...overload }, ...Object.values(overloadOfOne)];
  process.exitCode = troubles.every((one) => isCalm(one, duty.stoppedMs)) && overloads.every(keepsSpeed) ? 0 : 1;
  say(JSON.stringify({
    usual, killed: worst(found.killed), hung: worst(found.hung), slowed: worst(found.slowed), overload, overloadOfOne,
  }));
} finally {
  await processes.stopAll();
}
