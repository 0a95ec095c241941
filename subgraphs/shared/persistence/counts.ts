import type { ClientSession, Connection, mongo } from 'mongoose';
import { counterId, increments, slices, type CountsEntry, type CountsKey, type Slice } from '../domain/counts.js';
import { groupBy } from '../domain/groupBy.js';

type Numbers = Record<string, number>;

/** Own + children = total, always; rates are made from counts at the edge. */
export interface PartNumbers {
  readonly own?: Numbers;
  readonly children?: Numbers;
}

export interface CountsDocument extends CountsKey, PartNumbers {
  /** See `counterId`. */
  readonly _id: string;
  /** By kind and category. */
  readonly matters?: Readonly<Record<string, Readonly<Record<string, PartNumbers>>>>;
}

/** Which counters, and how much of each. */
export interface CountsQuery {
  readonly slice: Slice;
  /** Periods, both included. */
  readonly from: string;
  readonly to: string;
  /** NONE: the sums; ALL: by kind and category; else those of some kinds and of one category, or of any. */
  readonly matters: 'NONE' | 'ALL' | { readonly kinds: readonly string[]; readonly category: string | null };
}

export interface CountsRepository {
  /** Adds within the transaction. */
  add(entries: readonly CountsEntry[], session: ClientSession): Promise<void>;
  /** By area, in the order of periods and keys. */
  read(areas: readonly string[], query: CountsQuery): Promise<Map<string, CountsDocument[]>>;
}

function projectionOf(matters: CountsQuery['matters']): Record<string, 0 | 1> {
  if (typeof matters === 'string') return {};
  const paths = matters.kinds.map((kind) => `matters.${kind}${matters.category === null ? '' : `.${matters.category}`}`);
  return { area: 1, slice: 1, period: 1, key: 1, ...Object.fromEntries(paths.map((path) => [path, 1])) };
}

export async function openCounts(connection: Connection): Promise<CountsRepository> {
  if (!connection.db) throw new Error('Open the connection before its counts.');
  const collection = connection.db.collection<CountsDocument & { month?: string }>('counts');
  await collection.createIndex({ slice: 1, ofMatters: 1, area: 1, period: 1, key: 1 });
  // Before there were slices a counter was an area's month.
  const old = await collection.find({ slice: null } as object).project<{ _id: string; month: string }>({ month: 1 }).toArray();
  for (const { _id, month } of old) {
    await collection.updateOne({ _id }, { $set: { slice: 'MONTH', period: month, key: null }, $unset: { month: '' } });
  }
  await takeMattersApart(collection);
  return {
    async add(entries, session) {
      if (entries.length === 0) return;
      // In one order, so that two transactions do not wait for each other.
      const byCounter = [...groupBy(entries, counterId)].sort(([a], [b]) => (a < b ? -1 : 1));
      await collection.bulkWrite(
        byCounter.map(([_id, own]) => {
          const { area, slice, period, key, ofMatters } = own[0] as CountsEntry;
          const $inc: Numbers = {};
          for (const [path, n] of own.flatMap(increments)) $inc[path] = ($inc[path] ?? 0) + n;
          return { updateOne: { filter: { _id }, update: { $setOnInsert: { area, slice, period, key, ofMatters }, $inc }, upsert: true } };
        }),
        { session },
      );
    },
    async read(areas, { slice, from, to, matters }) {
      const found = await collection
        .find({ slice, ofMatters: matters !== 'NONE', area: { $in: [...areas] }, period: { $gte: from, $lte: to } })
        .project<CountsDocument>(projectionOf(matters))
        .sort({ period: 1, key: 1 })
        .toArray();
      const byArea = new Map<string, CountsDocument[]>(areas.map((area) => [area, []]));
      for (const document of found) byArea.get(document.area)?.push(document);
      return byArea;
    },
  };
}

// Once a counter had both in one document, which a dashboard by day had to read for its sums. Found by the index: this is
// asked at every start.
async function takeMattersApart(collection: mongo.Collection<CountsDocument>): Promise<void> {
  for await (const { _id, matters, ...counter } of collection.find({ slice: { $in: [...slices] }, ofMatters: null } as object)) {
    if (matters) {
      const { area, slice, period, key } = counter;
      const own = { area, slice, period, key, ofMatters: true, matters };
      await collection.updateOne({ _id: `${_id}:matters` }, { $setOnInsert: own }, { upsert: true });
    }
    await collection.updateOne({ _id }, { $set: { ofMatters: false }, $unset: { matters: '' } });
  }
}
