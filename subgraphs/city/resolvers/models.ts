// What resolvers hold for the schema's types.
import type { Connection } from '../../shared/graphql/connection.js';
import type { Answer } from '../../shared/graphql/mutation.js';
import type { Admission } from '../domain/admission/admission.js';
import type { DutyEntry, DutyList } from '../../shared/domain/dutyList.js';
import type { ListContent, ListEntry, ListKind } from '../domain/lists/list.js';
import type { OpennessCodeTree } from '../domain/openness/codes.js';
import type { OpennessEntry, OpennessSubject, OpennessVersion } from '../domain/openness/entry.js';
import type { ItemVersion } from '../domain/service/item.js';
import type { BurdenDays, BurdenEntry, BurdenSource, DepartmentBurden } from '../domain/reduction/burden.js';
import type { Cut } from '../domain/reduction/effect.js';
import type { BurdenReduction } from '../domain/reduction/reduction.js';
import type { Reorganisation } from '../domain/reorganisation.js';
import type { BeginningArea, ReorganisationPlan, TreeGrid } from '../domain/reorganisationPlan.js';
import type { Published, PublishedCalendar, PublishedConcernRule, PublishedPolicy, PublishedScheme } from '../domain/publication.js';
import type { AreaVerdict, Standard, Standards } from '../domain/standard.js';
import type { DistrictFigures, Survey } from '../domain/workload.js';
import type { ItemReference } from '../usecases/ports.js';

export type CalendarModel = PublishedCalendar;
export type CalendarPage = Connection<PublishedCalendar>;
export type CalendarAnswer = Answer<PublishedCalendar>;
export type PolicyModel = PublishedPolicy;
export type PolicyPage = Connection<PublishedPolicy>;
export type PolicyAnswer = Answer<PublishedPolicy>;
export type PolicyRowModel = PublishedPolicy['content'][number];
export type ConcernRuleModel = PublishedConcernRule;
export type ConcernRulePage = Connection<PublishedConcernRule>;
export type ConcernRuleAnswer = Answer<PublishedConcernRule>;
export type SchemeModel = PublishedScheme;
export type SchemePage = Connection<PublishedScheme>;
export type SchemeAnswer = Answer<PublishedScheme>;
export type PositiveModel = PublishedScheme['content']['positive'][number];
export type NegativeModel = PublishedScheme['content']['negative'][number];
export type SpecialModel = PublishedScheme['content']['special'][number];

export type StandardsModel = Published<Standards>;
export type StandardsPage = Connection<StandardsModel>;
export type StandardsAnswer = Answer<StandardsModel>;
export type StandardModel = Standard;
export type VerdictModel = AreaVerdict & { readonly version: string };

/** An area of another level with the figures that a verdict needs; the gateway brings them. */
export interface FiguresModel {
  readonly code: string;
  readonly population?: number | null;
  readonly households?: number | null;
  readonly plannedHouseholds?: number | null;
  readonly streets?: readonly unknown[] | null;
}

export type SurveyModel = Published<Survey>;
export type SurveyPage = Connection<SurveyModel>;
export type SurveyAnswer = Answer<SurveyModel>;
/** A district beside the others of its survey, with which it is compared. */
export interface WorkloadModel {
  readonly figures: DistrictFigures;
  readonly all: readonly DistrictFigures[];
}
/** `of` is the whole. */
export interface ShareModel {
  readonly count: number;
  readonly of: number;
}

export type ItemModel = ItemReference;
export type ItemAnswer = Answer<ItemReference>;
export type ItemPage = Connection<ItemReference>;
export type ItemVersionModel = ItemVersion;
export type ItemVersionPage = Connection<ItemVersion>;

export type PublishedListModel = Published<ListContent> & { readonly kind: ListKind };
export type PublishedListPage = Connection<PublishedListModel>;
export type PublishedListAnswer = Answer<PublishedListModel>;
export type ListEntryModel = ListEntry;
export type DutyListModel = Published<DutyList>;
export type DutyListPage = Connection<DutyListModel>;
export type DutyListAnswer = Answer<DutyListModel>;
export type DutyEntryModel = DutyEntry;
export type DutyClassModel = DutyList['classes'][number];

export type OpennessCodeModel = OpennessCodeTree;
export type OpennessModel = OpennessEntry;
export type OpennessPage = Connection<OpennessEntry>;
export type OpennessAnswer = Answer<OpennessEntry>;
export type OpennessSubjectModel = OpennessSubject;
/** A version beside the entry that it is of. */
export interface OpennessVersionModel {
  readonly version: OpennessVersion;
  readonly entry: OpennessEntry;
}

export type AdmissionModel = Admission;
export type AdmissionPage = Connection<Admission>;
export type AdmissionAnswer = Answer<Admission>;

export type ReductionModel = BurdenReduction;
export type ReductionPage = Connection<BurdenReduction>;
export type ReductionAnswer = Answer<BurdenReduction>;
export interface BurdenReportModel extends BurdenDays {
  readonly area: string;
  /** The department that sees what is its own, and no more. */
  readonly only: string | null;
}
/** A street or community with all that it had on either day. */
export interface BurdenModel {
  readonly code: string;
  readonly name: string;
  readonly entries: readonly BurdenEntry[];
}
export type BurdenPage = Connection<BurdenModel>;
export type BurdenEntryModel = BurdenEntry;
export type BurdenEntryPage = Connection<BurdenEntry>;
export type BurdenSourceModel = BurdenSource;
export type DepartmentBurdenModel = DepartmentBurden;

export type CutModel = Cut;
export type CutPage = Connection<Cut>;

export type ReorganisationModel = Reorganisation;
export type ReorganisationPage = Connection<Reorganisation>;
export type ReorganisationAnswer = Answer<Reorganisation>;
export type PlanModel = ReorganisationPlan;
export interface BeginningModel {
  readonly area: BeginningArea;
  /** Of all that begins within it. */
  readonly grids: readonly TreeGrid[];
}
/** The other side of it. */
export interface SuccessionModel {
  readonly code: string;
  readonly name: string;
  readonly on: string;
  readonly reorganisation: Reorganisation;
}
