import DataLoader from 'dataloader';
import { Schema, type ClientSession, type Connection } from 'mongoose';
import type { Actor } from '../../../shared/domain/actor.js';
import { existsOn } from '../../../shared/domain/area.js';
import { codeRange, isWithin } from '../../../shared/domain/areaCode.js';
import { RaceLost } from '../../../shared/domain/raceLost.js';
import { cutPage } from '../../../shared/graphql/connection.js';
import { newId } from '../../../shared/ids.js';
import type { AreaStore } from '../../../shared/persistence/areas.js';
import type { Receipts } from '../../../shared/persistence/receipts.js';
import type { Transactions } from '../../../shared/persistence/transactions.js';
import { cutReasons, type Cut } from '../../domain/reduction/effect.js';
import { dayOf, reductionKinds, settleAt, type BurdenReduction } from '../../domain/reduction/reduction.js';
import { reductionStates, type ReductionState } from '../../domain/reduction/reduction.transitions.js';
import type { TreeArea } from '../../domain/reorganisationPlan.js';
import type { ReductionRepository } from '../../usecases/ports.js';
import type { AdmissionStore } from '../admission/admission.repository.js';

interface ReductionDocument extends Omit<BurdenReduction, 'id'> {
  _id: string;
  /** When there is something to do, for finding it; never read back. */
  wakeAt: Date | null;
  leasedUntil?: Date | null;
  leasedBy?: string | null;
  /** How many proposals wait for it; written so that they and its taking effect do not miss each other. */
  joined?: number;
}

type CutDocument = Omit<Cut, 'id'> & { _id: string };

// Outlasts the settling of any one street, after each of which it is extended.
const leaseMs = 60_000;

const text = { type: String, required: true };
const maybeText = { type: String, default: null };
const maybeInstant = { type: Date, default: null };
const maybe = { type: Schema.Types.Mixed, default: null };

const reductionSchema = new Schema<ReductionDocument>(
  {
    _id: text, version: { type: Number, required: true }, kind: { ...text, enum: reductionKinds }, state: { ...text, enum: reductionStates },
    area: text, government: text, effectiveOn: text, criteria: maybe, window: maybe, pilot: maybe, note: text,
    draftedAt: { type: Date, required: true }, draftedBy: text, announcedAt: maybeInstant, announcedBy: maybeText, inEffectAt: maybeInstant,
    closedAt: maybeInstant, closedBy: maybeText, closeNote: maybeText, decisions: { type: [Schema.Types.Mixed], default: [] } as never,
    adopts: maybeText, settledAt: maybeInstant, wakeAt: maybeInstant, leasedUntil: maybeInstant, leasedBy: maybeText,
    joined: { type: Number, default: 0 },
  },
  { collection: 'burdenReductions', versionKey: false, minimize: false },
);
const latest = { effectiveOn: -1, _id: -1 } as const;
reductionSchema.index(latest);
reductionSchema.index({ wakeAt: 1 }, { partialFilterExpression: { wakeAt: { $gt: new Date(0) } } });

const cutSchema = new Schema<CutDocument>(
  {
    _id: text, reduction: text, admission: text, matter: maybeText, item: maybeText, department: text, street: text, community: maybeText,
    reason: { ...text, enum: cutReasons }, list: maybeText, entry: maybeText, onlyIn: [String],
  },
  { collection: 'burdenCuts', versionKey: false },
);
cutSchema.index({ reduction: 1, street: 1, admission: 1 });

const toDocument = ({ id, ...reduction }: BurdenReduction): ReductionDocument =>
  ({ ...reduction, _id: id, wakeAt: settleAt({ id, ...reduction }) });
const toDomain = ({ _id, wakeAt: _at, leasedUntil: _until, leasedBy: _by, joined: _joined, ...reduction }: ReductionDocument): BurdenReduction =>
  ({ ...reduction, id: _id });
const toCut = ({ _id, ...cut }: CutDocument): Cut => ({ ...cut, id: _id });
const toCutDocument = ({ id, ...cut }: Cut): CutDocument => ({ ...cut, _id: id });

/** The rule of `seesReduction` as a query. */
function visibleTo({ role, area }: Actor): Record<string, unknown> {
  const announced = { announcedAt: { $ne: null } };
  if (!['DISTRICT_OFFICER', 'CITY_OFFICER', 'AUDITOR'].includes(role) || area === null) return announced;
  const { from, before } = codeRange(area);
  return { $or: [announced, { government: { $gte: from, $lt: before } }] };
}

const openStates: readonly ReductionState[] = ['ANNOUNCED', 'IN_EFFECT'];
const open = { kind: 'REAPPLICATION', state: { $in: openStates } } as const;

const areasOf = ({ area, pilot }: BurdenReduction): readonly string[] => pilot?.areas ?? [area];
const overlap = (one: BurdenReduction, other: BurdenReduction): boolean =>
  areasOf(one).some((a) => areasOf(other).some((b) => isWithin(a, b) || isWithin(b, a)));

export interface ReductionStore {
  /** One per request. */
  repository(transactions: Transactions): ReductionRepository;
}

export async function openReductions(
  connection: Connection,
  { receipts, admissions, tree }: { readonly receipts: Receipts; readonly admissions: AdmissionStore; readonly tree: AreaStore<TreeArea> },
): Promise<ReductionStore> {
  const model = connection.model<ReductionDocument>('BurdenReduction', reductionSchema);
  const cuts = connection.model<CutDocument>('BurdenCut', cutSchema);
  await model.init();
  await cuts.init();
  const marks = connection.collection<{ _id: string; number: number }>('burdenMarks');
  const mark = { _id: 'announced' };
  await marks.updateOne(mark, { $setOnInsert: { number: 0 } }, { upsert: true });

  return {
    repository(transactions) {
      const loader = new DataLoader<string, BurdenReduction | null>(async (ids) => {
        const found = await model.find({ _id: { $in: [...ids] } }).lean<ReductionDocument[]>();
        const byId = new Map(found.map((document) => [document._id, toDomain(document)]));
        return ids.map((id) => byId.get(id) ?? null);
      });
      /** What proposals write beside it stays. */
      async function replace(next: BurdenReduction, session: ClientSession): Promise<boolean> {
        loader.clear(next.id);
        const { _id, ...written } = toDocument(next);
        const { matchedCount } = await model.updateOne(
          { _id, version: next.version - 1 }, { $set: { ...written, leasedUntil: null, leasedBy: null } }, { session },
        );
        return matchedCount > 0;
      }

      return {
        byId: (id) => loader.load(id),
        async list(actor, states, { first, after }) {
          const [effectiveOn = '', id = ''] = (after ?? []).map(String);
          const beyond: Record<string, unknown>[] = after ? [{ $or: [{ effectiveOn: { $lt: effectiveOn } }, { effectiveOn, _id: { $lt: id } }] }] : [];
          const among = states ? [{ state: { $in: [...states] } }] : [];
          const found = await model.find({ $and: [visibleTo(actor), ...among, ...beyond] }).sort(latest).limit(first + 1).lean<ReductionDocument[]>();
          return cutPage(found.map(toDomain), first);
        },
        count: (actor, states) => model.countDocuments({ $and: [visibleTo(actor), ...(states ? [{ state: { $in: [...states] } }] : [])] }).exec(),
        async open() {
          return (await model.find(open).sort({ _id: 1 }).lean<ReductionDocument[]>()).map(toDomain);
        },
        async known(codes, on) {
          const areas = tree.forRequest();
          const found = await Promise.all(codes.map((code) => areas.byCode(code)));
          return new Set(found.flatMap((area) => (area && existsOn(area, on) ? [area.code] : [])));
        },
        async draft(reduction, receipt) {
          await transactions.run(async ({ session }) => {
            await model.create([toDocument(reduction)], { session });
            if (receipt) await receipts.record(receipt, reduction.id, session);
          });
        },
        announce: (next, announced, receipt) => transactions.run(async ({ session }) => {
          // Two that overlap would not see each other otherwise.
          await marks.updateOne(mark, { $inc: { number: 1 } }, { session });
          const others = await model.find(open, null, { session }).lean<ReductionDocument[]>();
          if (next.kind === 'REAPPLICATION' && others.some((other) => overlap(next, toDomain(other)))) return 'OVERLAPS';
          if (!(await replace(next, session))) return 'STALE';
          if (announced.length > 0) await cuts.insertMany(announced.map(toCutDocument), { session });
          if (receipt) await receipts.record(receipt, next.id, session);
          return 'SAVED';
        }),
        save: (next, drafted, receipt) => transactions.run(async ({ session }) => {
          if (!(await replace(next, session))) return false;
          if (drafted) await model.create([toDocument(drafted)], { session });
          if (receipt) await receipts.record(receipt, next.id, session);
          return true;
        }),
        async cuts(reduction, { first, after }) {
          const [street = '', admission = ''] = (after ?? []).map(String);
          const beyond: Record<string, unknown> = after ? { $or: [{ street: { $gt: street } }, { street, admission: { $gt: admission } }] } : {};
          const found = await cuts.find({ reduction, ...beyond }).sort({ street: 1, admission: 1 }).limit(first + 1).lean<CutDocument[]>();
          return cutPage(found.map(toCut), first);
        },
        countCuts: (reduction) => cuts.countDocuments({ reduction }).exec(),
        async listed(reduction, street) {
          return new Set(await cuts.distinct('admission', { reduction, street }));
        },
        async claim(now) {
          const found = await model.findOneAndUpdate(
            { wakeAt: { $gt: new Date(0), $lte: now }, $or: [{ leasedUntil: null }, { leasedUntil: { $lte: now } }] },
            { $set: { leasedBy: newId(), leasedUntil: new Date(now.getTime() + leaseMs) } },
            { sort: { wakeAt: 1 }, returnDocument: 'after' },
          ).lean<ReductionDocument>();
          return found && toDomain(found);
        },
        async settle(reduction, effect, now) {
          await transactions.run(async (unit) => {
            await admissions.write(effect.admissions, reduction.closedAt ?? dayOf(reduction), unit);
            if (effect.cuts.length > 0) await cuts.insertMany(effect.cuts.map(toCutDocument), { session: unit.session });
            const { matchedCount } = await model.updateOne(
              { _id: reduction.id, version: reduction.version }, { $set: { leasedUntil: new Date(now.getTime() + leaseMs) } }, { session: unit.session },
            );
            if (matchedCount === 0) throw new RaceLost(`Reduction ${reduction.id} has changed.`);
          });
        },
        finish: (next) => transactions.run(async (unit) => {
          if (await admissions.isAwaited(next.id, unit)) return false;
          return replace(next, unit.session);
        }),
      };
    },
  };
}
