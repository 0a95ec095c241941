// Which budget a clock starts with. The city publishes versions; the levels start their clocks by them.
import type { Named } from './actor.js';
import type { ClockSpec } from './clock.js';
import { bilingual } from './result.js';
import { lengthOf } from './text.js';

export const clockNames = ['ACCEPT', 'SIGN', 'RESPOND', 'RESOLVE', 'INFO', 'CALLBACK', 'REOPEN', 'ARRIVE', 'ANSWER'] as const;
export type ClockName = (typeof clockNames)[number];

export const urgencies = ['NORMAL', 'URGENT', 'EMERGENCY'] as const;
export type Urgency = (typeof urgencies)[number];

/** A budget for the cases it fits: every condition that is given must hold. */
export interface PolicyRow extends ClockSpec<ClockName> {
  readonly kind?: string;
  readonly demandType?: string;
  /** Path in the taxonomy; fits what lies below it too. */
  readonly category?: string;
  readonly urgency?: string;
  /** Code of the item that an application is for: 限时办结. */
  readonly serviceItem?: string;
  readonly source: Named;
}

/** In order: the first row that fits counts. */
export type ClockPolicy = readonly PolicyRow[];

export interface PolicySubject {
  readonly kind: string;
  readonly demandType: string | null;
  readonly category: string;
  readonly urgency: Urgency;
  readonly serviceItem: string | null;
  /** The item itself, where it is known. */
  readonly application?: { readonly item: { readonly workDays: number } } | null;
}

const dayMinutes = 24 * 60;
const byDefault = { zh: '平台缺省,城市可另定', en: 'default of the platform; a city sets its own' };

/** In force until the city publishes its first. */
export const defaultPolicyVersion = 'platform-1';

// prettier-ignore
export const defaultPolicy: ClockPolicy = [
  { name: 'ACCEPT',   unit: 'WORK_DAY', budget: 1,               source: byDefault },
  { name: 'SIGN',     unit: 'WORK_DAY', budget: 1,               source: byDefault },
  { name: 'RESPOND',  unit: 'WORK_DAY', budget: 1,               source: byDefault },
  { name: 'RESOLVE',  unit: 'WORK_DAY', budget: 3,               source: byDefault, demandType: 'CONSULTATION' },
  { name: 'RESOLVE',  unit: 'WORK_DAY', budget: 10,              source: byDefault },
  { name: 'INFO',     unit: 'WORK_DAY', budget: 10,              source: byDefault },
  { name: 'CALLBACK', unit: 'MINUTE',   budget: 14 * dayMinutes, source: byDefault },
  { name: 'REOPEN',   unit: 'MINUTE',   budget: 3 * dayMinutes,  source: byDefault },
  { name: 'ARRIVE',   unit: 'MINUTE',   budget: 30,              source: byDefault, urgency: 'EMERGENCY' },
  { name: 'ARRIVE',   unit: 'WORK_DAY', budget: 1,               source: byDefault },
  { name: 'ANSWER',   unit: 'WORK_DAY', budget: 2,               source: byDefault },
];

/** What a clock without a source of its own was started by. */
export const defaultSource: Named = byDefault;

const liesIn = (category: string, path: string): boolean => category === path || category.startsWith(`${path}/`);

const fits = ({ kind, demandType, category, urgency, serviceItem }: PolicyRow, subject: PolicySubject): boolean =>
  (kind === undefined || kind === subject.kind)
  && (demandType === undefined || demandType === subject.demandType)
  && (category === undefined || liesIn(subject.category, category))
  && (urgency === undefined || urgency === subject.urgency)
  && (serviceItem === undefined || serviceItem === subject.serviceItem);

/** The row that counts; the platform's where the city has none that fits, as for a clock that came after its version. */
export function policyFor(policy: ClockPolicy, name: ClockName, subject: PolicySubject): PolicyRow {
  const row = [...policy, ...defaultPolicy].find((candidate) => candidate.name === name && fits(candidate, subject));
  if (!row) throw new Error(`No policy for the clock ${name}.`);
  return row;
}

/** What a clock is started with, and where that comes from. */
export interface Budget<Name extends ClockName> extends ClockSpec<Name> {
  readonly source: Named;
}

const byItem: Named = { zh: '服务事项的承诺时限', en: "the service item's own time limit" };

/** An item's own limit counts unless the policy names the item. */
export function budgetFor<Name extends ClockName>(policy: ClockPolicy, name: Name, subject: PolicySubject): Budget<Name> {
  const { unit, budget, source, serviceItem } = policyFor(policy, name, subject);
  const own = name === 'RESOLVE' && serviceItem === undefined ? subject.application?.item.workDays : undefined;
  return own === undefined ? { name, unit, budget, source } : { name, unit: 'WORK_DAY', budget: own, source: byItem };
}

/** Whether whatever `later` fits is taken by `earlier` already. */
const takesAllOf = (earlier: PolicyRow, later: PolicyRow): boolean =>
  earlier.name === later.name
  && (earlier.kind === undefined || earlier.kind === kindOf(later))
  && (earlier.demandType === undefined || earlier.demandType === later.demandType)
  && (earlier.category === undefined || (later.category !== undefined && liesIn(later.category, earlier.category)))
  && (earlier.urgency === undefined || earlier.urgency === later.urgency)
  && (earlier.serviceItem === undefined || earlier.serviceItem === later.serviceItem);

/** The kind that a row is for, be it by what only that kind has. */
const kindOf = ({ kind, demandType, serviceItem }: PolicyRow): string | undefined =>
  kind ?? (demandType !== undefined ? 'DEMAND' : serviceItem !== undefined ? 'APPLICATION' : undefined);

const isFallback = ({ kind, demandType, category, urgency, serviceItem }: PolicyRow): boolean =>
  [kind, demandType, category, urgency, serviceItem].every((condition) => condition === undefined);

/** These came later: versions from before have no rows for them. */
const mayLack: readonly ClockName[] = ['ARRIVE', 'ANSWER'];

/** A year of each: beyond it a budget is a slip. */
const largest: Readonly<Record<PolicyRow['unit'], number>> = { WORK_DAY: 366, WORK_MINUTE: 366 * dayMinutes, MINUTE: 366 * dayMinutes };
const maxRows = 500;
const maxSource = 200;
/** Form of a service item's code. */
export const serviceItemPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const pathPattern = /^[^/\s]+(\/[^/\s]+)*$/;

function rowFault(row: PolicyRow): Named | null {
  const { name, unit, budget, kind, demandType, category, serviceItem, source } = row;
  if (!Number.isInteger(budget) || budget < 1 || budget > largest[unit]) {
    return { zh: `时限须为 1–${largest[unit]} 的整数`, en: `a budget in ${unit} is a whole number from 1 to ${largest[unit]}` };
  }
  if (name === 'REOPEN' && unit !== 'MINUTE') {
    return { zh: 'REOPEN 须以 MINUTE 计:居民的权利不因放假而停', en: 'REOPEN is counted in MINUTE: a right does not wait for work days' };
  }
  if (demandType !== undefined && kind !== undefined && kind !== 'DEMAND') {
    return { zh: '只有 DEMAND 有诉求类型,二者择一', en: 'only a DEMAND has a demandType; drop one of the two' };
  }
  if (serviceItem !== undefined && (demandType !== undefined || (kind !== undefined && kind !== 'APPLICATION'))) {
    return { zh: '只有 APPLICATION 有服务事项,二者择一', en: 'only an APPLICATION has a serviceItem; drop one of the two' };
  }
  if (serviceItem !== undefined && !serviceItemPattern.test(serviceItem)) {
    return { zh: '服务事项编码为 1–64 个字母、数字、点、横线或下划线', en: 'the code of a service item has 1–64 letters, digits, dots, hyphens or underscores' };
  }
  if (category !== undefined && (!pathPattern.test(category) || lengthOf(category) > maxSource)) {
    return { zh: '分类须为以 / 分隔的路径,首尾不带 /', en: 'a category is a path such as 城乡建设/安全生产, without / at its ends' };
  }
  if ([source.zh, source.en].some((text) => lengthOf(text) < 1 || lengthOf(text) > maxSource)) {
    return { zh: `依据须有中英文,各 1–${maxSource} 字`, en: `the source has 1–${maxSource} characters in each language` };
  }
  return null;
}

/** Why these rows cannot be a policy; null when they can. Rows are counted from 1. */
export function policyFault(policy: ClockPolicy): string | null {
  if (policy.length > maxRows) return bilingual(`至多 ${maxRows} 行。`, `At most ${maxRows} rows.`);
  for (const [i, row] of policy.entries()) {
    const fault = rowFault(row);
    if (fault) return bilingual(`第 ${i + 1} 行:${fault.zh}。`, `Row ${i + 1}: ${fault.en}.`);
    const before = policy.slice(0, i).findIndex((earlier) => takesAllOf(earlier, row));
    if (before >= 0) {
      return bilingual(`第 ${i + 1} 行永不生效:第 ${before + 1} 行已涵盖,请调整次序。`,
        `Row ${i + 1} would never count: row ${before + 1} takes all it fits; put it first.`);
    }
  }
  const uncovered = clockNames.filter((name) => !mayLack.includes(name) && !policy.some((row) => row.name === name && isFallback(row)));
  return uncovered.length === 0 ? null : bilingual(
    `${uncovered.join('、')} 缺少无条件的兜底行。`, `Add a row without conditions for ${uncovered.join(', ')}.`,
  );
}
