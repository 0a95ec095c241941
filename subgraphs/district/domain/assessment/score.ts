// What counts and special points come to. Whole numbers throughout: who has the numerators and denominators gets the same
// score to the last digit.
import type { AreaKind } from '../../../shared/domain/area.js';
import type { Counts, Measure } from '../../../shared/domain/counts.js';
import { groupBy } from '../../../shared/domain/groupBy.js';
import { schemeFault, type SchemeFault, type ScoringScheme } from '../../../shared/domain/scoringScheme.js';

/** Points are kept in hundred-thousandths. */
export const pointScale = 100_000;
const perBasisPoint = pointScale / 100;

export const indicatorGroups = ['POSITIVE', 'NEGATIVE', 'SPECIAL'] as const;
export type IndicatorGroup = (typeof indicatorGroups)[number];

/** Special points given, in hundredths of a point, by indicator. */
export type SpecialPoints = Readonly<Record<string, number>>;

export interface IndicatorScore {
  readonly id: string;
  readonly group: IndicatorGroup;
  readonly numerator: number;
  /** Null where it is not a rate: deductions for each case, and special points. */
  readonly denominator: number | null;
  /** Hundred-thousandths; below 0 for deductions. */
  readonly points: number;
}

export interface Score {
  readonly indicators: readonly IndicatorScore[];
  /** Their sum. */
  readonly points: number;
}

/** `a / b`, half up; exact for any whole numbers that are not negative. */
const divided = (a: bigint, b: bigint): number => Number((2n * a + b) / (2n * b));

/** Rounded once, half up: what `weight` basis points of 100 come to at this rate; 0 where there is nothing to divide by. */
const shareOf = (weight: number, numerator: number, denominator: number): number =>
  (denominator === 0 ? 0 : divided(BigInt(weight * perBasisPoint) * BigInt(numerator), BigInt(denominator)));

/** Counters take back what they had counted, and for a moment may have taken back more. */
const counted = (counts: Counts, names: readonly Measure[]): number => Math.max(0, names.reduce((n, name) => n + (counts[name] ?? 0), 0));

export function scoreOf({ positive, negative, special }: ScoringScheme, counts: Counts, given: SpecialPoints): Score {
  const indicators: IndicatorScore[] = [
    ...positive.map(({ id, numerator: of, denominator: by, weight }): IndicatorScore => {
      const [numerator, denominator] = [counted(counts, [of]), counted(counts, by)];
      const points = Math.min(shareOf(weight, numerator, denominator), weight * perBasisPoint);
      return { id, group: 'POSITIVE', numerator, denominator, points };
    }),
    ...negative.map(({ id, numerator: of, denominator: by, weight, cap }): IndicatorScore => {
      const [numerator, denominator] = [counted(counts, [of]), by.length === 0 ? null : counted(counts, by)];
      const points = -Math.min(shareOf(weight, numerator, denominator ?? 1), cap * perBasisPoint) || 0;
      return { id, group: 'NEGATIVE', numerator, denominator, points };
    }),
    ...special.map(({ id, maxPoints }): IndicatorScore => {
      const numerator = Math.min(given[id] ?? 0, maxPoints);
      return { id, group: 'SPECIAL', numerator, denominator: null, points: numerator * perBasisPoint };
    }),
  ];
  return { indicators, points: indicators.reduce((sum, { points }) => sum + points, 0) };
}

/** What a unit is ranked by; peers are the units of one kind. */
export interface Rankable {
  readonly code: string;
  readonly kind: AreaKind;
  readonly rated: number;
  readonly points: number;
}

export interface Standing {
  /** Among its peers, 1, 2, 2, 4; null: fewer evaluations than the scheme asks for. */
  readonly rank: number | null;
  /** Fen; null without one. */
  readonly award: number | null;
}

const unranked: Standing = { rank: null, award: null };

/** By code: the rank of each among its peers, and the award that comes with it. */
export function ranked(
  units: readonly Rankable[], { minimumRated, awards }: Pick<ScoringScheme, 'minimumRated' | 'awards'>,
): Map<string, Standing> {
  const standings = new Map<string, Standing>(units.map(({ code }) => [code, unranked]));
  for (const peers of groupBy(units.filter(({ rated }) => rated >= minimumRated), ({ kind }) => kind).values()) {
    for (const { code, points } of peers) {
      const rank = 1 + peers.filter((other) => other.points > points).length;
      standings.set(code, { rank, award: awards[rank - 1] ?? null });
    }
  }
  return standings;
}

/** What was frozen of a unit, enough to score it again. */
export interface Frozen extends Pick<Rankable, 'code' | 'kind'> {
  readonly counts: Counts;
  readonly special: SpecialPoints;
}

export type ScoredUnit<F extends Frozen = Frozen> = F & Score & Standing;

/** Every unit's score and its place among its peers. */
export function scored<F extends Frozen>(scheme: ScoringScheme, units: readonly F[]): ScoredUnit<F>[] {
  const scores = units.map((unit) => ({ ...unit, ...scoreOf(scheme, unit.counts, unit.special) }));
  const standings = ranked(scores.map(({ code, kind, counts, points }) => ({ code, kind, points, rated: counts.rated ?? 0 })), scheme);
  return scores.map((score) => ({ ...score, ...(standings.get(score.code) ?? unranked) }));
}

/** The scheme with other weights; the fault it would have, if it could not be published. */
export function reweighted(
  scheme: ScoringScheme, weights: readonly { readonly indicator: string; readonly weight: number }[],
): { readonly scheme: ScoringScheme; readonly fault: SchemeFault | null; readonly unknown: readonly string[] } {
  const wanted = new Map(weights.map(({ indicator, weight }) => [indicator, weight]));
  const weighed = <T extends { readonly id: string; readonly weight: number }>(list: readonly T[]): T[] =>
    list.map((one) => ({ ...one, weight: wanted.get(one.id) ?? one.weight }));
  const next = { ...scheme, positive: weighed(scheme.positive), negative: weighed(scheme.negative) };
  const known = new Set([...next.positive, ...next.negative].map(({ id }) => id));
  const once = weights.length === wanted.size ? [] : weights.map(({ indicator }) => indicator).filter((id, i, all) => all.indexOf(id) !== i);
  return { scheme: next, fault: schemeFault(next), unknown: [...wanted.keys()].filter((id) => !known.has(id)).concat(once) };
}

/** Above 0 for better; null when either had no rank. */
export const rankChange = (before: number | null, after: number | null): number | null =>
  (before === null || after === null ? null : before - after);

export interface IndicatorChange {
  readonly id: string;
  readonly points: number;
  /** Null when it was no indicator then. */
  readonly before: number | null;
  readonly change: number | null;
}

export const changesOf = (now: Score, then: Score): IndicatorChange[] => now.indicators.map(({ id, points }) => {
  const before = then.indicators.find((one) => one.id === id)?.points ?? null;
  return { id, points, before, change: before === null ? null : points - before };
});
