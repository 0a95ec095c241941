import { Schema, type Connection } from 'mongoose';
import { routeOf } from '../../../../schema/events.js';
import type { Actor } from '../../../shared/domain/actor.js';
import { codeRange } from '../../../shared/domain/areaCode.js';
import { cutPage } from '../../../shared/graphql/connection.js';
import { mustBeTaken, type Receipts } from '../../../shared/persistence/receipts.js';
import type { Transactions, UnitOfWork } from '../../../shared/persistence/transactions.js';
import { missingGates, type Admission } from '../../domain/admission/admission.js';
import { admissionStates } from '../../domain/admission/admission.transitions.js';
import type { AdmissionRepository } from '../../usecases/ports.js';

interface AdmissionDocument extends Omit<Admission, 'id'> {
  _id: string;
  /** Matter or item, department and street while it has not ended: one admission of each. */
  openFor?: string;
}

const text = { type: String, required: true };
const maybeText = { type: String, default: null };

const admissionSchema = new Schema<AdmissionDocument>(
  {
    _id: text, version: { type: Number, required: true }, state: { ...text, enum: admissionStates }, matter: maybeText, item: maybeText, department: text,
    street: text, reason: text, passed: { type: [Schema.Types.Mixed], default: [] } as never, proposedAt: { type: Date, required: true }, proposedBy: text,
    inForceAt: { type: Date, default: null }, endedAt: { type: Date, default: null }, endNote: maybeText, endedBy: maybeText, endedByGovernment: maybeText,
    openFor: String,
  },
  { collection: 'admissions', versionKey: false, minimize: false },
);
const latest = { proposedAt: -1, _id: -1 } as const;
admissionSchema.index({ openFor: 1 }, { unique: true, sparse: true });
admissionSchema.index({ street: 1, ...latest });
admissionSchema.index({ department: 1, ...latest });

/** A path never begins with a slash, so an item is not taken for a matter. */
const subjectOf = ({ matter, item, department, street }: Admission): string => [matter ?? `/${item}`, department, street].join(' ');

const toDocument = ({ id, ...admission }: Admission): AdmissionDocument => ({
  ...admission,
  _id: id,
  ...(admission.endedAt === null && { openFor: subjectOf({ id, ...admission }) }),
});
const toDomain = ({ _id, openFor: _open, ...admission }: AdmissionDocument): Admission =>
  ({ ...admission, id: _id, item: admission.item ?? null, endedBy: admission.endedBy ?? null, endedByGovernment: admission.endedByGovernment ?? null });

const nothing = { _id: { $in: [] as string[] } };

/** The rule of `seesAdmission` as a query. */
function visibleTo(actor: Actor): Record<string, unknown> {
  if (actor.role === 'DEPARTMENT_OFFICER') return actor.unit === null ? nothing : { department: actor.unit };
  const isOffice = ['STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER', 'AUDITOR'].includes(actor.role);
  if (!isOffice || actor.area === null) return nothing;
  const { from, before } = codeRange(actor.area);
  return { street: { $gte: from, $lt: before } };
}

export interface AdmissionStore {
  /** One per request. */
  repository(transactions: Transactions): AdmissionRepository;
}

export async function openAdmissions(connection: Connection, receipts: Receipts): Promise<AdmissionStore> {
  const model = connection.model<AdmissionDocument>('Admission', admissionSchema);
  await model.init();

  const tell = (unit: UnitOfWork, next: Admission, at: Date): void => {
    const { id: admissionId, matter, item, street, state } = next;
    unit.emit(...routeOf('admission.changed').to.map((target) => ({
      type: 'admission.changed' as const, subject: admissionId, target, at, data: { admissionId, matter, item, street, state, missing: missingGates(next) },
    })));
  };

  return {
    repository: (transactions) => ({
      async byId(id) {
        const found = await model.findById(id).lean<AdmissionDocument>();
        return found && toDomain(found);
      },
      async propose(admission, receipt) {
        try {
          await transactions.run(async (unit) => {
            await model.create([toDocument(admission)], { session: unit.session });
            if (receipt) await receipts.record(receipt, admission.id, unit.session);
            tell(unit, admission, admission.proposedAt);
          });
          return true;
        } catch (error) {
          await mustBeTaken(error, receipts, receipt);
          return false;
        }
      },
      save: (next, at, receipt) => transactions.run(async (unit) => {
        const { matchedCount } = await model.replaceOne({ _id: next.id, version: next.version - 1 }, toDocument(next), { session: unit.session });
        if (matchedCount === 0) return false;
        if (receipt) await receipts.record(receipt, next.id, unit.session);
        tell(unit, next, at);
        return true;
      }),
      async list(actor, states, { first, after }) {
        const [proposedAt, id] = after ?? [];
        const at = new Date(Number(proposedAt));
        const beyond = after ? [{ $or: [{ proposedAt: { $lt: at } }, { proposedAt: at, _id: { $lt: String(id) } }] }] : [];
        const among = states ? [{ state: { $in: [...states] } }] : [];
        const found = await model.find({ $and: [visibleTo(actor), ...among, ...beyond] }).sort(latest).limit(first + 1).lean<AdmissionDocument[]>();
        return cutPage(found.map(toDomain), first);
      },
      count: (actor, states) => model.countDocuments({ $and: [visibleTo(actor), ...(states ? [{ state: { $in: [...states] } }] : [])] }).exec(),
    }),
  };
}
