// `npm run events`: what has not taken effect yet, level by level; `-- retry` takes kept events in again.
import { parseArgs } from 'node:util';
import type { SubgraphName } from '../schema/events.js';
import { readOverview, statuses, type Overview, type Status } from './events/overview.js';
import { retryEvent } from './events/retry.js';
import { developmentKeys } from './keys.js';
import { databaseUrisOf, subgraphNames } from './platform/processes.js';
import { defaultDataDir, readRunning } from './platform/running.js';
import { join } from 'node:path';

const usage = `用法 / Use:
  npm run events                                   各级待发、等待、搁置的事件 / pending, waiting and parked events of each level
  npm run events -- list [--level street] [--status parked|waiting|pending] [--json]
  npm run events -- retry ID --level street        重新接收一个事件 / take one event in again
  npm run events -- retry --all [--level street]   重新接收所有搁置的事件 / take all parked ones in again, oldest first

平台须由 npm start 启动;否则用 MONGODB_URI 指明数据库(仅查看)。
The platform runs by npm start; otherwise MONGODB_URI names the database (for looking only).`;

class UsageError extends Error {}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { level: { type: 'string' }, status: { type: 'string' }, json: { type: 'boolean' }, all: { type: 'boolean' } },
    });
    const [command = 'list', id] = positionals;
    const level = values.level === undefined ? null : subgraphNames.find((name) => name === values.level);
    const status = values.status === undefined ? null : statuses.find((name) => name === values.status);
    if (!['list', 'retry'].includes(command)) throw new UsageError(`没有命令 ${command}。 / There is no command ${command}.`);
    if (level === undefined) throw new UsageError(`--level: ${subgraphNames.join(', ')}`);
    if (status === undefined) throw new UsageError(`--status: ${statuses.join(', ')}`);
    if (command === 'retry' && values.all !== true && (id === undefined || level === null)) {
      throw new UsageError('retry 须有事件 ID 与 --level,或 --all。 / retry takes an event id and --level, or --all.');
    }
    return { command, id, level, status, json: values.json === true };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(1);
  }
}

const age = (ms: number): string => (ms < 60_000 ? `${Math.round(ms / 1_000)} s` : ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`);

function print({ lags, counts, events }: Overview, now: Date, wanted: { level: SubgraphName | null; status: Status | null }): void {
  for (const { level, waiting, parked } of counts) {
    if (wanted.level !== null && wanted.level !== level) continue;
    console.log(`${level}: 等待 / waiting ${waiting}, 搁置 / parked ${parked}`);
    for (const lag of lags.filter((one) => one.level === level)) {
      console.log(`  → ${lag.target}: 待发 / pending ${lag.pending}, 最早 / oldest ${age(lag.lagMs)}`);
    }
  }
  const shown = events.filter(({ level, status }) => (wanted.level ?? level) === level && (wanted.status ?? status) === status);
  if (shown.length === 0) console.log('没有未生效的事件。 / Every event has taken effect.');
  for (const { level, status, id, type, subject, other, since, error } of shown) {
    const direction = status === 'pending' ? `${level} → ${other}` : `${other} → ${level}`;
    console.log(`\n${status}  ${type}  ${direction}  ${age(now.getTime() - since.getTime())}\n  id ${id}  subject ${subject}${error === null ? '' : `\n  ${error}`}`);
  }
}

const { command, id, level, status, json } = readArguments();
const dataDir = process.env['DATA_DIR'] ?? defaultDataDir;
const running = readRunning(dataDir);
const uri = process.env['MONGODB_URI'];
const uris = running?.databaseUris ?? (uri === undefined ? null : databaseUrisOf(uri, process.env['DATABASE_PREFIX'] ?? 'hefei'));
if (!uris) {
  console.error(`平台没有运行。 / The platform is not running.\n\n${usage}`);
  process.exit(1);
}

try {
  const now = new Date();
  const overview = await readOverview(uris, { now, ...(command === 'retry' && { limit: 10_000 }) });
  if (command === 'list') {
    if (json) console.log(JSON.stringify(overview));
    else print(overview, now, { level, status });
  } else {
    if (!running) throw new Error('重新接收须平台在运行(npm start)。 / To take events in again the platform must run (npm start).');
    const keys = await developmentKeys(join(dataDir, 'keys'));
    const parked = overview.events.filter((event) => event.status === 'parked' && (level ?? event.level) === event.level);
    const chosen = id === undefined ? parked : [{ id, level: level ?? 'community' as const }];
    let left = 0;
    for (const event of chosen) {
      const receipt = await retryEvent(event.level, running.urls[event.level], keys.services[event.level], event.id);
      if (receipt === 'PARKED') left += 1;
      console.log(`${event.level} ${event.id}: ${receipt}`);
    }
    if (chosen.length === 0) console.log('没有搁置的事件。 / No event is parked.');
    process.exitCode = left > 0 ? 1 : 0;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
