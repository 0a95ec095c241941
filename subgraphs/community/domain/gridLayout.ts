import type { Area } from '../../shared/domain/area.js';
import { planGrids, type GridStandard } from '../../shared/domain/gridPlan.js';
import type { Grid } from './grid.js';

/** Grid codes have three digits after the community's. */
const mostGrids = 999;

/**
 * A community's grids by the recommended number, its households shared out so that no two grids differ by more than
 * one. `meanHouseholds` stands in where the community's own are unknown; the grids are then marked as estimated.
 */
export function layOutGrids(
  { code, households, validFrom, validTo }: Area,
  meanHouseholds: number,
  standard: GridStandard,
): Grid[] {
  const planned = households ?? meanHouseholds;
  const count = planGrids(planned, standard).recommended;
  if (count > mostGrids) {
    throw new RangeError(`${code} would need ${count} grids, codes allow ${mostGrids}; divide the community first.`);
  }
  const share = Math.floor(planned / count);
  const larger = planned % count;
  return Array.from({ length: count }, (_, i) => ({
    code: `${code}${String(i + 1).padStart(3, '0')}`,
    parent: code,
    name: `第${i + 1}网格`,
    validFrom,
    validTo,
    plannedHouseholds: share + (i < larger ? 1 : 0),
    isEstimated: households === null,
  }));
}
