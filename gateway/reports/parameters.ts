import { z } from 'zod';
import type { Bilingual } from '../claims.js';
import { kinds, languages, levelOf, type ReportName, type Request } from './model.js';

export interface Problem {
  readonly parameter: string;
  readonly text: Bilingual;
}

export type Parameters = { readonly ok: true; readonly request: Request } | { readonly ok: false; readonly problems: readonly Problem[] };

const month = z.string().regex(/^20\d{2}-(0[1-9]|1[0-2])$/);
const pixels = (least: number) => z.string().regex(/^\d{1,4}$/).transform(Number).refine((n) => n >= least && n <= maxPixels);
const minWidth = 400;
const minHeight = 300;
const maxPixels = 2000;
const maxMonths = 24;
const maxMonthsByDay = 3;
const usualMonths = 12;

/** What each report may be by, the first by default. */
const choices: Readonly<Record<ReportName, readonly string[]>> = {
  funnel: [],
  trend: ['month', 'day'],
  ranking: ['satisfied', 'solved', 'responded', 'rated', 'overdue', 'reworked', 'submitted', 'resolved'],
  treemap: ['satisfied', 'solved'],
  heat: [],
};
const comparesParts: ReadonlySet<ReportName> = new Set(['ranking', 'treemap']);

const shape = z.strictObject({
  area: z.string().regex(/^(\d{4}|\d{6}|\d{9}|\d{12})$/).default('3401'),
  from: month.optional(),
  to: month.optional(),
  kind: z.enum(kinds).optional(),
  category: z.string().regex(/^[^.$\0/]{1,50}$/u).optional(),
  by: z.string().optional(),
  lang: z.enum(languages).default('zh'),
  width: pixels(minWidth).default(1000),
  height: pixels(minHeight).optional(),
});

const monthRule: Bilingual = { zh: '须为一个月份,如 2026-01', en: 'must be a month, e.g. 2026-01' };
const rules: Readonly<Record<string, Bilingual>> = {
  area: { zh: '须为区划代码:4、6、9 或 12 位数字', en: 'must be an area code of 4, 6, 9 or 12 digits' },
  from: monthRule,
  to: monthRule,
  kind: { zh: `须为以下之一:${kinds.join('、')}`, en: `must be one of ${kinds.join(', ')}` },
  category: { zh: '须为分类表的一级名称,如“城乡建设”', en: 'must be a name of level 1 of the taxonomy, such as "城乡建设"' },
  lang: { zh: `须为以下之一:${languages.join('、')}`, en: `must be one of ${languages.join(', ')}` },
  width: { zh: `须为 ${minWidth} 至 ${maxPixels} 的整数,单位像素`, en: `must be a whole number of pixels from ${minWidth} to ${maxPixels}` },
  height: { zh: `须为 ${minHeight} 至 ${maxPixels} 的整数,单位像素`, en: `must be a whole number of pixels from ${minHeight} to ${maxPixels}` },
};

const problem = (parameter: string, { zh, en }: Bilingual): Problem =>
  ({ parameter, text: { zh: `${parameter} ${zh}。`, en: `${parameter} ${en}.` } });

const monthAfter = (first: string, n: number): string => {
  const [year = 0, number = 0] = first.split('-').map(Number);
  return new Date(Date.UTC(year, number - 1 + n)).toISOString().slice(0, 7);
};

/** What was asked for, or a sentence for each parameter that is wrong; `thisMonth` in Shanghai. */
export function readParameters(report: ReportName, query: unknown, thisMonth: string): Parameters {
  const parsed = shape.safeParse(query);
  const found = parsed.success ? [] : parsed.error.issues.flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknown(key.slice(0, 50)));
    const parameter = String(issue.path[0]);
    return [problem(parameter, rules[parameter] ?? choiceRule(report))];
  });
  const { by: chosen } = (parsed.data ?? query) as { by?: unknown };
  const by = chosen ?? choices[report][0] ?? null;
  if (typeof by === 'string' && !choices[report].includes(by)) found.push(problem('by', choiceRule(report)));
  if (!parsed.success || found.length > 0) return { ok: false, problems: uniqueBy(found) };

  const { area, kind = null, category = null, lang, width, height = null } = parsed.data;
  const to = parsed.data.to ?? (parsed.data.from === undefined || parsed.data.from <= thisMonth ? thisMonth : parsed.data.from);
  const limit = by === 'day' ? maxMonthsByDay : maxMonths;
  const from = parsed.data.from ?? monthAfter(to, 1 - Math.min(usualMonths, limit));
  if (from > to || monthAfter(from, limit) <= to) {
    found.push(problem('from', { zh: `须不晚于 to,且至多 ${limit} 个月`, en: `must not be after to, and at most ${limit} months` }));
  }
  if (comparesParts.has(report) && levelOf(area) === 'COMMUNITY') {
    found.push(problem('area', { zh: '须为市、区或街道:社区之下没有可比的区划', en: 'must be a city, district or street: nothing lies below a community' }));
  }
  if (found.length > 0) return { ok: false, problems: found };
  return { ok: true, request: { report, area, from, to, kind, category, by: by as string | null, lang, width, height } };
}

const choiceRule = (report: ReportName): Bilingual => (choices[report].length === 0
  ? { zh: '不适用于此图,请去掉', en: 'is not for this report; leave it out' }
  : { zh: `须为以下之一:${choices[report].join('、')}`, en: `must be one of ${choices[report].join(', ')}` });

const unknown = (key: string): Problem =>
  problem(key, { zh: `不是参数;可用:${Object.keys(shape.shape).join('、')}`, en: `is no parameter; there are ${Object.keys(shape.shape).join(', ')}` });

const uniqueBy = (problems: readonly Problem[]): Problem[] =>
  [...new Map(problems.map((one) => [one.parameter, one])).values()];
