import DataLoader from 'dataloader';
import { Schema, type ClientSession, type Connection, type QueryFilter, type SchemaDefinition } from 'mongoose';
import { existsOn, type Area, type AreaChange, type AreaFilter, type Areas, type DatedArea } from '../domain/area.js';
import { groupBy } from '../domain/groupBy.js';
import { RaceLost } from '../domain/raceLost.js';

export interface AreaStore<A extends DatedArea = Area> {
  forRequest(): Areas<A>;
  /** Writes those whose code is not there yet and leaves the others as they are; gives the number written. */
  add(areas: readonly A[]): Promise<number>;
  /** Ends areas and adds others; throws RaceLost when one that is to end is not there, or has an end already. */
  reorganise(change: AreaChange<A>, session: ClientSession): Promise<void>;
  /** Takes that back before its day; throws RaceLost when one of them has changed since. */
  restore(change: AreaChange<A>, session: ClientSession): Promise<void>;
}

type Stored<A extends DatedArea> = Omit<A, 'code'> & { _id: string };

export type DatedAreaSchema<A extends DatedArea> = Schema<Stored<A>>;

const datedFields = {
  _id: { type: String, required: true },
  parent: { type: String, default: null },
  name: { type: String, required: true },
  validFrom: { type: String, required: true },
  validTo: { type: String, default: null },
  successors: { type: [String], default: undefined },
} satisfies SchemaDefinition;

/** Areas of any shape; `fields` are those beside the ones that every area has. */
export function datedAreaSchema<A extends DatedArea>(collection: string, fields: SchemaDefinition): DatedAreaSchema<A> {
  const schema = new Schema({ ...datedFields, ...fields }, { collection, versionKey: false });
  schema.index({ parent: 1, _id: 1 });
  return schema as unknown as DatedAreaSchema<A>;
}

export const areaFields = {
  kind: { type: String, required: true },
  isGovernment: { type: Boolean, required: true },
  population: { type: Number, default: null },
  households: { type: Number, default: null },
  areaKm2: { type: Number, default: null },
  figuresSource: { type: String, default: null },
} satisfies SchemaDefinition;

const areaSchema = datedAreaSchema<Area>('areas', areaFields);

/** A level's own areas. */
export const openAreas = (connection: Connection): Promise<AreaStore> =>
  openDatedAreas<Area>(connection, 'Area', areaSchema);

export async function openDatedAreas<A extends DatedArea>(
  connection: Connection,
  model: string,
  schema: DatedAreaSchema<A>,
): Promise<AreaStore<A>> {
  const areas = connection.model<Stored<A>>(model, schema);
  await areas.init();

  const read = async (filter: QueryFilter<Stored<A>>, limit = 0): Promise<A[]> => {
    const found = await areas.find(filter).sort({ _id: 1 }).limit(limit).lean();
    return (found as unknown as Stored<A>[]).map(({ _id, ...area }) => ({ ...area, code: _id }) as unknown as A);
  };

  const toStored = ({ code, ...area }: A) => ({ ...area, _id: code });
  async function changeOne(code: string, standing: object, update: object, session: ClientSession): Promise<void> {
    const filter = { _id: code, ...standing } as unknown as QueryFilter<Stored<A>>;
    const { matchedCount } = await areas.updateOne(filter, update as never, { session });
    if (matchedCount === 0) throw new RaceLost(`${code} is not there, or has changed.`);
  }

  return {
    forRequest() {
      const byCode = new DataLoader<string, A | null>(async (codes) => {
        const found = new Map((await read(among('_id', codes))).map((area) => [area.code, area]));
        return codes.map((code) => found.get(code) ?? null);
      });
      // The day is applied afterwards: ended parts are few, and one query serves lists of several days.
      const partsOf = new DataLoader<string, readonly A[]>(async (parents) => {
        const found = groupBy(await read(among('parent', parents)), (area) => area.parent);
        return parents.map((parent) => found.get(parent) ?? []);
      });
      return {
        byCode: (code) => byCode.load(code),
        partsOf: async (parent, at) => (await partsOf.load(parent)).filter((area) => existsOn(area, at)),
        list: (filter, window) => read(matching(filter, window?.after ?? null), window?.limit),
        count: (filter) => areas.countDocuments(matching(filter, null)).exec(),
      };
    },
    async add(wanted) {
      const present = new Set<unknown>(await areas.distinct('_id'));
      const missing = wanted.filter(({ code }) => !present.has(code));
      if (missing.length === 0) return 0;
      await areas.insertMany(missing.map(toStored) as never, { ordered: false });
      return missing.length;
    },
    async reorganise({ on, ends, begins }, session) {
      for (const { code, successors } of ends) await changeOne(code, { validTo: null }, { $set: { validTo: on, successors } }, session);
      if (begins.length > 0) await areas.insertMany(begins.map(toStored) as never, { session });
    },
    async restore({ on, ends, begins }, session) {
      for (const { code } of ends) {
        await changeOne(code, { validTo: on }, { $set: { validTo: null }, $unset: { successors: '' } }, session);
      }
      const untouched = { _id: { $in: begins.map(({ code }) => code) }, validFrom: on, validTo: null };
      const { deletedCount } = await areas.deleteMany(untouched as unknown as QueryFilter<Stored<A>>, { session });
      if (deletedCount < begins.length) throw new RaceLost(`${begins.length - deletedCount} of the areas that began on ${on} have changed.`);
    },
  };
}

const among = <A extends DatedArea>(field: '_id' | 'parent', codes: readonly string[]): QueryFilter<Stored<A>> =>
  ({ [field]: { $in: codes } }) as QueryFilter<Stored<A>>;

const matching = <A extends DatedArea>(
  { at, parent, nameContains }: AreaFilter,
  after: string | null,
): QueryFilter<Stored<A>> => ({
  validFrom: { $lte: at },
  $or: [{ validTo: null }, { validTo: { $gt: at } }],
  ...(parent !== undefined && { parent }),
  ...(nameContains !== undefined && { name: { $regex: literal(nameContains) } }),
  ...(after !== null && { _id: { $gt: after } }),
}) as QueryFilter<Stored<A>>;

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
