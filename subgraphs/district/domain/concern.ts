import { levelOfOfficer, type Actor } from '../../shared/domain/actor.js';
import { ancestorAt, isWithin } from '../../shared/domain/areaCode.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import { start, state as clockState, stop, type Clock } from '../../shared/domain/clock.js';
import type { ConcernClass } from '../../shared/domain/concernRule.js';
import { deadlineOf } from '../../shared/domain/deadline.js';
import { checkNote } from '../../shared/domain/handover.js';
import { bilingual, ok, refuse, type DomainError, type Result } from '../../shared/domain/result.js';
import { permit, type Machine, type Rule } from '../../shared/domain/stateMachine.js';
import { trimmed } from '../../shared/domain/text.js';
import {
  concernActionNames, concernStateNames, concernTransitions, type ConcernAction, type ConcernState,
} from './concern.transitions.js';

export interface ConcernAnswer {
  readonly text: string;
  readonly measures: string;
  readonly answeredAt: Date;
  /** Actor id. */
  readonly answeredBy: string;
  /** Null until the city has decided. */
  readonly accepted: boolean | null;
  /** The city's, when it decided. */
  readonly note: string | null;
}

export interface ConcernFigures {
  readonly cases: number;
  readonly reporters: number | null;
  readonly communities: number | null;
}

export interface Concern {
  /** The community's, which found it. */
  readonly id: string;
  readonly version: number;
  readonly state: ConcernState;
  readonly class: ConcernClass;
  readonly district: string;
  readonly area: string;
  readonly category: string;
  readonly case: { readonly id: string; readonly number: string; readonly title: string } | null;
  readonly since: Date;
  readonly foundAt: Date;
  readonly lastFoundAt: Date;
  readonly figures: ConcernFigures;
  readonly ruleVersion: string;
  readonly answerWorkDays: number;
  /** One for each time an answer is owed; the last one runs while it is. */
  readonly clocks: readonly Clock<'ANSWER'>[];
  /** Each stopped the clock at its place. */
  readonly answers: readonly ConcernAnswer[];
  readonly closedAt: Date | null;
}

const mustBeDistrict: Rule<Concern> = ({ district }, actor) =>
  (actor.area === district ? null : {
    code: 'ROLE_NOT_ALLOWED', message: bilingual(`由区级 ${district} 答复。`, `District ${district} answers.`),
  });

export const concernMachine: Machine<ConcernState, ConcernAction, Concern> = {
  table: concernTransitions,
  states: concernStateNames,
  actions: concernActionNames,
  rules: { ANSWER: mustBeDistrict },
};

/** Whether it exists for the actor: offices and auditors in whose area all of it lies. */
export function seesConcern({ area }: Pick<Concern, 'area'>, actor: Actor): boolean {
  return (levelOfOfficer(actor) !== null || actor.role === 'AUDITOR') && actor.area !== null && isWithin(area, actor.area);
}

/** What the community says when it finds one. */
export type Finding = Pick<Concern,
  'id' | 'class' | 'area' | 'category' | 'case' | 'since' | 'figures' | 'ruleVersion' | 'answerWorkDays'> & { readonly at: Date };

const answerClock = (answerWorkDays: number, at: Date): Clock<'ANSWER'> =>
  start({ name: 'ANSWER', unit: 'WORK_DAY', budget: answerWorkDays }, at);

export const openConcern = ({ at, ...finding }: Finding): Concern => ({
  ...finding,
  version: 1,
  state: 'OPEN',
  district: ancestorAt(finding.area, 'DISTRICT'),
  foundAt: at,
  lastFoundAt: at,
  clocks: [answerClock(finding.answerWorkDays, at)],
  answers: [],
  closedAt: null,
});

/** When the answer that is owed is due; null when none is, or the calendar does not know the year. */
export function answerBy({ clocks }: Concern, calendar: Calendar): Date | null {
  const last = clocks.at(-1);
  return last && clockState(last) === 'RUNNING' ? deadlineOf(last, calendar) : null;
}

/** The answers with the time each was due; null as in `answerBy`. */
export const timedAnswers = ({ answers, clocks }: Concern, calendar: Calendar) =>
  answers.map((answer, i) => {
    const clock = clocks[i];
    const dueAt = clock ? deadlineOf(clock, calendar) : null;
    return { ...answer, dueAt, late: dueAt !== null && answer.answeredAt > dueAt };
  });

/** One is owed and overdue, or the last one came late. */
export function isLate(subject: Concern, calendar: Calendar, now: Date): boolean {
  const due = answerBy(subject, calendar);
  return due === null ? timedAnswers(subject, calendar).at(-1)?.late ?? false : now > due;
}

export interface ConcernInput {
  readonly text: string | null;
  readonly measures: string | null;
  readonly note: string | null;
}

export interface ConcernDecision {
  readonly next: Concern;
  /** What the community is told; null for most. */
  readonly event: { readonly type: string; readonly at: Date; readonly data: Readonly<Record<string, unknown>> } | null;
}

function inputError(action: ConcernAction, { text, measures, note }: ConcernInput): DomainError | null {
  if (action !== 'ANSWER') return checkNote(note, action === 'REJECT');
  const missing = ([['text', text], ['measures', measures]] as const).find(([, value]) => trimmed(value) === null);
  if (missing) {
    return { code: 'INVALID_INPUT', message: bilingual('请填写答复与措施。', 'Give both the answer and the measures.'), field: ['input', missing[0]] };
  }
  return checkNote(text, true, 'text') ?? checkNote(measures, true, 'measures');
}

/** Answers it, accepts the answer or sends it back. */
export function decideConcern(
  current: Concern, action: ConcernAction, input: ConcernInput, actor: Actor, now: Date,
): Result<ConcernDecision> {
  const permitted = permit(concernMachine, current, action, actor, now);
  if (!permitted.ok) return permitted;
  const error = inputError(action, input);
  if (error) return refuse(error);
  const { to, emits } = permitted.value;
  const next: Concern = {
    ...current,
    version: current.version + 1,
    state: to,
    clocks: clocksAfter(current, action, now),
    answers: answersAfter(current, action, input, actor, now),
    closedAt: action === 'ACCEPT' ? now : null,
  };
  return ok({ next, event: emits === undefined ? null : { type: emits, at: now, data: { concernId: current.id, at: now.toISOString() } } });
}

function answersAfter({ answers }: Concern, action: ConcernAction, { text, measures, note }: ConcernInput, actor: Actor, now: Date) {
  if (action === 'ANSWER') {
    const answer = { text: text?.trim() ?? '', measures: measures?.trim() ?? '', answeredAt: now, answeredBy: actor.id, accepted: null, note: null };
    return [...answers, answer];
  }
  return answers.map((answer, i) => (i === answers.length - 1 ? { ...answer, accepted: action === 'ACCEPT', note: trimmed(note) } : answer));
}

function clocksAfter({ clocks, answerWorkDays }: Concern, action: ConcernAction, now: Date): Concern['clocks'] {
  if (action === 'REJECT') return [...clocks, answerClock(answerWorkDays, now)];
  return clocks.map((clock) => (clockState(clock) === 'STOPPED' ? clock : stop(clock, notBefore(clock, now))));
}

/** Found by the community's time, answered by this level's: a ledger never goes backwards. */
const notBefore = ({ spans }: Clock, at: Date): Date => {
  const from = spans.at(-1)?.from ?? at;
  return from > at ? from : at;
};
