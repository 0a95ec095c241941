import type { CountsLoader } from '../shared/graphql/counts.js';
import type { HandoverContext } from '../shared/graphql/handoverFields.js';
import type { ClockPolicy } from '../shared/domain/clockPolicy.js';
import type { ConcernRule } from '../shared/domain/concernRule.js';
import type { ScoringScheme } from '../shared/domain/scoringScheme.js';
import type { CalendarContent } from './domain/publication.js';
import type { DutyList } from '../shared/domain/dutyList.js';
import type { ListContent, ListKind } from './domain/lists/list.js';
import type { OpennessCode } from './domain/openness/codes.js';
import type { Standards } from './domain/standard.js';
import type { Survey } from './domain/workload.js';
import type { Lists } from './domain/reduction/effect.js';
import type { AdmissionRepository, Areas, BurdenSources, ItemRepository, Openness, ReductionRepository, Reorganisations, Versions } from './usecases/ports.js';
import type { BuildCalendar } from './usecases/readContent.js';

export interface CityContext extends HandoverContext {
  readonly areas: Areas;
  readonly counts: CountsLoader;
  readonly calendars: Versions<CalendarContent>;
  readonly policies: Versions<ClockPolicy>;
  readonly standards: Versions<Standards>;
  readonly surveys: Versions<Survey>;
  readonly concernRules: Versions<ConcernRule>;
  readonly scoringSchemes: Versions<ScoringScheme>;
  readonly admissions: AdmissionRepository;
  readonly reductions: ReductionRepository;
  readonly burden: BurdenSources;
  /** What admissions are held against. */
  readonly listsInForce: () => Promise<Lists>;
  readonly newId: () => string;
  readonly items: ItemRepository;
  readonly lists: Readonly<Record<ListKind, Versions<ListContent>>>;
  readonly dutyLists: Versions<DutyList>;
  readonly openness: Openness;
  readonly opennessCodes: ReadonlyMap<string, OpennessCode>;
  readonly buildCalendar: BuildCalendar;
  readonly reorganisations: Reorganisations;
}
