import type { Area, Level, Measured, Part, ReportData, ReportName, Request } from './model.js';
import { levelOf } from './model.js';

// What a report asks the federated schema, as any caller could, and what it takes from the answer.

export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, string>>;
}

const root: Readonly<Record<Level, string>> = {
  CITY: 'city', DISTRICT: 'district(code: $area)', STREET: 'street(code: $area)', COMMUNITY: 'community(code: $area)',
};
const below: Readonly<Record<Level, readonly string[]>> = {
  CITY: ['districts', 'streets'], DISTRICT: ['streets', 'communities'], STREET: ['communities'], COMMUNITY: [],
};

const dashboard = (fields: string): string => `dashboard(from: $from, to: $to, kind: $kind, category: $category) { ${fields} }`;
const providers = 'byProvider { area unit { code } counts { ...numbers } }';

/** Fields of an area's dashboard, and what is asked of the areas below. */
const wanted: Readonly<Record<ReportName, (level: Level, by: string | null) => string>> = {
  funnel: () => dashboard('total { ...numbers }'),
  trend: (_level, by) => dashboard(by === 'day'
    ? 'total { ...numbers } byDay { period: day counts { ...numbers } }'
    : 'total { ...numbers } byMonth { period: month counts { ...numbers } }'),
  ranking: (level) => `${dashboard(`total { ...numbers } ${providers}`)} parts: ${below[level][0]} { code name }`,
  treemap: (level) => {
    const [child = '', grandchild] = below[level];
    const within = grandchild === undefined ? '' : ` ${dashboard(providers)} parts: ${grandchild} { code name }`;
    return `${dashboard(`total { ...numbers } ${providers}`)} parts: ${child} { code name${within} }`;
  },
  heat: () => dashboard('total { ...numbers } byHour { weekday hour submitted }'),
};

export function operationOf({ report, area, from, to, kind, category, by }: Request): Operation {
  const level = levelOf(area);
  return {
    query: `query Report_${report}(${level === 'CITY' ? '' : '$area: AreaCode!, '}$from: Month, $to: Month, $kind: CaseKind, $category: String) {
      area: ${root[level]} { code name ${wanted[report](level, by)} }
    }
    fragment numbers on CountParts {
      total { submitted accepted resolved rated solved satisfied }
      rates { accepted overdue reworked rated responded solved satisfied }
    }`,
    variables: {
      ...(level !== 'CITY' && { area }), from, to, ...(kind !== null && { kind }), ...(category !== null && { category }),
    },
  };
}

interface Numbers { readonly total: Measured['counts']; readonly rates: Measured['rates'] }
interface Provider { readonly area: string; readonly unit: { readonly code: string } | null; readonly counts: Numbers }
interface AnsweredArea extends Area {
  readonly dashboard: {
    readonly total?: Numbers;
    readonly byMonth?: readonly { readonly period: string; readonly counts: Numbers }[];
    readonly byDay?: readonly { readonly period: string; readonly counts: Numbers }[];
    readonly byHour?: ReportData['hours'];
    readonly byProvider?: readonly Provider[];
  } | null;
  readonly parts?: readonly AnsweredArea[];
}
export interface AnswerData {
  readonly area: AnsweredArea | null;
}

const zeros: Measured = {
  counts: { submitted: 0, accepted: 0, resolved: 0, rated: 0, solved: 0, satisfied: 0 },
  rates: { accepted: null, overdue: null, reworked: null, rated: null, responded: null, solved: null, satisfied: null },
};
const measured = ({ total, rates }: Numbers): Measured => ({ counts: { ...total }, rates: { ...rates } });

/** The areas below: those of today, and those that have ended since, which are known by their codes alone. */
function partsOf({ code, dashboard: own, parts = [] }: AnsweredArea): Part[] {
  const counted = new Map((own?.byProvider ?? []).filter(({ unit, area }) => unit === null && area !== code)
    .map(({ area, counts }) => [area, measured(counts)]));
  const known = parts.map((part): Part =>
    ({ code: part.code, name: part.name, ...(counted.get(part.code) ?? zeros), parts: partsOf(part) }));
  const ended = [...counted].filter(([area]) => !parts.some((part) => part.code === area))
    .map(([area, numbers]): Part => ({ code: area, name: area, ...numbers, parts: [] }));
  return [...known, ...ended];
}

/** Null for an area that is not there, or whose numbers the caller may not see. */
export function dataOf(request: Request, { area }: AnswerData): ReportData | null {
  if (!area?.dashboard?.total || area.code !== request.area) return null;
  const { byMonth, byDay, byHour = [], total } = area.dashboard;
  return {
    area: { code: area.code, name: area.name },
    total: measured(total),
    points: (byDay ?? byMonth ?? []).map(({ period, counts }) => ({ period, ...measured(counts) })),
    parts: partsOf(area),
    hours: byHour,
  };
}
