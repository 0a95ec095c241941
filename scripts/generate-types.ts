// Writes subgraphs/<name>/__generated__/resolvers.ts from the SDL; with --check only compares.
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import * as typescriptResolvers from '@graphql-codegen/typescript-resolvers';
import { readSdl } from '../subgraphs/shared/graphql/sdl.js';
import { writeOrCheck } from './freshness.js';

const area = '../../shared/domain/area.js#Area as AreaModel';
/** An area of another level: its code is all that this one knows. */
const areaCode = '../../shared/domain/area.js#AreaReference';

const fields = '../../shared/graphql/handoverFields.js';
const handover = (type: string): Readonly<Record<string, string>> => ({
  [type]: '../../shared/domain/handover.js#Handover as HandoverModel',
  [`${type}Payload`]: `${fields}#HandoverAnswer`,
  [`${type}Connection`]: `${fields}#HandoverPage`,
  [`${type}ActResult`]: `${fields}#HandoverBulkResult`,
});
const model = (name: string): string => `../resolvers/models.js#${name}`;

const dashboards: Readonly<Record<string, string>> = {
  Dashboard: '../../shared/graphql/dashboard.js#DashboardModel', Rates: '../../shared/graphql/counts.js#AllCounts',
  CountParts: '../../shared/graphql/counts.js#CountParts as CountPartsModel',
};

const catalogue: Readonly<Record<string, string>> = {
  CatalogueItem: '../../shared/graphql/catalogue.js#CatalogueEntry', CatalogueRemark: '../../shared/domain/catalogue.js#CatalogueRemark as RemarkModel',
  CatalogueItemConnection: '../../shared/graphql/catalogue.js#CataloguePage', CatalogueItemPayload: '../../shared/graphql/catalogue.js#CatalogueAnswer',
  ServiceMaterial: '../../shared/domain/serviceItem.js#Material as ServiceMaterialModel', ServiceCondition: '../../shared/domain/condition.js#Condition',
};

// What a resolver holds for each type; types not named here are held as the SDL has them.
// prettier-ignore
const mappers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  city: {
    City: area, ...handover('CityReceipt'), ReceiptActOnManyPayload: `${fields}#HandoverBulkAnswer`,
    WorkCalendar: model('CalendarModel'), WorkCalendarPayload: model('CalendarAnswer'), WorkCalendarConnection: model('CalendarPage'),
    ClockPolicy: model('PolicyModel'), ClockPolicyPayload: model('PolicyAnswer'), ClockPolicyConnection: model('PolicyPage'),
    ClockPolicyRow: model('PolicyRowModel'),
    AreaStandards: model('StandardsModel'), AreaStandardsPayload: model('StandardsAnswer'), AreaStandardsConnection: model('StandardsPage'),
    AreaStandard: model('StandardModel'), AreaVerdict: model('VerdictModel'),
    WorkloadSurvey: model('SurveyModel'), WorkloadSurveyPayload: model('SurveyAnswer'), WorkloadSurveyConnection: model('SurveyPage'),
    ...Object.fromEntries(['District', 'Street', 'Community', 'Grid'].map((type) => [type, model('FiguresModel')])),
    DistrictWorkload: model('WorkloadModel'), Share: model('ShareModel'),
    ConcernRule: model('ConcernRuleModel'), ConcernRulePayload: model('ConcernRuleAnswer'), ConcernRuleConnection: model('ConcernRulePage'),
    BurdenReduction: model('ReductionModel'), BurdenReductionPayload: model('ReductionAnswer'), BurdenReductionConnection: model('ReductionPage'),
    BurdenReport: model('BurdenReportModel'), Burden: model('BurdenModel'), BurdenConnection: model('BurdenPage'), BurdenSource: model('BurdenSourceModel'),
    BurdenEntry: model('BurdenEntryModel'), BurdenEntryConnection: model('BurdenEntryPage'), DepartmentBurden: model('DepartmentBurdenModel'),
    BurdenCut: model('CutModel'), BurdenCutConnection: model('CutPage'),
    Admission: model('AdmissionModel'), AdmissionPayload: model('AdmissionAnswer'), AdmissionConnection: model('AdmissionPage'),
    OpennessCode: model('OpennessCodeModel'), OpennessEntry: model('OpennessModel'), OpennessPayload: model('OpennessAnswer'),
    OpennessConnection: model('OpennessPage'), OpennessVersion: model('OpennessVersionModel'), OpennessSubject: model('OpennessSubjectModel'),
    AssessmentRound: '../usecases/ports.js#RoundReference',
    PublishedList: model('PublishedListModel'), PublishedListPayload: model('PublishedListAnswer'), PublishedListConnection: model('PublishedListPage'),
    DutyList: model('DutyListModel'), DutyListPayload: model('DutyListAnswer'), DutyListConnection: model('DutyListPage'),
    ListEntry: model('ListEntryModel'), DutyEntry: model('DutyEntryModel'), DutyClassName: model('DutyClassModel'),
    ServiceItem: model('ItemModel'), ServiceItemPayload: model('ItemAnswer'), ServiceItemConnection: model('ItemPage'),
    ServiceItemVersion: model('ItemVersionModel'), ServiceItemVersionConnection: model('ItemVersionPage'),
    Reorganisation: model('ReorganisationModel'), ReorganisationPayload: model('ReorganisationAnswer'),
    ReorganisationConnection: model('ReorganisationPage'), ReorganisationPlan: model('PlanModel'), BeginningArea: model('BeginningModel'),
    AreaSuccession: model('SuccessionModel'),
    ScoringScheme: model('SchemeModel'), ScoringSchemePayload: model('SchemeAnswer'), ScoringSchemeConnection: model('SchemePage'),
    PositiveIndicator: model('PositiveModel'), NegativeIndicator: model('NegativeModel'), SpecialIndicator: model('SpecialModel'),
  },
  district:  {
    District: area, City: areaCode, ...handover('Coordination'), CoordinationActOnManyPayload: `${fields}#HandoverBulkAnswer`,
    Supervision: model('SupervisionModel'), SupervisionAnswer: model('SupervisionAnswerModel'),
    SupervisionPayload: model('SupervisionResult'), SupervisionConnection: model('SupervisionPage'),
    Concern: model('ConcernModel'), ConcernPayload: model('ConcernResult'), ConcernConnection: model('ConcernPage'),
    Conference: model('ConferenceModel'), ConferenceDecision: model('DecisionModel'),
    ConferencePayload: model('ConferenceResult'), ConferenceConnection: model('ConferencePage'),
    SupervisionActResult: model('SupervisionBulkResult'), SupervisionActOnManyPayload: model('SupervisionBulkAnswer'),
    AssessmentRound: model('RoundModel'), AssessmentRoundPayload: model('RoundAnswer'), AssessmentRoundConnection: model('RoundPage'),
    UnitScore: model('UnitScoreModel'), IndicatorScore: model('IndicatorScoreModel'), MeasureCount: model('MeasureCountModel'),
    SpecialEntry: model('SpecialEntryModel'), PreviousScore: model('PreviousScoreModel'),
    AssessmentObjection: model('ObjectionModel'), Rectification: model('RectificationModel'),
  },
  street:    {
    Street: area, District: areaCode, ...handover('Dispatch'), DispatchActOnManyPayload: `${fields}#HandoverBulkAnswer`,
    Whistle: model('WhistleModel'), WhistleArrival: model('ArrivalModel'), WhistlePayload: model('WhistleAnswer'), WhistleConnection: model('WhistlePage'),
    WhistleActResult: model('WhistleBulkResult'), WhistleActOnManyPayload: model('WhistleBulkAnswer'),
    WhistleBlowResult: model('WhistleBulkResult'), WhistleBlowOnManyPayload: model('WhistleBulkAnswer'),
    Community: areaCode, EndingArea: areaCode, Station: model('StationModel'), StationPayload: model('StationAnswer'),
    StationReorganisePayload: model('FoundingAnswer'), StationsPreview: model('StationsPreviewModel'),
    StationWindow: model('WindowModel'), StationException: model('StationExceptionModel'), StationExceptionConnection: model('StationExceptionPage'),
    ServiceAtStations: model('ServiceAtModel'), ServiceAtStation: model('StationForModel'), ServiceAtWindow: model('CounterForModel'),
    Seal: model('SealModel'), SealPayload: model('SealAnswer'), SealRequest: model('SealRequestModel'), SealRequestPayload: model('SealRequestAnswer'),
    SealRequestConnection: model('SealRequestPage'), SealRecord: model('SealRecordModel'), SealRecordConnection: model('SealRecordPage'),
    Facility: model('FacilityModel'), FacilityPayload: model('FacilityAnswer'), FacilityConnection: model('FacilityPage'),
    FacilityNearConnection: model('NearPage'), FacilityNearEdge: model('NearEdge'),
    FacilityBooking: model('BookingModel'), FacilityBookingPayload: model('BookingAnswer'), FacilityBookingConnection: model('BookingPage'),
  },
  community: {
    Community: area, Grid: '../domain/grid.js#Grid as GridModel', Street: areaCode, City: areaCode, District: areaCode,
    CaseChange: model('CaseChangeModel'), ToDoChange: model('ToDoChangeModel'), CountsChange: model('CountsChangeModel'), CommunityConnection: model('CommunityPage'),
    Case: model('CaseModel'), CasePayload: model('CaseAnswer'), CaseConnection: model('CasePage'),
    TimelineEntry: model('TimelineModel'), TimelineConnection: model('TimelinePage'), CaseEvaluation: model('EvaluationModel'),
    CaseResolution: model('ResolutionModel'), CaseInfoRequest: model('InfoRequestModel'),
    CaseVerdict: model('VerdictModel'), CaseExtension: model('ExtensionModel'), CaseSuspension: model('SuspensionModel'),
    CaseLeftOut: model('LeftOutModel'), CaseLeftOutVerdict: model('LeftOutVerdictModel'), CaseOfficer: model('OfficerOfCaseModel'),
    ReturnVisit: model('VisitModel'), ReturnVisitPayload: model('VisitAnswer'), ReturnVisitConnection: model('VisitPage'),
    ReturnVisitList: model('VisitListModel'), ReturnVisitListPayload: model('VisitListAnswer'), ReturnVisitListConnection: model('VisitListPage'),
    RatingExclusion: model('ExclusionModel'), RatingExclusionConnection: model('ExclusionPage'),
    Material: model('MaterialModel'), MaterialPayload: model('MaterialAnswer'), MaterialConnection: model('MaterialPage'), MaterialType: model('MaterialTypeModel'),
    MaterialRead: model('MaterialReadModel'), MaterialReadConnection: model('MaterialReadPage'),
    MaterialUpload: model('MaterialUploadModel'), MaterialUploadPayload: model('MaterialUploadAnswer'),
    UsableMaterial: model('UsableMaterialModel'), CaseMaterial: model('CaseMaterialModel'),
    Consent: model('ConsentModel'), ConsentPayload: model('ConsentAnswer'), ConsentConnection: model('ConsentPage'),
    Concern: model('ConcernModel'), ResidentFact: '../../shared/domain/fact.js#Fact', ResidentFactValue: '../../shared/domain/fact.js#FactValueName',
    ResidentRecord: model('RecordModel'), ResidentRecordConnection: model('RecordPage'), KnownFact: model('KnownFactModel'),
    ResidentRecordKeepPayload: model('KeepAnswer'), ResidentRecordResult: model('KeepResult'),
    OutreachCase: model('OutreachModel'), OutreachCaseConnection: model('OutreachPage'), OutreachCasePayload: model('OutreachAnswer'),
    OutreachRehearsal: model('RehearsalModel'), OutreachCandidate: model('CandidateModel'), OutreachCandidateConnection: model('CandidatePage'),
    ConditionStanding: '../../shared/domain/condition.js#ConditionVerdict as StandingModel',
    CountedSteps: model('CountedStepsModel'), CountedStep: model('CountedStepModel'), CountedStepConnection: model('CountedStepPage'),
    CaseActResult: model('CaseBulkResult'), CaseActOnManyPayload: model('CaseBulkAnswer'),
    CaseApplication: model('ApplicationModel'), ApplicationItem: model('PinnedItemModel'), ApplicationCheck: model('ExaminationModel'),
    MaterialCheck: model('MaterialCheckModel'), ApplicationFinding: model('FindingModel'), ResultDocument: model('ResultModel'),
    Notice: model('NoticeModel'), NoticeConnection: model('NoticePage'),
    CaseResponsibility: model('ResponsibilityModel'), Post: model('PostModel'), PostPayload: model('PostAnswer'), PostConnection: model('PostPage'),
    PostDuty: model('DutyModel'), Officer: model('OfficerModel'),
    Absence: model('AbsenceModel'), AbsencePayload: model('AbsenceAnswer'), AbsenceConnection: model('AbsencePage'),
    PostAssignment: model('TermModel'), EndingArea: areaCode,
  },
};

const scalars = {
  DateTime: { input: 'Date', output: 'Date' },
  ...Object.fromEntries(['Date', 'AreaCode', 'UnitCode', 'PhoneNumber', 'Month'].map((name) => [name, 'string'])),
};

const capitalised = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

for (const [name, own] of Object.entries(mappers)) {
  const output = await codegen({
    filename: 'resolvers.ts',
    schema: readSdl(name),
    documents: [],
    config: {
      federation: true, useTypeImports: true, enumsAsTypes: true, immutableTypes: true,
      contextType: `../context.js#${capitalised(name)}Context`, mappers: { ...dashboards, ...catalogue, ...own }, scalars,
    },
    plugins: [{ typescript: {} }, { typescriptResolvers: {} }],
    pluginMap: { typescript, typescriptResolvers },
  });
  await writeOrCheck(
    `subgraphs/${name}/__generated__/resolvers.ts`,
    `// Generated by npm run generate. Do not edit.\n${output.trimEnd()}\n`,
    'npm run generate',
  );
}
