import { Schema, type Connection, type Model } from 'mongoose';
import type { AdmissionStanding } from '../domain/admission.js';
import type { UnitOfWork } from './transactions.js';

/** A level's copy of what is admitted, and of what is still on its way. */
export interface AdmissionCopies {
  of(street: string): Promise<readonly AdmissionStanding[]>;
  /** `ended`: refused or lapsed; it is as if it had never been. */
  keep(standing: AdmissionStanding, ended: boolean, unit: UnitOfWork): Promise<void>;
}

type AdmissionDocument = Omit<AdmissionStanding, 'id'> & { readonly _id: string };

const admissionSchema = new Schema<AdmissionDocument>(
  {
    _id: { type: String, required: true },
    matter: { type: String, default: null },
    item: { type: String, default: null },
    street: { type: String, required: true, index: true },
    community: { type: String, default: null },
    except: { type: [String], default: [] } as never,
    inForce: { type: Boolean, required: true },
    missing: { type: [String], default: [] } as never,
  },
  { collection: 'admissionCopies', versionKey: false },
);

export async function openAdmissionCopies(connection: Connection): Promise<AdmissionCopies> {
  const copies: Model<AdmissionDocument> = connection.model<AdmissionDocument>('AdmissionCopy', admissionSchema);
  await copies.init();
  return {
    async of(street) {
      const found = await copies.find({ street }).sort({ _id: 1 }).lean<AdmissionDocument[]>();
      return found.map(({ _id: id, item = null, community = null, except = [], ...standing }) => ({ ...standing, id, item, community, except }));
    },
    async keep({ id, ...standing }, ended, { session }) {
      if (ended) await copies.deleteOne({ _id: id }, { session });
      else await copies.replaceOne({ _id: id }, standing, { upsert: true, session });
    },
  };
}
