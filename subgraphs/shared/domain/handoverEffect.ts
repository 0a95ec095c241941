import type { Handover, HandoverDecision, HandoverState, Holder } from './handover.js';

export interface DeadlineChange {
  /** Null where none ran. */
  readonly before: Date | null;
  /** Null where none runs any more. */
  readonly after: Date | null;
}

/** What an action does to a level's own part of a case; the case follows in the community, by the event. */
export interface HandoverEffect {
  readonly from: HandoverState;
  readonly to: HandoverState;
  /** To whom it is passed on; null while it stays. */
  readonly target: Holder | null;
  readonly signBy: DeadlineChange;
  readonly resolveBy: DeadlineChange;
  /** The community is told this. */
  readonly event: string;
}

export const handoverEffect = (before: Handover, { next, event }: HandoverDecision): HandoverEffect => ({
  from: before.state,
  to: next.state,
  target: next.target,
  signBy: { before: before.signBy, after: next.signBy },
  resolveBy: { before: before.resolveBy, after: next.resolveBy },
  event: event.type,
});
