/** Households that one grid should have, both ends included. */
export interface GridStandard {
  readonly min: number;
  readonly max: number;
}

/** Numbers of grids. */
export interface GridPlan {
  /** Fewest: with this many no grid is above the standard. */
  readonly min: number;
  /** Most: with this many no grid is below it. Never less than `min`. */
  readonly max: number;
  /** The middle of the range to two significant digits, kept within it: a plan is a round number. */
  readonly recommended: number;
}

export function planGrids(households: number, standard: GridStandard): GridPlan {
  if (!Number.isInteger(households) || households < 0) {
    throw new RangeError(`Give a whole number of households from 0 up, not ${households}.`);
  }
  if (!(standard.min > 0 && standard.min <= standard.max)) {
    throw new RangeError(`A standard needs 0 < min <= max, not ${standard.min} and ${standard.max}.`);
  }
  const min = Math.ceil(households / standard.max);
  // Too few households for two grids, too many for one: the upper limit decides.
  const max = Math.max(min, Math.floor(households / standard.min));
  return { min, max, recommended: Math.min(max, Math.max(min, twoDigits((min + max) / 2))) };
}

/** Rounded half up to two significant digits; below 100 to a whole number. */
function twoDigits(number: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(number, 1))) - 1);
  return Math.round(number / unit) * unit;
}
