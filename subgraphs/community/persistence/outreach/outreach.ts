import DataLoader from 'dataloader';
import type { Connection } from 'mongoose';
import { codeRange, levelOfCode } from '../../../shared/domain/areaCode.js';
import type { CatalogueItem } from '../../../shared/domain/catalogue.js';
import { groupBy } from '../../../shared/domain/groupBy.js';
import { RaceLost } from '../../../shared/domain/raceLost.js';
import { newId } from '../../../shared/ids.js';
import { cutPage } from '../../../shared/graphql/connection.js';
import { isDuplicateKey } from '../../../shared/persistence/failures.js';
import { mustBeTaken, type Receipts } from '../../../shared/persistence/receipts.js';
import { within, type Transactions, type UnitOfWork } from '../../../shared/persistence/transactions.js';
import type { OutreachCase, SoughtItem } from '../../domain/outreach/outreach.js';
import type { OutreachState } from '../../domain/outreach/outreach.transitions.js';
import type { OutreachCases, OutreachRuns, Served } from '../../usecases/ports.js';
import type { CaseStore } from '../case.repository.js';
import { everywhere, markSweep, type MarkDocument } from './marks.js';
import type { RecordStore } from './records.js';

type OutreachDocument = Omit<OutreachCase, 'id'> & { readonly _id: string };

interface RunDocument {
  readonly _id: string;
  readonly leaseId: string | null;
  readonly leasedUntil: Date;
  /** The last night that was begun. */
  readonly night?: string;
}

interface AppliedDocument {
  readonly _id: string;
  readonly serviceItem: string;
  readonly reporter: { readonly id: string | null; readonly idNumber: string | null };
}

const runId = 'outreach';
const idsAtOnce = 1_000;

/** Undoes a transaction: the number of the case that it opens has been given before. */
class NumberTaken extends Error {}

const toDocument = ({ id, ...outreach }: OutreachCase): OutreachDocument => ({ ...outreach, _id: id });
const toDomain = ({ _id, ...outreach }: OutreachDocument): OutreachCase => ({ ...outreach, id: _id });

function inArea(area: string): Record<string, unknown> {
  if (levelOfCode(area) === 'GRID') return { grid: area };
  const { from, before } = codeRange(area);
  return levelOfCode(area) === 'COMMUNITY' ? { community: area } : { community: { $gte: from, $lt: before } };
}
const ofStates = (area: string, states: readonly OutreachState[] | null) => ({ ...inArea(area), ...(states && { state: { $in: [...states] } }) });

const inParts = async <T, R>(all: readonly T[], work: (part: readonly T[]) => Promise<readonly R[]>): Promise<R[]> => {
  const results: R[] = [];
  for (let from = 0; from < all.length; from += idsAtOnce) results.push(...(await work(all.slice(from, from + idsAtOnce))));
  return results;
};

export interface OutreachStore {
  /** One per request. */
  repository(transactions: Transactions): OutreachCases;
  readonly served: Served;
  runs(transactions: Transactions): OutreachRuns;
  /** Marks, in the transaction that changes an item, everybody it may be for. */
  itemChanged(item: CatalogueItem, unit: UnitOfWork): Promise<void>;
}

/** Reads the catalogue's items and the cases, which must have been opened before. */
export async function openOutreach(
  { db }: Connection, { cases, records, receipts }: { readonly cases: CaseStore; readonly records: RecordStore; readonly receipts: Receipts },
): Promise<OutreachStore> {
  if (!db) throw new Error('Open the connection before its outreach cases.');
  const outreach = db.collection<OutreachDocument>('outreachCases');
  const marks = db.collection<MarkDocument>('outreachMarks');
  const runs = db.collection<RunDocument>('outreachRuns');
  const items = db.collection<Omit<CatalogueItem, 'id'> & { readonly _id: string }>('catalogueItems');
  const stored = db.collection<AppliedDocument>('cases');
  await outreach.createIndex({ community: 1, state: 1, openedAt: 1, _id: 1 });
  await outreach.createIndex({ grid: 1, state: 1, openedAt: 1, _id: 1 });
  await outreach.createIndex({ record: 1, openedAt: 1, _id: 1 });
  await stored.createIndex({ 'reporter.idNumber': 1 }, { partialFilterExpression: { 'reporter.idNumber': { $gt: '' } } });
  await runs.updateOne({ _id: runId }, { $setOnInsert: { leaseId: null, leasedUntil: new Date(0) } }, { upsert: true });

  const served: Served = {
    opened: async (ids) => new Set(await inParts(ids, async (part) =>
      (await outreach.find({ _id: { $in: [...part] } }, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id))),
    async applications(codes, { persons, idNumbers }) {
      const by = (field: string, values: readonly string[]) => inParts(values, (part) => stored.find(
        { [field]: { $in: [...part] }, kind: 'APPLICATION', serviceItem: { $in: [...codes] } } as object,
        { projection: { serviceItem: 1, 'reporter.id': 1, 'reporter.idNumber': 1 } },
      ).toArray());
      const found = [...(await by('reporter.id', persons)), ...(await by('reporter.idNumber', idNumbers))];
      return found.map(({ serviceItem, reporter: { id, idNumber } }) => ({ item: serviceItem, person: id, idNumber }));
    },
  };

  return {
    served,
    async itemChanged(item, { session }) {
      if (item.state !== 'IN_FORCE' || item.conditions.length === 0) return;
      await marks.replaceOne({ _id: `item:${item.id}` }, markSweep(item.area, item.id, newId()), { upsert: true, session });
    },
    runs: (transactions) => ({
      async claim(now, leaseMs) {
        const id = newId();
        const { matchedCount } = await runs.updateOne({ _id: runId, leasedUntil: { $lte: now } }, { $set: { leaseId: id, leasedUntil: new Date(now.getTime() + leaseMs) } });
        return matchedCount > 0 ? { id } : null;
      },
      extend: async ({ id }, until) => (await runs.updateOne({ _id: runId, leaseId: id }, { $set: { leasedUntil: until } })).matchedCount > 0,
      async release({ id }) {
        await runs.updateOne({ _id: runId, leaseId: id }, { $set: { leasedUntil: new Date(0) } });
      },
      async beginNight(day) {
        if (await runs.findOne({ _id: runId, night: { $gte: day } })) return;
        await transactions.run(async ({ session }) => {
          const { matchedCount } = await runs.updateOne({ _id: runId, $or: [{ night: { $exists: false } }, { night: { $lt: day } }] }, { $set: { night: day } }, { session });
          if (matchedCount > 0) await marks.replaceOne({ _id: 'night' }, markSweep(everywhere, null, newId()), { upsert: true, session });
        });
      },
      async recordMarks(limit) {
        const found = await marks.find({ kind: 'RECORD' }).sort({ _id: 1 }).limit(limit).toArray();
        return found.map(({ _id, stamp, record = '' }) => ({ id: _id, stamp, record }));
      },
      async sweepMark() {
        const found = await marks.findOne({ kind: 'SWEEP' }, { sort: { _id: 1 } });
        return found && { id: found._id, stamp: found.stamp, area: found.area ?? everywhere, item: found.item ?? null, after: found.after ?? null };
      },
      async clear(done) {
        if (done.length === 0) return;
        await marks.bulkWrite(done.map(({ id, stamp }) => ({ deleteOne: { filter: { _id: id, stamp } } })), { ordered: false });
      },
      async advance({ id, stamp }, after) {
        await marks.updateOne({ _id: id, stamp }, { $set: { after } });
      },
      records: (ids) => records.byIds(ids),
      async items(id) {
        const found = await items.find({ state: 'IN_FORCE', ...(id !== null && { _id: id }), 'conditions.0': { $exists: true } } as object).toArray();
        return found.map(({ _id, code, area, number, state, conditions }): SoughtItem => ({ id: _id, code, area, number, state, conditions }));
      },
      async open(found) {
        try {
          return (await outreach.insertMany(found.map(toDocument), { ordered: false })).insertedCount;
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
          return (error as { readonly insertedCount?: number }).insertedCount ?? 0;
        }
      },
    }),
    repository(transactions) {
      const loader = new DataLoader<string, OutreachCase | null>(async (ids) => {
        const found = new Map((await outreach.find({ _id: { $in: [...ids] } }).toArray()).map((document) => [document._id, toDomain(document)]));
        return ids.map((id) => found.get(id) ?? null);
      });
      const ofRecord = new DataLoader<string, readonly OutreachCase[]>(async (ids) => {
        const found = groupBy((await outreach.find({ record: { $in: [...ids] } }).sort({ openedAt: 1, _id: 1 }).toArray()).map(toDomain), ({ record }) => record);
        return ids.map((id) => found.get(id) ?? []);
      });
      return {
        byId: (id) => loader.load(id),
        ofRecord: (id) => ofRecord.load(id),
        async list(area, states, { first, after }) {
          const at = new Date(Number(after?.[0]));
          const beyond = after ? [{ $or: [{ openedAt: { $gt: at } }, { openedAt: at, _id: { $gt: String(after[1]) } }] }] : [];
          const found = await outreach.find({ $and: [ofStates(area, states), ...beyond] } as object).sort({ openedAt: 1, _id: 1 }).limit(first + 1).toArray();
          return cutPage(found.map(toDomain), first);
        },
        countIn: (area, states) => outreach.countDocuments(ofStates(area, states) as object),
        async countsIn(area) {
          const found = await outreach.aggregate<{ _id: OutreachState; n: number }>([{ $match: inArea(area) }, { $group: { _id: '$state', n: { $sum: 1 } } }]).toArray();
          return Object.fromEntries(found.map(({ _id, n }) => [_id, n]));
        },
        async save(next, application, receipt) {
          try {
            await transactions.run(async (unit) => {
              const { session } = unit;
              const { matchedCount } = await outreach.replaceOne({ _id: next.id, version: next.version - 1 }, toDocument(next), { session });
              if (matchedCount === 0) throw new RaceLost('The outreach case changed meanwhile.');
              if (application && (await cases.repository(within(unit)).save(application, 0, null)) !== 'SAVED') throw new NumberTaken();
              if (receipt) await receipts.record(receipt, next.id, session);
            });
            return 'SAVED';
          } catch (error) {
            if (error instanceof RaceLost) return 'STALE';
            if (error instanceof NumberTaken) return 'NUMBER_TAKEN';
            await mustBeTaken(error, receipts, receipt);
            return 'STALE';
          } finally {
            loader.clear(next.id);
            ofRecord.clear(next.record);
          }
        },
      };
    },
  };
}
