import type { Areas, Units } from '../shared/domain/area.js';
import type { RequestContext } from '../shared/graphql/requestContext.js';
import type { Grids } from './domain/grid.js';

export interface CommunityContext extends RequestContext {
  readonly areas: Areas;
  readonly grids: Grids;
  readonly units: Units;
}
