import type { Named, Role } from '../../../shared/domain/actor.js';
import type { Transition } from '../../../shared/domain/stateMachine.js';

// 送政上门: what becomes of somebody who was found to be entitled to an item.

export const outreachStates = ['OPEN', 'NOT_REACHED', 'WANTED', 'DECLINED'] as const;
export type OutreachState = (typeof outreachStates)[number];

export const outreachActions = ['INFORM', 'MISS', 'WANT', 'DECLINE'] as const;
export type OutreachAction = (typeof outreachActions)[number];

const callers = ['COMMUNITY_CLERK', 'GRID_WORKER'] as const satisfies readonly Role[];

// prettier-ignore
export const outreachTransitions = [
  { action: 'INFORM',  from: 'OPEN',        to: 'OPEN',        by: callers },
  { action: 'INFORM',  from: 'NOT_REACHED', to: 'OPEN',        by: callers },
  { action: 'MISS',    from: 'OPEN',        to: 'OPEN',        by: callers, outcome: 'AGAIN' },
  { action: 'MISS',    from: 'OPEN',        to: 'NOT_REACHED', by: callers, outcome: 'LAST' },
  { action: 'WANT',    from: 'OPEN',        to: 'WANTED',      by: callers },
  { action: 'WANT',    from: 'NOT_REACHED', to: 'WANTED',      by: callers },
  { action: 'DECLINE', from: 'OPEN',        to: 'DECLINED',    by: callers },
  { action: 'DECLINE', from: 'NOT_REACHED', to: 'DECLINED',    by: callers },
] as const satisfies readonly Transition<OutreachState, OutreachAction>[];

export const outreachStateNames: Readonly<Record<OutreachState, Named>> = {
  OPEN: { zh: '待上门', en: 'to be called on' },
  NOT_REACHED: { zh: '多次未遇', en: 'not reached' },
  WANTED: { zh: '愿办,已转申办', en: 'wants it, applied' },
  DECLINED: { zh: '不需要', en: 'declined' },
};

export const outreachActionNames: Readonly<Record<OutreachAction, Named>> = {
  INFORM: { zh: '已上门告知', en: 'told at the door' },
  MISS: { zh: '未遇', en: 'not there' },
  WANT: { zh: '愿办', en: 'wants it' },
  DECLINE: { zh: '不需要', en: 'declines' },
};
