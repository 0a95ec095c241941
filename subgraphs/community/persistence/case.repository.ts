import DataLoader from 'dataloader';
import { Schema, type Connection, type Model } from 'mongoose';
import type { Actor } from '../../shared/domain/actor.js';
import { ancestorAt } from '../../shared/domain/areaCode.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import { platformConcernRule, type NamedConcernRule } from '../../shared/domain/concernRule.js';
import { groupBy } from '../../shared/domain/groupBy.js';
import type { Result } from '../../shared/domain/result.js';
import { caseTopic, toDoTopic } from '../../shared/domain/topics.js';
import { countMoves, subgraphOf } from '../../shared/events/countsRollUp.js';
import { cutPage, type PageRequest } from '../../shared/graphql/connection.js';
import type { CountsRepository } from '../../shared/persistence/counts.js';
import { mustBeTaken, type Receipts } from '../../shared/persistence/receipts.js';
import { isDuplicateKey } from '../../shared/persistence/failures.js';
import { claimDue, keepWaking, unleased, wakingFields, wakingIndex, type WakingDocument } from '../../shared/persistence/alarms.js';
import type { Transactions, UnitOfWork } from '../../shared/persistence/transactions.js';
import { messagesOfCalendar, type CaseMessage } from '../domain/caseSegments.js';
import { openStates, toDoKeys, waitsFor, type Case } from '../domain/case.js';
import { caseStates } from '../domain/case.transitions.js';
import { countedIn, countsMoved, replayedMoves, replayedRounds, roundOfStep, type CountMove } from '../domain/caseCounts.js';
import type { CaseDecision, TimelineEntry } from '../domain/caseDecisions.js';
import { longUnresolvedAt } from '../domain/concern.js';
import type { AttachCommand } from '../domain/material/material.js';
import type { HandOver } from '../domain/responsibility/holdings.js';
import type { Scope } from '../domain/responsibility/post.js';
import type { Part, Share } from '../domain/responsibility/share.js';
import type { NoticeStore } from './notice.repository.js';
import { openRatingExclusions } from './ratingExclusions.js';
import { nextAlarm, nextDueAt, noDeadline } from '../domain/clockPolicy.js';
import { bigrams, searchForm } from '../domain/search.js';
import type { Calendars, CaseFilter, CaseRepository, SaveOutcome } from '../usecases/ports.js';

/** The case and what is derived from it for finding it; the derived part is never read back. */
interface CaseDocument extends Omit<Case, 'id'>, WakingDocument {
  _id: string;
  district: string;
  street: string;
  units: string[];
  categories: string[];
  /** `<submittedBy>:<sourceId>`; absent when it was not imported. */
  sourceKey?: string;
  waitsFor: string | null;
  /** When it is next due; far off when no clock runs. */
  dueKey: Date;
  calendarVersion: string;
  /** When it is long unresolved; null when it is not open, or never will be. */
  concernAt: Date | null;
  /** The version of the rule that `concernAt` was computed by. */
  concernRule: string;
  searchText: string;
  grams: string[];
}

export interface TimelineDocument extends TimelineEntry {
  _id: string;
  /** What it added to the counts, for the ledger; absent in what was written before. */
  counts?: readonly CountMove[];
  /** The numbers that it is part of, and its round; absent in what was written before: see `nameSteps`. */
  countedIn?: readonly string[];
  round?: number;
}

const mixed = { type: Schema.Types.Mixed, default: null };
const text = { type: String, required: true };
const maybeText = { type: String, default: null };
const instant = { type: Date, required: true };
const maybeInstant = { type: Date, default: null };
const number = { type: Number, required: true };

const caseSchema = new Schema<CaseDocument>(
  {
    _id: text, number: text, version: number, state: { type: String, enum: caseStates, required: true }, stateBefore: maybeText,
    kind: text, demandType: maybeText, channel: text, category: text, urgency: text, serviceItem: maybeText, application: mixed, patrolDomain: maybeText, title: text, detail: text,
    place: { type: Schema.Types.Mixed, required: true }, reporter: { type: Schema.Types.Mixed, required: true },
    submittedBy: text, sourceId: maybeText, reportedAt: instant, submittedAt: instant, acceptedAt: maybeInstant, closedAt: maybeInstant,
    chain: { type: [Schema.Types.Mixed], required: true } as never, rungs: number, returns: number, reopenings: number, round: number,
    declined: mixed, infoRequest: mixed, resolution: mixed,
    evaluations: { type: [Schema.Types.Mixed], default: [] } as never, clocks: { type: [Schema.Types.Mixed], default: [] } as never,
    fired: [String], escalatedTo: maybeText, extension: mixed, extensions: number, suspension: mixed,
    supervisions: { type: [Schema.Types.Mixed], default: [] } as never,
    merge: mixed, members: { type: Number, default: 0 },
    updatedAt: instant, concernAt: maybeInstant, concernRule: text,
    district: text, street: text, units: [String], categories: [String], sourceKey: String,
    waitsFor: maybeText, dueKey: instant, ...wakingFields, searchText: text, grams: [String],
  },
  { collection: 'cases', versionKey: false, minimize: false },
);
const latest = { submittedAt: -1, _id: -1 } as const;
caseSchema.index({ number: 1 }, { unique: true });
caseSchema.index({ sourceKey: 1 }, { unique: true, sparse: true });
caseSchema.index({ waitsFor: 1, dueKey: 1, _id: 1 }, { partialFilterExpression: { waitsFor: { $gt: '' } } });
caseSchema.index(...wakingIndex);
caseSchema.index({ calendarVersion: 1, state: 1, _id: 1 });
caseSchema.index({ concernAt: 1, _id: 1 }, { partialFilterExpression: { concernAt: { $gt: new Date(0) } } });
caseSchema.index({ concernRule: 1, state: 1, _id: 1 });
caseSchema.index({ district: 1, category: 1, submittedAt: -1 });
caseSchema.index({ 'place.community': 1, ...latest });
caseSchema.index({ street: 1, ...latest });
caseSchema.index({ district: 1, ...latest });
caseSchema.index({ 'reporter.id': 1, ...latest });
caseSchema.index({ submittedBy: 1, ...latest });
caseSchema.index({ units: 1, ...latest });
caseSchema.index({ ...latest });
caseSchema.index({ grams: 1 });
caseSchema.index({ 'merge.into': 1, ...latest }, { partialFilterExpression: { 'merge.into': { $gt: '' } } });

const timelineSchema = new Schema<TimelineDocument>(
  {
    _id: text, caseId: text, seq: number, at: instant, action: text, from: maybeText, to: text, level: text,
    by: { type: Schema.Types.Mixed, required: true }, note: maybeText, target: mixed, proposedOwner: maybeText,
    superseded: { type: Boolean, required: true }, counts: { type: [Schema.Types.Mixed], default: undefined } as never,
    countedIn: { type: [String], default: undefined } as never, round: Number,
  },
  { collection: 'timeline', versionKey: false, minimize: false },
);
timelineSchema.index({ caseId: 1, seq: 1 }, { unique: true });
timelineSchema.index({ countedIn: 1, at: 1, caseId: 1, seq: 1 });

const pathsOf = (category: string): string[] =>
  category.split('/').map((_part, i, parts) => parts.slice(0, i + 1).join('/'));

/** What the clocks give by a calendar. */
const deadlines = (
  { clocks, fired }: Pick<Case, 'clocks' | 'fired'>, calendar: Calendar,
): Pick<CaseDocument, 'dueKey' | 'wakeAt' | 'calendarVersion'> => ({
  dueKey: nextDueAt(clocks, calendar) ?? noDeadline,
  wakeAt: nextAlarm(clocks, fired, calendar)?.at ?? null,
  calendarVersion: calendar.version,
});

const lasting = (
  subject: Omit<Case, 'id'>, calendar: Calendar, { version, rule }: NamedConcernRule,
): Pick<CaseDocument, 'concernAt' | 'concernRule'> =>
  ({ concernAt: longUnresolvedAt(subject, rule, calendar), concernRule: version });

function toDocument({ id, ...subject }: Case, calendar: Calendar, concernRule: NamedConcernRule): CaseDocument {
  const searchText = searchForm(`${subject.number} ${subject.title}`);
  return {
    ...subject,
    _id: id,
    district: ancestorAt(subject.place.community, 'DISTRICT'),
    street: ancestorAt(subject.place.community, 'STREET'),
    units: [...new Set([...subject.chain.map(({ holder }) => holder.unit), subject.application?.item.department].flatMap((unit) => unit ?? []))],
    categories: pathsOf(subject.category),
    ...(subject.sourceId !== null && { sourceKey: `${subject.submittedBy}:${subject.sourceId}` }),
    waitsFor: waitsFor({ ...subject }),
    ...deadlines(subject, calendar),
    ...lasting(subject, calendar, concernRule),
    ...unleased,
    searchText,
    grams: bigrams(searchText),
  };
}

/** What cases from before it was known do not have. */
const later = { urgency: 'NORMAL', serviceItem: null, application: null, patrolDomain: null, merge: null, members: 0 } as const;

function toDomain(document: CaseDocument): Case {
  const { _id, district: _d, street: _s, units: _u, categories: _c, sourceKey: _k, waitsFor: _w, dueKey: _n, wakeAt: _a, calendarVersion: _v, concernAt: _ca, concernRule: _cr, leasedUntil: _l, leasedBy: _b, searchText: _t, grams: _g, ...rest } = document;
  // So do their evaluations lack tags, and whether they are left out.
  return { ...later, ...rest, evaluations: rest.evaluations.map((one) => ({ ...one, tags: one.tags ?? [], leftOut: one.leftOut ?? null })), id: _id };
}

const areaCondition = (code: string): Record<string, unknown> =>
  ({ 4: { district: { $gte: code, $lt: `${code}:` } }, 6: { district: code }, 9: { street: code }, 12: { 'place.community': code } })[code.length]
    ?? { 'place.grid': code };

const nothing = { _id: { $in: [] as string[] } };

/** The rule of `maySee` as a query (a test compares the two). */
export function caseScope(actor: Actor): Record<string, unknown> {
  switch (actor.role) {
    case 'RESIDENT':
      return { 'reporter.id': actor.id };
    case 'INTEGRATOR':
      return { submittedBy: actor.id };
    case 'DEPARTMENT_OFFICER':
      return actor.unit === null ? nothing : { units: actor.unit };
    case 'GRID_WORKER':
      return { $or: [{ submittedBy: actor.id }, ...(actor.area === null ? [] : [areaCondition(actor.area)])] };
    default:
      return actor.area === null ? nothing : areaCondition(actor.area);
  }
}

const escapeRegExp = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

function textCondition(wanted: string): Record<string, unknown> {
  const form = searchForm(wanted);
  const grams = bigrams(form);
  const contains = { searchText: { $regex: escapeRegExp(form) } };
  // The index narrows down, the expression decides; a single character has no bigram.
  return grams.length > 0 ? { grams: { $all: grams }, ...contains } : contains;
}

function conditions(actor: Actor, filter: CaseFilter): Record<string, unknown>[] {
  const { states, kinds, patrolDomains, urgencies, category, onlyCategory, area, from, to, reportedFrom, text: wanted } = filter;
  return [
    caseScope(actor),
    ...(states ? [{ state: { $in: [...states] } }] : []),
    ...(kinds ? [{ kind: { $in: [...kinds] } }] : []),
    ...(patrolDomains ? [{ patrolDomain: { $in: [...patrolDomains] } }] : []),
    // Null: from before it was known.
    ...(urgencies ? [{ urgency: { $in: [...urgencies, ...(urgencies.includes(later.urgency) ? [null] : [])] } }] : []),
    ...(category !== null ? [{ categories: category }] : []),
    ...(area !== null ? [areaCondition(area)] : []),
    ...(from || to ? [{ submittedAt: { ...(from && { $gte: from }), ...(to && { $lt: to }) } }] : []),
    ...(onlyCategory === undefined ? [] : [{ category: onlyCategory }]),
    ...(reportedFrom ? [{ reportedAt: { $gte: reportedFrom } }] : []),
    ...(wanted !== null && wanted.trim() !== '' ? [textCondition(wanted)] : []),
  ];
}

const inScope = ({ categories, grids }: Scope): Record<string, unknown> => ({
  ...(categories.length > 0 && { categories: { $in: [...categories] } }),
  ...(grids.length > 0 && { 'place.grid': { $in: [...grids] } }),
});

const inPart = ({ any, unless }: Part): Record<string, unknown> =>
  ({ $or: any.map(inScope), ...(unless.length > 0 && { $nor: unless.map(inScope) }) });

/** The list of the actor's office or unit is found by the index; their share is picked out of it. */
const waiting = (actor: Actor, share: Share | null): Record<string, unknown>[] =>
  [{ waitsFor: { $in: toDoKeys(actor) } }, ...(share ? [{ $or: share.map(inPart) }] : [])];

/** What comes after the cursor, latest first. */
function older(after: PageRequest['after']): Record<string, unknown>[] {
  const at = new Date(Number(after?.[0]));
  return after ? [{ $or: [{ submittedAt: { $lt: at } }, { submittedAt: at, _id: { $lt: String(after[1]) } }] }] : [];
}

/** Clocks may run in these. */
const withClocks = [...openStates, 'MERGED', 'RESOLVED'] as const;

const send = (unit: UnitOfWork, messages: readonly CaseMessage[]): void =>
  unit.emit(...messages.map(({ level, ...message }) => ({ ...message, target: subgraphOf(level) })));

const topicsOf = (id: string, ...waited: readonly (string | null)[]): string[] =>
  [caseTopic(id), ...waited.flatMap((key) => (key === null ? [] : [toDoTopic(key)]))];

const keyPattern = (error: unknown): string => JSON.stringify((error as { keyPattern?: unknown }).keyPattern ?? {}) + String((error as Error).message);
/** Takes back what a transaction has written: one of its cases is not as it was read. */
class Outdated extends Error {}
/** So does a document that may be used no more. */
class Unusable extends Error {}

const officerOrReporter = ({ role, ...by }: TimelineEntry['by']): Actor => {
  if (role === null) throw new Error('No clock hands in documents.');
  return { ...by, role };
};

/** How many open cases are compared with one, by category and by text each. */
const compared = 100;

export interface CaseStore {
  /**
   * Computes due times and alarms of open cases anew from their ledgers, where they differ from what is kept; answers
   * how many did. For a repair by hand; a new calendar is followed by `rescheduleCases`, which tells the other levels.
   */
  rebuildAlarms(transactions: Transactions): Promise<number>;
  /** Computes a batch of open cases anew by the rule in force, where another one was used; answers how many there were. */
  refreshConcerns(limit: number): Promise<number>;
  /** Lets the steps of some cases be found by what they count that were written before they could; answers how many there were. */
  nameSteps(limit: number): Promise<number>;
  /** One per request; `transactions` is the ground's, or an event's own transaction. */
  repository(transactions: Transactions): CaseRepository;
}

export async function openCases(
  connection: Connection,
  options: {
    readonly counts: CountsRepository;
    readonly receipts: Receipts;
    readonly calendars: Calendars;
    readonly notices: Pick<NoticeStore, 'add'>;
    /** In force; the platform's own by default. */
    readonly concernRule?: () => NamedConcernRule;
    /** Attaches documents to a case in the transaction that writes it; needed where any are handed in. */
    readonly attach?: (unit: UnitOfWork, command: AttachCommand) => Promise<Result<unknown>>;
  },
): Promise<CaseStore> {
  const { counts, receipts, calendars, notices, concernRule = () => platformConcernRule, attach } = options;
  const cases: Model<CaseDocument> = connection.model<CaseDocument>('Case', caseSchema);
  const timeline: Model<TimelineDocument> = connection.model<TimelineDocument>('Timeline', timelineSchema);
  await cases.init();
  await timeline.init();
  const exclusions = await openRatingExclusions(connection);

  const one = async (filter: Record<string, unknown>): Promise<Case | null> => {
    const document = await cases.findOne(filter).lean<CaseDocument>();
    return document && toDomain(document);
  };

  /** Which unique key a refused insert ran into. */
  async function takenBy({ next }: CaseDecision, receipt: Parameters<CaseRepository['save']>[2], error: unknown): Promise<SaveOutcome> {
    await mustBeTaken(error, receipts, receipt);
    if (next.sourceId !== null && (await one({ sourceKey: `${next.submittedBy}:${next.sourceId}` }))) return 'SOURCE_TAKEN';
    if (await cases.exists({ number: next.number })) return 'NUMBER_TAKEN';
    throw new Error(`Unexpected duplicate key: ${keyPattern(error)}`);
  }

  /** Throws `Unusable` where one of them may be used no more. */
  async function use(unit: UnitOfWork, { id, serviceItem, reporter }: Case, materialIds: readonly string[], { by, at }: TimelineEntry): Promise<void> {
    if (!attach || reporter.id === null) throw new Error(`Documents of a vault are handed in to case ${id}, and there is no vault.`);
    const attached = await attach(unit, { caseId: id, person: reporter.id, item: serviceItem, materialIds, by: officerOrReporter(by), at });
    if (!attached.ok) throw new Unusable(attached.error.message);
  }

  /** Throws `Outdated` where the case is not of the version that is expected. */
  async function write(unit: UnitOfWork, { next, entry, messages, notices: told, counts: moves, uses = [] }: CaseDecision, expectedVersion: number): Promise<void> {
    const { session } = unit;
    const calendar = calendars.inForce();
    const document = toDocument(next, calendar, concernRule());
    let known = calendar.version;
    let waited: string | null = null;
    if (expectedVersion === 0) {
      await cases.create([document], { session });
    } else {
      const filter = { _id: next.id, version: expectedVersion };
      const projection = { waitsFor: 1, calendarVersion: 1 };
      const stored = await cases.findOneAndReplace(filter, document, { session, projection }).lean<Pick<CaseDocument, 'waitsFor' | 'calendarVersion'>>();
      if (!stored) throw new Outdated();
      known = stored.calendarVersion;
      waited = stored.waitsFor;
    }
    await timeline.create([{
      ...entry, _id: `${entry.caseId}:${entry.seq}`, counts: moves, countedIn: countedIn(moves), round: roundOfStep(next, entry),
    }], { session });
    if (uses.length > 0) await use(unit, next, uses, entry);
    await exclusions.keep(next, entry.seq, session);
    await notices.add(told, session);
    await countMoves({ level: 'COMMUNITY', counts, at: entry.at }, countsMoved(moves), unit);
    unit.changed(...topicsOf(next.id, waited, document.waitsFor));
    send(unit, messages);
    // The action came before the batch that follows a new calendar, and does this case's part of it.
    if (known !== calendar.version) send(unit, messagesOfCalendar(next, calendars.of(known), calendar, entry.at));
  }

  return {
    rebuildAlarms: (transactions) => keepWaking(
      cases, { state: { $in: withClocks } }, calendars,
      (document: CaseDocument, calendar) => ({ ...deadlines(document, calendar), concernAt: lasting(document, calendar, concernRule()).concernAt }),
      ({ _id, waitsFor: waited }) => topicsOf(_id, waited),
    ).rebuild(transactions),
    async refreshConcerns(limit) {
      const named = concernRule();
      const found = await cases
        .find({ concernRule: { $ne: named.version }, state: { $in: openStates } })
        .limit(limit)
        .lean<CaseDocument[]>();
      if (found.length === 0) return 0;
      const calendar = calendars.inForce();
      await cases.bulkWrite(found.map((document) => ({
        updateOne: { filter: { _id: document._id, version: document.version }, update: { $set: lasting(document, calendar, named) } },
      })), { ordered: false });
      return found.length;
    },
    async nameSteps(limit) {
      const nameless = await timeline.find({ countedIn: null }, { caseId: 1 }).limit(limit).lean<{ caseId: string }[]>();
      const ids = [...new Set(nameless.map(({ caseId }) => caseId))];
      if (ids.length === 0) return 0;
      const subjects = new Map((await cases.find({ _id: { $in: ids } }).lean<CaseDocument[]>()).map((document) => [document._id, toDomain(document)]));
      const histories = groupBy(await timeline.find({ caseId: { $in: ids } }).sort({ caseId: 1, seq: 1 }).lean<TimelineDocument[]>(), ({ caseId }) => caseId);
      await timeline.bulkWrite([...histories].flatMap(([caseId, history]) => {
        const subject = subjects.get(caseId);
        const [replayed, rounds] = [subject ? replayedMoves(subject, history) : [], replayedRounds(history)];
        return history.flatMap(({ _id, countedIn: known, counts: kept }, i) => {
          const moves = kept ?? replayed[i] ?? [];
          return known ? [] : { updateOne: { filter: { _id }, update: { $set: { counts: moves, countedIn: countedIn(moves), round: rounds[i] ?? 1 } } } };
        });
      }), { ordered: false });
      return nameless.length;
    },
    repository(transactions) {
      const loader = new DataLoader<string, Case | null>(async (ids) => {
        const found = await cases.find({ _id: { $in: [...ids] } }).lean<CaseDocument[]>();
        const byId = new Map(found.map((document) => [document._id, toDomain(document)]));
        return ids.map((id) => byId.get(id) ?? null);
      });

      const handOvers = new DataLoader<string, readonly HandOver[]>(async (ids) => {
        const found = await timeline
          .find({ caseId: { $in: [...ids] }, superseded: false }, { caseId: 1, seq: 1, at: 1, action: 1, to: 1, target: 1 })
          .lean<(HandOver & { readonly caseId: string })[]>();
        const entries = groupBy(found, ({ caseId }) => caseId);
        return ids.map((id) => entries.get(id) ?? []);
      });

      const page = async (filter: Record<string, unknown>[], sort: Record<string, 1 | -1>, first: number): Promise<Case[]> =>
        (await cases.find({ $and: filter }).sort(sort).limit(first + 1).lean<CaseDocument[]>()).map(toDomain);

      return {
        byId: (id) => loader.load(id),
        byNumber: (wanted) => one({ number: wanted }),
        bySource: (submittedBy, sourceId) => one({ sourceKey: `${submittedBy}:${sourceId}` }),
        async save(decision, expectedVersion, receipt) {
          const steps = [{ decision, expectedVersion }, ...(decision.also ?? []).map((one) => ({ decision: one, expectedVersion: one.next.version - 1 }))];
          try {
            await transactions.run(async (unit) => {
              // Always in the same order: two that concern the same cases wait for one another, not crosswise.
              for (const step of [...steps].sort((a, b) => (a.decision.next.id < b.decision.next.id ? -1 : 1))) {
                await write(unit, step.decision, step.expectedVersion);
              }
              if (receipt) await receipts.record(receipt, decision.next.id, unit.session);
            });
            return 'SAVED';
          } catch (error) {
            if (error instanceof Outdated) return 'STALE';
            if (error instanceof Unusable) return 'UNUSABLE';
            if (isDuplicateKey(error)) return takenBy(decision, receipt, error);
            throw error;
          } finally {
            for (const { decision: { next } } of steps) loader.clear(next.id);
          }
        },
        async list(actor, filter, { first, after }: PageRequest) {
          return cutPage(await page([...conditions(actor, filter), ...older(after)], latest, first), first);
        },
        count: (actor, filter) => cases.countDocuments({ $and: conditions(actor, filter) }).exec(),
        async toDo(actor, { first, after }: PageRequest, share) {
          const at = new Date(Number(after?.[0]));
          const beyond = after ? [{ $or: [{ dueKey: { $gt: at } }, { dueKey: at, _id: { $gt: String(after[1]) } }] }] : [];
          return cutPage(await page([...waiting(actor, share), ...beyond], { dueKey: 1, _id: 1 }, first), first);
        },
        countToDo: (actor, share) => cases.countDocuments({ $and: waiting(actor, share) }).exec(),
        async membersOf(leadId) {
          return (await cases.find({ 'merge.into': leadId }).lean<CaseDocument[]>()).map(toDomain);
        },
        async mergedInto(leadId, actor, { first, after }: PageRequest) {
          const filter = [{ 'merge.into': leadId }, caseScope(actor), ...older(after)];
          return cutPage(await page(filter, latest, first), first);
        },
        countMergedInto: (leadId, actor) => cases.countDocuments({ $and: [{ 'merge.into': leadId }, caseScope(actor)] }).exec(),
        async lookAlikes({ id, title, category, place }, actor, since) {
          const near = [
            caseScope(actor), { street: ancestorAt(place.community, 'STREET') }, { submittedAt: { $gte: since } },
            { state: { $in: openStates } }, { _id: { $ne: id } },
          ];
          const grams = bigrams(searchForm(title));
          const alike = await Promise.all([{ categories: category }, { grams: { $in: grams } }].map((one) =>
            page([...near, one], latest, compared - 1)));
          return [...new Map(alike.flat().map((found) => [found.id, found])).values()];
        },
        nextDueAt: ({ clocks }) => nextDueAt(clocks, calendars.inForce()),
        claimDue: async (now, batch) => (await claimDue(cases, now, batch)).map(toDomain),
        async outdated(limit) {
          const found = await cases
            .find({ calendarVersion: { $in: [...calendars.outdated()] }, state: { $in: withClocks } })
            .limit(limit)
            .lean<CaseDocument[]>();
          return found.map((document) => ({ subject: toDomain(document), calendarVersion: document.calendarVersion }));
        },
        async reschedule(moves) {
          const calendar = calendars.inForce();
          const deadlinesOf = (subject: Case) => ({ ...deadlines(subject, calendar), ...lasting(subject, calendar, concernRule()) });
          const filterOf = ({ subject: { id, version }, calendarVersion }: (typeof moves)[number]) => ({ _id: id, version, calendarVersion });
          const quiet = moves.filter(({ messages }) => messages.length === 0);
          const announce = (unit: UnitOfWork, subject: Case): void => unit.changed(...topicsOf(subject.id, waitsFor(subject)));
          let moved = quiet.length === 0 ? 0 : await transactions.run(async (unit) => {
            const { modifiedCount } = await cases.bulkWrite(
              quiet.map((move) => ({ updateOne: { filter: filterOf(move), update: { $set: deadlinesOf(move.subject) } } })),
              { ordered: false, session: unit.session },
            );
            if (modifiedCount > 0) for (const { subject } of quiet) announce(unit, subject);
            return modifiedCount;
          });
          for (const move of moves.filter(({ messages }) => messages.length > 0)) {
            moved += await transactions.run(async (unit) => {
              const { modifiedCount } = await cases.updateOne(filterOf(move), { $set: deadlinesOf(move.subject) }, { session: unit.session });
              if (modifiedCount > 0) {
                send(unit, move.messages);
                announce(unit, move.subject);
              }
              return modifiedCount;
            });
          }
          return moved;
        },
        async timeline(caseId, { first, after }: PageRequest) {
          const found = await timeline
            .find({ caseId, ...(after && { seq: { $gt: Number(after[0]) } }) })
            .sort({ seq: 1 })
            .limit(first + 1)
            .lean<TimelineDocument[]>();
          return cutPage(found.map(({ _id, counts: _c, countedIn: _i, round: _r, ...entry }) => entry), first);
        },
        countTimeline: (caseId) => timeline.countDocuments({ caseId }).exec(),
        handOvers: (caseId) => handOvers.load(caseId),
      };
    },
  };
}

