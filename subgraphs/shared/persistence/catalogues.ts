import DataLoader from 'dataloader';
import { Schema, type ClientSession, type Connection, type Model } from 'mongoose';
import type { SubgraphName } from '../../../schema/events.js';
import { catalogueStates, catalogueText, catalogueTypes, saysSomething, takesPlace, wayTo, type CatalogueFilter, type CatalogueItem, type CatalogueRemark } from '../domain/catalogue.js';
import { groupBy } from '../domain/groupBy.js';
import { RaceLost } from '../domain/raceLost.js';
import { deliveries, serviceModules } from '../domain/serviceItem.js';
import { publicTopics } from '../domain/topics.js';
import { cutPage, type Page, type PageRequest } from '../graphql/connection.js';
import { isDuplicateKey } from './failures.js';
import type { Receipt, Receipts } from './receipts.js';
import type { Transactions, UnitOfWork } from './transactions.js';

interface ItemDocument extends Omit<CatalogueItem, 'id'> {
  _id: string;
  /** Title and words, for finding it. */
  searchText: string;
}

interface RemarkDocument extends CatalogueRemark {
  _id: string;
}

const text = { type: String, required: true };
const maybeText = { type: String, default: null };
const whole = { type: Number, required: true };
const instant = { type: Date, required: true };

const itemSchema = new Schema<ItemDocument>(
  {
    _id: text, code: text, area: text, department: maybeText, number: whole, version: whole, state: { ...text, enum: catalogueStates },
    title: { type: Schema.Types.Mixed, required: true }, module: { ...text, enum: serviceModules }, level: text,
    delivery: { ...text, enum: deliveries }, materials: { type: [Schema.Types.Mixed], default: [] } as never, workDays: whole,
    eligibility: maybeText, conditions: { type: [Schema.Types.Mixed], default: [] } as never, feeFen: whole, words: [String], inForceAt: { type: Date, default: null }, searchText: text,
  },
  { collection: 'catalogueItems', versionKey: false, minimize: false },
);
itemSchema.index({ area: 1, code: 1 });

const remarkSchema = new Schema<RemarkDocument>(
  { _id: text, item: text, area: text, version: whole, place: maybeText, hours: maybeText, contact: maybeText, at: instant },
  { collection: 'catalogueRemarks', versionKey: false },
);
remarkSchema.index({ item: 1, area: 1 });

const toDocument = ({ id, ...item }: CatalogueItem): ItemDocument =>
  ({ ...item, _id: id, searchText: catalogueText([item.title.zh, item.title.en, ...item.words].join('\n')) });
/** What items from before it was known do not have. */
const later = { conditions: [] } as const;
const toDomain = ({ _id, searchText: _text, ...item }: ItemDocument): CatalogueItem => ({ ...later, ...item, id: _id });
const remarkId = ({ item, area }: Pick<CatalogueRemark, 'item' | 'area'>): string => `${item}|${area}`;
const toRemark = ({ _id, ...remark }: RemarkDocument): CatalogueRemark => remark;

const literal = (words: string): string => words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const offered = (area: string, { module, text: words }: CatalogueFilter): Record<string, unknown> => ({
  area: { $in: wayTo(area) }, state: 'IN_FORCE', ...(module !== null && { module }),
  ...(words !== null && { searchText: { $regex: literal(catalogueText(words.trim())) } }),
});
const draftsOf = (area: string): Record<string, unknown> => ({ area, state: 'DRAFT' });

/** What a level keeps of its catalogue, as one request sees it. */
export interface CatalogueRepository {
  byId(id: string): Promise<CatalogueItem | null>;
  /** What `area` offers under the code; from above where several levels have one of that code. */
  offered(area: string, code: string): Promise<CatalogueItem | null>;
  /** From above, then by code; cursor [area, code]. */
  list(area: string, filter: CatalogueFilter, page: PageRequest): Promise<Page<CatalogueItem>>;
  count(area: string, filter: CatalogueFilter): Promise<number>;
  drafts(area: string, page: PageRequest): Promise<Page<CatalogueItem>>;
  countDrafts(area: string): Promise<number>;
  /** Of the offices on the way to `area`, from above. */
  remarks(item: string, area: string): Promise<readonly CatalogueRemark[]>;
  /** The office's own, one that was taken away too. */
  ownRemark(item: string, area: string): Promise<CatalogueRemark | null>;
  /** Writes item, message and receipt together; false when it is no longer at `expectedVersion`, 0 for one that was not there. */
  save(item: CatalogueItem, expectedVersion: number, at: Date, receipt: Receipt | null): Promise<boolean>;
  saveRemark(remark: CatalogueRemark, expectedVersion: number, receipt: Receipt | null): Promise<boolean>;
}

export interface CatalogueStore {
  /** One per request. */
  repository(transactions: Transactions): CatalogueRepository;
  /** Keeps what has come from above, unless something later is held, and passes it on. */
  takeIn(item: CatalogueItem, at: Date, unit: UnitOfWork): Promise<void>;
  takeInRemark(remark: CatalogueRemark, unit: UnitOfWork): Promise<void>;
  /** Writes those that are not there yet; gives the number written. */
  seed(items: readonly CatalogueItem[]): Promise<number>;
}

const toBelow = (target: SubgraphName, subject: string, type: string, at: Date, data: Record<string, unknown>) => ({ type, subject, target, at, data });

/** The message about an item; a draft is nobody else's. */
export const itemMessage = (target: SubgraphName, { id, inForceAt, ...item }: CatalogueItem, at: Date) =>
  toBelow(target, id, 'catalogueItem.changed', at, { ...item, inForceAt: inForceAt?.toISOString() ?? null });
const remarkMessage = (target: SubgraphName, remark: CatalogueRemark) =>
  toBelow(target, remark.item, 'catalogueItem.remarked', remark.at, { ...remark, at: remark.at.toISOString() });

/** `below`: the level that this one passes on to; null for the community. `changed` is told of every change, in its own transaction. */
export async function openCatalogue(
  connection: Connection,
  { receipts, below, changed = () => Promise.resolve() }: {
    readonly receipts: Receipts; readonly below: SubgraphName | null; readonly changed?: (item: CatalogueItem, unit: UnitOfWork) => Promise<void>;
  },
): Promise<CatalogueStore> {
  const items: Model<ItemDocument> = connection.model<ItemDocument>('CatalogueItem', itemSchema);
  const remarks: Model<RemarkDocument> = connection.model<RemarkDocument>('CatalogueRemark', remarkSchema);
  await items.init();
  await remarks.init();

  const passOn = (item: CatalogueItem, at: Date, unit: UnitOfWork): void => {
    if (below !== null && item.inForceAt !== null) unit.emit(itemMessage(below, item, at));
  };
  const passOnRemark = (remark: CatalogueRemark, unit: UnitOfWork): void => {
    if (below !== null) unit.emit(remarkMessage(below, remark));
  };

  async function replace<D extends { _id: string; version: number }>(model: Model<D>, document: D, expectedVersion: number, session: ClientSession): Promise<void> {
    if (expectedVersion === 0) await model.insertMany([document], { session });
    else {
      const { matchedCount } = await model.replaceOne({ _id: document._id, version: expectedVersion } as never, document, { session });
      if (matchedCount === 0) throw new RaceLost(`${document._id} changed meanwhile.`);
    }
  }

  return {
    async takeIn(item, at, unit) {
      const held = await items.findById(item.id, { number: 1, version: 1 }, { session: unit.session }).lean<ItemDocument>();
      if (!takesPlace(item, held)) return;
      await items.replaceOne({ _id: item.id }, toDocument(item), { upsert: true, session: unit.session });
      await changed(item, unit);
      unit.changed(...publicTopics(catalogueTypes));
      passOn(item, at, unit);
    },
    async takeInRemark(remark, unit) {
      const _id = remarkId(remark);
      const held = await remarks.findById(_id, { version: 1 }, { session: unit.session }).lean<RemarkDocument>();
      if (held && held.version >= remark.version) return;
      await remarks.replaceOne({ _id }, remark, { upsert: true, session: unit.session });
      unit.changed(...publicTopics(catalogueTypes));
      passOnRemark(remark, unit);
    },
    async seed(all) {
      const present = new Set<string>(await items.distinct('_id'));
      const missing = all.filter(({ id }) => !present.has(id));
      await items.insertMany(missing.map(toDocument));
      return missing.length;
    },
    repository(transactions) {
      const byItem = new DataLoader<{ readonly item: string; readonly area: string }, readonly CatalogueRemark[], string>(async (keys) => {
        const areas = [...new Set(keys.flatMap(({ area }) => wayTo(area)))];
        const found = await remarks.find({ item: { $in: [...new Set(keys.map(({ item }) => item))] }, area: { $in: areas } }).sort({ area: 1 }).lean<RemarkDocument[]>();
        const grouped = groupBy(found.map(toRemark).filter(saysSomething), ({ item }) => item);
        return keys.map(({ item, area }) => {
          const way = new Set(wayTo(area));
          return (grouped.get(item) ?? []).filter((remark) => way.has(remark.area));
        });
      }, { cacheKeyFn: remarkId });
      const page = async (filter: Record<string, unknown>, { first, after }: PageRequest): Promise<Page<CatalogueItem>> => {
        const [area, code] = [String(after?.[0]), String(after?.[1])];
        const beyond = after === null ? {} : { $or: [{ area, code: { $gt: code } }, { area: { $gt: area } }] };
        const found = await items.find({ $and: [filter, beyond] }).sort({ area: 1, code: 1 }).limit(first + 1).lean<ItemDocument[]>();
        return cutPage(found.map(toDomain), first);
      };
      /** False when somebody else was faster; the caller of a repeated call finds the receipt instead. */
      async function write(result: string, receipt: Receipt | null, work: (unit: UnitOfWork) => Promise<void>): Promise<boolean> {
        try {
          await transactions.run(async (unit) => {
            await work(unit);
            unit.changed(...publicTopics(catalogueTypes));
            if (receipt) await receipts.record(receipt, result, unit.session);
          });
          return true;
        } catch (error) {
          if (error instanceof RaceLost) return false;
          if (!isDuplicateKey(error)) throw error;
          const known = receipt && (await receipts.find(receipt));
          if (known && (!known.ok || known.value !== null)) throw error;
          return false;
        } finally {
          byItem.clearAll();
        }
      }

      return {
        async byId(id) {
          const found = await items.findById(id).lean<ItemDocument>();
          return found && toDomain(found);
        },
        async offered(area, code) {
          const found = await items.find({ area: { $in: wayTo(area) }, code, state: 'IN_FORCE' }).sort({ area: 1 }).limit(1).lean<ItemDocument[]>();
          return found[0] ? toDomain(found[0]) : null;
        },
        list: (area, filter, request) => page(offered(area, filter), request),
        count: (area, filter) => items.countDocuments(offered(area, filter)).exec(),
        drafts: (area, request) => page(draftsOf(area), request),
        countDrafts: (area) => items.countDocuments(draftsOf(area)).exec(),
        remarks: (item, area) => byItem.load({ item, area }),
        async ownRemark(item, area) {
          const found = await remarks.findById(remarkId({ item, area })).lean<RemarkDocument>();
          return found && toRemark(found);
        },
        save: (item, expectedVersion, at, receipt) => write(item.id, receipt, async (unit) => {
          await replace(items, toDocument(item), expectedVersion, unit.session);
          await changed(item, unit);
          passOn(item, at, unit);
        }),
        saveRemark: (remark, expectedVersion, receipt) => write(remark.item, receipt, async (unit) => {
          await replace(remarks, { ...remark, _id: remarkId(remark) }, expectedVersion, unit.session);
          passOnRemark(remark, unit);
        }),
      };
    },
  };
}
