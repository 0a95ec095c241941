import type { Named } from '../../../shared/domain/actor.js';
import type { Transition } from '../../../shared/domain/stateMachine.js';

export const bookingStates = ['BOOKED', 'CANCELLED', 'CHECKED_IN', 'RATED'] as const;
export type BookingState = (typeof bookingStates)[number];

export const bookingActions = ['CANCEL', 'CHECK_IN', 'RATE'] as const;
export type BookingAction = (typeof bookingActions)[number];

// prettier-ignore
export const bookingTransitions = [
  { action: 'CANCEL',   from: 'BOOKED',     to: 'CANCELLED',  by: ['RESIDENT', 'STREET_CLERK'] },
  { action: 'CHECK_IN', from: 'BOOKED',     to: 'CHECKED_IN', by: ['STREET_CLERK'] },
  { action: 'RATE',     from: 'CHECKED_IN', to: 'RATED',      by: ['RESIDENT'] },
] as const satisfies readonly Transition<BookingState, BookingAction>[];

export const bookingStateNames: Readonly<Record<BookingState, Named>> = {
  BOOKED: { zh: '已预约', en: 'booked' },
  CANCELLED: { zh: '已取消', en: 'cancelled' },
  CHECKED_IN: { zh: '已到场', en: 'checked in' },
  RATED: { zh: '已评价', en: 'rated' },
};

export const bookingActionNames: Readonly<Record<BookingAction, Named>> = {
  CANCEL: { zh: '取消预约', en: 'cancel the booking' },
  CHECK_IN: { zh: '到场登记', en: 'check in' },
  RATE: { zh: '评价', en: 'rate it' },
};
