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
import type { Follow, HandoverStore } from '../../shared/persistence/handovers.js';
import { mustBeTaken, type Receipts } from '../../shared/persistence/receipts.js';
import { within, type Transactions, type UnitOfWork } from '../../shared/persistence/transactions.js';
import { followedConference, nextDecisionAlarm, type Conference, type ConferenceOutcome } from '../domain/conference.js';
import { conferenceStates, openConferenceStates, type ConferenceState } from '../domain/conference.transitions.js';
import type { ConferenceRepository } from '../usecases/ports.js';

interface ConferenceDocument extends Omit<Conference, 'id'>, WakingDocument {
  /** Of the invited, for finding theirs. */
  units: string[];
  /** The case's id while it is open: one open conference a case. */
  openOn?: string;
}

const text = { type: String, required: true };
const maybeText = { type: String, default: null };
const instant = { type: Date, required: true };
const maybeInstant = { type: Date, default: null };
const list = { type: [Schema.Types.Mixed], default: [] } as never;

const conferenceSchema = new Schema<ConferenceDocument>(
  {
    _id: text, version: { type: Number, required: true }, state: { type: String, enum: conferenceStates, required: true },
    caseId: text, number: text, title: text, category: text, community: text, district: text, agenda: text, place: text, meetsAt: instant,
    lead: { type: Schema.Types.Mixed, required: true }, seats: list, convenedAt: instant, convenedBy: text, heldAt: maybeInstant,
    minutes: maybeText, decisions: list, clocks: list, fired: [String], endedAt: maybeInstant, endNote: maybeText,
    units: [String], openOn: String, ...wakingFields,
  },
  { collection: 'conferences', versionKey: false, minimize: false },
);
const latest = { convenedAt: -1, _id: -1 } as const;
conferenceSchema.index({ caseId: 1, ...latest });
conferenceSchema.index({ openOn: 1 }, { unique: true, sparse: true });
conferenceSchema.index({ units: 1, state: 1, ...latest });
conferenceSchema.index({ community: 1, state: 1, ...latest });
conferenceSchema.index({ state: 1, calendarVersion: 1 });
conferenceSchema.index(...wakingIndex);

/** Its clocks run in this state. */
const running = { state: 'HELD' } as const;

const waking = (conference: Conference, calendar: Calendar): Waking =>
  ({ wakeAt: nextDecisionAlarm(conference, calendar)?.at ?? null, calendarVersion: calendar.version });

const toDocument = (conference: Conference, calendar: Calendar): ConferenceDocument => {
  const { id, ...kept } = conference;
  return {
    ...kept,
    _id: id,
    units: kept.seats.map(({ unit }) => unit),
    ...(openConferenceStates.includes(kept.state) && { openOn: kept.caseId }),
    ...waking(conference, calendar),
    ...unleased,
  };
};
const toDomain = ({
  _id, units: _units, openOn: _open, wakeAt: _wake, calendarVersion: _version, leasedUntil: _until, leasedBy: _by, ...conference
}: ConferenceDocument): Conference => ({ ...conference, id: _id });

const nothing = { _id: { $in: [] as string[] } };

/** The rule of `seesConference` as a query. */
function visibleTo(actor: Actor): Record<string, unknown> {
  if (actor.role === 'DEPARTMENT_OFFICER') return actor.unit === null ? nothing : { units: actor.unit };
  if (actor.role === 'RESIDENT' || actor.role === 'INTEGRATOR' || actor.area === null) return nothing;
  const { from, before } = codeRange(actor.area);
  return { community: { $gte: from, $lt: before } };
}

export interface ConferenceStore extends Wakings {
  /** Cancels a conference whose case has ended. */
  readonly followCase: Follow;
  /** One per request. */
  repository(transactions: Transactions, handovers: HandoverStore): ConferenceRepository;
}

export async function openConferences(
  connection: Connection, { receipts, calendars }: { readonly receipts: Receipts; readonly calendars: Calendars },
): Promise<ConferenceStore> {
  const model = connection.model<ConferenceDocument>('Conference', conferenceSchema);
  await model.init();

  const tell = (unit: UnitOfWork, { next, event }: ConferenceOutcome): void => {
    unit.changed(caseTopic(next.caseId));
    if (event) unit.emit({ ...event, subject: next.caseId, target: 'community' });
  };
  const replace = async ({ next }: ConferenceOutcome, expectedVersion: number, unit: UnitOfWork): Promise<boolean> => {
    const document = toDocument(next, calendars.inForce());
    const { matchedCount } = await model.replaceOne({ _id: next.id, version: expectedVersion }, document, { session: unit.session });
    return matchedCount > 0;
  };

  return {
    ...keepWaking(model, running, calendars, (document, calendar) => waking(toDomain(document), calendar)),
    async followCase(coordination, unit) {
      const open = await model.findOne({ openOn: coordination.id }, null, { session: unit.session }).lean<ConferenceDocument>();
      const outcome = open && followedConference(toDomain(open), coordination, calendars.inForce());
      if (!open || !outcome) return;
      if (!(await replace(outcome, open.version, unit))) throw new RaceLost(`Conference ${open._id} changed meanwhile.`);
      tell(unit, outcome);
    },
    repository(transactions, handovers) {
      const byCase = new DataLoader<string, readonly Conference[]>(async (ids) => {
        const found = await model.find({ caseId: { $in: [...ids] } }).sort(latest).lean<ConferenceDocument[]>();
        const conferences = groupBy(found.map(toDomain), ({ caseId }) => caseId);
        return ids.map((id) => conferences.get(id) ?? []);
      });
      const conditions = (actor: Actor, states: readonly ConferenceState[] | null): Record<string, unknown>[] =>
        [visibleTo(actor), ...(states ? [{ state: { $in: [...states] } }] : [])];

      return {
        async byId(id) {
          const found = await model.findById(id).lean<ConferenceDocument>();
          return found && toDomain(found);
        },
        ofCase: (caseId) => byCase.load(caseId),
        async convene(convened, coordination, receipt) {
          const { next } = convened;
          try {
            await transactions.run(async (unit) => {
              await model.create([toDocument(next, calendars.inForce())], { session: unit.session });
              if (receipt) await receipts.record(receipt, next.id, unit.session);
              // Written, not only read: the case cannot end between the two and leave the conference behind.
              const touched = { ...coordination, version: coordination.version + 1, updatedAt: next.convenedAt };
              await handovers.repository(within(unit)).put(touched, coordination.version);
              tell(unit, convened);
            });
            return 'SAVED';
          } catch (error) {
            if (error instanceof RaceLost) return 'STALE';
            await mustBeTaken(error, receipts, receipt);
            return 'DUPLICATE';
          } finally {
            byCase.clear(next.caseId);
          }
        },
        async save(outcome, expectedVersion, receipt) {
          const saved = await transactions.run(async (unit) => {
            if (!(await replace(outcome, expectedVersion, unit))) return false;
            if (receipt) await receipts.record(receipt, outcome.next.id, unit.session);
            tell(unit, outcome);
            return true;
          });
          byCase.clear(outcome.next.caseId);
          return saved;
        },
        claimDue: async (now, batch) => (await claimDue(model, now, batch)).map(toDomain),
        async list(actor, states, { first, after }) {
          const [convenedAt, id] = after ?? [];
          const at = new Date(Number(convenedAt));
          const beyond = after ? [{ $or: [{ convenedAt: { $lt: at } }, { convenedAt: at, _id: { $lt: String(id) } }] }] : [];
          const found = await model
            .find({ $and: [...conditions(actor, states), ...beyond] })
            .sort(latest)
            .limit(first + 1)
            .lean<ConferenceDocument[]>();
          return cutPage(found.map(toDomain), first);
        },
        count: (actor, states) => model.countDocuments({ $and: conditions(actor, states) }).exec(),
      };
    },
  };
}
