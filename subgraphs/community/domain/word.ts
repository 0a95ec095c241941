import type { Actor } from '../../shared/domain/actor.js';
import { levelAbove, type Level } from '../../shared/domain/areaCode.js';
import type { Holder } from '../../shared/domain/handover.js';
import { holderKey, levelHolder, type Case } from './case.js';
import { finalCaseStates } from './case.transitions.js';
import type { CaseDecision, TimelineEntry } from './caseDecisions.js';
import type { OtherLevel } from './caseSegments.js';
import { noticesOfWord, type Matter, type MatterKind, type NoticeKind, type Told } from './notice.js';
import { marksAfter, type SupervisionEntry } from './supervision.js';

// What another level says of a matter of its own beside the case: the timeline shows it and those whom it concerns are
// told; none of it changes the case's state.

export const alarmEntries = ['WHISTLE_WARNED', 'WHISTLE_OVERDUE', 'SUPERVISION_WARNED', 'SUPERVISION_OVERDUE'] as const;

/** What the timeline shows of a conference, and of the decisions that it made. */
export const conferenceEntries = [
  'CONFERENCE_CONVENED', 'CONFERENCE_HELD', 'DECISION_REPORTED', 'DECISION_ACCEPTED', 'DECISION_REJECTED', 'CONFERENCE_CLOSED',
  'CONFERENCE_CANCELLED', 'DECISION_WARNED', 'DECISION_OVERDUE',
] as const;
export type ConferenceEntry = (typeof conferenceEntries)[number];

export type WordEntry = SupervisionEntry | ConferenceEntry | (typeof alarmEntries)[number];

export interface Word {
  readonly matter: Matter;
  readonly entry: WordEntry;
  readonly level: OtherLevel;
  readonly at: Date;
  /** Null: a clock or a rule did it. */
  readonly by: Actor | null;
  readonly note: string | null;
  readonly told?: readonly Told[];
  /** The case has moved on without the matter: it is noted, and nobody is told. */
  readonly superseded?: boolean;
}

const byRule: TimelineEntry['by'] = { id: 'rule', role: null, area: null, unit: null };

export function noteWord(before: Case, { matter, entry, level, at, by, note, told = [], superseded = false }: Word): CaseDecision {
  const version = before.version + 1;
  const next = { ...before, version, supervisions: marksAfter(before.supervisions, matter.id, entry, at) };
  return {
    next,
    entry: {
      caseId: before.id, seq: version, at, action: entry, from: before.state, to: before.state, level,
      by: by ?? byRule, note, target: null, proposedOwner: null, superseded,
    },
    messages: [],
    notices: superseded ? [] : noticesOfWord(next, { matter, told, seq: version, at }),
    counts: [],
  };
}

/** A clock of the matter has used `percent` of its budget; `owner` is who works against it. */
export interface AlarmWord {
  readonly matter: Matter;
  readonly owner: Holder;
  readonly percent: number;
  readonly at: Date;
}

interface AlarmRow {
  readonly clock: string;
  readonly warned: WordEntry;
  readonly overdue: WordEntry;
  /** The level whose matter it is: told when the time is over, and one level up each time after. */
  readonly level: OtherLevel;
}

const alarmRows: Readonly<Record<MatterKind, AlarmRow>> = {
  WHISTLE: { clock: 'ARRIVE', warned: 'WHISTLE_WARNED', overdue: 'WHISTLE_OVERDUE', level: 'STREET' },
  SUPERVISION: { clock: 'ANSWER', warned: 'SUPERVISION_WARNED', overdue: 'SUPERVISION_OVERDUE', level: 'DISTRICT' },
  CONFERENCE: { clock: 'DECISION', warned: 'DECISION_WARNED', overdue: 'DECISION_OVERDUE', level: 'DISTRICT' },
};

const hasMovedOn: Readonly<Record<MatterKind, (subject: Case) => boolean>> = {
  WHISTLE: ({ state }) => state !== 'COORDINATING',
  SUPERVISION: () => false,
  CONFERENCE: ({ state }) => state === 'CLOSED' || finalCaseStates.includes(state),
};

/** How many levels above its own a matter is raised to. */
const raisedBy = (percent: number): number => [150, 300].filter((from) => percent >= from).length;

function raised(level: Level, by: number): Level {
  const above = by > 0 ? levelAbove(level) : null;
  return above ? raised(above, by - 1) : level;
}

export function noteAlarm(before: Case, { matter, owner, percent, at }: AlarmWord): CaseDecision {
  const { clock, warned, overdue, level } = alarmRows[matter.kind];
  const isOver = percent >= 100;
  const by = raisedBy(percent);
  const office = holderKey(levelHolder(before.place.community, raised(level, by)));
  const told: readonly Told[] = isOver
    ? [[holderKey(owner), 'OVERDUE'], [office, by === 0 ? 'OVERDUE' : 'ESCALATED']]
    : [[holderKey(owner), 'WARNED']];
  return noteWord(before, {
    matter, level, at, told,
    entry: isOver ? overdue : warned,
    by: null,
    note: `${clock} ${owner.unit ?? owner.area} ${percent}%`,
    superseded: hasMovedOn[matter.kind](before),
  });
}

const units = (codes: readonly string[], kind: NoticeKind): readonly Told[] => codes.map((code) => [`UNIT:${code}`, kind]);

/** Whom each step of a conference tells what; the others are in the timeline only. */
const conferenceNotices: Partial<Readonly<Record<ConferenceEntry, (before: Case, codes: readonly string[]) => readonly Told[]>>> = {
  CONFERENCE_CONVENED: (_before, codes) => units(codes, 'INVITED'),
  CONFERENCE_HELD: (_before, codes) => units(codes, 'ASSIGNED'),
  DECISION_REPORTED: ({ place }) => [[holderKey(levelHolder(place.community, 'DISTRICT')), 'REPORTED']],
  DECISION_REJECTED: (_before, codes) => units(codes, 'SENT_BACK'),
  CONFERENCE_CANCELLED: (_before, codes) => units(codes, 'CANCELLED'),
};

export interface ConferenceWord {
  readonly conferenceId: string;
  readonly entry: ConferenceEntry;
  readonly at: Date;
  readonly by: Actor | null;
  readonly note: string | null;
  /** Whom it concerns. */
  readonly units: readonly string[];
}

/** The district's word on a conference. */
export const noteConference = (before: Case, { conferenceId: id, units: codes, ...word }: ConferenceWord): CaseDecision =>
  noteWord(before, {
    ...word, matter: { kind: 'CONFERENCE', id }, level: 'DISTRICT', told: conferenceNotices[word.entry]?.(before, codes) ?? [],
  });
