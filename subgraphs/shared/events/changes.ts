import type { ClientSession, Connection, mongo } from 'mongoose';
import { v7 as changeId } from 'uuid';

/** That something changed, and nothing of what. */
export interface Change {
  /** 1, 2, 3… in the order in which readers see them; holes only where what was before has been forgotten. */
  readonly position: number;
  readonly at: Date;
  readonly topics: readonly string[];
}

interface ChangeDocument {
  _id: string;
  /** 0 until it has its number. */
  position: number;
  at: Date;
  topics: readonly string[];
}

interface CounterDocument {
  _id: string;
  last: number;
  turns: number;
}

export interface Changes {
  /** In the transaction that changes it. */
  keep(topics: ReadonlySet<string>, session: ClientSession): Promise<void>;
  /** Of this process: something has been committed. */
  announce(): void;
  /** What came after a position, oldest first, and how far there is any; waits for it where there is nothing yet. */
  read(after: number, waitMs: number): Promise<{ readonly position: number; readonly changes: readonly Change[] }>;
  /** Nobody waits any more. */
  stop(): void;
}

/** An hour is promised; the database forgets once in a while only. */
const keptSeconds = 2 * 3_600;
const pageSize = 1_000;
/** How often what another process has committed is looked for while somebody waits. */
const lookMs = 250;
const counter = 'position';
const namespaceExists = 48;

/**
 * The outbox to those who watch. A number that is taken while a transaction is open may be seen after a higher one, and one
 * that all transactions share would make them wait for each other: so numbers are given after the commit, by whoever reads.
 */
export async function openChanges(connection: Connection): Promise<Changes> {
  const { db } = connection;
  if (!db) throw new Error('Open the connection before its changes.');
  for (const name of ['changes', 'changesRead']) {
    await db.createCollection(name).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== namespaceExists) throw error;
    });
  }
  const changes = db.collection<ChangeDocument>('changes');
  const counters: mongo.Collection<CounterDocument> = db.collection('changesRead');
  await changes.createIndexes([{ key: { position: 1, _id: 1 } }, { key: { at: 1 }, expireAfterSeconds: keptSeconds }]);
  await counters.updateOne({ _id: counter }, { $setOnInsert: { last: 0, turns: 0 } }, { upsert: true });

  const waiting = new Set<() => void>();
  let stopped = false;
  let numbering = Promise.resolve();

  async function number(): Promise<void> {
    if ((await changes.findOne({ position: 0 }, { projection: { _id: 1 } })) === null) return;
    await connection.transaction(async (session) => {
      // First of all: two that number then come one after the other, and the second sees what the first has done.
      const turn = await counters.findOneAndUpdate({ _id: counter }, { $inc: { turns: 1 } }, { session });
      const last = turn?.last ?? 0;
      const found = await changes.find({ position: 0 }, { session, projection: { _id: 1 } }).sort({ _id: 1 }).limit(pageSize).toArray();
      if (found.length === 0) return;
      await changes.bulkWrite(found.map(({ _id }, i) =>
        ({ updateOne: { filter: { _id }, update: { $set: { position: last + i + 1 } } } })), { session });
      await counters.updateOne({ _id: counter }, { $set: { last: last + found.length } }, { session });
    });
  }

  async function page(after: number): Promise<Awaited<ReturnType<Changes['read']>>> {
    const turn = numbering.then(number);
    numbering = turn.catch(() => undefined);
    await turn;
    // Before the changes: what others number between the two is found or comes next, and is never said to be forgotten.
    const last = (await counters.findOne({ _id: counter }))?.last ?? 0;
    const found = await changes.find({ position: { $gt: after } }).sort({ position: 1 }).limit(pageSize).toArray();
    return { position: Math.max(last, found.at(-1)?.position ?? 0), changes: found.map(({ position, at, topics }) => ({ position, at, topics })) };
  }

  const news = (ms: number): Promise<void> => new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      waiting.delete(done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    waiting.add(done);
  });

  const announce = (): void => { for (const done of [...waiting]) done(); };

  return {
    async keep(topics, session) {
      await changes.insertOne({ _id: changeId(), position: 0, at: new Date(), topics: [...topics] }, { session });
    },
    announce,
    async read(after, waitMs) {
      const until = Date.now() + waitMs;
      for (;;) {
        const found = await page(after);
        const left = until - Date.now();
        if (found.changes.length > 0 || found.position !== after || left <= 0 || stopped) return found;
        await news(Math.min(left, lookMs));
      }
    },
    stop() {
      stopped = true;
      announce();
    },
  };
}
