import { Schema, type Connection } from 'mongoose';
import { areaOfUnit } from '../domain/actor.js';
import { unitsOf, type UnitTemplate, type Units } from '../domain/area.js';

interface UnitDocument extends UnitTemplate {
  readonly _id: string;
}

export interface UnitStore {
  forRequest(): Units;
  /** Writes those that are not there yet and leaves the others as they are; gives the number written. */
  add(templates: readonly UnitTemplate[]): Promise<number>;
}

const unitSchema = new Schema<UnitDocument>(
  {
    _id: { type: String, required: true },
    level: { type: String, required: true },
    number: { type: String, required: true },
    name: { type: String, required: true },
    nameEn: { type: String, required: true },
  },
  { collection: 'units', versionKey: false },
);

const idOf = ({ level, number }: UnitTemplate): string => `${level}-${number}`;

export async function openUnits(connection: Connection): Promise<UnitStore> {
  const units = connection.model<UnitDocument>('Unit', unitSchema);
  await units.init();
  return {
    forRequest() {
      let read: Promise<readonly UnitTemplate[]> | undefined;
      // exec() makes it a promise: awaited twice, the query itself would run twice.
      const templates = (): Promise<readonly UnitTemplate[]> => (read ??= units.find().sort({ _id: 1 }).lean().exec());
      const of: Units['of'] = async (area) => unitsOf(await templates(), area);
      return {
        of,
        byCode: async (code) => (await of(areaOfUnit(code))).find((unit) => unit.code === code) ?? null,
      };
    },
    async add(templates) {
      const present = new Set<string>(await units.distinct('_id'));
      const missing = templates
        .map((template) => ({ ...template, _id: idOf(template) }))
        .filter(({ _id }) => !present.has(_id));
      await units.insertMany(missing);
      return missing.length;
    },
  };
}
