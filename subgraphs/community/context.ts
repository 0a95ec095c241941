import type { Calendar } from '../shared/domain/calendar.js';
import type { NamedDutyList } from '../shared/domain/dutyList.js';
import type { CatalogueRepository } from '../shared/persistence/catalogues.js';
import type { CountsLoader } from '../shared/graphql/counts.js';
import type { RequestContext } from '../shared/graphql/requestContext.js';
import type { Receipts } from '../shared/persistence/receipts.js';
import type { EvaluateConditions } from '../shared/domain/condition.js';
import type { ClockRules } from './domain/clockPolicy.js';
import type { Category } from './domain/category.js';
import type {
  Areas, Calendars, CaseRepository, ConcernRepository, CountedSteps, Directory, Grids, Materials, MaterialType, NoticeDeliveries, NoticeRepository,
  OutreachCases, RatingExclusions, Records, Register, ReturnVisits, Served, Units,
} from './usecases/ports.js';

export interface CommunityContext extends RequestContext {
  readonly areas: Areas;
  readonly grids: Grids;
  readonly units: Units;
  readonly cases: CaseRepository;
  readonly countedSteps: CountedSteps;
  readonly ratingExclusions: RatingExclusions;
  readonly returnVisits: ReturnVisits;
  readonly records: Records;
  readonly outreach: OutreachCases;
  readonly served: Served;
  readonly evaluate: EvaluateConditions;
  readonly concerns: Pick<ConcernRepository, 'byId'>;
  readonly notices: NoticeRepository;
  readonly register: Register;
  readonly noticeDeliveries: Pick<NoticeDeliveries, 'deliveryCounts'>;
  readonly directory: Directory;
  readonly categories: readonly Category[];
  readonly materials: Materials;
  readonly materialTypes: readonly MaterialType[];
  readonly isMaterialType: (code: string) => boolean;
  readonly catalogue: CatalogueRepository;
  readonly counts: CountsLoader;
  readonly calendar: Calendar;
  readonly calendars: Calendars;
  readonly rules: ClockRules;
  readonly dutyList: NamedDutyList;
  readonly receipts: Receipts;
  readonly newId: () => string;
  /** Bytes nobody can guess. */
  readonly random: () => readonly number[];
}
