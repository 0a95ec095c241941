import { handoverMachine, type HandoverTransition } from '../../shared/domain/handover.js';

// What the street does itself; how a case comes here, and what ends it, the community says (case.offered, case.changed).
// prettier-ignore
export const dispatchTransitions = [
  { action: 'SIGN',         from: 'OFFERED',     to: 'IN_PROGRESS', by: ['STREET_CLERK', 'DEPARTMENT_OFFICER'], emits: 'dispatch.signed' },
  { action: 'RETURN',       from: 'OFFERED',     to: 'RETURNED',    by: ['STREET_CLERK', 'DEPARTMENT_OFFICER'], emits: 'dispatch.returned' },
  { action: 'FORWARD',      from: 'IN_PROGRESS', to: 'PASSED_ON',   by: ['STREET_CLERK'],                       emits: 'dispatch.forwarded' },
  { action: 'DISPATCH',     from: 'IN_PROGRESS', to: 'PASSED_ON',   by: ['STREET_CLERK'],                       emits: 'dispatch.assigned' },
  { action: 'REDISPATCH',   from: 'SENT_BACK',   to: 'PASSED_ON',   by: ['STREET_CLERK'],                       emits: 'dispatch.redispatched' },
  { action: 'REQUEST_INFO', from: 'IN_PROGRESS', to: 'NEEDS_INFO',  by: ['STREET_CLERK', 'DEPARTMENT_OFFICER'], emits: 'dispatch.infoRequested' },
  { action: 'RESOLVE',      from: 'IN_PROGRESS', to: 'RESOLVED',    by: ['STREET_CLERK', 'DEPARTMENT_OFFICER'], emits: 'dispatch.resolved' },
  { action: 'RESOLVE',      from: 'COORDINATING', to: 'RESOLVED',   by: ['STREET_CLERK'],                       emits: 'dispatch.resolved' },
  { action: 'RESTART',      from: 'REWORK',      to: 'IN_PROGRESS', by: ['STREET_CLERK', 'DEPARTMENT_OFFICER'], emits: 'dispatch.restarted' },
  { action: 'BLOW_WHISTLE', from: 'IN_PROGRESS', to: 'COORDINATING', by: ['STREET_CLERK'],                    emits: 'whistle.blown' },
  { action: 'END_WHISTLE',  from: 'COORDINATING', to: 'IN_PROGRESS', by: ['STREET_CLERK'],                    emits: 'whistle.ended' },
] as const satisfies readonly HandoverTransition[];

export const dispatchMachine = handoverMachine(dispatchTransitions);
