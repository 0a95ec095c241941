import { readFileSync } from 'node:fs';
import { csvOf, tableOf } from '../../../gateway/reports/csv.js';
import { drawPng, drawSvg } from '../../../gateway/reports/draw.js';
import { fitted, textWidth } from '../../../gateway/reports/layout.js';
import {
  languages, reportNames, type Counts, type Measured, type Part, type Rates, type Report, type ReportName, type Request,
} from '../../../gateway/reports/model.js';
import { readParameters } from '../../../gateway/reports/parameters.js';
import { rowsOf } from '../../../gateway/reports/ranking.js';
import { reports } from '../../../gateway/reports/reports.js';

const noCounts: Counts = { submitted: 0, accepted: 0, resolved: 0, rated: 0, solved: 0, satisfied: 0 };
function measured(counts: Partial<Counts>): Measured {
  const all = { ...noCounts, ...counts };
  const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
  const rates: Rates = {
    accepted: share(all.accepted, all.submitted), overdue: null, reworked: 0, rated: share(all.rated, all.resolved), responded: 1,
    solved: share(all.solved, all.rated), satisfied: share(all.satisfied, all.rated),
  };
  return { counts: all, rates };
}
const busy = (n: number): Measured => measured({
  submitted: 1_000 + n * 37, accepted: 990 + n * 31, resolved: 900 + n * 29, rated: 500 + n * 17, solved: 400 + n * 13, satisfied: 350 + (n * 53) % 150,
});

/** The real tree: 12 districts and 160 streets with their names. */
const divisions = readFileSync(new URL('../../../data/hefei-divisions.csv', import.meta.url), 'utf8').trim().split(/\r?\n/).map((line) => line.split(','));
const named = (wanted: string): { code: string; name: string }[] => divisions
  .filter(([, , level]) => level === wanted).map(([code = '', name = '']) => ({ code, name }));
const streets = named('STREET');
const districts: Part[] = named('DISTRICT').map((district, i) => ({
  ...district, ...busy(i),
  parts: streets.filter(({ code }) => code.startsWith(district.code)).map((street, j) => ({ ...street, ...busy(i * 7 + j), parts: [] })),
}));

const asked: Request = { report: 'trend', area: '3401', from: '2026-01', to: '2026-12', kind: null, category: null, by: null, lang: 'zh', width: 1000, height: null };
const months = Array.from({ length: 12 }, (_, i) => `2026-${String(i + 1).padStart(2, '0')}`);
function reportOf(request: Partial<Request>, data: Partial<Report['data']> = {}): Report {
  return {
    request: { ...asked, ...request }, madeAt: '2026-12-31 10:00',
    data: {
      area: { code: '3401', name: '合肥市' }, total: busy(900), parts: districts, points: months.map((period, i) => ({ period, ...busy(i) })),
      hours: Array.from({ length: 168 }, (_, i) => ({ weekday: Math.floor(i / 24) + 1, hour: i % 24, submitted: (i * 37) % 1_200 })), ...data,
    },
  };
}
const empty = (report: ReportName): Report => reportOf({ report }, {
  total: measured({}), parts: districts.map((part) => ({ ...part, ...measured({}), parts: [] })),
  points: months.map((period) => ({ period, ...measured({}) })), hours: reportOf({}).data.hours.map((hour) => ({ ...hour, submitted: 0 })),
});

interface Box { readonly text: string; readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }

/** Where each line of text is, by its anchor and baseline; turned ones do not occur. */
function boxesOf(svg: string): Box[] {
  return [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(([, attributes = '', escaped = '']) => {
    const attribute = (name: string): string | undefined => new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
    const text = escaped.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
    const [, dx = '0', dy = '0'] = /translate\(([-\d.]+)[ ,]+([-\d.]+)\)/.exec(attribute('transform') ?? '') ?? [];
    const size = Number(/font-size:\s*([\d.]+)px/.exec(attribute('style') ?? '')?.[1] ?? 12);
    // A little narrower than on the safe side: what is set to fit exactly touches nothing.
    const width = textWidth(text, size) * 0.92;
    const x = Number(attribute('x') ?? 0) + Number(dx);
    const y = Number(attribute('y') ?? 0) + Number(dy);
    const left = { middle: x - width / 2, end: x - width }[attribute('text-anchor') ?? ''] ?? x;
    const middle = attribute('dominant-baseline') === 'central' ? y : y - size * 0.35;
    return { text, left, right: left + width, top: middle - size * 0.45, bottom: middle + size * 0.45 };
  }).filter(({ text }) => text.trim() !== '');
}
const overlaps = (boxes: readonly Box[]): string[] => boxes.flatMap((a, i) => boxes.slice(i + 1)
  .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).map((b) => `${a.text} × ${b.text}`));

describe('what a picture has on it', () => {
  const sizes: readonly Partial<Request>[] = [{ width: 400 }, { width: 1000 }, { width: 2000, height: 1200 }, { width: 500, height: 300 }];
  it.each([
    { lang: 'zh', whole: ['各区解决率排名', '评价不足 30 件,不排名'] },
    { lang: 'en', whole: ['Solved rate: ranking of districts', 'under 30 rated: not ranked'] },
    { lang: 'both', whole: ['各区解决率排名', 'Solved rate: ranking of districts', '评价不足 30 件,不排名', 'under 30 rated: not ranked'] },
  ] as const)('a narrow ranking in $lang says all of its name and who is not ranked', ({ lang, whole }) => {
    const [first, ...others] = districts;
    const parts = [{ ...first, ...measured({ submitted: 40, rated: 29, solved: 20 }) } as Part, ...others];
    const texts = boxesOf(drawSvg(reportOf({ report: 'ranking', by: 'solved', lang, width: 400 }, { parts }))).map(({ text }) => text);
    for (const text of whole) expect(texts.join('\n')).toContain(text);
  });

  it.each(reportNames.flatMap((report) => languages.flatMap((lang) => sizes.map((size) => ({ report, lang, ...size })))))(
    'has no text over another, nor beyond the edge: $report $lang $width × $height',
    (request) => {
      const boxes = boxesOf(drawSvg(reportOf(request)));
      expect(boxes.length).toBeGreaterThan(5);
      expect(overlaps(boxes)).toEqual([]);
      expect(boxes.filter(({ left, right }) => left < 0 || right > request.width! + 1)).toEqual([]);
    },
  );

  it('would tell if two were over each other', () => {
    const [first] = boxesOf(drawSvg(reportOf({ report: 'ranking' })));
    expect(overlaps([first!, { ...first!, left: first!.left + 5 }])).toHaveLength(1);
  });

  it.each(reportNames)('says what it is, of where and when, its totals, source and time: %s', (report) => {
    const text = boxesOf(drawSvg(reportOf({ report, kind: 'DEMAND', category: '城乡建设' }))).map((box) => box.text).join('\n');
    for (const part of ['合肥市', '2026-01 – 2026-12', '诉求', '城乡建设', '提交 34,300', '来源:', '2026-12-31 10:00']) expect(text).toContain(part);
  });

  it.each(reportNames)('says so when there is nothing: %s', (report) => {
    expect(drawSvg(empty(report))).toContain('该时段没有数据');
    expect(drawSvg(reportOf({ report }))).not.toContain('该时段没有数据');
  });

  it('names all districts, and the streets as far as there is room', () => {
    const ranking = drawSvg(reportOf({ report: 'ranking' }));
    for (const { name } of districts) expect(ranking).toContain(name);
    const treemap = drawSvg(reportOf({ report: 'treemap', width: 2000, height: 2000 }));
    expect(streets.filter(({ name }) => treemap.includes(name)).length).toBeGreaterThan(streets.length / 2);
  });

  it('leaves out what there is no room for, and says how much', () => {
    expect(drawSvg(reportOf({ report: 'ranking', height: 300 }))).toMatch(/另有 \d+ 行未画出/);
  });

  it.each(reportNames)('takes a name for text, whatever is in it: %s', (report) => {
    const name = '<script>alert(1)</script>"\'&{a|b}\u0000\ud800';
    const parts = districts.map((part) => ({ ...part, name, parts: part.parts.map((one) => ({ ...one, name })) }));
    const svg = drawSvg(reportOf({ report, category: name, width: 2000, height: 2000 }, { area: { code: '3401', name }, parts }));
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;');
    for (const bad of ['\u0000', '\ud800']) expect(svg.includes(bad)).toBe(false);
    expect(drawPng(svg).length).toBeGreaterThan(1_000);
  });

  it('is the same PNG each time', () => {
    const draw = (): Buffer => Buffer.from(drawPng(drawSvg(reportOf({ report: 'funnel' }))));
    const [first, second] = [draw(), draw()];
    expect(first.equals(second)).toBe(true);
    expect(first.subarray(1, 4).toString()).toBe('PNG');
  });
});

describe('ranking', () => {
  const part = (code: string, counts: Partial<Counts>): Part => ({ code, name: code, ...measured(counts), parts: [] });
  const parts = [
    part('340102', { rated: 100, satisfied: 80 }), part('340103', { rated: 50, satisfied: 40 }), part('340104', { rated: 29, satisfied: 29 }),
    part('340111', { rated: 30, satisfied: 30 }), part('340121', { rated: 100, satisfied: 70 }), part('340122', {}),
  ];
  const ranks = (by: string): [string, number | null][] => rowsOf(reportOf({ report: 'ranking', by }, { parts })).map(({ code, rank }) => [code, rank]);

  it('gives equal rates the same rank, and none to fewer than 30 rated', () => {
    expect(ranks('satisfied')).toEqual([['340111', 1], ['340102', 2], ['340103', 2], ['340121', 4], ['340104', null], ['340122', null]]);
  });

  it('ranks numbers whoever rated, and faults the fewest first', () => {
    expect(ranks('submitted').every(([, rank]) => rank === 1)).toBe(true);
    const faulty = parts.map((one, i) => ({ ...one, rates: { ...one.rates, overdue: i / 10 } }));
    expect(rowsOf(reportOf({ report: 'ranking', by: 'overdue' }, { parts: faulty }))[0]).toMatchObject({ code: '340102', rank: 1, value: 0 });
  });
});

describe('CSV', () => {
  it('has a byte order mark, both languages and the same numbers as the picture', () => {
    const csv = csvOf(reports.funnel.table(reportOf({ report: 'funnel' })));
    const [header = '', ...rows] = csv.slice(1).trim().split('\r\n');
    expect(csv[0]).toBe('\ufeff');
    expect(header).toBe('环节 / Stage,件数 / Number,占比的分母 / Share of,占比 / Share');
    expect(rows).toHaveLength(6);
    const picture = drawSvg(reportOf({ report: 'funnel' }));
    for (const row of rows) expect(picture).toContain(Number(row.split(',')[1]).toLocaleString('en-US'));
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1'])('leaves no formula to a spreadsheet: %j', (name) => {
    const csv = csvOf(tableOf([{ name: { zh: '名称', en: 'Name' }, value: (value: string) => value }], [name]));
    expect(csv.split('\r\n')[1]).toBe(`'${name}`);
  });

  it.each(reportNames)('has a row for each thing drawn, and as many cells as the header: %s', (report) => {
    const { header, rows } = reports[report].table(reportOf({ report }));
    expect(rows.length).toBe({ funnel: 6, trend: 12, ranking: 12, treemap: 12 + streets.length, heat: 168 }[report]);
    for (const row of rows) expect(row).toHaveLength(header.length);
  });
});

describe('parameters', () => {
  const read = (report: ReportName, query: Record<string, unknown>) => readParameters(report, query, '2026-11');

  it('are the last twelve months of the city unless said otherwise', () => {
    expect(read('ranking', {})).toEqual({ ok: true, request: {
      report: 'ranking', area: '3401', from: '2025-12', to: '2026-11', kind: null, category: null, by: 'satisfied', lang: 'zh', width: 1000, height: null,
    } });
    expect(read('trend', { by: 'day' })).toMatchObject({ ok: true, request: { from: '2026-09', to: '2026-11' } });
  });

  it.each<[ReportName, Record<string, unknown>, string[]]>([
    ['trend', { area: '34O1' }, ['area']],
    ['trend', { area: ['3401', '340103'] }, ['area']],
    ['trend', { from: '2026-13' }, ['from']],
    ['trend', { from: '2026-10', to: '2026-09' }, ['from']],
    ['trend', { from: '2024-09', to: '2026-09' }, ['from']],
    ['trend', { from: '2026-01', to: '2026-04', by: 'day' }, ['from']],
    ['trend', { kind: 'OTHER' }, ['kind']],
    ['trend', { category: '城乡建设/安全生产' }, ['category']],
    ['trend', { category: '$where.x' }, ['category']],
    ['trend', { by: 'week' }, ['by']],
    ['funnel', { by: 'month' }, ['by']],
    ['ranking', { area: '340103001001' }, ['area']],
    ['trend', { lang: 'fr' }, ['lang']],
    ['trend', { width: '399' }, ['width']],
    ['trend', { width: '1e3', height: '2001' }, ['width', 'height']],
    ['trend', { colour: 'red', area: 'x' }, ['area', 'colour']],
  ])('are refused with a sentence for each: %s %j', (report, query, wrong) => {
    const result = read(report, query);
    expect(!result.ok && result.problems.map(({ parameter }) => parameter)).toEqual(wrong);
    for (const { text } of result.ok ? [] : result.problems) {
      expect(text.zh).toMatch(/。$/);
      expect(text.en).toMatch(/\.$/);
    }
  });
});

it('cuts a text to what fits, with an ellipsis', () => {
  expect(fitted('合肥高新技术产业开发区', 60)).toBe('合肥高新…');
  expect(fitted('蜀山区', 60)).toBe('蜀山区');
});
