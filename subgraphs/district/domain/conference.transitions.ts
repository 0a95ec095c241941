import type { Named } from '../../shared/domain/actor.js';
import type { Transition } from '../../shared/domain/stateMachine.js';

// 条块联席会议: the district convenes departments on a case, records what they decide, and closes it when all is done.

export const conferenceStates = ['CONVENED', 'HELD', 'CLOSED', 'CANCELLED'] as const;
export type ConferenceState = (typeof conferenceStates)[number];

/** FOLLOW is the case's doing: it ended. */
export const conferenceActions = ['CONFIRM', 'RECORD', 'CLOSE', 'CANCEL', 'FOLLOW'] as const;
export type ConferenceAction = (typeof conferenceActions)[number];

export const decisionStates = ['OPEN', 'REPORTED', 'ACCEPTED'] as const;
export type DecisionState = (typeof decisionStates)[number];

export const decisionActions = ['REPORT', 'DECIDE'] as const;
export type DecisionAction = (typeof decisionActions)[number];

export const openConferenceStates: readonly ConferenceState[] = ['CONVENED', 'HELD'];

// prettier-ignore
export const conferenceTransitions = [
  { action: 'CONFIRM', from: 'CONVENED', to: 'CONVENED',  by: ['DEPARTMENT_OFFICER'] },
  { action: 'RECORD',  from: 'CONVENED', to: 'HELD',      by: ['DISTRICT_OFFICER'], emits: 'conference.held' },
  { action: 'CLOSE',   from: 'HELD',     to: 'CLOSED',    by: ['DISTRICT_OFFICER'], emits: 'conference.closed' },
  { action: 'CANCEL',  from: 'CONVENED', to: 'CANCELLED', by: ['DISTRICT_OFFICER'], emits: 'conference.cancelled' },
  { action: 'CANCEL',  from: 'HELD',     to: 'CANCELLED', by: ['DISTRICT_OFFICER'], emits: 'conference.cancelled' },
  { action: 'FOLLOW',  from: 'CONVENED', to: 'CANCELLED', by: [],                   emits: 'conference.cancelled' },
  { action: 'FOLLOW',  from: 'HELD',     to: 'CANCELLED', by: [],                   emits: 'conference.cancelled' },
] as const satisfies readonly Transition<ConferenceState, ConferenceAction>[];

// prettier-ignore
export const decisionTransitions = [
  { action: 'REPORT', from: 'OPEN',     to: 'REPORTED', by: ['DEPARTMENT_OFFICER'], emits: 'conference.reported' },
  { action: 'DECIDE', from: 'REPORTED', to: 'ACCEPTED', by: ['DISTRICT_OFFICER'],   emits: 'conference.accepted', outcome: 'ACCEPTED' },
  { action: 'DECIDE', from: 'REPORTED', to: 'OPEN',     by: ['DISTRICT_OFFICER'],   emits: 'conference.rejected', outcome: 'REJECTED' },
] as const satisfies readonly Transition<DecisionState, DecisionAction>[];

export const conferenceStateNames: Readonly<Record<ConferenceState, Named>> = {
  CONVENED: { zh: '已召集', en: 'convened' },
  HELD: { zh: '已召开', en: 'held' },
  CLOSED: { zh: '已办结', en: 'closed' },
  CANCELLED: { zh: '已取消', en: 'cancelled' },
};

export const conferenceActionNames: Readonly<Record<ConferenceAction, Named>> = {
  CONFIRM: { zh: '确认参会', en: 'confirm attendance' },
  RECORD: { zh: '记录纪要', en: 'record the minutes' },
  CLOSE: { zh: '办结会议', en: 'close the conference' },
  CANCEL: { zh: '取消会议', en: 'cancel the conference' },
  FOLLOW: { zh: '随案取消', en: 'cancel it with the case' },
};

export const decisionStateNames: Readonly<Record<DecisionState, Named>> = {
  OPEN: { zh: '办理中', en: 'to be done' },
  REPORTED: { zh: '已报完成', en: 'reported as done' },
  ACCEPTED: { zh: '已认可', en: 'accepted' },
};

export const decisionActionNames: Readonly<Record<DecisionAction, Named>> = {
  REPORT: { zh: '报告完成', en: 'report it done' },
  DECIDE: { zh: '审核完成情况', en: 'decide on the report' },
};
