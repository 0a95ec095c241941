import type { Transition } from '../../shared/domain/stateMachine.js';

export const reorganisationStates = ['DECIDED', 'EFFECTIVE', 'CANCELLED'] as const;
export type ReorganisationState = (typeof reorganisationStates)[number];
export type ReorganisationAction = 'TAKE_EFFECT' | 'CANCEL';

// Nobody takes the first step: the day does.
// prettier-ignore
export const reorganisationTransitions = [
  { action: 'TAKE_EFFECT', from: 'DECIDED', to: 'EFFECTIVE', by: [] },
  { action: 'CANCEL',      from: 'DECIDED', to: 'CANCELLED', by: ['CITY_OFFICER'], emits: 'areas.restored' },
] as const satisfies readonly Transition<ReorganisationState, ReorganisationAction>[];
