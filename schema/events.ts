// The contract between the levels: which event goes where, and what it carries. Types and run-time checks both
// come from this table; a sender that breaks it fails its own tests, a receiver parks what breaks it.
import { z } from 'zod';

const level = z.enum(['CITY', 'DISTRICT', 'STREET', 'COMMUNITY']);
const instant = z.iso.datetime();
const areaCode = z.string().regex(/^(\d{4}|\d{6}|\d{9}|\d{12}|\d{15})$/);
const unitCode = z.string().regex(/^\d{4,12}-\d{2}$/);
const text = z.string().max(20_000);

/** Who did it, as the timeline shows it. */
const by = z.object({ id: z.string(), role: z.string(), area: areaCode.nullable(), unit: unitCode.nullable() });

const demandType = z.enum(['CONSULTATION', 'REQUEST', 'COMPLAINT', 'SUGGESTION', 'REPORT']);
const urgency = z.enum(['NORMAL', 'URGENT', 'EMERGENCY']);
const serviceItem = z.string().min(1).max(64);

/** What another level needs to know of a case to work on it; personal data stays in the community. */
const caseSummary = z.object({
  caseId: z.string(),
  number: z.string(),
  title: text,
  kind: z.enum(['DEMAND', 'APPLICATION', 'PATROL']),
  category: z.string(),
  /** These three are absent from what was sent before they were known. */
  demandType: demandType.nullable().exactOptional(),
  urgency: urgency.exactOptional(),
  serviceItem: serviceItem.nullable().exactOptional(),
  /** Of an application that goes by stages; absent for all others. */
  delivery: z.enum(['DIRECT', 'DISPATCHED']).exactOptional(),
  community: areaCode,
  grid: areaCode.nullable(),
  submittedAt: instant,
});

const unitOfWork = z.object({ level, area: areaCode, unit: unitCode.nullable() });

const segmentState = z.enum([
  'OFFERED', 'IN_PROGRESS', 'NEEDS_INFO', 'PASSED_ON', 'SENT_BACK', 'RETURNED', 'RESOLVED', 'REWORK', 'CLOSED', 'WITHDRAWN',
  'SUSPENDED', 'COORDINATING', 'MERGED',
]);

const step = z.object({ caseId: z.string(), rung: z.int().positive(), at: instant, by, note: text.nullable() });
const handOver = step.extend({ target: unitOfWork });

const segmentEvents = {
  signed: step,
  returned: step.extend({ proposedOwner: z.string().nullable() }),
  forwarded: handOver,
  assigned: handOver,
  redispatched: handOver,
  infoRequested: step,
  resolved: step.extend({ outcome: z.enum(['SOLVED', 'EXPLAINED', 'NOT_FEASIBLE', 'DUPLICATE']) }),
  restarted: step,
};

/** The street calls departments in, and sends them home again. */
const whistleEvents = {
  blown: step.extend({ whistleId: z.string(), units: z.array(unitCode).min(1) }),
  ended: step.extend({ whistleId: z.string() }),
};

/** A clock that runs beside the case has used so much of its budget. */
const alarmed = z.object({ caseId: z.string(), at: instant, percent: z.int().positive() });

/** Append only. */
export const countedMeasures = [
  'submitted', 'accepted', 'resolved', 'rated', 'solved', 'satisfied', 'reworked', 'overdue', 'responded', 'unrated', 'returned', 'leftOut',
  'visited', 'notReached',
] as const;

const offered = caseSummary.extend({
  rung: z.int().positive(),
  at: instant,
  target: unitOfWork,
  sender: unitOfWork,
  note: text.nullable(),
  /** Where the level has taken it over: there is nothing to sign for. */
  signedAt: instant.exactOptional(),
  signBy: instant.nullable(),
  resolveBy: instant.nullable(),
});

/** All that the case says of a level's part in it: what the level has kept is replaced, not patched. */
const changed = z.object({
  caseId: z.string(),
  rung: z.int().positive(),
  at: instant,
  state: segmentState,
  /** The department or unit that holds it now; null for the level's office. */
  unit: unitCode.nullable(),
  sender: unitOfWork,
  /** Whom it was passed on to. */
  target: unitOfWork.nullable(),
  offeredAt: instant,
  signedAt: instant.nullable(),
  signBy: instant.nullable(),
  resolveBy: instant.nullable(),
  note: text.nullable(),
});

/** A case that the district is to supervise: returned, or reopened, too often, or because a superior orders it. */
const troubled = caseSummary.extend({
  supervisionId: z.string(),
  at: instant,
  cause: z.enum(['RETURNS', 'REOPENINGS', 'ORDER']),
  /** How often it has happened. */
  times: z.int().positive(),
  /** Null when a rule found it. */
  by: by.nullable(),
  reason: text.nullable(),
  holder: unitOfWork,
});
const held = z.object({ caseId: z.string(), at: instant, holder: unitOfWork });

/** The district's word on a supervision. */
const supervised = z.object({
  caseId: z.string(), supervisionId: z.string(), at: instant, by: by.nullable(), note: text.nullable(),
});

/** A conference of departments; `units` are those whom it concerns. */
const conferred = z.object({
  caseId: z.string(), conferenceId: z.string(), at: instant, by: by.nullable(), note: text.nullable(), units: z.array(unitCode).max(50),
});

/** A deadline that moved while its holder works; nothing else of the part has changed. */
const rescheduled = z.object({
  caseId: z.string(),
  rung: z.int().positive(),
  at: instant,
  /** Absent: it stays as it is. */
  signBy: instant.nullable().optional(),
  resolveBy: instant.nullable(),
});

const day = z.iso.date();
const days = z.array(day).max(5_000);
const versionName = z.string().min(1).max(40);

/** A version of the working calendar, whole: the receiver needs no other source of holidays. */
const calendarPublished = z.object({
  version: versionName,
  number: z.int().positive(),
  calendar: z.object({
    version: versionName,
    timeZone: z.literal('Asia/Shanghai'),
    hours: z.array(z.object({ from: z.string(), to: z.string() })).max(24),
    knows: z.object({ fromYear: z.int(), toYear: z.int() }),
    holidays: days,
    makeUpDays: days,
    additions: z.object({ holidays: days, workDays: days }),
  }),
});

const clockPolicyPublished = z.object({
  version: versionName,
  number: z.int().positive(),
  rows: z.array(z.object({
    name: z.enum(['ACCEPT', 'SIGN', 'RESPOND', 'RESOLVE', 'INFO', 'CALLBACK', 'REOPEN', 'ARRIVE', 'ANSWER']),
    unit: z.enum(['WORK_MINUTE', 'WORK_DAY', 'MINUTE']),
    budget: z.int().positive(),
    kind: z.enum(['DEMAND', 'APPLICATION', 'PATROL']).optional(),
    demandType: demandType.optional(),
    category: z.string().max(200).optional(),
    urgency: urgency.optional(),
    serviceItem: serviceItem.optional(),
    source: z.object({ zh: z.string().max(200), en: z.string().max(200) }),
  })).max(500),
});

const concernClass = z.enum(['STRONGLY_REPORTED', 'LONG_UNRESOLVED', 'COMMON']);
const ruleSource = z.object({ zh: z.string().max(200), en: z.string().max(200) });
const threshold = z.int().positive();
const classRule = z.object({ answerWorkDays: threshold, source: ruleSource });
const windowRule = classRule.extend({ days: threshold, categoryDepth: threshold });

/** What superiors must answer: a version of the rule, whole. */
const concernRulePublished = z.object({
  version: versionName,
  number: z.int().positive(),
  rule: z.object({
    stronglyReported: windowRule.extend({ reporters: threshold, within: z.enum(['COMMUNITY', 'STREET']) }),
    longUnresolved: classRule.extend({ resolvePercent: threshold.nullable(), workDays: threshold.nullable(), times: threshold.nullable() }),
    common: windowRule.extend({ communities: threshold, cases: threshold }),
  }),
});

const named = z.object({ zh: z.string().max(200), en: z.string().max(200) });
const countedIndicator = z.object({
  id: z.string().max(30), name: named, numerator: z.enum(countedMeasures), denominator: z.array(z.enum(countedMeasures)).max(20),
  weight: z.int().positive(),
});

/** How districts score their streets: a version of the scheme, whole. */
const scoringSchemePublished = z.object({
  version: versionName,
  number: z.int().positive(),
  scheme: z.object({
    positive: z.array(countedIndicator).min(1).max(20),
    negative: z.array(countedIndicator.extend({ cap: z.int().positive() })).max(20),
    special: z.array(z.object({ id: z.string().max(30), name: named, maxPoints: z.int().positive(), evidence: named })).max(20),
    minimumRated: z.int().positive(),
    awards: z.array(z.int().positive()).max(20),
    source: named,
  }),
});

/** How much is behind a concern; null where its class does not count it. */
const concernFigures = z.object({ cases: z.int(), reporters: z.int().nullable(), communities: z.int().nullable() });

const concernFound = z.object({
  concernId: z.string(),
  class: concernClass,
  /** What it concerns: a district, a street or a community. */
  area: areaCode,
  category: z.string(),
  /** The one case, where it is about one. */
  case: z.object({ id: z.string(), number: z.string(), title: text }).nullable(),
  /** Cases count from here on. */
  since: instant,
  at: instant,
  figures: concernFigures,
  ruleVersion: versionName,
  answerWorkDays: threshold,
});
const concernGrown = z.object({ concernId: z.string(), at: instant, figures: concernFigures });
/** An assessment round that a district has published. */
const roundPublished = z.object({ roundId: z.string(), district: areaCode, name: z.string().max(200), at: instant });

const concernClosed = z.object({ concernId: z.string(), at: instant });

const figure = z.number().nonnegative().nullable();

/** What ends on a day and what begins in its place, whatever the level: a receiver takes what it keeps. */
const areasReorganised = z.object({
  reorganisationId: z.string(),
  on: day,
  ends: z.array(z.object({ code: areaCode, successors: z.array(areaCode).max(1_000) })).max(10_000),
  begins: z.array(z.object({
    code: areaCode,
    parent: areaCode,
    name: z.string().min(1).max(100),
    kind: z.enum([
      'CITY', 'DISTRICT', 'COUNTY', 'COUNTY_CITY', 'ZONE', 'STREET', 'TOWN', 'TOWNSHIP', 'COMMUNITY_CENTRE', 'COMMUNITY', 'VILLAGE',
    ]),
    isGovernment: z.boolean(),
    population: figure,
    households: figure,
    areaKm2: figure,
    figuresSource: z.string().max(200).nullable(),
  })).max(5_000),
  grids: z.array(z.object({ code: areaCode, name: z.string().min(1).max(100), plannedHouseholds: z.int().nonnegative(), isEstimated: z.boolean() })).max(10_000),
});

const counts = z.partialRecord(z.enum(countedMeasures), z.int());
const month = z.string().regex(/^\d{4}-\d{2}$/);
/** It becomes part of a field's name in the database. */
const categoryName = z.string().regex(/^[^.$\0]{1,50}$/u);

const countRow = z.object({
  period: z.union([day, month]),
  kind: z.enum(['DEMAND', 'APPLICATION', 'PATROL']).nullable(),
  category: categoryName.nullable(),
  unit: unitCode.nullable(),
  department: z.string().regex(/^(CITY|DISTRICT|STREET|COMMUNITY)(-\d{2})?$/).nullable(),
  /** Absent from what was sent before anything was counted by the hour, and of what is not. */
  hour: z.int().min(0).max(23).nullable().exactOptional(),
  counts,
});

/** Older versions counted an area's months and nothing else; what they sent is still taken in. */
const monthMoved = z.object({ area: areaCode, month, counts }).transform(({ area, month: period, counts: moved }) =>
  ({ area, rows: [{ period, kind: null, category: null, unit: null, department: null, counts: moved }] }));

const countsMoved = z.union([z.object({ area: areaCode, rows: z.array(countRow).min(1).max(200) }), monthMoved]);

const dutyClass = z.enum(['A', 'B', 'C', 'D', 'E']);

/** Which matters may reach a street: a version of the duty list, whole. */
const dutyListPublished = z.object({
  version: versionName,
  number: z.int().positive(),
  list: z.object({
    classes: z.array(z.object({ class: dutyClass, name: named })).max(5),
    streetTypes: z.array(z.object({ name: z.string().max(100), streets: z.array(areaCode).max(1_000) })).max(50),
    entries: z.array(z.object({
      code: serviceItem,
      title: named,
      category: z.enum(['LAWFUL_DUTY', 'LAWFUL_ASSISTANCE', 'SUPPORT']),
      class: dutyClass,
      matters: z.array(z.string().max(200)).max(100),
      items: z.array(serviceItem).max(200).exactOptional(),
      streets: z.array(areaCode).max(1_000),
      streetTypes: z.array(z.string().max(100)).max(50),
      forward: z.boolean(),
      dispatch: z.boolean(),
      needsAdmission: z.boolean(),
    })).max(500),
  }),
});

/** How far the admission of a matter, or of a service item, to a street has come. */
const admissionChanged = z.object({
  admissionId: z.string(),
  matter: z.string().max(200).nullable(),
  /** Absent from what was sent when only matters were admitted. */
  item: serviceItem.nullable().exactOptional(),
  street: areaCode,
  community: areaCode.nullable().exactOptional(),
  except: z.array(areaCode).max(1_000).exactOptional(),
  state: z.enum(['PROPOSED', 'IN_FORCE', 'REFUSED', 'LAPSED', 'PASSED']),
  missing: z.array(z.enum(['OPINION', 'SAFEGUARDS', 'POWERS', 'APPROVAL'])).max(4),
});

/** A version of a service item, whole, as the level above offers it or no longer offers it. */
const catalogueItemChanged = z.object({
  code: serviceItem,
  area: areaCode,
  department: unitCode.nullable(),
  number: z.int().positive(),
  version: z.int().positive(),
  state: z.enum(['IN_FORCE', 'LAPSED']),
  title: named,
  module: z.enum(['INFORMATION', 'ADMINISTRATION', 'GOVERNMENT_SERVICE', 'SOCIAL_SERVICE']),
  level,
  delivery: z.enum(['DIRECT', 'DISPATCHED']),
  materials: z.array(z.object({
    documentType: z.string().max(40), name: named, required: z.boolean(), copies: z.int().positive(), note: z.string().max(200).nullable(),
  })).max(30),
  workDays: z.int().positive(),
  eligibility: text.nullable(),
  // Absent in what was sent before it was known.
  conditions: z.array(z.object({ expression: z.string().max(500), says: named })).max(10).optional(),
  feeFen: z.int().nonnegative(),
  words: z.array(z.string().max(100)).max(40),
  inForceAt: instant,
});

const remark = z.string().max(500).nullable();

/** All that an office of a level above remarks on an item; nothing but nulls when it has taken that back. */
const catalogueItemRemarked = z.object({
  item: z.string().max(100), area: areaCode, version: z.int().positive(), at: instant, place: remark, hours: remark, contact: remark,
});

type From = 'city' | 'district' | 'street' | 'community';

export interface Route {
  readonly from: readonly From[];
  readonly to: readonly From[];
  /** In order per subject: an event waits until all earlier ones of its sender have taken effect. */
  readonly ordered: boolean;
  /** Tried at once after the commit, and the mutation waits for it briefly; otherwise sent in batches. */
  readonly prompt: boolean;
  readonly data: z.ZodType;
}

const custody = { ordered: true, prompt: true } as const;
const toCommunity = <const F extends From>(from: F) => ({ ...custody, from: [from], to: ['community'] }) as const;

// prettier-ignore
export const eventRoutes = {
  'case.offered': { ...custody, from: ['community'], to: ['street', 'district', 'city'], data: offered },
  'case.changed': { ...custody, from: ['community'], to: ['street', 'district', 'city'], data: changed },
  'case.rescheduled': { ...custody, from: ['community'], to: ['street', 'district', 'city'], data: rescheduled },

  'case.troubled':    { ...custody, from: ['community'], to: ['district'], data: troubled },
  'case.held':        { ...custody, from: ['community'], to: ['district'], data: held },

  'dispatch.signed':            { ...toCommunity('street'),   data: segmentEvents.signed },
  'dispatch.returned':          { ...toCommunity('street'),   data: segmentEvents.returned },
  'dispatch.forwarded':         { ...toCommunity('street'),   data: segmentEvents.forwarded },
  'dispatch.assigned':          { ...toCommunity('street'),   data: segmentEvents.assigned },
  'dispatch.redispatched':      { ...toCommunity('street'),   data: segmentEvents.redispatched },
  'dispatch.infoRequested':     { ...toCommunity('street'),   data: segmentEvents.infoRequested },
  'dispatch.resolved':          { ...toCommunity('street'),   data: segmentEvents.resolved },
  'dispatch.restarted':         { ...toCommunity('street'),   data: segmentEvents.restarted },

  'whistle.blown':             { ...toCommunity('street'),   data: whistleEvents.blown },
  'whistle.ended':             { ...toCommunity('street'),   data: whistleEvents.ended },
  'whistle.alarmed':           { ...toCommunity('street'),   data: alarmed.extend({ whistleId: z.string(), unit: unitCode }) },

  'coordination.signed':        { ...toCommunity('district'), data: segmentEvents.signed },
  'coordination.returned':      { ...toCommunity('district'), data: segmentEvents.returned },
  'coordination.forwarded':     { ...toCommunity('district'), data: segmentEvents.forwarded },
  'coordination.assigned':      { ...toCommunity('district'), data: segmentEvents.assigned },
  'coordination.redispatched':  { ...toCommunity('district'), data: segmentEvents.redispatched },
  'coordination.infoRequested': { ...toCommunity('district'), data: segmentEvents.infoRequested },
  'coordination.resolved':      { ...toCommunity('district'), data: segmentEvents.resolved },
  'coordination.restarted':     { ...toCommunity('district'), data: segmentEvents.restarted },

  'supervision.opened':         { ...toCommunity('district'), data: supervised },
  'supervision.answered':       { ...toCommunity('district'), data: supervised },
  'supervision.rejected':       { ...toCommunity('district'), data: supervised },
  'supervision.closed':         { ...toCommunity('district'), data: supervised },
  'supervision.alarmed':        { ...toCommunity('district'), data: alarmed.extend({ supervisionId: z.string(), holder: unitOfWork }) },

  'conference.convened':        { ...toCommunity('district'), data: conferred },
  'conference.held':            { ...toCommunity('district'), data: conferred },
  'conference.reported':        { ...toCommunity('district'), data: conferred },
  'conference.accepted':        { ...toCommunity('district'), data: conferred },
  'conference.rejected':        { ...toCommunity('district'), data: conferred },
  'conference.closed':          { ...toCommunity('district'), data: conferred },
  'conference.cancelled':       { ...toCommunity('district'), data: conferred },
  'conference.alarmed':         { ...toCommunity('district'), data: alarmed.extend({ conferenceId: z.string(), unit: unitCode }) },

  'receipt.signed':             { ...toCommunity('city'),     data: segmentEvents.signed },
  'receipt.returned':           { ...toCommunity('city'),     data: segmentEvents.returned },
  'receipt.assigned':           { ...toCommunity('city'),     data: segmentEvents.assigned },
  'receipt.redispatched':       { ...toCommunity('city'),     data: segmentEvents.redispatched },
  'receipt.infoRequested':      { ...toCommunity('city'),     data: segmentEvents.infoRequested },
  'receipt.resolved':           { ...toCommunity('city'),     data: segmentEvents.resolved },
  'receipt.restarted':          { ...toCommunity('city'),     data: segmentEvents.restarted },

  'counts.moved': { from: ['community', 'street', 'district'], to: ['street', 'district', 'city'], ordered: false, prompt: false, data: countsMoved },

  'calendar.published':    { ...custody, from: ['city'], to: ['community', 'street', 'district'], data: calendarPublished },
  'clockPolicy.published': { ...custody, from: ['city'], to: ['community', 'street', 'district'], data: clockPolicyPublished },
  'dutyList.published':    { ...custody, from: ['city'], to: ['community', 'street', 'district'], data: dutyListPublished },
  'admission.changed':     { ...custody, from: ['city'], to: ['street', 'district'], data: admissionChanged },
  'catalogueItem.changed':  { ...custody, from: ['city', 'district', 'street'], to: ['district', 'street', 'community'], data: catalogueItemChanged },
  'catalogueItem.remarked': { ...custody, from: ['district', 'street'], to: ['street', 'community'], data: catalogueItemRemarked },
  'concernRule.published': { ...toCommunity('city'), data: concernRulePublished },
  'scoringScheme.published': { ...custody, from: ['city'], to: ['district'], data: scoringSchemePublished },

  'round.published': { ...custody, from: ['district'], to: ['city'], data: roundPublished },

  'areas.reorganised': { ...custody, from: ['city'], to: ['community', 'street', 'district'], data: areasReorganised },
  'areas.restored':    { ...custody, from: ['city'], to: ['community', 'street', 'district'], data: areasReorganised },

  'concern.found':  { ...custody, from: ['community'], to: ['district'], data: concernFound },
  'concern.grown':  { ...custody, from: ['community'], to: ['district'], data: concernGrown },
  'concern.closed': { ...toCommunity('district'), data: concernClosed },
} as const satisfies Record<string, Route>;

export type EventType = keyof typeof eventRoutes;
export type EventData<T extends EventType = EventType> = z.infer<(typeof eventRoutes)[T]['data']>;
export type SubgraphName = From;
export const eventTypes = Object.keys(eventRoutes) as EventType[];

export const isEventType = (type: string): type is EventType => Object.hasOwn(eventRoutes, type);
export const routeOf = (type: EventType): Route => eventRoutes[type];
