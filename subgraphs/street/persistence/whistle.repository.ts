import DataLoader from 'dataloader';
import { Schema, type ClientSession, type Connection } from 'mongoose';
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
import type { Follow, HandoverStore } from '../../shared/persistence/handovers.js';
import type { Receipts } from '../../shared/persistence/receipts.js';
import { within, type Transactions } from '../../shared/persistence/transactions.js';
import { followed, nextArrivalAlarm, type Whistle } from '../domain/whistle.js';
import { whistleStates } from '../domain/whistle.transitions.js';
import type { WhistleRepository } from '../usecases/ports.js';

interface WhistleDocument extends Omit<Whistle, 'id' | 'fired'>, WakingDocument {
  /** Absent on whistles from before alarms went off. */
  fired?: readonly string[];
  /** Of the named departments, for finding theirs. */
  units: string[];
}

const text = { type: String, required: true };
const maybeText = { type: String, default: null };
const instant = { type: Date, required: true };

const whistleSchema = new Schema<WhistleDocument>(
  {
    _id: text, version: { type: Number, required: true }, state: { type: String, enum: whistleStates, required: true },
    caseId: text, number: text, title: text, category: text, community: text, street: text, reason: text, place: text,
    urgent: { type: Boolean, required: true }, blownAt: instant, blownBy: text,
    arrivals: { type: [Schema.Types.Mixed], required: true } as never, units: [String],
    fired: [String], endedAt: { type: Date, default: null }, result: maybeText, ...wakingFields,
  },
  { collection: 'whistles', versionKey: false, minimize: false },
);
whistleSchema.index({ caseId: 1, blownAt: -1, _id: -1 });
// One open whistle a case: the street's part says so, and the database makes sure of it.
whistleSchema.index({ caseId: 1, state: 1 }, { unique: true, partialFilterExpression: { state: 'OPEN' } });
whistleSchema.index({ units: 1, state: 1, blownAt: -1, _id: -1 });
whistleSchema.index({ community: 1, state: 1, blownAt: -1, _id: -1 });

/** Its clocks run in this state. */
const running = { state: 'OPEN' } as const;
whistleSchema.index({ state: 1, calendarVersion: 1 });
whistleSchema.index(...wakingIndex);

const waking = (whistle: Whistle, calendar: Calendar): Waking =>
  ({ wakeAt: nextArrivalAlarm(whistle, calendar)?.at ?? null, calendarVersion: calendar.version });

const toDocument = (whistle: Whistle, calendar: Calendar): WhistleDocument => {
  const { id, ...kept } = whistle;
  return { ...kept, _id: id, units: kept.arrivals.map(({ unit }) => unit), ...waking(whistle, calendar), ...unleased };
};
const toDomain = ({
  _id, units: _units, wakeAt: _wake, calendarVersion: _version, leasedUntil: _until, leasedBy: _by, fired = [], ...whistle
}: WhistleDocument): Whistle => ({ ...whistle, fired, id: _id });

const nothing = { _id: { $in: [] as string[] } };

/** The rule of `seesWhistle` as a query. */
function visibleTo(actor: Actor): Record<string, unknown> {
  if (actor.role === 'DEPARTMENT_OFFICER') return actor.unit === null ? nothing : { units: actor.unit };
  if (actor.role === 'RESIDENT' || actor.role === 'INTEGRATOR' || actor.area === null) return nothing;
  const { from, before } = codeRange(actor.area);
  return { community: { $gte: from, $lt: before } };
}

const latest = { blownAt: -1, _id: -1 } as const;

export interface WhistleStore extends Wakings {
  /** Ends a whistle whose case has moved on. */
  readonly followCase: Follow;
  /** One per request. */
  repository(transactions: Transactions, handovers: HandoverStore): WhistleRepository;
}

export async function openWhistles(
  connection: Connection, { receipts, calendars }: { readonly receipts: Receipts; readonly calendars: Calendars },
): Promise<WhistleStore> {
  const model = connection.model<WhistleDocument>('Whistle', whistleSchema);
  await model.init();

  const replace = async (next: Whistle, expectedVersion: number, session: ClientSession): Promise<void> => {
    const { matchedCount } = await model.replaceOne({ _id: next.id, version: expectedVersion }, toDocument(next, calendars.inForce()), { session });
    if (matchedCount === 0) throw new RaceLost(`Whistle ${next.id} changed meanwhile.`);
  };

  return {
    ...keepWaking(model, running, calendars, (document, calendar) => waking(toDomain(document), calendar)),
    async followCase(dispatch, { session }) {
      const last = await model.findOne({ caseId: dispatch.id }, null, { session }).sort(latest).lean<WhistleDocument>();
      const next = followed(last && toDomain(last), dispatch, calendars.inForce());
      if (last && next) await replace(next, last.version, session);
    },
    repository(transactions, handovers) {
      const loader = new DataLoader<string, Whistle | null>(async (ids) => {
        const found = await model.find({ _id: { $in: [...ids] } }).lean<WhistleDocument[]>();
        const byId = new Map(found.map((document) => [document._id, toDomain(document)]));
        return ids.map((id) => byId.get(id) ?? null);
      });
      const byCase = new DataLoader<string, readonly Whistle[]>(async (ids) => {
        const found = await model.find({ caseId: { $in: [...ids] } }).sort(latest).lean<WhistleDocument[]>();
        const whistles = groupBy(found.map(toDomain), ({ caseId }) => caseId);
        return ids.map((id) => whistles.get(id) ?? []);
      });
      const conditions = (actor: Actor, open: boolean | null): Record<string, unknown>[] =>
        [visibleTo(actor), ...(open === null ? [] : [{ state: open ? 'OPEN' : 'ENDED' }])];

      return {
        byId: (id) => loader.load(id),
        ofCase: (caseId) => byCase.load(caseId),
        async save(next, expectedVersion, step, receipt) {
          try {
            await transactions.run(async (unit) => {
              const { session } = unit;
              if (expectedVersion === 0) await model.create([toDocument(next, calendars.inForce())], { session });
              else await replace(next, expectedVersion, session);
              if (receipt) await receipts.record(receipt, next.id, session);
              unit.changed(caseTopic(next.caseId));
              const done = step === null
                || (await handovers.repository(within(unit)).save(step.decision, step.expectedVersion, null));
              // Thrown, so that what was written before it is undone.
              if (!done) throw new RaceLost(`The street's part of case ${next.caseId} changed meanwhile.`);
            });
            return true;
          } catch (error) {
            if (error instanceof RaceLost) return false;
            throw error;
          } finally {
            loader.clear(next.id);
            byCase.clear(next.caseId);
          }
        },
        claimDue: async (now, batch) => (await claimDue(model, now, batch)).map(toDomain),
        async saveAlarm({ next, event }, expectedVersion) {
          const saved = await transactions.run(async (unit) => {
            const { matchedCount } = await model.replaceOne(
              { _id: next.id, version: expectedVersion }, toDocument(next, calendars.inForce()), { session: unit.session },
            );
            if (matchedCount === 0) return false;
            unit.emit({ ...event, subject: next.caseId, target: 'community' });
            unit.changed(caseTopic(next.caseId));
            return true;
          });
          byCase.clear(next.caseId);
          return saved;
        },
        async list(actor, open, { first, after }) {
          const [blownAt, id] = after ?? [];
          const instantAt = new Date(Number(blownAt));
          const beyond = after
            ? [{ $or: [{ blownAt: { $lt: instantAt } }, { blownAt: instantAt, _id: { $lt: String(id) } }] }]
            : [];
          const found = await model
            .find({ $and: [...conditions(actor, open), ...beyond] })
            .sort(latest)
            .limit(first + 1)
            .lean<WhistleDocument[]>();
          return cutPage(found.map(toDomain), first);
        },
        count: (actor, open) => model.countDocuments({ $and: conditions(actor, open) }).exec(),
      };
    },
  };
}
