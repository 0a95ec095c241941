import { RaceLost } from '../../shared/domain/raceLost.js';
import { applyReportedStep, type ReportedStep } from '../domain/caseDecisions.js';
import type { ClockRules } from '../domain/clockPolicy.js';
import type { CaseRepository } from './ports.js';

/** Another level acted on its segment: the case follows. Throws, and so parks the event, when there is no such case. */
export async function takeInStep(cases: CaseRepository, rules: ClockRules, caseId: string, step: ReportedStep): Promise<void> {
  const current = await cases.byId(caseId);
  if (!current) throw new Error(`No case ${caseId}.`);
  const outcome = await cases.save(applyReportedStep(current, step, rules), current.version, null);
  if (outcome !== 'SAVED') throw new RaceLost(`Case ${caseId} changed while an event was applied to it.`);
}
