import DataLoader from 'dataloader';
import { Schema, type Connection } from 'mongoose';
import { codeRange } from '../domain/areaCode.js';
import type { Actor } from '../domain/actor.js';
import { handoverStates, plainTraits, type Handover, type HandoverDecision, type HandoverState } from '../domain/handover.js';
import { RaceLost } from '../domain/raceLost.js';
import { caseTopic } from '../domain/topics.js';
import { cutPage, type Page, type PageRequest } from '../graphql/connection.js';
import type { Receipt, Receipts } from './receipts.js';
import type { Transactions, UnitOfWork } from './transactions.js';

/** What else a level keeps of a case follows its part of it, in the same transaction. */
export type Follow = (next: Handover, unit: UnitOfWork) => Promise<void>;

export interface HandoverFilter {
  readonly states: readonly HandoverState[] | null;
  readonly unit: string | null;
}

/** A level's segments of cases, in its own database. */
export interface HandoverRepository {
  byId(id: string): Promise<Handover | null>;
  /** Writes record and event together, or answers false when `expectedVersion` is no longer current. */
  save(decision: HandoverDecision, expectedVersion: number, receipt: Receipt | null): Promise<boolean>;
  /** Writes what the community says; 0 is the version of what is not there yet. Throws RaceLost. */
  put(next: Handover, previousVersion: number): Promise<void>;
  /** Latest first. */
  list(actor: Actor, filter: HandoverFilter, page: PageRequest): Promise<Page<Handover>>;
  count(actor: Actor, filter: HandoverFilter): Promise<number>;
}

type HandoverDocument = Omit<Handover, 'id' | 'firstReceiver'> & {
  _id: string;
  /** Absent on records from before it was kept. */
  firstReceiver?: string | null;
};

const schemaFor = (collection: string): Schema<HandoverDocument> => {
  const schema = new Schema<HandoverDocument>(
    {
      _id: { type: String, required: true },
      version: { type: Number, required: true },
      state: { type: String, enum: handoverStates, required: true },
      rung: { type: Number, required: true },
      holder: { type: Schema.Types.Mixed, required: true },
      sender: { type: Schema.Types.Mixed, required: true },
      firstReceiver: { type: String, default: null },
      target: { type: Schema.Types.Mixed, default: null },
      number: { type: String, required: true },
      title: { type: String, required: true },
      kind: { type: String, required: true },
      demandType: { type: String, default: null },
      category: { type: String, required: true },
      urgency: { type: String, required: true },
      serviceItem: { type: String, default: null },
      delivery: { type: String, default: null },
      community: { type: String, required: true },
      grid: { type: String, default: null },
      submittedAt: { type: Date, required: true },
      note: { type: String, default: null },
      offeredAt: { type: Date, required: true },
      signedAt: { type: Date, default: null },
      resolvedAt: { type: Date, default: null },
      signBy: { type: Date, default: null },
      resolveBy: { type: Date, default: null },
      updatedAt: { type: Date, required: true },
    },
    { collection, versionKey: false, minimize: false },
  );
  schema.index({ community: 1, offeredAt: -1, _id: -1 });
  schema.index({ 'holder.unit': 1, offeredAt: -1, _id: -1 });
  schema.index({ 'target.unit': 1, offeredAt: -1, _id: -1 });
  schema.index({ offeredAt: -1, _id: -1 });
  return schema;
};

const toDomain = ({ _id, firstReceiver, ...document }: HandoverDocument): Handover =>
  ({ ...plainTraits, ...document, id: _id, firstReceiver: firstReceiver ?? document.holder.unit });
const toDocument = ({ id, ...handover }: Handover): HandoverDocument => ({ ...handover, _id: id });

/** The rule of `seesHandover` as a query. */
function visibleTo(actor: Actor): Record<string, unknown> {
  const { role, area, unit } = actor;
  if (role === 'DEPARTMENT_OFFICER' && unit !== null) return { $or: [{ 'holder.unit': unit }, { 'target.unit': unit }] };
  if (['RESIDENT', 'INTEGRATOR', 'DEPARTMENT_OFFICER'].includes(role) || area === null) return { _id: { $in: [] } };
  const { from, before } = codeRange(area);
  return area.length === 15 ? { grid: area } : { community: { $gte: from, $lt: before } };
}

export interface HandoverStore {
  /** One per request; `transactions` is the ground's, or an event's own transaction. */
  repository(transactions: Transactions): HandoverRepository;
}

export async function openHandovers(
  connection: Connection,
  options: { readonly modelName: string; readonly collection: string; readonly receipts: Receipts; readonly follow?: Follow },
): Promise<HandoverStore> {
  const model = connection.model<HandoverDocument>(options.modelName, schemaFor(options.collection));
  await model.init();

  return {
    repository(transactions) {
      const loader = new DataLoader<string, Handover | null>(async (ids) => {
        const found = await model.find({ _id: { $in: [...ids] } }).lean<HandoverDocument[]>();
        const byId = new Map(found.map((document) => [document._id, toDomain(document)]));
        return ids.map((id) => byId.get(id) ?? null);
      });
      const conditions = (actor: Actor, { states, unit }: HandoverFilter): Record<string, unknown>[] => [
        visibleTo(actor),
        ...(states ? [{ state: { $in: [...states] } }] : []),
        ...(unit !== null ? [{ 'holder.unit': unit }] : []),
      ];

      return {
        byId: (id) => loader.load(id),
        async save({ next, event }, expectedVersion, receipt) {
          const saved = await transactions.run(async (unit) => {
            const { matchedCount } = await model.replaceOne({ _id: next.id, version: expectedVersion }, toDocument(next), { session: unit.session });
            if (matchedCount === 0) return false;
            if (receipt) await options.receipts.record(receipt, next.id, unit.session);
            await options.follow?.(next, unit);
            unit.emit({ ...event, subject: next.id, target: 'community' });
            unit.changed(caseTopic(next.id));
            return true;
          });
          loader.clear(next.id);
          return saved;
        },
        async put(next, previousVersion) {
          await transactions.run(async (unit) => {
            const { session } = unit;
            if (previousVersion === 0) await model.create([toDocument(next)], { session });
            else {
              const { matchedCount } = await model.replaceOne({ _id: next.id, version: previousVersion }, toDocument(next), { session });
              if (matchedCount === 0) throw new RaceLost(`${next.id} changed while an event was applied to it.`);
            }
            await options.follow?.(next, unit);
            unit.changed(caseTopic(next.id));
          });
          loader.clear(next.id);
        },
        async list(actor, filter, { first, after }) {
          const [offeredAt, id] = after ?? [];
          const instant = new Date(Number(offeredAt));
          const beyond = after
            ? [{ $or: [{ offeredAt: { $lt: instant } }, { offeredAt: instant, _id: { $lt: String(id) } }] }]
            : [];
          const found = await model
            .find({ $and: [...conditions(actor, filter), ...beyond] })
            .sort({ offeredAt: -1, _id: -1 })
            .limit(first + 1)
            .lean<HandoverDocument[]>();
          return cutPage(found.map(toDomain), first);
        },
        count: (actor, filter) => model.countDocuments({ $and: conditions(actor, filter) }).exec(),
      };
    },
  };
}
