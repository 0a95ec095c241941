// Draws, on the thread that calls it: tens to hundreds of milliseconds. See renderer.ts for the thread beside.
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';
import * as echarts from 'echarts';
import { fitted, textWidth } from './layout.js';
import type { Report } from './model.js';
import { reports } from './reports.js';

const { resolve } = createRequire(import.meta.url);
const fontFiles = ['400Regular/NotoSansSC_400Regular.ttf', '700Bold/NotoSansSC_700Bold.ttf']
  .map((file) => resolve(`@expo-google-fonts/noto-sans-sc/${file}`));

export function drawSvg(report: Report): string {
  const { width, height, option } = reports[report.request.report].picture(report);
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  try {
    chart.setOption(option);
    fitLabels(chart);
    // XML cannot hold what a name might: control characters, halves of pairs.
    return chart.renderToSVGString().replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');
  } finally {
    chart.dispose();
  }
}

/** Cells say as much as fits: a name cut short still is one, half a number is none, and one letter says nothing. */
function fitLabels(chart: echarts.ECharts): void {
  for (const shape of chart.getZr().storage.getDisplayList(true)) {
    const label = shape.getTextContent();
    const { text, width, height = Infinity, overflow, fontSize } = label?.style ?? {};
    if (!label || typeof text !== 'string' || typeof width !== 'number' || overflow !== 'truncate') continue;
    const [first = '', ...rest] = text.split('\n');
    const size = Number(fontSize);
    const name = fitted(first, width, size);
    const whole = rest.every((line) => textWidth(line, size) <= width) && height >= (1 + rest.length) * size * 1.25;
    label.setStyle({ text: [...name].length < 3 && name !== first ? '' : [name, ...(whole ? rest : [])].join('\n') });
  }
}

/** With the packaged font alone: the same picture on every machine. */
export const drawPng = (svg: string): Uint8Array =>
  new Resvg(svg, { font: { fontFiles, loadSystemFonts: false, defaultFontFamily: 'Noto Sans SC' } }).render().asPng();
