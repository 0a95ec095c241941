import type { Bilingual } from '../claims.js';
import { tableOf } from './csv.js';
import { colours, emptyOption, fontFamily, layoutOf, margin, textSize, textWidth } from './layout.js';
import { inLanguage, number, weekdayNames, type Hour } from './model.js';
import type { ReportKind } from './picture.js';

const name: Bilingual = { zh: '提交时段热力(星期 × 钟点)', en: 'Submissions by weekday and hour' };
/** One hue from light to dark: told apart without colour. */
const scale = ['#f5f9fd', '#d6e6f4', '#abd0e6', '#6aaed6', '#3787c0', '#105ba4', '#08306b'];
const keyHeight = 44;

export const heat: ReportKind = {
  picture(report) {
    const { request: { lang }, data: { hours } } = report;
    const layout = layoutOf(report, name, { wanted: 7 * 40 + 40 + keyHeight, least: 7 * 18 + 40 + keyHeight });
    const { width, height, top, bottom, frame } = layout;
    const most = Math.max(...hours.map(({ submitted }) => submitted), 0);
    if (most === 0) return { width, height, option: emptyOption(layout, report) };
    const say = (text: Bilingual): string => inLanguage(lang, text);
    const days = weekdayNames.map(say);
    const dayRoom = Math.max(...days.map((day) => textWidth(day))) + 10;
    const cell = (width - 2 * margin - dayRoom) / 24;
    const showNumbers = textWidth(number(most), 11) + 4 <= cell;
    const axisLabel = { fontSize: textSize, color: colours.quiet, fontFamily };
    return {
      width, height,
      option: {
        ...frame,
        grid: { left: margin + dayRoom, right: margin, top, bottom: bottom + keyHeight + 26, outerBoundsMode: 'none' },
        xAxis: {
          type: 'category', data: Array.from({ length: 24 }, (_, hour) => String(hour)), splitArea: { show: false }, axisTick: { show: false },
          axisLine: { show: false }, axisLabel: { ...axisLabel, interval: cell < 20 ? 2 : 0 },
        },
        yAxis: { type: 'category', inverse: true, data: days, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { ...axisLabel, interval: 0 } },
        visualMap: {
          type: 'continuous', min: 0, max: most, calculable: false, orient: 'horizontal', left: margin + dayRoom, bottom: bottom + 6,
          itemWidth: 12, itemHeight: Math.min(220, width / 3), inRange: { color: scale },
          text: [number(most), say({ zh: '提交 0', en: 'submitted 0' })], textStyle: { fontSize: textSize, color: colours.quiet, fontFamily }, textGap: 8,
        },
        series: [{
          type: 'heatmap', emphasis: { disabled: true }, itemStyle: { borderColor: '#ffffff', borderWidth: 1 },
          data: hours.map(({ weekday, hour, submitted }) => ({
            value: [hour, weekday - 1, submitted],
            label: {
              show: showNumbers && submitted > 0, color: submitted / most > 0.5 ? '#ffffff' : colours.ink, fontSize: 11, fontFamily, formatter: () => number(submitted),
            },
          })),
        }],
      },
    };
  },
  table: ({ data: { hours } }) => tableOf<Hour>([
    { name: { zh: '星期', en: 'Weekday' }, value: ({ weekday }) => { const day = weekdayNames[weekday - 1]; return day ? `${day.zh} / ${day.en}` : null; } },
    { name: { zh: '钟点', en: 'Hour' }, value: ({ hour }) => hour },
    { name: { zh: '提交', en: 'Submitted' }, value: ({ submitted }) => submitted },
  ], hours),
};
