import type { Named } from '../../../shared/domain/actor.js';
import type { Transition } from '../../../shared/domain/stateMachine.js';

// 智能公章: approval first, then use, one copy at a time.

export const sealRequestStates = ['REQUESTED', 'APPROVED', 'REFUSED', 'USED'] as const;
export type SealRequestState = (typeof sealRequestStates)[number];

export const sealRequestActions = ['DECIDE', 'USE'] as const;
export type SealRequestAction = (typeof sealRequestActions)[number];

// prettier-ignore
export const sealRequestTransitions = [
  { action: 'DECIDE', from: 'REQUESTED', to: 'APPROVED', by: ['COMMUNITY_CLERK', 'STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER'], outcome: 'APPROVE' },
  { action: 'DECIDE', from: 'REQUESTED', to: 'REFUSED',  by: ['COMMUNITY_CLERK', 'STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER'], outcome: 'REFUSE' },
  { action: 'USE',    from: 'APPROVED',  to: 'APPROVED', by: ['COMMUNITY_CLERK', 'STREET_CLERK'], outcome: 'MORE' },
  { action: 'USE',    from: 'APPROVED',  to: 'USED',     by: ['COMMUNITY_CLERK', 'STREET_CLERK'], outcome: 'LAST' },
] as const satisfies readonly Transition<SealRequestState, SealRequestAction>[];

export const sealRequestStateNames: Readonly<Record<SealRequestState, Named>> = {
  REQUESTED: { zh: '待审批', en: 'waiting for approval' },
  APPROVED: { zh: '已批准', en: 'approved' },
  REFUSED: { zh: '未批准', en: 'refused' },
  USED: { zh: '已用印', en: 'used' },
};

export const sealRequestActionNames: Readonly<Record<SealRequestAction, Named>> = {
  DECIDE: { zh: '审批', en: 'decide' },
  USE: { zh: '用印', en: 'use the seal' },
};
