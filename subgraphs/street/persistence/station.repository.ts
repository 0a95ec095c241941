import DataLoader from 'dataloader';
import { Schema, type Connection, type Model } from 'mongoose';
import { ancestorAt } from '../../shared/domain/areaCode.js';
import { groupBy } from '../../shared/domain/groupBy.js';
import { RaceLost } from '../../shared/domain/raceLost.js';
import { mustBeTaken, type Receipts } from '../../shared/persistence/receipts.js';
import type { Transactions } from '../../shared/persistence/transactions.js';
import type { Station } from '../domain/station.js';
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
    district: text, nameKey: String,
  },
  { collection: 'stations', versionKey: false },
);
stationSchema.index({ district: 1, name: 1, _id: 1 });
stationSchema.index({ founding: 1 });
stationSchema.index({ nameKey: 1 }, { unique: true, sparse: true });

function toDocument({ id, ...station }: Station): StationDocument {
  const [first = ''] = station.serves;
  return {
    ...station, _id: id, district: ancestorAt(first, 'DISTRICT'),
    ...(station.validTo === null && { nameKey: `${ancestorAt(first, 'STREET')}:${station.name}` }),
  };
}
const toDomain = ({ _id, district: _d, nameKey: _n, ...station }: StationDocument): Station => ({ ...station, id: _id });

export interface StationStore {
  /** One per request. */
  repository(transactions: Transactions): Stations;
}

export async function openStations(connection: Connection, { receipts }: { readonly receipts: Receipts }): Promise<StationStore> {
  const model: Model<StationDocument> = connection.model<StationDocument>('Station', stationSchema);
  await model.init();

  return {
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
      return {
        byId: (id) => byId.load(id),
        inDistrict: (district) => inDistrict.load(district),
        foundedBy: async (founding) => (await model.find({ founding }).sort({ name: 1, _id: 1 }).lean<StationDocument[]>()).map(toDomain),
        async save({ ends, begins }, result, receipt) {
          try {
            await transactions.run(async ({ session }) => {
              for (const station of ends) {
                const { matchedCount } = await model.replaceOne({ _id: station.id, version: station.version - 1 }, toDocument(station), { session });
                if (matchedCount === 0) throw new RaceLost(`Station ${station.id} has changed.`);
              }
              if (begins.length > 0) await model.create(begins.map(toDocument), { session, ordered: true });
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
          }
        },
      };
    },
  };
}
