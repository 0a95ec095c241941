import type { Bilingual } from '../claims.js';
import { tableOf } from './csv.js';
import { colours, emptyOption, fontFamily, layoutOf, margin, textSize, textWidth } from './layout.js';
import { inLanguage, isSomething, rateNames, stageNames, type Point } from './model.js';
import type { ReportKind } from './picture.js';

const names: Readonly<Record<string, Bilingual>> = {
  month: { zh: '逐月趋势', en: 'Trend by month' },
  day: { zh: '逐日趋势', en: 'Trend by day' },
};

export const trend: ReportKind = {
  picture(report) {
    const { request: { lang, by }, data: { points } } = report;
    const layout = layoutOf(report, names[by ?? 'month'] ?? { zh: '', en: '' }, { wanted: 380, least: 220 });
    const { width, height, top, bottom, frame } = layout;
    if (!points.some(isSomething)) return { width, height, option: emptyOption(layout, report) };
    const say = (text: Bilingual): string => inLanguage(lang, text);
    const isDays = by === 'day';
    const gap = width < 600 ? 8 : 16;
    const legendWidth = width - 2 * margin - 50;
    const legendLines = [stageNames.submitted, stageNames.resolved, rateNames.solved, rateNames.satisfied].map((one) => 25 + gap + textWidth(say(one)))
      .reduce(({ lines, used }, wanted) => (used + wanted > legendWidth ? { lines: lines + 1, used: wanted } : { lines, used: used + wanted }), { lines: 1, used: 0 }).lines;
    const axisLabel = { fontSize: textSize, color: colours.quiet, fontFamily };
    const nameStyle = { fontSize: textSize, color: colours.quiet, fontFamily };
    const rate = (field: 'solved' | 'satisfied', colour: string, symbol: string, type: 'solid' | 'dashed') => ({
      type: 'line' as const, name: say(rateNames[field]), yAxisIndex: 1, symbol, symbolSize: isDays ? 4 : 7, connectNulls: false,
      lineStyle: { color: colour, width: 2.5, type }, itemStyle: { color: colour }, emphasis: { disabled: true },
      data: points.map(({ rates }) => rates[field]),
    });
    const bar = (field: 'submitted' | 'resolved', colour: string) => ({
      type: 'bar' as const, name: say(stageNames[field]), itemStyle: { color: colour }, barMaxWidth: 26, emphasis: { disabled: true },
      data: points.map(({ counts }) => counts[field]),
    });
    return {
      width, height,
      option: {
        ...frame,
        legend: {
          top, left: margin, width: legendWidth, itemWidth: 20, itemHeight: 10, itemGap: gap, selectedMode: false,
          textStyle: { fontSize: textSize, color: colours.ink, fontFamily },
        },
        grid: {
          left: margin, right: margin, top: top + legendLines * 20 + 34, bottom: bottom + 14,
          outerBoundsMode: 'same', outerBoundsContain: 'axisLabel',
        },
        xAxis: {
          type: 'category', data: points.map(({ period }) => (isDays ? period.slice(5) : period)), axisTick: { alignWithLabel: true },
          axisLine: { lineStyle: { color: colours.line } }, axisLabel: { ...axisLabel, hideOverlap: true, rotate: 0 },
        },
        yAxis: [
          {
            type: 'value', name: say({ zh: '件', en: 'cases' }), nameTextStyle: { ...nameStyle, align: 'left' }, minInterval: 1, axisLabel,
            splitLine: { lineStyle: { color: colours.line } },
          },
          {
            type: 'value', name: say({ zh: '占评价', en: 'of rated' }), nameTextStyle: { ...nameStyle, align: 'right' }, min: 0, max: 1, interval: 0.2, splitLine: { show: false },
            axisLabel: { ...axisLabel, formatter: (value: number) => `${Math.round(value * 100)}%` },
          },
        ],
        series: [
          bar('submitted', colours.sky), bar('resolved', colours.blue),
          rate('solved', colours.orange, 'rect', 'dashed'), rate('satisfied', colours.vermilion, 'circle', 'solid'),
        ],
      },
    };
  },
  table: ({ request: { by }, data: { points } }) => tableOf<Point>([
    { name: by === 'day' ? { zh: '日期', en: 'Day' } : { zh: '月份', en: 'Month' }, value: ({ period }) => period },
    ...(['submitted', 'accepted', 'resolved', 'rated', 'solved', 'satisfied'] as const).map((field) =>
      ({ name: stageNames[field], value: ({ counts }: Point) => counts[field] })),
    ...(['solved', 'satisfied'] as const).map((field) => ({ name: rateNames[field], value: ({ rates }: Point) => rates[field] })),
  ], points),
};
