import { InvalidCalendar, type Calendar, type WorkHours } from '../../shared/domain/calendar.js';
import { policyFault, type ClockPolicy } from '../../shared/domain/clockPolicy.js';
import { concernRuleFault, type ConcernRule } from '../../shared/domain/concernRule.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import { schemeFault, type ScoringScheme } from '../../shared/domain/scoringScheme.js';
import type { CalendarContent, Notice } from '../domain/publication.js';

export interface CalendarWish {
  readonly version: string;
  /** The platform's hours when undefined. */
  readonly hours: readonly WorkHours[] | undefined;
  readonly additions: Calendar['additions'];
  readonly notices: readonly Notice[];
}

/** Makes a calendar of the national one and the wish; throws InvalidCalendar. */
export type BuildCalendar = (wish: CalendarWish) => Calendar;

const maxNotices = 20;
const maxDays = 1_000;

/** The whole calendar, or why the wish contradicts itself. */
export function calendarContent(wish: CalendarWish, build: BuildCalendar): Result<CalendarContent> {
  const { additions, notices, hours = [] } = wish;
  const days = [additions, ...notices].flatMap((part) => [...part.holidays, ...('workDays' in part ? part.workDays : part.makeUpDays)]);
  if (notices.length > maxNotices || days.length > maxDays || hours.length > 24) {
    return fail('INVALID_INPUT', bilingual(
      `至多 ${maxNotices} 份通知、${maxDays} 天、24 段工作时间。`, `At most ${maxNotices} notices, ${maxDays} days and 24 stretches of working hours.`,
    ), ['input']);
  }
  try {
    return ok({ calendar: build(wish), notices });
  } catch (error) {
    if (!(error instanceof InvalidCalendar)) throw error;
    return fail('INVALID_INPUT', bilingual(`日历自相矛盾或不完整:${error.message}`, error.message), ['input']);
  }
}

/** The policy, or why the rows are none. */
export function policyContent(rows: ClockPolicy): Result<ClockPolicy> {
  const fault = policyFault(rows);
  return fault === null ? ok(rows) : fail('INVALID_INPUT', fault, ['input', 'rows']);
}

/** The rule, or which threshold makes it none. */
export function concernRuleContent(rule: ConcernRule): Result<ConcernRule> {
  const fault = concernRuleFault(rule);
  return fault === null ? ok(rule) : fail('INVALID_INPUT', fault.message, ['input', ...fault.field]);
}

/** The scheme, or what makes it none. */
export function schemeContent(scheme: ScoringScheme): Result<ScoringScheme> {
  const fault = schemeFault(scheme);
  return fault === null ? ok(scheme) : fail('INVALID_INPUT', fault.message, ['input', ...fault.field]);
}
