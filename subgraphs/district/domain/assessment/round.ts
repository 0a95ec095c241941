import type { Actor } from '../../../shared/domain/actor.js';
import type { AreaKind, DatedArea } from '../../../shared/domain/area.js';
import { isWithin } from '../../../shared/domain/areaCode.js';
import { addDays, localDate, type LocalDate } from '../../../shared/domain/calendar.js';
import type { Counts } from '../../../shared/domain/counts.js';
import { checkNote } from '../../../shared/domain/handover.js';
import { bilingual, fail, ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import type { NamedScheme, ScoringScheme } from '../../../shared/domain/scoringScheme.js';
import { findTransition, permit, type Machine, type Rule } from '../../../shared/domain/stateMachine.js';
import { trimmed } from '../../../shared/domain/text.js';
import { checkEvidence, keptEvidence, type Evidence } from './evidence.js';
import type { Rectification } from './rectification.js';
import {
  endedRectificationStates, objectionActionNames, objectionStateNames, objectionTransitions, publicStates, roundActionNames, roundStateNames,
  roundTransitions, type ObjectionAction, type ObjectionState, type RoundAction, type RoundState,
} from './round.transitions.js';
import { scored, type Frozen, type ScoredUnit, type SpecialPoints } from './score.js';

export interface StreetPlace extends DatedArea {
  readonly kind: AreaKind;
}

/** A street that existed on some day of the round's months, and in which of them it did. */
export interface RoundUnit extends Pick<StreetPlace, 'code' | 'name' | 'kind'> {
  readonly from: string;
  readonly to: string;
}

/** An accepted objection changed the points. */
export interface Correction {
  readonly from: number;
  readonly to: number;
  /** Number of the objection. */
  readonly objection: number;
  readonly at: Date;
  /** Actor id. */
  readonly by: string;
}

export interface SpecialEntry {
  readonly unit: string;
  /** Id in the scheme. */
  readonly indicator: string;
  /** Hundredths of a point. */
  readonly points: number;
  readonly evidence: Evidence;
  readonly filledAt: Date;
  /** Actor id. */
  readonly filledBy: string;
  readonly corrections: readonly Correction[];
}

export interface Objection {
  /** 1, 2, 3… in the round. */
  readonly number: number;
  readonly unit: string;
  readonly indicator: string;
  readonly text: string;
  readonly state: ObjectionState;
  readonly raisedAt: Date;
  /** Actor id. */
  readonly raisedBy: string;
  /** Null until the district has answered. */
  readonly answer: string | null;
  readonly answeredAt: Date | null;
  readonly answeredBy: string | null;
}

export interface Computation {
  readonly at: Date;
  /** Actor id. */
  readonly by: string;
  /** Whose score it changed; null: had none. */
  readonly changes: readonly { readonly unit: string; readonly from: number | null; readonly to: number }[];
}

/** All numbers as they were at the computation; never changed but by the next one. */
export type UnitResult = ScoredUnit<RoundUnit & Frozen>;

export interface Round {
  readonly id: string;
  readonly version: number;
  readonly state: RoundState;
  readonly district: string;
  readonly name: string;
  /** Months, both included. */
  readonly from: string;
  readonly to: string;
  /** As it was in force at the opening. */
  readonly scheme: NamedScheme;
  readonly units: readonly RoundUnit[];
  readonly special: readonly SpecialEntry[];
  /** Null before the first computation. */
  readonly results: readonly UnitResult[] | null;
  readonly computedAt: Date | null;
  /** The latest, in order. */
  readonly computations: readonly Computation[];
  /** An objection was accepted since. */
  readonly owesCompute: boolean;
  readonly objections: readonly Objection[];
  readonly rectifications: readonly Rectification[];
  readonly openedAt: Date;
  /** Actor id. */
  readonly openedBy: string;
  readonly feedbackAt: Date | null;
  readonly publishedAt: Date | null;
  readonly endedAt: Date | null;
  /** Why it was discarded, or a word at its close. */
  readonly endNote: string | null;
}

export interface ObjectionSubject extends Objection {
  readonly round: Round;
}

const maxName = 100;
const maxMonths = 12;
/** In one round. */
export const maxObjections = 200;
const keptComputations = 50;

const isPublic = ({ state }: Pick<Round, 'state'>): boolean => publicStates.includes(state);

/** The district's own office, the city's and auditors above it see all of a round at any time. */
export function seesAll({ district }: Pick<Round, 'district'>, actor: Actor | null): boolean {
  if (!actor || actor.area === null) return false;
  if (actor.role === 'DISTRICT_OFFICER') return actor.area === district;
  return (actor.role === 'CITY_OFFICER' || actor.role === 'AUDITOR') && isWithin(district, actor.area);
}

const isUnitOf = ({ units }: Pick<Round, 'units'>, actor: Actor | null): boolean =>
  actor?.role === 'STREET_CLERK' && units.some(({ code }) => code === actor.area);

/** Whether it exists for who asks; null has not signed in. */
export const seesRound = (round: Pick<Round, 'state' | 'district' | 'units'>, actor: Actor | null): boolean =>
  isPublic(round) || seesAll(round, actor) || (isUnitOf(round, actor) && round.state !== 'DISCARDED');

/** A street sees its own score once it may object to it. */
export const seesScore = (round: Pick<Round, 'state' | 'district'>, unit: string, actor: Actor | null): boolean =>
  isPublic(round) || seesAll(round, actor) || (round.state === 'FEEDBACK' && actor?.role === 'STREET_CLERK' && actor.area === unit);

/** What passes between the district and a unit is theirs, published or not. */
export const seesDealings = (round: Pick<Round, 'district'>, unit: string, actor: Actor | null): boolean =>
  seesAll(round, actor) || (actor?.role === 'STREET_CLERK' && actor.area === unit);

export const byDistrict = ({ district }: Pick<Round, 'district'>, actor: Actor): DomainError | null =>
  (actor.area === district ? null : refusal('ROLE_NOT_ALLOWED', `由区级 ${district} 操作。`, `District ${district} does this.`));

const monthOf = (now: Date): string => localDate(now).slice(0, 7);

const mayCompute: Rule<Round> = (round, actor, now) => {
  const error = byDistrict(round, actor);
  if (error) return error;
  if (monthOf(now) <= round.to) {
    return refusal('TRANSITION_NOT_ALLOWED', `考评期 ${round.to} 尚未结束,次月起可计算。`, `The months run until ${round.to}; compute from the next month on.`);
  }
  return round.state !== 'FEEDBACK' || round.owesCompute ? null
    : refusal('TRANSITION_NOT_ALLOWED', '反馈期内只因采纳异议而重新计算。', 'During the feedback, scores are computed anew only after an objection was accepted.');
};

const mayObject: Rule<Round> = (round, actor) =>
  (isUnitOf(round, actor) ? null : refusal('ROLE_NOT_ALLOWED', '由被考评的街道自己提出。', 'A street that is scored objects for itself.'));

const mayPublish: Rule<Round> = (round, actor) => {
  const open = round.objections.filter(({ state }) => state === 'OPEN').map(({ number }) => number);
  if (open.length > 0) {
    return refusal('TRANSITION_NOT_ALLOWED', `以下异议尚未答复:${open.join('、')}。`, `These objections are not answered yet: ${open.join(', ')}.`);
  }
  return byDistrict(round, actor) ?? (round.owesCompute
    ? refusal('TRANSITION_NOT_ALLOWED', '已采纳异议,请先重新计算。', 'An objection was accepted; compute the scores anew first.') : null);
};

const mayClose: Rule<Round> = (round, actor) => {
  const open = round.rectifications.filter(({ state }) => !endedRectificationStates.includes(state)).map(({ number }) => number);
  return byDistrict(round, actor) ?? (open.length === 0 ? null : refusal(
    'TRANSITION_NOT_ALLOWED', `以下整改尚未认可或撤销:${open.join('、')}。`, `These rectifications are neither accepted nor dropped yet: ${open.join(', ')}.`,
  ));
};

export const roundMachine: Machine<RoundState, RoundAction, Round> = {
  table: roundTransitions,
  states: roundStateNames,
  actions: roundActionNames,
  rules: {
    FILL: byDistrict, COMPUTE: mayCompute, OPEN_FEEDBACK: byDistrict, OBJECT: mayObject, PUBLISH: mayPublish, ORDER: byDistrict,
    CLOSE: mayClose, DISCARD: byDistrict,
  },
};

const mayAnswer: Rule<ObjectionSubject> = ({ round }, actor) => byDistrict(round, actor)
  ?? (round.state === 'FEEDBACK' ? null : refusal('TRANSITION_NOT_ALLOWED', '反馈期已过。', 'The feedback is over.'));

export const objectionMachine: Machine<ObjectionState, ObjectionAction, ObjectionSubject> = {
  table: objectionTransitions,
  states: objectionStateNames,
  actions: objectionActionNames,
  rules: { ANSWER: mayAnswer },
};

const lastDay = (month: string): LocalDate => {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
};

const monthsOf = (month: string): number => Number(month.slice(0, 4)) * 12 + Number(month.slice(5));

/** The streets that existed on some day of the months, each with the months in which it did. */
export function unitsIn(streets: readonly StreetPlace[], from: string, to: string): RoundUnit[] {
  const [first, last] = [`${from}-01`, lastDay(to)];
  return streets
    .filter(({ validFrom, validTo }) => validFrom <= last && (validTo === null || validTo > first))
    .map(({ code, name, kind, validFrom, validTo }) => {
      const end = validTo === null ? to : addDays(validTo, -1).slice(0, 7);
      return { code, name, kind, from: validFrom.slice(0, 7) > from ? validFrom.slice(0, 7) : from, to: end < to ? end : to };
    });
}

export interface OpenCommand {
  readonly id: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** A new round of the actor's district under the scheme in force. */
export function openRound(
  { id, name, from, to }: OpenCommand, streets: readonly StreetPlace[], scheme: NamedScheme, actor: Actor, now: Date,
): Result<Round> {
  if (actor.role !== 'DISTRICT_OFFICER' || actor.area === null) {
    return fail('ROLE_NOT_ALLOWED', bilingual('考评由区级工作人员发起。', 'A round is opened by a district officer.'));
  }
  const error = checkNote(name, true, 'name', maxName);
  if (error) return refuse(error);
  const months = monthsOf(to) - monthsOf(from) + 1;
  if (months < 1 || months > maxMonths || monthsOf(to) - monthsOf(monthOf(now)) > maxMonths) {
    return refuse(refusal('INVALID_INPUT', `考评期为 1–${maxMonths} 个月,至多到 ${maxMonths} 个月以后。`,
      `A round covers 1–${maxMonths} months and ends within ${maxMonths} months from now.`, 'to'));
  }
  const units = unitsIn(streets, from, to);
  if (units.length === 0) return refuse(refusal('INVALID_INPUT', '考评期内本区没有街道。', 'The district had no streets in these months.', 'from'));
  return ok({
    id, version: 1, state: 'OPEN', district: actor.area, name: name.trim(), from, to, scheme, units, special: [], results: null, computedAt: null,
    computations: [], owesCompute: false, objections: [], rectifications: [], openedAt: now, openedBy: actor.id, feedbackAt: null, publishedAt: null,
    endedAt: null, endNote: null,
  });
}

export const changed = (current: Round, change: Partial<Round>): Round => ({ ...current, ...change, version: current.version + 1 });

const isSpecial = ({ special }: ScoringScheme, indicator: string): boolean => special.some(({ id }) => id === indicator);
const indicatorsOf = ({ positive, negative, special }: ScoringScheme): string[] => [...positive, ...negative, ...special].map(({ id }) => id);

export const unknownUnit = ({ units }: Round, unit: string): DomainError | null =>
  (units.some(({ code }) => code === unit) ? null : refusal('INVALID_INPUT', `${unit} 不在本轮考评之列。`, `${unit} is not scored in this round.`, 'unit'));

function checkPoints({ special }: ScoringScheme, indicator: string, points: number): DomainError | null {
  const found = special.find(({ id }) => id === indicator);
  if (!found) return refusal('INVALID_INPUT', `${indicator} 不是专项特色指标。`, `${indicator} is no special indicator of the scheme.`, 'indicator');
  return Number.isInteger(points) && points >= 0 && points <= found.maxPoints ? null
    : refusal('INVALID_INPUT', `得分为 0–${found.maxPoints} 的整数(百分之一分)。`, `Points are a whole number from 0 to ${found.maxPoints}, in hundredths.`, 'points');
}

export interface FillCommand {
  readonly unit: string;
  readonly indicator: string;
  readonly points: number;
  readonly evidence: Evidence;
}

/** The district gives special points, with evidence; what had been given, or computed, gives way. */
export function fillSpecial(current: Round, { unit, indicator, points, evidence }: FillCommand, actor: Actor, now: Date): Result<Round> {
  const permitted = permit(roundMachine, current, 'FILL', actor, now);
  if (!permitted.ok) return permitted;
  const error = unknownUnit(current, unit) ?? checkPoints(current.scheme.scheme, indicator, points) ?? checkEvidence(evidence);
  if (error) return refuse(error);
  const entry: SpecialEntry = { unit, indicator, points, evidence: keptEvidence(evidence), filledAt: now, filledBy: actor.id, corrections: [] };
  const others = current.special.filter((one) => one.unit !== unit || one.indicator !== indicator);
  return ok(changed(current, { state: permitted.value.to, special: [...others, entry], results: null, computedAt: null }));
}

export const specialOf = ({ special }: Pick<Round, 'special'>, unit: string): SpecialPoints =>
  Object.fromEntries(special.filter((entry) => entry.unit === unit).map(({ indicator, points }) => [indicator, points]));

/** What the district's counters have of a unit, in the months in which it existed. */
export type CountsOf = (unit: RoundUnit) => Counts;

/** Freezes the counts as they are now, and scores and ranks by them. */
export function computeRound(current: Round, units: readonly RoundUnit[], countsOf: CountsOf, actor: Actor, now: Date): Result<Round> {
  const permitted = permit(roundMachine, current, 'COMPUTE', actor, now);
  if (!permitted.ok) return permitted;
  const frozen = units.map((unit) => ({ ...unit, counts: countsOf(unit), special: specialOf(current, unit.code) }));
  const results = scored(current.scheme.scheme, frozen);
  const before = new Map(current.results?.map(({ code, points }) => [code, points]));
  const changes = results.map(({ code, points }) => ({ unit: code, from: before.get(code) ?? null, to: points })).filter(({ from, to }) => from !== to);
  const computations = [...current.computations, { at: now, by: actor.id, changes }].slice(-keptComputations);
  return ok(changed(current, { state: permitted.value.to, units, results, computedAt: now, computations, owesCompute: false }));
}

/** The units may look at their scores and object. */
export function openFeedback(current: Round, actor: Actor, now: Date): Result<Round> {
  const permitted = permit(roundMachine, current, 'OPEN_FEEDBACK', actor, now);
  return permitted.ok ? ok(changed(current, { state: permitted.value.to, feedbackAt: now })) : permitted;
}

/** A street objects to one indicator of its own score, one at a time. */
export function raiseObjection(
  current: Round, { indicator, text }: { readonly indicator: string; readonly text: string }, actor: Actor, now: Date,
): Result<Round> {
  const permitted = permit(roundMachine, current, 'OBJECT', actor, now);
  if (!permitted.ok) return permitted;
  const unit = actor.area ?? '';
  if (!indicatorsOf(current.scheme.scheme).includes(indicator)) {
    return refuse(refusal('INVALID_INPUT', `没有指标 ${indicator}。`, `There is no indicator ${indicator}.`, 'indicator'));
  }
  if (current.objections.some((one) => one.unit === unit && one.indicator === indicator && one.state === 'OPEN')) {
    return refuse(refusal('DUPLICATE', '该指标已有待答复的异议。', 'An objection to this indicator is open already.', 'indicator'));
  }
  if (current.objections.length >= maxObjections) {
    return refuse(refusal('INVALID_INPUT', `一轮考评至多 ${maxObjections} 项异议。`, `A round has at most ${maxObjections} objections.`, 'text'));
  }
  const error = checkNote(text, true, 'text');
  if (error) return refuse(error);
  const objection: Objection = {
    number: current.objections.length + 1, unit, indicator, text: text.trim(), state: 'OPEN', raisedAt: now, raisedBy: actor.id, answer: null,
    answeredAt: null, answeredBy: null,
  };
  return ok(changed(current, { state: permitted.value.to, objections: [...current.objections, objection] }));
}

export interface AnswerCommand {
  /** Its number. */
  readonly objection: number;
  readonly accepted: boolean;
  readonly answer: string;
  /** Corrects special points; counts are never edited, only computed anew. */
  readonly points: number | null;
}

function checkCorrection(current: Round, { unit, indicator }: Objection, { accepted, points }: AnswerCommand): DomainError | null {
  const { scheme } = current.scheme;
  const corrects = accepted && isSpecial(scheme, indicator);
  if (!corrects) {
    return points === null ? null : refusal('INVALID_INPUT', '只有采纳对专项特色的异议才更正得分;件数不可改,只能重新计算。',
      'Points are given only when an objection to a special indicator is accepted; counts cannot be edited, only computed anew.', 'points');
  }
  if (points === null) return refusal('INVALID_INPUT', '请给出更正后的专项得分。', 'Give the corrected special points.', 'points');
  const before = specialOf(current, unit)[indicator] ?? 0;
  return checkPoints(scheme, indicator, points) ?? (points === before
    ? refusal('INVALID_INPUT', '更正后的得分与原得分相同。', 'The corrected points are what they were.', 'points') : null);
}

function correctedSpecial(current: Round, { number, unit, indicator }: Objection, to: number, actor: Actor, at: Date): SpecialEntry[] {
  const known = current.special.find((one) => one.unit === unit && one.indicator === indicator);
  const entry: SpecialEntry = known
    ?? { unit, indicator, points: 0, evidence: { text: '', links: [] }, filledAt: at, filledBy: actor.id, corrections: [] };
  const correction: Correction = { from: entry.points, to, objection: number, at, by: actor.id };
  return [...current.special.filter((one) => one !== known), { ...entry, points: to, corrections: [...entry.corrections, correction] }];
}

/** The district answers; what it accepts has to be computed anew. */
export function answerObjection(current: Round, command: AnswerCommand, actor: Actor, now: Date): Result<Round> {
  const found = current.objections.find(({ number }) => number === command.objection);
  if (!found) return refuse(refusal('INVALID_INPUT', `没有第 ${command.objection} 项异议。`, `There is no objection ${command.objection}.`, 'objection'));
  const permitted = permit(objectionMachine, { ...found, round: current }, 'ANSWER', actor, now);
  if (!permitted.ok) return permitted;
  const error = checkNote(command.answer, true, 'answer') ?? checkCorrection(current, found, command);
  if (error) return refuse(error);
  const row = findTransition<ObjectionState, ObjectionAction>(objectionTransitions, found.state, 'ANSWER', command.accepted ? 'ACCEPTED' : 'REJECTED');
  if (!row) throw new Error(`No row ${found.state} ANSWER.`);
  const answered: Objection = { ...found, state: row.to, answer: command.answer.trim(), answeredAt: now, answeredBy: actor.id };
  return ok(changed(current, {
    objections: current.objections.map((one) => (one === found ? answered : one)),
    special: command.points === null ? current.special : correctedSpecial(current, found, command.points, actor, now),
    owesCompute: current.owesCompute || command.accepted,
  }));
}

/** 群众知晓: everybody may read it. */
export function publishRound(current: Round, actor: Actor, now: Date): Result<Round> {
  const permitted = permit(roundMachine, current, 'PUBLISH', actor, now);
  return permitted.ok ? ok(changed(current, { state: permitted.value.to, publishedAt: now })) : permitted;
}

/** Closes a round that is done, or discards one that was a mistake. Why is said where nothing was to be set right. */
export function endRound(current: Round, action: 'CLOSE' | 'DISCARD', note: string | null, actor: Actor, now: Date): Result<Round> {
  const permitted = permit(roundMachine, current, action, actor, now);
  if (!permitted.ok) return permitted;
  const error = checkNote(note, action === 'DISCARD' || current.rectifications.length === 0);
  if (error) return refuse(error);
  return ok(changed(current, { state: permitted.value.to, endedAt: now, endNote: trimmed(note) }));
}
