import type { Bilingual } from '../claims.js';
import { tableOf } from './csv.js';
import { colours, emptyOption, fontFamily, layoutOf, margin, textSize } from './layout.js';
import { inLanguage, isSomething, number, percent, stageNames, type Counts, type Report } from './model.js';
import type { ReportKind } from './picture.js';

const name: Bilingual = { zh: '办理闭环漏斗', en: 'Funnel of the closed loop' };

interface Stage {
  readonly stage: keyof Counts;
  readonly of: keyof Counts | null;
  readonly colour: string;
}

// Solved and satisfied are both told by those who rated; neither is a part of the other.
const stages: readonly Stage[] = [
  { stage: 'submitted', of: null, colour: '#08306b' },
  { stage: 'accepted', of: 'submitted', colour: '#08519c' },
  { stage: 'resolved', of: 'accepted', colour: '#2171b5' },
  { stage: 'rated', of: 'resolved', colour: '#4292c6' },
  { stage: 'solved', of: 'rated', colour: '#e69f00' },
  { stage: 'satisfied', of: 'rated', colour: '#f0c04d' },
];

const shareOf = ({ stage, of }: Stage, counts: Counts): number | null => (of === null || counts[of] === 0 ? null : counts[stage] / counts[of]);

export const funnel: ReportKind = {
  picture(report) {
    const { request: { lang }, data: { total } } = report;
    const layout = layoutOf(report, name, { wanted: 420, least: 250 });
    const { width, height, top, bottom, frame } = layout;
    if (!isSomething(total)) return { width, height, option: emptyOption(layout, report) };
    const say = (text: Bilingual): string => inLanguage(lang, text);
    const labels = new Map(stages.map((one) => {
      const share = shareOf(one, total.counts);
      const base = one.of === null || share === null ? ''
        : say({ zh: `占${stageNames[one.of].zh} ${percent(share)}`, en: `${percent(share)} of ${stageNames[one.of].en.toLowerCase()}` });
      return [one.stage as string, `${say(stageNames[one.stage])}  ${number(total.counts[one.stage])}${base && `\n${base}`}`];
    }));
    const labelRoom = Math.max(width * (lang === 'both' ? 0.48 : 0.36), 170);
    return {
      width, height,
      option: {
        ...frame,
        series: [{
          type: 'funnel', sort: 'none', left: margin, top, width: width - labelRoom - 2 * margin, height: height - top - bottom - 10, gap: 3,
          minSize: '1%', max: Math.max(...stages.map(({ stage }) => total.counts[stage])), min: 0, emphasis: { disabled: true },
          label: {
            position: 'right', fontSize: textSize + 1, lineHeight: 17, color: colours.ink, fontFamily, width: labelRoom - 24, overflow: 'truncate',
            formatter: ({ name: stage }) => labels.get(stage) ?? '',
          },
          labelLine: { show: false },
          labelLayout: { x: width - labelRoom - margin + 16 },
          data: stages.map(({ stage, colour }) => ({ name: stage, value: total.counts[stage], itemStyle: { color: colour, borderWidth: 0 } })),
        }],
      },
    };
  },
  table: ({ data: { total } }: Report) => tableOf<Stage>([
    { name: { zh: '环节', en: 'Stage' }, value: ({ stage }) => `${stageNames[stage].zh} / ${stageNames[stage].en}` },
    { name: { zh: '件数', en: 'Number' }, value: ({ stage }) => total.counts[stage] },
    { name: { zh: '占比的分母', en: 'Share of' }, value: ({ of }) => (of === null ? null : `${stageNames[of].zh} / ${stageNames[of].en}`) },
    { name: { zh: '占比', en: 'Share' }, value: (stage) => shareOf(stage, total.counts) },
  ], stages),
};
