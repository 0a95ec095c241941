import type { ResidentRecord } from '../../domain/outreach/record.js';
import type { OutreachCase, SoughtItem } from '../../domain/outreach/outreach.js';
import type { OutreachState } from '../../domain/outreach/outreach.transitions.js';
import type { CaseDecision } from '../../domain/caseDecisions.js';
import type { LocalDate } from '../../../shared/domain/calendar.js';
import type { CallReceipt, Page, PageRequest } from '../ports.js';

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
