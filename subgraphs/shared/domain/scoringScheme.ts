// How districts score their streets. The city publishes versions; every round keeps the one it was opened under.
import type { Named } from './actor.js';
import { measures, type Measure } from './counts.js';
import { bilingual } from './result.js';
import { lengthOf } from './text.js';

/** Weights, caps and special points are whole basis points of the 100 points that all positive indicators give together. */
export const fullWeight = 10_000;

interface Indicator {
  /** Unique in the scheme; results and objections have it. */
  readonly id: string;
  readonly name: Named;
}

/** A rate: the numerator by the sum of the denominators. */
export interface PositiveIndicator extends Indicator {
  readonly numerator: Measure;
  readonly denominator: readonly Measure[];
  readonly weight: number;
}

/** Takes `weight` off for a rate of 1 or, without denominators, for each case; at most `cap`. */
export interface NegativeIndicator extends PositiveIndicator {
  readonly cap: number;
}

/** 专项特色: the district gives points for what is shown. */
export interface SpecialIndicator extends Indicator {
  readonly maxPoints: number;
  /** What is wanted as evidence. */
  readonly evidence: Named;
}

export interface ScoringScheme {
  readonly positive: readonly PositiveIndicator[];
  readonly negative: readonly NegativeIndicator[];
  readonly special: readonly SpecialIndicator[];
  /** A unit with fewer evaluations is not ranked. */
  readonly minimumRated: number;
  /** Fen, for the first, the second… of each peer group. */
  readonly awards: readonly number[];
  readonly source: Named;
}

/** A version by its name. */
export interface NamedScheme {
  readonly version: string;
  readonly scheme: ScoringScheme;
}

/** In force until the city publishes its first. */
export const defaultSchemeVersion = 'platform-1';

const yuan = (n: number): number => n * 100;

// prettier-ignore
export const defaultScheme: ScoringScheme = {
  positive: [
    { id: 'responded', name: { zh: '回应率', en: 'response rate' }, numerator: 'responded', denominator: ['rated'], weight: 3_000 },
    { id: 'solved', name: { zh: '解决率', en: 'solved rate' }, numerator: 'solved', denominator: ['rated'], weight: 3_500 },
    { id: 'satisfied', name: { zh: '满意率', en: 'satisfied rate' }, numerator: 'satisfied', denominator: ['rated'], weight: 3_500 },
  ],
  negative: [
    { id: 'overdue', name: { zh: '超期', en: 'overdue' }, numerator: 'overdue', denominator: ['accepted'], weight: 2_000, cap: 1_000 },
    { id: 'returned', name: { zh: '退单', en: 'returned' }, numerator: 'returned', denominator: [], weight: 10, cap: 500 },
    { id: 'reworked', name: { zh: '重办', en: 'reworked' }, numerator: 'reworked', denominator: ['resolved'], weight: 2_000, cap: 1_000 },
  ],
  special: [
    {
      id: 'innovation', name: { zh: '专项特色', en: 'special feature' }, maxPoints: 500,
      evidence: { zh: '做法、受益人数与佐证材料', en: 'what was done, for how many, and proof' },
    },
  ],
  minimumRated: 30,
  awards: [yuan(500_000), yuan(400_000), yuan(300_000)],
  source: {
    zh: '三率权重与奖励区间据鼓楼区做法;其余为平台缺省,城市可另定',
    en: 'the weights of the three rates and the range of awards are Gulou\'s; the rest is the platform\'s default, a city sets its own',
  },
};

export const platformScheme: NamedScheme = { version: defaultSchemeVersion, scheme: defaultScheme };

export interface SchemeFault {
  readonly field: readonly string[];
  readonly message: string;
}

const maxIndicators = 20;
const maxName = 50;
const maxText = 200;
const maxRated = 100_000;
const maxAwards = 20;
const maxAward = yuan(10_000_000);
const idForm = /^[a-z][A-Za-z0-9]{0,29}$/;

const fault = (field: readonly string[], zh: string, en: string): SchemeFault => ({ field, message: bilingual(zh, en) });
const isWhole = (n: number, least: number, most: number): boolean => Number.isInteger(n) && n >= least && n <= most;
const isNamed = ({ zh, en }: Named, most: number): boolean => [zh, en].every((text) => lengthOf(text) >= 1 && lengthOf(text) <= most);

function indicatorFault({ id, name }: Indicator, at: readonly string[]): SchemeFault | null {
  if (!idForm.test(id)) {
    return fault([...at, 'id'], '指标代号为 1–30 个字母或数字,以小写字母开头。', 'An indicator\'s id has 1–30 letters or digits and begins with a small letter.');
  }
  return isNamed(name, maxName) ? null : fault(at, `指标须有中英文名称,各 1–${maxName} 字。`, `An indicator is named in both languages, 1–${maxName} characters each.`);
}

function countsFault({ numerator, denominator, weight }: PositiveIndicator, at: readonly string[], least: number): SchemeFault | null {
  const isSound = [numerator, ...denominator].every((measure) => measures.includes(measure)) && new Set(denominator).size === denominator.length;
  if (!isSound || denominator.length < least || denominator.length > measures.length) {
    return fault([...at, 'denominator'], `分母至少 ${least} 项,不重复。`, `At least ${least} denominators, each once.`);
  }
  return isWhole(weight, 1, fullWeight) ? null
    : fault([...at, 'weight'], `权重为 1–${fullWeight} 的整数(万分之一)。`, `A weight is a whole number from 1 to ${fullWeight}, in basis points.`);
}

const specialFault = ({ maxPoints, evidence }: SpecialIndicator, at: readonly string[]): SchemeFault | null => {
  if (!isWhole(maxPoints, 1, fullWeight)) {
    return fault([...at, 'maxPoints'], `最高分为 1–${fullWeight} 的整数(百分之一分)。`, `The most it gives is a whole number from 1 to ${fullWeight}, in hundredths of a point.`);
  }
  return isNamed(evidence, maxText) ? null
    : fault([...at], `佐证要求须有中英文,各 1–${maxText} 字。`, `What is wanted as evidence has 1–${maxText} characters in each language.`);
};

const firstOf = <T>(list: readonly T[], faultOf: (item: T, i: number) => SchemeFault | null): SchemeFault | null => {
  for (const [i, item] of list.entries()) {
    const found = faultOf(item, i);
    if (found) return found;
  }
  return null;
};

/** Why this cannot be a scheme; null when it can. */
export function schemeFault({ positive, negative, special, minimumRated, awards, source }: ScoringScheme): SchemeFault | null {
  const all = [...positive, ...negative, ...special];
  if (positive.length === 0 || all.length > maxIndicators) {
    return fault(['positive'], `至少一项正向指标,共至多 ${maxIndicators} 项指标。`, `At least one positive indicator, and at most ${maxIndicators} in all.`);
  }
  const broken = firstOf(positive, (one, i) => indicatorFault(one, ['positive', String(i)]) ?? countsFault(one, ['positive', String(i)], 1))
    ?? firstOf(negative, (one, i) => indicatorFault(one, ['negative', String(i)]) ?? countsFault(one, ['negative', String(i)], 0)
      ?? (isWhole(one.cap, 1, fullWeight) ? null : fault(['negative', String(i), 'cap'], `封顶为 1–${fullWeight} 的整数。`, `A cap is a whole number from 1 to ${fullWeight}.`)))
    ?? firstOf(special, (one, i) => indicatorFault(one, ['special', String(i)]) ?? specialFault(one, ['special', String(i)]));
  if (broken) return broken;
  if (new Set(all.map(({ id }) => id)).size !== all.length) {
    return fault(['positive'], '指标代号不可重复。', 'Each indicator has an id of its own.');
  }
  const sum = positive.reduce((n, { weight }) => n + weight, 0);
  if (sum !== fullWeight) {
    return fault(['positive'], `正向指标的权重之和须为 ${fullWeight},现为 ${sum}。`, `The weights of the positive indicators sum to ${fullWeight}; they sum to ${sum}.`);
  }
  if (!isWhole(minimumRated, 1, maxRated)) {
    return fault(['minimumRated'], `最低评价数为 1–${maxRated} 的整数。`, `The least number of evaluations is a whole number from 1 to ${maxRated}.`);
  }
  if (awards.length > maxAwards || awards.some((fen, i) => !isWhole(fen, 1, maxAward) || fen > (awards[i - 1] ?? maxAward))) {
    return fault(['awards'], `奖励至多 ${maxAwards} 档,每档 1–${maxAward} 分,由高到低。`, `At most ${maxAwards} awards of 1–${maxAward} fen, the highest first.`);
  }
  return isNamed(source, maxText) ? null : fault(['sourceZh'], `依据须有中英文,各 1–${maxText} 字。`, `The source has 1–${maxText} characters in each language.`);
}
