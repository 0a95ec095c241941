import { localDate, localHour } from '../../shared/domain/calendar.js';
import { departmentOf, type CountsMoved, type Counts, type Measure } from '../../shared/domain/counts.js';
import { groupBy } from '../../shared/domain/groupBy.js';
import type { Holder } from '../../shared/domain/handover.js';
import { levelHolder, type Case, type Evaluation } from './case.js';
import type { CaseAction, CaseState } from './case.transitions.js';
import type { TimelineEntry } from './caseDecisions.js';
import { doneAgainBy } from './merge.js';

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
  readonly rating: Pick<Evaluation, 'responded' | 'solved' | 'satisfaction'> | null;
}

/** Each hour is a counter more per area: no more than is looked at. */
const countedByHour: ReadonlySet<Measure> = new Set(['submitted']);

/** From 4 of 5 a reporter counts as satisfied. */
export const satisfiedFrom = 4;

interface Rule {
  /** The community that the case is of, who had it, or who resolved it last. */
  readonly credits: 'community' | 'holder' | 'provider';
  readonly measures: (step: CountedStep) => readonly (Measure | false)[];
}

/** Which actions count as what. */
const counted: Partial<Readonly<Record<CaseAction | 'SUBMIT', Rule>>> = {
  SUBMIT: { credits: 'community', measures: () => ['submitted'] },
  ACCEPT: { credits: 'community', measures: () => ['accepted'] },
  // Merging accepts what nobody had.
  MERGE: { credits: 'community', measures: ({ from }) => [from === 'SUBMITTED' && 'accepted'] },
  RETURN: { credits: 'holder', measures: () => ['returned'] },
  RESOLVE: { credits: 'provider', measures: () => ['resolved'] },
  RESOLVE_WITH_LEAD: { credits: 'provider', measures: () => ['resolved'] },
  RATE: {
    credits: 'provider',
    measures: ({ rating, to }) => (rating ? [
      'rated', rating.responded && 'responded', rating.solved && 'solved', rating.satisfaction >= satisfiedFrom && 'satisfied',
      to === 'REWORK' && 'reworked',
    ] : []),
  },
  NO_REPLY: { credits: 'provider', measures: () => ['unrated'] },
  REOPEN: { credits: 'provider', measures: () => ['reworked'] },
  // A clock that is over is told once at 100 %; what follows is the same overrun.
  ESCALATE: { credits: 'holder', measures: ({ byClock, note }) => [byClock && note?.endsWith(' 100%') === true && 'overdue'] },
};

type Counted = Pick<Case, 'kind' | 'category' | 'place'>;

/** What an action adds to the counts; the ledger replays histories through the same table. */
export function countMovesOf({ kind, category, place }: Counted, step: CountedStep): CountMove[] {
  const rule = counted[step.action as keyof typeof counted];
  const measures = rule?.measures(step).filter((measure) => measure !== false) ?? [];
  if (!rule || measures.length === 0) return [];
  const community = levelHolder(place.community, 'COMMUNITY');
  const holder = { community, holder: step.holder, provider: step.provider ?? community }[rule.credits];
  const counts = Object.fromEntries(measures.map((measure) => [measure, 1]));
  const hour = measures.some((measure) => countedByHour.has(measure)) ? { hour: localHour(step.at) } : {};
  return [{ holder, day: localDate(step.at), ...hour, kind, category: category.split('/')[0] ?? category, counts }];
}

/** The moves by the area that they are the own of. */
export const countsMoved = (moves: readonly CountMove[]): CountsMoved[] =>
  [...groupBy(moves, ({ holder }) => holder.area)].map(([area, own]) => ({
    area,
    rows: own.map(({ holder: { level, unit }, day, kind, category, hour, counts }) =>
      ({ period: day, kind, category, unit, department: departmentOf(level, unit), ...(hour !== undefined && { hour }), counts })),
  }));

/** What a step of a history counted, from its timeline alone: for histories from before steps kept what they counted. */
export function replayedMoves(
  subject: Counted & Pick<Case, 'evaluations'>,
  timeline: readonly Pick<TimelineEntry, 'action' | 'from' | 'to' | 'at' | 'note' | 'by' | 'target' | 'superseded'>[],
): CountMove[][] {
  const own = levelHolder(subject.place.community, 'COMMUNITY');
  const chain = [own];
  let provider: Holder | null = null;
  let ratings = 0;
  return timeline.map(({ action, from, to, at, note, by, target, superseded }) => {
    if (superseded) return [];
    const holder = chain.at(-1) as Holder;
    if (action === 'RESOLVE') provider = holder;
    if (action === 'RESOLVE_WITH_LEAD') provider = target;
    if (action === 'RATE') ratings += 1;
    const rating = subject.evaluations[ratings - 1] ?? null;
    const moves = countMovesOf(subject, { action, from, to, at, note, byClock: by.role === null, holder, provider, rating });
    // As the case's own chain: handing on adds a link, returning takes it away.
    if (target !== null) chain.push(doneAgainBy(target, own));
    if (action === 'RETURN') chain.pop();
    return moves;
  });
}
