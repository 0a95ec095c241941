import { RaceLost } from '../../shared/domain/raceLost.js';
import { applyReportedStep, type ReportedStep } from '../domain/caseDecisions.js';
import type { ClockRules } from '../domain/clockPolicy.js';
import type { Case } from '../domain/case.js';
import type { CaseDecision } from '../domain/caseDecisions.js';
import { noteSupervision, type SupervisionWord } from '../domain/supervision.js';
import type { CaseRepository } from './ports.js';

/** Another level acted on its segment: the case follows. Throws, and so parks the event, when there is no such case. */
export const takeInStep = (cases: CaseRepository, rules: ClockRules, caseId: string, step: ReportedStep): Promise<void> =>
  follow(cases, caseId, (current) => applyReportedStep(current, step, rules));

/** The district opened, answered or closed a supervision. Throws as `takeInStep` does. */
export const takeInSupervision = (cases: CaseRepository, caseId: string, word: SupervisionWord): Promise<void> =>
  follow(cases, caseId, (current) => noteSupervision(current, word));

async function follow(cases: CaseRepository, caseId: string, decide: (current: Case) => CaseDecision): Promise<void> {
  const current = await cases.byId(caseId);
  if (!current) throw new Error(`No case ${caseId}.`);
  const outcome = await cases.save(decide(current), current.version, null);
  if (outcome !== 'SAVED') throw new RaceLost(`Case ${caseId} changed while an event was applied to it.`);
}
