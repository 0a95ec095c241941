import type { Calendar } from '../../shared/domain/calendar.js';
import { levels, type Level } from '../../shared/domain/areaCode.js';
import type { Holder, HandoverState } from '../../shared/domain/handover.js';
import type { Case } from './case.js';
import { dueOf, openClock } from './clockPolicy.js';
import type { CaseState } from './case.transitions.js';

// What the other levels are told. A level's segment is a view of the case; whenever an action changes a view, the
// level it belongs to is told, unless it made the change itself.

export interface SegmentView {
  readonly rung: number;
  readonly unit: string | null;
  readonly state: HandoverState;
  /** To be resolved by then; null while that clock does not run. */
  readonly resolveBy: string | null;
}

const stateOfHolder: Partial<Readonly<Record<CaseState, HandoverState>>> = {
  DISPATCHED: 'OFFERED',
  IN_PROGRESS: 'IN_PROGRESS',
  SUSPENDED: 'SUSPENDED',
  NEEDS_INFO: 'NEEDS_INFO',
  RETURNED: 'SENT_BACK',
  RESOLVED: 'RESOLVED',
  REWORK: 'REWORK',
};
const stateOfAll: Partial<Readonly<Record<CaseState, HandoverState>>> = {
  CLOSED: 'CLOSED',
  WITHDRAWN: 'WITHDRAWN',
  DECLINED: 'WITHDRAWN',
  MERGED: 'WITHDRAWN',
};

/** How the case looks from `level`; null when that level has no part in it (any more). */
export function segmentView({ chain, state, clocks }: Pick<Case, 'chain' | 'state' | 'clocks'>, level: Level, calendar: Calendar): SegmentView | null {
  const link = chain.findLast(({ holder }) => holder.level === level);
  if (!link) return null;
  const isHolder = link === chain.at(-1);
  return {
    rung: link.rung,
    unit: link.holder.unit,
    state: stateOfAll[state] ?? (isHolder ? stateOfHolder[state] : undefined) ?? 'PASSED_ON',
    resolveBy: dueOf(openClock(clocks, 'RESOLVE'), calendar)?.toISOString() ?? null,
  };
}

/** The deadline matters to who works on the case, and to nobody else. */
const sameView = (a: SegmentView | null, b: SegmentView): boolean =>
  a?.rung === b.rung && a.unit === b.unit && a.state === b.state && (b.state !== 'IN_PROGRESS' || a.resolveBy === b.resolveBy);

export interface CaseMessage {
  readonly type: 'case.offered' | 'case.changed';
  readonly level: Exclude<Level, 'COMMUNITY'>;
  readonly subject: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Origin {
  /** The level whose own action this is, and what its segment has already become there. */
  readonly level: Level;
  readonly believes: Omit<SegmentView, 'resolveBy'>;
}

const otherLevels = levels.filter((level): level is Exclude<Level, 'COMMUNITY'> => level !== 'COMMUNITY');

function offer(next: Case, level: Exclude<Level, 'COMMUNITY'>, sender: Holder, note: string | null, at: Date, calendar: Calendar): CaseMessage {
  const link = next.chain.at(-1);
  if (!link) throw new Error(`Case ${next.id} is offered to nobody.`);
  return {
    type: 'case.offered',
    level,
    subject: next.id,
    at,
    data: {
      caseId: next.id,
      rung: link.rung,
      at: at.toISOString(),
      number: next.number,
      title: next.title,
      kind: next.kind,
      category: next.category,
      community: next.place.community,
      grid: next.place.grid,
      submittedAt: next.submittedAt.toISOString(),
      target: link.holder,
      sender,
      note,
      signBy: dueOf(openClock(next.clocks, 'SIGN'), calendar)?.toISOString() ?? null,
      resolveBy: dueOf(openClock(next.clocks, 'RESOLVE'), calendar)?.toISOString() ?? null,
    },
  };
}

/** Tells a level how its segment stands. */
export const tell = (subject: string, level: Exclude<Level, 'COMMUNITY'>, view: SegmentView, note: string | null, at: Date): CaseMessage => ({
  type: 'case.changed',
  level,
  subject,
  at,
  data: { caseId: subject, ...view, note, at: at.toISOString() },
});

/** The messages that bring every other level's segment from `before` to `next`. */
export function messagesBetween(
  before: Case,
  next: Case,
  context: { readonly origin: Origin | null; readonly note: string | null; readonly at: Date; readonly calendar: Calendar; readonly sender: Holder },
): CaseMessage[] {
  const { origin, note, at, calendar, sender } = context;
  return otherLevels.flatMap((level) => {
    const view = segmentView(next, level, calendar);
    const was = segmentView(before, level, calendar);
    const known = origin?.level === level ? { ...origin.believes, resolveBy: was?.resolveBy ?? null } : was;
    if (view === null || sameView(known, view)) return [];
    return view.state === 'OFFERED' ? [offer(next, level, sender, note, at, calendar)] : [tell(next.id, level, view, note, at)];
  });
}
