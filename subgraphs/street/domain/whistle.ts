import { areaOfUnit, type Actor, type Named } from '../../shared/domain/actor.js';
import { alarmKey, nextOnLadder, type Alarm } from '../../shared/domain/alarms.js';
import { ancestorAt, isWithin } from '../../shared/domain/areaCode.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import { startKept, stopKept, type KeptClock } from '../../shared/domain/calendars.js';
import { budgetFor, type ClockPolicy } from '../../shared/domain/clockPolicy.js';
import { deadlineOf } from '../../shared/domain/deadline.js';
import { checkNote, type Handover } from '../../shared/domain/handover.js';
import { bilingual, fail, ok, refusal, refuse, type DomainError, type Result } from '../../shared/domain/result.js';
import { findTransition, permit, type Machine, type Rule } from '../../shared/domain/stateMachine.js';
import {
  arrivalActionNames, arrivalStateNames, arrivalTransitions, finalArrivalStates, whistleActionNames, whistleStateNames,
  whistleTransitions, type ArrivalAction, type ArrivalState, type WhistleAction, type WhistleState,
} from './whistle.transitions.js';

export interface Arrival {
  /** Department or unit that was named. */
  readonly unit: string;
  readonly state: ArrivalState;
  readonly clock: KeptClock<'ARRIVE'> & { readonly source?: Named };
  /** By its own word. */
  readonly arrivedAt: Date | null;
  /** Actor id. */
  readonly arrivedBy: string | null;
  readonly confirmedAt: Date | null;
  /** The street's, when it confirms. */
  readonly note: string | null;
}

export interface Whistle extends Pick<Handover, 'number' | 'title' | 'category' | 'community'> {
  readonly id: string;
  readonly version: number;
  readonly state: WhistleState;
  readonly caseId: string;
  readonly street: string;
  readonly reason: string;
  readonly place: string;
  /** Blown as for an emergency, whatever the case is. */
  readonly urgent: boolean;
  readonly blownAt: Date;
  /** Actor id. */
  readonly blownBy: string;
  readonly arrivals: readonly Arrival[];
  /** Alarms of the arrivals' clocks that have gone off. */
  readonly fired: readonly string[];
  readonly endedAt: Date | null;
  /** Null while it is open, and when it ended because the case moved on. */
  readonly result: string | null;
}

/** An arrival with what its rules ask of the whistle. */
export interface ArrivalSubject extends Arrival {
  readonly whistle: Whistle;
  readonly arriveBy: Date | null;
}

export const maxNamed = 10;
export const maxPlace = 200;

const byStreet = ({ street }: Whistle, actor: Actor): DomainError | null =>
  actor.area === street ? null : refusal('ROLE_NOT_ALLOWED', `由街道 ${street} 操作。`, `Street ${street} does this.`);

const mustBeOpen = ({ state }: Whistle): DomainError | null =>
  state === 'OPEN' ? null : refusal('TRANSITION_NOT_ALLOWED', '吹哨已结束。', 'The whistle has ended.');

const mayArrive: Rule<ArrivalSubject> = ({ unit, whistle }, actor) =>
  mustBeOpen(whistle)
    ?? (actor.unit === unit ? null : refusal('ROLE_NOT_ALLOWED', `由 ${unit} 报到。`, `${unit} itself reports its arrival.`));

const mayConfirm: Rule<ArrivalSubject> = ({ state, whistle, arriveBy }, actor, now) => {
  const wrong = mustBeOpen(whistle) ?? byStreet(whistle, actor);
  if (wrong) return wrong;
  return state === 'NAMED' && arriveBy !== null && now < arriveBy ? refusal(
    'TRANSITION_NOT_ALLOWED',
    '报到时限未到,请待其报到或到期后再确认。',
    'Its time to arrive is not over; wait until it has arrived or the time is over.',
  ) : null;
};

const mayEnd: Rule<Whistle> = (whistle, actor) => {
  const missing = whistle.arrivals.filter(({ state }) => !finalArrivalStates.includes(state)).map(({ unit }) => unit);
  return byStreet(whistle, actor) ?? (missing.length === 0 ? null : refusal(
    'TRANSITION_NOT_ALLOWED',
    `请先逐一确认:${missing.join('、')}。`,
    `Confirm each of them first: ${missing.join(', ')}.`,
  ));
};

export const whistleMachine: Machine<WhistleState, WhistleAction, Whistle> = {
  table: whistleTransitions,
  states: whistleStateNames,
  actions: whistleActionNames,
  rules: { END: mayEnd },
};

export const arrivalMachine: Machine<ArrivalState, ArrivalAction, ArrivalSubject> = {
  table: arrivalTransitions,
  states: arrivalStateNames,
  actions: arrivalActionNames,
  rules: { ARRIVE: mayArrive, CONFIRM: mayConfirm },
};

export const arrivalSubject = (whistle: Whistle, arrival: Arrival, calendar: Calendar): ArrivalSubject =>
  ({ ...arrival, whistle, arriveBy: deadlineOf(arrival.clock, calendar) });

/** Whether the whistle exists for the actor: the named departments, and the case's line of offices. */
export function seesWhistle({ arrivals, community }: Whistle, actor: Actor): boolean {
  if (actor.role === 'DEPARTMENT_OFFICER') return arrivals.some(({ unit }) => unit === actor.unit);
  const isOfficer = actor.role !== 'RESIDENT' && actor.role !== 'INTEGRATOR';
  return isOfficer && actor.area !== null && isWithin(community, actor.area);
}

export interface BlowCommand {
  readonly id: string;
  readonly units: readonly string[];
  readonly reason: string;
  readonly place: string;
  readonly urgent: boolean;
}

/** Who may be named: departments of the district, and units of the street. */
function checkBlow({ units, reason, place }: BlowCommand, street: string): DomainError | null {
  if (units.length < 1 || units.length > maxNamed || new Set(units).size !== units.length) {
    return refusal('INVALID_INPUT', `请指定 1–${maxNamed} 个不重复的部门。`, `Name 1–${maxNamed} departments, each once.`, 'units');
  }
  const stray = units.find((unit) => ![street, ancestorAt(street, 'DISTRICT')].includes(areaOfUnit(unit)));
  if (stray !== undefined) {
    return refusal(
      'OUT_OF_SCOPE', `${stray} 不是本区部门或本街道单位。`, `${stray} is no department of the district or unit of the street.`, 'units',
    );
  }
  return checkNote(reason, true, 'reason') ?? checkNote(place, true, 'place', maxPlace);
}

/** A new whistle for the street's part of a case; that part has its own machine, which is asked as well. */
export function blowWhistle(
  dispatch: Handover, command: BlowCommand, actor: Actor, now: Date, policy: ClockPolicy,
): Result<Whistle> {
  const { number, title, category, community, holder } = dispatch;
  const error = checkBlow(command, holder.area);
  if (error) return refuse(error);
  const { units, reason, place, urgent, id } = command;
  const budget = budgetFor(policy, 'ARRIVE', urgent ? { ...dispatch, urgency: 'EMERGENCY' } : dispatch);
  const clock: Arrival['clock'] = { ...startKept(budget, now), source: budget.source };
  return ok({
    id, version: 1, state: 'OPEN', caseId: dispatch.id, number, title, category, community, street: holder.area,
    reason: reason.trim(), place: place.trim(), urgent, blownAt: now, blownBy: actor.id,
    arrivals: units.map((unit) => ({
      unit, state: 'NAMED', clock, arrivedAt: null, arrivedBy: null, confirmedAt: null, note: null,
    })),
    fired: [],
    endedAt: null,
    result: null,
  });
}

const anew = (clock: Arrival['clock'], at: Date): Arrival['clock'] => ({ ...clock, ...startKept(clock, at) });

export interface ArrivalCommand {
  /** CONFIRM: whose arrival; ARRIVE is always the actor's own. */
  readonly unit: string | null;
  /** CONFIRM. */
  readonly came: boolean;
  readonly note: string | null;
}

/** A named department arrives, or the street says whether it did. */
export function decideArrival(
  whistle: Whistle, action: ArrivalAction, { unit, came, note }: ArrivalCommand, actor: Actor, now: Date, calendar: Calendar,
): Result<Whistle> {
  const arrival = whistle.arrivals.find((one) => one.unit === unit);
  if (!arrival) {
    return fail('INVALID_INPUT', bilingual(`未点名 ${unit}。`, `${unit} was not named.`), ['input', 'unit']);
  }
  const permitted = permit(arrivalMachine, arrivalSubject(whistle, arrival, calendar), action, actor, now);
  if (!permitted.ok) return permitted;
  const noteError = checkNote(note, false);
  if (noteError) return refuse(noteError);
  const outcome = action === 'CONFIRM' ? (came ? 'CAME' : 'DID_NOT_COME') : undefined;
  const row = findTransition<ArrivalState, ArrivalAction>(arrivalTransitions, arrival.state, action, outcome);
  if (!row) {
    return fail('TRANSITION_NOT_ALLOWED', bilingual(
      `${unit} 尚未报到,不能确认到场。`, `${unit} has not reported its arrival; it cannot be confirmed as there.`,
    ), ['input', 'came']);
  }
  const next: Arrival = {
    ...arrival,
    state: row.to,
    clock: stopKept(arrival.clock, now, calendar),
    ...(action === 'ARRIVE' ? { arrivedAt: now, arrivedBy: actor.id } : { confirmedAt: now, note: note?.trim() || null }),
  };
  return ok({
    ...whistle,
    version: whistle.version + 1,
    arrivals: whistle.arrivals.map((one) => (one === arrival ? next : one)),
  });
}

/** The street ends it with a result. */
export function endWhistle(whistle: Whistle, result: string, actor: Actor, now: Date, calendar: Calendar): Result<Whistle> {
  const permitted = permit(whistleMachine, whistle, 'END', actor, now);
  if (!permitted.ok) return permitted;
  const error = checkNote(result, true, 'result');
  return error ? refuse(error) : ok({ ...ended(whistle, now, calendar), result: result.trim() });
}

const ended = (whistle: Whistle, at: Date, calendar: Calendar): Whistle => ({
  ...whistle,
  version: whistle.version + 1,
  state: 'ENDED',
  arrivals: whistle.arrivals.map((arrival) => ({ ...arrival, clock: stopKept(arrival.clock, at, calendar) })),
  endedAt: at,
});

/**
 * What becomes of the street's latest whistle of a case when its part of the case changes: it ends when the case is no
 * longer coordinating, and goes on when the case is coordinating after all. Null when nothing changes.
 */
export function followed(
  whistle: Whistle | null, dispatch: Pick<Handover, 'state' | 'updatedAt'>, calendar: Calendar,
): Whistle | null {
  if (!whistle) return null;
  const isCoordinating = dispatch.state === 'COORDINATING';
  if (whistle.state === 'OPEN') return isCoordinating ? null : ended(whistle, later(whistle.blownAt, dispatch.updatedAt), calendar);
  if (!isCoordinating || whistle.result !== null) return null;
  const waiting = ({ state }: Arrival): boolean => state === 'NAMED';
  return {
    ...whistle,
    version: whistle.version + 1,
    state: 'OPEN',
    // The time it was taken for over counts: the departments had been called all along.
    arrivals: whistle.arrivals.map((arrival) =>
      (waiting(arrival) ? { ...arrival, clock: anew(arrival.clock, whistle.blownAt) } : arrival)),
    endedAt: null,
  };
}

const later = (a: Date, b: Date): Date => (a > b ? a : b);

/** The next alarm of those who have not arrived; null when nobody is waited for or the calendar does not know the year. */
export const nextArrivalAlarm = ({ arrivals, fired }: Whistle, calendar: Calendar): Alarm | null =>
  nextOnLadder(arrivals.map(({ clock }) => clock), fired, calendar);

export interface WhistleAlarm {
  readonly next: Whistle;
  readonly event: { readonly type: string; readonly at: Date; readonly data: Readonly<Record<string, unknown>> };
}

/** What the next alarm does at `now`: it is marked as fired, and the community is told; null when none is due. */
export function fireArrivalAlarm(whistle: Whistle, now: Date, calendar: Calendar): WhistleAlarm | null {
  const alarm = nextArrivalAlarm(whistle, calendar);
  if (!alarm || alarm.at > now) return null;
  const { id, caseId, arrivals, fired, version } = whistle;
  const { percent } = alarm;
  return {
    next: { ...whistle, version: version + 1, fired: [...fired, alarmKey(alarm)] },
    event: {
      type: 'whistle.alarmed', at: now, data: { caseId, whistleId: id, at: now.toISOString(), unit: arrivals[alarm.clock]?.unit, percent },
    },
  };
}
