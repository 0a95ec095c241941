import type { EChartsOption } from 'echarts';
import { inLanguage, kindNames, number, percent, type Report } from './model.js';
import type { Bilingual } from '../claims.js';

// One look for all pictures: what it is on top, totals and source below, the drawing between.

export const fontFamily = "'Noto Sans SC', 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";

/** Told apart by every kind of colour vision: Okabe and Ito's, and orange to blue for bad to good. */
export const colours = {
  ink: '#1f2937', quiet: '#566070', line: '#d5dae1', ground: '#ffffff', unknown: '#d4d7dc',
  blue: '#0072b2', sky: '#56b4e9', orange: '#e69f00', vermilion: '#d55e00',
} as const;

/** Bands of a rate, from below. */
export const bands: readonly { readonly from: number; readonly colour: string; readonly text: string }[] = [
  { from: 0, colour: '#b35806', text: '#ffffff' },
  { from: 0.6, colour: '#f1a340', text: '#1f2937' },
  { from: 0.7, colour: '#fbe3c0', text: '#1f2937' },
  { from: 0.8, colour: '#b5d4e9', text: '#1f2937' },
  { from: 0.9, colour: '#2166ac', text: '#ffffff' },
];
export const bandOf = (rate: number) => bands.findLast(({ from }) => rate >= from) ?? bands[0] as (typeof bands)[number];

export const margin = 20;
const titleSize = 20;
export const textSize = 12;
const lineHeight = 18;

/** On the safe side: what a text takes, where it is not known in which font it is shown. */
export const textWidth = (text: string, size = textSize): number =>
  [...text].reduce((width, letter) => width + size * (letter > '\u2e7f' ? 1 : /[A-Z%@mwMW–]/.test(letter) ? 0.8 : 0.58), 0);

/** As much of a text as fits, with an ellipsis. */
export function fitted(text: string, width: number, size = textSize): string {
  if (textWidth(text, size) <= width) return text;
  let kept = '';
  for (const letter of text) {
    if (textWidth(`${kept}${letter}…`, size) > width) break;
    kept += letter;
  }
  return `${kept}…`;
}

/** Pieces in as few lines as they fit in. */
export function inLines(pieces: readonly string[], width: number, size = textSize): string[] {
  const lines: string[] = [];
  for (const piece of pieces.filter((one) => one !== '')) {
    const last = lines.at(-1);
    const joined = last === undefined ? piece : `${last}  ·  ${piece}`;
    if (last === undefined || textWidth(joined, size) > width) lines.push(fitted(piece, width, size));
    else lines[lines.length - 1] = joined;
  }
  return lines;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Where the drawing begins and how much is kept free below it. */
  readonly top: number;
  readonly bottom: number;
  /** Everything but the drawing. */
  readonly frame: EChartsOption;
}

type TextLine = { readonly text: string; readonly size: number; readonly colour: string; readonly bold?: boolean };

const linesOf = (lines: readonly TextLine[], at: 'top' | 'bottom') => lines.map(({ text, size, colour, bold }, i) => ({
  text, left: margin, padding: 0,
  [at]: at === 'top' ? topOf(lines, i) : margin / 2 + (lines.length - 1 - i) * lineHeight,
  textStyle: { fontSize: size, color: colour, fontWeight: bold ? 'bold' as const : 'normal' as const, fontFamily },
}));
const topOf = (lines: readonly TextLine[], i: number): number =>
  lines.slice(0, i).reduce((top, { size }) => top + (size === titleSize ? 30 : lineHeight), 16);

/** How high a drawing is where the height is free, and how low it may get: text over text is no picture. */
export interface Room {
  readonly wanted: number;
  readonly least: number;
}

/** Title, conditions, totals and source, around a drawing. */
export function layoutOf({ request, data, madeAt }: Report, name: Bilingual, { wanted, least }: Room, ...notes: readonly Bilingual[]): Layout {
  const { lang, width, from, to, kind, category } = request;
  const say = (text: Bilingual): string => inLanguage(lang, text);
  /** Each language a piece of its own, where there is room for both only on two lines. */
  const pieces = ({ zh, en }: Bilingual): string[] => (lang === 'both' ? [zh, en] : [say({ zh, en })]);
  const room = width - 2 * margin;
  const { counts, rates } = data.total;

  const [first = '', ...others] = lang === 'both' ? [name.zh, name.en] : [say(name)];
  const together = `${data.area.name} ${first}`;
  const titles = (textWidth(together, titleSize) <= room ? [together, ...others] : [data.area.name, first, ...others]).map((one, i): TextLine => (i === 0
    ? { text: fitted(one, room, titleSize), size: titleSize, colour: colours.ink, bold: true }
    : { text: fitted(one, room), size: textSize, colour: colours.ink }));
  const conditions = inLines([
    from === to ? from : `${from} – ${to}`,
    kind === null ? '' : say(kindNames[kind]),
    category ?? '',
    ...notes.flatMap(pieces),
  ], room);
  const header = [...titles, ...conditions.map((text): TextLine => ({ text, size: textSize, colour: colours.quiet }))];

  const totals = inLines([
    say({ zh: '合计', en: 'Total' }),
    `${say({ zh: '提交', en: 'submitted' })} ${number(counts.submitted)}`,
    `${say({ zh: '受理', en: 'accepted' })} ${number(counts.accepted)}`,
    `${say({ zh: '办结', en: 'resolved' })} ${number(counts.resolved)}`,
    `${say({ zh: '评价', en: 'rated' })} ${number(counts.rated)}`,
    `${say({ zh: '解决率', en: 'solved' })} ${percent(rates.solved)}`,
    `${say({ zh: '满意率', en: 'satisfied' })} ${percent(rates.satisfied)}`,
  ], room);
  const source = inLines([
    ...pieces({ zh: '来源:四级平台逐级汇总计数', en: 'Source: the platform\'s rolled-up counts' }),
    ...pieces({ zh: `生成:${madeAt}(北京时间)`, en: `Made: ${madeAt} (Shanghai)` }),
  ], room);
  const footer = [
    ...totals.map((text): TextLine => ({ text, size: textSize, colour: colours.ink })),
    ...source.map((text): TextLine => ({ text, size: textSize, colour: colours.quiet })),
  ];

  const top = topOf(header, header.length) + 10;
  const bottom = footer.length * lineHeight + margin;
  return {
    width, top, bottom,
    height: Math.max(request.height ?? Math.min(Math.max(top + bottom + wanted, 300), 2000), top + bottom + least),
    frame: {
      animation: false, backgroundColor: colours.ground, textStyle: { fontFamily, fontSize: textSize, color: colours.ink },
      title: [...linesOf(header, 'top'), ...linesOf(footer, 'bottom')],
    },
  };
}

/** The picture of what there is none of: it says so. */
export function emptyOption({ width, height, top, bottom, frame }: Layout, { request: { lang } }: Report): EChartsOption {
  const text = inLanguage(lang, { zh: '该时段没有数据', en: 'Nothing in this period' });
  const title = [...frame.title as object[], {
    text, left: width / 2, top: top + (height - top - bottom) / 2 - 10, padding: 0, textAlign: 'center' as const,
    textStyle: { fontSize: 16, color: colours.quiet, fontWeight: 'normal' as const, fontFamily },
  }];
  return { ...frame, title };
}
