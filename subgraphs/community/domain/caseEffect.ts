import type { Role } from '../../shared/domain/actor.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import { state as clockState, type ClockState } from '../../shared/domain/clock.js';
import type { ClockName } from '../../shared/domain/clockPolicy.js';
import { measures, type Measure } from '../../shared/domain/counts.js';
import type { Holder } from '../../shared/domain/handover.js';
import { holderOf, type Case } from './case.js';
import type { CaseState } from './case.transitions.js';
import type { CountMove } from './caseCounts.js';
import type { CaseDecision } from './caseDecisions.js';
import type { CaseMessage, OtherLevel } from './caseSegments.js';
import { dueOf, type CaseClock } from './clockPolicy.js';
import { actorOf, type Notice, type NoticeKind } from './notice.js';

// What an action does, in the words of the API: the same for what is only shown and for what is saved.

export const clockChanges = ['STARTED', 'STOPPED', 'PAUSED', 'RESUMED', 'EXTENDED'] as const;
export type ClockChange = (typeof clockChanges)[number];

interface ClockStanding {
  readonly state: ClockState;
  /** Null while it does not run, or when the calendar does not know the year. */
  readonly dueAt: Date | null;
}

export interface ClockEffect {
  readonly name: ClockName;
  readonly change: ClockChange;
  /** Null when it is started. */
  readonly before: ClockStanding | null;
  readonly after: ClockStanding;
}

/** Whom a notice goes to: an office or a unit by its place, a person by the role alone. */
export interface NoticeEffect {
  readonly kind: NoticeKind;
  readonly role: Role;
  readonly area: string | null;
  readonly unit: string | null;
}

export interface CaseEffect {
  readonly from: CaseState;
  readonly to: CaseState;
  /** Who acts then. */
  readonly holder: Holder;
  readonly clocks: readonly ClockEffect[];
  readonly notices: readonly NoticeEffect[];
  readonly messages: readonly { readonly level: OtherLevel; readonly event: CaseMessage['type'] }[];
  readonly counts: readonly (Pick<CountMove, 'holder' | 'day'> & { readonly counts: Readonly<Record<Measure, number>> })[];
}

function changeOf(before: CaseClock | undefined, after: CaseClock): ClockChange | null {
  if (!before) return 'STARTED';
  const [was, is] = [clockState(before), clockState(after)];
  if (was !== is) return is === 'STOPPED' ? 'STOPPED' : is === 'RUNNING' ? 'RESUMED' : 'PAUSED';
  return before.extensions.length === after.extensions.length ? null : 'EXTENDED';
}

const standing = (clock: CaseClock, calendar: Calendar): ClockStanding =>
  ({ state: clockState(clock), dueAt: dueOf(clock, calendar) });

function noticeEffect({ kind, recipient }: Notice): NoticeEffect {
  const told = actorOf(recipient);
  if (!told) throw new Error(`A notice goes to ${recipient}, which is nobody.`);
  return { kind, role: told.role, area: told.area, unit: told.unit };
}

export function caseEffect(before: Case, { next, messages, notices, counts }: CaseDecision, calendar: Calendar): CaseEffect {
  return {
    from: before.state,
    to: next.state,
    holder: holderOf(next),
    // A case never loses a clock: new ones come after those it has.
    clocks: next.clocks.flatMap((clock, i): ClockEffect[] => {
      const old = before.clocks[i];
      const change = changeOf(old, clock);
      return change ? [{ name: clock.name, change, before: old ? standing(old, calendar) : null, after: standing(clock, calendar) }] : [];
    }),
    notices: notices.map(noticeEffect),
    messages: messages.map(({ level, type }) => ({ level, event: type })),
    counts: counts.map(({ holder, day, counts: moved }) => ({
      holder, day, counts: Object.fromEntries(measures.map((measure) => [measure, moved[measure] ?? 0])) as Record<Measure, number>,
    })),
  };
}
