import type { Actor, Named } from '../../shared/domain/actor.js';
import { alarmKey, nextOnLadder, type Alarm } from '../../shared/domain/alarms.js';
import { ancestorAt, isWithin } from '../../shared/domain/areaCode.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import { startKept, stopKept, type KeptClock } from '../../shared/domain/calendars.js';
import { state as clockState } from '../../shared/domain/clock.js';
import type { Budget } from '../../shared/domain/clockPolicy.js';
import { deadlineOf } from '../../shared/domain/deadline.js';
import { checkNote, holds, type Holder } from '../../shared/domain/handover.js';
import { bilingual, ok, refuse, type Result } from '../../shared/domain/result.js';
import { permit, type Machine, type Rule } from '../../shared/domain/stateMachine.js';
import {
  supervisionActionNames, supervisionStateNames, supervisionTransitions, type SupervisionAction, type SupervisionCause, type SupervisionState,
} from './supervision.transitions.js';

export interface SupervisionAnswer {
  readonly text: string;
  readonly answeredAt: Date;
  readonly by: Holder;
  /** Null until the district has decided. */
  readonly accepted: boolean | null;
  /** The district's, when it decided. */
  readonly note: string | null;
}

export interface AnswerClock extends KeptClock<'ANSWER'> {
  /** Of the policy it was started under; absent on clocks from before the district knew any. */
  readonly source?: Named;
}

export interface Supervision {
  /** The case's id, the cause and how often: one case and cause opens the same one once. */
  readonly id: string;
  readonly version: number;
  readonly state: SupervisionState;
  readonly caseId: string;
  readonly number: string;
  readonly title: string;
  readonly category: string;
  readonly community: string;
  readonly district: string;
  readonly cause: SupervisionCause;
  readonly times: number;
  /** Null when a rule opened it. */
  readonly reason: string | null;
  /** Actor id; null when a rule opened it. */
  readonly openedBy: string | null;
  readonly openedAt: Date;
  /** Who holds the case, and so owes the answer. */
  readonly holder: Holder;
  /** One for each time an answer is owed; the last one runs while it is. */
  readonly clocks: readonly AnswerClock[];
  /** Alarms of the clocks that have gone off. */
  readonly fired: readonly string[];
  readonly answers: readonly SupervisionAnswer[];
  readonly closedAt: Date | null;
}

const mustHold: Rule<Supervision> = ({ holder }, actor) =>
  (holds(holder, actor) ? null : {
    code: 'ROLE_NOT_ALLOWED',
    message: bilingual(`由现承办方 ${holder.unit ?? holder.area} 答复。`, `${holder.unit ?? holder.area}, who holds the case, answers.`),
  });

const mustBeDistrict: Rule<Supervision> = ({ district }, actor) =>
  (actor.area === district ? null : {
    code: 'ROLE_NOT_ALLOWED', message: bilingual(`由区级 ${district} 决定。`, `District ${district} decides.`),
  });

export const supervisionMachine: Machine<SupervisionState, SupervisionAction, Supervision> = {
  table: supervisionTransitions,
  states: supervisionStateNames,
  actions: supervisionActionNames,
  rules: { ANSWER: mustHold, REJECT: mustBeDistrict, CLOSE: mustBeDistrict },
};

/** Whether it exists for the actor: the case's line of offices, and the department or unit that holds the case. */
export function seesSupervision({ community, holder }: Supervision, actor: Actor): boolean {
  if (actor.role === 'DEPARTMENT_OFFICER') return actor.unit !== null && holder.unit === actor.unit;
  const isOfficer = actor.role !== 'RESIDENT' && actor.role !== 'INTEGRATOR';
  return isOfficer && actor.area !== null && isWithin(community, actor.area);
}

/** What the community says when a case needs supervision. */
export type Trouble = Pick<Supervision,
  'caseId' | 'number' | 'title' | 'category' | 'community' | 'cause' | 'times' | 'reason' | 'openedBy' | 'holder'>
  & { readonly supervisionId: string; readonly at: Date };

export const openSupervision = ({ supervisionId, at, ...trouble }: Trouble, budget: Budget<'ANSWER'>): Supervision => ({
  ...trouble,
  id: supervisionId,
  version: 1,
  state: 'OPENED',
  district: ancestorAt(trouble.community, 'DISTRICT'),
  openedAt: at,
  clocks: [{ ...startKept(budget, at), source: budget.source }],
  fired: [],
  answers: [],
  closedAt: null,
});

/** The case went to another holder: that one answers from now on. Null when it makes no difference any more. */
export const handedOn = (current: Supervision, holder: Holder): Supervision | null =>
  (current.state === 'CLOSED' ? null : { ...current, version: current.version + 1, holder });

/** When the answer that is owed is due; null when none is, or the calendar does not know the year. */
export function answerBy({ clocks }: Supervision, calendar: Calendar): Date | null {
  const last = clocks.at(-1);
  return last && clockState(last) === 'RUNNING' ? deadlineOf(last, calendar) : null;
}

export interface SupervisionDecision {
  readonly next: Supervision;
  readonly event: { readonly type: string; readonly at: Date; readonly data: Readonly<Record<string, unknown>> };
}

const eventData = ({ id, caseId }: Supervision, at: Date, by: Actor | null, note: string | null) => ({
  caseId, supervisionId: id, at: at.toISOString(), note,
  by: by && { id: by.id, role: by.role, area: by.area, unit: by.unit },
});

/** What the community is told when a rule opened one; an order is in the case's timeline already. */
export const openedEvent = (opened: Supervision): SupervisionDecision['event'] | null =>
  (opened.cause === 'ORDER' ? null : {
    type: 'supervision.opened', at: opened.openedAt, data: eventData(opened, opened.openedAt, null, null),
  });

/** Answers, closes or sends back; `text` is the answer, or the district's word on it. */
export function decideSupervision(
  current: Supervision, action: SupervisionAction, text: string | null, actor: Actor, now: Date, calendar: Calendar,
): Result<SupervisionDecision> {
  const permitted = permit(supervisionMachine, current, action, actor, now);
  if (!permitted.ok) return permitted;
  const error = checkNote(text, action !== 'CLOSE');
  if (error) return refuse(error);
  const { to, emits } = permitted.value;
  if (emits === undefined) throw new Error(`The row ${current.state} ${action} names no event.`);
  const note = text?.trim() || null;
  const next: Supervision = {
    ...current,
    version: current.version + 1,
    state: to,
    clocks: clocksAfter(current, action, now, calendar),
    answers: action === 'ANSWER'
      ? [...current.answers, { text: note ?? '', answeredAt: now, by: current.holder, accepted: null, note: null }]
      : current.answers.map((answer, i) =>
        (i === current.answers.length - 1 ? { ...answer, accepted: action === 'CLOSE', note } : answer)),
    closedAt: action === 'CLOSE' ? now : null,
  };
  return ok({ next, event: { type: emits, at: now, data: eventData(current, now, actor, note) } });
}

function clocksAfter(
  { clocks }: Supervision, action: SupervisionAction, now: Date, calendar: Calendar,
): Supervision['clocks'] {
  const last = clocks.at(-1);
  // An answer that was sent back is owed within the same time again.
  if (action === 'REJECT' && last) return [...clocks, { ...last, ...startKept(last, now) }];
  return clocks.map((clock) => stopKept(clock, now, calendar));
}

/** The next alarm of the answer that is owed; null when none is or the calendar does not know the year. */
export const nextAnswerAlarm = ({ clocks, fired }: Supervision, calendar: Calendar): Alarm | null =>
  nextOnLadder(clocks, fired, calendar);

/** What the next alarm does at `now`: it is marked as fired, and the community is told; null when none is due. */
export function fireAnswerAlarm(current: Supervision, now: Date, calendar: Calendar): SupervisionDecision | null {
  const alarm = nextAnswerAlarm(current, calendar);
  if (!alarm || alarm.at > now) return null;
  const { id, caseId, holder, fired, version } = current;
  return {
    next: { ...current, version: version + 1, fired: [...fired, alarmKey(alarm)] },
    event: {
      type: 'supervision.alarmed', at: now,
      data: { caseId, supervisionId: id, at: now.toISOString(), holder, percent: alarm.percent },
    },
  };
}
