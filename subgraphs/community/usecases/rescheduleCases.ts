import { messagesOfCalendar } from '../domain/caseSegments.js';
import type { Calendars, CaseRepository } from './ports.js';

const batchSize = 200;

/**
 * Brings a batch of open cases to the calendar in force: their due times and alarms, and the deadlines that the other
 * levels know. Answers how many moved, 0 when none was left. Each case moves once, however many processes try.
 */
export async function rescheduleCases(cases: CaseRepository, calendars: Calendars, now: Date): Promise<number> {
  const outdated = await cases.outdated(batchSize);
  return cases.reschedule(outdated.map(({ subject, calendarVersion }) => ({
    subject,
    calendarVersion,
    messages: messagesOfCalendar(subject, calendars.of(calendarVersion), calendars.inForce(), now),
  })));
}
