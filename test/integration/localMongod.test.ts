import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { deserialize, serialize } from 'bson';
import mongoose, { type mongo } from 'mongoose';
import { type Database, openDatabase } from '../../scripts/database.js';
import { testDatabase, type TestDatabase } from '../kit/database.js';

interface Doc extends mongo.Document {
  _id: string | number;
}
type Collection = mongo.Collection<Doc>;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const failure = (promise: Promise<unknown>): Promise<mongo.MongoServerError> =>
  promise.then(() => { throw new Error('Expected an error.'); }, (error: mongo.MongoServerError) => error);

describe('the server of this run', () => {
  let database: TestDatabase;
  let client: mongo.MongoClient;
  let count = 0;

  beforeAll(async () => {
    database = await testDatabase('local-mongod');
    client = database.connection.getClient();
  });
  afterAll(() => database.drop());

  /** A collection of its own for each test, made before a transaction can need it. */
  async function collection(documents: Doc[] = []): Promise<Collection> {
    const made = await client.db(database.name).createCollection<Doc>(`c${++count}`);
    if (documents.length > 0) await made.insertMany(documents);
    return made;
  }

  function begin(): mongo.ClientSession {
    const session = client.startSession();
    session.startTransaction();
    return session;
  }

  it('creates, reads, changes and deletes', async () => {
    const cases = await collection([{ _id: 'a', version: 1 }, { _id: 'b', version: 1 }]);

    expect(await cases.updateOne({ _id: 'a', version: 1 }, { $set: { state: 'ACCEPTED' }, $inc: { version: 1 } }))
      .toMatchObject({ matchedCount: 1, modifiedCount: 1 });
    expect(await cases.updateOne({ _id: 'a', version: 1 }, { $inc: { version: 1 } })).toMatchObject({ matchedCount: 0 });
    expect(await cases.findOneAndUpdate({ _id: 'b' }, { $inc: { version: 1 } }, { returnDocument: 'after' }))
      .toEqual({ _id: 'b', version: 2 });
    expect(await cases.deleteOne({ _id: 'b' })).toMatchObject({ deletedCount: 1 });
    expect(await cases.find().toArray()).toEqual([{ _id: 'a', version: 2, state: 'ACCEPTED' }]);
  });

  it('gives back every type as it was stored', async () => {
    const { Binary, Decimal128, Double, Long, ObjectId } = mongoose.mongo;
    const types = {
      _id: 'types', date: new Date(5), nothing: null, nested: [1, [2, { 社区: true }]], pattern: /^3401/i,
      long: Long.fromString('9007199254740993'), double: new Double(3), decimal: Decimal128.fromString('1.10'),
      id: new ObjectId('0123456789abcdef01234567'), bytes: new Binary(Buffer.from('街道')),
    };
    const stored = await collection([types]);

    expect(await stored.findOne({ _id: 'types' }, { promoteValues: false, promoteLongs: false })).toMatchObject({
      ...types, nested: [{ value: 1 }, [{ value: 2 }, { 社区: true }]],
    });
  });

  it('writes many kinds at once and says what each did', async () => {
    const cases = await collection([{ _id: 1 }]);

    const result = await cases.bulkWrite([
      { insertOne: { document: { _id: 2 } } },
      { updateOne: { filter: { _id: 1 }, update: { $set: { seen: true } } } },
      { updateOne: { filter: { _id: 3 }, update: { $set: { seen: true } }, upsert: true } },
      { deleteOne: { filter: { _id: 2 } } },
    ]);

    expect(result).toMatchObject({ insertedCount: 1, modifiedCount: 1, upsertedCount: 1, deletedCount: 1 });
    expect(await cases.find().sort({ _id: 1 }).toArray()).toEqual([{ _id: 1, seen: true }, { _id: 3, seen: true }]);
  });

  it('does unacknowledged writes before the command behind them', async () => {
    const cases = await collection();
    const single = await mongoose.createConnection(database.uri, { maxPoolSize: 1 }).asPromise();
    const unacknowledged = single.collection<Doc>(cases.collectionName, { writeConcern: { w: 0 } });

    for (const i of range(50)) await unacknowledged.insertOne({ _id: i });
    const seen = await unacknowledged.countDocuments();
    await single.close();

    expect(seen).toBe(50);
  });

  describe('the wire', () => {
    const header = (length: number, opCode = 2013): Buffer => {
      const bytes = Buffer.alloc(16);
      bytes.writeInt32LE(length, 0);
      bytes.writeInt32LE(opCode, 12);
      return bytes;
    };
    async function open(): Promise<Socket> {
      const { host, port } = database.connection;
      const socket = connect(port, host);
      await once(socket, 'connect');
      return socket;
    }

    it('puts together a message that comes byte by byte', async () => {
      const command = Buffer.from(serialize({ ping: 1, $db: 'admin' }));
      const message = Buffer.concat([header(21 + command.length), Buffer.alloc(5), command]);
      const socket = await open();
      socket.setNoDelay(true);

      for (const byte of message) await new Promise((sent) => socket.write(Buffer.of(byte), sent));
      const [reply] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();

      expect(deserialize(reply.subarray(21))).toMatchObject({ ok: 1 });
    });

    it.each([
      ['no length', 0],
      ['less than its own header', 15],
      ['more than any message may have', 48_000_001],
    ])('ends a connection whose message claims %s, and no other', async (_name, length) => {
      const socket = (await open()).resume();

      socket.write(header(length));
      await once(socket, 'close');

      expect(await client.db('admin').command({ ping: 1 })).toMatchObject({ ok: 1 });
    });
  });

  describe('reading', () => {
    it('goes through 1,000 documents in batches, each once and in order', async () => {
      const cases = await collection(range(1_000).map((i) => ({ _id: i, place: (i * 7919) % 1_000 })));

      const places: unknown[] = [];
      for await (const { place } of cases.find({}, { batchSize: 90 }).sort({ place: 1 })) places.push(place);

      expect(places).toEqual(range(1_000));
    });

    it('keeps more cursors open at once than it has connections', async () => {
      const cases = await collection(range(300).map((i) => ({ _id: i, place: -i })));
      const cursors = range(150).map(() => cases.find({}, { batchSize: 100 }).sort({ place: 1 }));

      const first = await Promise.all(cursors.map((cursor) => cursor.next()));
      const last = await Promise.all(cursors.map(async (cursor) => (await cursor.toArray()).at(-1)));

      expect(new Set(first.map((doc) => doc?._id))).toEqual(new Set([299]));
      expect(new Set(last.map((doc) => doc?._id))).toEqual(new Set([0]));
    });

    it('finds by thousands of values at once', async () => {
      const cases = await collection(range(6_000).map((i) => ({ _id: i, code: `3401${i}` })));
      await cases.createIndex({ code: 1 });

      expect(await cases.countDocuments({ code: { $in: range(5_000).map((i) => `3401${i}`) } })).toBe(5_000);
    });

    it('finds by all of several values of a list, with an index over the list', async () => {
      const cases = await collection([
        { _id: 1, tags: ['noise', 'night'] }, { _id: 2, tags: ['noise'] }, { _id: 3, tags: ['night', 'noise', 'dust'] },
      ]);
      await cases.createIndex({ tags: 1 });

      const found = await cases.find({ tags: { $all: ['noise', 'night'] } }).sort({ _id: 1 }).toArray();

      expect(found.map(({ _id }) => _id)).toEqual([1, 3]);
    });

    it('groups, and answers several questions in one pass', async () => {
      const cases = await collection(range(30).map((i) => ({ _id: i, street: `s${i % 3}`, solved: i % 2 === 0 })));

      const [answer] = await cases.aggregate([
        {
          $facet: {
            byStreet: [
              { $group: { _id: '$street', total: { $sum: 1 }, solved: { $sum: { $cond: ['$solved', 1, 0] } } } },
              { $sort: { _id: 1 } },
            ],
            all: [{ $count: 'total' }],
          },
        },
      ]).toArray();

      expect(answer).toEqual({
        byStreet: ['s0', 's1', 's2'].map((street) => ({ _id: street, total: 10, solved: 5 })),
        all: [{ total: 30 }],
      });
    });
  });

  describe('indexes', () => {
    it('refuses a second document under a unique key and names the key', async () => {
      const cases = await collection([{ _id: 1, number: 'A-1' }]);
      await cases.createIndex({ number: 1 }, { unique: true });

      expect(await failure(cases.insertOne({ _id: 2, number: 'A-1' })))
        .toMatchObject({ code: 11000, keyPattern: { number: 1 } });
      expect(await failure(cases.insertOne({ _id: 1 }))).toMatchObject({ code: 11000, keyPattern: { _id: 1 } });
      expect(await cases.countDocuments()).toBe(1);
    });

    it('refuses a unique key over documents that share it', async () => {
      const cases = await collection([{ _id: 1, number: 'A-1' }, { _id: 2, number: 'A-1' }]);

      expect(await failure(cases.createIndex({ number: 1 }, { unique: true }))).toMatchObject({ code: 11000 });
      expect((await cases.indexes()).map(({ name }) => name)).toEqual(['_id_']);
    });

    it('holds a partial unique key to the documents it covers', async () => {
      const workers = await collection([{ _id: 1, grid: 'g', active: false }, { _id: 2, grid: 'g', active: true }]);
      await workers.createIndex({ grid: 1 }, { unique: true, partialFilterExpression: { active: true } });

      await workers.insertOne({ _id: 3, grid: 'g', active: false });
      expect(await failure(workers.insertOne({ _id: 4, grid: 'g', active: true }))).toMatchObject({ code: 11000 });
      expect(await workers.countDocuments({ grid: 'g' })).toBe(3);
    });

    it('takes an index that lets documents expire', async () => {
      const keys = await collection();
      await keys.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 });

      expect(await keys.indexes()).toEqual(
        expect.arrayContaining([expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 })]),
      );
    });

    it('lets many upserts of one unique key end in one document that counts them all', async () => {
      const counters = await collection();
      await counters.createIndex({ name: 1 }, { unique: true });

      await Promise.all(range(40).map(() => counters.updateOne({ name: 'n' }, { $inc: { n: 1 } }, { upsert: true })));

      expect(await counters.find({}, { projection: { _id: 0 } }).toArray()).toEqual([{ name: 'n', n: 40 }]);
    });
  });

  describe('transactions', () => {
    it('show what was committed in two collections, and nothing before', async () => {
      const cases = await collection([{ _id: 'case', version: 1 }]);
      const outbox = await collection();
      const session = begin();

      await cases.updateOne({ _id: 'case', version: 1 }, { $inc: { version: 1 } }, { session });
      await outbox.insertMany([{ _id: 'e1' }, { _id: 'e2' }], { session });
      const inside = await outbox.find({}, { session }).toArray();
      const outside = [await cases.findOne({ _id: 'case' }), await outbox.countDocuments()];
      await session.commitTransaction();
      await session.endSession();

      expect(inside).toHaveLength(2);
      expect(outside).toEqual([{ _id: 'case', version: 1 }, 0]);
      expect(await cases.findOne({ _id: 'case' })).toEqual({ _id: 'case', version: 2 });
      expect(await outbox.countDocuments()).toBe(2);
    });

    it('leave nothing behind when they are aborted', async () => {
      const cases = await collection([{ _id: 'case', version: 1 }]);
      const session = begin();

      await cases.updateOne({ _id: 'case' }, { $inc: { version: 1 } }, { session });
      await cases.insertOne({ _id: 'other' }, { session });
      await session.abortTransaction();
      await session.endSession();

      expect(await cases.find().toArray()).toEqual([{ _id: 'case', version: 1 }]);
    });

    it.each([
      ['still holds', false],
      ['has changed since', true],
    ])('end with a transient error at a document that another one %s', async (_name, isCommitted) => {
      const cases = await collection([{ _id: 'case', version: 1 }, { _id: 'other', version: 1 }]);
      const [first, second] = [begin(), begin()];
      await cases.findOne({ _id: 'other' }, { session: second });
      await cases.updateOne({ _id: 'case' }, { $set: { version: 2 } }, { session: first });
      if (isCommitted) await first.commitTransaction();

      const error = await failure(cases.updateOne({ _id: 'case' }, { $set: { version: 3 } }, { session: second }));
      if (!isCommitted) await first.commitTransaction();
      await Promise.all([first.endSession(), second.endSession()]);

      expect(error.code).toBe(112);
      expect(error.hasErrorLabel('TransientTransactionError')).toBe(true);
      expect(await cases.findOne({ _id: 'case' })).toEqual({ _id: 'case', version: 2 });
    });

    it('all take effect once when they are repeated until they win', async () => {
      const counters = await collection([{ _id: 'n', n: 0 }]);

      await Promise.all(range(10).map(() => client.withSession((session) => session.withTransaction(async () => {
        const counter = await counters.findOne({ _id: 'n' }, { session });
        await counters.updateOne({ _id: 'n' }, { $set: { n: counter?.['n'] + 1 } }, { session });
      }))));

      expect(await counters.findOne({ _id: 'n' })).toEqual({ _id: 'n', n: 10 });
    });

    it.each([
      ['a statement in them has failed', (cases: Collection, session: mongo.ClientSession) =>
        failure(cases.insertOne({ _id: 'taken' }, { session }))],
      ['the server has rolled them back', (_cases: Collection, session: mongo.ClientSession) =>
        client.db('admin').command({ abortTransaction: 1 }, { session })],
    ])('cannot be committed once %s', async (_name, spoil) => {
      const cases = await collection([{ _id: 'taken' }]);
      const session = begin();
      await cases.insertOne({ _id: 'new' }, { session });
      await spoil(cases, session);

      const error = await failure(session.commitTransaction());
      await session.endSession();

      expect(error.codeName).toBe('NoSuchTransaction');
      expect(await cases.find().toArray()).toEqual([{ _id: 'taken' }]);
    });
  });
});

describe('a server of its own', () => {
  const environment = { ...process.env };
  delete environment['MONGODB_URI'];
  let dataDir: string;
  const open: Database[] = [];
  const clients: mongo.MongoClient[] = [];

  async function start(): Promise<Database> {
    const database = await openDatabase({ dataDir, env: environment, stopOnSignal: false, log: () => undefined });
    open.push(database);
    return database;
  }

  beforeEach(async () => { dataDir = await mkdtemp(join(tmpdir(), 'hefei-database-')); });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close(true)));
    await Promise.all(open.splice(0).map((database) => database.stop()));
    await rm(dataDir, { recursive: true, maxRetries: 20 });
  });

  async function connectTo({ uri }: Database): Promise<mongo.MongoClient> {
    const client = await mongoose.mongo.MongoClient.connect(uri, { serverSelectionTimeoutMS: 2_000 });
    clients.push(client);
    return client;
  }

  it('has every acknowledged write after it was killed in the middle of writing', async () => {
    const killed = await start();
    const client = await connectTo(killed);
    const cases = client.db('crash').collection<Doc>('cases');
    const outbox = client.db('crash').collection<Doc>('outbox');
    await Promise.all([cases.insertOne({ _id: 'first' }), outbox.insertOne({ _id: 'first' })]);

    const acknowledged: string[] = [];
    let markEnough = (): void => undefined;
    const enough = new Promise<void>((resolve) => { markEnough = resolve; });
    const write = async (writer: number): Promise<void> => {
      for (const i of range(100_000)) {
        const _id = `${writer}-${i}`;
        await client.withSession((session) => session.withTransaction(async () => {
          await cases.insertOne({ _id }, { session });
          await outbox.insertOne({ _id }, { session });
        }));
        acknowledged.push(_id);
        if (acknowledged.length === 200) markEnough();
      }
    };
    const writers = range(4).map((writer) => write(writer).catch(() => undefined));
    await enough;
    process.kill(killed.pid!, 'SIGKILL');
    await client.close(true);
    await Promise.all(writers);

    const restarted = await connectTo(await start());
    const ids = async (name: string) =>
      (await restarted.db('crash').collection<Doc>(name).find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
    const [found, events] = [await ids('cases'), await ids('outbox')];

    expect(acknowledged.length).toBeGreaterThanOrEqual(200);
    expect(found).toEqual(expect.arrayContaining(acknowledged));
    expect(events).toEqual(found);
  });

  it('keeps its data and its port from one start to the next', async () => {
    const before = await start();
    const client = await connectTo(before);
    await client.db('kept').collection<Doc>('cases').insertOne({ _id: 'case' });
    await before.stop();

    const after = await start();
    const found = await (await connectTo(after)).db('kept').collection<Doc>('cases').find().toArray();

    expect(found).toEqual([{ _id: 'case' }]);
    expect(after.uri).toBe(before.uri);
  });

  it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)('ends with the process that opened it, at %s', async (signal) => {
    const opener = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', `
      import { openDatabase } from '${new URL('../../scripts/database.ts', import.meta.url).href}';
      const { uri } = await openDatabase({ dataDir: process.argv[1], log: () => undefined });
      console.log(uri);
      setInterval(() => undefined, 1_000);
    `, dataDir], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    const [uri] = (await once(createInterface(opener.stdout), 'line')) as [string];
    const socket = connect(Number(new URL(uri).port), '127.0.0.1').resume();
    await once(socket, 'connect');

    opener.kill(signal);
    await once(socket, 'close');

    expect(opener.killed).toBe(true);
  });

  it('is the one MONGODB_URI names, which stays when it is stopped', async () => {
    const own = await start();

    const named = await openDatabase({ dataDir, env: { ...environment, MONGODB_URI: own.uri }, log: () => undefined });
    await named.stop();
    const { ok } = await (await connectTo(own)).db('admin').command({ ping: 1 });

    expect(named).toMatchObject({ kind: 'uri', uri: own.uri, pid: null });
    expect(ok).toBe(1);
  });

  it('is refused, with what to do, when MONGODB_URI names one that does not answer', async () => {
    const env = { ...environment, MONGODB_URI: 'mongodb://somebody:secret@127.0.0.1:9/' };

    const error = await openDatabase({ dataDir, env, log: () => undefined }).then(() => null, (reason: Error) => reason);

    expect(error?.name).toBe('DatabaseUnavailable');
    expect(error?.message).toMatch(/start it, or unset MONGODB_URI/);
    expect(error?.message).not.toContain('secret');
  });
});
