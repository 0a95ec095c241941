import type { Connection } from 'mongoose';
import { openDatedAreas, type AreaStore } from '../../shared/persistence/areas.js';
import type { Grid } from '../domain/grid.js';

export const openGrids = (connection: Connection): Promise<AreaStore<Grid>> =>
  openDatedAreas<Grid>(connection, {
    model: 'Grid',
    collection: 'grids',
    fields: {
      plannedHouseholds: { type: Number, required: true },
      isEstimated: { type: Boolean, required: true },
    },
  });
