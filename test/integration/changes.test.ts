// The outbox to those who watch: what is told in which order, whatever commits first and whoever gives the numbers.
import { mongo, type ClientSession } from 'mongoose';
import { openChanges, type Changes } from '../../subgraphs/shared/events/changes.js';
import { testDatabase, type TestDatabase } from '../kit/database.js';

let database: TestDatabase;
let changes: Changes;
let other: Changes;
beforeEach(async () => {
  database = await testDatabase('changes');
  // Two processes of one level.
  changes = await openChanges(database.connection);
  other = await openChanges(database.connection);
});
afterEach(async () => {
  changes.stop();
  other.stop();
  await database.drop();
});

const keep = (...topics: readonly string[]): Promise<void> =>
  database.connection.transaction((session) => changes.keep(new Set(topics), session)).then(() => undefined);
const read = async (after = 0, from = changes): Promise<(readonly [number, string])[]> =>
  (await from.read(after, 0)).changes.map(({ position, topics }) => [position, topics.join()] as const);

it('numbers what was committed, one after the other, for every reader alike', async () => {
  await keep('a');
  await keep('b', 'c');
  expect(await read()).toEqual([[1, 'a'], [2, 'b,c']]);
  await keep('d');
  expect(await read(2, other)).toEqual([[3, 'd']]);
  expect([await read(3), (await changes.read(3, 0)).position]).toEqual([[], 3]);
});

it('tells what began first and was committed last after what was read before', async () => {
  const session: ClientSession = await database.connection.startSession();
  session.startTransaction();
  await changes.keep(new Set(['slow']), session);
  await keep('quick');
  expect(await read()).toEqual([[1, 'quick']]);
  await session.commitTransaction();
  await session.endSession();
  expect(await read(1)).toEqual([[2, 'slow']]);
});

it('tells nothing of what was taken back', async () => {
  await expect(database.connection.transaction(async (session) => {
    await changes.keep(new Set(['a']), session);
    throw new Error('no');
  })).rejects.toThrow('no');
  expect(await read()).toEqual([]);
});

it('leaves no hole and no number twice when two give numbers at once', async () => {
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(Array.from({ length: 6 }, (_, i) => keep(`${round}-${i}`)));
    await Promise.all([read(0, changes), read(0, other), read(0, changes), read(0, other)]);
  }
  const told = await read();
  expect(told.map(([position]) => position)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  expect(new Set(told.map(([, topic]) => topic)).size).toBe(30);
});

it('does not say that a change is forgotten which another process numbers while it is looked for', async () => {
  await keep('a');
  await read();
  const another = async (topic: string): Promise<void> => {
    await keep(topic);
    await read(0, other);
  };
  const { prototype } = mongo.Collection;
  const { findOne } = prototype;
  let isLookedFor = false;
  prototype.findOne = async function (this: mongo.Collection, ...args: unknown[]) {
    const find = () => findOne.apply(this, args as never);
    if (this.collectionName !== 'changesRead' || isLookedFor) return find();
    isLookedFor = true;
    await another('b');
    const found = await find();
    await another('c');
    return found;
  } as never;
  try {
    const { position, changes: told } = await changes.read(1, 0);
    expect(isLookedFor).toBe(true);
    expect([position, told.map(({ topics }) => topics.join())]).toEqual([3, ['b', 'c']]);
  } finally {
    prototype.findOne = findOne;
  }
});

it('waits until something has been committed, here or in another process', async () => {
  const [here, there] = [changes.read(0, 20_000), other.read(0, 20_000)];
  await keep('a');
  changes.announce();
  expect((await here).changes).toEqual([{ position: 1, at: expect.any(Date), topics: ['a'] }]);
  expect((await there).changes).toHaveLength(1);
});

it('waits no longer than it is asked to, nor when it stops', async () => {
  expect(await changes.read(0, 1)).toEqual({ position: 0, changes: [] });
  const waiting = changes.read(0, 20_000);
  changes.stop();
  expect(await waiting).toEqual({ position: 0, changes: [] });
});
