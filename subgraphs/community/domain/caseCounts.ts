import { ancestorAt, levels } from '../../shared/domain/areaCode.js';
import { localDate, localHour } from '../../shared/domain/calendar.js';
import { departmentOf, type CountsMoved, type Counts, type Measure } from '../../shared/domain/counts.js';
import { groupBy } from '../../shared/domain/groupBy.js';
import type { Holder } from '../../shared/domain/handover.js';
import { actingFor, type Application } from './application/application.js';
import { levelHolder, type Case, type Evaluation } from './case.js';
import type { CaseAction, CaseState } from './case.transitions.js';
import type { TimelineEntry } from './caseDecisions.js';
import { doneAgainBy } from './merge.js';
import type { VisitEntry } from './returnVisit.js';

/** What one action adds to the counts of a day, and to whose. */
export interface CountMove {
  readonly holder: Holder;
  readonly day: string;
  readonly kind: string;
  /** Level 1 of the taxonomy. */
  readonly category: string;
  /** Of what is counted by the hour; absent from steps older than that. */
  readonly hour?: number;
  readonly counts: Counts;
}

/** What of an action matters to the counts. */
export interface CountedStep {
  readonly action: TimelineEntry['action'];
  readonly from: CaseState | null;
  readonly to: CaseState;
  readonly at: Date;
  readonly note: string | null;
  readonly byClock: boolean;
  /** Who had it before. */
  readonly holder: Holder;
  /** Credited with the last resolution; null before the first. */
  readonly provider: Holder | null;
  /** The last evaluation; null before the first. */
  readonly rating: Said | null;
  /** The evaluation that this step leaves out of the counts; null when it leaves out none. */
  readonly leftOut: (Said & Pick<Evaluation, 'at' | 'provider'>) | null;
}

/** Each hour is a counter more per area: no more than is looked at. */
const countedByHour: ReadonlySet<Measure> = new Set(['submitted']);

type Said = Pick<Evaluation, 'responded' | 'solved' | 'satisfaction'>;

/** From 4 of 5 a reporter counts as satisfied. */
export const satisfiedFrom = 4;

interface Rule {
  /** The community that the case is of, who had it, or who resolved it last. */
  readonly credits: 'community' | 'holder' | 'provider';
  readonly measures: (step: CountedStep) => readonly (Measure | false)[];
  /** What it takes back. */
  readonly undoes?: (step: CountedStep) => readonly (Measure | false)[];
}

const saidIn = (rating: Said): readonly (Measure | false)[] =>
  ['rated', rating.responded && 'responded', rating.solved && 'solved', rating.satisfaction >= satisfiedFrom && 'satisfied'];

/** Which actions count as what. */
const counted: Partial<Readonly<Record<CaseAction | VisitEntry | 'SUBMIT', Rule>>> = {
  SUBMIT: { credits: 'community', measures: () => ['submitted'] },
  ACCEPT: { credits: 'community', measures: () => ['accepted'] },
  // Merging accepts what nobody had.
  MERGE: { credits: 'community', measures: ({ from }) => [from === 'SUBMITTED' && 'accepted'] },
  RETURN: { credits: 'holder', measures: () => ['returned'] },
  RESOLVE: { credits: 'provider', measures: () => ['resolved'] },
  RESOLVE_WITH_LEAD: { credits: 'provider', measures: () => ['resolved'] },
  // A refusal ends the work on it.
  DECIDE_APPLICATION: { credits: 'provider', measures: ({ to }) => [to === 'RESOLVED' && 'resolved'] },
  RATE: {
    credits: 'provider',
    measures: ({ rating, to }) => (rating ? [...saidIn(rating), to === 'REWORK' && 'reworked'] : []),
  },
  // The rework that it caused has been done, and stays.
  DECIDE_LEAVING_OUT: {
    credits: 'provider', measures: ({ leftOut }) => [leftOut !== null && 'leftOut'], undoes: ({ leftOut }) => (leftOut ? saidIn(leftOut) : []),
  },
  // Who was reached and would not say has been visited all the same.
  VISIT_REACHED: { credits: 'community', measures: () => ['visited'] },
  VISIT_REFUSED: { credits: 'community', measures: () => ['visited'] },
  VISIT_NOT_REACHED: { credits: 'community', measures: () => ['notReached'] },
  NO_REPLY: { credits: 'provider', measures: () => ['unrated'] },
  REOPEN: { credits: 'provider', measures: () => ['reworked'] },
  // A clock that is over is told once at 100 %; what follows is the same overrun.
  ESCALATE: { credits: 'holder', measures: ({ byClock, note }) => [byClock && note?.endsWith(' 100%') === true && 'overdue'] },
};

type Counted = Pick<Case, 'kind' | 'category' | 'place'>;

/** What an action adds to the counts; the ledger replays histories through the same table. */
export function countMovesOf({ kind, category, place }: Counted, step: CountedStep): CountMove[] {
  const rule = counted[step.action as keyof typeof counted];
  if (!rule) return [];
  const by = (amount: number, measures: readonly (Measure | false)[] = []): (readonly [Measure, number])[] =>
    measures.flatMap((measure) => (measure === false ? [] : [[measure, amount] as const]));
  const counts = Object.fromEntries([...by(-1, rule.undoes?.(step)), ...by(1, rule.measures(step))]);
  if (Object.keys(counts).length === 0) return [];
  const community = levelHolder(place.community, 'COMMUNITY');
  // What is taken back is taken back where it was counted.
  const { at, provider } = step.leftOut ?? step;
  const holder = { community, holder: step.holder, provider: provider ?? community }[rule.credits];
  const hour = Object.keys(counts).some((measure) => countedByHour.has(measure as Measure)) ? { hour: localHour(at) } : {};
  return [{ holder, day: localDate(at), ...hour, kind, category: category.split('/')[0] ?? category, counts }];
}

/** The evaluation that step `seq` left out of the counts; null when it left out none. */
export const takenOut = (evaluations: readonly Evaluation[], seq: number): Evaluation | null =>
  evaluations.find(({ leftOut }) => leftOut?.decided?.granted === true && leftOut.decided.seq === seq) ?? null;

/** The moves by the area that they are the own of. */
export const countsMoved = (moves: readonly CountMove[]): CountsMoved[] =>
  [...groupBy(moves, ({ holder }) => holder.area)].map(([area, own]) => ({
    area,
    rows: own.map(({ holder: { level, unit }, day, kind, category, hour, counts }) =>
      ({ period: day, kind, category, unit, department: departmentOf(level, unit), ...(hour !== undefined && { hour }), counts })),
  }));

/** Names a step by one of the numbers that it is part of. */
export const countedKey = (measure: string, area: string, month: string): string => `${measure}:${area}:${month}`;

/** All of them: each measure in each area from the one credited up to the city. */
export const countedIn = (moves: readonly CountMove[]): string[] => [...new Set(moves.flatMap(({ holder, day, counts }) => {
  const areas = levels.slice(0, levels.indexOf(holder.level) + 1).map((level) => ancestorAt(holder.area, level));
  return Object.keys(counts).flatMap((measure) => areas.map((area) => countedKey(measure, area, day.slice(0, 7))));
}))];

/** Opens the next round of evaluation. */
const opensRound = ({ action, to }: Pick<TimelineEntry, 'action' | 'to'>): boolean =>
  to === 'REWORK' && (action === 'RATE' || action === 'REOPEN');

/** The round that a step belongs to, of the case as it is after it; what opens a round is still of the one before. */
export function roundOfStep({ round, evaluations }: Pick<Case, 'round' | 'evaluations'>, entry: Pick<TimelineEntry, 'seq' | 'action' | 'to'>): number {
  const about = evaluations.find(({ leftOut }) => leftOut !== null && [leftOut.seq, leftOut.decided?.seq].includes(entry.seq));
  return about?.round ?? (opensRound(entry) ? round - 1 : round);
}

/** The same from a whole history, of steps from before ratings could be left out. */
export function replayedRounds(timeline: readonly Pick<TimelineEntry, 'action' | 'to' | 'superseded'>[]): number[] {
  let round = 1;
  return timeline.map((entry) => {
    const own = round;
    if (!entry.superseded && opensRound(entry)) round += 1;
    return own;
  });
}

/** What a step of a history counted, from its timeline alone: for histories from before steps kept what they counted. */
export function replayedMoves(
  subject: Counted & Pick<Case, 'evaluations'> & { readonly application?: Pick<Application, 'item'> | null },
  timeline: readonly Pick<TimelineEntry, 'seq' | 'action' | 'from' | 'to' | 'at' | 'note' | 'by' | 'target' | 'superseded'>[],
): CountMove[][] {
  const own = levelHolder(subject.place.community, 'COMMUNITY');
  const chain = [own];
  let provider: Holder | null = null;
  let ratings = 0;
  return timeline.map(({ seq, action, from, to, at, note, by, target, superseded }) => {
    if (superseded) return [];
    const holder = chain.at(-1) as Holder;
    if (action === 'RESOLVE' || (action === 'DECIDE_APPLICATION' && to === 'RESOLVED')) provider = actingFor({ application: subject.application ?? null }, by, holder);
    if (action === 'RESOLVE_WITH_LEAD') provider = target;
    if (action === 'RATE') ratings += 1;
    const rating = subject.evaluations[ratings - 1] ?? null;
    const moves = countMovesOf(subject, { action, from, to, at, note, byClock: by.role === null, holder, provider, rating, leftOut: takenOut(subject.evaluations, seq) });
    // As the case's own chain: handing on adds a link, returning takes it away.
    if (target !== null) chain.push(doneAgainBy(target, own));
    if (action === 'RETURN') chain.pop();
    return moves;
  });
}
