import DataLoader from 'dataloader';
import type { Connection } from 'mongoose';
import { codeRange, levelOfCode } from '../../../shared/domain/areaCode.js';
import { RaceLost } from '../../../shared/domain/raceLost.js';
import { newId } from '../../../shared/ids.js';
import { cutPage } from '../../../shared/graphql/connection.js';
import { mustBeTaken, type Receipts } from '../../../shared/persistence/receipts.js';
import type { Transactions } from '../../../shared/persistence/transactions.js';
import type { ResidentRecord } from '../../domain/outreach/record.js';
import type { Records } from '../../usecases/ports.js';
import { everywhere, markRecord, type MarkDocument } from './marks.js';

/** What only one record may have is absent where there is none: null would be taken by the first. */
interface RecordDocument extends Omit<ResidentRecord, 'id' | 'person' | 'idNumber'> {
  readonly _id: string;
  readonly person?: string;
  readonly idNumber?: string;
}

const toDocument = ({ id, person, idNumber, ...record }: ResidentRecord): RecordDocument =>
  ({ ...record, _id: id, ...(person !== null && { person }), ...(idNumber !== null && { idNumber }) });
const toDomain = ({ _id, person, idNumber, ...record }: RecordDocument): ResidentRecord =>
  ({ ...record, id: _id, person: person ?? null, idNumber: idNumber ?? null });

/** An id begins with the code of its community, and so with those of all above it. */
function within(area: string): Record<string, unknown> {
  if (area === everywhere) return {};
  if (levelOfCode(area) === 'GRID') return { grid: area };
  const { from, before } = codeRange(area);
  return { _id: { $gte: from, $lt: before } };
}

export interface RecordStore {
  /** One per request. */
  repository(transactions: Transactions): Records;
  byIds(ids: readonly string[]): Promise<readonly ResidentRecord[]>;
  /** Writes those that are not there yet, marked to be looked at; gives the number written. */
  seed(records: readonly ResidentRecord[]): Promise<number>;
}

export async function openRecords({ db }: Connection, { receipts }: { readonly receipts: Receipts }): Promise<RecordStore> {
  if (!db) throw new Error('Open the connection before its records.');
  const records = db.collection<RecordDocument>('residentRecords');
  const marks = db.collection<MarkDocument>('outreachMarks');
  await records.createIndex({ person: 1 }, { unique: true, sparse: true });
  await records.createIndex({ idNumber: 1 }, { unique: true, sparse: true });
  await records.createIndex({ grid: 1, _id: 1 });
  await marks.createIndex({ kind: 1, _id: 1 });

  const byIds = async (ids: readonly string[]): Promise<ResidentRecord[]> =>
    (await records.find({ _id: { $in: [...ids] } }).toArray()).map(toDomain);
  const batch = async (area: string, after: string | null, limit: number): Promise<ResidentRecord[]> =>
    (await records.find({ $and: [within(area), after === null ? {} : { _id: { $gt: after } }] } as object).sort({ _id: 1 }).limit(limit).toArray()).map(toDomain);

  return {
    byIds,
    async seed(all) {
      const present = new Set((await byIds(all.map(({ id }) => id))).map(({ id }) => id));
      const missing = all.filter(({ id }) => !present.has(id));
      if (missing.length === 0) return 0;
      await records.insertMany(missing.map(toDocument));
      await marks.bulkWrite(missing.map(({ id }) => ({ replaceOne: { filter: { _id: `record:${id}` }, replacement: markRecord(id, newId()), upsert: true } })));
      return missing.length;
    },
    repository(transactions) {
      const loader = new DataLoader<string, ResidentRecord | null>(async (ids) => {
        const found = new Map((await byIds(ids)).map((record) => [record.id, record]));
        return ids.map((id) => found.get(id) ?? null);
      });
      return {
        byId: (id) => loader.load(id),
        async ofPerson(person) {
          const found = await records.findOne({ person });
          return found && toDomain(found);
        },
        list: async (area, { first, after }) => cutPage(await batch(area, after === null ? null : String(after[0]), first + 1), first),
        count: (area) => records.countDocuments(within(area) as object),
        batch,
        async taken({ id, person, idNumber }) {
          const wanted = [...(person === null ? [] : [{ person }]), ...(idNumber === null ? [] : [{ idNumber }])];
          if (wanted.length === 0) return null;
          const other = await records.findOne({ $or: wanted, _id: { $ne: id } });
          if (!other) return null;
          return person !== null && other.person === person ? 'person' : 'idNumber';
        },
        async save(record, expectedVersion, receipt) {
          try {
            await transactions.run(async ({ session }) => {
              if (expectedVersion === 0) {
                await records.insertOne(toDocument(record), { session });
              } else {
                const { matchedCount } = await records.replaceOne({ _id: record.id, version: expectedVersion }, toDocument(record), { session });
                if (matchedCount === 0) throw new RaceLost('The record changed meanwhile.');
              }
              await marks.replaceOne({ _id: `record:${record.id}` }, markRecord(record.id, newId()), { upsert: true, session });
              if (receipt) await receipts.record(receipt, record.id, session);
            });
            return true;
          } catch (error) {
            if (error instanceof RaceLost) return false;
            await mustBeTaken(error, receipts, receipt);
            return false;
          } finally {
            loader.clear(record.id);
          }
        },
      };
    },
  };
}
