import { Schema, type Connection, type Model } from 'mongoose';
import { codeRange } from '../../../shared/domain/areaCode.js';
import { publicTopics } from '../../../shared/domain/topics.js';
import { cutPage } from '../../../shared/graphql/connection.js';
import type { Receipts } from '../../../shared/persistence/receipts.js';
import type { Transactions, UnitOfWork } from '../../../shared/persistence/transactions.js';
import type { OpennessEntry, OpennessFilter } from '../../domain/openness/entry.js';
import { opennessStates } from '../../domain/openness/entry.transitions.js';
import { shown } from '../../domain/shown.js';
import type { Openness } from '../../usecases/ports.js';

type EntryDocument = Omit<OpennessEntry, 'id'> & { _id: string };

const text = { type: String, required: true };
const instant = { type: Date, required: true };

const entrySchema = new Schema<EntryDocument>(
  {
    _id: text, version: { type: Number, required: true }, state: { ...text, enum: opennessStates }, area: text, publishedAt: instant, updatedAt: instant,
    content: { type: Schema.Types.Mixed, required: true } as never, history: { type: [Schema.Types.Mixed], required: true } as never,
  },
  { collection: 'openness', versionKey: false, minimize: false },
);
const latest = { publishedAt: -1, _id: -1 } as const;
entrySchema.index(latest);
entrySchema.index({ area: 1, ...latest });
entrySchema.index({ 'content.code': 1, ...latest });
entrySchema.index({ updatedAt: -1 });

const toDocument = ({ id, ...entry }: OpennessEntry): EntryDocument => ({ ...entry, _id: id });
const toDomain = ({ _id, ...entry }: EntryDocument): OpennessEntry => ({ ...entry, id: _id });

const within = (prefix: string): Record<string, string> => {
  const { from, before } = codeRange(prefix);
  return { $gte: from, $lt: before };
};

function matching({ code, area, from, before, states }: OpennessFilter): Record<string, unknown> {
  return {
    state: { $in: [...states] },
    ...(code !== null && { 'content.code': within(code) }),
    ...(area !== null && { area: within(area) }),
    ...((from !== null || before !== null) && { publishedAt: { ...(from !== null && { $gte: from }), ...(before !== null && { $lt: before }) } }),
  };
}

export interface OpennessStore {
  repository(transactions: Transactions): Openness;
  /** Writes it with what it tells of; one that is there already stays. */
  announce(entry: OpennessEntry, unit: UnitOfWork): Promise<void>;
  /** Writes those that are not there yet; gives the number written. */
  seed(entries: readonly OpennessEntry[]): Promise<number>;
}

export async function openOpenness(connection: Connection, { receipts }: { readonly receipts: Receipts }): Promise<OpennessStore> {
  const model: Model<EntryDocument> = connection.model<EntryDocument>('Openness', entrySchema);
  await model.init();

  return {
    async announce(entry, { session, changed }) {
      changed(...publicTopics(shown.openness));
      const { _id, ...kept } = toDocument(entry);
      await model.updateOne({ _id }, { $setOnInsert: kept }, { upsert: true, session });
    },
    async seed(entries) {
      const present = new Set<string>(await model.distinct('_id', { _id: { $in: entries.map(({ id }) => id) } }));
      const missing = entries.filter(({ id }) => !present.has(id));
      await model.insertMany(missing.map(toDocument));
      return missing.length;
    },
    repository: (transactions) => ({
      async byId(id) {
        const found = await model.findById(id).lean<EntryDocument>();
        return found && toDomain(found);
      },
      async list(filter, { first, after }) {
        const [publishedAt, id] = after ?? [];
        const at = new Date(Number(publishedAt));
        const beyond = after ? [{ $or: [{ publishedAt: { $lt: at } }, { publishedAt: at, _id: { $lt: String(id) } }] }] : [];
        const found = await model.find({ $and: [matching(filter), ...beyond] }).sort(latest).limit(first + 1).lean<EntryDocument[]>();
        return cutPage(found.map(toDomain), first);
      },
      count: (filter) => model.countDocuments(matching(filter)).exec(),
      async updatedAt(filter) {
        const found = await model.findOne(matching(filter), { updatedAt: 1 }).sort({ updatedAt: -1 }).lean<Pick<EntryDocument, 'updatedAt'>>();
        return found?.updatedAt ?? null;
      },
      save: (next, receipt) => transactions.run(async ({ session, changed }) => {
        changed(...publicTopics(shown.openness));
        if (next.version === 1) await model.create([toDocument(next)], { session });
        else {
          const { matchedCount } = await model.replaceOne({ _id: next.id, version: next.version - 1 }, toDocument(next), { session });
          if (matchedCount === 0) return false;
        }
        if (receipt) await receipts.record(receipt, next.id, session);
        return true;
      }),
    }),
  };
}
