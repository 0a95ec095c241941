// `npm run ledger`: computes all counts anew from the cases and compares them with those of all four levels.
// Exit 0: they agree; 1: they do not, each difference is printed; 2: it could not be told, and why. `-- --repair` mends.
import { parseArgs } from 'node:util';
import { levelOfCode } from '../subgraphs/shared/domain/areaCode.js';
import { counterId } from '../subgraphs/shared/domain/counts.js';
import { openDatabases } from './bench/audit.js';
import { findSources } from './events/sources.js';
import { compareCounts, type Comparison, type Databases, type Difference, type StrayStep } from './ledger/compare.js';
import { untilQuiet, watchCounts } from './ledger/quiet.js';
import { repairCounts } from './ledger/repair.js';
import { subgraphNames } from './platform/processes.js';

const usage = `用法 / Use: npm run ledger -- [--area <区划代码 code>] [--repair] [--wait <秒 seconds>]
  读哪里 / Where it reads: 运行中的平台(npm start),或 MONGODB_URI 与 DATABASE_PREFIX 所指的四个数据库。
  The platform that npm start runs, or the four databases that MONGODB_URI and DATABASE_PREFIX name.
  退出码 / Exit code: 0 一致 agree · 1 有差异 differ · 2 无法判断 cannot be told`;

class CannotTell extends Error {}

function readOptions(): { repair: boolean; waitMs: number; area: string } {
  try {
    const { values } = parseArgs({ options: { area: { type: 'string', default: '' }, repair: { type: 'boolean', default: false }, wait: { type: 'string', default: '30' } } });
    const seconds = Number(values.wait);
    if (!(seconds >= 0)) throw new Error('--wait: 秒数 / a number of seconds');
    const level = levelOfCode(values.area);
    if (values.area !== '' && (level === null || level === 'GRID')) throw new Error('--area: 市、区、街道或社区的代码 / the code of a city, district, street or community');
    return { repair: values.repair, waitMs: seconds * 1_000, area: values.area };
  } catch (error) {
    throw new CannotTell(`${(error as Error).message}\n${usage}`);
  }
}

const line = ({ level, counter, path, expected, found }: Difference): string =>
  `${level} ${counterId(counter)} ${path}: ${found}, 案件得出 ${expected} / the cases give ${expected}`;

const stray = ({ caseId, seq, kept, replayed }: StrayStep): string =>
  `案件 ${caseId} 第 ${seq} 步所记件数与其经过不符 / case ${caseId}, step ${seq}, kept other counts than its history gives: `
  + `${JSON.stringify(kept)} – ${JSON.stringify(replayed)}`;

/** The differences of a time in which nothing moved. */
async function compareQuietly(databases: Databases, waitMs: number, area: string): Promise<Comparison> {
  const { pending, parked } = await untilQuiet(databases, waitMs);
  if (pending + parked > 0) {
    throw new CannotTell(`仍有 ${pending} 个件数事件在途、${parked} 个搁置,此时的差异不作数;见 npm run events。 / `
      + `${pending} events of counts are on their way and ${parked} are parked: differences would mean nothing yet; see npm run events.`);
  }
  const hasMoved = await watchCounts(databases, Date.now());
  const comparison = await compareCounts(databases, area);
  const { cases, counters, differences, strays } = comparison;
  if (differences.length > 0 && (await hasMoved())) {
    throw new CannotTell('核对期间件数有变动,请在没有办件时再核对。 / Counts moved while they were compared; do it again while nobody works on cases.');
  }
  [...differences.map(line), ...strays.map(stray)].forEach((found) => console.log(found));
  console.log(`案件 ${cases} 件,计数 ${counters} 项,差异 ${differences.length} 处。 / ${cases} cases, ${counters} counters, ${differences.length} differences.`);
  return comparison;
}

const agrees = ({ differences, strays }: Comparison): boolean => differences.length + strays.length === 0;

async function run(): Promise<number> {
  const { repair, waitMs, area } = readOptions();
  const uris = findSources(process.env)?.uris ?? {};
  const [city, district, street, community] = subgraphNames.map((name) => uris[name]);
  if (!city || !district || !street || !community) {
    throw new CannotTell(`须能读四级的数据库。 / The databases of all four levels are needed.\n${usage}`);
  }
  const databases = await openDatabases({ city, district, street, community });
  try {
    const comparison = await compareQuietly(databases, waitMs, area);
    if (comparison.differences.length === 0 || !repair) return agrees(comparison) ? 0 : 1;
    const mended = await repairCounts(databases, comparison.differences);
    console.log(`已修正 ${mended} 处。 / ${mended} mended.`);
    return agrees(await compareQuietly(databases, waitMs, area)) ? 0 : 1;
  } finally {
    await databases.close();
  }
}

try {
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof CannotTell ? error.message : error);
  process.exitCode = 2;
}
