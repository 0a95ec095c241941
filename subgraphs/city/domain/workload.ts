// What a survey counts in a district, and what follows from it: how many people serve how many residents.
import { levelOfCode } from '../../shared/domain/areaCode.js';
import { invalid, type DomainError } from '../../shared/domain/result.js';
import { lengthOf } from '../../shared/domain/text.js';

export interface DistrictFigures {
  /** Area code. */
  readonly code: string;
  readonly registeredPopulation: number;
  readonly residentPopulation: number;
  readonly streets: number;
  readonly communities: number;
  readonly streetStaff: number;
  readonly communityStaff: number;
  /** Mean of a street's windows in a day, and of a community's. */
  readonly streetTransactionsPerDay: number;
  readonly communityTransactionsPerDay: number;
  /** Communities with fewer residents, and with smaller grids, than the standard that the survey held them against. */
  readonly communitiesBelowStandard: number;
  readonly communitiesWithSmallGrids: number;
}

export interface Survey {
  readonly year: number;
  readonly source: string;
  readonly districts: readonly DistrictFigures[];
}

/** Until the city publishes its first. */
export const defaultSurveyVersion = 'hefei-2014';

export const maxDigits = 6;

/**
 * `numerator / denominator`, rounded half up to so many decimals. The rounding is done on whole numbers: a binary
 * fraction such as 1.005 would round the wrong way.
 */
export function ratio(numerator: number, denominator: number, digits = 0): number {
  const scale = 10 ** digits;
  return Math.floor((2 * numerator * scale + denominator) / (2 * denominator)) / scale;
}

const tenThousand = 10_000;

export const staffPerStreet = ({ streetStaff, streets }: DistrictFigures): number => ratio(streetStaff, streets);
export const staffPerCommunity = ({ communityStaff, communities }: DistrictFigures): number => ratio(communityStaff, communities);
export const residentsPerStreetWorker = ({ residentPopulation, streetStaff }: DistrictFigures): number =>
  ratio(residentPopulation, streetStaff);
export const residentsPerCommunityWorker = ({ residentPopulation, communityStaff }: DistrictFigures): number =>
  ratio(residentPopulation, communityStaff);
/** In ten thousands. */
export const residentsPerStreet = ({ residentPopulation, streets }: DistrictFigures, digits: number): number =>
  ratio(residentPopulation, streets * tenThousand, digits);
/** In ten thousands. */
export const residentsPerCommunity = ({ residentPopulation, communities }: DistrictFigures, digits: number): number =>
  ratio(residentPopulation, communities * tenThousand, digits);

/** By how many percent one district's residents per community exceed another's; one decimal. */
export const residentsPerCommunityOver = (one: DistrictFigures, other: DistrictFigures): number =>
  ratio(100 * (one.residentPopulation * other.communities - other.residentPopulation * one.communities),
    other.residentPopulation * one.communities, 1);

const positive = ['residentPopulation', 'streets', 'communities', 'streetStaff', 'communityStaff'] as const;
const whole = [
  ...positive, 'registeredPopulation', 'streetTransactionsPerDay', 'communityTransactionsPerDay', 'communitiesBelowStandard',
  'communitiesWithSmallGrids',
] as const;
const parts = ['communitiesBelowStandard', 'communitiesWithSmallGrids'] as const;
const maxFigure = 50_000_000;
const maxDistricts = 100;
const maxSource = 200;
const firstYear = 1949;

function figuresFault(figures: DistrictFigures, nth: number): DomainError | null {
  const place = String(nth);
  if (levelOfCode(figures.code) !== 'DISTRICT') {
    return invalid('区的代码为 6 位。', "A district's code has 6 digits.", 'districts', place, 'district');
  }
  const outside = whole.find((name) => !Number.isInteger(figures[name]) || figures[name] < 0 || figures[name] > maxFigure);
  if (outside) return invalid(`须为 0–${maxFigure} 的整数。`, `A whole number from 0 to ${maxFigure}.`, 'districts', place, outside);
  const zero = positive.find((name) => figures[name] === 0);
  if (zero) return invalid('不能为 0:以它为分母。', 'Not 0: other figures are divided by it.', 'districts', place, zero);
  const more = parts.find((name) => figures[name] > figures.communities);
  return more ? invalid('不能多于社区总数。', 'No more than there are communities.', 'districts', place, more) : null;
}

/** Why this cannot be published in the year `thisYear`; null when it can. */
export function surveyFault({ year, source, districts }: Survey, thisYear: number): DomainError | null {
  if (!Number.isInteger(year) || year < firstYear || year > thisYear) {
    return invalid(`年份须为 ${firstYear}–${thisYear}。`, `The year is from ${firstYear} to ${thisYear}.`, 'year');
  }
  if (lengthOf(source) < 1 || lengthOf(source) > maxSource) {
    return invalid(`来源须为 1–${maxSource} 字。`, `The source has 1–${maxSource} characters.`, 'source');
  }
  if (districts.length < 1 || districts.length > maxDistricts) {
    return invalid(`须有 1–${maxDistricts} 个区。`, `Give 1–${maxDistricts} districts.`, 'districts');
  }
  const twice = districts.findIndex(({ code }, i) => districts.findIndex((other) => other.code === code) !== i);
  if (twice >= 0) return invalid('该区已列。', 'That district is listed already.', 'districts', String(twice), 'district');
  for (const [i, figures] of districts.entries()) {
    const fault = figuresFault(figures, i);
    if (fault) return fault;
  }
  return null;
}
