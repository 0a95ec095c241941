import type { Named } from '../../../shared/domain/actor.js';
import type { Transition } from '../../../shared/domain/stateMachine.js';

export const opennessStates = ['PUBLISHED', 'WITHDRAWN'] as const;
export type OpennessState = (typeof opennessStates)[number];

export const opennessActions = ['CORRECT', 'WITHDRAW'] as const;
export type OpennessAction = (typeof opennessActions)[number];

export const offices = ['CITY_OFFICER', 'DISTRICT_OFFICER', 'STREET_CLERK', 'COMMUNITY_CLERK'] as const;

// prettier-ignore
export const opennessTransitions = [
  { action: 'CORRECT',  from: 'PUBLISHED', to: 'PUBLISHED', by: offices },
  { action: 'WITHDRAW', from: 'PUBLISHED', to: 'WITHDRAWN', by: offices },
] as const satisfies readonly Transition<OpennessState, OpennessAction>[];

export const opennessStateNames: Readonly<Record<OpennessState, Named>> = {
  PUBLISHED: { zh: '已公开', en: 'published' },
  WITHDRAWN: { zh: '已撤回', en: 'withdrawn' },
};

export const opennessActionNames: Readonly<Record<OpennessAction, Named>> = {
  CORRECT: { zh: '更正', en: 'correct it' },
  WITHDRAW: { zh: '撤回', en: 'withdraw it' },
};
