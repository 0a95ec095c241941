import { handoverMachine, type HandoverTransition } from '../../shared/domain/handover.js';

// What the district does itself; how a case comes here, and what ends it, the community says (case.offered, case.changed).
// prettier-ignore
export const coordinationTransitions = [
  { action: 'SIGN',         from: 'OFFERED',     to: 'IN_PROGRESS', by: ['DISTRICT_OFFICER', 'DEPARTMENT_OFFICER'], emits: 'coordination.signed' },
  { action: 'RETURN',       from: 'OFFERED',     to: 'RETURNED',    by: ['DISTRICT_OFFICER', 'DEPARTMENT_OFFICER'], emits: 'coordination.returned' },
  { action: 'FORWARD',      from: 'IN_PROGRESS', to: 'PASSED_ON',   by: ['DISTRICT_OFFICER'],                       emits: 'coordination.forwarded' },
  { action: 'DISPATCH',     from: 'IN_PROGRESS', to: 'PASSED_ON',   by: ['DISTRICT_OFFICER'],                       emits: 'coordination.assigned' },
  { action: 'REDISPATCH',   from: 'SENT_BACK',   to: 'PASSED_ON',   by: ['DISTRICT_OFFICER'],                       emits: 'coordination.redispatched' },
  { action: 'REQUEST_INFO', from: 'IN_PROGRESS', to: 'NEEDS_INFO',  by: ['DISTRICT_OFFICER', 'DEPARTMENT_OFFICER'], emits: 'coordination.infoRequested' },
  { action: 'RESOLVE',      from: 'IN_PROGRESS', to: 'RESOLVED',    by: ['DISTRICT_OFFICER', 'DEPARTMENT_OFFICER'], emits: 'coordination.resolved' },
  { action: 'RESTART',      from: 'REWORK',      to: 'IN_PROGRESS', by: ['DISTRICT_OFFICER', 'DEPARTMENT_OFFICER'], emits: 'coordination.restarted' },
] as const satisfies readonly HandoverTransition[];

export const coordinationMachine = handoverMachine(coordinationTransitions);
