import type { Units } from '../domain/area.js';
import { levels, type Level } from '../domain/areaCode.js';
import { addDays } from '../domain/calendar.js';
import { hourKey, kinds, type Kind, type Slice } from '../domain/counts.js';
import { groupBy } from '../domain/groupBy.js';
import type { CountsDocument, PartNumbers } from '../persistence/counts.js';
import { monthsBetween, partsOf, visibleMonths, type AllCounts, type CountParts, type CountsLoader } from './counts.js';
import { badInput } from './errors.js';
import type { RequestContext } from './requestContext.js';

/** As many months as one look takes in: two years beside each other. */
const maxMonths = 24;

export interface DashboardContext extends RequestContext {
  readonly counts: CountsLoader;
  readonly units: Units;
}

export interface DashboardArgs {
  readonly from?: string | null | undefined;
  readonly to?: string | null | undefined;
  readonly kind?: Kind | null | undefined;
  readonly category?: string | null | undefined;
}

/** What was asked for; each field reads the counters it needs. */
export interface DashboardModel {
  readonly area: string;
  readonly from: string;
  readonly to: string;
  readonly kind: Kind | null;
  readonly category: string | null;
}

/** An area's dashboard; null for who may not see its counts. */
export function dashboardOf(context: DashboardContext, area: string, args: DashboardArgs): DashboardModel | null {
  const range = visibleMonths(context, area, args, maxMonths);
  if (!range) return null;
  const category = args.category ?? null;
  // It names a field in the database.
  if (category !== null && !/^[^.$\0/]{1,50}$/u.test(category)) {
    throw badInput('category 为分类表的一级名称,如“城乡建设”。', 'category is a name of level 1 of the taxonomy, such as "城乡建设".');
  }
  return { area, ...range, kind: args.kind ?? null, category };
}

/** What a counter has of the kind and category asked for; all of it when for none. */
function chosen({ matters, ...sums }: CountsDocument, { kind, category }: DashboardModel): PartNumbers[] {
  if (kind === null && category === null) return [sums];
  return cells(matters).filter((cell) => (kind ?? cell.kind) === cell.kind && (category ?? cell.category) === cell.category);
}

const cells = (matters: CountsDocument['matters'] = {}): (PartNumbers & { readonly kind: string; readonly category: string })[] =>
  Object.entries(matters).flatMap(([kind, categories]) => Object.entries(categories).map(([category, parts]) => ({ kind, category, ...parts })));

const load = ({ counts }: DashboardContext, dashboard: DashboardModel, slice: Slice, inDetail = false): Promise<CountsDocument[]> => {
  const { area, from, to, kind, category } = dashboard;
  const isFiltered = kind !== null || category !== null;
  const chosenKinds = kind === null ? kinds : [kind];
  return counts.load({
    area, slice, from, to: slice === 'DAY' ? `${to}-31` : to,
    matters: isFiltered ? { kinds: chosenKinds, category } : inDetail ? 'ALL' : 'NONE',
  });
};

/** Groups' sums, in the order of `keys` where they are given: what is not there is zero. */
const sumsBy = <K>(documents: readonly CountsDocument[], dashboard: DashboardModel, keyOf: (document: CountsDocument) => K): Map<K, CountParts> =>
  new Map([...groupBy(documents, keyOf)].map(([key, same]) => [key, partsOf(same.flatMap((one) => chosen(one, dashboard)))]));

async function byMatter(dashboard: DashboardModel, context: DashboardContext, field: 'kind' | 'category'): Promise<[string, CountParts][]> {
  const { kind, category } = dashboard;
  const all = (await load(context, dashboard, 'MONTH', true)).flatMap(({ matters }) => cells(matters))
    .filter((cell) => (kind ?? cell.kind) === cell.kind && (category ?? cell.category) === cell.category);
  return [...groupBy(all, (cell) => cell[field])].map(([key, same]) => [key, partsOf(same)]);
}

const isSomething = ({ total }: CountParts): boolean => Object.values(total).some((n) => n !== 0);

const daysOf = (from: string, to: string): string[] => {
  const days: string[] = [];
  for (let day = `${from}-01`; day.slice(0, 7) <= to; day = addDays(day, 1)) days.push(day);
  return days;
};

const hoursOfWeek = Array.from({ length: 7 * 24 }, (_, i) => ({ weekday: Math.floor(i / 24) + 1, hour: i % 24 }));

/** A code of that level's form: what its departments are called is the same everywhere. */
const formOf: Readonly<Record<Level, string>> = { CITY: '0'.repeat(4), DISTRICT: '0'.repeat(6), STREET: '0'.repeat(9), COMMUNITY: '0'.repeat(12) };

/** The fields of a dashboard, alike on every level. */
export const dashboardFields = {
  async total(dashboard: DashboardModel, _args: unknown, context: DashboardContext) {
    return partsOf((await load(context, dashboard, 'MONTH')).flatMap((one) => chosen(one, dashboard)));
  },
  async byMonth(dashboard: DashboardModel, _args: unknown, context: DashboardContext) {
    const sums = sumsBy(await load(context, dashboard, 'MONTH'), dashboard, ({ period }) => period);
    return monthsBetween(dashboard.from, dashboard.to).map((month) => ({ month, counts: sums.get(month) ?? partsOf([]) }));
  },
  async byDay(dashboard: DashboardModel, _args: unknown, context: DashboardContext) {
    const sums = sumsBy(await load(context, dashboard, 'DAY'), dashboard, ({ period }) => period);
    return daysOf(dashboard.from, dashboard.to).map((day) => ({ day, counts: sums.get(day) ?? partsOf([]) }));
  },
  async byHour(dashboard: DashboardModel, _args: unknown, context: DashboardContext) {
    const sums = sumsBy(await load(context, dashboard, 'HOUR'), dashboard, ({ key }) => key);
    return hoursOfWeek.map(({ weekday, hour }) => ({ weekday, hour, submitted: sums.get(hourKey(weekday, hour))?.total.submitted ?? 0 }));
  },
  async byKind(dashboard: DashboardModel, _args: unknown, context: DashboardContext) {
    const sums = new Map(await byMatter(dashboard, context, 'kind'));
    return kinds.map((kind) => ({ kind, counts: sums.get(kind) ?? partsOf([]) }));
  },
  async byCategory(dashboard: DashboardModel, _args: unknown, context: DashboardContext) {
    const sums = await byMatter(dashboard, context, 'category');
    return sums.filter(([, counts]) => isSomething(counts)).map(([category, counts]) => ({ category, counts }))
      .sort((a, b) => b.counts.total.submitted - a.counts.total.submitted || (a.category < b.category ? -1 : 1));
  },
  async byProvider(dashboard: DashboardModel, _args: unknown, context: DashboardContext) {
    const sums = sumsBy(await load(context, dashboard, 'PROVIDER'), dashboard, ({ key }) => key ?? '');
    const rows = [...sums].filter(([, counts]) => isSomething(counts)).sort(([a], [b]) => (a < b ? -1 : 1));
    return Promise.all(rows.map(async ([key, counts]) => {
      const isUnit = key.includes('-');
      return { area: isUnit ? dashboard.area : key, unit: isUnit ? await context.units.byCode(key) : null, counts };
    }));
  },
  async byDepartment(dashboard: DashboardModel, _args: unknown, context: DashboardContext) {
    const sums = sumsBy(await load(context, dashboard, 'DEPARTMENT'), dashboard, ({ key }) => key ?? '');
    const rows = [...sums].filter(([, counts]) => isSomething(counts)).map(([key, counts]) => {
      const [level = '', number = null] = key.split('-');
      return { level: level as Level, number, counts };
    });
    rows.sort((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level) || ((a.number ?? '') < (b.number ?? '') ? -1 : 1));
    return Promise.all(rows.map(async ({ level, number, counts }) => {
      const unit = number === null ? null : await context.units.byCode(`${formOf[level]}-${number}`);
      return { level, number, name: unit?.name ?? null, nameEn: unit?.nameEn ?? null, counts };
    }));
  },
};

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);

/** Rates are made here, from counts, and never kept. */
export const ratesFields = {
  accepted: ({ accepted, submitted }: AllCounts) => share(accepted, submitted),
  overdue: ({ overdue, accepted }: AllCounts) => share(overdue, accepted),
  reworked: ({ reworked, resolved }: AllCounts) => share(reworked, resolved),
  rated: ({ rated, unrated }: AllCounts) => share(rated, rated + unrated),
  responded: ({ responded, rated }: AllCounts) => share(responded, rated),
  solved: ({ solved, rated }: AllCounts) => share(solved, rated),
  satisfied: ({ satisfied, rated }: AllCounts) => share(satisfied, rated),
};

export const countPartsFields = { rates: ({ total }: CountParts): AllCounts => total };

/** The resolvers of a dashboard's types. */
export const dashboardResolvers = { Dashboard: dashboardFields, CountParts: countPartsFields, Rates: ratesFields };
