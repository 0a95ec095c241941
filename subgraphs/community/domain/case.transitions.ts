import type { Named, Role } from '../../shared/domain/actor.js';
import type { Transition } from '../../shared/domain/stateMachine.js';

export const caseStates = [
  'SUBMITTED', 'ACCEPTED', 'NEEDS_INFO', 'DECLINED', 'DISPATCHED', 'IN_PROGRESS', 'COORDINATING', 'SUSPENDED',
  'RETURNED', 'RESOLVED', 'REWORK', 'CLOSED', 'MERGED', 'WITHDRAWN',
] as const;
export type CaseState = (typeof caseStates)[number];

export const caseActions = [
  'ACCEPT', 'DECLINE', 'REQUEST_INFO', 'SUPPLY_INFO', 'HANDLE', 'FORWARD', 'DISPATCH', 'SIGN', 'RETURN',
  'REDISPATCH', 'RESOLVE', 'RATE', 'REOPEN', 'RESTART', 'WITHDRAW',
] as const;
export type CaseAction = (typeof caseActions)[number];

export const clockNames = ['ACCEPT', 'SIGN', 'RESOLVE', 'CALLBACK', 'REOPEN'] as const;
export type ClockName = (typeof clockNames)[number];

export const initialCaseState: CaseState = 'SUBMITTED';
export const finalCaseStates: readonly CaseState[] = ['DECLINED', 'MERGED', 'WITHDRAWN'];

/** A row of the case's regulation; `by` names who may do it on whichever level holds the case. */
export interface CaseTransition extends Transition<CaseState, CaseAction> {
  /** A new clock of this name; the one before it is kept. */
  readonly starts?: ClockName;
  readonly stops?: ClockName;
  readonly pauses?: ClockName;
  readonly resumes?: ClockName;
}

const intake = ['COMMUNITY_CLERK', 'STREET_CLERK'] as const satisfies readonly Role[];
const offices = ['COMMUNITY_CLERK', 'STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER'] as const satisfies readonly Role[];
const belowCity = ['COMMUNITY_CLERK', 'STREET_CLERK', 'DISTRICT_OFFICER'] as const satisfies readonly Role[];
const handlers = [...offices, 'DEPARTMENT_OFFICER'] as const satisfies readonly Role[];
const reporters = ['RESIDENT', 'GRID_WORKER'] as const satisfies readonly Role[];
const forReporter = [...reporters, 'COMMUNITY_CLERK'] as const satisfies readonly Role[];

// prettier-ignore
export const caseTransitions = [
  { action: 'ACCEPT',       from: 'SUBMITTED',   to: 'ACCEPTED',    by: intake,      stops: 'ACCEPT', starts: 'RESOLVE' },
  { action: 'DECLINE',      from: 'SUBMITTED',   to: 'DECLINED',    by: intake,      stops: 'ACCEPT' },
  { action: 'REQUEST_INFO', from: 'ACCEPTED',    to: 'NEEDS_INFO',  by: handlers,    pauses: 'RESOLVE' },
  { action: 'REQUEST_INFO', from: 'IN_PROGRESS', to: 'NEEDS_INFO',  by: handlers,    pauses: 'RESOLVE' },
  { action: 'SUPPLY_INFO',  from: 'NEEDS_INFO',  to: 'ACCEPTED',    by: forReporter, resumes: 'RESOLVE', outcome: 'ACCEPTED' },
  { action: 'SUPPLY_INFO',  from: 'NEEDS_INFO',  to: 'IN_PROGRESS', by: forReporter, resumes: 'RESOLVE', outcome: 'IN_PROGRESS' },
  { action: 'HANDLE',       from: 'ACCEPTED',    to: 'IN_PROGRESS', by: ['COMMUNITY_CLERK'] },
  { action: 'FORWARD',      from: 'ACCEPTED',    to: 'DISPATCHED',  by: belowCity,   starts: 'SIGN' },
  { action: 'FORWARD',      from: 'IN_PROGRESS', to: 'DISPATCHED',  by: belowCity,   starts: 'SIGN' },
  { action: 'DISPATCH',     from: 'ACCEPTED',    to: 'DISPATCHED',  by: offices,     starts: 'SIGN' },
  { action: 'DISPATCH',     from: 'IN_PROGRESS', to: 'DISPATCHED',  by: offices,     starts: 'SIGN' },
  { action: 'SIGN',         from: 'DISPATCHED',  to: 'IN_PROGRESS', by: handlers,    stops: 'SIGN' },
  { action: 'RETURN',       from: 'DISPATCHED',  to: 'RETURNED',    by: handlers,    stops: 'SIGN' },
  { action: 'REDISPATCH',   from: 'RETURNED',    to: 'DISPATCHED',  by: offices,     starts: 'SIGN' },
  { action: 'RESOLVE',      from: 'IN_PROGRESS', to: 'RESOLVED',    by: handlers,    stops: 'RESOLVE', starts: 'CALLBACK' },
  { action: 'RATE',         from: 'RESOLVED',    to: 'CLOSED',      by: forReporter, stops: 'CALLBACK', starts: 'REOPEN', outcome: 'SATISFIED' },
  { action: 'RATE',         from: 'RESOLVED',    to: 'REWORK',      by: forReporter, stops: 'CALLBACK', outcome: 'UNSATISFIED' },
  { action: 'REOPEN',       from: 'CLOSED',      to: 'REWORK',      by: [...reporters, 'DISTRICT_OFFICER'], stops: 'REOPEN' },
  { action: 'RESTART',      from: 'REWORK',      to: 'IN_PROGRESS', by: handlers,    starts: 'RESOLVE' },
  { action: 'WITHDRAW',     from: 'SUBMITTED',   to: 'WITHDRAWN',   by: reporters,   stops: 'ACCEPT' },
  { action: 'WITHDRAW',     from: 'ACCEPTED',    to: 'WITHDRAWN',   by: reporters,   stops: 'RESOLVE' },
  { action: 'WITHDRAW',     from: 'NEEDS_INFO',  to: 'WITHDRAWN',   by: reporters,   stops: 'RESOLVE' },
  { action: 'WITHDRAW',     from: 'DISPATCHED',  to: 'WITHDRAWN',   by: reporters,   stops: 'RESOLVE' },
  { action: 'WITHDRAW',     from: 'IN_PROGRESS', to: 'WITHDRAWN',   by: reporters,   stops: 'RESOLVE' },
  { action: 'WITHDRAW',     from: 'RETURNED',    to: 'WITHDRAWN',   by: reporters,   stops: 'RESOLVE' },
  { action: 'WITHDRAW',     from: 'REWORK',      to: 'WITHDRAWN',   by: reporters },
] as const satisfies readonly CaseTransition[];

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
};
