import type { Actor } from '../../../shared/domain/actor.js';
import { localDate, type LocalDate } from '../../../shared/domain/calendar.js';
import { checkNote } from '../../../shared/domain/handover.js';
import { ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import { findTransition, permit, type Machine, type Rule } from '../../../shared/domain/stateMachine.js';
import { trimmed } from '../../../shared/domain/text.js';
import { checkEvidence, keptEvidence, type Evidence } from './evidence.js';
import { byDistrict, changed, roundMachine, unknownUnit, type Round } from './round.js';
import {
  rectificationActionNames, rectificationStateNames, rectificationTransitions, type RectificationAction, type RectificationState,
} from './round.transitions.js';

export interface Submission {
  readonly evidence: Evidence;
  readonly submittedAt: Date;
  /** Actor id. */
  readonly submittedBy: string;
  /** Null until the district has decided. */
  readonly accepted: boolean | null;
  readonly note: string | null;
}

/** 整改: what a unit sets right, who answers for it and until when. */
export interface Rectification {
  /** 1, 2, 3… in the round. */
  readonly number: number;
  readonly unit: string;
  readonly problem: string;
  /** What is to be done. */
  readonly measures: string;
  /** Who answers for it in the unit. */
  readonly owner: string;
  readonly dueOn: LocalDate;
  readonly state: RectificationState;
  readonly orderedAt: Date;
  readonly submissions: readonly Submission[];
  /** Accepted or dropped. */
  readonly endedAt: Date | null;
  readonly dropReason: string | null;
}

export interface RectificationSubject extends Rectification {
  readonly round: Round;
}

const maxOwner = 100;
const maxProblem = 500;
/** In one round. */
export const maxRectifications = 100;
/** Of one rectification. */
export const maxSubmissions = 20;

const mustRun = ({ state }: Round): DomainError | null =>
  (state === 'RECTIFYING' ? null : refusal('TRANSITION_NOT_ALLOWED', '本轮考评已结束。', 'The round has ended.'));

const maySubmit: Rule<RectificationSubject> = ({ unit, round }, actor) =>
  mustRun(round) ?? (actor.area === unit ? null : refusal('ROLE_NOT_ALLOWED', `由 ${unit} 自己报告。`, `${unit} itself submits it.`));

const mayDecide: Rule<RectificationSubject> = ({ round }, actor) => mustRun(round) ?? byDistrict(round, actor);

export const rectificationMachine: Machine<RectificationState, RectificationAction, RectificationSubject> = {
  table: rectificationTransitions,
  states: rectificationStateNames,
  actions: rectificationActionNames,
  rules: { SUBMIT: maySubmit, DECIDE: mayDecide, DROP: mayDecide },
};

export type OrderCommand = Pick<Rectification, 'unit' | 'problem' | 'measures' | 'owner' | 'dueOn'>;

/** The district has a unit set something right. */
export function orderRectification(current: Round, { unit, problem, measures, owner, dueOn }: OrderCommand, actor: Actor, now: Date): Result<Round> {
  const permitted = permit(roundMachine, current, 'ORDER', actor, now);
  if (!permitted.ok) return permitted;
  const error = unknownUnit(current, unit) ?? checkNote(problem, true, 'problem', maxProblem) ?? checkNote(measures, true, 'measures')
    ?? checkNote(owner, true, 'owner', maxOwner);
  if (error) return refuse(error);
  const today = localDate(now);
  if (dueOn <= today || dueOn.slice(0, 4) > String(Number(today.slice(0, 4)) + 1)) {
    return refuse(refusal('INVALID_INPUT', '整改期限须在今日之后,至多到明年底。', 'It is due after today, and by the end of next year.', 'dueOn'));
  }
  if (current.rectifications.length >= maxRectifications) {
    return refuse(refusal('INVALID_INPUT', `一轮考评至多 ${maxRectifications} 项整改。`, `A round has at most ${maxRectifications} rectifications.`, 'unit'));
  }
  const rectification: Rectification = {
    number: current.rectifications.length + 1, unit, problem: problem.trim(), measures: measures.trim(), owner: owner.trim(), dueOn,
    state: 'ORDERED', orderedAt: now, submissions: [], endedAt: null, dropReason: null,
  };
  return ok(changed(current, { state: permitted.value.to, rectifications: [...current.rectifications, rectification] }));
}

export interface OnRectification {
  /** Its number. */
  readonly rectification: number;
  /** SUBMIT. */
  readonly evidence: Evidence | null;
  /** DECIDE. */
  readonly accepted: boolean;
  readonly note: string | null;
}

function checkAct(action: RectificationAction, { evidence, accepted, note }: OnRectification, { submissions }: Rectification): DomainError | null {
  if (action === 'SUBMIT' && submissions.length >= maxSubmissions) {
    return refusal('INVALID_INPUT', `一项整改至多报告 ${maxSubmissions} 次,请与区级商定。`, `It can be submitted ${maxSubmissions} times; agree with the district on what to do.`, 'rectification');
  }
  if (action === 'SUBMIT') return checkEvidence(evidence ?? { text: '', links: [] });
  return checkNote(note, action === 'DROP' || !accepted);
}

/** The street shows what it has done; the district accepts that, sends it back, or drops the matter. */
export function actOnRectification(current: Round, action: RectificationAction, command: OnRectification, actor: Actor, now: Date): Result<Round> {
  const found = current.rectifications.find(({ number }) => number === command.rectification);
  if (!found) {
    return refuse(refusal('INVALID_INPUT', `没有第 ${command.rectification} 项整改。`, `There is no rectification ${command.rectification}.`, 'rectification'));
  }
  const permitted = permit(rectificationMachine, { ...found, round: current }, action, actor, now);
  if (!permitted.ok) return permitted;
  const error = checkAct(action, command, found);
  if (error) return refuse(error);
  const outcome = action === 'DECIDE' ? (command.accepted ? 'ACCEPTED' : 'REJECTED') : undefined;
  const row = findTransition<RectificationState, RectificationAction>(rectificationTransitions, found.state, action, outcome);
  if (!row) throw new Error(`No row ${found.state} ${action} ${outcome ?? ''}.`);
  const note = trimmed(command.note);
  const submissions = action === 'SUBMIT'
    ? [...found.submissions, {
        evidence: keptEvidence(command.evidence ?? { text: '', links: [] }), submittedAt: now, submittedBy: actor.id, accepted: null, note: null,
      }]
    : found.submissions.map((one, i) => (action === 'DECIDE' && i === found.submissions.length - 1 ? { ...one, accepted: command.accepted, note } : one));
  const next: Rectification = {
    ...found, state: row.to, submissions, endedAt: row.to === 'ACCEPTED' || row.to === 'DROPPED' ? now : null,
    dropReason: action === 'DROP' ? note : null,
  };
  return ok(changed(current, { rectifications: current.rectifications.map((one) => (one === found ? next : one)) }));
}
