import type { Connection } from 'mongoose';
import { datedAreaSchema, openDatedAreas, type AreaStore } from '../../../shared/persistence/areas.js';
import type { StreetPlace } from '../../domain/assessment/round.js';
import type { Streets } from '../../usecases/ports.js';

const schema = datedAreaSchema<StreetPlace>('streets', { kind: { type: String, required: true } });

/** The district's copy of which streets it has had, and from when to when: no level reads another's database. */
export async function openStreets(connection: Connection): Promise<AreaStore<StreetPlace> & Streets> {
  const store = await openDatedAreas<StreetPlace>(connection, 'StreetCopy', schema);
  const model = connection.model('StreetCopy');
  type Stored = Omit<StreetPlace, 'code'> & { readonly _id: string };
  return {
    ...store,
    async of(district) {
      const found = await model.find({ parent: district }).sort({ _id: 1 }).lean<Stored[]>();
      return found.map(({ _id, ...street }) => ({ ...street, code: _id }));
    },
  };
}
