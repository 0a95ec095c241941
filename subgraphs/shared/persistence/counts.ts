import { Schema, type ClientSession, type Connection } from 'mongoose';

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

export interface CountsRepository {
  /** Adds within the transaction; each entry to an area's own counts or to the sum of its children. */
  add(entries: readonly { readonly area: string; readonly month: string; readonly part: 'own' | 'children'; readonly counts: Counts }[], session: ClientSession): Promise<void>;
  /** Months in between that have counts, oldest first, by area. */
  between(areas: readonly string[], fromMonth: string, toMonth: string): Promise<Map<string, CountsDocument[]>>;
}

const countsSchema = new Schema<CountsDocument>(
  {
    _id: { type: String, required: true },
    area: { type: String, required: true },
    month: { type: String, required: true },
    own: { type: Schema.Types.Mixed, default: {} },
    children: { type: Schema.Types.Mixed, default: {} },
  },
  { collection: 'counts', versionKey: false, minimize: false },
);
countsSchema.index({ area: 1, month: 1 });

export async function openCounts(connection: Connection): Promise<CountsRepository> {
  const model = connection.model<CountsDocument>('Counts', countsSchema);
  await model.init();
  return {
    async add(entries, session) {
      if (entries.length === 0) return;
      await model.bulkWrite(
        entries.map(({ area, month, part, counts }) => ({
          updateOne: {
            filter: { _id: `${area}:${month}` },
            update: {
              $setOnInsert: { area, month },
              $inc: Object.fromEntries(Object.entries(counts).map(([measure, n]) => [`${part}.${measure}`, n])),
            },
            upsert: true,
          },
        })),
        { session, strict: false },
      );
    },
    async between(areas, fromMonth, toMonth) {
      const found = await model.find({ area: { $in: [...areas] }, month: { $gte: fromMonth, $lte: toMonth } }).sort({ month: 1 }).lean();
      const byArea = new Map<string, CountsDocument[]>(areas.map((area) => [area, []]));
      for (const document of found) byArea.get(document.area)?.push(document);
      return byArea;
    },
  };
}
