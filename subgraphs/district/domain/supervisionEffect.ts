import type { Calendar } from '../../shared/domain/calendar.js';
import type { DeadlineChange } from '../../shared/domain/handoverEffect.js';
import { answerBy, type Supervision, type SupervisionDecision } from './supervision.js';
import type { SupervisionState } from './supervision.transitions.js';

/** What an action does to a supervision; the case's timeline follows in the community, by the event. */
export interface SupervisionEffect {
  readonly from: SupervisionState;
  readonly to: SupervisionState;
  readonly answerBy: DeadlineChange;
  /** The community is told this. */
  readonly event: string;
}

export const supervisionEffect = (
  before: Supervision, { next, event }: SupervisionDecision, calendar: Calendar,
): SupervisionEffect => ({
  from: before.state,
  to: next.state,
  answerBy: { before: answerBy(before, calendar), after: answerBy(next, calendar) },
  event: event.type,
});
