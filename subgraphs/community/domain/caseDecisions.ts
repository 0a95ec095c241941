import { coversArea, levelOfOfficer, officerOf, roleNames, type Actor } from '../../shared/domain/actor.js';
import { isWithin, levelAbove, levels, type Level } from '../../shared/domain/areaCode.js';
import {
  afterOwnAction, checkNote, checkProposedOwner, holds, targetOf, type HandoverAction, type HandoverState, type Holder,
  type Outcome,
} from '../../shared/domain/handover.js';
import { bilingual, fail, ok, refusal, refuse, type DomainError, type Result } from '../../shared/domain/result.js';
import { findTransition, permit, type Machine, type Rule } from '../../shared/domain/stateMachine.js';
import { serviceItemPattern, type Urgency } from '../../shared/domain/clockPolicy.js';
import { lengthOf, trimmed } from '../../shared/domain/text.js';
import {
  finalCaseStates, caseActionNames, caseStateNames, caseTransitions, type CaseAction, type CaseState, type CaseTransition,
} from './case.transitions.js';
import { actingFor, approverOf, routeOf, type Application, type GivenMaterial } from './application/application.js';
import { decided, decisionFault, incompleteFault, mayDecide, mayFinishApplication, mayFollowUp, withFollowUp, type Digest, type ResultInput } from './application/decision.js';
import { documentsOf } from './application/examination.js';
import { holderOf, isReporter, levelHolder, type Case, type Channel, type CaseKind, type DemandType, type Evaluation, type Link, type PatrolDomain, type Place, type Reporter } from './case.js';
import { countMovesOf, takenOut, type CountMove } from './caseCounts.js';
import { messagesBetween, segmentView, tell, type CaseMessage, type Origin } from './caseSegments.js';
import { openedBy, openOrder, supervisionMessages } from './supervision.js';
import { nextAlarm, openClock, startClock, stepClocks, type CaseClock, type ClockRules } from './clockPolicy.js';
import { alarmKey } from '../../shared/domain/alarms.js';
import { notBefore } from '../../shared/domain/calendars.js';
import { extend } from '../../shared/domain/clock.js';
import { chainAnew, chainOfLead, checkLead, mayMerge, mayUnmerge, stateBeforeMerge, workerOf, type MergeEntry } from './merge.js';
import { mayAskToLeaveOut, mayDecideLeavingOut, ratingMeant, withRating } from './leavingOut.js';
import { noticesFor, type Notice } from './notice.js';
import type { VisitEntry } from './returnVisit.js';
import type { WordEntry } from './word.js';

export interface TimelineEntry {
  readonly caseId: string;
  /** The case's version after it: 1, 2, 3… */
  readonly seq: number;
  readonly at: Date;
  readonly action: CaseAction | WordEntry | MergeEntry | VisitEntry | 'SUBMIT';
  readonly from: CaseState | null;
  readonly to: CaseState;
  readonly level: Level;
  /** Role null: nobody's hand, a clock. */
  readonly by: Pick<Actor, 'id' | 'area' | 'unit'> & { readonly role: Actor['role'] | null };
  readonly note: string | null;
  readonly target: Holder | null;
  /** RETURN: who should have it instead. */
  readonly proposedOwner: string | null;
  /** It came too late: the case had moved on, and it changed nothing. */
  readonly superseded: boolean;
}

export interface CaseDecision {
  readonly next: Case;
  readonly entry: TimelineEntry;
  readonly messages: readonly CaseMessage[];
  readonly notices: readonly Notice[];
  readonly counts: readonly CountMove[];
  /** What it makes of other cases, saved together with it or not at all; each from the version before its own. */
  readonly also?: readonly CaseDecision[];
  /** Documents of the reporter's vault that it attaches to the case, or it is not done. */
  readonly uses?: readonly string[];
}

/** Up to 2 of 5 the work goes back. */
export const unsatisfiedUpTo = 2;

const isReworkRating = ({ solved, satisfaction }: { readonly solved: boolean; readonly satisfaction: number }): boolean =>
  !solved || satisfaction <= unsatisfiedUpTo;

/** The holder acts; when that is another level, its own record of the case is the place to do it. */
const mustHold: Rule<Case> = (subject, actor) => {
  const holder = holderOf(subject);
  if (holder.level === 'COMMUNITY' && holds(holder, actor)) return null;
  if (holder.level === 'COMMUNITY') {
    return refusal('ROLE_NOT_ALLOWED', `此件由${holder.unit ?? holder.area}承办。`, `It is with ${holder.unit ?? holder.area}.`);
  }
  const segment = { STREET: 'dispatch', DISTRICT: 'coordination', CITY: 'receipt' }[holder.level];
  return refusal(
    'ROLE_NOT_ALLOWED',
    `此件现由${holder.unit ?? holder.area}承办,请在其 ${segment} 上操作。`,
    `It is with ${holder.unit ?? holder.area}; act on its ${segment}.`,
  );
};

/** An application is finished here whoever has it, since only here is known what has been decided. */
const mayResolve: Rule<Case> = (subject, actor, now) =>
  (subject.application ? mayFinishApplication(subject, actor) : mustHold(subject, actor, now));

/** The department that is to approve may ask for more. */
const mayAskForInfo: Rule<Case> = (subject, actor, now) => {
  const approver = subject.application && approverOf(subject.application);
  return approver && holds(approver, actor) ? null : mustHold(subject, actor, now);
};

const mustBeReporter: Rule<Case> = (subject, actor) =>
  isReporter(subject, actor) ? null : refusal('ROLE_NOT_ALLOWED', '只有诉求人本人可以操作。', 'Only the reporter may do this.');

const reporterOrLead: Rule<Case> = (subject, actor, now) =>
  actor.role === 'COMMUNITY_CLERK' && actor.area === subject.place.community ? null : mustBeReporter(subject, actor, now);

const reopenWindow: Rule<Case> = (subject, actor, now) => {
  if (actor.role === 'DISTRICT_OFFICER') return null;
  const notReporter = mustBeReporter(subject, actor, now);
  if (notReporter) return notReporter;
  const window = openClock(subject.clocks, 'REOPEN');
  // Minutes of this clock need no calendar.
  const ends = window && window.spans[0] ? new Date(window.spans[0].from.getTime() + window.budget * 60_000) : null;
  if (window && ends && now <= ends) return null;
  const hours = Math.round((window?.budget ?? 0) / 60);
  return refusal(
    'TRANSITION_NOT_ALLOWED',
    `已过 ${hours} 小时的重新打开期限;可以提交新的诉求,或由区级重新打开。`,
    `The ${hours} hours for reopening are over; submit a new demand, or ask the district to reopen it.`,
  );
};

const inArea: Rule<Case> = (subject, actor) =>
  coversArea(actor, subject.place.community) ? null : refusal('OUT_OF_SCOPE', '不在您的辖区。', 'Outside your area.');

/** Time is the case's own: whoever holds it asks here, on whichever level. */
const mustHoldAnywhere: Rule<Case> = (subject, actor) => {
  const holder = holderOf(subject);
  return holds(holder, actor) ? null : refusal('ROLE_NOT_ALLOWED', `此件由${holder.unit ?? holder.area}承办。`, `It is with ${holder.unit ?? holder.area}.`);
};

const isUndecided = (request: { readonly decided: unknown } | null): boolean => request !== null && request.decided === null;

/** At most two extensions, each asked for before the time is over. */
export const maxExtensions = 2;

const mayAskForTime: Rule<Case> = (subject, actor, now) => {
  const notHolder = mustHoldAnywhere(subject, actor, now);
  if (notHolder) return notHolder;
  if (isUndecided(subject.extension)) return refusal('DUPLICATE', '已有延期申请待审批。', 'An extension is already waiting for a decision.');
  if (subject.extensions >= maxExtensions) {
    return refusal('TRANSITION_NOT_ALLOWED', `至多延期 ${maxExtensions} 次。`, `At most ${maxExtensions} extensions.`);
  }
  if (subject.fired.some((key) => key === alarmKey({ clock: subject.clocks.findLastIndex(({ name }) => name === 'RESOLVE'), percent: 100 }))) {
    return refusal('TRANSITION_NOT_ALLOWED', '已超期,须在到期前申请延期。', 'It is overdue; an extension is asked for before the time is over.');
  }
  return null;
};

/** The next level up decides on the first, the district on the second. */
const mayGrantTime: Rule<Case> = (subject, actor) => {
  const { extension } = subject;
  if (!extension || extension.decided) return refusal('TRANSITION_NOT_ALLOWED', '没有待审批的延期申请。', 'No extension waits for a decision.');
  const above = levelAbove(extension.holder.level) ?? 'CITY';
  const decider = subject.extensions === 0 || above === 'CITY' ? above : 'DISTRICT';
  return actor.role === officerOf[decider] ? null : refusal(
    'ROLE_NOT_ALLOWED', `此次延期由${roleNames[officerOf[decider]].zh}审批。`, `This extension is decided by the ${roleNames[officerOf[decider]].en}.`,
  );
};

const mayAskToSuspend: Rule<Case> = (subject, actor, now) => {
  const notHolder = mustHoldAnywhere(subject, actor, now);
  if (notHolder) return notHolder;
  return isUndecided(subject.suspension) ? refusal('DUPLICATE', '已有挂账申请待审批。', 'A suspension is already waiting for a decision.') : null;
};

const hasSuspensionToDecide: Rule<Case> = ({ suspension }) =>
  isUndecided(suspension) ? null : refusal('TRANSITION_NOT_ALLOWED', '没有待审批的挂账申请。', 'No suspension waits for a decision.');

/** A superior raises it to the superior's own level, once. */
const mayEscalate: Rule<Case> = (subject, actor) => {
  const level = levelOfOfficer(actor);
  const known = subject.escalatedTo ?? holderOf(subject).level;
  return level !== null && levels.indexOf(level) < levels.indexOf(known) ? null : refusal(
    'TRANSITION_NOT_ALLOWED', '本级或上级已知悉此件。', 'Your level, or one above, already knows of it.',
  );
};

/** 巡查由街道派单: the street takes a finding over, and nobody else. */
const mayTakeIn: Rule<Case> = (subject, actor, now) =>
  inArea(subject, actor, now) ?? (subject.patrolDomain === null || actor.role === officerOf.STREET ? null : refusal(
    'ROLE_NOT_ALLOWED', '巡查由街道受理并派单。', 'The street takes patrol findings in and dispatches them.',
  ));

const maySupervise: Rule<Case> = (subject, actor, now) => inArea(subject, actor, now) ?? openOrder(subject);

/** The case's regulation: the table, and the rules that need data. */
export const caseMachine: Machine<CaseState, CaseAction, Case> = {
  table: caseTransitions,
  states: caseStateNames,
  actions: caseActionNames,
  rules: {
    ACCEPT: mayTakeIn,
    DECLINE: mayTakeIn,
    REQUEST_INFO: mayAskForInfo,
    SUPPLY_INFO: reporterOrLead,
    HANDLE: mustHold,
    FORWARD: mustHold,
    DISPATCH: mustHold,
    SIGN: mustHold,
    RETURN: mustHold,
    REDISPATCH: mustHold,
    RESOLVE: mayResolve,
    RATE: reporterOrLead,
    REOPEN: reopenWindow,
    RESTART: mustHold,
    WITHDRAW: mustBeReporter,
    REQUEST_EXTENSION: mayAskForTime,
    DECIDE_EXTENSION: mayGrantTime,
    REQUEST_SUSPENSION: mayAskToSuspend,
    DECIDE_SUSPENSION: hasSuspensionToDecide,
    RESUME: inArea,
    ESCALATE: mayEscalate,
    BLOW_WHISTLE: mustHold,
    END_WHISTLE: mustHold,
    SUPERVISE: maySupervise,
    MERGE: mayMerge,
    UNMERGE: mayUnmerge,
    REQUEST_LEAVING_OUT: mayAskToLeaveOut,
    DECIDE_LEAVING_OUT: mayDecideLeavingOut,
    DECIDE_APPLICATION: mayDecide,
    FOLLOW_UP: mayFollowUp,
  },
};

export interface SubmitCommand {
  readonly id: string;
  readonly number: string;
  readonly kind: CaseKind;
  readonly demandType: DemandType | null;
  readonly channel: Channel;
  readonly category: string;
  /** NORMAL by default. */
  readonly urgency?: Urgency;
  /** APPLICATION only. */
  readonly serviceItem?: string | null;
  /** Of an APPLICATION that goes by stages. */
  readonly application?: Application | null;
  /** PATROL only, and always. */
  readonly patrolDomain?: PatrolDomain | null;
  readonly title: string;
  readonly detail: string;
  readonly place: Place;
  readonly reporter: Reporter;
  readonly sourceId: string | null;
  readonly reportedAt: Date | null;
}

const maxTitle = 200;
const maxDetail = 10_000;
const maxAddress = 200;
const maxName = 50;
const maxSourceId = 100;
/** As sign-in has it. */
const actorId = /^[\x21-\x7e]{1,128}$/;

const submitters: Readonly<Record<string, readonly Channel[]>> = {
  RESIDENT: ['WEB', 'PUBLIC_ACCOUNT', 'SMS'],
  GRID_WORKER: ['GRID_WORKER'],
  COMMUNITY_CLERK: ['COUNTER', 'HOTLINE', 'WEB', 'PUBLIC_ACCOUNT', 'SMS'],
  STREET_CLERK: ['COUNTER', 'HOTLINE', 'WEB', 'PUBLIC_ACCOUNT', 'SMS'],
  INTEGRATOR: ['HOTLINE', 'IMPORT', 'SMS', 'WEB', 'PUBLIC_ACCOUNT'],
};

function checkSubmit(command: SubmitCommand, actor: Actor, now: Date): DomainError | null {
  const { kind, demandType, urgency, serviceItem = null, application = null, patrolDomain = null, channel, title, detail, place, reporter, sourceId, reportedAt } = command;
  const allowed = submitters[actor.role];
  if (!allowed) return refusal('ROLE_NOT_ALLOWED', '您的角色不能提交诉求。', 'Your role may not submit a case.');
  if (!allowed.includes(channel)) {
    return refusal('INVALID_INPUT', `您可用的渠道:${allowed.join('、')}。`, `Channels open to you: ${allowed.join(', ')}.`, 'channel');
  }
  if (place.grid !== null && !isWithin(place.grid, place.community)) {
    return refusal('INVALID_INPUT', '网格不在该社区内。', 'The grid is not in that community.', 'grid');
  }
  if (!maySubmitFor(actor, place) && !(application && isCounter(actor))) {
    return refusal('OUT_OF_SCOPE', '该社区不在您的辖区。', 'That community is outside your area.', 'community');
  }
  if ((place.longitude === null) !== (place.latitude === null)
    || (place.longitude !== null && Math.abs(place.longitude) > 180) || (place.latitude !== null && Math.abs(place.latitude) > 90)) {
    return refusal('INVALID_INPUT', '经纬度须成对且在有效范围内。', 'Longitude and latitude come together and within range.', 'longitude');
  }
  if (lengthOf(title) < 2 || lengthOf(title) > maxTitle) {
    return refusal('INVALID_INPUT', `标题须为 2–${maxTitle} 字。`, `A title has 2–${maxTitle} characters.`, 'title');
  }
  if (lengthOf(detail) === 0 || lengthOf(detail) > maxDetail) {
    return refusal('INVALID_INPUT', `内容须为 1–${maxDetail} 字。`, `The detail has 1–${maxDetail} characters.`, 'detail');
  }
  if (place.address !== null && lengthOf(place.address) > maxAddress) {
    return refusal('INVALID_INPUT', `地址至多 ${maxAddress} 字。`, `An address has at most ${maxAddress} characters.`, 'address');
  }
  if (reporter.name !== null && lengthOf(reporter.name) > maxName) {
    return refusal('INVALID_INPUT', `姓名至多 ${maxName} 字。`, `A name has at most ${maxName} characters.`, 'reporter');
  }
  if (reporter.phone?.includes('*')) {
    return refusal('INVALID_INPUT', '电话号码不能是脱敏号码。', 'A masked phone number reaches nobody; give all of it.', 'reporter');
  }
  if (reporter.id !== null && !actorId.test(reporter.id)) {
    return refusal('INVALID_INPUT', '居民 ID 无效,请填写其登录 ID。', "Not a resident's id; give the one they sign in with.", 'reporter');
  }
  if (reporter.idNumber !== null && !/^\d{17}[\dXx]$/.test(reporter.idNumber)) {
    return refusal('INVALID_INPUT', '身份证号须为 18 位。', 'An ID number has 18 characters.', 'reporter');
  }
  if (sourceId !== null && (lengthOf(sourceId) === 0 || lengthOf(sourceId) > maxSourceId)) {
    return refusal('INVALID_INPUT', `来源编号须为 1–${maxSourceId} 字。`, `A source id has 1–${maxSourceId} characters.`, 'sourceId');
  }
  if ((kind === 'DEMAND') !== (demandType !== null)) {
    return refusal('INVALID_INPUT', '诉求(DEMAND)须填 demandType,其他事项不填。', 'Give demandType with a DEMAND, and leave it out with anything else.', 'demandType');
  }
  if (serviceItem !== null && (kind !== 'APPLICATION' || !serviceItemPattern.test(serviceItem))) {
    return refusal(
      'INVALID_INPUT', '仅申办有服务事项,编码为 1–64 个字母、数字、点、横线或下划线。',
      'Only an application is for a service item; its code has 1–64 letters, digits, dots, hyphens or underscores.', 'serviceItem',
    );
  }
  if (urgency === 'EMERGENCY' && actor.role === 'RESIDENT') {
    return refusal(
      'INVALID_INPUT', '居民至多标为紧急(URGENT);危及人身安全请立即拨打 110、119 或 120。',
      'A resident may say URGENT at most; where life is in danger call 110, 119 or 120 at once.', 'urgency',
    );
  }
  if (kind === 'PATROL' && actor.role !== 'GRID_WORKER') {
    return refusal('ROLE_NOT_ALLOWED', '巡查由网格员上报。', 'Patrol findings are reported by grid workers.', 'kind');
  }
  if ((kind === 'PATROL') !== (patrolDomain !== null)) {
    return refusal('INVALID_INPUT', '巡查请用 patrolReport 上报。', 'Report a patrol finding with patrolReport.', 'kind');
  }
  if (reportedAt !== null && reportedAt > now) {
    return refusal('INVALID_INPUT', '反映时间不能晚于现在。', 'It cannot have been reported after now.', 'reportedAt');
  }
  return null;
}

/** Any counter takes any item. */
const isCounter = ({ role }: Actor): boolean => role === 'COMMUNITY_CLERK' || role === 'STREET_CLERK';

/** A resident may speak of any place, a grid worker of the whole community that the grid is part of. */
function maySubmitFor(actor: Actor, { community, grid }: Place): boolean {
  if (actor.role === 'RESIDENT') return true;
  if (actor.role === 'GRID_WORKER') return actor.area !== null && isWithin(actor.area, community);
  return coversArea(actor, grid ?? community);
}

const who = ({ id, role, area, unit }: TimelineEntry['by']): TimelineEntry['by'] => ({ id, role, area, unit });

/** A new case and its first timeline entry. */
export function submitCase(command: SubmitCommand, actor: Actor, now: Date, { policy }: Pick<ClockRules, 'policy'>): Result<CaseDecision> {
  const error = checkSubmit(command, actor, now);
  if (error) return refuse(error);
  const lead = levelHolder(command.place.community, 'COMMUNITY');
  const { urgency = 'NORMAL', serviceItem = null, application = null, patrolDomain = null } = command;
  const next: Case = {
    ...command,
    urgency,
    serviceItem,
    application,
    patrolDomain,
    title: command.title.trim(),
    detail: command.detail.trim(),
    place: { ...command.place, address: trimmed(command.place.address) },
    reporter: {
      ...command.reporter,
      id: actor.role === 'RESIDENT' ? actor.id : command.reporter.id,
      name: trimmed(command.reporter.name),
    },
    reportedAt: command.reportedAt ?? now,
    version: 1,
    state: 'SUBMITTED',
    stateBefore: null,
    submittedBy: actor.id,
    submittedAt: now,
    acceptedAt: null,
    closedAt: null,
    chain: [{ rung: 1, holder: lead, offeredAt: now, signedAt: now }],
    rungs: 1,
    returns: 0,
    reopenings: 0,
    round: 1,
    declined: null,
    infoRequest: null,
    resolution: null,
    evaluations: [],
    clocks: [startClock('ACCEPT', { ...command, urgency, serviceItem }, policy, now)],
    fired: [],
    escalatedTo: null,
    extension: null,
    extensions: 0,
    suspension: null,
    supervisions: [],
    merge: null,
    members: 0,
    updatedAt: now,
  };
  return ok({
    next,
    entry: {
      caseId: next.id, seq: 1, at: now, action: 'SUBMIT', from: null, to: 'SUBMITTED', level: 'COMMUNITY',
      by: who(actor), note: null, target: null, proposedOwner: null, superseded: false,
    },
    uses: documentsOf(application?.materials ?? []),
    messages: [],
    notices: noticesFor(null, next, { seq: 1, at: now, action: 'SUBMIT', to: 'SUBMITTED', by: actor }),
    counts: countMovesOf(next, {
      action: 'SUBMIT', from: null, to: 'SUBMITTED', at: now, note: null, byClock: false, holder: lead, provider: null, rating: null,
      leftOut: null,
    }),
  });
}

/** What an action carries beside the actor; each action reads its own. */
export interface ActionInput {
  readonly note: string | null;
  /** DECLINE. */
  readonly otherWay?: string | null;
  /** RETURN. */
  readonly proposedOwner?: string | null;
  /** DISPATCH, REDISPATCH: a unit of one's own level. */
  readonly unit?: string | null;
  readonly upward?: boolean;
  readonly outcome?: Outcome;
  readonly rating?: Pick<Evaluation, 'responded' | 'solved' | 'satisfaction' | 'comment'> & Partial<Pick<Evaluation, 'tags'>>;
  /** REQUEST_EXTENSION: how much more time. */
  readonly workDays?: number;
  /** REQUEST_SUSPENSION: when the district looks at it again. */
  readonly reviewAt?: Date;
  /** DECIDE_EXTENSION, DECIDE_SUSPENSION, DECIDE_LEAVING_OUT, DECIDE_APPLICATION. */
  readonly granted?: boolean;
  /** REQUEST_LEAVING_OUT, DECIDE_LEAVING_OUT: of the rating; by default the last that it may be done to. */
  readonly round?: number;
  /** MERGE: id of the case that is to lead. */
  readonly into?: string;
  /** MERGE, and what happens to a merged case: the case that leads. */
  readonly lead?: Case | null;
  /** DECIDE_APPLICATION: what an approval issues, and how it is sealed. */
  readonly result?: ResultInput | null;
  readonly digest?: Digest;
  /** SUPPLY_INFO: what was handed in to an application. */
  readonly given?: readonly GivenMaterial[];
}

export interface Step {
  readonly row: CaseTransition;
  readonly level: Level;
  readonly by: TimelineEntry['by'];
  readonly at: Date;
  readonly input: ActionInput;
  readonly target: Holder | null;
  readonly origin: Origin | null;
  readonly rules: ClockRules;
}

function leadOf({ lead }: ActionInput): Case {
  if (!lead) throw new Error('A case is merged, or resolved, without the case that leads.');
  return lead;
}

function inPerson({ role, ...by }: TimelineEntry['by']): Actor {
  if (role === null) throw new Error('Ratings are left out by people only.');
  return { id: by.id, role, area: by.area, unit: by.unit };
}

/** What each action changes beside state, chain and clocks. */
const effects: Partial<Readonly<Record<CaseAction, (before: Case, step: Step) => Partial<Case>>>> = {
  ACCEPT: (_before, { at }) => ({ acceptedAt: at }),
  DECLINE: (_before, { input }) => ({ declined: { reason: input.note ?? '', otherWay: input.otherWay ?? '' } }),
  REQUEST_INFO: ({ state }, { at, input }) => ({
    stateBefore: state === 'ACCEPTED' ? 'ACCEPTED' : 'IN_PROGRESS',
    infoRequest: { question: input.note ?? '', at, answer: null },
  }),
  SUPPLY_INFO: ({ infoRequest, application }, { input: { note, given = [] } }) => ({
    stateBefore: null,
    infoRequest: infoRequest && { ...infoRequest, answer: note },
    application: application && {
      ...application,
      materials: [...application.materials.filter((old) => !given.some(({ documentType }) => documentType === old.documentType)), ...given],
    },
  }),
  RETURN: ({ returns }) => ({ returns: returns + 1 }),
  RESOLVE: (before, { at, by, input }) => ({
    resolution: { outcome: input.outcome ?? 'SOLVED', text: input.note ?? '', at, provider: actingFor(before, by, holderOf(before)) },
  }),
  DECIDE_APPLICATION: (before, { row, at, by, input }) => {
    const { granted, note, result = null, digest } = input;
    if (!before.application || !digest) throw new Error(`Case ${before.id} is no application, or nothing seals what it issues.`);
    const next = decided(before, before.application, { granted: granted === true, note, at, by: inPerson(by), result, digest });
    const resolution = { outcome: 'REFUSED', text: note ?? '', at, provider: actingFor(before, by, holderOf(before)) } as const;
    return row.to === 'RESOLVED' ? { application: next, resolution } : { application: next };
  },
  FOLLOW_UP: ({ application, round }, { at, by, input }) => ({
    application: application && withFollowUp(application, { round, text: input.note ?? '', at, by: inPerson(by) }),
  }),
  RATE: (before, { row, at, by, input }) => {
    const { rating } = input;
    const provider = before.resolution?.provider;
    if (!rating || !provider) throw new Error(`Case ${before.id} is rated without a rating or a resolution.`);
    const onBehalf = by.role === 'COMMUNITY_CLERK';
    return {
      evaluations: [...before.evaluations, { ...rating, tags: rating.tags ?? [], round: before.round, at, by: by.id, onBehalf, provider, leftOut: null }],
      closedAt: row.to === 'CLOSED' ? at : null,
      round: row.to === 'REWORK' ? before.round + 1 : before.round,
    };
  },
  NO_REPLY: (_before, { at }) => ({ closedAt: at }),
  REOPEN: ({ reopenings, round }) => ({ reopenings: reopenings + 1, round: round + 1, closedAt: null }),
  REQUEST_EXTENSION: (before, { at, input }) => ({
    extension: { workDays: input.workDays ?? 0, reason: input.note ?? '', requestedAt: at, holder: holderOf(before), decided: null },
  }),
  DECIDE_EXTENSION: ({ extension, extensions }, { at, input }) => ({
    extension: extension && { ...extension, decided: { granted: input.granted === true, note: input.note, at } },
    extensions: extensions + (input.granted === true ? 1 : 0),
  }),
  REQUEST_SUSPENSION: (before, { at, input }) => ({
    suspension: {
      reason: input.note ?? '', reviewAt: input.reviewAt ?? at, requestedAt: at, holder: holderOf(before), decided: null, resumedAt: null,
    },
  }),
  DECIDE_SUSPENSION: ({ suspension }, { at, input }) => ({
    suspension: suspension && { ...suspension, decided: { granted: input.granted === true, note: input.note, at } },
  }),
  RESUME: ({ suspension }, { at }) => ({ suspension: suspension && { ...suspension, resumedAt: at } }),
  MERGE: ({ state, acceptedAt }, { at, input }) => ({
    merge: { into: leadOf(input).id, since: at, stateBefore: stateBeforeMerge(state) },
    acceptedAt: acceptedAt ?? at,
  }),
  UNMERGE: () => ({ merge: null }),
  WITHDRAW: () => ({ merge: null }),
  RESOLVE_WITH_LEAD: (_before, { at, input }) => {
    const { resolution } = leadOf(input);
    return { merge: null, resolution: resolution && { ...resolution, at } };
  },
  REQUEST_LEAVING_OUT: (before, { at, by, input }) => withRating(before, input.round, (rating) => ({
    ...rating, leftOut: { seq: before.version + 1, reason: input.note ?? '', requestedAt: at, by: inPerson(by), decided: null },
  })),
  DECIDE_LEAVING_OUT: (before, { at, by, input: { round, granted, note } }) => withRating(before, round, (rating) => ({
    ...rating,
    leftOut: rating.leftOut && {
      ...rating.leftOut, decided: { seq: before.version + 1, granted: granted === true, note, at, by: inPerson(by) },
    },
  })),
  ESCALATE: (before, { by, input }) => {
    const level = by.role === null ? levelAbove(before.escalatedTo ?? workerOf(before, input.lead ?? null).level) : levelOfOfficer({ role: by.role });
    return { escalatedTo: level ?? before.escalatedTo };
  },
};

/** A granted extension lengthens the running RESOLVE clock. */
function extended(clocks: readonly CaseClock[], { extension }: Case, { row, input, at }: Step): readonly CaseClock[] {
  if (row.action !== 'DECIDE_EXTENSION' || input.granted !== true || !extension) return clocks;
  const running = openClock(clocks, 'RESOLVE');
  return clocks.map((clock) => (clock === running ? extend(clock, extension.workDays, notBefore(clock, at)) : clock));
}

export const handsOn: readonly CaseAction[] = ['FORWARD', 'DISPATCH', 'REDISPATCH'];

/** Acceptance brings a patrol finding to the street, an application to who delivers it. */
const takesOver = ({ action, outcome }: CaseTransition): boolean => action === 'ACCEPT' && outcome !== 'USUAL';
/** It is with them: nothing is offered, nothing waits to be signed for. */
const hasAtOnce = (row: CaseTransition): boolean => takesOver(row) && row.outcome !== 'OFFERED';

/** The last link is the one that acts: handing on adds one, returning takes it away, signing marks it. */
function chainAfter(before: Case, { row, target, at, input }: Step): Pick<Case, 'chain' | 'rungs'> {
  const { chain, rungs } = before;
  if (row.action === 'UNMERGE') return chainAnew(before, at);
  if (row.action === 'RESOLVE_WITH_LEAD') return chainOfLead(before, leadOf(input), at);
  if (handsOn.includes(row.action) || takesOver(row)) {
    if (!target) throw new Error(`${row.action} needs a target.`);
    const link: Link = { rung: rungs + 1, holder: target, offeredAt: at, signedAt: hasAtOnce(row) ? at : null };
    return { chain: [...chain, link], rungs: rungs + 1 };
  }
  if (row.action === 'RETURN') return { chain: chain.slice(0, -1), rungs };
  if (row.action === 'SIGN') return { chain: chain.map((link, i) => (i === chain.length - 1 ? { ...link, signedAt: at } : link)), rungs };
  return { chain, rungs };
}

/** The row of the table, done to the case. */
export function take(before: Case, step: Step): CaseDecision {
  const { row, level, by, at, input, target, origin, rules } = step;
  const changed: Case = {
    ...before,
    ...effects[row.action]?.(before, step),
    ...chainAfter(before, step),
    state: row.to,
    version: before.version + 1,
    clocks: stepClocks(extended(before.clocks, before, step), row, before, at, {
      isOver: finalCaseStates.includes(row.to),
      pauseReason: row.to === 'SUSPENDED' ? 'PAUSED_SUSPENDED' : 'PAUSED_INFO',
      rules,
    }),
    updatedAt: at,
  };
  const opened = openedBy(before, changed, row.action, at);
  const next = opened ? { ...changed, supervisions: [...before.supervisions, opened] } : changed;
  return {
    next,
    entry: {
      caseId: before.id, seq: next.version, at, action: row.action, from: before.state, to: row.to, level,
      by: who(by), note: input.note, target, proposedOwner: input.proposedOwner ?? null, superseded: false,
    },
    uses: documentsOf(input.given ?? []),
    messages: [
      ...messagesBetween(before, next, { origin, note: input.note, at, calendar: rules.calendar }),
      ...supervisionMessages(before, next, { opened, by: who(by), note: input.note, at }),
    ],
    notices: noticesFor(before, next, { seq: next.version, at, action: row.action, to: row.to, by, worker: workerOf(next, input.lead ?? null) }),
    counts: countMovesOf(next, {
      action: row.action, from: before.state, to: row.to, at, note: input.note, byClock: by.role === null,
      holder: workerOf(before, input.lead ?? null), provider: next.resolution?.provider ?? null, rating: next.evaluations.at(-1) ?? null,
      leftOut: takenOut(next.evaluations, next.version),
    }),
  };
}

const needsNote: readonly CaseAction[] = [
  'DECLINE', 'REQUEST_INFO', 'SUPPLY_INFO', 'RETURN', 'RESOLVE', 'REOPEN', 'REQUEST_EXTENSION', 'REQUEST_SUSPENSION', 'ESCALATE',
  'SUPERVISE', 'REQUEST_LEAVING_OUT', 'FOLLOW_UP',
];
const maxExtensionDays = 30;
const maxSuspensionMs = 366 * 24 * 3_600_000;

/** Without blanks around what people wrote. */
const tidied = (input: ActionInput): ActionInput => ({
  ...input,
  note: trimmed(input.note),
  otherWay: trimmed(input.otherWay),
  proposedOwner: trimmed(input.proposedOwner),
  ...(input.rating && {
    rating: { ...input.rating, tags: [...new Set(input.rating.tags?.map((tag) => tag.trim()))], comment: trimmed(input.rating.comment) },
  }),
});

function checkInput(
  action: CaseAction, { note, otherWay, proposedOwner, rating, workDays, reviewAt, granted, outcome, result }: ActionInput, now: Date,
): DomainError | null {
  // The note of an evaluation is its comment.
  if (action === 'RATE' && rating) return checkRating(rating);
  const noteError = checkNote(note, needsNote.includes(action));
  if (noteError) return noteError;
  if (action === 'DECLINE') return checkNote(otherWay ?? null, true, 'otherWay');
  if (action === 'REQUEST_EXTENSION' && !(Number.isInteger(workDays) && Number(workDays) >= 1 && Number(workDays) <= maxExtensionDays)) {
    return refusal('INVALID_INPUT', `延期须为 1–${maxExtensionDays} 个工作日。`, `An extension has 1–${maxExtensionDays} work days.`, 'workDays');
  }
  if (action === 'REQUEST_SUSPENSION' && !(reviewAt && reviewAt > now && reviewAt.getTime() - now.getTime() <= maxSuspensionMs)) {
    return refusal('INVALID_INPUT', '复核日期须在将来一年之内。', 'The review date is in the future, within a year.', 'reviewAt');
  }
  if (action === 'RESOLVE' && outcome === 'REFUSED') {
    return refusal('INVALID_INPUT', '不予批准以 applicationDecide 作出。', 'An application is refused by applicationDecide.', 'outcome');
  }
  const undecidable = action === 'DECIDE_APPLICATION' ? decisionFault(granted, result, now) : null;
  if (undecidable) return undecidable;
  if (granted === false) return checkNote(note, true);
  return checkProposedOwner(proposedOwner ?? null);
}

const maxTags = 5;
const maxTag = 20;

function checkRating({ satisfaction, comment, tags = [] }: NonNullable<ActionInput['rating']>): DomainError | null {
  if (!Number.isInteger(satisfaction) || satisfaction < 1 || satisfaction > 5) {
    return refusal('INVALID_INPUT', '满意度为 1–5。', 'Satisfaction is 1–5.', 'satisfaction');
  }
  if (tags.length > maxTags || tags.some((tag) => tag === '' || lengthOf(tag) > maxTag)) {
    return refusal('INVALID_INPUT', `标签至多 ${maxTags} 个,每个 1–${maxTag} 字。`, `At most ${maxTags} tags, each of 1–${maxTag} characters.`, 'tags');
  }
  return checkNote(comment, false, 'comment');
}

/** Where the data decide between rows of one action. */
function outcomeOf(before: Case, action: CaseAction, { rating, granted }: ActionInput): string | undefined {
  if (action === 'ACCEPT') return before.application ? routeOf(before.application) : before.patrolDomain === null ? 'USUAL' : 'PATROL';
  if (action === 'DECIDE_APPLICATION') return granted === true ? 'GRANTED' : 'REFUSED';
  if (action === 'UNMERGE') return before.merge?.stateBefore;
  if (action === 'SUPPLY_INFO') return before.stateBefore ?? 'IN_PROGRESS';
  if (action === 'DECIDE_SUSPENSION') return granted === true ? 'GRANTED' : 'REFUSED';
  if (action === 'RATE' && rating) return isReworkRating(rating) ? 'UNSATISFIED' : 'SATISFIED';
  return undefined;
}

/** An action of the community's own, on its own case. */
export function decideCase(
  before: Case,
  action: CaseAction,
  given: ActionInput,
  actor: Actor,
  now: Date,
  rules: ClockRules,
): Result<CaseDecision> {
  const tidy = tidied(given);
  const permitted = permit(caseMachine, before, action, actor, now);
  if (!permitted.ok) return permitted;
  const meant = ratingMeant(before, action, actor, tidy.round);
  if (!meant.ok) return meant;
  const input = { ...tidy, ...(meant.value && { round: meant.value.round }) };
  const inputError = checkInput(action, input, now) ?? (action === 'MERGE' ? checkLead(before, input.lead ?? null) : null)
    ?? (action === 'DECIDE_APPLICATION' && input.granted === true && before.application ? incompleteFault(before.application) : null);
  if (inputError) return refuse(inputError);
  const row: CaseTransition | undefined = findTransition<CaseState, CaseAction>(caseTransitions, before.state, action, outcomeOf(before, action, input));
  if (!row) return fail('TRANSITION_NOT_ALLOWED', bilingual('当前状态不允许。', 'The current state does not allow it.'));

  const target = handsOn.includes(action)
    ? targetOf(holderOf(before), before.place.community, { unit: input.unit ?? null, upward: action === 'FORWARD' || input.upward === true })
    : ok(takesOver(row) ? before.application?.provider ?? holderOf(before) : null);
  if (!target.ok) return target;
  return ok(take(before, { row, level: 'COMMUNITY', by: actor, at: now, input, target: target.value, origin: null, rules }));
}

/** Who did it when nobody did: a clock ran out. */
const byClock: TimelineEntry['by'] = { id: 'clock', role: null, area: null, unit: null };

/**
 * What the next alarm of a case does at `now`; null when none is due. Fired alarms are part of the case, so that
 * each goes off once, whoever looks and however often. Of a merged case it is for who works on `lead`.
 */
export function fireAlarm(before: Case, now: Date, rules: ClockRules, lead: Case | null = null): CaseDecision | null {
  const alarm = nextAlarm(before.clocks, before.fired, rules.calendar);
  if (!alarm || alarm.at > now) return null;
  const fired = { ...before, fired: [...before.fired, alarmKey(alarm)] };
  const row = findTransition<CaseState, CaseAction>(caseTransitions, before.state, alarm.does);
  // A state that the alarm means nothing to: it is spent all the same, or it would be due for ever.
  const spent: CaseTransition = row ?? { action: 'WARN', from: before.state, to: before.state, by: [] };
  return take(fired, {
    row: spent, level: 'COMMUNITY', by: byClock, at: now, input: { note: `${alarm.name} ${alarm.percent}%`, lead },
    target: null, origin: null, rules,
  });
}

/** What another level did on its own segment. */
export interface ReportedStep {
  readonly action: HandoverAction;
  readonly level: Exclude<Level, 'COMMUNITY'>;
  readonly rung: number;
  readonly at: Date;
  readonly by: TimelineEntry['by'];
  readonly note: string | null;
  readonly target: Holder | null;
  readonly proposedOwner: string | null;
  readonly outcome?: Outcome;
}

const believedAfter: Readonly<Record<HandoverAction, HandoverState>> = {
  SIGN: 'IN_PROGRESS',
  RETURN: 'RETURNED',
  FORWARD: 'PASSED_ON',
  DISPATCH: 'PASSED_ON',
  REDISPATCH: 'PASSED_ON',
  REQUEST_INFO: 'NEEDS_INFO',
  RESOLVE: 'RESOLVED',
  RESTART: 'IN_PROGRESS',
  BLOW_WHISTLE: 'COORDINATING',
  END_WHISTLE: 'IN_PROGRESS',
};

const wasSuspended = ({ clocks }: Case): boolean =>
  clocks.some(({ spans }) => spans.some(({ why }) => why === 'PAUSED_SUSPENDED'));

/**
 * Takes in what another level did. When the case has moved on meanwhile (withdrawn, say) the step is noted as
 * superseded and that level is told how its segment really stands.
 */
export function applyReportedStep(before: Case, step: ReportedStep, rules: ClockRules): CaseDecision {
  const { action, level, rung, at, by, note, target, proposedOwner, outcome } = step;
  const link = before.chain.at(-1);
  const row: CaseTransition | undefined = findTransition<CaseState, CaseAction>(caseTransitions, before.state, action);
  const isCurrent = link?.rung === rung && link.holder.level === level;
  const view = segmentView(before, level, rules.calendar);
  if (row && view && isCurrent) {
    return take(before, {
      row, level, by, at, target, rules,
      input: { note, proposedOwner, ...(outcome && { outcome }) },
      // After a suspension this step and the word of it may have crossed: what the level believes is not known then.
      origin: wasSuspended(before) ? null : { level, believes: afterOwnAction(view, { action, to: believedAfter[action], target, at }) },
    });
  }
  const version = before.version + 1;
  return {
    next: { ...before, version },
    entry: {
      caseId: before.id, seq: version, at, action, from: before.state, to: before.state, level,
      by: who(by), note, target, proposedOwner, superseded: true,
    },
    // A step of another hand-over crossed the word of the one in force, which is still to reach that level.
    messages: view?.rung === rung ? [tell(before.id, level, view, { note: null, at })] : [],
    notices: [],
    counts: [],
  };
}
