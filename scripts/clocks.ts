// `npm run clocks -- rebuild`: computes the due times and alarms of all open cases anew from their clocks' ledgers, by
// the calendar in force. Safe beside a running platform; messages to the other levels leave with its next sweep.
import mongoose from 'mongoose';
import { chineseCalendar, nationalVersion } from '../subgraphs/shared/calendar/chineseCalendar.js';
import { openEventCollections } from '../subgraphs/shared/events/collections.js';
import { openCounts } from '../subgraphs/shared/persistence/counts.js';
import { openReceipts } from '../subgraphs/shared/persistence/receipts.js';
import { createTransactions } from '../subgraphs/shared/persistence/transactions.js';
import { openCases } from '../subgraphs/community/persistence/case.repository.js';
import { openNotices } from '../subgraphs/community/persistence/notice.repository.js';
import { openRegulations } from '../subgraphs/community/persistence/regulations.js';
import { rescheduleCases } from '../subgraphs/community/usecases/rescheduleCases.js';

const usage = 'Use: MONGODB_URI=mongodb://…/hefei_community npm run clocks -- rebuild';
const uri = process.env['MONGODB_URI'];
if (process.argv[2] !== 'rebuild' || uri === undefined) {
  console.error(usage);
  process.exit(1);
}
try {
  const connection = await mongoose.createConnection(uri, { serverSelectionTimeoutMS: 5_000 }).asPromise();
  const events = await openEventCollections(connection);
  const transactions = createTransactions({ connection, source: 'community', events, deliver: async () => undefined });
  const calendars = await openRegulations(connection, chineseCalendar({ version: nationalVersion }));
  const cases = await openCases(connection, {
    counts: await openCounts(connection), receipts: await openReceipts(connection), calendars,
    notices: await openNotices(connection, { channels: [] }),
  });
  const repository = cases.repository(transactions);
  let moved = 0;
  for (let batch = -1; batch !== 0;) {
    batch = await rescheduleCases(repository, calendars, new Date());
    moved += batch;
  }
  console.log(`Calendar ${calendars.inForce().version} is in force; ${moved} cases were still on an earlier one and have moved to it.`);
  console.log(`${await cases.rebuildAlarms()} cases had other due times than their ledgers give; they are right now.`);
  await connection.close();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
