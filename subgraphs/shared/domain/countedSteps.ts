import { levelOfCode } from './areaCode.js';
import { measures, type Measure } from './counts.js';

/** Which steps of cases a number stands for: all of a measure in an area, what is below included. */
export interface CountedStepsKey {
  /** No grid. */
  readonly area: string;
  readonly measure: Measure;
  /** Months, both included: `2026-01`. */
  readonly from: string;
  readonly to: string;
  /** As it was known then; null: as it is known now. */
  readonly asOf: Date | null;
}

/** Whoever keeps a number names what is behind it by this; the community, which has the cases, answers for it. */
export const countedStepsId = ({ area, measure, from, to, asOf }: CountedStepsKey): string =>
  [area, measure, from, to, asOf?.toISOString() ?? 'NOW'].join('|');

const month = /^\d{4}-(0[1-9]|1[0-2])$/;

/** Null for what is no such id. */
export function countedStepsKey(id: string): CountedStepsKey | null {
  const [area = '', measure = '', from = '', to = '', asOf = '', ...rest] = id.split('|');
  const level = levelOfCode(area);
  const at = asOf === 'NOW' ? null : new Date(asOf);
  const isKey = rest.length === 0 && level !== null && level !== 'GRID' && isMeasure(measure)
    && month.test(from) && month.test(to) && from <= to && (at === null || (!Number.isNaN(at.getTime()) && at.toISOString() === asOf));
  return isKey ? { area, measure: measure as Measure, from, to, asOf: at } : null;
}

const isMeasure = (text: string): boolean => (measures as readonly string[]).includes(text);
