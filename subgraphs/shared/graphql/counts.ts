import DataLoader from 'dataloader';
import { coversArea, type Actor } from '../domain/actor.js';
import { localDate } from '../domain/calendar.js';
import { groupBy } from '../domain/groupBy.js';
import type { CountsDocument, CountsRepository } from '../persistence/counts.js';
import { badInput } from './errors.js';
import type { RequestContext } from './requestContext.js';

const measures = ['submitted', 'accepted', 'resolved', 'rated', 'solved', 'satisfied', 'reworked', 'overdue'] as const;
type Counts = Record<(typeof measures)[number], number>;
const maxMonths = 36;

export interface AreaCounts {
  readonly month: string;
  readonly own: Counts;
  readonly children: Counts;
  readonly total: Counts;
}

interface Wanted {
  readonly area: string;
  readonly from: string;
  readonly to: string;
}

export type CountsLoader = DataLoader<Wanted, CountsDocument[], string>;

/** One query for all areas asked for with the same months. */
export const countsLoader = (counts: CountsRepository): CountsLoader =>
  new DataLoader(
    async (wanted) => {
      const answers = new Map<string, CountsDocument[]>();
      for (const [range, same] of groupBy(wanted, ({ from, to }) => `${from}:${to}`)) {
        const [from = '', to = ''] = range.split(':');
        const found = await counts.between(same.map(({ area }) => area), from, to);
        for (const [area, documents] of found) answers.set(`${area}:${range}`, documents);
      }
      return wanted.map(({ area, from, to }) => answers.get(`${area}:${from}:${to}`) ?? []);
    },
    { cacheKeyFn: ({ area, from, to }) => `${area}:${from}:${to}` },
  );

const fill = (part: Record<string, number>): Counts =>
  Object.fromEntries(measures.map((measure) => [measure, part[measure] ?? 0])) as Counts;

const monthsApart = (from: string, to: string): number => {
  const [fromYear = 0, fromMonth = 0] = from.split('-').map(Number);
  const [toYear = 0, toMonth = 0] = to.split('-').map(Number);
  return (toYear - fromYear) * 12 + toMonth - fromMonth;
};

const monthsFrom = (first: string, count: number): string[] => {
  const [year = 0, month = 0] = first.split('-').map(Number);
  return Array.from({ length: count }, (_, i) => new Date(Date.UTC(year, month - 1 + i)).toISOString().slice(0, 7));
};

const mayCount = (actor: Actor, area: string): boolean =>
  actor.role !== 'RESIDENT' && actor.role !== 'INTEGRATOR' && coversArea(actor, area);

/** An area's counts by month; null for who may not see them. */
export async function countsOf(
  { actor, now, counts }: RequestContext & { readonly counts: CountsLoader },
  area: string,
  args: { readonly from?: string | null; readonly to?: string | null },
): Promise<AreaCounts[] | null> {
  if (!actor || !mayCount(actor, area)) return null;
  const from = args.from ?? localDate(now()).slice(0, 7);
  const to = args.to ?? from;
  const months = monthsApart(from, to);
  if (months < 0 || months >= maxMonths) {
    throw badInput(`from 须不晚于 to,且至多 ${maxMonths} 个月。`, `from must not be after to, and at most ${maxMonths} months.`);
  }
  const kept = new Map((await counts.load({ area, from, to })).map((document) => [document.month, document]));
  // A month without a document is a month of zeros, not a gap in somebody's chart.
  return monthsFrom(from, monthsApart(from, to) + 1).map((month) => {
    const [ownCounts, childrenCounts] = [fill(kept.get(month)?.own ?? {}), fill(kept.get(month)?.children ?? {})];
    const total = Object.fromEntries(measures.map((m) => [m, ownCounts[m] + childrenCounts[m]])) as Counts;
    return { month, own: ownCounts, children: childrenCounts, total };
  });
}
