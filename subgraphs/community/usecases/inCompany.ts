import type { Case } from '../domain/case.js';
import type { CaseDecision } from '../domain/caseDecisions.js';
import type { ClockRules } from '../domain/clockPolicy.js';
import { endsLead, leadToTell, withCompany } from '../domain/mergedCases.js';
import type { CaseRepository } from './ports.js';

/**
 * The decision with what it makes of the cases merged into, or with, this one. A lead that the decision rests on is
 * `known`: read again, it might be another by now.
 */
export async function inCompany(
  cases: CaseRepository, before: Case, decision: CaseDecision, rules: ClockRules, known: Case | null = null,
): Promise<CaseDecision> {
  const leadId = leadToTell(before, decision.next);
  const lead = leadId === null || leadId === known?.id ? known : await cases.byId(leadId);
  const members = endsLead(before, decision.next) ? await cases.membersOf(before.id) : [];
  return withCompany(before, decision, { lead, members }, rules);
}
