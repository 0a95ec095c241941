import DataLoader from 'dataloader';
import { Schema, type Connection } from 'mongoose';
import type { Actor } from '../../shared/domain/actor.js';
import { codeRange } from '../../shared/domain/areaCode.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import type { Calendars } from '../../shared/domain/calendars.js';
import { groupBy } from '../../shared/domain/groupBy.js';
import { RaceLost } from '../../shared/domain/raceLost.js';
import { caseTopic } from '../../shared/domain/topics.js';
import { cutPage } from '../../shared/graphql/connection.js';
import {
  claimDue, keepWaking, unleased, wakingFields, wakingIndex, type Waking, type WakingDocument, type Wakings,
} from '../../shared/persistence/alarms.js';
import type { Receipts } from '../../shared/persistence/receipts.js';
import type { Transactions } from '../../shared/persistence/transactions.js';
import { answerBy, nextAnswerAlarm, type Supervision } from '../domain/supervision.js';
import { supervisionStates, type SupervisionState } from '../domain/supervision.transitions.js';
import type { SupervisionRepository } from '../usecases/ports.js';

interface SupervisionDocument extends Omit<Supervision, 'id' | 'fired'>, WakingDocument {
  /** Absent on supervisions from before alarms went off. */
  fired?: readonly string[];
  /** When the answer is due, from the ledger; far off when none is owed. Never read back. */
  dueKey: Date;
}

const text = { type: String, required: true };
const maybeText = { type: String, default: null };
const number = { type: Number, required: true };
const instant = { type: Date, required: true };

const supervisionSchema = new Schema<SupervisionDocument>(
  {
    _id: text, version: number, state: { type: String, enum: supervisionStates, required: true }, caseId: text, number: text, title: text,
    category: text, community: text, district: text, cause: text, times: number, reason: maybeText, openedBy: maybeText, openedAt: instant,
    holder: { type: Schema.Types.Mixed, required: true }, clocks: { type: [Schema.Types.Mixed], required: true } as never,
    answers: { type: [Schema.Types.Mixed], default: [] } as never, closedAt: { type: Date, default: null }, fired: [String],
    dueKey: instant, ...wakingFields,
  },
  { collection: 'supervisions', versionKey: false, minimize: false },
);
supervisionSchema.index({ caseId: 1, openedAt: 1, _id: 1 });
supervisionSchema.index({ community: 1, state: 1, dueKey: 1, _id: 1 });
supervisionSchema.index({ 'holder.unit': 1, state: 1, dueKey: 1, _id: 1 });

/** Its clock runs in this state. */
const running = { state: 'OPENED' } as const;
supervisionSchema.index({ state: 1, calendarVersion: 1 });
supervisionSchema.index(...wakingIndex);

/** Where one sorts that owes no answer: after all that do. */
const noDeadline = new Date(Date.UTC(9999, 0));

/** What the clocks give by a calendar. */
const deadlines = (subject: Supervision, calendar: Calendar): Waking & Pick<SupervisionDocument, 'dueKey'> => ({
  dueKey: answerBy(subject, calendar) ?? noDeadline,
  wakeAt: nextAnswerAlarm(subject, calendar)?.at ?? null,
  calendarVersion: calendar.version,
});

const toDocument = (subject: Supervision, calendar: Calendar): SupervisionDocument => {
  const { id, ...kept } = subject;
  return { ...kept, _id: id, ...deadlines(subject, calendar), ...unleased };
};
const toDomain = ({
  _id, dueKey: _due, wakeAt: _wake, calendarVersion: _version, leasedUntil: _until, leasedBy: _by, fired = [], ...subject
}: SupervisionDocument): Supervision => ({ ...subject, fired, id: _id });

const nothing = { _id: { $in: [] as string[] } };

/** The rule of `seesSupervision` as a query. */
function visibleTo(actor: Actor): Record<string, unknown> {
  if (actor.role === 'DEPARTMENT_OFFICER') return actor.unit === null ? nothing : { 'holder.unit': actor.unit };
  if (actor.role === 'RESIDENT' || actor.role === 'INTEGRATOR' || actor.area === null) return nothing;
  const { from, before } = codeRange(actor.area);
  return { community: { $gte: from, $lt: before } };
}

export interface SupervisionStore extends Wakings {
  /** One per request; `transactions` is the ground's, or an event's own transaction. */
  repository(transactions: Transactions): SupervisionRepository;
}

export async function openSupervisions(
  connection: Connection, { receipts, calendars }: { readonly receipts: Receipts; readonly calendars: Calendars },
): Promise<SupervisionStore> {
  const model = connection.model<SupervisionDocument>('Supervision', supervisionSchema);
  await model.init();

  const dueKey = (subject: Supervision): Date => answerBy(subject, calendars.inForce()) ?? noDeadline;

  return {
    ...keepWaking(model, running, calendars, (document, calendar) => deadlines(toDomain(document), calendar)),
    repository(transactions) {
      const loader = new DataLoader<string, Supervision | null>(async (ids) => {
        const found = await model.find({ _id: { $in: [...ids] } }).lean<SupervisionDocument[]>();
        const byId = new Map(found.map((document) => [document._id, toDomain(document)]));
        return ids.map((id) => byId.get(id) ?? null);
      });
      const byCase = new DataLoader<string, readonly Supervision[]>(async (ids) => {
        const found = await model.find({ caseId: { $in: [...ids] } }).sort({ openedAt: 1, _id: 1 }).lean<SupervisionDocument[]>();
        const supervisions = groupBy(found.map(toDomain), ({ caseId }) => caseId);
        return ids.map((id) => supervisions.get(id) ?? []);
      });
      const conditions = (actor: Actor, states: readonly SupervisionState[] | null): Record<string, unknown>[] =>
        [visibleTo(actor), ...(states ? [{ state: { $in: [...states] } }] : [])];

      return {
        dueKey,
        byId: (id) => loader.load(id),
        ofCase: (caseId) => byCase.load(caseId),
        claimDue: async (now, batch) => (await claimDue(model, now, batch)).map(toDomain),
        async save({ next, event }, expectedVersion, receipt) {
          const saved = await transactions.run(async (unit) => {
            const { matchedCount } = await model.replaceOne({ _id: next.id, version: expectedVersion }, toDocument(next, calendars.inForce()), { session: unit.session });
            if (matchedCount === 0) return false;
            if (receipt) await receipts.record(receipt, next.id, unit.session);
            unit.emit({ ...event, subject: next.caseId, target: 'community' });
            unit.changed(caseTopic(next.caseId));
            return true;
          });
          loader.clear(next.id);
          byCase.clear(next.caseId);
          return saved;
        },
        async open(opened, event) {
          await transactions.run(async (unit) => {
            if (await model.exists({ _id: opened.id }).session(unit.session)) return;
            await model.create([toDocument(opened, calendars.inForce())], { session: unit.session });
            if (event) unit.emit({ ...event, subject: opened.caseId, target: 'community' });
            unit.changed(caseTopic(opened.caseId));
          });
          loader.clear(opened.id);
          byCase.clear(opened.caseId);
        },
        async put(next, previousVersion) {
          await transactions.run(async (unit) => {
            const { matchedCount } = await model.replaceOne({ _id: next.id, version: previousVersion }, toDocument(next, calendars.inForce()), { session: unit.session });
            if (matchedCount === 0) throw new RaceLost(`Supervision ${next.id} changed while an event was applied to it.`);
            unit.changed(caseTopic(next.caseId));
          });
          loader.clear(next.id);
          byCase.clear(next.caseId);
        },
        async list(actor, states, { first, after }) {
          const [due, id] = after ?? [];
          const instantAt = new Date(Number(due));
          const beyond = after
            ? [{ $or: [{ dueKey: { $gt: instantAt } }, { dueKey: instantAt, _id: { $gt: String(id) } }] }]
            : [];
          const found = await model
            .find({ $and: [...conditions(actor, states), ...beyond] })
            .sort({ dueKey: 1, _id: 1 })
            .limit(first + 1)
            .lean<SupervisionDocument[]>();
          return cutPage(found.map(toDomain), first);
        },
        count: (actor, states) => model.countDocuments({ $and: conditions(actor, states) }).exec(),
      };
    },
  };
}
