import type { CountsLoader } from '../shared/graphql/counts.js';
import type { HandoverContext } from '../shared/graphql/handoverFields.js';
import type { Areas } from './usecases/ports.js';

export interface StreetContext extends HandoverContext {
  readonly areas: Areas;
  readonly counts: CountsLoader;
}
