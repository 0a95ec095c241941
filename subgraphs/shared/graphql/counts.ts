import DataLoader from 'dataloader';
import { coversArea, type Actor } from '../domain/actor.js';
import { localDate } from '../domain/calendar.js';
import { measures, type Measure, type Slice } from '../domain/counts.js';
import { groupBy } from '../domain/groupBy.js';
import type { CountsDocument, CountsQuery, CountsRepository, PartNumbers } from '../persistence/counts.js';
import { badInput } from './errors.js';
import type { RequestContext } from './requestContext.js';

export type AllCounts = Record<Measure, number>;
export const maxMonths = 36;

export interface CountParts {
  readonly own: AllCounts;
  readonly children: AllCounts;
  readonly total: AllCounts;
}

export interface AreaCounts extends CountParts {
  readonly month: string;
}

type Wanted = CountsQuery & { readonly area: string };

export type CountsLoader = DataLoader<Wanted, CountsDocument[], string>;

/** One query for all areas asked for in the same way. */
export const countsLoader = (counts: CountsRepository): CountsLoader =>
  new DataLoader(
    async (wanted) => {
      const answers = new Map<string, CountsDocument[]>();
      for (const [way, same] of groupBy(wanted, ({ area: _area, ...query }) => JSON.stringify(query))) {
        const found = await counts.read(same.map(({ area }) => area), JSON.parse(way) as CountsQuery);
        for (const [area, documents] of found) answers.set(`${area}:${way}`, documents);
      }
      return wanted.map(({ area, ...query }) => answers.get(`${area}:${JSON.stringify(query)}`) ?? []);
    },
    { cacheKeyFn: ({ area, ...query }) => `${area}:${JSON.stringify(query)}` },
  );

const countsFrom = (value: (measure: Measure) => number): AllCounts =>
  Object.fromEntries(measures.map((measure) => [measure, value(measure)])) as AllCounts;

/** The sum of what several counters, or parts of one, have. */
export function partsOf(kept: readonly PartNumbers[]): CountParts {
  const sum = (part: 'own' | 'children') => countsFrom((measure) => kept.reduce((n, one) => n + (one[part]?.[measure] ?? 0), 0));
  const [own, children] = [sum('own'), sum('children')];
  return { own, children, total: countsFrom((measure) => own[measure] + children[measure]) };
}

const monthsApart = (from: string, to: string): number => {
  const [fromYear = 0, fromMonth = 0] = from.split('-').map(Number);
  const [toYear = 0, toMonth = 0] = to.split('-').map(Number);
  return (toYear - fromYear) * 12 + toMonth - fromMonth;
};

export const monthsBetween = (first: string, last: string): string[] => {
  const [year = 0, month = 0] = first.split('-').map(Number);
  return Array.from({ length: monthsApart(first, last) + 1 }, (_, i) => new Date(Date.UTC(year, month - 1 + i)).toISOString().slice(0, 7));
};

export const mayCount = (actor: Actor, area: string): boolean =>
  actor.role !== 'RESIDENT' && actor.role !== 'INTEGRATOR' && coversArea(actor, area);

interface MonthRange {
  readonly from?: string | null | undefined;
  readonly to?: string | null | undefined;
}

/** The months asked for; null for who may not see the area's counts. */
export function visibleMonths(
  { actor, now }: RequestContext, area: string, args: MonthRange, limit: number,
): { readonly from: string; readonly to: string } | null {
  if (!actor || !mayCount(actor, area)) return null;
  const from = args.from ?? localDate(now()).slice(0, 7);
  const to = args.to ?? from;
  const months = monthsApart(from, to);
  if (months < 0 || months >= limit) {
    throw badInput(`from 须不晚于 to,且至多 ${limit} 个月。`, `from must not be after to, and at most ${limit} months.`);
  }
  return { from, to };
}

const monthSlice: Slice = 'MONTH';

/** An area's counts by month; null for who may not see them. */
export async function countsOf(
  context: RequestContext & { readonly counts: CountsLoader }, area: string, args: MonthRange,
): Promise<AreaCounts[] | null> {
  const range = visibleMonths(context, area, args, maxMonths);
  if (!range) return null;
  const kept = groupBy(await context.counts.load({ area, slice: monthSlice, ...range, matters: 'NONE' }), ({ period }) => period);
  // A month without a document is a month of zeros, not a gap in somebody's chart.
  return monthsBetween(range.from, range.to).map((month) => ({ month, ...partsOf(kept.get(month) ?? []) }));
}
