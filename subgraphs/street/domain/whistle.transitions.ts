import type { Named } from '../../shared/domain/actor.js';
import type { Transition } from '../../shared/domain/stateMachine.js';

// 吹哨报到: the street blows the whistle, each named department arrives by its own clock, the street confirms each.

export const whistleStates = ['OPEN', 'ENDED'] as const;
export type WhistleState = (typeof whistleStates)[number];

export const arrivalStates = ['NAMED', 'ARRIVED', 'CONFIRMED', 'ABSENT'] as const;
export type ArrivalState = (typeof arrivalStates)[number];

export const arrivalActions = ['ARRIVE', 'CONFIRM'] as const;
export type ArrivalAction = (typeof arrivalActions)[number];

/** FOLLOW and GO_ON are the case's doing: it moved on without the whistle, or was coordinating after all. */
export const whistleActions = ['END', 'FOLLOW', 'GO_ON'] as const;
export type WhistleAction = (typeof whistleActions)[number];

export const finalArrivalStates: readonly ArrivalState[] = ['CONFIRMED', 'ABSENT'];

// prettier-ignore
export const whistleTransitions = [
  { action: 'END',    from: 'OPEN',  to: 'ENDED', by: ['STREET_CLERK'] },
  { action: 'FOLLOW', from: 'OPEN',  to: 'ENDED', by: [] },
  { action: 'GO_ON',  from: 'ENDED', to: 'OPEN',  by: [] },
] as const satisfies readonly Transition<WhistleState, WhistleAction>[];

// prettier-ignore
export const arrivalTransitions = [
  { action: 'ARRIVE',  from: 'NAMED',   to: 'ARRIVED',   by: ['DEPARTMENT_OFFICER'] },
  { action: 'CONFIRM', from: 'ARRIVED', to: 'CONFIRMED', by: ['STREET_CLERK'], outcome: 'CAME' },
  { action: 'CONFIRM', from: 'ARRIVED', to: 'ABSENT',    by: ['STREET_CLERK'], outcome: 'DID_NOT_COME' },
  { action: 'CONFIRM', from: 'NAMED',   to: 'ABSENT',    by: ['STREET_CLERK'], outcome: 'DID_NOT_COME' },
] as const satisfies readonly Transition<ArrivalState, ArrivalAction>[];

export const whistleStateNames: Readonly<Record<WhistleState, Named>> = {
  OPEN: { zh: '协同中', en: 'open' },
  ENDED: { zh: '已结束', en: 'ended' },
};

export const arrivalStateNames: Readonly<Record<ArrivalState, Named>> = {
  NAMED: { zh: '待报到', en: 'waiting to arrive' },
  ARRIVED: { zh: '已报到', en: 'arrived' },
  CONFIRMED: { zh: '已确认到场', en: 'confirmed' },
  ABSENT: { zh: '未到场', en: 'absent' },
};

export const whistleActionNames: Readonly<Record<WhistleAction, Named>> = {
  END: { zh: '结束吹哨', en: 'end the whistle' },
  FOLLOW: { zh: '随案结束', en: 'end with the case' },
  GO_ON: { zh: '继续协同', en: 'go on' },
};

export const arrivalActionNames: Readonly<Record<ArrivalAction, Named>> = {
  ARRIVE: { zh: '报到', en: 'arrive' },
  CONFIRM: { zh: '确认报到', en: 'confirm the arrival' },
};
