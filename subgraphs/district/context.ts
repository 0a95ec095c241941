import type { Calendar } from '../shared/domain/calendar.js';
import type { Calendars } from '../shared/domain/calendars.js';
import type { CatalogueRepository } from '../shared/persistence/catalogues.js';
import type { CountsLoader } from '../shared/graphql/counts.js';
import type { HandoverContext } from '../shared/graphql/handoverFields.js';
import type {
  Areas, ConcernRepository, ConferenceRepository, RoundRepository, Schemes, StreetCounts, Streets, SupervisionRepository,
} from './usecases/ports.js';

export interface DistrictContext extends HandoverContext {
  readonly areas: Areas;
  readonly catalogue: CatalogueRepository;
  readonly counts: CountsLoader;
  readonly supervisions: SupervisionRepository;
  readonly concerns: ConcernRepository;
  readonly conferences: ConferenceRepository;
  readonly rounds: RoundRepository;
  readonly streets: Streets;
  readonly streetCounts: StreetCounts;
  readonly schemes: Schemes;
  readonly newId: () => string;
  readonly calendar: Calendar;
  readonly calendars: Calendars;
}
