import type { EventData, EventType } from '../../schema/events.js';
import type { Calendar } from '../shared/domain/calendar.js';
import { roles } from '../shared/domain/actor.js';
import { handoverActions, type HandoverAction, type Holder, type Outcome } from '../shared/domain/handover.js';
import type { EventHandler, EventHandlers } from '../shared/events/receiver.js';
import { within } from '../shared/persistence/transactions.js';
import type { ReportedStep } from './domain/caseDecisions.js';
import type { CaseStore } from './persistence/case.repository.js';
import { takeInStep } from './usecases/takeInStep.js';

type StepEvent = Exclude<EventType, `case.${string}` | 'counts.moved'>;

const segments = { dispatch: 'STREET', coordination: 'DISTRICT', receipt: 'CITY' } as const;

const pastTense: Readonly<Record<HandoverAction, string>> = {
  SIGN: 'signed',
  RETURN: 'returned',
  FORWARD: 'forwarded',
  DISPATCH: 'assigned',
  REDISPATCH: 'redispatched',
  REQUEST_INFO: 'infoRequested',
  RESOLVE: 'resolved',
  RESTART: 'restarted',
};

interface StepData {
  readonly caseId: string;
  readonly rung: number;
  readonly at: string;
  readonly by: EventData<'dispatch.signed'>['by'];
  readonly note: string | null;
  readonly target?: Holder;
  readonly proposedOwner?: string | null;
  readonly outcome?: Outcome;
}

function roleOf(role: string): ReportedStep['by']['role'] {
  const known = roles.find((r) => r === role);
  if (!known) throw new Error(`Unknown role ${role}.`);
  return known;
}

/** What the other levels did, by event: the case follows each step. */
export function communityHandlers(store: Pick<CaseStore, 'repository'>, calendar: Calendar): EventHandlers {
  const stepHandler = (level: ReportedStep['level'], action: HandoverAction): EventHandler => async (events, unit) => {
    for (const event of events) {
      const { caseId, rung, at, by, note, target = null, proposedOwner = null, outcome } = event.data as StepData;
      await takeInStep(store.repository(within(unit)), calendar, caseId, {
        action, level, rung, note, target, proposedOwner,
        at: new Date(at),
        by: { ...by, role: roleOf(by.role) },
        ...(outcome && { outcome }),
      });
    }
  };
  return Object.fromEntries(
    Object.entries(segments).flatMap(([segment, level]) =>
      handoverActions.map((action) => [`${segment}.${pastTense[action]}` as StepEvent, stepHandler(level, action)])),
  );
}
