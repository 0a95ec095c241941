import DataLoader from 'dataloader';
import { Schema, type Connection } from 'mongoose';
import { routeOf } from '../../../../schema/events.js';
import type { Actor } from '../../../shared/domain/actor.js';
import { codeRange } from '../../../shared/domain/areaCode.js';
import { RaceLost } from '../../../shared/domain/raceLost.js';
import { cutPage } from '../../../shared/graphql/connection.js';
import { mustBeTaken, type Receipts } from '../../../shared/persistence/receipts.js';
import type { Transactions, UnitOfWork } from '../../../shared/persistence/transactions.js';
import { exceptedOf, missingGates, type Admission } from '../../domain/admission/admission.js';
import { admissionStates } from '../../domain/admission/admission.transitions.js';
import type { AdmissionRepository } from '../../usecases/ports.js';

interface AdmissionDocument extends Omit<Admission, 'id'> {
  _id: string;
  /**
   * What it keeps others of its subject from while it has not ended: being in force, and being proposed. What waits for the day
   * of a reduction keeps only the second, so that it may be applied for while the one before is in force.
   */
  openFor?: string[];
}

const text = { type: String, required: true };
const maybeText = { type: String, default: null };
const mixed = { type: [Schema.Types.Mixed], default: [] } as never;

const admissionSchema = new Schema<AdmissionDocument>(
  {
    _id: text, version: { type: Number, required: true }, state: { ...text, enum: admissionStates }, matter: maybeText, item: maybeText, department: text,
    street: text, reason: text, passed: mixed, proposedAt: { type: Date, required: true }, proposedBy: text,
    inForceAt: { type: Date, default: null }, endedAt: { type: Date, default: null }, endNote: maybeText, endedBy: maybeText, endedByGovernment: maybeText,
    community: maybeText, reduction: maybeText, awaits: { type: Boolean, default: false }, cutBy: maybeText, exceptions: mixed, earlier: mixed,
    openFor: { type: [String], default: undefined } as never,
  },
  { collection: 'admissions', versionKey: false, minimize: false },
);
const latest = { proposedAt: -1, _id: -1 } as const;
admissionSchema.index({ openFor: 1 }, { unique: true, sparse: true });
admissionSchema.index({ street: 1, ...latest });
admissionSchema.index({ department: 1, ...latest });
admissionSchema.index({ reduction: 1 }, { partialFilterExpression: { awaits: true } });
admissionSchema.index({ cutBy: 1 });

/** A path never begins with a slash, so an item is not taken for a matter. */
const subjectOf = ({ matter, item, department, street, community }: Admission): string =>
  [matter ?? `/${item}`, department, street, ...(community === null ? [] : [community])].join(' ');
const proposed = (subject: string): string => `${subject} ?`;

function keepsFree(admission: Admission): string[] {
  const subject = subjectOf(admission);
  if (admission.state === 'IN_FORCE') return [subject];
  return admission.awaits ? [proposed(subject)] : [subject, proposed(subject)];
}

const toDocument = ({ id, ...admission }: Admission): AdmissionDocument => ({
  ...admission,
  _id: id,
  ...(admission.endedAt === null && { openFor: keepsFree({ id, ...admission }) }),
});
/** What older documents lack. */
const later = {
  item: null, community: null, endedBy: null, endedByGovernment: null, reduction: null, awaits: false, cutBy: null, exceptions: [], earlier: [],
} as const;
const toDomain = ({ _id, openFor: _open, ...admission }: AdmissionDocument): Admission => ({ ...later, ...admission, id: _id });

const within = (areas: readonly string[]): Record<string, unknown> => ({
  $or: areas.map(codeRange).map(({ from, before }) => ({ street: { $gte: from, $lt: before } })),
});
/** What is open, and what lapsed by it. */
const concernedBy = (reduction: string): Record<string, unknown> => ({ $and: [{ $or: [{ endedAt: null }, { cutBy: reduction }] }] });

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
  /** Writes them in this order, with their messages; throws RaceLost when one of them has changed. */
  write(changed: readonly Admission[], at: Date, unit: UnitOfWork): Promise<void>;
  /** Those of these streets that were in force at some time from the one instant to the other. */
  inForceBetween(streets: readonly string[], from: Date, to: Date): Promise<Admission[]>;
  /** Whether any still waits for the reduction's day. */
  isAwaited(reduction: string, unit: UnitOfWork): Promise<boolean>;
}

export async function openAdmissions(connection: Connection, receipts: Receipts): Promise<AdmissionStore> {
  const model = connection.model<AdmissionDocument>('Admission', admissionSchema);
  await model.init();
  await model.collection.updateMany(
    { state: 'PROPOSED', openFor: { $type: 'string' }, 'openFor.0': { $exists: false } }, [{ $set: { openFor: ['$openFor', { $concat: ['$openFor', ' ?'] }] } }],
  );
  const reductions = connection.collection<{ _id: string; state: string; joined: number }>('burdenReductions');

  const tell = (unit: UnitOfWork, next: Admission, at: Date): void => {
    const { id: admissionId, matter, item, street, community, state } = next;
    const except = exceptedOf(next);
    unit.emit(...routeOf('admission.changed').to.map((target) => ({
      type: 'admission.changed' as const, subject: admissionId, target, at, data: { admissionId, matter, item, street, community, except, state, missing: missingGates(next) },
    })));
  };

  return {
    async write(changed, at, unit) {
      if (changed.length === 0) return;
      const { matchedCount } = await model.bulkWrite(changed.map((next) => ({
        replaceOne: { filter: { _id: next.id, version: next.version - 1 }, replacement: toDocument(next) },
      })) as never, { session: unit.session, ordered: true });
      if (matchedCount < changed.length) throw new RaceLost('An admission changed meanwhile.');
      for (const next of changed) tell(unit, next, at);
    },
    async inForceBetween(streets, from, to) {
      const was = [{ inForceAt: { $lt: to }, $or: [{ endedAt: null }, { endedAt: { $gte: from } }] }, { 'earlier.0': { $exists: true } }];
      const found = await model.find({ street: { $in: [...streets] }, inForceAt: { $ne: null }, $or: was }).sort({ _id: 1 }).lean<AdmissionDocument[]>();
      return found.map(toDomain);
    },
    isAwaited: async (reduction, { session }) => (await model.exists({ awaits: true, reduction }).session(session)) !== null,
    repository(transactions) {
      const loader = new DataLoader<string, Admission | null>(async (ids) => {
        const found = await model.find({ _id: { $in: [...ids] } }).lean<AdmissionDocument[]>();
        const byId = new Map(found.map((document) => [document._id, toDomain(document)]));
        return ids.map((id) => byId.get(id) ?? null);
      });
      return {
        byId: (id) => loader.load(id),
        async propose(admission, receipt) {
          try {
            await transactions.run(async (unit) => {
              if (admission.awaits) {
                // Written, so that the reduction does not take effect, or is cancelled, at the same time.
                const { matchedCount } = await reductions.updateOne(
                  { _id: admission.reduction ?? '', state: 'ANNOUNCED' }, { $inc: { joined: 1 } }, { session: unit.session },
                );
                if (matchedCount === 0) throw new RaceLost(`Reduction ${admission.reduction} is no longer announced.`);
              }
              await model.create([toDocument(admission)], { session: unit.session });
              if (receipt) await receipts.record(receipt, admission.id, unit.session);
              tell(unit, admission, admission.proposedAt);
            });
            return 'SAVED';
          } catch (error) {
            if (error instanceof RaceLost) return 'OVERTAKEN';
            await mustBeTaken(error, receipts, receipt);
            return 'TAKEN';
          }
        },
        save: (next, at, receipt) => transactions.run(async (unit) => {
          loader.clear(next.id);
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
        async inForce(areas) {
          const found = await model.find({ state: 'IN_FORCE', ...within(areas) }).sort({ street: 1, _id: 1 }).lean<AdmissionDocument[]>();
          return found.map(toDomain);
        },
        streets: (reduction, areas) => model.distinct('street', { ...concernedBy(reduction), ...within(areas) }),
        async ofStreet(reduction, street) {
          const found = await model.find({ street, ...concernedBy(reduction) }).sort({ _id: 1 }).lean<AdmissionDocument[]>();
          return found.map(toDomain);
        },
        async wasCut(reduction, { matter, item, department, street, community }) {
          return (await model.exists({ cutBy: reduction, matter, item, department, street, community })) !== null;
        },
        count: (actor, states) => model.countDocuments({ $and: [visibleTo(actor), ...(states ? [{ state: { $in: [...states] } }] : [])] }).exec(),
      };
    },
  };
}
