import { RaceLost } from '../../shared/domain/raceLost.js';
import { applyReportedStep, type ReportedStep } from '../domain/caseDecisions.js';
import type { ClockRules } from '../domain/clockPolicy.js';
import type { Case } from '../domain/case.js';
import type { CaseDecision } from '../domain/caseDecisions.js';
import { noteAlarm, noteConference, noteWord, type AlarmWord, type ConferenceWord, type Word } from '../domain/word.js';
import { inCompany } from './inCompany.js';
import type { CaseRepository } from './ports.js';

/** Another level acted on its segment: the case follows. Throws, and so parks the event, when there is no such case. */
export const takeInStep = (cases: CaseRepository, rules: ClockRules, caseId: string, step: ReportedStep): Promise<void> =>
  follow(cases, caseId, (current) => inCompany(cases, current, applyReportedStep(current, step, rules), rules));

/** Another level did something about a matter of its own beside the case. Throws as `takeInStep` does. */
export const takeInWord = (cases: CaseRepository, caseId: string, word: Word): Promise<void> =>
  follow(cases, caseId, async (current) => noteWord(current, word));

/** The district convened, held or ended a conference, or something it decided went on. Throws as `takeInStep` does. */
export const takeInConference = (cases: CaseRepository, caseId: string, word: ConferenceWord): Promise<void> =>
  follow(cases, caseId, async (current) => noteConference(current, word));

/** A clock of such a matter went on. Throws as `takeInStep` does. */
export const takeInAlarm = (cases: CaseRepository, caseId: string, alarm: AlarmWord): Promise<void> =>
  follow(cases, caseId, async (current) => noteAlarm(current, alarm));

async function follow(cases: CaseRepository, caseId: string, decide: (current: Case) => Promise<CaseDecision>): Promise<void> {
  const current = await cases.byId(caseId);
  if (!current) throw new Error(`No case ${caseId}.`);
  const outcome = await cases.save(await decide(current), current.version, null);
  if (outcome !== 'SAVED') throw new RaceLost(`Case ${caseId} changed while an event was applied to it.`);
}
