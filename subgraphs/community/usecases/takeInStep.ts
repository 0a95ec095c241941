import type { Calendar } from '../../shared/domain/calendar.js';
import { RaceLost } from '../../shared/domain/raceLost.js';
import { applyReportedStep, type ReportedStep } from '../domain/caseDecisions.js';
import type { CaseRepository } from './ports.js';

/** Another level acted on its segment: the case follows. Throws, and so parks the event, when there is no such case. */
export async function takeInStep(cases: CaseRepository, calendar: Calendar, caseId: string, step: ReportedStep): Promise<void> {
  const current = await cases.byId(caseId);
  if (!current) throw new Error(`No case ${caseId}.`);
  const outcome = await cases.save(applyReportedStep(current, step, calendar), current.version, null);
  if (outcome !== 'SAVED') throw new RaceLost(`Case ${caseId} changed while an event was applied to it.`);
}
