import DataLoader from 'dataloader';
import { Schema, type ClientSession, type Connection, type Model } from 'mongoose';
import type { Actor } from '../../../shared/domain/actor.js';
import { codeRange } from '../../../shared/domain/areaCode.js';
import { groupBy } from '../../../shared/domain/groupBy.js';
import { RaceLost } from '../../../shared/domain/raceLost.js';
import { cutPage } from '../../../shared/graphql/connection.js';
import { sha256 } from '../../../shared/hash.js';
import { mustBeTaken, type Receipts } from '../../../shared/persistence/receipts.js';
import type { Transactions } from '../../../shared/persistence/transactions.js';
import { chained, noLink, sealLogActions, type SealEntry, type SealRecord } from '../../domain/seal/chain.js';
import type { Seal, SealRequest } from '../../domain/seal/seal.js';
import { sealRequestStates } from '../../domain/seal/seal.transitions.js';
import type { SealRequestFilter, Seals } from '../../usecases/ports.js';

type Stored<T extends { readonly id: string }> = Omit<T, 'id'> & { _id: string };
type SealDocument = Stored<Seal>;
type RequestDocument = Stored<SealRequest>;
interface RecordDocument extends SealRecord {
  /** `<seal>:<number>`. */
  _id: string;
}
/** Where a seal's log ends: apart from the log, so that one whose tail is cut off is found out. */
interface HeadDocument {
  _id: string;
  number: number;
  hash: string;
}

const text = { type: String, required: true };
const maybeText = { type: String, default: null };
const count = { type: Number, required: true };
const instant = { type: Date, required: true };

const sealSchema = new Schema<SealDocument>(
  { _id: text, version: count, name: text, office: text, keeper: text, registeredAt: instant },
  { collection: 'seals', versionKey: false },
);
sealSchema.index({ office: 1, name: 1 }, { unique: true });

const requestSchema = new Schema<RequestDocument>(
  {
    _id: text, version: count, state: { type: String, enum: sealRequestStates, required: true }, seal: text, office: text, matter: text, reason: text,
    contentHash: text, copies: count, used: count, requestedAt: instant, requestedBy: text,
    decidedAt: { type: Date, default: null }, decidedBy: maybeText, decisionNote: maybeText,
  },
  { collection: 'sealRequests', versionKey: false },
);
requestSchema.index({ seal: 1, requestedAt: -1, _id: -1 });
requestSchema.index({ office: 1, requestedAt: -1, _id: -1 });

const recordSchema = new Schema<RecordDocument>(
  {
    _id: text, seal: text, number: count, action: { type: String, enum: sealLogActions, required: true }, at: instant, by: text, role: text,
    request: maybeText, matter: maybeText, reason: maybeText, contentHash: maybeText, copies: { type: Number, default: null },
    copy: { type: Number, default: null }, note: maybeText, keeper: maybeText, previous: text, hash: text,
  },
  { collection: 'sealRecords', versionKey: false },
);
// No fork, whatever else goes wrong.
recordSchema.index({ seal: 1, number: 1 }, { unique: true });

const headSchema = new Schema<HeadDocument>({ _id: text, number: count, hash: text }, { collection: 'sealHeads', versionKey: false });

const toDomain = <T extends { readonly id: string }>({ _id, ...kept }: Stored<T>): T => ({ ...kept, id: _id }) as unknown as T;
const toDocument = <T extends { readonly id: string }>({ id, ...kept }: T): Stored<T> => ({ ...kept, _id: id });
const toRecord = ({ _id, ...record }: RecordDocument): SealRecord => record;

/** The rule of `seesSeal` as a query, for actors who may see any. */
function conditions(actor: Actor, { seal, states }: SealRequestFilter): Record<string, unknown>[] {
  const { from, before } = codeRange(actor.area ?? '-');
  return [{ office: { $gte: from, $lt: before } }, ...(seal === null ? [] : [{ seal }]), ...(states === null ? [] : [{ state: { $in: states } }])];
}

export interface SealStore {
  /** One per request. */
  repository(transactions: Transactions): Seals;
}

export async function openSeals(connection: Connection, { receipts }: { readonly receipts: Receipts }): Promise<SealStore> {
  const seals = connection.model<SealDocument>('Seal', sealSchema);
  const requests = connection.model<RequestDocument>('SealRequest', requestSchema);
  const records = connection.model<RecordDocument>('SealRecord', recordSchema);
  const heads = connection.model<HeadDocument>('SealHead', headSchema);
  await Promise.all([seals.init(), requests.init(), records.init(), heads.init()]);
  await heads.createCollection();

  /** Numbers the record on from the head, which others wait for until this transaction ends. */
  async function append(entry: SealEntry, session: ClientSession): Promise<void> {
    if (entry.action === 'REGISTER') await heads.create([{ _id: entry.seal, ...noLink }], { session });
    const before = await heads.findOneAndUpdate({ _id: entry.seal }, { $inc: { number: 1 } }, { returnDocument: 'before', session }).lean<HeadDocument>();
    if (!before) throw new Error(`Seal ${entry.seal} has no head; run npm run seals:verify.`);
    const record = chained(entry, before, sha256);
    await records.create([{ ...record, _id: `${record.seal}:${record.number}` }], { session });
    await heads.updateOne({ _id: entry.seal }, { $set: { hash: record.hash } }, { session });
  }

  async function write<T extends { readonly id: string; readonly version: number }>(model: Model<Stored<T>>, next: T, session: ClientSession): Promise<void> {
    if (next.version === 1) {
      await model.create([toDocument(next) as never], { session });
      return;
    }
    const { matchedCount } = await model.replaceOne({ _id: next.id, version: next.version - 1 }, toDocument(next), { session });
    if (matchedCount === 0) throw new RaceLost(`${next.id} has changed.`);
  }

  return {
    repository(transactions) {
      const byId = new DataLoader<string, Seal | null>(async (ids) => {
        const found = await seals.find({ _id: { $in: [...ids] } }).lean<SealDocument[]>();
        const known = new Map(found.map((document) => [document._id, toDomain<Seal>(document)]));
        return ids.map((id) => known.get(id) ?? null);
      });
      const ofOffice = new DataLoader<string, readonly Seal[]>(async (offices) => {
        const found = await seals.find({ office: { $in: [...offices] } }).sort({ name: 1 }).lean<SealDocument[]>();
        const grouped = groupBy(found.map((document) => toDomain<Seal>(document)), ({ office }) => office);
        return offices.map((office) => grouped.get(office) ?? []);
      });
      return {
        byId: (id) => byId.load(id),
        ofOffice: (office) => ofOffice.load(office),
        async requestById(id) {
          const found = await requests.findById(id).lean<RequestDocument>();
          return found && toDomain<SealRequest>(found);
        },
        async requests(actor, filter, { first, after }) {
          const [requestedAt, id] = after ?? [];
          const at = new Date(Number(requestedAt));
          const beyond = after ? [{ $or: [{ requestedAt: { $lt: at } }, { requestedAt: at, _id: { $lt: String(id) } }] }] : [];
          const found = await requests
            .find({ $and: [...conditions(actor, filter), ...beyond] })
            .sort({ requestedAt: -1, _id: -1 })
            .limit(first + 1)
            .lean<RequestDocument[]>();
          return cutPage(found.map((document) => toDomain<SealRequest>(document)), first);
        },
        countRequests: (actor, filter) => requests.countDocuments({ $and: conditions(actor, filter) }).exec(),
        async log(seal, { first, after }) {
          const found = await records
            .find({ seal, ...(after && { number: { $lt: Number(after[0]) } }) })
            .sort({ seal: -1, number: -1 })
            .limit(first + 1)
            .lean<RecordDocument[]>();
          return cutPage(found.map(toRecord), first);
        },
        countLog: (seal) => records.countDocuments({ seal }).exec(),
        async save({ seal, change, request, entry }, result, receipt) {
          try {
            await transactions.run(async ({ session }) => {
              await append(entry, session);
              if (change) await write<Seal>(seals, change, session);
              // After `append`, behind which no other step of this seal can be under way.
              else if ((await seals.countDocuments({ _id: seal.id, version: seal.version }, { session })) === 0) throw new RaceLost(`Seal ${seal.id} has changed.`);
              if (request) await write<SealRequest>(requests, request, session);
              if (receipt) await receipts.record(receipt, result, session);
            });
            return 'SAVED';
          } catch (error) {
            if (error instanceof RaceLost) return 'STALE';
            await mustBeTaken(error, receipts, receipt);
            if (change?.version !== 1) throw error;
            return 'NAME_TAKEN';
          } finally {
            byId.clear(seal.id);
            ofOffice.clear(seal.office);
          }
        },
      };
    },
  };
}
