import type { Named } from '../../../shared/domain/actor.js';
import type { Transition } from '../../../shared/domain/stateMachine.js';

// 减负: on a day, admissions lapse.

export const reductionStates = ['DRAFT', 'ANNOUNCED', 'IN_EFFECT', 'CLOSED', 'CANCELLED'] as const;
export type ReductionState = (typeof reductionStates)[number];

/** The last three decide on a pilot at its end; the day itself makes an announced one take effect. */
export const reductionActions = ['ANNOUNCE', 'CANCEL', 'TAKE_EFFECT', 'CLOSE', 'EXTEND', 'END', 'ADOPT_FOR_ALL'] as const;
export type ReductionAction = (typeof reductionActions)[number];

const governments = ['CITY_OFFICER', 'DISTRICT_OFFICER'] as const;

// prettier-ignore
export const reductionTransitions = [
  { action: 'ANNOUNCE',      from: 'DRAFT',     to: 'ANNOUNCED', by: governments },
  { action: 'CANCEL',        from: 'DRAFT',     to: 'CANCELLED', by: governments },
  { action: 'CANCEL',        from: 'ANNOUNCED', to: 'CANCELLED', by: governments },
  { action: 'TAKE_EFFECT',   from: 'ANNOUNCED', to: 'IN_EFFECT', by: [] },
  { action: 'CLOSE',         from: 'IN_EFFECT', to: 'CLOSED',    by: governments },
  { action: 'EXTEND',        from: 'IN_EFFECT', to: 'IN_EFFECT', by: governments },
  { action: 'END',           from: 'IN_EFFECT', to: 'CLOSED',    by: governments },
  { action: 'ADOPT_FOR_ALL', from: 'IN_EFFECT', to: 'CLOSED',    by: governments },
] as const satisfies readonly Transition<ReductionState, ReductionAction>[];

export const reductionStateNames: Readonly<Record<ReductionState, Named>> = {
  DRAFT: { zh: '草案', en: 'draft' },
  ANNOUNCED: { zh: '已公布', en: 'announced' },
  IN_EFFECT: { zh: '已生效', en: 'in effect' },
  CLOSED: { zh: '已结束', en: 'closed' },
  CANCELLED: { zh: '已取消', en: 'cancelled' },
};

export const reductionActionNames: Readonly<Record<ReductionAction, Named>> = {
  ANNOUNCE: { zh: '公布', en: 'announce' },
  CANCEL: { zh: '取消', en: 'cancel' },
  TAKE_EFFECT: { zh: '生效', en: 'take effect' },
  CLOSE: { zh: '结束', en: 'close' },
  EXTEND: { zh: '延长试点', en: 'extend the pilot' },
  END: { zh: '终止试点', en: 'end the pilot' },
  ADOPT_FOR_ALL: { zh: '推广', en: 'adopt it for all' },
};
