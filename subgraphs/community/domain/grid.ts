import type { Areas, DatedArea } from '../../shared/domain/area.js';

export interface Grid extends DatedArea {
  /** Its community. */
  readonly parent: string;
  readonly plannedHouseholds: number;
  /** The plan rests on the city's mean, since the community's own households are unknown. */
  readonly isEstimated: boolean;
}

export type Grids = Areas<Grid>;
