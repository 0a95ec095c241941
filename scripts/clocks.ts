// `npm run clocks -- rebuild`: computes the due times and alarms of all open cases anew from their clocks' ledgers, by
// the calendar in force; with `street` or `district` behind it those of that level's whistles, or supervisions and conferences.
// Safe beside a running platform; messages to the other levels leave with its next sweep.
import mongoose, { type Connection } from 'mongoose';
import { chineseCalendar, nationalVersion } from '../subgraphs/shared/calendar/chineseCalendar.js';
import { openChanges } from '../subgraphs/shared/events/changes.js';
import { openEventCollections } from '../subgraphs/shared/events/collections.js';
import type { Wakings } from '../subgraphs/shared/persistence/alarms.js';
import { openCalendars, type CalendarStore } from '../subgraphs/shared/persistence/calendars.js';
import { openCounts } from '../subgraphs/shared/persistence/counts.js';
import { openReceipts } from '../subgraphs/shared/persistence/receipts.js';
import { createTransactions, type Transactions } from '../subgraphs/shared/persistence/transactions.js';
import { openCases } from '../subgraphs/community/persistence/case.repository.js';
import { openNotices } from '../subgraphs/community/persistence/notice.repository.js';
import { openRegulations } from '../subgraphs/community/persistence/regulations.js';
import { rescheduleCases } from '../subgraphs/community/usecases/rescheduleCases.js';
import { openConferences } from '../subgraphs/district/persistence/conference.repository.js';
import { openSupervisions } from '../subgraphs/district/persistence/supervision.repository.js';
import { openWhistles } from '../subgraphs/street/persistence/whistle.repository.js';

const initial = chineseCalendar({ version: nationalVersion });

async function all(follow: () => Promise<number>): Promise<number> {
  let moved = 0;
  for (let batch = -1; batch !== 0;) {
    batch = await follow();
    moved += batch;
  }
  return moved;
}

interface Repair {
  readonly records: string;
  readonly version: string;
  /** Brings what an earlier calendar was used for to the one in force. */
  follow(): Promise<number>;
  rebuild(): Promise<number>;
}

const transactionsOf = async (connection: Connection, source: 'community' | 'street' | 'district'): Promise<Transactions> => createTransactions({
  connection, source, events: await openEventCollections(connection), changes: await openChanges(connection), deliver: async () => undefined,
});

async function repairOfCases(connection: Connection): Promise<Repair[]> {
  const transactions = await transactionsOf(connection, 'community');
  const calendars = await openRegulations(connection, initial);
  const cases = await openCases(connection, {
    counts: await openCounts(connection), receipts: await openReceipts(connection), calendars,
    notices: await openNotices(connection, { channels: [] }),
  });
  const repository = cases.repository(transactions);
  return [{
    records: 'cases',
    version: calendars.inForce().version,
    follow: () => rescheduleCases(repository, calendars, new Date()),
    rebuild: () => cases.rebuildAlarms(transactions),
  }];
}

const repairOf = (records: string, calendars: CalendarStore, transactions: Transactions, { follow, rebuild }: Wakings): Repair =>
  ({ records, version: calendars.inForce().version, follow: () => follow(transactions), rebuild: () => rebuild(transactions) });

const repairs: Readonly<Record<string, (connection: Connection) => Promise<Repair[]>>> = {
  community: repairOfCases,
  async street(connection) {
    const calendars = await openCalendars(connection, initial);
    return [repairOf('whistles', calendars, await transactionsOf(connection, 'street'), await openWhistles(connection, { receipts: await openReceipts(connection), calendars }))];
  },
  async district(connection) {
    const calendars = await openCalendars(connection, initial);
    const options = { receipts: await openReceipts(connection), calendars };
    const transactions = await transactionsOf(connection, 'district');
    return [
      repairOf('supervisions', calendars, transactions, await openSupervisions(connection, options)),
      repairOf('conferences', calendars, transactions, await openConferences(connection, options)),
    ];
  },
};

const usage = 'Use: MONGODB_URI=mongodb://…/hefei_community npm run clocks -- rebuild [community|street|district]';
const uri = process.env['MONGODB_URI'];
const [command, level = 'community'] = process.argv.slice(2);
const open = Object.hasOwn(repairs, level) ? repairs[level] : undefined;
if (command !== 'rebuild' || uri === undefined || !open) {
  console.error(usage);
  process.exit(1);
}
try {
  const connection = await mongoose.createConnection(uri, { serverSelectionTimeoutMS: 5_000 }).asPromise();
  for (const { records, version, follow, rebuild } of await open(connection)) {
    console.log(`Calendar ${version} is in force; ${await all(follow)} ${records} were still on an earlier one and have moved to it.`);
    console.log(`${await rebuild()} ${records} had other due times than their ledgers give; they are right now.`);
  }
  await connection.close();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
