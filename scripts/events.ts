// `npm run events`: what has not taken effect yet, level by level; `-- retry` takes kept events in again.
import type { SubgraphName } from '../schema/events.js';
import { readArguments, usage, type Wanted } from './events/arguments.js';
import { readOverview } from './events/overview.js';
import { filtered, reportLines } from './events/report.js';
import { retryEvent } from './events/retry.js';
import { findSources, type Sources } from './events/sources.js';

/** As many parked events as one `retry --all` takes. */
const retryLimit = 10_000;

function wantedOrEnd(): Wanted {
  try {
    return readArguments(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(1);
  }
}

async function list(sources: Sources, wanted: Extract<Wanted, { command: 'list' }>): Promise<number> {
  const now = new Date();
  const overview = filtered(await readOverview(sources.uris, { now }), wanted);
  console.log(wanted.json ? JSON.stringify(overview) : reportLines(overview, now).join('\n'));
  return 0;
}

/** One after the other, in the order they came; answers 1 when one is still parked. */
async function retry(sources: Sources, events: readonly { level: SubgraphName; id: string }[]): Promise<number> {
  if (events.length === 0) console.log('没有搁置的事件。 / No event is parked.');
  let left = 0;
  for (const { level, id } of events) {
    const office = await sources.office(level);
    if (!office) throw new Error(`须有 ${level} 的密钥,见 --help。 / To retry, the key of ${level} is needed; see --help.`);
    const receipt = await retryEvent(level, office.url, office.key, id);
    if (receipt === 'PARKED') left += 1;
    console.log(`${level} ${id}: ${receipt}`);
  }
  if (left > 0) console.log(`仍搁置 ${left} 个。 / ${left} are still parked; npm run events says why.`);
  return left > 0 ? 1 : 0;
}

async function parkedEvents(sources: Sources, level: SubgraphName | null) {
  const overview = await readOverview(sources.uris, { now: new Date(), limit: retryLimit });
  return filtered(overview, { level, status: 'parked' }).events;
}

async function run(wanted: Wanted): Promise<number> {
  if (wanted.command === 'help') {
    console.log(usage);
    return 0;
  }
  const sources = findSources(process.env);
  if (!sources) throw new Error(`平台没有运行。 / The platform is not running.\n\n${usage}`);
  switch (wanted.command) {
    case 'list':
      return list(sources, wanted);
    case 'retry':
      return retry(sources, [wanted]);
    case 'retry all':
      return retry(sources, await parkedEvents(sources, wanted.level));
  }
}

try {
  process.exitCode = await run(wantedOrEnd());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
