import type { EChartsOption } from 'echarts';
import type { Bilingual } from '../claims.js';
import { tableOf } from './csv.js';
import { bandOf, bands, colours, emptyOption, fontFamily, inLines, layoutOf, margin, textSize, textWidth } from './layout.js';
import { inLanguage, isSomething, minRated, percent, rateNames, stageNames, type Part } from './model.js';
import type { ReportKind } from './picture.js';

type Rate = 'solved' | 'satisfied';

const unknown = { colour: colours.unknown, text: colours.ink };
const bandOfPart = ({ counts, rates }: Part, rate: Rate) => {
  const value = counts.rated < minRated ? null : rates[rate];
  return value === null ? unknown : bandOf(value);
};

/** From one band's colour to the next, and that of too few evaluations. */
function legendOf(top: number, width: number, say: (text: Bilingual) => string): { readonly graphic: object[]; readonly height: number } {
  const entries = [
    ...bands.map(({ from, colour }, i) => {
      const to = bands[i + 1]?.from;
      return { colour, text: i === 0 ? `< ${(to ?? 1) * 100}%` : to === undefined ? `≥ ${from * 100}%` : `${from * 100}–${to * 100}%` };
    }),
    { colour: unknown.colour, text: say({ zh: `评价不足 ${minRated} 件`, en: `fewer than ${minRated} rated` }) },
  ];
  const [swatch, line] = [14, 20];
  let [x, y] = [margin, top];
  const graphic = entries.flatMap(({ colour, text }) => {
    const wanted = swatch + 5 + textWidth(text) + 14;
    if (x + wanted > width - margin && x > margin) [x, y] = [margin, y + line];
    const at = x;
    x += wanted;
    return [
      { type: 'rect', shape: { x: at, y, width: swatch, height: swatch }, style: { fill: colour, stroke: colours.line } },
      { type: 'text', x: at + swatch + 5, y: y + 1, style: { text, fill: colours.ink, fontSize: textSize, fontFamily } },
    ];
  });
  return { graphic, height: y - top + line + 6 };
}

export const treemap: ReportKind = {
  picture(report) {
    const { request: { lang, by }, data: { parts } } = report;
    const rate = (by ?? 'satisfied') as Rate;
    const say = (text: Bilingual): string => inLanguage(lang, text);
    const name = { zh: `提交数与${rateNames[rate].zh}分布`, en: `Submitted by size, ${rateNames[rate].en.toLowerCase()} by colour` };
    const layout = layoutOf(report, name, { wanted: Math.max(Math.round(report.request.width * 0.62), 420), least: 200 });
    const { width, height, top, bottom, frame } = layout;
    const shown = parts.filter(({ counts }) => counts.submitted > 0);
    if (shown.length === 0) return { width, height, option: emptyOption(layout, report) };

    const caption = inLines([
      say({ zh: '面积:提交数', en: 'size: submitted' }), say({ zh: `颜色:${rateNames[rate].zh}`, en: `colour: ${rateNames[rate].en.toLowerCase()}` }),
    ], width - 2 * margin).map((text, i) => ({ type: 'text', x: margin, y: top + i * 18, style: { text, fill: colours.quiet, fontSize: textSize, fontFamily } }));
    const legendTop = top + caption.length * 18 + 2;
    const legend = legendOf(legendTop, width, say);

    const leaf = (part: Part) => {
      const { colour, text } = bandOfPart(part, rate);
      return { name: part.name, value: part.counts.submitted, itemStyle: { color: colour }, label: { color: text, formatter: () => leafText(part, rate) } };
    };
    const isNested = shown.some((part) => part.parts.some(({ counts }) => counts.submitted > 0));
    const data = shown.map((part) => {
      const children = part.parts.filter(({ counts }) => counts.submitted > 0);
      return children.length === 0 ? leaf(part) : {
        name: part.name, value: part.counts.submitted, children: children.map(leaf),
        upperLabel: { formatter: () => `${part.name} ${percent(part.counts.rated < minRated ? null : part.rates[rate])}` },
      };
    });
    const option: EChartsOption = {
      ...frame,
      graphic: [...caption, ...legend.graphic] as never,
      series: [{
        type: 'treemap', left: margin, right: margin, top: legendTop + legend.height, bottom: bottom + 10, roam: false, nodeClick: false,
        breadcrumb: { show: false }, emphasis: { disabled: true }, sort: 'desc', squareRatio: 1.2,
        label: { show: true, fontSize: textSize, fontFamily, overflow: 'truncate', ellipsis: '…', padding: 3, lineHeight: 15 },
        upperLabel: { show: isNested, height: 20, fontSize: textSize, fontWeight: 'bold', fontFamily, color: colours.ink, overflow: 'truncate', ellipsis: '…', padding: [0, 4] },
        levels: isNested
          ? [{ itemStyle: { gapWidth: 4, borderWidth: 0 } }, { itemStyle: { borderColor: '#eef1f4', borderWidth: 3, gapWidth: 1 } }, { itemStyle: { borderColor: '#ffffff', borderWidth: 0, gapWidth: 1 } }]
          : [{ itemStyle: { gapWidth: 2, borderWidth: 0 }, upperLabel: { show: false } }],
        data,
      }],
    };
    return { width, height, option };
  },
  table: ({ data: { parts } }) => tableOf<Part & { readonly parent: string | null }>([
    { name: { zh: '所属区划', en: 'Within' }, value: ({ parent }) => parent },
    { name: { zh: '区划代码', en: 'Area code' }, value: ({ code }) => code },
    { name: { zh: '名称', en: 'Name' }, value: ({ name }) => name },
    ...(['submitted', 'rated', 'solved', 'satisfied'] as const).map((field) => ({ name: stageNames[field], value: ({ counts }: Part) => counts[field] })),
    ...(['solved', 'satisfied'] as const).map((field) => ({ name: rateNames[field], value: ({ rates }: Part) => rates[field] })),
  ], parts.filter(isSomething).flatMap((part) =>
    [{ ...part, parent: null }, ...part.parts.filter(isSomething).map((one) => ({ ...one, parent: part.code }))])),
};

const leafText = (part: Part, rate: Rate): string =>
  `${part.name}\n${percent(part.counts.rated < minRated ? null : part.rates[rate])}`;
