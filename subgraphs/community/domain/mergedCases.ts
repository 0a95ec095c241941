import { findTransition } from '../../shared/domain/stateMachine.js';
import { isOpen, type Case } from './case.js';
import { caseTransitions, type CaseAction, type CaseState, type CaseTransition } from './case.transitions.js';
import { take, type CaseDecision, type TimelineEntry } from './caseDecisions.js';
import type { ClockRules } from './clockPolicy.js';
import type { MergeEntry } from './merge.js';

/** The cases that a step of one concerns as well. */
export interface Company {
  /** Into which it is, or was, merged. */
  readonly lead: Case | null;
  readonly members: readonly Case[];
}

/** Id of the case that must be told: the lead that `before` leaves, or that `next` joins. */
export const leadToTell = (before: Case, next: Case): string | null =>
  before.merge?.into === next.merge?.into ? null : (next.merge ?? before.merge)?.into ?? null;

/** A lead that is no longer open takes its members along. */
export const endsLead = (before: Case, next: Case): boolean => before.members > 0 && !isOpen(next);

const byRule: TimelineEntry['by'] = { id: 'rule', role: null, area: null, unit: null };

/**
 * What a step makes of the cases that belong together, to be saved with it: a lead counts who joins and leaves it, and
 * when it is over its members go along, resolved as it was, or else back to where each had been.
 */
export function withCompany(before: Case, decision: CaseDecision, { lead, members }: Company, rules: ClockRules): CaseDecision {
  const { next, entry } = decision;
  const told = leadToTell(before, next);
  if (told !== null) {
    if (lead?.id !== told) throw new Error(`Case ${before.id} joins or leaves ${told}, which is not there.`);
    return { ...decision, also: [noted(lead, next.merge ? 'MEMBER_JOINED' : 'MEMBER_LEFT', entry)] };
  }
  if (!endsLead(before, next)) return decision;
  return {
    ...decision,
    next: { ...next, members: 0 },
    also: members.map((member) => follow(member, next, entry, rules)),
  };
}

/** The lead's timeline names no other case, and its version is what keeps two steps of one company apart. */
function noted(lead: Case, action: MergeEntry, { at, by, level }: TimelineEntry): CaseDecision {
  const version = lead.version + 1;
  return {
    next: { ...lead, version, members: lead.members + (action === 'MEMBER_JOINED' ? 1 : -1), updatedAt: at },
    entry: {
      caseId: lead.id, seq: version, at, action, from: lead.state, to: lead.state, level,
      by, note: null, target: null, proposedOwner: null, superseded: false,
    },
    messages: [],
    notices: [],
    counts: [],
  };
}

function follow(member: Case, lead: Case, { at, level }: TimelineEntry, rules: ClockRules): CaseDecision {
  const isResolved = lead.state === 'RESOLVED';
  const row: CaseTransition | undefined = isResolved
    ? findTransition<CaseState, CaseAction>(caseTransitions, member.state, 'RESOLVE_WITH_LEAD')
    : findTransition<CaseState, CaseAction>(caseTransitions, member.state, 'UNMERGE', member.merge?.stateBefore);
  if (!row) throw new Error(`Case ${member.id} is merged into ${lead.id} and cannot follow it.`);
  return take(member, {
    row, level: isResolved ? level : 'COMMUNITY', by: byRule, at, origin: null, rules,
    target: isResolved ? lead.resolution?.provider ?? null : null,
    input: { note: isResolved ? lead.resolution?.text ?? null : null, lead },
  });
}
