// How large areas should be. Sources differ, so several named standards stand beside one another; a verdict names its own.
import type { Named } from '../../shared/domain/actor.js';
import type { GridStandard } from '../../shared/domain/gridPlan.js';
import { bilingual } from '../../shared/domain/result.js';
import { lengthOf } from '../../shared/domain/text.js';

export const standardSubjects = ['CITY', 'DISTRICT', 'STREET', 'COMMUNITY', 'GRID'] as const;
export type StandardSubject = (typeof standardSubjects)[number];

export const standardMeasures = ['HOUSEHOLDS', 'RESIDENTS', 'PARTS'] as const;
export type StandardMeasure = (typeof standardMeasures)[number];

/** Both limits included; null: none on that side. */
export interface StandardRule {
  readonly subject: StandardSubject;
  readonly measure: StandardMeasure;
  readonly min: number | null;
  readonly max: number | null;
}

export interface Standard {
  readonly name: string;
  readonly source: Named;
  readonly rules: readonly StandardRule[];
}

export type Standards = readonly Standard[];

/** In force until the city publishes its first. */
export const defaultStandardsVersion = 'platform-1';

export type Verdict = 'BELOW' | 'WITHIN' | 'ABOVE';

export interface AreaVerdict extends Omit<StandardRule, 'subject'> {
  readonly standard: string;
  readonly value: number;
  readonly verdict: Verdict;
}

/** What is known of an area; a measure that is unknown is null, or left out. */
export type Measures = Partial<Readonly<Record<StandardMeasure, number | null>>>;

const verdictOn = (value: number, { min, max }: StandardRule): Verdict =>
  (min !== null && value < min ? 'BELOW' : max !== null && value > max ? 'ABOVE' : 'WITHIN');

/** One verdict for each rule that fits the subject and whose measure is known. */
export const verdictsOn = (standards: Standards, subject: StandardSubject, measures: Measures): AreaVerdict[] =>
  standards.flatMap(({ name, rules }) => rules.filter((rule) => rule.subject === subject).flatMap((rule): AreaVerdict[] => {
    const value = measures[rule.measure] ?? null;
    const { measure, min, max } = rule;
    return value === null ? [] : [{ standard: name, measure, min, max, value, verdict: verdictOn(value, rule) }];
  }));

/** The standard's households per grid; null where it says nothing of them, or leaves an end open. */
export function gridStandardOf({ rules }: Standard): GridStandard | null {
  const rule = rules.find(({ subject, measure }) => subject === 'GRID' && measure === 'HOUSEHOLDS');
  return rule && rule.min !== null && rule.min > 0 && rule.max !== null ? { min: rule.min, max: rule.max } : null;
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;
const most = 20;
const maxSource = 200;
const maxLimit = 100_000_000;

const isLimit = (limit: number | null): boolean => limit === null || (Number.isInteger(limit) && limit >= 0 && limit <= maxLimit);

function ruleFault({ subject, measure, min, max }: StandardRule): Named | null {
  if (min === null && max === null) return { zh: '至少须有一端', en: 'it needs one limit at least' };
  if (!isLimit(min) || !isLimit(max)) return { zh: `上下限须为 0–${maxLimit} 的整数`, en: `limits are whole numbers from 0 to ${maxLimit}` };
  if (min !== null && max !== null && min > max) return { zh: '下限不得大于上限', en: 'its minimum is above its maximum' };
  if (measure === 'PARTS' && subject !== 'DISTRICT') return { zh: '下一级区划数只用于区', en: 'PARTS is for districts alone' };
  return null;
}

function standardFault({ name, source, rules }: Standard): Named | null {
  if (!namePattern.test(name)) {
    return { zh: '名称为 1–40 个字母、数字、点、横线或下划线', en: 'a name has 1–40 letters, digits, dots, hyphens or underscores' };
  }
  if ([source.zh, source.en].some((text) => lengthOf(text) < 1 || lengthOf(text) > maxSource)) {
    return { zh: `依据须有中英文,各 1–${maxSource} 字`, en: `the source has 1–${maxSource} characters in each language` };
  }
  if (rules.length < 1 || rules.length > most) return { zh: `须有 1–${most} 条规定`, en: `it has 1–${most} rules` };
  for (const [i, rule] of rules.entries()) {
    const fault = ruleFault(rule);
    if (fault) return { zh: `第 ${i + 1} 条:${fault.zh}`, en: `rule ${i + 1}: ${fault.en}` };
    const isTwice = rules.slice(0, i).some(({ subject, measure }) => subject === rule.subject && measure === rule.measure);
    if (isTwice) return { zh: `第 ${i + 1} 条:同一对象与度量已有一条`, en: `rule ${i + 1}: there is one for that subject and measure already` };
  }
  return null;
}

/** Why these cannot be published; null when they can. Standards and rules are counted from 1. */
export function standardsFault(standards: Standards): string | null {
  if (standards.length < 1 || standards.length > most) return bilingual(`须有 1–${most} 项标准。`, `Give 1–${most} standards.`);
  for (const [i, standard] of standards.entries()) {
    const fault = standardFault(standard);
    if (fault) return bilingual(`第 ${i + 1} 项:${fault.zh}。`, `Standard ${i + 1}: ${fault.en}.`);
    if (standards.slice(0, i).some(({ name }) => name === standard.name)) {
      return bilingual(`第 ${i + 1} 项:名称 ${standard.name} 已用过。`, `Standard ${i + 1}: the name ${standard.name} stands there already.`);
    }
  }
  return null;
}
