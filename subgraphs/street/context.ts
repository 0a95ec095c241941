import type { Calendar } from '../shared/domain/calendar.js';
import type { Calendars } from '../shared/domain/calendars.js';
import type { ClockPolicy } from '../shared/domain/clockPolicy.js';
import type { CatalogueRepository } from '../shared/persistence/catalogues.js';
import type { CountsLoader } from '../shared/graphql/counts.js';
import type { HandoverContext } from '../shared/graphql/handoverFields.js';
import type { Areas, Facilities, Seals, Stations, WhistleRepository } from './usecases/ports.js';

export interface StreetContext extends HandoverContext {
  readonly areas: Areas;
  /** The street's copy. */
  readonly communities: Areas;
  readonly stations: Stations;
  readonly seals: Seals;
  readonly facilities: Facilities;
  readonly catalogue: CatalogueRepository;
  readonly counts: CountsLoader;
  readonly whistles: WhistleRepository;
  readonly calendar: Calendar;
  readonly calendars: Calendars;
  readonly policy: ClockPolicy;
  readonly newId: () => string;
}
