import type { Bilingual } from '../claims.js';

// What a report is made of: plain data, so that it can go to the thread that draws.

export const reportNames = ['funnel', 'trend', 'ranking', 'treemap', 'heat'] as const;
export type ReportName = (typeof reportNames)[number];
export const formats = ['svg', 'png', 'csv'] as const;
export type Format = (typeof formats)[number];
export const languages = ['zh', 'en', 'both'] as const;
export type Language = (typeof languages)[number];
export const kinds = ['DEMAND', 'APPLICATION', 'PATROL'] as const;
export type Kind = (typeof kinds)[number];

export const levels = ['CITY', 'DISTRICT', 'STREET', 'COMMUNITY'] as const;
export type Level = (typeof levels)[number];
const levelByDigits: Readonly<Record<number, Level>> = { 4: 'CITY', 6: 'DISTRICT', 9: 'STREET', 12: 'COMMUNITY' };
export const levelOf = (code: string): Level => levelByDigits[code.length] ?? 'COMMUNITY';

/** Evaluations that a rate needs before it is compared. */
export const minRated = 30;

/** What was asked for. */
export interface Request {
  readonly report: ReportName;
  readonly area: string;
  readonly from: string;
  readonly to: string;
  readonly kind: Kind | null;
  readonly category: string | null;
  /** What it is by, where a report has a choice. */
  readonly by: string | null;
  readonly lang: Language;
  readonly width: number;
  /** Null: as high as what is in it. */
  readonly height: number | null;
}

export interface Area {
  readonly code: string;
  readonly name: string;
}

export interface Counts {
  readonly submitted: number;
  readonly accepted: number;
  readonly resolved: number;
  readonly rated: number;
  readonly solved: number;
  readonly satisfied: number;
}

export interface Rates {
  readonly accepted: number | null;
  readonly overdue: number | null;
  readonly reworked: number | null;
  readonly rated: number | null;
  readonly responded: number | null;
  readonly solved: number | null;
  readonly satisfied: number | null;
}

/** An area or a time with its numbers. */
export interface Measured {
  readonly counts: Counts;
  readonly rates: Rates;
}

export interface Point extends Measured {
  /** A month or a day. */
  readonly period: string;
}

export interface Part extends Area, Measured {
  readonly parts: readonly Part[];
}

export interface Hour {
  /** 1 is Monday. */
  readonly weekday: number;
  readonly hour: number;
  readonly submitted: number;
}

/** A report's data; each report fills in what it shows. */
export interface ReportData {
  readonly area: Area;
  readonly total: Measured;
  readonly points: readonly Point[];
  readonly parts: readonly Part[];
  readonly hours: readonly Hour[];
}

export interface Report {
  readonly request: Request;
  readonly data: ReportData;
  /** When it was made, as it is written in Shanghai: `2026-03-31 10:00`. */
  readonly madeAt: string;
}

export const inLanguage = (lang: Language, { zh, en }: Bilingual): string =>
  ({ zh, en, both: zh === en ? zh : `${zh} ${en}` })[lang];

export const stageNames: Readonly<Record<keyof Counts, Bilingual>> = {
  submitted: { zh: '提交', en: 'Submitted' },
  accepted: { zh: '受理', en: 'Accepted' },
  resolved: { zh: '办结', en: 'Resolved' },
  rated: { zh: '评价', en: 'Rated' },
  solved: { zh: '已解决', en: 'Solved' },
  satisfied: { zh: '满意', en: 'Satisfied' },
};

export const rateNames: Readonly<Record<keyof Rates, Bilingual>> = {
  accepted: { zh: '受理率', en: 'Accepted rate' },
  overdue: { zh: '超期率', en: 'Overdue rate' },
  reworked: { zh: '重办率', en: 'Rework rate' },
  rated: { zh: '参评率', en: 'Rated rate' },
  responded: { zh: '回应率', en: 'Response rate' },
  solved: { zh: '解决率', en: 'Solved rate' },
  satisfied: { zh: '满意率', en: 'Satisfied rate' },
};

export const kindNames: Readonly<Record<Kind, Bilingual>> = {
  DEMAND: { zh: '诉求', en: 'demands' },
  APPLICATION: { zh: '申办', en: 'applications' },
  PATROL: { zh: '巡查', en: 'patrol findings' },
};

export const weekdayNames: readonly Bilingual[] = [
  { zh: '周一', en: 'Mon' }, { zh: '周二', en: 'Tue' }, { zh: '周三', en: 'Wed' }, { zh: '周四', en: 'Thu' },
  { zh: '周五', en: 'Fri' }, { zh: '周六', en: 'Sat' }, { zh: '周日', en: 'Sun' },
];

export const number = (n: number): string => n.toLocaleString('en-US');
/** A share as text; a dash for a share of nothing. */
export const percent = (share: number | null): string => (share === null ? '–' : `${(share * 100).toFixed(1)}%`);
export const isSomething = ({ counts }: Measured): boolean => Object.values(counts).some((n) => n !== 0);
