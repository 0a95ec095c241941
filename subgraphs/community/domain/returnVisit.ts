import { coversArea, levelOfOfficer, type Actor } from '../../shared/domain/actor.js';
import { checkNote } from '../../shared/domain/handover.js';
import { refusal, refuse, type DomainError, type Result } from '../../shared/domain/result.js';
import { trimmed } from '../../shared/domain/text.js';
import { holderOf, type Case } from './case.js';
import { countMovesOf } from './caseCounts.js';
import type { ActionInput, CaseDecision, TimelineEntry } from './caseDecisions.js';

// 回访: the community asks the reporters of resolved cases, all of them or a sample, for what they did not say themselves.

export const visitModes = ['FULL', 'SAMPLE'] as const;
export type VisitMode = (typeof visitModes)[number];

export const visitStates = ['OPEN', 'REACHED', 'NOT_REACHED', 'REFUSED', 'ALREADY_RATED'] as const;
export type VisitState = (typeof visitStates)[number];
export const visitOutcomes = ['REACHED', 'NOT_REACHED', 'REFUSED', 'ALREADY_RATED'] as const;
export type VisitOutcome = (typeof visitOutcomes)[number];

/** What the timeline of the case shows; none of it changes the case's state. */
export const visitEntries = ['VISIT_REACHED', 'VISIT_REFUSED', 'VISIT_ATTEMPTED', 'VISIT_NOT_REACHED'] as const;
export type VisitEntry = (typeof visitEntries)[number];

export interface VisitList {
  readonly id: string;
  readonly community: string;
  /** Days of the resolutions, both included. */
  readonly from: string;
  readonly to: string;
  readonly mode: VisitMode;
  /** SAMPLE: so many, or so many of a hundred; the other is null. */
  readonly size: number | null;
  readonly percent: number | null;
  /** The same seed draws the same of the same cases. */
  readonly seed: number;
  /** Those that were closed in silence are asked, too. */
  readonly includeClosed: boolean;
  /** Out of how many was drawn. */
  readonly candidates: number;
  readonly openedAt: Date;
  readonly openedBy: Actor;
}

export interface VisitAttempt {
  readonly at: Date;
  readonly by: Actor;
  readonly outcome: VisitOutcome;
  readonly note: string | null;
}

/** One of a case and round, whichever list it is on. */
export interface ReturnVisit {
  /** `<case id>:<round>`. */
  readonly id: string;
  readonly version: number;
  readonly listId: string;
  readonly caseId: string;
  readonly round: number;
  readonly community: string;
  readonly state: VisitState;
  readonly attempts: readonly VisitAttempt[];
}

/** How often a reporter is tried before the visit is over. */
export const maxAttempts = 3;
/** All visits of a list are written at once. */
export const maxVisits = 500;
/** A longer time has more than one list. */
export const maxDays = 366;

/** The community's clerks make the visits, the offices above and auditors look on. */
export const seesVisits = (actor: Actor, community: string): boolean =>
  (levelOfOfficer(actor) !== null || actor.role === 'AUDITOR') && coversArea(actor, community);

export const mustVisit = (actor: Actor, community: string): DomainError | null =>
  actor.role === 'COMMUNITY_CLERK' && actor.area === community ? null : refusal(
    'ROLE_NOT_ALLOWED', `回访由社区 ${community} 的工作人员进行。`, `Return visits are made by the clerks of community ${community}.`,
  );

const daysBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 86_400_000;

/** What may be asked for; how many cases there are is another matter. */
export function checkList({ from, to, mode, size, percent }: Pick<VisitList, 'from' | 'to' | 'mode' | 'size' | 'percent'>): DomainError | null {
  const wrong = (zh: string, en: string, field: string): DomainError => refusal('INVALID_INPUT', zh, en, field);
  const days = daysBetween(from, to);
  if (days < 0 || days >= maxDays) return wrong(`from 须不晚于 to,且至多 ${maxDays} 天。`, `from must not be after to, and at most ${maxDays} days.`, 'from');
  if (mode === 'FULL' && (size !== null || percent !== null)) return wrong('全部回访不设件数与比例。', 'A full list has neither a size nor a percentage.', 'mode');
  if (mode === 'SAMPLE' && (size === null) === (percent === null)) return wrong('抽样须填 size 或 percent 之一。', 'A sample has either a size or a percentage.', 'size');
  if (size !== null && (size < 1 || size > maxVisits)) return wrong(`size 须为 1–${maxVisits}。`, `size must be 1–${maxVisits}.`, 'size');
  return percent === null || (percent >= 1 && percent <= 100) ? null : wrong('percent 须为 1–100。', 'percent must be 1–100.', 'percent');
}

/** Spreads a text over 32 bits (FNV-1a, finished as MurmurHash3 is). */
function scattered(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** So many of the ids as if by lot: the same ids, in whatever order, and the same seed give the same. */
export function drawn(ids: readonly string[], seed: number, count: number): string[] {
  const lots = ids.map((id) => ({ id, lot: scattered(`${seed}:${id}`) }));
  return lots.toSorted((a, b) => a.lot - b.lot || (a.id < b.id ? -1 : 1)).slice(0, count).map(({ id }) => id);
}

/** How many of so many candidates are visited: of a share no less than one. */
export const wanted = ({ mode, size, percent }: Pick<VisitList, 'mode' | 'size' | 'percent'>, candidates: number): number =>
  (mode === 'FULL' ? candidates : size ?? Math.ceil((candidates * (percent ?? 0)) / 100));

export const checkDrawn = (count: number): DomainError | null => {
  if (count === 0) {
    return refusal('INVALID_INPUT', '这些日期内没有可回访的案件:已评价或已列入回访的不再列。', 'No case of these days is left to visit: those rated or listed before are not listed again.', 'from');
  }
  return count <= maxVisits ? null : refusal(
    'INVALID_INPUT', `有 ${count} 件,一次至多 ${maxVisits} 件;请缩短日期或抽样。`, `There are ${count}, and a list has at most ${maxVisits}; shorten the dates or draw a sample.`, 'from',
  );
};

export const visitId = (caseId: string, round: number): string => `${caseId}:${round}`;

/** Notes on the case what a visit came to. */
export function noteVisit(before: Case, action: VisitEntry, { at, by, note }: Pick<TimelineEntry, 'at' | 'by' | 'note'>): CaseDecision {
  const version = before.version + 1;
  const isOver = action !== 'VISIT_ATTEMPTED';
  const next = {
    ...before, version, updatedAt: at,
    application: isOver && before.application ? { ...before.application, visitedIn: before.round } : before.application,
  };
  const { id, role, area, unit } = by;
  return {
    next,
    entry: {
      caseId: before.id, seq: version, at, action, from: before.state, to: before.state, level: 'COMMUNITY',
      by: { id, role, area, unit }, note, target: null, proposedOwner: null, superseded: false,
    },
    messages: [],
    notices: [],
    counts: countMovesOf(next, {
      action, from: before.state, to: before.state, at, note, byClock: false, holder: holderOf(before), provider: null, rating: null, leftOut: null,
    }),
  };
}

export interface VisitCommand {
  readonly outcome: VisitOutcome;
  readonly rating: NonNullable<ActionInput['rating']> | null;
  readonly note: string | null;
}

const isRated = ({ evaluations }: Case, { round }: Pick<ReturnVisit, 'round'>): boolean =>
  evaluations.some((one) => one.round === round);

/** Whether what the reporter says now is the rating of the visit's round. */
export const waitsForRating = ({ state, round }: Case, visit: Pick<ReturnVisit, 'round'>): boolean => state === 'RESOLVED' && round === visit.round;

/** Why the visit cannot come to this; null when it can. */
export function checkOutcome(visit: ReturnVisit, subject: Case, { outcome, rating, note }: VisitCommand): DomainError | null {
  if (visit.state !== 'OPEN') return refusal('TRANSITION_NOT_ALLOWED', '此次回访已有结果。', 'This visit is over.');
  if (outcome === 'ALREADY_RATED') {
    if (!isRated(subject, visit)) return refusal('TRANSITION_NOT_ALLOWED', '诉求人尚未评价。', 'The reporter has not rated it.', 'outcome');
  } else if (isRated(subject, visit)) {
    return refusal('TRANSITION_NOT_ALLOWED', '诉求人已自行评价,请记为 ALREADY_RATED。', 'The reporter has rated it meanwhile; record ALREADY_RATED.', 'outcome');
  }
  const takesRating = outcome === 'REACHED' && waitsForRating(subject, visit);
  if (takesRating && !rating) return refusal('INVALID_INPUT', '请填写诉求人的评价。', 'Give the rating that the reporter gave.', 'rating');
  if (!takesRating && rating) {
    return refusal('INVALID_INPUT', '仅问到且案件待评价时填写评价;已归档的请写在备注里。', 'A rating is given where the reporter was reached and the case waits for it; of a closed one note what was said.', 'rating');
  }
  return checkNote(trimmed(note), outcome === 'REACHED' && !takesRating);
}

/** After the outcome; not reached, it stays open until the last attempt. */
export function afterOutcome(visit: ReturnVisit, { outcome, note }: VisitCommand, by: Actor, at: Date): ReturnVisit {
  const attempts = [...visit.attempts, { at, by, outcome, note: trimmed(note) }];
  const state = outcome === 'NOT_REACHED' && attempts.length < maxAttempts ? 'OPEN' : outcome;
  return { ...visit, version: visit.version + 1, attempts, state };
}

/** What the case's timeline shows of it; null for what its own rating has shown. */
export function entryOf({ state }: ReturnVisit): VisitEntry | null {
  if (state === 'ALREADY_RATED') return null;
  return state === 'OPEN' ? 'VISIT_ATTEMPTED' : `VISIT_${state}`;
}

export const alreadyVisited = (): Result<never> => refuse(refusal('DUPLICATE', '这些案件刚被列入另一回访,请重试。', 'These cases have just been put on another list; try again.'));
export const noVisit = (field: string): Result<never> => refuse(refusal('NOT_FOUND', '没有此回访,或您无权查看。', 'No such visit, or not visible to you.', field));
