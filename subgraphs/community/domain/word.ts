import type { Actor } from '../../shared/domain/actor.js';
import { levelAbove, type Level } from '../../shared/domain/areaCode.js';
import type { Holder } from '../../shared/domain/handover.js';
import { holderKey, levelHolder, type Case } from './case.js';
import type { CaseDecision, TimelineEntry } from './caseDecisions.js';
import type { OtherLevel } from './caseSegments.js';
import { noticesOfWord, type Matter, type MatterKind, type Told } from './notice.js';
import { marksAfter, type SupervisionEntry } from './supervision.js';

// What another level says of a matter of its own beside the case: the timeline shows it and those whom it concerns are
// told; none of it changes the case's state.

export const alarmEntries = ['WHISTLE_WARNED', 'WHISTLE_OVERDUE', 'SUPERVISION_WARNED', 'SUPERVISION_OVERDUE'] as const;
export type WordEntry = SupervisionEntry | (typeof alarmEntries)[number];

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
    superseded: matter.kind === 'WHISTLE' && before.state !== 'COORDINATING',
  });
}
