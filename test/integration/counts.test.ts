// Counters as older versions left them: nothing is lost on the way to how they are kept now, wherever it was broken off.
import { openCounts, type CountsDocument } from '../../subgraphs/shared/persistence/counts.js';
import { testDatabase, type TestDatabase } from '../kit/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('counts');
});
afterAll(() => database.drop());

const collection = () => database.connection.collection<{ _id: string }>('counts');
const matters = { DEMAND: { 城乡建设: { own: { submitted: 2 } } } };
const day = { area: '340103', slice: 'DAY', period: '2026-03-02', key: null } as const;
const month = { area: '340103', slice: 'MONTH', period: '2026-03', key: null } as const;
const own = { submitted: 2 };

async function read(period: string, slice: 'DAY' | 'MONTH', which: 'NONE' | 'ALL'): Promise<CountsDocument[]> {
  const counts = await openCounts(database.connection);
  return (await counts.read(['340103'], { slice, from: period, to: period, matters: which })).get('340103') ?? [];
}

beforeEach(async () => {
  await collection().deleteMany({});
  await collection().insertMany([
    { _id: '340103:2026-03-02', ...day, own, matters },
    // What the version before that one kept: a month's sums.
    { _id: '340103:2026-03', area: '340103', month: '2026-03', own },
  ] as unknown as { _id: string }[]);
});

it('keeps the sums of a counter apart from its kinds and categories, and loses neither', async () => {
  expect(await read(day.period, 'DAY', 'NONE')).toEqual([{ _id: '340103:2026-03-02', ...day, ofMatters: false, own }]);
  expect(await read(day.period, 'DAY', 'ALL')).toEqual([{ _id: '340103:2026-03-02:matters', ...day, ofMatters: true, matters }]);
});

it('takes in a month of which the sums alone are known', async () => {
  expect(await read(month.period, 'MONTH', 'NONE')).toEqual([{ _id: '340103:2026-03', ...month, ofMatters: false, own }]);
  expect(await read(month.period, 'MONTH', 'ALL')).toEqual([]);
});

it('goes on where it was broken off, and does nothing twice', async () => {
  await collection().insertOne({ _id: '340103:2026-03-02:matters', ...day, ofMatters: true, matters } as { _id: string });
  await read(day.period, 'DAY', 'NONE');
  const once = await collection().find().sort({ _id: 1 }).toArray();
  await read(day.period, 'DAY', 'NONE');
  expect(await collection().find().sort({ _id: 1 }).toArray()).toEqual(once);
  expect(once.map(({ _id }) => _id)).toEqual(['340103:2026-03', '340103:2026-03-02', '340103:2026-03-02:matters']);
});
