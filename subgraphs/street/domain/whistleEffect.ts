import type { Calendar } from '../../shared/domain/calendar.js';
import { state as clockState, type Clock } from '../../shared/domain/clock.js';
import { deadlineOf } from '../../shared/domain/deadline.js';
import type { DeadlineChange, HandoverEffect } from '../../shared/domain/handoverEffect.js';
import type { Whistle } from './whistle.js';
import type { ArrivalState, WhistleState } from './whistle.transitions.js';

/** What an action does to the arrival of one department. */
export interface ArrivalEffect {
  readonly unit: string;
  /** Null when it is named by this very action. */
  readonly from: ArrivalState | null;
  readonly to: ArrivalState;
  readonly arriveBy: DeadlineChange;
}

/** What an action does to a whistle, and to the street's part of the case with it. */
export interface WhistleEffect {
  /** Null when it is blown. */
  readonly from: WhistleState | null;
  readonly to: WhistleState;
  /** Those that change. */
  readonly arrivals: readonly ArrivalEffect[];
  /** Null where the part stays as it is. */
  readonly dispatch: HandoverEffect | null;
}

const runsOutAt = (clock: Clock | undefined, calendar: Calendar): Date | null =>
  clock && clockState(clock) === 'RUNNING' ? deadlineOf(clock, calendar) : null;

export const whistleEffect = (
  before: Whistle | null, next: Whistle, dispatch: HandoverEffect | null, calendar: Calendar,
): WhistleEffect => ({
  from: before?.state ?? null,
  to: next.state,
  arrivals: next.arrivals.flatMap((arrival, i): ArrivalEffect[] => {
    const old = before?.arrivals[i];
    if (old?.state === arrival.state && clockState(old.clock) === clockState(arrival.clock)) return [];
    return [{
      unit: arrival.unit,
      from: old?.state ?? null,
      to: arrival.state,
      arriveBy: { before: runsOutAt(old?.clock, calendar), after: runsOutAt(arrival.clock, calendar) },
    }];
  }),
  dispatch,
});
