import DataLoader from 'dataloader';
import { Schema, type Connection } from 'mongoose';
import { areaOfUnit, type Actor } from '../../../shared/domain/actor.js';
import { codeRange } from '../../../shared/domain/areaCode.js';
import { deliveries, serviceModules } from '../../../shared/domain/serviceItem.js';
import { catalogueId, type CatalogueItem } from '../../../shared/domain/catalogue.js';
import { RaceLost } from '../../../shared/domain/raceLost.js';
import { publicTopics } from '../../../shared/domain/topics.js';
import { cutPage } from '../../../shared/graphql/connection.js';
import { itemMessage } from '../../../shared/persistence/catalogues.js';
import { mustBeTaken, type Receipts } from '../../../shared/persistence/receipts.js';
import type { Transactions, UnitOfWork } from '../../../shared/persistence/transactions.js';
import type { ItemFilter, ItemVersion } from '../../domain/service/item.js';
import { itemStates } from '../../domain/service/item.transitions.js';
import { shown } from '../../domain/shown.js';
import type { ItemReference, ItemRepository, PageRequest } from '../../usecases/ports.js';
import { openItemIndex } from './itemIndex.js';

interface ItemDocument extends Omit<ItemVersion, 'id'> {
  _id: string;
  /** The item's code while it is a draft, or in force: an item has one of each. */
  draftOf?: string;
  inForceOf?: string;
  /** The levels below have been told, or it was seeded to them; absent on what is older than their catalogues. */
  sentDown?: true;
}

const text = { type: String, required: true };
const maybeText = { type: String, default: null };
const maybeInstant = { type: Date, default: null };
const whole = { type: Number, required: true };
const mixed = { type: Schema.Types.Mixed, required: true };

const itemSchema = new Schema<ItemDocument>(
  {
    _id: text, code: text, number: whole, version: whole, state: { ...text, enum: itemStates }, department: text, title: mixed,
    module: { ...text, enum: serviceModules }, level: text, delivery: { ...text, enum: deliveries },
    materials: { type: [Schema.Types.Mixed], default: [] } as never, workDays: whole, eligibility: maybeText,
    conditions: { type: [Schema.Types.Mixed], default: [] } as never, feeFen: whole, words: [String],
    draftedAt: { type: Date, required: true }, draftedBy: maybeText, inForceAt: maybeInstant, inForceBy: maybeText,
    lapsedAt: maybeInstant, lapsedBy: maybeText, note: maybeText, draftOf: String, inForceOf: String, sentDown: Boolean,
  },
  { collection: 'serviceItems', versionKey: false, minimize: false },
);
itemSchema.index({ code: 1, number: -1 });
itemSchema.index({ draftOf: 1 }, { unique: true, sparse: true });
itemSchema.index({ inForceOf: 1 }, { unique: true, sparse: true });
itemSchema.index({ state: 1, department: 1, code: 1 });

const toDocument = ({ id, ...version }: ItemVersion): ItemDocument => ({
  ...version,
  _id: id,
  ...(version.state === 'DRAFT' && { draftOf: version.code }),
  ...(version.state === 'IN_FORCE' && { inForceOf: version.code }),
  ...(version.inForceAt !== null && { sentDown: true }),
});
/** What versions from before it was known do not have. */
const later = { conditions: [] } as const;
const toDomain = ({ _id, draftOf: _draft, inForceOf: _inForce, sentDown: _sent, ...version }: ItemDocument): ItemVersion => ({ ...later, ...version, id: _id });

/** As the levels below have it. */
export function catalogueItemOf(
  { code, department, title, module, level, delivery, materials, workDays, eligibility, conditions, feeFen, words, number, version, state, inForceAt }: ItemVersion,
): CatalogueItem {
  const area = areaOfUnit(department);
  return {
    id: catalogueId(area, code), code, area, department, number, version, state, inForceAt,
    title, module, level, delivery, materials, workDays, eligibility, conditions, feeFen, words,
  };
}

/** The version that it replaces needs no message of its own. */
const tellBelow = (item: ItemVersion, at: Date, unit: UnitOfWork): void => unit.emit(itemMessage('district', catalogueItemOf(item), at));

const nothing = { _id: { $in: [] as string[] } };
const everInForce = { inForceAt: { $ne: null } };

/** The rule of `seesVersion` as a query, for what was never in force. */
function ownDrafts(actor: Actor | null): Record<string, unknown> {
  if (actor?.role === 'DEPARTMENT_OFFICER') return actor.unit === null ? nothing : { department: actor.unit };
  if ((actor?.role !== 'CITY_OFFICER' && actor?.role !== 'AUDITOR') || actor.area === null) return nothing;
  const { from, before } = codeRange(`${actor.area}-`);
  return { department: { $gte: from, $lt: before } };
}

const matching = ({ module, department, level }: ItemFilter): Record<string, unknown> => ({
  state: 'IN_FORCE', ...(department !== null && { department }), ...(module !== null && { module }), ...(level !== null && { level }),
});

export interface ItemStore {
  /** One per request. */
  repository(transactions: Transactions): ItemRepository;
  /** Writes those whose code is not there yet; gives the number written. */
  seed(versions: readonly ItemVersion[]): Promise<number>;
  /** Those dispatched to streets or communities that were in force at some time from the one instant to the other. */
  dispatchedBetween(from: Date, to: Date): Promise<ItemVersion[]>;
  /** Sends down what was in force before the levels below kept catalogues; does nothing once it has found nothing. */
  sendMissing(transactions: Transactions): () => Promise<void>;
}

export async function openItems(connection: Connection, { receipts }: { readonly receipts: Receipts }): Promise<ItemStore> {
  const model = connection.model<ItemDocument>('ServiceItem', itemSchema);
  await model.init();
  const index = await openItemIndex(connection, async () => (await model.find({ state: 'IN_FORCE' }).sort({ code: 1 }).lean<ItemDocument[]>()).map(toDomain));

  return {
    async seed(versions) {
      const present = new Set<string>(await model.distinct('code'));
      const missing = versions.filter(({ code }) => !present.has(code));
      if (missing.length === 0) return 0;
      await model.insertMany(missing.map(toDocument));
      await index.outdate(null);
      return missing.length;
    },
    async dispatchedBetween(from, to) {
      const found = await model.find({
        delivery: 'DISPATCHED', level: { $in: ['STREET', 'COMMUNITY'] }, inForceAt: { $lt: to }, $or: [{ lapsedAt: null }, { lapsedAt: { $gte: from } }],
      }).sort({ code: 1, number: 1 }).lean<ItemDocument[]>();
      return found.map(toDomain);
    },
    sendMissing(transactions) {
      let isDone = false;
      return async () => {
        while (!isDone) {
          const missing = await model.find({ ...everInForce, sentDown: { $exists: false } }).sort({ number: 1, _id: 1 }).limit(100).lean<ItemDocument[]>();
          for (const { _id, version } of missing) {
            await transactions.run(async (unit) => {
              const marked = await model.findOneAndUpdate(
                { _id, version, sentDown: { $exists: false } }, { $set: { sentDown: true } }, { session: unit.session },
              ).lean<ItemDocument>();
              if (marked) tellBelow(toDomain(marked), marked.lapsedAt ?? marked.inForceAt ?? marked.draftedAt, unit);
            });
          }
          isDone = missing.length === 0;
        }
      };
    },
    repository(transactions) {
      const inForce = new DataLoader<string, ItemVersion | null>(async (codes) => {
        const found = await model.find({ inForceOf: { $in: [...codes] } }).lean<ItemDocument[]>();
        const byCode = new Map(found.map((document) => [document.code, toDomain(document)]));
        return codes.map((code) => byCode.get(code) ?? null);
      });
      const last = new DataLoader<string, ItemVersion | null>(async (codes) => {
        const found = await model.find({ code: { $in: [...codes] } }).sort({ number: 1 }).lean<ItemDocument[]>();
        const byCode = new Map(found.map((document) => [document.code, toDomain(document)]));
        return codes.map((code) => byCode.get(code) ?? null);
      });
      const references = async (filter: Record<string, unknown>, { first, after }: PageRequest) => {
        const beyond = after === null ? {} : { code: { $gt: String(after[0]) } };
        const found = await model.find({ $and: [filter, beyond] }, { code: 1 }).sort({ code: 1 }).limit(first + 1).lean<ItemDocument[]>();
        return cutPage(found.map(({ code }): ItemReference => ({ id: code })), first);
      };
      const historyOf = (code: string, actor: Actor | null) => ({ code, $or: [everInForce, ownDrafts(actor)] });
      const draftsOf = (actor: Actor) => ({ $and: [{ state: 'DRAFT' }, ownDrafts(actor)] });
      const forget = (code: string): void => void [inForce, last].forEach((loader) => loader.clear(code));

      return {
        inForce: (code) => inForce.load(code),
        last: (code) => last.load(code),
        async version(code, number) {
          const found = await model.findOne({ code, number }).lean<ItemDocument>();
          return found && toDomain(found);
        },
        async history(code, actor, { first, after }) {
          const beyond = after === null ? {} : { number: { $lt: Number(after[0]) } };
          const found = await model.find({ $and: [historyOf(code, actor), beyond] }).sort({ number: -1 }).limit(first + 1).lean<ItemDocument[]>();
          return cutPage(found.map(toDomain), first);
        },
        countHistory: (code, actor) => model.countDocuments(historyOf(code, actor)).exec(),
        list: (filter, page) => references(matching(filter), page),
        count: (filter) => model.countDocuments(matching(filter)).exec(),
        drafts: (actor, page) => references(draftsOf(actor), page),
        countDrafts: (actor) => model.countDocuments(draftsOf(actor)).exec(),
        search: (question, filter) => index.search(question, filter),
        async add(draft, receipt) {
          try {
            await transactions.run(async (unit) => {
              await model.create([toDocument(draft)], { session: unit.session });
              if (receipt) await receipts.record(receipt, draft.code, unit.session);
            });
            return true;
          } catch (error) {
            await mustBeTaken(error, receipts, receipt);
            return false;
          } finally {
            forget(draft.code);
          }
        },
        async save({ next, replaced }, expectedVersion, receipt) {
          try {
            await transactions.run(async (unit) => {
              const replace = async (version: ItemVersion, from: number): Promise<void> => {
                const { matchedCount } = await model.replaceOne({ _id: version.id, version: from }, toDocument(version), { session: unit.session });
                if (matchedCount === 0) throw new RaceLost(`Service item ${version.id} changed meanwhile.`);
              };
              // First, since an item has one version in force.
              if (replaced) await replace(replaced, replaced.version - 1);
              await replace(next, expectedVersion);
              if (next.inForceAt !== null) {
                tellBelow(next, next.lapsedAt ?? next.inForceAt, unit);
                unit.changed(...publicTopics(shown.serviceItems));
                await index.outdate(unit.session);
              }
              if (receipt) await receipts.record(receipt, next.code, unit.session);
            });
            return true;
          } catch (error) {
            if (error instanceof RaceLost) return false;
            throw error;
          } finally {
            forget(next.code);
          }
        },
      };
    },
  };
}

