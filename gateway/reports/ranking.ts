import type { Bilingual } from '../claims.js';
import { tableOf } from './csv.js';
import { colours, emptyOption, fitted, fontFamily, layoutOf, margin, textSize, textWidth } from './layout.js';
import { inLanguage, isSomething, levelOf, minRated, number, percent, rateNames, stageNames, type Counts, type Level, type Part, type Rates, type Report } from './model.js';
import type { ReportKind } from './picture.js';

const partNames: Readonly<Record<Level, Bilingual>> = {
  CITY: { zh: '各区', en: 'districts' }, DISTRICT: { zh: '各街道', en: 'streets' }, STREET: { zh: '各社区', en: 'communities' }, COMMUNITY: { zh: '', en: '' },
};

export interface Row extends Part {
  readonly value: number;
  /** Equal values have the same rank and the next is left out; null for those with too few evaluations to compare. */
  readonly rank: number | null;
}

const isRate = (by: string): by is keyof Rates => by in rateNames && by !== 'accepted';
/** The fewer the better. */
const faults: ReadonlySet<string> = new Set(['overdue', 'reworked']);

/** Ranked, best first, and then those that cannot be. */
export function rowsOf({ request: { by }, data: { parts } }: Report): Row[] {
  const measure = by ?? 'satisfied';
  const valued = parts.map((part) => ({ ...part, value: isRate(measure) ? part.rates[measure] : part.counts[measure as keyof Counts] }));
  const isComparable = ({ value, counts }: (typeof valued)[number]): boolean => value !== null && (!isRate(measure) || counts.rated >= minRated);
  const order = (a: number, b: number): number => (faults.has(measure) ? a - b : b - a);
  const ranked = valued.filter(isComparable).map((part) => ({ ...part, value: part.value ?? 0 }))
    .sort((a, b) => order(a.value, b.value) || (a.code < b.code ? -1 : 1));
  const rest = valued.filter((part) => !isComparable(part)).sort((a, b) => (a.code < b.code ? -1 : 1));
  return [
    ...ranked.map((part) => ({ ...part, rank: 1 + ranked.findIndex(({ value }) => value === part.value) })),
    ...rest.map((part) => ({ ...part, value: part.value ?? 0, rank: null })),
  ];
}

const measureName = (by: string): Bilingual => (isRate(by) ? rateNames[by] : stageNames[by as keyof Counts]);
const rowHeight = 26;
const leastRowHeight = 18;

export const ranking: ReportKind = {
  picture(report) {
    const { request: { lang, by, area }, data: { parts } } = report;
    const measure = by ?? 'satisfied';
    const say = (text: Bilingual): string => inLanguage(lang, text);
    const rows = rowsOf(report);
    const ranked = rows.filter(({ rank }) => rank !== null);
    const apart = rows.filter(({ rank }) => rank === null);
    const what = measureName(measure);
    const of = partNames[levelOf(area)];
    const layout = layoutOf(report, { zh: `${of.zh}${what.zh}排名`, en: `${what.en}: ranking of ${of.en}` }, { wanted: (rows.length + 3) * rowHeight, least: 4 * leastRowHeight },
      ...(isRate(measure) ? [{ zh: '括号内为评价数', en: 'number of ratings in brackets' }] : []));
    const { width, height, top, bottom, frame } = layout;
    if (!parts.some(isSomething)) return { width, height, option: emptyOption(layout, report) };

    // What does not fit is left out and said to be, rather than drawn over something else.
    const room = Math.max(Math.floor((height - top - bottom - 10) / leastRowHeight), 3);
    const why = { zh: `评价不足 ${minRated} 件,不排名`, en: `under ${minRated} rated: not ranked` };
    const divider = (lang === 'both' ? [why.zh, why.en] : [say(why)]).map((text) => ({ text }));
    const all: ({ readonly row: Row } | { readonly text: string })[] = [
      ...ranked.map((row) => ({ row })), ...(apart.length > 0 ? divider : []), ...apart.map((row) => ({ row })),
    ];
    const drawn = all.length <= room ? all : [
      ...all.slice(0, room - 1),
      { text: say({ zh: `另有 ${all.length - room + 1} 行未画出,见 CSV`, en: `${all.length - room + 1} more rows are in the CSV` }) },
    ];

    const valueText = ({ value, counts, rank }: Row): string => (isRate(measure)
      ? `${rank === null ? '' : `${percent(value)} `}(${number(counts.rated)})`
      : number(value));
    const valueRoom = Math.max(...rows.map((row) => textWidth(valueText(row)))) + 12;
    // A text stands where there is no bar: beside the names there is too little room for it.
    const names = drawn.map((one) => ('row' in one ? `${one.row.rank ?? '–'}  ${one.row.name}` : ''));
    const nameRoom = Math.min(Math.max(...names.map((name) => textWidth(name))) + 6, (width - 2 * margin) * (width < 600 ? 0.42 : 0.34));
    const most = Math.max(...ranked.map(({ value }) => value), 0);
    return {
      width, height,
      option: {
        ...frame,
        grid: { left: margin + nameRoom + 8, right: margin + valueRoom, top, bottom: bottom + 10, outerBoundsMode: 'none' },
        xAxis: {
          type: 'value', show: false, min: 0, max: isRate(measure) && most <= 1 ? 1 : most || 1,
        },
        yAxis: {
          type: 'category', inverse: true, data: names.map((_, i) => String(i)), axisTick: { show: false }, axisLine: { lineStyle: { color: colours.line } },
          axisLabel: {
            interval: 0, fontSize: textSize, color: colours.ink, fontFamily,
            formatter: (_value: string, i: number) => fitted(names[i] ?? '', nameRoom),
          },
        },
        series: [{
          type: 'bar', barWidth: '62%', emphasis: { disabled: true },
          data: drawn.map((one) => ({
            value: 'row' in one && one.row.rank !== null ? one.row.value : 0,
            itemStyle: { color: 'row' in one && one.row.rank !== null && one.row.rank <= 3 ? colours.blue : colours.sky },
          })),
          label: {
            show: true, position: 'right', fontSize: textSize, color: colours.ink, fontFamily,
            formatter: ({ dataIndex }) => {
              const one = drawn[dataIndex];
              if (!one) return '';
              return 'row' in one ? valueText(one.row) : fitted(one.text, width - 2 * margin - nameRoom - 12);
            },
          },
        }],
      },
    };
  },
  table: (report) => {
    const measure = report.request.by ?? 'satisfied';
    return tableOf<Row>([
      { name: { zh: '名次', en: 'Rank' }, value: ({ rank }) => rank ?? 'INSUFFICIENT' },
      { name: { zh: '区划代码', en: 'Area code' }, value: ({ code }) => code },
      { name: { zh: '名称', en: 'Name' }, value: ({ name }) => name },
      ...(isRate(measure) ? [{ name: rateNames[measure], value: ({ rates }: Row) => rates[measure] }] : []),
      ...(['submitted', 'accepted', 'resolved', 'rated', 'solved', 'satisfied'] as const).map((field) =>
        ({ name: stageNames[field], value: ({ counts }: Row) => counts[field] })),
    ], rowsOf(report));
  },
};
