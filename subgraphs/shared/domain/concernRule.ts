// What superiors must answer, and by when. The city publishes versions; the community finds by them, and tells the
// district the budget of the answer with what it has found.
import type { Named } from './actor.js';
import { bilingual } from './result.js';
import { lengthOf } from './text.js';

/** 强烈反映, 久拖未决, 共性. */
export const concernClasses = ['STRONGLY_REPORTED', 'LONG_UNRESOLVED', 'COMMON'] as const;
export type ConcernClass = (typeof concernClasses)[number];

export const concernScopes = ['COMMUNITY', 'STREET'] as const;

interface ClassRule {
  /** Budget of the answer. */
  readonly answerWorkDays: number;
  readonly source: Named;
}

interface WindowRule extends ClassRule {
  /** Days of 24 hours back from now, by the time the reporter said it. */
  readonly days: number;
  /** Categories are the same when their first so many names are. */
  readonly categoryDepth: number;
}

export interface ConcernRule {
  readonly stronglyReported: WindowRule & {
    /** Different ones. */
    readonly reporters: number;
    /** All in one of these. */
    readonly within: (typeof concernScopes)[number];
  };
  /** Any of the three makes an open case one; null where it does not count. */
  readonly longUnresolved: ClassRule & {
    /** Of the budget of a RESOLVE clock, with its extensions. */
    readonly resolvePercent: number | null;
    /** Since it was submitted, pauses included. */
    readonly workDays: number | null;
    /** Returned, or reopened, so often. */
    readonly times: number | null;
  };
  readonly common: WindowRule & {
    /** Of one district, each with `cases`. */
    readonly communities: number;
    readonly cases: number;
  };
}

/** A version by its name. */
export interface NamedConcernRule {
  readonly version: string;
  readonly rule: ConcernRule;
}

const byDefault = { zh: '平台缺省,城市可另定', en: 'default of the platform; a city sets its own' };

/** In force until the city publishes its first. */
export const defaultConcernRuleVersion = 'platform-1';

export const defaultConcernRule: ConcernRule = {
  stronglyReported: { reporters: 20, days: 7, categoryDepth: 3, within: 'STREET', answerWorkDays: 5, source: byDefault },
  longUnresolved: { resolvePercent: 300, workDays: 60, times: 5, answerWorkDays: 5, source: byDefault },
  common: { communities: 5, cases: 5, days: 30, categoryDepth: 3, answerWorkDays: 10, source: byDefault },
};

export const platformConcernRule: NamedConcernRule = { version: defaultConcernRuleVersion, rule: defaultConcernRule };

interface Bound {
  readonly zh: string;
  readonly least: number;
  readonly most: number;
}

// One reporter, one community or a clock not yet used up is no concern; beyond the largest a threshold is a slip.
const bounds = {
  reporters: { zh: '诉求人数', least: 2, most: 10_000 },
  communities: { zh: '社区数', least: 2, most: 1_000 },
  cases: { zh: '件数', least: 1, most: 10_000 },
  days: { zh: '天数', least: 1, most: 366 },
  categoryDepth: { zh: '分类层数', least: 1, most: 10 },
  resolvePercent: { zh: '办结计时百分比', least: 100, most: 10_000 },
  workDays: { zh: '工作日数', least: 1, most: 366 },
  times: { zh: '次数', least: 1, most: 100 },
  answerWorkDays: { zh: '答复工作日数', least: 1, most: 366 },
} as const satisfies Readonly<Record<string, Bound>>;

const maxSource = 200;

export interface RuleFault {
  readonly field: readonly string[];
  readonly message: string;
}

/** Why this cannot be a rule; null when it can. */
export function concernRuleFault(rule: ConcernRule): RuleFault | null {
  for (const [part, content] of Object.entries(rule) as [keyof ConcernRule, ClassRule][]) {
    for (const [name, value] of Object.entries(content)) {
      if (!(name in bounds) || value === null) continue;
      const { zh, least, most } = bounds[name as keyof typeof bounds];
      if (!Number.isInteger(value) || value < least || value > most) {
        return { field: [part, name], message: bilingual(`${zh}须为 ${least}–${most} 的整数。`, `${name} is a whole number from ${least} to ${most}.`) };
      }
    }
    const { source: { zh, en } } = content;
    if ([zh, en].some((text) => lengthOf(text) < 1 || lengthOf(text) > maxSource)) {
      return { field: [part], message: bilingual(`依据须有中英文,各 1–${maxSource} 字。`, `The source has 1–${maxSource} characters in each language.`) };
    }
  }
  const { resolvePercent, workDays, times } = rule.longUnresolved;
  return [resolvePercent, workDays, times].some((threshold) => threshold !== null) ? null : {
    field: ['longUnresolved'],
    message: bilingual('久拖未决至少须定一个条件。', 'Give at least one of resolvePercent, workDays and times.'),
  };
}
