// `npm run bench:calm -- [--seconds 5]`: what callers of the gateway see while each level is killed, hangs and comes back, and when
// twice as much is asked as can be answered. The four benchmark subgraphs stand for the levels. Prints one JSON line last; exit 1
// when anything is not as calm as it must be.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Pool } from 'undici';
import { unusedPorts } from '../platform/processes.js';
import { percentile } from './client.js';
import { composeShop, createProcesses, freePort, stop } from './gateway/processes.js';
import { shopQueries, subgraphNames, type ShopSubgraph } from './gateway/shop.js';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } });
const seconds = Number(values.seconds);
if (!Number.isInteger(seconds) || seconds < 1) {
  console.error('Use: npm run bench:calm -- [--seconds 5], a whole number above 0.');
  process.exit(1);
}

const say = (line: string): void => console.log(line);
/** How long a level may take here; the gateway's own default is 30 s. */
const timeoutMs = 500;
const steady = 20;
const connections = 50;
const wanted = { backMs: 1_000, overloadRatio: 3 };

interface Asked {
  readonly at: number;
  readonly ms: number;
  readonly kind: 'whole' | 'partial' | 'refused' | 'wrong';
  /** Levels that the answer says are DOWN. */
  readonly down: readonly string[];
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
  readonly extensions?: { readonly levels?: readonly { readonly subgraph: string; readonly state: string }[] };
}

let nonce = 0;

async function ask(pool: Pool, query: string): Promise<Asked> {
  const at = performance.now();
  const asked = (kind: Asked['kind'], down: readonly string[] = []): Asked => ({ at, ms: performance.now() - at, kind, down });
  try {
    const { statusCode, headers, body } = await pool.request({
      method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { nonce: `n${(nonce += 1)}` } }),
    });
    const { data, errors, extensions } = (await body.json()) as Answer;
    if (statusCode === 503) return asked(headers['retry-after'] === undefined ? 'wrong' : 'refused');
    if (errors === undefined) return asked('whole');
    const down = extensions?.levels?.filter(({ state }) => state === 'DOWN').map(({ subgraph }) => subgraph) ?? [];
    const isPartial = data != null && down.length > 0 && errors.every((error) => error.extensions?.code === 'LEVEL_UNAVAILABLE');
    return asked(isPartial ? 'partial' : 'wrong', down);
  } catch {
    return asked('wrong');
  }
}

/** Asks by so many at once until it is told to stop. */
function load(url: string, query: string, atOnce: number): { readonly asked: Asked[]; stop(): Promise<void> } {
  const pool = new Pool(new URL(url).origin, { connections: atOnce });
  const asked: Asked[] = [];
  let ended = false;
  const callers = Array.from({ length: atOnce }, async () => {
    while (!ended) asked.push(await ask(pool, query));
  });
  return {
    asked,
    async stop() {
      ended = true;
      await Promise.all(callers);
      await pool.close();
    },
  };
}

const p99 = (asked: readonly Asked[]): number => percentile(asked.map(({ ms }) => ms), 99);
const count = (asked: readonly Asked[], kind: Asked['kind']): number => asked.filter((one) => one.kind === kind).length;
const rounded = (value: number): number => Math.round(value * 10) / 10;

interface Trouble {
  readonly level: string;
  readonly wrong: number;
  readonly partial: number;
  readonly p99Ms: number;
  /** From the level's being there again to the last answer that lacked it. */
  readonly backMs: number;
}

/** What callers see from when a level is taken away to when it is back. */
async function during(url: string, query: string, level: ShopSubgraph, trouble: { begin(): Promise<void>; end(): Promise<void> }): Promise<Trouble> {
  const running = load(url, query, steady);
  await sleep(500);
  await trouble.begin();
  const from = performance.now();
  await sleep(seconds * 1_000);
  await trouble.end();
  const back = performance.now();
  await sleep(2_000);
  await running.stop();
  const away = running.asked.filter(({ at }) => at >= from && at < back);
  const partial = running.asked.filter(({ kind, down }) => kind === 'partial' && down.includes(level));
  const wrong = running.asked.filter((one) => one.kind === 'wrong' || (one.kind === 'partial' && !one.down.includes(level)));
  return {
    level, wrong: wrong.length, partial: partial.length, p99Ms: rounded(p99(away)),
    backMs: rounded(Math.max(0, ...partial.map(({ at, ms }) => at + ms - back))),
  };
}

/** Sends so many a second, whether they are answered or not; the first second, in which connections are made, does not count. */
async function flood(url: string, query: string, perSecond: number): Promise<Asked[]> {
  const pool = new Pool(new URL(url).origin, { connections: 500 });
  const asked: Promise<Asked>[] = [];
  const from = performance.now();
  while (performance.now() - from < (1 + seconds) * 1_000) {
    const due = ((performance.now() - from) / 1_000) * perSecond;
    while (asked.length < due) asked.push(ask(pool, query));
    await sleep(2);
  }
  const all = (await Promise.all(asked)).filter(({ at }) => at >= from + 1_000);
  await pool.close();
  return all;
}

const overloadRounds = 3;

/** What came of asking for twice as much as before. */
interface Overload {
  readonly usual: { readonly perSecond: number; readonly p99Ms: number };
  readonly accepted: number;
  readonly refused: number;
  readonly wrong: number;
  readonly p99Ms: number;
  /** Of the p99 to the usual one. */
  readonly ratio: number;
}

const processes = createProcesses();
const folder = mkdtempSync(join(tmpdir(), 'bench-calm-'));
try {
  const ports = await unusedPorts(subgraphNames.length);
  const portOf = (name: ShopSubgraph): number => ports[subgraphNames.indexOf(name)] ?? 0;
  const levels = new Map<ShopSubgraph, ChildProcess>();
  for (const name of subgraphNames) levels.set(name, await processes.startSubgraph(name, portOf(name), 'executing'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await processes.start(['gateway/index.ts', '--supergraph', composeShop(folder, ports), '--port', String(port), '--no-auth'], port, { SUBGRAPH_TIMEOUT_MS: String(timeoutMs), LOG_LEVEL: 'error' });
  const { small } = shopQueries;

  const warm = load(url, small, connections);
  await sleep(2_000);
  await warm.stop();

  const killed: Trouble[] = [];
  const hung: Trouble[] = [];
  const tell = (what: string, { level, partial, wrong, p99Ms, backMs }: Trouble): void =>
    say(`${level} ${what} for ${seconds} s: ${partial} answers in part, ${wrong} wrong, p99 ${p99Ms} ms; in use again after ${backMs} ms`);
  for (const level of subgraphNames) {
    const kill = await during(url, small, level, {
      begin: async () => stop(levels.get(level) as ChildProcess),
      end: async () => void levels.set(level, await processes.startSubgraph(level, portOf(level), 'executing')),
    });
    killed.push(kill);
    tell('killed', kill);
    const hang = await during(url, small, level, {
      begin: async () => void levels.get(level)?.kill('SIGSTOP'),
      end: async () => void levels.get(level)?.kill('SIGCONT'),
    });
    hung.push(hang);
    tell('hung', hang);
  }

  // After all that, so that it is what a gateway can do that has long been running; and more than once, since one hiccup of the
  // machine makes a p99.
  const rounds: Overload[] = [];
  for (let round = 0; round < overloadRounds; round += 1) {
    const running = load(url, small, connections);
    await sleep(seconds * 1_000);
    await running.stop();
    const usual = { perSecond: Math.round(count(running.asked, 'whole') / seconds), p99Ms: rounded(p99(running.asked)) };
    say(`usual: ${usual.perSecond} requests a second from ${connections} at once, p99 ${usual.p99Ms} ms`);
    const flooded = await flood(url, small, 2 * usual.perSecond);
    const accepted = flooded.filter(({ kind }) => kind === 'whole');
    const overload = {
      usual, accepted: accepted.length, refused: count(flooded, 'refused'), wrong: count(flooded, 'wrong') + count(flooded, 'partial'),
      p99Ms: rounded(p99(accepted)), ratio: Math.round((p99(accepted) / usual.p99Ms) * 100) / 100,
    };
    say(`overload, ${2 * usual.perSecond} requests a second: ${overload.accepted} answered with p99 ${overload.p99Ms} ms, ${overload.refused} asked to come again, ${overload.wrong} wrong`);
    rounds.push(overload);
  }
  const byRatio = [...rounds].sort((one, other) => one.ratio - other.ratio);
  const { usual, ...overload } = { ...byRatio[Math.floor(overloadRounds / 2)] as Overload, wrong: rounds.reduce((sum, { wrong }) => sum + wrong, 0) };

  const worst = (key: 'wrong' | 'p99Ms' | 'backMs', all: readonly Trouble[]): number => Math.max(...all.map((one) => one[key]));
  const troubles = [...killed, ...hung];
  const isCalm = worst('wrong', troubles) === 0 && worst('backMs', troubles) <= wanted.backMs && troubles.every(({ partial }) => partial > 0)
    && overload.wrong === 0 && overload.ratio <= wanted.overloadRatio;
  process.exitCode = isCalm ? 0 : 1;
  say(JSON.stringify({
    usual, killed: { wrong: worst('wrong', killed), p99Ms: worst('p99Ms', killed), backMs: worst('backMs', killed) },
    hung: { wrong: worst('wrong', hung), p99Ms: worst('p99Ms', hung), backMs: worst('backMs', hung) }, overload,
  }));
} finally {
  await processes.stopAll();
  rmSync(folder, { recursive: true, force: true });
}
