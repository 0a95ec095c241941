import { addWorkDays, type Calendar } from '../../shared/domain/calendar.js';
import { thresholdAt } from '../../shared/domain/clock.js';
import type { ConcernClass, ConcernRule, NamedConcernRule } from '../../shared/domain/concernRule.js';
import { whereKnown } from '../../shared/domain/deadline.js';
import { openStates, type Case } from './case.js';

// 上级必答: found here, where the cases are; the district keeps the answer. One that is open grows; once its answer has
// been accepted, only what comes later counts for the next.

export interface Figures {
  readonly cases: number;
  /** Of STRONGLY_REPORTED, else null. */
  readonly reporters: number | null;
  /** Those with enough cases, of COMMON, else null. */
  readonly communities: number | null;
}

/** What a concern is about; there is one open concern of a topic at most. */
export interface Topic {
  readonly class: ConcernClass;
  readonly area: string;
  readonly category: string;
  /** What lies below the category does not count: the path is shorter than the depth at which categories are compared. */
  readonly exact: boolean;
  /** The one case of LONG_UNRESOLVED, else null. */
  readonly case: { readonly id: string; readonly number: string; readonly title: string } | null;
}

export interface Concern extends Topic {
  /** Of its topic and episode: found twice, it is the same one. */
  readonly id: string;
  readonly version: number;
  readonly district: string;
  /** 1, 2, 3… for each time its topic became a concern. */
  readonly episode: number;
  /** Cases count from here on. */
  readonly since: Date;
  readonly foundAt: Date;
  readonly lastFoundAt: Date;
  readonly figures: Figures;
  readonly ruleVersion: string;
  readonly closedAt: Date | null;
}

export type CountedClass = Exclude<ConcernClass, 'LONG_UNRESOLVED'>;

/** A topic of one of the two classes that are counted. */
export interface CountedTopic extends Topic {
  readonly class: CountedClass;
}

export const topicKey = ({ class: name, area, category, case: one }: Topic): string =>
  `${name}:${area}:${one?.id ?? category}`;

/** The first names of a path; all of a shorter one. */
export const categoryAt = (path: string, depth: number): string => path.split('/').slice(0, depth).join('/');

export const isExact = (category: string, depth: number): boolean => category.split('/').length < depth;

/** Tells reporters apart: the login, else the phone, else the grid worker who found it; else each case has its own. */
export function reporterMark({ id, reporter, channel, submittedBy }: Pick<Case, 'id' | 'reporter' | 'channel' | 'submittedBy'>): string {
  if (reporter.id !== null) return `id:${reporter.id}`;
  if (reporter.phone !== null) return `phone:${reporter.phone}`;
  return channel === 'GRID_WORKER' ? `worker:${submittedBy}` : `case:${id}`;
}

const dayMs = 86_400_000;

/** Where the window of a class begins. */
export const windowStart = (rule: { readonly days: number }, now: Date): Date => new Date(now.getTime() - rule.days * dayMs);

/** Whether so much makes a concern. */
export const suffices = (name: CountedClass, { reporters, communities }: Figures, rule: ConcernRule): boolean =>
  (name === 'STRONGLY_REPORTED'
    ? (reporters ?? 0) >= rule.stronglyReported.reporters
    : (communities ?? 0) >= rule.common.communities);

type Lasting = Pick<Case, 'state' | 'clocks' | 'submittedAt' | 'updatedAt' | 'returns' | 'reopenings'>;

/** The earliest instant at which an open case is long unresolved; null where it is not open, or no condition will be met. */
export function longUnresolvedAt(
  { state, clocks, submittedAt, updatedAt, returns, reopenings }: Lasting, { longUnresolved }: ConcernRule, calendar: Calendar,
): Date | null {
  const { resolvePercent, workDays, times } = longUnresolved;
  if (!openStates.includes(state)) return null;
  const used = resolvePercent === null ? [] : clocks
    .filter(({ name }) => name === 'RESOLVE')
    .map((clock) => whereKnown(() => thresholdAt(clock, calendar, resolvePercent)));
  const instants = [
    ...used,
    workDays === null ? null : whereKnown(() => addWorkDays(calendar, submittedAt, workDays)),
    times !== null && Math.max(returns, reopenings) >= times ? updatedAt : null,
  ];
  return instants.reduce((first, at) => (first === null || (at !== null && at < first) ? at : first), null);
}

/** From this instant on a topic that was answered may become a concern again; null when it never does. */
export function openAgainAt({ class: name, closedAt }: Concern, { longUnresolved: { workDays } }: ConcernRule, calendar: Calendar): Date | null {
  if (closedAt === null) return null;
  if (name !== 'LONG_UNRESOLVED') return new Date(closedAt.getTime() + 1);
  return workDays === null ? null : whereKnown(() => addWorkDays(calendar, closedAt, workDays));
}

export interface ConcernDecision {
  readonly next: Concern;
  readonly event: { readonly type: 'concern.found' | 'concern.grown'; readonly at: Date; readonly data: Readonly<Record<string, unknown>> };
}

/** The next episode of a topic. */
export function foundConcern(
  topic: Topic,
  { id, district, last, since, figures, at }: {
    readonly id: string;
    readonly district: string;
    readonly last: Concern | null;
    readonly since: Date;
    readonly figures: Figures;
    readonly at: Date;
  },
  { version: ruleVersion, rule }: NamedConcernRule,
): ConcernDecision {
  const { class: name, area, category, exact, case: one } = topic;
  const { answerWorkDays } = { STRONGLY_REPORTED: rule.stronglyReported, LONG_UNRESOLVED: rule.longUnresolved, COMMON: rule.common }[name];
  return {
    next: {
      class: name, area, category, exact, case: one, id, district, since, figures, ruleVersion,
      version: 1, episode: nextEpisode(last), foundAt: at, lastFoundAt: at, closedAt: null,
    },
    event: {
      type: 'concern.found', at, data: {
        concernId: id, class: name, area, category, case: one, since: since.toISOString(), at: at.toISOString(), figures, ruleVersion, answerWorkDays,
      },
    },
  };
}

export const nextEpisode = (last: Concern | null): number => 1 + (last?.episode ?? 0);

/** An open concern as it stands now; null when nothing has changed. */
export function grownConcern(current: Concern, figures: Figures, at: Date): ConcernDecision | null {
  const { cases, reporters, communities } = current.figures;
  if (cases === figures.cases && reporters === figures.reporters && communities === figures.communities) return null;
  return {
    next: { ...current, version: current.version + 1, figures, lastFoundAt: at },
    event: { type: 'concern.grown', at, data: { concernId: current.id, at: at.toISOString(), figures } },
  };
}

/** The district says that its answer was accepted. */
export const closedConcern = (current: Concern, at: Date): Concern => ({ ...current, version: current.version + 1, closedAt: at });
