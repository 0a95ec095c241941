import type { Connection } from 'mongoose';
import { datedAreaSchema, openDatedAreas, type AreaStore } from '../../shared/persistence/areas.js';
import type { Grid } from '../domain/grid.js';

const gridSchema = datedAreaSchema<Grid>('grids', {
  plannedHouseholds: { type: Number, required: true },
  isEstimated: { type: Boolean, required: true },
});

export const openGrids = (connection: Connection): Promise<AreaStore<Grid>> =>
  openDatedAreas<Grid>(connection, 'Grid', gridSchema);
