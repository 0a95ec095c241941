import type { ClientSession, Connection } from 'mongoose';

export type Counts = Readonly<Record<string, number>>;

/** Own + children = total, always; rates are made from counts at the edge. */
export interface CountsDocument {
  /** `<area>:<month>` */
  _id: string;
  area: string;
  month: string;
  own: Record<string, number>;
  children: Record<string, number>;
}

export interface CountsEntry {
  readonly area: string;
  readonly month: string;
  readonly part: 'own' | 'children';
  readonly counts: Counts;
}

export interface CountsRepository {
  /** Adds within the transaction; each entry to an area's own counts or to the sum of its children. */
  add(entries: readonly CountsEntry[], session: ClientSession): Promise<void>;
  /** Months in between that have counts, oldest first, by area. */
  between(areas: readonly string[], fromMonth: string, toMonth: string): Promise<Map<string, CountsDocument[]>>;
}

export async function openCounts(connection: Connection): Promise<CountsRepository> {
  if (!connection.db) throw new Error('Open the connection before its counts.');
  const collection = connection.db.collection<CountsDocument>('counts');
  await collection.createIndex({ area: 1, month: 1 });
  return {
    async add(entries, session) {
      if (entries.length === 0) return;
      await collection.bulkWrite(
        entries.map(({ area, month, part, counts }) => ({
          updateOne: {
            filter: { _id: `${area}:${month}` },
            update: {
              $setOnInsert: { area, month, [part === 'own' ? 'children' : 'own']: {} },
              $inc: Object.fromEntries(Object.entries(counts).map(([measure, n]) => [`${part}.${measure}`, n])),
            },
            upsert: true,
          },
        })),
        { session },
      );
    },
    async between(areas, fromMonth, toMonth) {
      const found = await collection
        .find({ area: { $in: [...areas] }, month: { $gte: fromMonth, $lte: toMonth } })
        .sort({ month: 1 })
        .toArray();
      const byArea = new Map<string, CountsDocument[]>(areas.map((area) => [area, []]));
      for (const document of found) byArea.get(document.area)?.push(document);
      return byArea;
    },
  };
}
