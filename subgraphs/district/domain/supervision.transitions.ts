import type { Named, Role } from '../../shared/domain/actor.js';
import type { Transition } from '../../shared/domain/stateMachine.js';

// 督办: whoever holds the case answers the district, which closes the supervision or sends the answer back.

export const supervisionStates = ['OPENED', 'ANSWERED', 'CLOSED'] as const;
export type SupervisionState = (typeof supervisionStates)[number];

export const supervisionActions = ['ANSWER', 'REJECT', 'CLOSE'] as const;
export type SupervisionAction = (typeof supervisionActions)[number];

export const supervisionCauses = ['RETURNS', 'REOPENINGS', 'ORDER'] as const;
export type SupervisionCause = (typeof supervisionCauses)[number];

const holders = [
  'COMMUNITY_CLERK', 'STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER', 'DEPARTMENT_OFFICER',
] as const satisfies readonly Role[];

// prettier-ignore
export const supervisionTransitions = [
  { action: 'ANSWER', from: 'OPENED',   to: 'ANSWERED', by: holders,              emits: 'supervision.answered' },
  { action: 'REJECT', from: 'ANSWERED', to: 'OPENED',   by: ['DISTRICT_OFFICER'], emits: 'supervision.rejected' },
  { action: 'CLOSE',  from: 'ANSWERED', to: 'CLOSED',   by: ['DISTRICT_OFFICER'], emits: 'supervision.closed' },
] as const satisfies readonly Transition<SupervisionState, SupervisionAction>[];

export const supervisionStateNames: Readonly<Record<SupervisionState, Named>> = {
  OPENED: { zh: '已立项', en: 'opened' },
  ANSWERED: { zh: '已答复', en: 'answered' },
  CLOSED: { zh: '已办结', en: 'closed' },
};

export const supervisionActionNames: Readonly<Record<SupervisionAction, Named>> = {
  ANSWER: { zh: '答复督办', en: 'answer the supervision' },
  REJECT: { zh: '退回答复', en: 'send the answer back' },
  CLOSE: { zh: '办结督办', en: 'close the supervision' },
};
