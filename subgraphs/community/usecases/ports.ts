// What this level needs from storage.
import type { Actor } from '../../shared/domain/actor.js';
import type { Batch } from '../../shared/usecases/fireDue.js';
import type { CatalogueItem } from '../../shared/domain/catalogue.js';
import type { PinnedItem } from '../domain/application/application.js';
import type { Finding, Holdings } from '../domain/application/examination.js';
import type { Case, CaseKind, LeftOut, PatrolDomain } from '../domain/case.js';
import type { CaseState } from '../domain/case.transitions.js';
import type { CaseDecision, TimelineEntry } from '../domain/caseDecisions.js';
import type { CountMove } from '../domain/caseCounts.js';
import type { CaseMessage } from '../domain/caseSegments.js';
import type { CountedStepsKey } from '../../shared/domain/countedSteps.js';
import type { NamedConcernRule } from '../../shared/domain/concernRule.js';
import type { Concern, ConcernDecision, CountedTopic, Figures, Topic } from '../domain/concern.js';
import type { Urgency } from '../../shared/domain/clockPolicy.js';
import type { Notice } from '../domain/notice.js';
import type { ReturnVisit, VisitList, VisitState } from '../domain/returnVisit.js';
import type { Absence } from '../domain/responsibility/absence.js';
import type { HandOver } from '../domain/responsibility/holdings.js';
import type { Ground } from '../domain/responsibility/planning.js';
import type { Post } from '../domain/responsibility/post.js';
import type { Share } from '../domain/responsibility/share.js';
import type { Holder } from '../../shared/domain/handover.js';
import type { Result } from '../../shared/domain/result.js';
import type { LocalDate } from '../../shared/domain/calendar.js';
import type { OutreachCase, SoughtItem } from '../domain/outreach/outreach.js';
import type { OutreachState } from '../domain/outreach/outreach.transitions.js';
import type { ResidentRecord } from '../domain/outreach/record.js';

export type { Areas, Units } from '../../shared/domain/area.js';
export type { Calendars } from '../../shared/domain/calendars.js';
export type { Grids } from '../domain/grid.js';
export type * from './material/ports.js';

/** Remembered with the effect, so that a repeated call finds the first one's result. */
export interface CallReceipt {
  readonly key: string;
  readonly actorId: string;
  readonly fingerprint: string;
}

export interface CaseFilter {
  readonly states: readonly CaseState[] | null;
  readonly kinds: readonly CaseKind[] | null;
  readonly patrolDomains: readonly PatrolDomain[] | null;
  readonly urgencies: readonly Urgency[] | null;
  /** Path in the taxonomy, of any depth. */
  readonly category: string | null;
  /** Code prefix. */
  readonly area: string | null;
  /** Submitted at or after. */
  readonly from: Date | null;
  /** Submitted before. */
  readonly to: Date | null;
  /** Part of the title, or of the number. */
  readonly text: string | null;
  /** This path itself, and nothing below it; any when absent. */
  readonly onlyCategory?: string;
  /** Reported at or after; any time when absent. */
  readonly reportedFrom?: Date;
}

export interface PageRequest {
  readonly first: number;
  readonly after: readonly (string | number | null)[] | null;
}
export interface Page<T> {
  readonly items: readonly T[];
  readonly hasNextPage: boolean;
}

/** SAVED; STALE: not the version that was expected; UNUSABLE: a document that it attaches may be used no more; or another case already has the key that must be unique. */
export type SaveOutcome = 'SAVED' | 'STALE' | 'UNUSABLE' | 'NUMBER_TAKEN' | 'SOURCE_TAKEN';

/** An open case and the calendar that its deadlines were computed from. */
export interface OutdatedCase {
  readonly subject: Case;
  readonly calendarVersion: string;
}

export interface CaseRepository {
  /** Whoever asks: callers check with `maySee`. */
  byId(id: string): Promise<Case | null>;
  byNumber(number: string): Promise<Case | null>;
  bySource(submittedBy: string, sourceId: string): Promise<Case | null>;
  /**
   * Writes case, timeline, counts, messages and receipt together, with what the decision makes of other cases too;
   * version 0 is that of a case not there yet. STALE when any of the cases has changed, and then nothing is written.
   */
  save(decision: CaseDecision, expectedVersion: number, receipt: CallReceipt | null): Promise<SaveOutcome>;
  /** What the actor may see, latest first; cursor [submittedAt, id]. */
  list(actor: Actor, filter: CaseFilter, page: PageRequest): Promise<Page<Case>>;
  count(actor: Actor, filter: CaseFilter): Promise<number>;
  /** What waits for the actor, all of it or their own share, oldest due first; cursor [due, id]. */
  toDo(actor: Actor, page: PageRequest, share: Share | null): Promise<Page<Case>>;
  countToDo(actor: Actor, share: Share | null): Promise<number>;
  /** All that are merged into the case, whoever asks. */
  membersOf(leadId: string): Promise<Case[]>;
  /** Those of them that the actor may see, latest first; cursor [submittedAt, id]. */
  mergedInto(leadId: string, actor: Actor, page: PageRequest): Promise<Page<Case>>;
  countMergedInto(leadId: string, actor: Actor): Promise<number>;
  /** Open cases of the street that may be about the same matter, by category and by text, latest first; bounded. */
  lookAlikes(subject: Case, actor: Actor, since: Date): Promise<Case[]>;
  /** When the case is next due, as the to-do list sorts it. */
  nextDueAt(subject: Case): Date | null;
  /** Cases an alarm of which is due, longest due first, kept from other processes for `leaseMs`. */
  claimDue(now: Date, batch: Batch): Promise<Case[]>;
  /** Open cases, MERGED and RESOLVED ones too, whose deadlines come from a calendar that was in force before. */
  outdated(limit: number): Promise<OutdatedCase[]>;
  /** Computes their deadlines by the calendar in force and sends the messages; leaves out what changed meanwhile. */
  reschedule(moves: readonly (OutdatedCase & { readonly messages: readonly CaseMessage[] })[]): Promise<number>;
  /** Cursor [seq]. */
  timeline(caseId: string, page: PageRequest): Promise<Page<TimelineEntry>>;
  countTimeline(caseId: string): Promise<number>;
  /** The whole timeline, as far as it says who had the case; without what came too late. */
  handOvers(caseId: string): Promise<readonly HandOver[]>;
}

/** A step of a case as one number has it. */
export interface CountedStep extends Pick<TimelineEntry, 'caseId' | 'seq' | 'at' | 'action'>, Pick<CountMove, 'holder' | 'day'> {
  readonly round: number;
  /** −1 where it takes back what an earlier step counted. */
  readonly amount: number;
}

/** What is behind a number, whoever asks: callers check who may see the number, and each case. */
export interface CountedSteps {
  /** In the order they happened; cursor [at, case id, seq]. */
  page(key: CountedStepsKey, page: PageRequest): Promise<Page<CountedStep>>;
  count(key: CountedStepsKey): Promise<number>;
  /** The sum of their amounts: the number itself. */
  total(key: CountedStepsKey): Promise<number>;
}

/** A request to leave a rating out of the counts. */
export interface RatingExclusion {
  readonly caseId: string;
  readonly round: number;
  /** Whose rating it is. */
  readonly provider: Holder;
  readonly leftOut: LeftOut;
}

export const exclusionStates = ['WAITING', 'GRANTED', 'REFUSED'] as const;

export interface ExclusionFilter {
  /** Of whom the rating is, or above. */
  readonly area: string;
  /** Asked for at or after. */
  readonly from: Date | null;
  /** Asked for before. */
  readonly to: Date | null;
  readonly states: readonly (typeof exclusionStates)[number][] | null;
}

/** Whoever asks: callers check. */
export interface RatingExclusions {
  /** Latest first; cursor [requestedAt, `<case id>:<seq>`]. */
  list(filter: ExclusionFilter, page: PageRequest): Promise<Page<RatingExclusion>>;
  count(filter: ExclusionFilter): Promise<number>;
}

/** Return visits and their lists, whoever asks: callers check with `seesVisits`. */
export interface ReturnVisits {
  byId(id: string): Promise<ReturnVisit | null>;
  listById(id: string): Promise<VisitList | null>;
  /** Cases resolved on these days that are not rated in their round, nor on any list; by id. */
  candidates(of: Pick<VisitList, 'community' | 'from' | 'to' | 'includeClosed'>): Promise<readonly Pick<Case, 'id' | 'round'>[]>;
  /** False, and nothing written, when another list has one of them. */
  open(list: VisitList, visits: readonly ReturnVisit[], receipt: CallReceipt | null): Promise<boolean>;
  /** Writes the visit together with what is decided of its case; decides anew where that has changed meanwhile. */
  record(
    next: ReturnVisit, decide: (subject: Case) => Promise<Result<readonly CaseDecision[]>>, receipt: CallReceipt | null,
  ): Promise<Result<ReturnVisit>>;
  /** Of the area, latest first; cursor [openedAt, id]. */
  lists(area: string, page: PageRequest): Promise<Page<VisitList>>;
  countLists(area: string): Promise<number>;
  /** Cursor [id]. */
  visits(listId: string, states: readonly VisitState[] | null, page: PageRequest): Promise<Page<ReturnVisit>>;
  countVisits(listId: string, states: readonly VisitState[] | null): Promise<number>;
  /** How many visits of the list are in which state; asked for many lists in one query. */
  progress(listId: string): Promise<Readonly<Partial<Record<VisitState, number>>>>;
}

/** A community or grid that no longer exists, and those that stand in its place today. */
export interface EndedArea {
  readonly since: string;
  readonly standing: readonly { readonly code: string; readonly name: string }[];
}

/** What the community knows of places, of units and of the taxonomy. */
export interface Directory {
  /** Whether it exists today, as for a grid. */
  hasCommunity(code: string): Promise<boolean>;
  hasGrid(code: string): Promise<boolean>;
  /** Null for one that has not ended, or never was. */
  ended(code: string): Promise<EndedArea | null>;
  hasUnit(code: string): Promise<boolean>;
  hasCategory(path: string): boolean;
}

/** The items that are held here, in force or not; id as in the catalogue. */
export interface OfferedItems {
  byId(id: string): Promise<CatalogueItem | null>;
}

/** Documents that residents have handed in once. */
export interface HeldMaterials {
  /** Of each type what of the person's `by` may use now for the item, by its code. */
  forItem(person: string, documentTypes: readonly string[], item: string, by: Actor): Promise<Holdings>;
}

/** Whether somebody meets the conditions of an item, as far as is known of them. */
export interface Eligibility {
  /** As far as `by` may know; person null: nothing is known. */
  findings(item: PinnedItem, person: string | null, by: Actor, at: Date): Promise<readonly Finding[]>;
}

export type IdentifiedNotice = Notice & { readonly id: string };
export interface StoredNotice extends IdentifiedNotice {
  /** By the actor who asks. */
  readonly isRead: boolean;
}

/** An actor's notices: those to the actor, or to the office or unit the actor works for. */
export interface NoticeRepository {
  /** Latest first; cursor [at, id]. */
  list(actor: Actor, unreadOnly: boolean, page: PageRequest): Promise<Page<StoredNotice>>;
  count(actor: Actor, unreadOnly: boolean): Promise<number>;
  /** Those of the ids that are the actor's. */
  ownedBy(actor: Actor, ids: readonly string[]): Promise<string[]>;
  /** Answer how many were unread. */
  markRead(actor: Actor, ids: readonly string[]): Promise<number>;
  /** The notice with these sort keys and all older ones. */
  markReadFrom(actor: Actor, cursor: readonly (string | number | null)[]): Promise<number>;
}

/** A way out for notices, beside the list that everybody reads in the API. */
export interface NoticeChannel {
  /** Part of the key under which deliveries are kept: never rename one in use. */
  readonly name: string;
  /** Rejects when it could not be delivered. The same notice may come again: receivers know it by its id. */
  deliver(notice: IdentifiedNotice): Promise<void>;
}

export interface ClaimedNotice {
  readonly deliveryId: string;
  readonly leasedBy: string;
  /** Failed ones so far. */
  readonly attempts: number;
  readonly firstTriedAt: Date | null;
  readonly notice: IdentifiedNotice;
}

export interface DeliveryCounts {
  readonly channel: string;
  readonly pending: number;
  /** Given up after a day of trying. */
  readonly parked: number;
}

export interface NoticeDeliveries {
  /** What is due, kept from other processes for `leaseMs`. */
  claim(channel: string, now: Date, batch: { readonly limit: number; readonly leaseMs: number }): Promise<ClaimedNotice[]>;
  markDelivered(claim: ClaimedNotice, at: Date): Promise<void>;
  /** `nextAt` null parks it. */
  markFailed(claim: ClaimedNotice, failure: { readonly at: Date; readonly nextAt: Date | null; readonly reason: string }): Promise<void>;
  deliveryCounts(): Promise<DeliveryCounts[]>;
}

export interface PostFilter {
  /** Code prefix of the holders' area. */
  readonly area: string | null;
  readonly unit: string | null;
  readonly includeEnded: boolean;
}

/** Whom and what a plan concerns: others who plan for these wait until it is written, or are told to begin again. */
export interface PlanScope {
  readonly persons: readonly string[];
  readonly holder: Holder | null;
  /** Id of the post or absence that it changes, which is read too, over or not. */
  readonly subject: string | null;
}

export interface Plan {
  readonly post?: Post;
  readonly absence?: Absence;
}

/** Posts and absences: who is responsible, was and will be. Whoever asks: callers check with `seesPost`. */
export interface Register {
  post(id: string): Promise<Post | null>;
  /** All that the holder of this key ever had. */
  postsOf(holder: string): Promise<readonly Post[]>;
  /** All that ever named the person. */
  postsNaming(person: string): Promise<readonly Post[]>;
  absence(id: string): Promise<Absence | null>;
  /** All of a person's, cancelled ones too. */
  absencesOf(person: string): Promise<readonly Absence[]>;
  /** Posts that the actor may see, by holder; cursor [holder, id]. */
  listPosts(actor: Actor, filter: PostFilter, now: Date, page: PageRequest): Promise<Page<Post>>;
  countPosts(actor: Actor, filter: PostFilter, now: Date): Promise<number>;
  /** Those of offices within the area, and those that answer for grids of it. */
  countPostsFor(actor: Actor, area: string, now: Date): Promise<number>;
  /** A person's, the latest first; cursor [from, id]. */
  listAbsences(person: string, page: PageRequest): Promise<Page<Absence>>;
  countAbsences(person: string): Promise<number>;
  /**
   * Decides on what is there and writes it, in one transaction that no other plan for the same persons, posts or holder
   * comes between. `decide` may run more than once.
   */
  plan<P extends Plan>(
    scope: PlanScope, now: Date, decide: (ground: Ground) => Result<P>, receipt: CallReceipt | null,
  ): Promise<Result<P>>;
}

/** A topic with what is behind it. */
export interface Tally {
  readonly topic: CountedTopic;
  readonly figures: Figures;
}

/** An open case that has become long unresolved. */
export interface LongUnresolved {
  readonly topic: Topic;
  readonly district: string;
  readonly submittedAt: Date;
  /** Keyset of the sweep: [instant, case id]. */
  readonly position: readonly [Date, string];
}

/** Counts over the cases in the database; what was withdrawn is left out. */
export interface CaseTallies {
  /** Districts with a case since then. */
  districts(since: Date, now: Date): Promise<readonly string[]>;
  /** Of one district: topics that meet the thresholds of the rule. */
  stronglyReported(district: string, rule: NamedConcernRule['rule'], now: Date): Promise<readonly Tally[]>;
  common(district: string, rule: NamedConcernRule['rule'], now: Date): Promise<readonly Tally[]>;
  /** The figures of each topic of one district since its own instant, thresholds or not, in the order asked for. */
  recount(
    district: string, topics: readonly { readonly topic: CountedTopic; readonly since: Date }[], rule: NamedConcernRule['rule'], now: Date,
  ): Promise<readonly Figures[]>;
  /** The longest first, after the position. */
  longUnresolved(now: Date, after: LongUnresolved['position'] | null, limit: number): Promise<readonly LongUnresolved[]>;
}

export interface ConcernRepository {
  byId(id: string): Promise<Concern | null>;
  /** The last episode of each topic. */
  latest(keys: readonly string[]): Promise<ReadonlyMap<string, Concern>>;
  /** Those of the district that are open and counted. */
  openIn(district: string): Promise<readonly Concern[]>;
  /** Writes it with its message; false when another process was faster. */
  save(decision: ConcernDecision, previousVersion: number): Promise<boolean>;
  /** Writes what the district says; throws RaceLost. */
  put(next: Concern, previousVersion: number): Promise<void>;
}

export interface ScanLease {
  readonly id: string;
}

/** One process at a time looks for concerns, and only so often. */
export interface ScanLeases {
  /** Null while another one scans, or when it was done under this rule and is not yet due again. */
  claim(now: Date, scan: { readonly ruleVersion: string; readonly leaseMs: number }): Promise<ScanLease | null>;
  /** False when the lease has gone to another process. */
  extend(lease: ScanLease, until: Date): Promise<boolean>;
  done(lease: ScanLease, scan: { readonly ruleVersion: string; readonly nextAt: Date }): Promise<void>;
}

/** Records of residents; whoever asks: callers check with `seesRecord`. `area` is any code, a grid's too. */
export interface Records {
  byId(id: string): Promise<ResidentRecord | null>;
  ofPerson(person: string): Promise<ResidentRecord | null>;
  /** By id; cursor [id]. */
  list(area: string, page: PageRequest): Promise<Page<ResidentRecord>>;
  count(area: string): Promise<number>;
  /** The next ones after the id `after`, by id. */
  batch(area: string, after: string | null, limit: number): Promise<readonly ResidentRecord[]>;
  /** Which of what only one record may have another one has; null for neither. */
  taken(record: ResidentRecord): Promise<'person' | 'idNumber' | null>;
  /** Writes it with the mark that it is to be looked at; false when it has changed meanwhile, or another one was given what only one may have. */
  save(record: ResidentRecord, expectedVersion: number, receipt: CallReceipt | null): Promise<boolean>;
}

export interface OutreachCases {
  byId(id: string): Promise<OutreachCase | null>;
  /** Those of a record, the first opened first. */
  ofRecord(record: string): Promise<readonly OutreachCase[]>;
  /** The longest open first; cursor [openedAt, id]. */
  list(area: string, states: readonly OutreachState[] | null, page: PageRequest): Promise<Page<OutreachCase>>;
  countIn(area: string, states: readonly OutreachState[] | null): Promise<number>;
  /** How many there are in which state. */
  countsIn(area: string): Promise<Readonly<Partial<Record<OutreachState, number>>>>;
  /** Writes it with the case that it leads to, or not at all. NUMBER_TAKEN: that case needs another number. */
  save(next: OutreachCase, application: CaseDecision | null, receipt: CallReceipt | null): Promise<'SAVED' | 'STALE' | 'NUMBER_TAKEN'>;
}

/** What has been done for residents already. */
export interface Served {
  /** Of these ids of outreach cases, those that there are. */
  opened(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Applications for one of the items by one of the persons, or under one of the ID numbers. */
  applications(
    items: readonly string[], people: { readonly persons: readonly string[]; readonly idNumbers: readonly string[] },
  ): Promise<readonly { readonly item: string; readonly person: string | null; readonly idNumber: string | null }[]>;
}

/** That somebody, or everybody somewhere, is to be looked at. */
export interface Mark {
  readonly id: string;
  /** Another one each time that there is something new: who has worked it off takes away what was there before. */
  readonly stamp: string;
}
export interface RecordMark extends Mark {
  readonly record: string;
}
export interface SweepMark extends Mark {
  readonly area: string;
  /** Id of the only item that it is about; null for all. */
  readonly item: string | null;
  /** Id of the last record that was looked at. */
  readonly after: string | null;
}

/** What the run works on. */
export interface OutreachRuns {
  /** One process at a time; null while another one is at it. */
  claim(now: Date, leaseMs: number): Promise<{ readonly id: string } | null>;
  extend(lease: { readonly id: string }, until: Date): Promise<boolean>;
  release(lease: { readonly id: string }): Promise<void>;
  /** Marks everybody for the night's run, once for each day. */
  beginNight(day: LocalDate): Promise<void>;
  /** The first ones. */
  recordMarks(limit: number): Promise<readonly RecordMark[]>;
  sweepMark(): Promise<SweepMark | null>;
  /** Takes away marks that have nothing new. */
  clear(marks: readonly Mark[]): Promise<void>;
  /** A restart goes on from there. */
  advance(mark: Mark, after: string): Promise<void>;
  records(ids: readonly string[]): Promise<readonly ResidentRecord[]>;
  /** In force and with conditions; of one id, or all. */
  items(id: string | null): Promise<readonly SoughtItem[]>;
  /** Opens those that are not there yet, and leaves alone those that are; answers how many it opened. */
  open(found: readonly OutreachCase[]): Promise<number>;
}
