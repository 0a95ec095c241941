import type { Named } from '../../shared/domain/actor.js';
import type { Transition } from '../../shared/domain/stateMachine.js';

// 上级必答: the district answers, the city accepts the answer or sends it back.

export const concernStates = ['OPEN', 'ANSWERED', 'CLOSED'] as const;
export type ConcernState = (typeof concernStates)[number];

export const concernActions = ['ANSWER', 'ACCEPT', 'REJECT'] as const;
export type ConcernAction = (typeof concernActions)[number];

// prettier-ignore
export const concernTransitions = [
  { action: 'ANSWER', from: 'OPEN',     to: 'ANSWERED', by: ['DISTRICT_OFFICER'] },
  { action: 'ACCEPT', from: 'ANSWERED', to: 'CLOSED',   by: ['CITY_OFFICER'],     emits: 'concern.closed' },
  { action: 'REJECT', from: 'ANSWERED', to: 'OPEN',     by: ['CITY_OFFICER'] },
] as const satisfies readonly Transition<ConcernState, ConcernAction>[];

export const concernStateNames: Readonly<Record<ConcernState, Named>> = {
  OPEN: { zh: '待答复', en: 'open' },
  ANSWERED: { zh: '已答复', en: 'answered' },
  CLOSED: { zh: '已办结', en: 'closed' },
};

export const concernActionNames: Readonly<Record<ConcernAction, Named>> = {
  ANSWER: { zh: '答复必答事项', en: 'answer the concern' },
  ACCEPT: { zh: '认可答复', en: 'accept the answer' },
  REJECT: { zh: '退回答复', en: 'send the answer back' },
};
