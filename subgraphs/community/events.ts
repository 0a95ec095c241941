import type { EventData, EventType } from '../../schema/events.js';
import { areaOfUnit, roles, type Role } from '../shared/domain/actor.js';
import { levelOfCode, levels } from '../shared/domain/areaCode.js';
import type { HandoverAction, Holder, Outcome } from '../shared/domain/handover.js';
import { calendarHandlers } from '../shared/events/calendarHandlers.js';
import { dutyListHandlers } from '../shared/events/dutyListHandlers.js';
import { policyHandlers } from '../shared/events/policyHandlers.js';
import type { EventHandler, EventHandlers } from '../shared/events/receiver.js';
import { within } from '../shared/persistence/transactions.js';
import type { ReportedStep } from './domain/caseDecisions.js';
import type { ClockRules } from './domain/clockPolicy.js';
import type { SupervisionEntry } from './domain/supervision.js';
import type { AlarmWord, ConferenceEntry } from './domain/word.js';
import type { CaseStore } from './persistence/case.repository.js';
import type { ConcernStore } from './persistence/concern.repository.js';
import type { Regulations } from './persistence/regulations.js';
import { closeConcern } from './usecases/findConcerns.js';
import { takeInAlarm, takeInConference, takeInStep, takeInWord } from './usecases/takeInStep.js';

type AlarmEvent = Extract<EventType, `${string}.alarmed`>;
type StepEvent = Extract<EventType, `${keyof typeof segments}.${string}`>;

const segments = { dispatch: 'STREET', coordination: 'DISTRICT', receipt: 'CITY' } as const;

type SegmentStep = Exclude<HandoverAction, 'BLOW_WHISTLE' | 'END_WHISTLE'>;

const pastTense: Readonly<Record<SegmentStep, string>> = {
  SIGN: 'signed',
  RETURN: 'returned',
  FORWARD: 'forwarded',
  DISPATCH: 'assigned',
  REDISPATCH: 'redispatched',
  REQUEST_INFO: 'infoRequested',
  RESOLVE: 'resolved',
  RESTART: 'restarted',
};

/** The street's alone. */
const whistleEvents = { 'whistle.blown': 'BLOW_WHISTLE', 'whistle.ended': 'END_WHISTLE' } as const;

const supervisionEvents = {
  'supervision.opened': 'SUPERVISION_OPENED',
  'supervision.answered': 'SUPERVISION_ANSWERED',
  'supervision.rejected': 'SUPERVISION_REJECTED',
  'supervision.closed': 'SUPERVISION_CLOSED',
} as const satisfies Partial<Readonly<Record<EventType, SupervisionEntry>>>;

const conferenceEvents = {
  'conference.convened': 'CONFERENCE_CONVENED',
  'conference.held': 'CONFERENCE_HELD',
  'conference.reported': 'DECISION_REPORTED',
  'conference.accepted': 'DECISION_ACCEPTED',
  'conference.rejected': 'DECISION_REJECTED',
  'conference.closed': 'CONFERENCE_CLOSED',
  'conference.cancelled': 'CONFERENCE_CANCELLED',
} as const satisfies Partial<Readonly<Record<EventType, ConferenceEntry>>>;

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

function holderOfUnit(unit: string): Holder {
  const area = areaOfUnit(unit);
  const level = levels.find((one) => one === levelOfCode(area));
  if (!level) throw new Error(`${unit} is no unit.`);
  return { level, area, unit };
}

function roleOf(role: string): Role {
  const known = roles.find((r) => r === role);
  if (!known) throw new Error(`Unknown role ${role}.`);
  return known;
}

/** What the other levels did, by event: the case follows each step. */
export function communityHandlers(store: Pick<CaseStore, 'repository'>, rules: () => ClockRules): EventHandlers {
  const stepHandler = (level: ReportedStep['level'], action: HandoverAction): EventHandler => async (events, unit) => {
    for (const event of events) {
      const { caseId, rung, at, by, note, target = null, proposedOwner = null, outcome } = event.data as StepData;
      await takeInStep(store.repository(within(unit)), rules(), caseId, {
        action, level, rung, note, target, proposedOwner,
        at: new Date(at),
        by: { ...by, role: roleOf(by.role) },
        ...(outcome && { outcome }),
      });
    }
  };
  const supervisionHandler = (entry: SupervisionEntry): EventHandler => async (events, unit) => {
    for (const { data } of events) {
      const { caseId, supervisionId: id, at, by, note } = data as EventData<'supervision.opened'>;
      await takeInWord(store.repository(within(unit)), caseId, {
        matter: { kind: 'SUPERVISION', id }, entry, level: 'DISTRICT', note, at: new Date(at), by: by && { ...by, role: roleOf(by.role) },
      });
    }
  };
  const conferenceHandler = (entry: ConferenceEntry): EventHandler => async (events, unit) => {
    for (const { data } of events) {
      const { caseId, at, by, ...word } = data as EventData<'conference.convened'>;
      await takeInConference(store.repository(within(unit)), caseId, {
        ...word, entry, at: new Date(at), by: by && { ...by, role: roleOf(by.role) },
      });
    }
  };
  const alarmHandler = <Type extends AlarmEvent>(read: (data: EventData<Type>) => Pick<AlarmWord, 'matter' | 'owner'>): EventHandler =>
    async (events, unit) => {
      for (const event of events) {
        const data = event.data as EventData<Type>;
        const { caseId, at, percent } = data;
        await takeInAlarm(store.repository(within(unit)), caseId, { ...read(data), percent, at: new Date(at) });
      }
    };
  return {
    ...Object.fromEntries(
      Object.entries(segments).flatMap(([segment, level]) => Object.entries(pastTense).map(([action, done]) =>
        [`${segment}.${done}` as StepEvent, stepHandler(level, action as SegmentStep)])),
    ),
    ...Object.fromEntries(Object.entries(whistleEvents).map(([type, action]) => [type, stepHandler('STREET', action)])),
    ...Object.fromEntries(Object.entries(supervisionEvents).map(([type, entry]) => [type, supervisionHandler(entry)])),
    ...Object.fromEntries(Object.entries(conferenceEvents).map(([type, entry]) => [type, conferenceHandler(entry)])),
    'whistle.alarmed': alarmHandler<'whistle.alarmed'>(({ whistleId: id, unit }) => ({ matter: { kind: 'WHISTLE', id }, owner: holderOfUnit(unit) })),
    'supervision.alarmed': alarmHandler<'supervision.alarmed'>(({ supervisionId: id, holder }) => ({ matter: { kind: 'SUPERVISION', id }, owner: holder })),
    'conference.alarmed': alarmHandler<'conference.alarmed'>(({ conferenceId: id, unit }) => ({ matter: { kind: 'CONFERENCE', id }, owner: holderOfUnit(unit) })),
  };
}

/** What the city has published: the community keeps its own copy of every version. */
export const regulationHandlers = (regulations: Pick<Regulations, 'keepCalendar' | 'keepConcernRule' | 'policies' | 'dutyLists'>): EventHandlers => ({
  ...calendarHandlers(regulations),
  ...policyHandlers(regulations.policies),
  ...dutyListHandlers(regulations.dutyLists),
  async 'concernRule.published'(events, unit) {
    for (const { data } of events) {
      const { version, number, rule } = data as EventData<'concernRule.published'>;
      await regulations.keepConcernRule({ version, number, content: rule }, unit);
    }
  },
});

/** The district's answer to a concern was accepted. */
export const concernHandlers = (store: Pick<ConcernStore, 'repository'>): EventHandlers => ({
  async 'concern.closed'(events, unit) {
    for (const { data } of events) {
      const { concernId, at } = data as EventData<'concern.closed'>;
      await closeConcern(store.repository(within(unit)), concernId, new Date(at));
    }
  },
});
