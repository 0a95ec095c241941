import type { Named, Role } from '../../shared/domain/actor.js';
import type { ClockName } from '../../shared/domain/clockPolicy.js';
import type { Transition } from '../../shared/domain/stateMachine.js';

export const caseStates = [
  'SUBMITTED', 'ACCEPTED', 'NEEDS_INFO', 'DECLINED', 'DISPATCHED', 'IN_PROGRESS', 'COORDINATING', 'SUSPENDED',
  'RETURNED', 'RESOLVED', 'REWORK', 'CLOSED', 'MERGED', 'WITHDRAWN',
] as const;
export type CaseState = (typeof caseStates)[number];

export const caseActions = [
  'ACCEPT', 'DECLINE', 'REQUEST_INFO', 'SUPPLY_INFO', 'HANDLE', 'FORWARD', 'DISPATCH', 'SIGN', 'RETURN',
  'REDISPATCH', 'RESOLVE', 'RATE', 'REOPEN', 'RESTART', 'WITHDRAW', 'NO_REPLY', 'LAPSE', 'REQUEST_EXTENSION',
  'DECIDE_EXTENSION', 'REQUEST_SUSPENSION', 'DECIDE_SUSPENSION', 'RESUME', 'WARN', 'ESCALATE',
  'BLOW_WHISTLE', 'END_WHISTLE', 'SUPERVISE', 'MERGE', 'UNMERGE', 'RESOLVE_WITH_LEAD', 'REQUEST_LEAVING_OUT', 'DECIDE_LEAVING_OUT',
  'DECIDE_APPLICATION', 'FOLLOW_UP',
] as const;
export type CaseAction = (typeof caseActions)[number];

export { clockNames, type ClockName } from '../../shared/domain/clockPolicy.js';

export const initialCaseState: CaseState = 'SUBMITTED';
export const finalCaseStates: readonly CaseState[] = ['DECLINED', 'WITHDRAWN'];

/** A row of the case's regulation; `by` names who may do it on whichever level holds the case. */
export interface CaseTransition extends Transition<CaseState, CaseAction> {
  /** A new clock of this name; the one before it is kept. */
  readonly starts?: readonly ClockName[];
  readonly stops?: readonly ClockName[];
  readonly pauses?: ClockName;
  readonly resumes?: ClockName;
}

const intake = ['COMMUNITY_CLERK', 'STREET_CLERK'] as const satisfies readonly Role[];
const offices = ['COMMUNITY_CLERK', 'STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER'] as const satisfies readonly Role[];
const belowCity = ['COMMUNITY_CLERK', 'STREET_CLERK', 'DISTRICT_OFFICER'] as const satisfies readonly Role[];
const handlers = [...offices, 'DEPARTMENT_OFFICER'] as const satisfies readonly Role[];
const reporters = ['RESIDENT', 'GRID_WORKER'] as const satisfies readonly Role[];
const forReporter = [...reporters, 'COMMUNITY_CLERK'] as const satisfies readonly Role[];

/** 吹哨 and 并案 are the street's own. */
const street = ['STREET_CLERK'] as const satisfies readonly Role[];
const superiors = ['STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER'] as const satisfies readonly Role[];
const district = ['DISTRICT_OFFICER'] as const satisfies readonly Role[];
const supervisors = ['DISTRICT_OFFICER', 'CITY_OFFICER'] as const satisfies readonly Role[];
const system = [] as const satisfies readonly Role[];

/** Until it is resolved the reporter may take the case back. */
const openToReporter = [
  'SUBMITTED', 'ACCEPTED', 'NEEDS_INFO', 'DISPATCHED', 'IN_PROGRESS', 'COORDINATING', 'SUSPENDED', 'RETURNED', 'REWORK',
] as const satisfies readonly CaseState[];
/** A superior, or the ladder, puts a case one level higher; it stays where it is. */
const escalatable = [
  'SUBMITTED', 'ACCEPTED', 'DISPATCHED', 'IN_PROGRESS', 'COORDINATING', 'RETURNED', 'REWORK',
] as const satisfies readonly CaseState[];
/** There may be a rating, whatever became of the case since. */
const maybeRated = [
  'NEEDS_INFO', 'DISPATCHED', 'IN_PROGRESS', 'COORDINATING', 'SUSPENDED', 'RETURNED', 'RESOLVED', 'REWORK', 'CLOSED', 'MERGED', 'WITHDRAWN',
] as const satisfies readonly CaseState[];

// prettier-ignore
export const caseTransitions: readonly CaseTransition[] = [
  { action: 'ACCEPT',       from: 'SUBMITTED',    to: 'ACCEPTED',     by: intake,      stops: ['ACCEPT'], starts: ['RESPOND', 'RESOLVE'], outcome: 'USUAL' },
  { action: 'ACCEPT',       from: 'SUBMITTED',    to: 'IN_PROGRESS',  by: intake,      stops: ['ACCEPT'], starts: ['RESOLVE'], outcome: 'PATROL' },
  { action: 'ACCEPT',       from: 'SUBMITTED',    to: 'IN_PROGRESS',  by: intake,      stops: ['ACCEPT'], starts: ['RESOLVE'], outcome: 'DIRECT' },
  { action: 'ACCEPT',       from: 'SUBMITTED',    to: 'DISPATCHED',   by: intake,      stops: ['ACCEPT'], starts: ['RESPOND', 'RESOLVE', 'SIGN'], outcome: 'OFFERED' },
  { action: 'DECLINE',      from: 'SUBMITTED',    to: 'DECLINED',     by: intake,      stops: ['ACCEPT'] },
  { action: 'REQUEST_INFO', from: 'ACCEPTED',     to: 'NEEDS_INFO',   by: handlers,    stops: ['RESPOND'], pauses: 'RESOLVE', starts: ['INFO'] },
  { action: 'REQUEST_INFO', from: 'IN_PROGRESS',  to: 'NEEDS_INFO',   by: handlers,    stops: ['RESPOND'], pauses: 'RESOLVE', starts: ['INFO'] },
  { action: 'SUPPLY_INFO',  from: 'NEEDS_INFO',   to: 'ACCEPTED',     by: forReporter, stops: ['INFO'], resumes: 'RESOLVE', outcome: 'ACCEPTED' },
  { action: 'SUPPLY_INFO',  from: 'NEEDS_INFO',   to: 'IN_PROGRESS',  by: forReporter, stops: ['INFO'], resumes: 'RESOLVE', outcome: 'IN_PROGRESS' },
  { action: 'LAPSE',        from: 'NEEDS_INFO',   to: 'WITHDRAWN',    by: system,      stops: ['INFO'] },
  { action: 'HANDLE',       from: 'ACCEPTED',     to: 'IN_PROGRESS',  by: ['COMMUNITY_CLERK'], stops: ['RESPOND'] },
  { action: 'FORWARD',      from: 'ACCEPTED',     to: 'DISPATCHED',   by: belowCity,   starts: ['SIGN'] },
  { action: 'FORWARD',      from: 'IN_PROGRESS',  to: 'DISPATCHED',   by: belowCity,   starts: ['SIGN'] },
  { action: 'DISPATCH',     from: 'ACCEPTED',     to: 'DISPATCHED',   by: offices,     starts: ['SIGN'] },
  { action: 'DISPATCH',     from: 'IN_PROGRESS',  to: 'DISPATCHED',   by: offices,     starts: ['SIGN'] },
  { action: 'SIGN',         from: 'DISPATCHED',   to: 'IN_PROGRESS',  by: handlers,    stops: ['SIGN', 'RESPOND'] },
  { action: 'RETURN',       from: 'DISPATCHED',   to: 'RETURNED',     by: handlers,    stops: ['SIGN'] },
  { action: 'REDISPATCH',   from: 'RETURNED',     to: 'DISPATCHED',   by: offices,     starts: ['SIGN'] },
  { action: 'REQUEST_EXTENSION',  from: 'IN_PROGRESS', to: 'IN_PROGRESS', by: handlers },
  { action: 'DECIDE_EXTENSION',   from: 'IN_PROGRESS', to: 'IN_PROGRESS', by: superiors },
  { action: 'REQUEST_SUSPENSION', from: 'IN_PROGRESS', to: 'IN_PROGRESS', by: handlers },
  { action: 'DECIDE_SUSPENSION',  from: 'IN_PROGRESS', to: 'SUSPENDED',   by: district, pauses: 'RESOLVE', outcome: 'GRANTED' },
  { action: 'DECIDE_SUSPENSION',  from: 'IN_PROGRESS', to: 'IN_PROGRESS', by: district, outcome: 'REFUSED' },
  { action: 'RESUME',       from: 'SUSPENDED',    to: 'IN_PROGRESS',  by: district,    resumes: 'RESOLVE' },
  { action: 'DECIDE_APPLICATION', from: 'IN_PROGRESS', to: 'IN_PROGRESS', by: handlers, outcome: 'GRANTED' },
  { action: 'DECIDE_APPLICATION', from: 'IN_PROGRESS', to: 'RESOLVED', by: handlers,   stops: ['RESPOND', 'RESOLVE'], starts: ['CALLBACK'], outcome: 'REFUSED' },
  { action: 'FOLLOW_UP',    from: 'IN_PROGRESS',  to: 'IN_PROGRESS',  by: handlers },
  { action: 'RESOLVE',      from: 'IN_PROGRESS',  to: 'RESOLVED',     by: handlers,    stops: ['RESPOND', 'RESOLVE'], starts: ['CALLBACK'] },
  { action: 'BLOW_WHISTLE', from: 'IN_PROGRESS',  to: 'COORDINATING', by: street },
  { action: 'END_WHISTLE',  from: 'COORDINATING', to: 'IN_PROGRESS',  by: street },
  { action: 'RESOLVE',      from: 'COORDINATING', to: 'RESOLVED',     by: street,      stops: ['RESPOND', 'RESOLVE'], starts: ['CALLBACK'] },
  { action: 'RATE',         from: 'RESOLVED',     to: 'CLOSED',       by: forReporter, stops: ['CALLBACK'], starts: ['REOPEN'], outcome: 'SATISFIED' },
  { action: 'RATE',         from: 'RESOLVED',     to: 'REWORK',       by: forReporter, stops: ['CALLBACK'], outcome: 'UNSATISFIED' },
  { action: 'NO_REPLY',     from: 'RESOLVED',     to: 'CLOSED',       by: system,      stops: ['CALLBACK'], starts: ['REOPEN'] },
  { action: 'REOPEN',       from: 'CLOSED',       to: 'REWORK',       by: [...reporters, 'DISTRICT_OFFICER'], stops: ['REOPEN'] },
  { action: 'RESTART',      from: 'REWORK',       to: 'IN_PROGRESS',  by: handlers,    starts: ['RESOLVE'] },
  ...openToReporter.map((from) => ({ action: 'WITHDRAW', from, to: 'WITHDRAWN', by: reporters } as const)),
  ...escalatable.map((state) => ({ action: 'WARN', from: state, to: state, by: system } as const)),
  ...escalatable.map((state) => ({ action: 'ESCALATE', from: state, to: state, by: superiors } as const)),
  ...openToReporter.map((state) => ({ action: 'SUPERVISE', from: state, to: state, by: supervisors } as const)),
  // 并案: RESOLVE runs on whatever the state was; the word of the merge is the response. What nobody had accepted is accepted by it.
  { action: 'MERGE',        from: 'SUBMITTED',    to: 'MERGED',       by: street,      stops: ['ACCEPT'], starts: ['RESOLVE'] },
  { action: 'MERGE',        from: 'ACCEPTED',     to: 'MERGED',       by: street,      stops: ['RESPOND'] },
  { action: 'MERGE',        from: 'NEEDS_INFO',   to: 'MERGED',       by: street,      stops: ['INFO'], resumes: 'RESOLVE' },
  { action: 'MERGE',        from: 'DISPATCHED',   to: 'MERGED',       by: street,      stops: ['SIGN', 'RESPOND'] },
  { action: 'MERGE',        from: 'IN_PROGRESS',  to: 'MERGED',       by: street,      stops: ['RESPOND'] },
  { action: 'MERGE',        from: 'COORDINATING', to: 'MERGED',       by: street },
  { action: 'MERGE',        from: 'SUSPENDED',    to: 'MERGED',       by: street,      resumes: 'RESOLVE' },
  { action: 'MERGE',        from: 'RETURNED',     to: 'MERGED',       by: street,      stops: ['RESPOND'] },
  { action: 'MERGE',        from: 'REWORK',       to: 'MERGED',       by: street,      starts: ['RESOLVE'] },
  { action: 'UNMERGE',      from: 'MERGED',       to: 'ACCEPTED',     by: street,      outcome: 'ACCEPTED' },
  { action: 'UNMERGE',      from: 'MERGED',       to: 'NEEDS_INFO',   by: street,      pauses: 'RESOLVE', starts: ['INFO'], outcome: 'NEEDS_INFO' },
  { action: 'UNMERGE',      from: 'MERGED',       to: 'DISPATCHED',   by: street,      starts: ['SIGN'], outcome: 'DISPATCHED' },
  { action: 'UNMERGE',      from: 'MERGED',       to: 'IN_PROGRESS',  by: street,      outcome: 'IN_PROGRESS' },
  { action: 'UNMERGE',      from: 'MERGED',       to: 'COORDINATING', by: street,      outcome: 'COORDINATING' },
  { action: 'UNMERGE',      from: 'MERGED',       to: 'SUSPENDED',    by: street,      pauses: 'RESOLVE', outcome: 'SUSPENDED' },
  { action: 'UNMERGE',      from: 'MERGED',       to: 'RETURNED',     by: street,      outcome: 'RETURNED' },
  { action: 'UNMERGE',      from: 'MERGED',       to: 'REWORK',       by: street,      stops: ['RESOLVE'], outcome: 'REWORK' },
  { action: 'RESOLVE_WITH_LEAD', from: 'MERGED',  to: 'RESOLVED',     by: system,      stops: ['RESOLVE'], starts: ['CALLBACK'] },
  { action: 'WITHDRAW',     from: 'MERGED',       to: 'WITHDRAWN',    by: reporters },
  { action: 'WARN',         from: 'MERGED',       to: 'MERGED',       by: system },
  { action: 'ESCALATE',     from: 'MERGED',       to: 'MERGED',       by: system },
  ...maybeRated.map((state) => ({ action: 'REQUEST_LEAVING_OUT', from: state, to: state, by: handlers } as const)),
  ...maybeRated.map((state) => ({ action: 'DECIDE_LEAVING_OUT', from: state, to: state, by: superiors } as const)),
];

export const caseStateNames: Readonly<Record<CaseState, Named>> = {
  SUBMITTED: { zh: '已提交', en: 'submitted' },
  ACCEPTED: { zh: '已受理', en: 'accepted' },
  NEEDS_INFO: { zh: '待补充', en: 'waiting for information' },
  DECLINED: { zh: '不予受理', en: 'declined' },
  DISPATCHED: { zh: '已派单', en: 'dispatched' },
  IN_PROGRESS: { zh: '办理中', en: 'in progress' },
  COORDINATING: { zh: '协同中', en: 'coordinating' },
  SUSPENDED: { zh: '挂账', en: 'suspended' },
  RETURNED: { zh: '退单', en: 'returned' },
  RESOLVED: { zh: '已办结', en: 'resolved' },
  REWORK: { zh: '重办', en: 'rework' },
  CLOSED: { zh: '归档', en: 'closed' },
  MERGED: { zh: '并案', en: 'merged' },
  WITHDRAWN: { zh: '撤回', en: 'withdrawn' },
};

export const caseActionNames: Readonly<Record<CaseAction, Named>> = {
  ACCEPT: { zh: '受理', en: 'accept' },
  DECLINE: { zh: '不予受理', en: 'decline' },
  REQUEST_INFO: { zh: '要求补充', en: 'request information' },
  SUPPLY_INFO: { zh: '补充材料', en: 'supply information' },
  HANDLE: { zh: '办理', en: 'handle' },
  FORWARD: { zh: '上报', en: 'forward' },
  DISPATCH: { zh: '派单', en: 'dispatch' },
  SIGN: { zh: '签收', en: 'sign' },
  RETURN: { zh: '退单', en: 'return' },
  REDISPATCH: { zh: '重新派单', en: 'redispatch' },
  RESOLVE: { zh: '办结', en: 'resolve' },
  RATE: { zh: '评价', en: 'rate' },
  REOPEN: { zh: '重新打开', en: 'reopen' },
  RESTART: { zh: '重新办理', en: 'restart' },
  WITHDRAW: { zh: '撤回', en: 'withdraw' },
  NO_REPLY: { zh: '未评价归档', en: 'close without a rating' },
  LAPSE: { zh: '逾期未补充', en: 'lapse without the information' },
  REQUEST_EXTENSION: { zh: '申请延期', en: 'request an extension' },
  DECIDE_EXTENSION: { zh: '审批延期', en: 'decide on the extension' },
  REQUEST_SUSPENSION: { zh: '申请挂账', en: 'request a suspension' },
  DECIDE_SUSPENSION: { zh: '审批挂账', en: 'decide on the suspension' },
  RESUME: { zh: '恢复办理', en: 'resume' },
  WARN: { zh: '预警', en: 'warn' },
  ESCALATE: { zh: '升级', en: 'escalate' },
  BLOW_WHISTLE: { zh: '吹哨', en: 'blow the whistle' },
  END_WHISTLE: { zh: '结束吹哨', en: 'end the whistle' },
  SUPERVISE: { zh: '督办', en: 'supervise' },
  MERGE: { zh: '并案', en: 'merge' },
  UNMERGE: { zh: '解除并案', en: 'unmerge' },
  RESOLVE_WITH_LEAD: { zh: '随案办结', en: 'resolve with the case that leads' },
  REQUEST_LEAVING_OUT: { zh: '申请评价不计', en: 'request that a rating be left out' },
  DECIDE_LEAVING_OUT: { zh: '审批评价不计', en: 'decide on leaving a rating out' },
  DECIDE_APPLICATION: { zh: '审批申办', en: 'decide on the application' },
  FOLLOW_UP: { zh: '跟踪', en: 'follow up' },
};
