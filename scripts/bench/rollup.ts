// `npm run bench:rollup -- [--cases 1000000] [--counters-only]`: the city's dashboard over a year beside one hundredth of the
// cases, and the ledger over all of them, before and after one counter is spoilt. Prints one JSON line last; exit 1 when anything
// is wrong. With --counters-only the city's counters are all that is written of the cases, in a small part of the time: no ledger then.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SubgraphName } from '../../schema/events.js';
import { citySubgraph } from '../../subgraphs/city/subgraph.js';
import { countsMoved } from '../../subgraphs/community/domain/caseCounts.js';
import { readCategories } from '../../subgraphs/community/persistence/categories.js';
import { ancestorAt, levelBelow, type Level } from '../../subgraphs/shared/domain/areaCode.js';
import { counterId, entriesOf, upwardOf, type CountsMoved } from '../../subgraphs/shared/domain/counts.js';
import { groupBy } from '../../subgraphs/shared/domain/groupBy.js';
import { subgraphOf } from '../../subgraphs/shared/events/countsRollUp.js';
import { hostSubgraph } from '../../subgraphs/shared/http/subgraphHost.js';
import { openCounts } from '../../subgraphs/shared/persistence/counts.js';
import { openDatabase } from '../database.js';
import { developmentKeys } from '../keys.js';
import { compareCounts, merged, type Databases, type Difference } from '../ledger/compare.js';
import { documentOf } from '../ledger/document.js';
import { repairCounts } from '../ledger/repair.js';
import { databaseUrisOf, subgraphNames } from '../platform/processes.js';
import { seed } from '../seed.js';
import { readSeedData } from '../seedData.js';
import { openDatabases } from './audit.js';
import { percentile } from './client.js';
import { historyOf } from './history.js';
import { startInProcess } from './inProcess.js';

const usage = 'Use: npm run bench:rollup -- [--cases 1000000] [--counters-only]';
const { values } = parseArgs({ options: { cases: { type: 'string', default: '1000000' }, 'counters-only': { type: 'boolean', default: false } } });
const countersOnly = values['counters-only'];
const cases = Number(values.cases);
if (!Number.isInteger(cases) || cases < 100) {
  console.error(`${usage}, 100 at least.`);
  process.exit(1);
}
const say = (line: string): void => console.log(line);
const [runs, warmUps, batch] = [100, 10, 5_000];
const wantedRatio = 1.5;
const year = { from: '2025-01', to: '2025-12', firstDay: new Date('2025-01-01T01:00:00Z') };

const folder = mkdtempSync(join(tmpdir(), 'bench-rollup-'));
const keys = await developmentKeys(join(folder, 'keys'));
const database = await openDatabase({ dataDir: null, log: say, stopOnSignal: true });
const { areas } = await readSeedData();
const communities = areas.filter(({ level }) => level === 'COMMUNITY').map(({ code }) => code);
const categories = readCategories().map(({ path }) => path);

/** Cases, histories and the counters they give on all four levels, written in bulk by the functions that count one by one. */
async function fill(databases: Databases, count: number): Promise<void> {
  for (const name of subgraphNames) await openCounts(databases[name]);
  /** What is to be written, by level and collection, until there is a batch of it. */
  const waiting = new Map<string, object[]>();
  const insert = async (name: SubgraphName, collection: string, documents: readonly object[], atOnce = batch): Promise<void> => {
    const key = `${name} ${collection}`;
    const all = [...(waiting.get(key) ?? []), ...documents];
    for (; all.length >= atOnce && all.length > 0;) {
      await written(databases[name].collection(collection).insertMany(all.splice(0, batch) as Record<string, unknown>[], { ordered: false }));
    }
    waiting.set(key, all);
  };
  /** A few batches are on their way while the next is made. */
  const onTheirWay: Promise<unknown>[] = [];
  const written = async (one: Promise<unknown>): Promise<void> => {
    onTheirWay.push(one);
    if (onTheirWay.length >= 4) await Promise.all(onTheirWay.splice(0));
  };
  let made = 0;

  async function fillArea(level: Level, area: string): Promise<CountsMoved[]> {
    const below = levelBelow(level);
    const moved: CountsMoved[] = [];
    if (below === null) {
      const first = communities.indexOf(area);
      const numbers = Array.from({ length: Math.max(Math.ceil((count - first) / communities.length), 0) }, (_, i) => first + i * communities.length);
      const histories = numbers.map((n) => historyOf(n, area, { categories, firstDay: year.firstDay }));
      if (!countersOnly) {
        await insert('community', 'cases', histories.map(({ subject }) => subject));
        await insert('community', 'timeline', histories.flatMap(({ timeline }) => timeline));
      }
      moved.push(...merged(countsMoved(histories.flatMap(({ timeline }) => timeline.flatMap(({ counts = [] }) => counts)))));
      if (Math.floor((made + numbers.length) / 100_000) > Math.floor(made / 100_000)) say(`${made + numbers.length} of ${count} cases made`);
      made += numbers.length;
    } else {
      const parts = new Set(communities.filter((code) => code.startsWith(area)).map((code) => ancestorAt(code, below)));
      for (const part of parts) moved.push(...await fillArea(below, part));
    }
    const here = moved.filter((one) => one.area.startsWith(area));
    if (!countersOnly || level === 'CITY') await insert(subgraphOf(level), 'counts', [...groupBy(entriesOf(level, here), counterId).values()].map(documentOf));
    return merged([...upwardOf(level, here), ...moved.filter((one) => !one.area.startsWith(area))]);
  }
  await fillArea('CITY', '3401');
  for (const key of waiting.keys()) {
    const [name = '', collection = ''] = key.split(' ');
    await insert(name as SubgraphName, collection, [], 1);
  }
  await Promise.all(onTheirWay);
  if (countersOnly) return;
  const { community } = databases;
  await community.collection('cases').createIndex({ 'place.community': 1, submittedAt: -1, _id: -1 });
  await community.collection('timeline').createIndex({ caseId: 1, seq: 1 });
}

const query = /* GraphQL */ `
  query ($from: Month, $to: Month) {
    city {
      dashboard(from: $from, to: $to) {
        total { own { ...n } children { ...n } total { ...n } rates { accepted responded solved satisfied rated reworked overdue } }
        byMonth { month counts { total { ...n } } } byDay { day counts { total { submitted resolved } } }
        byKind { kind counts { total { ...n } } } byCategory { category counts { total { ...n } } }
        byProvider { area unit { name } counts { total { ...n } } } byDepartment { level name counts { total { ...n } } }
      }
    }
  }
  fragment n on Counts { submitted accepted resolved rated solved satisfied reworked overdue responded unrated returned }
`;

interface Filled {
  readonly count: number;
  readonly databases: Databases;
  /** Asks for the city's dashboard through the gateway; milliseconds. */
  ask(): Promise<number>;
  stop(): Promise<void>;
}

/** Four databases with `count` cases, and a city in front of them. */
async function open(count: number): Promise<Filled> {
  const uris = databaseUrisOf(database.uri, `bench_rollup_${process.pid}_${count}`);
  await seed({ uris, log: () => undefined });
  const databases = await openDatabases(uris);
  const began = performance.now();
  await fill(databases, count);
  say(`${count} cases with their histories and counters written in ${Math.round((performance.now() - began) / 1_000)} s`);
  const { client, token, stop } = await startInProcess({
    keys, levels: { city: { mongoUri: uris.city, host: (options) => hostSubgraph(citySubgraph, options) } },
  });
  return {
    count,
    databases,
    async ask() {
      const asked = performance.now();
      const answer = await client.run<{ city: { dashboard: { total: { total: { submitted: number } } } } }>(token, query, { from: year.from, to: year.to });
      const { submitted } = answer.city.dashboard.total.total;
      if (submitted !== count) throw new Error(`The dashboard has ${submitted} of ${count} cases.`);
      return performance.now() - asked;
    },
    async stop() {
      await stop();
      for (const name of subgraphNames) await databases[name].dropDatabase();
      await databases.close();
    },
  };
}

/** The p95 of each, in milliseconds; they take turns, so that what else the machine does falls on all of them. */
async function measure(all: readonly Filled[]): Promise<number[]> {
  const times = all.map((): number[] => []);
  for (let i = 0; i < warmUps + runs; i += 1) {
    for (const [nth, one] of all.entries()) {
      const took = await one.ask();
      if (i >= warmUps) times[nth]?.push(took);
    }
  }
  return all.map(({ count }, nth) => {
    const p95 = percentile(times[nth] ?? [], 95);
    say(`${count} cases: the city's dashboard over a year, p95 ${p95.toFixed(1)} ms`);
    return p95;
  });
}

/** One number of one counter is spoilt: the ledger must find that one, and mend it. */
async function auditLedger(databases: Databases): Promise<{ readonly differences: number | null; readonly found: readonly Difference[]; readonly left: number }> {
  if (countersOnly) return { differences: null, found: [], left: 0 };
  const began = performance.now();
  const { differences, counters } = await compareCounts(databases);
  say(`ledger: ${counters} counters compared in ${Math.round((performance.now() - began) / 1_000)} s, ${differences.length} differences`);
  const spoilt = ancestorAt(communities[0] ?? '', 'DISTRICT');
  await databases.district.collection<{ _id: string }>('counts').updateOne({ _id: `${spoilt}:2025-06` }, { $inc: { 'children.resolved': 1 } });
  const { differences: found } = await compareCounts(databases);
  const mended = await repairCounts(databases, found);
  const { differences: left } = await compareCounts(databases, spoilt);
  say(`ledger: one number spoilt, ${found.length} found, ${mended} mended, ${left.length} left in its district`);
  return { differences: differences.length, found, left: left.length };
}

try {
  const small = await open(Math.round(cases / 100));
  const big = await open(cases);
  const [before = 0, p95 = 0] = await measure([small, big]);
  const { differences, found, left } = await auditLedger(big.databases);
  await big.stop();
  await small.stop();
  const ratio = Number((p95 / before).toFixed(2));
  const isAgreed = countersOnly || (differences === 0 && left === 0 && found.length === 1 && found[0]?.path === 'children.resolved');
  const isRight = isAgreed && ratio <= wantedRatio;
  process.exitCode = isRight ? 0 : 1;
  await finish();
  console.log(JSON.stringify({ cases, dashboardP95Ms: Number(p95.toFixed(1)), dashboardP95Ratio: ratio, differences }));
} catch (error) {
  console.error(error);
  await finish();
  process.exit(1);
}

async function finish(): Promise<void> {
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}
