import { handoverMachine, type HandoverTransition } from '../../shared/domain/handover.js';

// What the city does itself; how a case comes here, and what ends it, the community says (case.offered, case.changed).
// prettier-ignore
export const receiptTransitions = [
  { action: 'SIGN',         from: 'OFFERED',     to: 'IN_PROGRESS', by: ['CITY_OFFICER', 'DEPARTMENT_OFFICER'], emits: 'receipt.signed' },
  { action: 'RETURN',       from: 'OFFERED',     to: 'RETURNED',    by: ['CITY_OFFICER', 'DEPARTMENT_OFFICER'], emits: 'receipt.returned' },
  { action: 'DISPATCH',     from: 'IN_PROGRESS', to: 'PASSED_ON',   by: ['CITY_OFFICER'],                       emits: 'receipt.assigned' },
  { action: 'REDISPATCH',   from: 'SENT_BACK',   to: 'PASSED_ON',   by: ['CITY_OFFICER'],                       emits: 'receipt.redispatched' },
  { action: 'REQUEST_INFO', from: 'IN_PROGRESS', to: 'NEEDS_INFO',  by: ['CITY_OFFICER', 'DEPARTMENT_OFFICER'], emits: 'receipt.infoRequested' },
  { action: 'RESOLVE',      from: 'IN_PROGRESS', to: 'RESOLVED',    by: ['CITY_OFFICER', 'DEPARTMENT_OFFICER'], emits: 'receipt.resolved' },
  { action: 'RESTART',      from: 'REWORK',      to: 'IN_PROGRESS', by: ['CITY_OFFICER', 'DEPARTMENT_OFFICER'], emits: 'receipt.restarted' },
] as const satisfies readonly HandoverTransition[];

export const receiptMachine = handoverMachine(receiptTransitions);
