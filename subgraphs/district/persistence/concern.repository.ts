import DataLoader from 'dataloader';
import { Schema, type Connection } from 'mongoose';
import { levelOfOfficer, type Actor } from '../../shared/domain/actor.js';
import { codeRange } from '../../shared/domain/areaCode.js';
import type { Calendars } from '../../shared/domain/calendars.js';
import { concernClasses } from '../../shared/domain/concernRule.js';
import { cutPage } from '../../shared/graphql/connection.js';
import type { Receipts } from '../../shared/persistence/receipts.js';
import type { Transactions } from '../../shared/persistence/transactions.js';
import { answerBy, type Concern } from '../domain/concern.js';
import { concernStates } from '../domain/concern.transitions.js';
import type { ConcernFilter, ConcernRepository } from '../usecases/ports.js';

interface ConcernDocument extends Omit<Concern, 'id'> {
  _id: string;
  /** When the answer is due, from the ledger; far off when none is owed. Never read back. */
  dueKey: Date;
}

const text = { type: String, required: true };
const number = { type: Number, required: true };
const instant = { type: Date, required: true };

const concernSchema = new Schema<ConcernDocument>(
  {
    _id: text, version: number, state: { type: String, enum: concernStates, required: true }, class: { type: String, enum: concernClasses, required: true },
    district: text, area: text, category: text, case: { type: Schema.Types.Mixed, default: null }, since: instant, foundAt: instant,
    lastFoundAt: instant, figures: { type: Schema.Types.Mixed, required: true }, ruleVersion: text, answerWorkDays: number,
    clocks: { type: [Schema.Types.Mixed], required: true } as never, answers: { type: [Schema.Types.Mixed], default: [] } as never,
    closedAt: { type: Date, default: null }, dueKey: instant,
  },
  { collection: 'concerns', versionKey: false, minimize: false },
);
concernSchema.index({ district: 1, dueKey: 1, _id: 1 });
concernSchema.index({ area: 1, dueKey: 1, _id: 1 });
concernSchema.index({ dueKey: 1, _id: 1 });

/** Where one sorts that owes no answer: after all that do. */
const noDeadline = new Date(Date.UTC(9999, 0));

const nothing = { _id: { $in: [] as string[] } };

const inArea = (code: string): Record<string, unknown> => {
  const { from, before } = codeRange(code);
  return code.length === 6 ? { district: code } : { area: { $gte: from, $lt: before } };
};

/** The rule of `seesConcern` as a query (a test compares the two). */
const visibleTo = (actor: Actor): Record<string, unknown> =>
  ((levelOfOfficer(actor) !== null || actor.role === 'AUDITOR') && actor.area !== null ? inArea(actor.area) : nothing);

export interface ConcernStore {
  /** One per request; `transactions` is the ground's, or an event's own transaction. */
  repository(transactions: Transactions): ConcernRepository;
}

export async function openConcerns(
  connection: Connection, { receipts, calendars }: { readonly receipts: Receipts; readonly calendars: Calendars },
): Promise<ConcernStore> {
  const model = connection.model<ConcernDocument>('Concern', concernSchema);
  await model.init();

  const dueKey = (subject: Concern): Date => answerBy(subject, calendars.inForce()) ?? noDeadline;
  const toDocument = ({ id, ...subject }: Concern): ConcernDocument => ({ ...subject, _id: id, dueKey: dueKey({ id, ...subject }) });
  const toDomain = ({ _id, dueKey: _due, ...subject }: ConcernDocument): Concern => ({ ...subject, id: _id });

  const conditions = (actor: Actor, { classes, states, area }: ConcernFilter): Record<string, unknown>[] => [
    visibleTo(actor),
    ...(classes ? [{ class: { $in: [...classes] } }] : []),
    ...(states ? [{ state: { $in: [...states] } }] : []),
    ...(area === null ? [] : [inArea(area)]),
  ];

  return {
    repository(transactions) {
      const loader = new DataLoader<string, Concern | null>(async (ids) => {
        const found = await model.find({ _id: { $in: [...ids] } }).lean<ConcernDocument[]>();
        const byId = new Map(found.map((document) => [document._id, toDomain(document)]));
        return ids.map((id) => byId.get(id) ?? null);
      });
      return {
        dueKey,
        byId: (id) => loader.load(id),
        async save({ next, event }, expectedVersion, receipt) {
          loader.clear(next.id);
          return transactions.run(async (unit) => {
            // The figures are the community's to move, at the same time if need be.
            const { _id, figures: _figures, lastFoundAt: _lastFoundAt, ...written } = toDocument(next);
            const { matchedCount } = await model.updateOne({ _id, version: expectedVersion }, { $set: written }, { session: unit.session });
            if (matchedCount === 0) return false;
            if (receipt) await receipts.record(receipt, _id, unit.session);
            if (event) unit.emit({ ...event, subject: _id, target: 'community' });
            return true;
          });
        },
        async open(found) {
          await transactions.run(async ({ session }) => {
            if (await model.exists({ _id: found.id }).session(session)) return;
            await model.create([toDocument(found)], { session });
          });
        },
        async grow(id, figures, at) {
          await transactions.run(async ({ session }) => {
            const { matchedCount } = await model.updateOne({ _id: id }, { $set: { figures, lastFoundAt: at } }, { session });
            if (matchedCount === 0) throw new Error(`No concern ${id}.`);
          });
        },
        async list(actor, filter, { first, after }) {
          const [due, id] = after ?? [];
          const instantAt = new Date(Number(due));
          const beyond = after
            ? [{ $or: [{ dueKey: { $gt: instantAt } }, { dueKey: instantAt, _id: { $gt: String(id) } }] }]
            : [];
          const found = await model
            .find({ $and: [...conditions(actor, filter), ...beyond] })
            .sort({ dueKey: 1, _id: 1 })
            .limit(first + 1)
            .lean<ConcernDocument[]>();
          return cutPage(found.map(toDomain), first);
        },
        count: (actor, filter) => model.countDocuments({ $and: conditions(actor, filter) }).exec(),
      };
    },
  };
}
