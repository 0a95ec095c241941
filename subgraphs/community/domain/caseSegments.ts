import type { Calendar } from '../../shared/domain/calendar.js';
import { levels, type Level } from '../../shared/domain/areaCode.js';
import type { HandoverState, Standing } from '../../shared/domain/handover.js';
import type { Case } from './case.js';
import { dueOf, openClock } from './clockPolicy.js';
import type { CaseState } from './case.transitions.js';

// What the other levels are told. A level's segment is a view of the case; whenever an action changes a view, the
// level it belongs to is told, unless it made the change itself.

export type OtherLevel = Exclude<Level, 'COMMUNITY'>;

const stateOfHolder: Partial<Readonly<Record<CaseState, HandoverState>>> = {
  DISPATCHED: 'OFFERED',
  IN_PROGRESS: 'IN_PROGRESS',
  SUSPENDED: 'SUSPENDED',
  COORDINATING: 'COORDINATING',
  NEEDS_INFO: 'NEEDS_INFO',
  RETURNED: 'SENT_BACK',
  RESOLVED: 'RESOLVED',
  REWORK: 'REWORK',
};
const stateOfAll: Partial<Readonly<Record<CaseState, HandoverState>>> = {
  CLOSED: 'CLOSED',
  WITHDRAWN: 'WITHDRAWN',
  DECLINED: 'WITHDRAWN',
  MERGED: 'MERGED',
};

/** How the case looks from `level`; null when that level has no part in it (any more). */
export function segmentView(
  { chain, state, clocks }: Pick<Case, 'chain' | 'state' | 'clocks'>,
  level: OtherLevel,
  calendar: Calendar,
): Standing | null {
  const i = chain.findLastIndex(({ holder }) => holder.level === level);
  const [sender, link, target] = [chain[i - 1], chain[i], chain[i + 1]];
  if (!sender || !link) return null;
  const seen = stateOfAll[state] ?? (target ? undefined : stateOfHolder[state]) ?? 'PASSED_ON';
  return {
    rung: link.rung,
    unit: link.holder.unit,
    state: seen,
    sender: sender.holder,
    target: target?.holder ?? null,
    offeredAt: link.offeredAt,
    signedAt: link.signedAt,
    signBy: seen === 'OFFERED' ? dueOf(openClock(clocks, 'SIGN'), calendar) : null,
    resolveBy: target ? null : dueOf(openClock(clocks, 'RESOLVE'), calendar),
  };
}

const standsAlike = (a: Standing | null, b: Standing): boolean =>
  a?.rung === b.rung && a.unit === b.unit && a.state === b.state;

export interface CaseMessage {
  readonly type: 'case.offered' | 'case.changed' | 'case.rescheduled' | 'case.troubled' | 'case.held';
  readonly level: OtherLevel;
  readonly subject: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Origin {
  /** The level whose own action this is, and what its segment has already become there. */
  readonly level: OtherLevel;
  readonly believes: Standing;
}

const otherLevels = levels.filter((level): level is OtherLevel => level !== 'COMMUNITY');

/** An event carries instants as text. */
const texts = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).map(([key, field]) =>
    [key, field instanceof Date ? field.toISOString() : field]));

interface Occasion {
  readonly note: string | null;
  readonly at: Date;
}

function offer(next: Case, level: OtherLevel, view: Standing, { note, at }: Occasion): CaseMessage {
  const { id, number, title, kind, demandType, category, urgency, serviceItem, application, place: { community, grid }, submittedAt, chain } = next;
  const { rung, state, sender, signedAt, signBy, resolveBy } = view;
  return {
    type: 'case.offered',
    level,
    subject: id,
    at,
    data: texts({
      caseId: id, rung, at, number, title, kind, demandType, category, urgency, serviceItem, community, grid, submittedAt,
      target: chain.findLast(({ holder }) => holder.level === level)?.holder, sender, note, signBy, resolveBy,
      ...(application && { delivery: application.item.delivery }),
      ...(state !== 'OFFERED' && { signedAt }),
    }),
  };
}

/** Tells a level how its segment stands. */
export const tell = (subject: string, level: OtherLevel, view: Standing, { note, at }: Occasion): CaseMessage =>
  ({ type: 'case.changed', level, subject, at, data: texts({ caseId: subject, ...view, note, at }) });

/** The messages that bring every other level's segment from `before` to `next`. */
export function messagesBetween(
  before: Case,
  next: Case,
  { origin, calendar, ...occasion }: Occasion & { readonly origin: Origin | null; readonly calendar: Calendar },
): CaseMessage[] {
  const { at } = occasion;
  return otherLevels.flatMap((level): CaseMessage[] => {
    const view = segmentView(next, level, calendar);
    if (view === null) return [];
    const known = origin?.level === level ? origin.believes : segmentView(before, level, calendar);
    if (!standsAlike(known, view)) {
      // What a level takes over it gets as its own work at once.
      if (view.state === 'OFFERED' || (known === null && view.state === 'IN_PROGRESS')) return [offer(next, level, view, occasion)];
      // A level that had no part in it, and whose part is done already, gets the case first, as of a hand-over that never
      // was: what it does before it hears the rest counts for nothing.
      const introduced = known === null ? [offer(next, level, { ...view, rung: view.rung - 1, state: 'OFFERED' }, occasion)] : [];
      return [...introduced, tell(next.id, level, view, occasion)];
    }
    if (known?.resolveBy?.getTime() === view.resolveBy?.getTime()) return [];
    return [reschedule(next.id, level, view, at)];
  });
}

const reschedule = (subject: string, level: OtherLevel, { rung, signBy, resolveBy }: Standing, at: Date): CaseMessage =>
  ({ type: 'case.rescheduled', level, subject, at, data: texts({ caseId: subject, rung, at, signBy, resolveBy }) });

/** The messages that move the deadlines the other levels know from one calendar to another. */
export function messagesOfCalendar(subject: Case, known: Calendar, calendar: Calendar, at: Date): CaseMessage[] {
  return otherLevels.flatMap((level): CaseMessage[] => {
    const [before, view] = [segmentView(subject, level, known), segmentView(subject, level, calendar)];
    if (!before || !view) return [];
    const same = (['signBy', 'resolveBy'] as const).every((name) => before[name]?.getTime() === view[name]?.getTime());
    return same ? [] : [reschedule(subject.id, level, view, at)];
  });
}
