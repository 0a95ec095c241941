// `npm run clocks -- rebuild`: computes the due times and alarms of all open cases anew from their clocks' ledgers.
import mongoose from 'mongoose';
import { chineseCalendar } from '../subgraphs/shared/calendar/chineseCalendar.js';
import { openCounts } from '../subgraphs/shared/persistence/counts.js';
import { openReceipts } from '../subgraphs/shared/persistence/receipts.js';
import { openCases } from '../subgraphs/community/persistence/case.repository.js';
import { openNotices } from '../subgraphs/community/persistence/notice.repository.js';

const usage = 'Use: MONGODB_URI=mongodb://…/hefei_community npm run clocks -- rebuild';
const uri = process.env['MONGODB_URI'];
if (process.argv[2] !== 'rebuild' || uri === undefined) {
  console.error(usage);
  process.exit(1);
}
try {
  const connection = await mongoose.createConnection(uri, { serverSelectionTimeoutMS: 5_000 }).asPromise();
  const cases = await openCases(connection, {
    counts: await openCounts(connection), receipts: await openReceipts(connection), calendar: chineseCalendar({ version: 'china-1' }),
    notices: await openNotices(connection, { channels: [] }),
  });
  console.log(`${await cases.rebuildAlarms()} cases had other due times than their ledgers give; they are right now.`);
  await connection.close();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
