import { percentile } from '../client.js';
import type { Asked } from './asking.js';

export const wanted = { backMs: 1_000, overloadRatio: 3 };
const rounded = (value: number): number => Math.round(value * 10) / 10;
const timesOf = (asked: readonly Asked[]): number[] => asked.map(({ ms }) => ms);
const p99 = (asked: readonly Asked[]): number => rounded(percentile(timesOf(asked), 99));
const count = (asked: readonly Asked[], kind: Asked['kind']): number => asked.filter((one) => one.kind === kind).length;
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const heading = (titles: readonly string[]): string[] => [row(titles), `|${'---|'.repeat(titles.length)}`];

export type TroubleKind = 'killed' | 'hung' | 'slowed';

/** What callers saw while one level was in trouble. */
export interface TroubleFigures {
  readonly right: number;
  /** Without what the level gives, and saying so. */
  readonly partial: number;
  readonly wrong: number;
  readonly p99Ms: number;
  /** Of those who ask for nothing of the level. */
  readonly othersRight: number;
  readonly othersP99Ms: number;
  /** From the level's being well again to the last answer that lacked it. */
  readonly backMs: number;
  /** From then to answers as fast as before; Infinity, null in JSON, when they were not by the end. */
  readonly usualAgainMs: number;
}

export interface Trouble extends TroubleFigures {
  readonly kind: TroubleKind;
  readonly level: string;
}

export interface Seen {
  readonly kind: TroubleKind;
  readonly level: string;
  readonly asked: readonly Asked[];
  /** By those who ask for nothing of the level. */
  readonly others: readonly Asked[];
  /** When the trouble began and ended. */
  readonly from: number;
  readonly back: number;
}

export function troubleOf({ kind, level, asked, others, from, back }: Seen): Trouble {
  const during = (all: readonly Asked[]): Asked[] => all.filter(({ at }) => at >= from && at < back);
  const partial = asked.filter((one) => one.kind === 'partial' && one.down.includes(level));
  const othersRight = count(others, 'right');
  return {
    kind, level,
    right: count(during(asked), 'right'), partial: partial.length,
    wrong: asked.length - count(asked, 'right') - partial.length + others.length - othersRight,
    p99Ms: p99(during(asked)), othersRight: count(during(others), 'right'), othersP99Ms: p99(during(others)),
    backMs: rounded(Math.max(0, ...partial.map(({ at, ms }) => at + ms - back))),
    usualAgainMs: usualAgainMs(asked, { usualMs: percentile(timesOf(asked.filter(({ at, ms }) => at + ms < from)), 50), back }),
  };
}

const windowMs = 50;
const asUsual = 2;

/** To the end of the first moment at which most answers took no longer than twice what is usual. */
export function usualAgainMs(asked: readonly Asked[], { usualMs, back }: { readonly usualMs: number; readonly back: number }): number {
  const windows = new Map<number, number[]>();
  for (const { at, ms } of asked) {
    const window = Math.floor((at + ms - back) / windowMs);
    if (window >= 0) windows.set(window, [...windows.get(window) ?? [], ms]);
  }
  const calm = [...windows].filter(([, times]) => percentile(times, 50) <= asUsual * usualMs).map(([window]) => window);
  return calm.length === 0 ? Infinity : (Math.min(...calm) + 1) * windowMs;
}

export const troubleHeading = heading(
  ['trouble', 'level', 'right', 'in part', 'wrong', 'p99 ms', 'others right', 'others p99 ms', 'in use again ms', 'usual speed again ms'],
);
export const troubleRow = ({ kind, level, right, partial, wrong, p99Ms, othersRight, othersP99Ms, backMs, usualAgainMs: again }: Trouble): string =>
  row([kind, level, right, partial, wrong, p99Ms, othersRight, othersP99Ms, backMs, again]);

/** The worst of all levels, figure by figure. */
export function worst(troubles: readonly Trouble[]): TroubleFigures {
  const of = (key: keyof TroubleFigures): number[] => troubles.map((one) => one[key]);
  const [least, most] = [(key: keyof TroubleFigures) => Math.min(...of(key)), (key: keyof TroubleFigures) => Math.max(...of(key))];
  return {
    right: least('right'), partial: least('partial'), wrong: most('wrong'), p99Ms: most('p99Ms'),
    othersRight: least('othersRight'), othersP99Ms: most('othersP99Ms'), backMs: most('backMs'), usualAgainMs: most('usualAgainMs'),
  };
}

/** `stoppedMs`: for how long at once a slowed level does nothing; who does not need it must not wait for that. */
export function isCalm({ kind, right, partial, wrong, othersRight, othersP99Ms, backMs, usualAgainMs: again }: Trouble, stoppedMs: number): boolean {
  const isBack = wrong === 0 && othersRight > 0 && backMs <= wanted.backMs;
  if (kind !== 'slowed') return isBack && partial > 0;
  return isBack && right > 0 && othersP99Ms < stoppedMs && again <= wanted.backMs;
}

/** What came of asking for twice as much as before. */
export interface Overload {
  readonly usual: { readonly perSecond: number; readonly p99Ms: number };
  readonly accepted: number;
  readonly refused: number;
  readonly wrong: number;
  readonly p99Ms: number;
  /** Of the p99 to the usual one. */
  readonly ratio: number;
}

export const usualOf = (asked: readonly Asked[], seconds: number): Overload['usual'] =>
  ({ perSecond: Math.round(count(asked, 'right') / seconds), p99Ms: p99(asked) });

export function overloadOf(usual: Overload['usual'], flooded: readonly Asked[]): Overload {
  const accepted = flooded.filter(({ kind }) => kind === 'right');
  return {
    usual, accepted: accepted.length, refused: count(flooded, 'refused'), wrong: count(flooded, 'wrong') + count(flooded, 'partial'),
    p99Ms: p99(accepted), ratio: Math.round((p99(accepted) / usual.p99Ms) * 100) / 100,
  };
}

/** The one in the middle by its ratio, since one hiccup of the machine makes a p99; with what was wrong in any. */
export function middle(rounds: readonly Overload[]): Overload {
  const byRatio = [...rounds].sort((one, other) => one.ratio - other.ratio);
  return { ...byRatio[Math.floor(rounds.length / 2)] as Overload, wrong: rounds.reduce((sum, { wrong }) => sum + wrong, 0) };
}

export const overloadHeading = heading(['twice the usual of', 'usual req/s', 'usual p99 ms', 'answered', 'asked to come again', 'wrong', 'p99 ms', '× usual']);
export const overloadRow = (title: string, { usual, accepted, refused, wrong, p99Ms, ratio }: Overload): string =>
  row([title, usual.perSecond, usual.p99Ms, accepted, refused, wrong, p99Ms, ratio]);

export const keepsSpeed = ({ accepted, wrong, ratio }: Overload): boolean => accepted > 0 && wrong === 0 && ratio <= wanted.overloadRatio;
