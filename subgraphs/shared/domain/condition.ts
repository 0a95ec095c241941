// Who may have a service item, as rules over what is known of a resident.
import type { Named } from './actor.js';
import type { LocalDate } from './calendar.js';
import type { FactValues } from './fact.js';
import { invalid, type DomainError } from './result.js';
import { lengthOf } from './text.js';

export interface Condition {
  /** Over the facts of `fact.ts`, true for who may have it. */
  readonly expression: string;
  /** The same in words. */
  readonly says: Named;
}

export const verdicts = ['MET', 'NOT_MET', 'UNKNOWN'] as const;
export type Verdict = (typeof verdicts)[number];

export interface ConditionVerdict {
  readonly condition: Condition;
  readonly verdict: Verdict;
  /** Codes of the facts that it asks for and that are not known, where it is UNKNOWN for want of them. */
  readonly missing: readonly string[];
}

/** Where an expression cannot be, and why. */
export interface ExpressionFault {
  /** Counted from 1. */
  readonly character: number;
  readonly why: Named;
}

/** Null for an expression that is one. The language comes from a library, which the domain does not know. */
export type CheckExpression = (expression: string) => ExpressionFault | null;

/** `today` is the day on which age and the like are asked for. */
export type EvaluateConditions = (conditions: readonly Condition[], known: FactValues, today: LocalDate) => readonly ConditionVerdict[];

export const maxConditions = 10;
export const maxExpression = 500;
const maxSays = 200;

const isText = (text: string, max: number): boolean => lengthOf(text) >= 1 && lengthOf(text) <= max;

/** Why an item cannot have these; null when it can. */
export function conditionsFault(conditions: readonly Condition[], check: CheckExpression): DomainError | null {
  if (conditions.length > maxConditions) return invalid(`至多 ${maxConditions} 条。`, `At most ${maxConditions} conditions.`, 'conditions');
  for (const [nth, { expression, says }] of conditions.entries()) {
    if (!isText(says.zh, maxSays) || !isText(says.en, maxSays)) {
      return invalid(`说明须有中英文,各 1–${maxSays} 字。`, `What it says has 1–${maxSays} characters in each language.`, 'conditions', nth, 'says');
    }
    const place = ['conditions', nth, 'expression'] as const;
    if (!isText(expression, maxExpression)) return invalid(`表达式为 1–${maxExpression} 字。`, `An expression has 1–${maxExpression} characters.`, ...place);
    const fault = check(expression);
    if (fault) return invalid(`第 ${fault.character} 字:${fault.why.zh}。`, `At character ${fault.character}: ${fault.why.en}.`, ...place);
  }
  return null;
}

/** What all of them come to: whoever misses one may not have it, whatever else is not known. */
export function verdictOf(answers: readonly Pick<ConditionVerdict, 'verdict'>[]): Verdict {
  const among = (verdict: Verdict): boolean => answers.some((answer) => answer.verdict === verdict);
  if (among('NOT_MET')) return 'NOT_MET';
  return among('UNKNOWN') ? 'UNKNOWN' : 'MET';
}
