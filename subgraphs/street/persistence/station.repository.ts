import DataLoader from 'dataloader';
import { Schema, type Connection, type Model } from 'mongoose';
import { ancestorAt } from '../../shared/domain/areaCode.js';
import { groupBy } from '../../shared/domain/groupBy.js';
import { RaceLost } from '../../shared/domain/raceLost.js';
import { cutPage } from '../../shared/graphql/connection.js';
import { mustBeTaken, type Receipts } from '../../shared/persistence/receipts.js';
import type { Transactions } from '../../shared/persistence/transactions.js';
import { exceptionKinds } from '../domain/opening.js';
import type { Station } from '../domain/station.js';
import type { StationException } from '../domain/stationCounters.js';
import type { Stations } from '../usecases/ports.js';

/** The station and what is derived from it for finding it; the derived part is never read back. */
interface StationDocument extends Omit<Station, 'id'> {
  _id: string;
  district: string;
  /** `<street>:<name>`; absent once an end is set, which frees the name. */
  nameKey?: string;
}

const text = { type: String, required: true };

const stationSchema = new Schema<StationDocument>(
  {
    _id: text, version: { type: Number, required: true }, name: text, address: { type: String, default: null },
    longitude: { type: Number, default: null }, latitude: { type: Number, default: null }, serves: [String],
    validFrom: text, validTo: { type: String, default: null }, successors: [String], predecessors: [String], founding: text,
    windows: { type: [Schema.Types.Mixed], default: [] } as never, hours: { type: [Schema.Types.Mixed], default: [] } as never,
    district: text, nameKey: String,
  },
  { collection: 'stations', versionKey: false },
);
stationSchema.index({ district: 1, name: 1, _id: 1 });
stationSchema.index({ founding: 1 });
stationSchema.index({ nameKey: 1 }, { unique: true, sparse: true });

type ExceptionDocument = Omit<StationException, 'id'> & { _id: string };

const instant = { type: Date, required: true };

const exceptionSchema = new Schema<ExceptionDocument>(
  {
    _id: text, station: text, kind: { ...text, enum: exceptionKinds }, from: instant, to: instant, reason: text, madeAt: instant, madeBy: text,
    endedAt: { type: Date, default: null },
  },
  { collection: 'stationExceptions', versionKey: false },
);
exceptionSchema.index({ station: 1, to: 1 });
exceptionSchema.index({ station: 1, from: -1, _id: -1 });

function toDocument({ id, ...station }: Station): StationDocument {
  const [first = ''] = station.serves;
  return {
    ...station, _id: id, district: ancestorAt(first, 'DISTRICT'),
    ...(station.validTo === null && { nameKey: `${ancestorAt(first, 'STREET')}:${station.name}` }),
  };
}
/** Those written before stations had windows and hours lack both. */
const toDomain = ({ _id, district: _d, nameKey: _n, windows = [], hours = [], ...station }: StationDocument): Station => ({ ...station, windows, hours, id: _id });
const toException = ({ _id, ...exception }: ExceptionDocument): StationException => ({ ...exception, id: _id });

export interface StationStore {
  /** One per request. */
  repository(transactions: Transactions): Stations;
  /** Writes those that are not there yet, and whose names are free; gives the number written. */
  seed(stations: readonly Station[]): Promise<number>;
}

interface ExceptionsWanted {
  readonly station: string;
  readonly from: Date;
  readonly to: Date;
}

export async function openStations(connection: Connection, { receipts }: { readonly receipts: Receipts }): Promise<StationStore> {
  const model: Model<StationDocument> = connection.model<StationDocument>('Station', stationSchema);
  const exceptions: Model<ExceptionDocument> = connection.model<ExceptionDocument>('StationException', exceptionSchema);
  await Promise.all([model.init(), exceptions.init()]);
  await exceptions.createCollection();

  return {
    async seed(all) {
      const [ids, names] = await Promise.all([model.distinct('_id'), model.distinct('nameKey')]);
      const taken = new Set<unknown>([...ids, ...names]);
      const missing = all.map(toDocument).filter(({ _id, nameKey }) => !taken.has(_id) && !taken.has(nameKey));
      await model.insertMany(missing);
      return missing.length;
    },
    repository(transactions) {
      const byId = new DataLoader<string, Station | null>(async (ids) => {
        const found = new Map((await model.find({ _id: { $in: [...ids] } }).lean<StationDocument[]>()).map((one) => [one._id, toDomain(one)]));
        return ids.map((id) => found.get(id) ?? null);
      });
      const inDistrict = new DataLoader<string, readonly Station[]>(async (districts) => {
        const found = await model.find({ district: { $in: [...districts] } }).sort({ name: 1, _id: 1 }).lean<StationDocument[]>();
        const grouped = groupBy(found, ({ district }) => district);
        return districts.map((district) => (grouped.get(district) ?? []).map(toDomain));
      });
      const during = new DataLoader<ExceptionsWanted, readonly StationException[], string>(async (wanted) => {
        const [earliest, latest] = [Math.min(...wanted.map(({ from }) => from.getTime())), Math.max(...wanted.map(({ to }) => to.getTime()))];
        const found = await exceptions
          .find({ station: { $in: [...new Set(wanted.map(({ station }) => station))] }, to: { $gt: new Date(earliest) }, from: { $lt: new Date(latest) } })
          .sort({ madeAt: 1, _id: 1 })
          .lean<ExceptionDocument[]>();
        const grouped = groupBy(found.map(toException), ({ station }) => station);
        return wanted.map(({ station, from, to }) => (grouped.get(station) ?? []).filter((one) => one.to > from && one.from < to));
      }, { cacheKeyFn: ({ station, from, to }) => `${station}:${from.getTime()}:${to.getTime()}` });
      return {
        byId: (id) => byId.load(id),
        inDistrict: (district) => inDistrict.load(district),
        exceptions: (station, from, to) => during.load({ station, from, to }),
        async exceptionById(id) {
          const found = await exceptions.findById(id).lean<ExceptionDocument>();
          return found && toException(found);
        },
        async exceptionList(station, { first, after }) {
          const [from, id] = after ?? [];
          const at = new Date(Number(from));
          const beyond = after ? { $or: [{ from: { $lt: at } }, { from: at, _id: { $lt: String(id) } }] } : {};
          const found = await exceptions.find({ station, ...beyond }).sort({ from: -1, _id: -1 }).limit(first + 1).lean<ExceptionDocument[]>();
          return cutPage(found.map(toException), first);
        },
        countExceptions: (station) => exceptions.countDocuments({ station }).exec(),
        foundedBy: async (founding) => (await model.find({ founding }).sort({ name: 1, _id: 1 }).lean<StationDocument[]>()).map(toDomain),
        async save({ ends, begins }, result, receipt, exception) {
          try {
            await transactions.run(async ({ session }) => {
              for (const station of ends) {
                const { matchedCount } = await model.replaceOne({ _id: station.id, version: station.version - 1 }, toDocument(station), { session });
                if (matchedCount === 0) throw new RaceLost(`Station ${station.id} has changed.`);
              }
              if (begins.length > 0) await model.create(begins.map(toDocument), { session, ordered: true });
              if (exception) {
                const { id, ...kept } = exception;
                await exceptions.replaceOne({ _id: id }, { ...kept, _id: id }, { upsert: true, session });
              }
              if (receipt) await receipts.record(receipt, result, session);
            });
            return 'SAVED';
          } catch (error) {
            if (error instanceof RaceLost) return 'STALE';
            await mustBeTaken(error, receipts, receipt);
            return 'NAME_TAKEN';
          } finally {
            byId.clearAll();
            inDistrict.clearAll();
            during.clearAll();
          }
        },
      };
    },
  };
}
