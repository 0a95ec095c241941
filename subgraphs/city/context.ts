import type { RequestContext } from '../shared/graphql/requestContext.js';
import type { Areas, Units } from './usecases/ports.js';

export interface CityContext extends RequestContext {
  readonly areas: Areas;
  readonly units: Units;
}
