import { areaOfUnit, type Actor } from '../../shared/domain/actor.js';
import { alarmKey, nextOnLadder, type Alarm } from '../../shared/domain/alarms.js';
import { ancestorAt, isWithin } from '../../shared/domain/areaCode.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import { startKept, stopKept, type KeptClock } from '../../shared/domain/calendars.js';
import { checkNote, type Handover, type Holder } from '../../shared/domain/handover.js';
import { bilingual, fail, ok, refusal, refuse, type DomainError, type Result } from '../../shared/domain/result.js';
import { findTransition, permit, type Machine, type Rule } from '../../shared/domain/stateMachine.js';
import { trimmed } from '../../shared/domain/text.js';
import {
  conferenceActionNames, conferenceStateNames, conferenceTransitions, decisionActionNames, decisionStateNames, decisionTransitions,
  openConferenceStates, type ConferenceAction, type ConferenceState, type DecisionAction, type DecisionState,
} from './conference.transitions.js';

export interface Seat {
  /** Department or unit that was invited. */
  readonly unit: string;
  readonly confirmedAt: Date | null;
  /** Actor id. */
  readonly confirmedBy: string | null;
  /** By the minutes; null before. */
  readonly attended: boolean | null;
}

export interface DecisionReport {
  readonly text: string;
  readonly reportedAt: Date;
  /** Null until the district has decided. */
  readonly accepted: boolean | null;
  readonly note: string | null;
}

export interface ConferenceDecision {
  /** 1, 2, 3… in the minutes. */
  readonly number: number;
  readonly unit: string;
  readonly task: string;
  readonly workDays: number;
  readonly state: DecisionState;
  readonly reports: readonly DecisionReport[];
}

/** One for each time a decision is to be carried out; in one list, since alarms name a clock by its place. */
export type DecisionClock = KeptClock<'DECISION'> & { readonly decision: number };

export interface Conference extends Pick<Handover, 'number' | 'title' | 'category' | 'community'> {
  readonly id: string;
  readonly version: number;
  readonly state: ConferenceState;
  readonly caseId: string;
  readonly district: string;
  readonly agenda: string;
  readonly place: string;
  readonly meetsAt: Date;
  /** 首接负责: the department that first received the case here, or the district's office. */
  readonly lead: Holder;
  readonly seats: readonly Seat[];
  readonly convenedAt: Date;
  /** Actor id. */
  readonly convenedBy: string;
  readonly heldAt: Date | null;
  readonly minutes: string | null;
  readonly decisions: readonly ConferenceDecision[];
  readonly clocks: readonly DecisionClock[];
  readonly fired: readonly string[];
  readonly endedAt: Date | null;
  /** Why it was cancelled, or a word at its close. */
  readonly endNote: string | null;
}

/** A decision with what its rules ask of the conference. */
export interface DecisionSubject extends ConferenceDecision {
  readonly conference: Conference;
}

export const seatLimits = { min: 2, max: 20 } as const;
export const maxDecisions = 50;
export const maxWorkDays = 120;
const maxPlace = 200;
const maxTask = 500;
const maxMinutes = 10_000;
const maxAheadMs = 366 * 24 * 3_600_000;

const byDistrict = ({ district }: Conference, actor: Actor): DomainError | null =>
  (actor.area === district ? null : refusal('ROLE_NOT_ALLOWED', `由区级 ${district} 操作。`, `District ${district} does this.`));

const mayConfirm: Rule<Conference> = ({ seats }, actor) => {
  const seat = seats.find(({ unit }) => unit === actor.unit);
  if (!seat) return refusal('ROLE_NOT_ALLOWED', '贵单位不在邀请之列。', 'Your unit is not invited.');
  return seat.confirmedAt === null ? null : refusal('DUPLICATE', '贵单位已确认参会。', 'Your unit has confirmed already.');
};

const mayRecord: Rule<Conference> = (conference, actor, now) =>
  byDistrict(conference, actor) ?? (now >= conference.meetsAt ? null : refusal(
    'TRANSITION_NOT_ALLOWED', '会议时间未到;改期请取消后重新召集。', 'The meeting is still to come; to move it, cancel it and convene another.',
  ));

const mayClose: Rule<Conference> = (conference, actor) => {
  const missing = conference.decisions.filter(({ state }) => state !== 'ACCEPTED').map(({ number }) => number);
  return byDistrict(conference, actor) ?? (missing.length === 0 ? null : refusal(
    'TRANSITION_NOT_ALLOWED', `以下议定事项尚未认可:${missing.join('、')}。`, `These decisions are not accepted yet: ${missing.join(', ')}.`,
  ));
};

export const conferenceMachine: Machine<ConferenceState, ConferenceAction, Conference> = {
  table: conferenceTransitions,
  states: conferenceStateNames,
  actions: conferenceActionNames,
  rules: { CONFIRM: mayConfirm, RECORD: mayRecord, CLOSE: mayClose, CANCEL: byDistrict },
};

const mustBeHeld = ({ state }: Conference): DomainError | null =>
  (state === 'HELD' ? null : refusal('TRANSITION_NOT_ALLOWED', '会议已结束。', 'The conference has ended.'));

const mayReport: Rule<DecisionSubject> = ({ unit, conference }, actor) =>
  mustBeHeld(conference) ?? (actor.unit === unit ? null : refusal('ROLE_NOT_ALLOWED', `由 ${unit} 报告。`, `${unit} itself reports it.`));

const mayDecide: Rule<DecisionSubject> = ({ conference }, actor) => mustBeHeld(conference) ?? byDistrict(conference, actor);

export const decisionMachine: Machine<DecisionState, DecisionAction, DecisionSubject> = {
  table: decisionTransitions,
  states: decisionStateNames,
  actions: decisionActionNames,
  rules: { REPORT: mayReport, DECIDE: mayDecide },
};

/** Whether it exists for the actor: the invited departments, and the case's line of offices. */
export function seesConference({ seats, community }: Conference, actor: Actor): boolean {
  if (actor.role === 'DEPARTMENT_OFFICER') return seats.some(({ unit }) => unit === actor.unit);
  const isOfficer = actor.role !== 'RESIDENT' && actor.role !== 'INTEGRATOR';
  return isOfficer && actor.area !== null && isWithin(community, actor.area);
}

export interface ConferenceOutcome {
  readonly next: Conference;
  /** Null where the community is told nothing. */
  readonly event: { readonly type: string; readonly at: Date; readonly data: Readonly<Record<string, unknown>> } | null;
}

interface Occasion {
  readonly at: Date;
  /** Null: the case did it. */
  readonly by: Actor | null;
  readonly note?: string | null;
  /** Whom it concerns. */
  readonly units: readonly string[];
}

const told = (next: Conference, type: string | undefined, { at, by, note = null, units }: Occasion): ConferenceOutcome => ({
  next,
  event: type === undefined ? null : {
    type, at,
    data: {
      caseId: next.caseId, conferenceId: next.id, at: at.toISOString(), note, units: [...new Set(units)],
      by: by && { id: by.id, role: by.role, area: by.area, unit: by.unit },
    },
  },
});

const invited = ({ seats }: Conference): string[] => seats.map(({ unit }) => unit);

export interface ConveneCommand {
  readonly id: string;
  readonly units: readonly string[];
  /** Whom the caller takes for the lead; null leaves it unsaid. It is never the caller's to choose. */
  readonly lead: string | null;
  readonly agenda: string;
  readonly place: string;
  readonly meetsAt: Date;
}

/** 首接负责: who first received the case on this level. */
export const leadOf = ({ firstReceiver, holder }: Handover): Holder => ({ ...holder, unit: firstReceiver });

function checkLead({ units, lead: named }: ConveneCommand, lead: Holder): DomainError | null {
  const who = lead.unit ?? lead.area;
  const rule = { zh: `首接负责:此件由 ${who} 牵头`, en: `The first receiver keeps the lead, here ${who}` };
  if (named !== null && named !== lead.unit) {
    return refusal('INVALID_INPUT', `${rule.zh},不能另行指定。`, `${rule.en}; nobody else can be named.`, 'lead');
  }
  return lead.unit === null || units.includes(lead.unit) ? null
    : refusal('INVALID_INPUT', `${rule.zh},须在邀请之列。`, `${rule.en}; invite it too.`, 'units');
}

function checkConvene(command: ConveneCommand, lead: Holder, now: Date): DomainError | null {
  const { units, agenda, place, meetsAt } = command;
  const { min, max } = seatLimits;
  if (units.length < min || units.length > max || new Set(units).size !== units.length) {
    return refusal('INVALID_INPUT', `请邀请 ${min}–${max} 个不重复的部门。`, `Invite ${min}–${max} departments, each once.`, 'units');
  }
  const stray = units.find((unit) => ![lead.area, ancestorAt(lead.area, 'CITY')].includes(areaOfUnit(unit)));
  if (stray !== undefined) {
    return refusal('OUT_OF_SCOPE', `${stray} 不是本区或本市的部门。`, `${stray} is no department of the district or its city.`, 'units');
  }
  const ahead = meetsAt.getTime() - now.getTime();
  if (!(ahead > 0 && ahead <= maxAheadMs)) {
    return refusal('INVALID_INPUT', '会议时间须在将来一年之内。', 'The meeting is in the future, within a year.', 'meetsAt');
  }
  return checkLead(command, lead) ?? checkNote(agenda, true, 'agenda') ?? checkNote(place, true, 'place', maxPlace);
}

/** A new conference on the district's part of a case, while that is in progress with the office or a department of it. */
export function conveneConference(coordination: Handover, command: ConveneCommand, actor: Actor, now: Date): Result<ConferenceOutcome> {
  const { id: caseId, number, title, category, community, holder, state } = coordination;
  if (actor.role !== 'DISTRICT_OFFICER' || actor.area !== holder.area) {
    return fail('ROLE_NOT_ALLOWED', bilingual(`由区级 ${holder.area} 召集。`, `District ${holder.area} convenes it.`));
  }
  if (state !== 'IN_PROGRESS') {
    return fail('TRANSITION_NOT_ALLOWED', bilingual(
      '只有区级办理中的案件可以召集联席会议。', 'A conference needs a case in progress with the district.',
    ));
  }
  const lead = leadOf(coordination);
  const error = checkConvene(command, lead, now);
  if (error) return refuse(error);
  const { id, units, agenda, place, meetsAt } = command;
  const next: Conference = {
    id, version: 1, state: 'CONVENED', caseId, number, title, category, community, district: holder.area, lead, meetsAt,
    agenda: agenda.trim(), place: place.trim(), convenedAt: now, convenedBy: actor.id,
    seats: units.map((unit) => ({ unit, confirmedAt: null, confirmedBy: null, attended: null })),
    heldAt: null, minutes: null, decisions: [], clocks: [], fired: [], endedAt: null, endNote: null,
  };
  return ok(told(next, 'conference.convened', { at: now, by: actor, units }));
}

const changed = (current: Conference, change: Partial<Conference>): Conference => ({ ...current, ...change, version: current.version + 1 });

/** An invited department says that it comes. */
export function confirmAttendance(current: Conference, actor: Actor, now: Date): Result<ConferenceOutcome> {
  const permitted = permit(conferenceMachine, current, 'CONFIRM', actor, now);
  if (!permitted.ok) return permitted;
  const seats = current.seats.map((seat) => (seat.unit === actor.unit ? { ...seat, confirmedAt: now, confirmedBy: actor.id } : seat));
  return ok({ next: changed(current, { seats }), event: null });
}

export interface RecordCommand {
  readonly attended: readonly string[];
  readonly minutes: string;
  readonly decisions: readonly Pick<ConferenceDecision, 'unit' | 'task' | 'workDays'>[];
}

function checkRecord(current: Conference, { attended, minutes, decisions }: RecordCommand): DomainError | null {
  if (attended.length === 0 || new Set(attended).size !== attended.length || attended.some((unit) => !invited(current).includes(unit))) {
    return refusal('INVALID_INPUT', '到会单位须为受邀单位,至少一个,不重复。', 'Those who attended were invited; name at least one, each once.', 'attended');
  }
  const { lead } = current;
  if (lead.unit !== null && !attended.includes(lead.unit)) {
    return refusal('INVALID_INPUT', `首接负责:牵头单位 ${lead.unit} 须到会;未到会的请取消后重新召集。`,
      `The first receiver ${lead.unit} has the lead and must attend; if it did not, cancel and convene again.`, 'attended');
  }
  if (decisions.length > maxDecisions) {
    return refusal('INVALID_INPUT', `议定事项至多 ${maxDecisions} 项。`, `At most ${maxDecisions} decisions.`, 'decisions');
  }
  for (const { unit, task, workDays } of decisions) {
    if (!attended.includes(unit)) {
      return refusal('INVALID_INPUT', `${unit} 未到会,不能承担议定事项。`, `${unit} did not attend and cannot own a decision.`, 'decisions');
    }
    if (!Number.isInteger(workDays) || workDays < 1 || workDays > maxWorkDays) {
      return refusal('INVALID_INPUT', `期限为 1–${maxWorkDays} 个工作日。`, `A decision has 1–${maxWorkDays} work days.`, 'decisions');
    }
    const error = checkNote(task, true, 'decisions', maxTask);
    if (error) return error;
  }
  return checkNote(minutes, true, 'minutes', maxMinutes);
}

const decisionClock = ({ number, workDays }: Pick<ConferenceDecision, 'number' | 'workDays'>, at: Date): DecisionClock =>
  ({ ...startKept({ name: 'DECISION', unit: 'WORK_DAY', budget: workDays }, at), decision: number });

/** The district records who came and what was decided; each decision's clock starts. */
export function recordConference(current: Conference, command: RecordCommand, actor: Actor, now: Date): Result<ConferenceOutcome> {
  const permitted = permit(conferenceMachine, current, 'RECORD', actor, now);
  if (!permitted.ok) return permitted;
  const error = checkRecord(current, command);
  if (error) return refuse(error);
  const decisions = command.decisions.map(({ unit, task, workDays }, i): ConferenceDecision =>
    ({ number: i + 1, unit, task: task.trim(), workDays, state: 'OPEN', reports: [] }));
  const next = changed(current, {
    state: permitted.value.to, heldAt: now, minutes: command.minutes.trim(), decisions,
    seats: current.seats.map((seat) => ({ ...seat, attended: command.attended.includes(seat.unit) })),
    clocks: decisions.map((decision) => decisionClock(decision, now)),
  });
  return ok(told(next, permitted.value.emits, { at: now, by: actor, units: decisions.map(({ unit }) => unit) }));
}

export interface OnDecision {
  /** Its number in the minutes. */
  readonly decision: number;
  readonly note: string | null;
  /** DECIDE. */
  readonly accepted: boolean;
}

/** A department reports its decision done, or the district accepts the report or sends it back. */
export function actOnDecision(
  current: Conference, action: DecisionAction, { decision: number, note, accepted }: OnDecision, actor: Actor, now: Date, calendar: Calendar,
): Result<ConferenceOutcome> {
  const found = current.decisions.find((one) => one.number === number);
  if (!found) return fail('INVALID_INPUT', bilingual(`没有第 ${number} 项议定事项。`, `There is no decision ${number}.`), ['input', 'decision']);
  const permitted = permit(decisionMachine, { ...found, conference: current }, action, actor, now);
  if (!permitted.ok) return permitted;
  const error = checkNote(note, action === 'REPORT' || !accepted);
  if (error) return refuse(error);
  const outcome = action === 'DECIDE' ? (accepted ? 'ACCEPTED' : 'REJECTED') : undefined;
  const row = findTransition<DecisionState, DecisionAction>(decisionTransitions, found.state, action, outcome);
  if (!row) throw new Error(`No row ${found.state} ${action} ${outcome ?? ''}.`);
  const text = trimmed(note);
  const reports = action === 'REPORT'
    ? [...found.reports, { text: text ?? '', reportedAt: now, accepted: null, note: null }]
    : found.reports.map((report, i) => (i === found.reports.length - 1 ? { ...report, accepted, note: text } : report));
  const clocks = current.clocks.map((clock) => (clock.decision === number ? stopKept(clock, now, calendar) : clock));
  const next = changed(current, {
    decisions: current.decisions.map((one) => (one === found ? { ...found, state: row.to, reports } : one)),
    clocks: row.to === 'OPEN' ? [...clocks, decisionClock(found, now)] : clocks,
  });
  return ok(told(next, row.emits, { at: now, by: actor, note: text, units: [found.unit] }));
}

const ended = (current: Conference, to: ConferenceState, at: Date, note: string | null, calendar: Calendar): Conference =>
  changed(current, { state: to, endedAt: at, endNote: note, clocks: current.clocks.map((clock) => stopKept(clock, at, calendar)) });

/** The district closes it once all decisions are accepted, or cancels it. */
export function endConference(
  current: Conference, action: 'CLOSE' | 'CANCEL', note: string | null, actor: Actor, now: Date, calendar: Calendar,
): Result<ConferenceOutcome> {
  const permitted = permit(conferenceMachine, current, action, actor, now);
  if (!permitted.ok) return permitted;
  const error = checkNote(note, action === 'CANCEL');
  if (error) return refuse(error);
  const text = trimmed(note);
  const next = ended(current, permitted.value.to, now, text, calendar);
  return ok(told(next, permitted.value.emits, { at: now, by: actor, note: text, units: invited(current) }));
}

/** A merged case is the lead's to deal with, and so is what it needs of others. */
const endOfCase: readonly Handover['state'][] = ['CLOSED', 'WITHDRAWN', 'MERGED'];

/** The case ended, and the conference with it; null when nothing changes. */
export function followedConference(
  current: Conference, { state, updatedAt }: Pick<Handover, 'state' | 'updatedAt'>, calendar: Calendar,
): ConferenceOutcome | null {
  if (!openConferenceStates.includes(current.state) || !endOfCase.includes(state)) return null;
  const row = findTransition<ConferenceState, ConferenceAction>(conferenceTransitions, current.state, 'FOLLOW');
  const next = ended(current, 'CANCELLED', updatedAt, null, calendar);
  return told(next, row?.emits, { at: updatedAt, by: null, units: invited(current) });
}

/** The next alarm of what is to be done; null when nothing is or the calendar does not know the year. */
export const nextDecisionAlarm = ({ clocks, fired }: Conference, calendar: Calendar): Alarm | null =>
  nextOnLadder(clocks, fired, calendar);

/** What the next alarm does at `now`: it is marked as fired, and the community is told; null when none is due. */
export function fireDecisionAlarm(current: Conference, now: Date, calendar: Calendar): ConferenceOutcome | null {
  const alarm = nextDecisionAlarm(current, calendar);
  if (!alarm || alarm.at > now) return null;
  const { id, caseId, decisions, clocks, fired } = current;
  const unit = decisions.find(({ number }) => number === clocks[alarm.clock]?.decision)?.unit;
  return {
    next: changed(current, { fired: [...fired, alarmKey(alarm)] }),
    event: {
      type: 'conference.alarmed', at: now, data: { caseId, conferenceId: id, at: now.toISOString(), unit, percent: alarm.percent },
    },
  };
}
