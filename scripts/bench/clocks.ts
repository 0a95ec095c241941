// `npm run bench:clocks -- [--open 1000000] [--due 1000]`: finding and firing what is due among many open clocks, beside
// the same among one hundredth of them, with two schedulers at once. Prints one JSON line last.
import { parseArgs } from 'node:util';
import mongoose, { type Connection } from 'mongoose';
import type { CaseRepository } from '../../subgraphs/community/usecases/ports.js';
import { fireAlarms } from '../../subgraphs/community/usecases/fireAlarms.js';
import { openCases } from '../../subgraphs/community/persistence/case.repository.js';
import { openNotices } from '../../subgraphs/community/persistence/notice.repository.js';
import { submitCase, type SubmitCommand } from '../../subgraphs/community/domain/caseDecisions.js';
import { chineseCalendar } from '../../subgraphs/shared/calendar/chineseCalendar.js';
import { defaultPolicy } from '../../subgraphs/shared/domain/clockPolicy.js';
import { openEventCollections } from '../../subgraphs/shared/events/collections.js';
import { openCounts } from '../../subgraphs/shared/persistence/counts.js';
import { openReceipts } from '../../subgraphs/shared/persistence/receipts.js';
import { createTransactions } from '../../subgraphs/shared/persistence/transactions.js';
import { openDatabase, uriFor } from '../database.js';

const { values } = parseArgs({ options: { open: { type: 'string', default: '1000000' }, due: { type: 'string', default: '1000' } } });
const [open, due] = [Number(values.open), Number(values.due)];
const few = Math.max(Math.round(open / 100), due);
if (![open, due].every((n) => Number.isInteger(n) && n > 0) || open < due) {
  console.error('Use: npm run bench:clocks -- [--open 1000000] [--due 1000], with open not below due.');
  process.exit(1);
}

const say = (line: string): void => console.log(line);
const calendar = chineseCalendar({ version: 'bench' });
const rules = { calendar, policy: defaultPolicy };
const calendars = { inForce: () => calendar, of: () => calendar, outdated: () => [] };
const started = new Date('2026-03-02T09:00:00+08:00');
const later = new Date('2026-03-09T09:00:00+08:00');
/** After 80 % of the ACCEPT clock of the first ones, long before any of the later ones is due. */
const now = new Date('2026-03-03T16:00:00+08:00');
const clerk = { id: 'clerk', role: 'COMMUNITY_CLERK', area: '340103001001', unit: null } as const;

interface Store {
  readonly connection: Connection;
  readonly repository: CaseRepository;
  /** Fires until nothing is due; answers how many alarms went off. */
  fireAll(): Promise<number>;
}

async function openStore(uri: string): Promise<Store> {
  const connection = await mongoose.createConnection(uri, { maxPoolSize: 20 }).asPromise();
  const events = await openEventCollections(connection);
  const transactions = createTransactions({ connection, source: 'community', events, deliver: async () => undefined });
  const cases = await openCases(connection, {
    counts: await openCounts(connection), receipts: await openReceipts(connection), calendars,
    notices: await openNotices(connection, { channels: [] }),
  });
  return {
    connection,
    repository: cases.repository(transactions),
    async fireAll() {
      let fired = 0;
      for (;;) {
        const batch = await fireAlarms(cases.repository(transactions), rules, now);
        fired += batch.fired;
        if (batch.claimed === 0) return fired;
      }
    },
  };
}

/** Cases as the repository writes them, by the driver: one is saved, the others are copies with ids and numbers of their own. */
async function fill(store: Store, count: number): Promise<void> {
  const { connection, repository } = store;
  const cases = connection.collection<{ _id: string } & Record<string, unknown>>('cases');
  const command = (id: string): SubmitCommand => ({
    id, number: id, kind: 'DEMAND', demandType: 'COMPLAINT', channel: 'COUNTER', category: '城乡建设', title: '路灯不亮', detail: '已三天',
    place: { community: '340103001001', grid: null, address: null, longitude: null, latitude: null },
    reporter: { id: null, name: null, phone: null, idNumber: null }, sourceId: null, reportedAt: null,
  });
  const pattern = async (id: string, at: Date): Promise<Record<string, unknown>> => {
    const decision = submitCase(command(id), clerk, at, rules);
    if (!decision.ok) throw new Error(decision.error.message);
    await repository.save(decision.value, 0, null);
    const stored = await cases.findOne({ _id: id });
    if (!stored) throw new Error(`${id} was not stored.`);
    return stored;
  };
  const [first, last] = [await pattern('due-0', started), await pattern('open-0', later)];
  const size = 1_000;
  for (let from = 0; from < count; from += size) {
    const batch = Array.from({ length: Math.min(size, count - from) }, (_, i) => from + i).flatMap((n) => {
      if (n === 0 || n === due) return [];
      const id = n < due ? `due-${n}` : `open-${n - due}`;
      return [{ ...(n < due ? first : last), _id: id, number: id }];
    });
    if (batch.length > 0) await cases.insertMany(batch, { ordered: false });
    if ((from / size) % 100 === 99) say(`${from + size} of ${count} open clocks written`);
  }
}

/** Two schedulers at once; the time until nothing is due, and what went off. */
async function measure(uri: string, count: number): Promise<{ ms: number; fired: number; twice: number; missed: number }> {
  const [one, other] = [await openStore(uri), await openStore(uri)];
  await fill(one, count);
  // A look at an index that nobody has used yet would measure the disk.
  await one.connection.collection('cases').countDocuments({ wakeAt: { $gt: new Date(0), $lte: started } });
  const began = performance.now();
  await Promise.all([one.fireAll(), other.fireAll()]);
  const ms = performance.now() - began;
  const alarms = await one.connection.collection('timeline').aggregate<{ n: number }>([
    { $match: { action: 'WARN' } }, { $group: { _id: '$caseId', n: { $sum: 1 } } },
  ]).toArray();
  await one.connection.dropDatabase();
  await one.connection.close();
  await other.connection.close();
  return {
    ms,
    fired: alarms.length,
    twice: alarms.filter(({ n }) => n > 1).length,
    missed: due - alarms.length,
  };
}

const database = await openDatabase({ dataDir: null, log: say, stopOnSignal: true });
try {
  const small = await measure(uriFor(database.uri, `bench_clocks_few_${process.pid}`), few);
  say(`${few} open clocks: ${due} due ones found and fired in ${Math.round(small.ms)} ms`);
  const large = await measure(uriFor(database.uri, `bench_clocks_many_${process.pid}`), open);
  say(`${open} open clocks: ${due} due ones found and fired in ${Math.round(large.ms)} ms`);
  await database.stop();
  const firedTwice = small.twice + large.twice;
  const missed = small.missed + large.missed;
  const costRatio = Number((large.ms / small.ms).toFixed(2));
  process.exitCode = firedTwice + missed > 0 || costRatio > 10 ? 1 : 0;
  console.log(JSON.stringify({ openClocks: open, due, costRatio, firedTwice, missed, fewClocks: few, fewMs: Math.round(small.ms), manyMs: Math.round(large.ms) }));
} catch (error) {
  console.error(error);
  await database.stop();
  process.exit(1);
}
