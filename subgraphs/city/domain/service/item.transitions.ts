import type { Named } from '../../../shared/domain/actor.js';
import type { Transition } from '../../../shared/domain/stateMachine.js';

// A version of a service item: the department drafts it, the city puts it in force, and one day it lapses.

export const itemStates = ['DRAFT', 'IN_FORCE', 'LAPSED'] as const;
export type ItemState = (typeof itemStates)[number];

/** REPLACE is the doing of the next version: it came in force. */
export const itemActions = ['EDIT', 'DISCARD', 'PUT_IN_FORCE', 'LAPSE', 'REPLACE'] as const;
export type ItemAction = (typeof itemActions)[number];

// prettier-ignore
export const itemTransitions = [
  { action: 'EDIT',         from: 'DRAFT',    to: 'DRAFT',    by: ['DEPARTMENT_OFFICER'] },
  { action: 'DISCARD',      from: 'DRAFT',    to: 'LAPSED',   by: ['DEPARTMENT_OFFICER'] },
  { action: 'PUT_IN_FORCE', from: 'DRAFT',    to: 'IN_FORCE', by: ['CITY_OFFICER'] },
  { action: 'LAPSE',        from: 'IN_FORCE', to: 'LAPSED',   by: ['CITY_OFFICER'] },
  { action: 'REPLACE',      from: 'IN_FORCE', to: 'LAPSED',   by: [] },
] as const satisfies readonly Transition<ItemState, ItemAction>[];

export const itemStateNames: Readonly<Record<ItemState, Named>> = {
  DRAFT: { zh: '草案', en: 'draft' },
  IN_FORCE: { zh: '现行', en: 'in force' },
  LAPSED: { zh: '失效', en: 'lapsed' },
};

export const itemActionNames: Readonly<Record<ItemAction, Named>> = {
  EDIT: { zh: '修改草案', en: 'edit the draft' },
  DISCARD: { zh: '撤销草案', en: 'discard the draft' },
  PUT_IN_FORCE: { zh: '生效', en: 'put it in force' },
  LAPSE: { zh: '废止', en: 'let it lapse' },
  REPLACE: { zh: '被新版本取代', en: 'be replaced' },
};
