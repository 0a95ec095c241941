// What the city sets for all four levels is published in versions: a version is whole, named, and never changed.
import type { Actor } from '../../shared/domain/actor.js';
import type { Calendar, LocalDate } from '../../shared/domain/calendar.js';
import type { ClockPolicy } from '../../shared/domain/clockPolicy.js';
import type { ConcernRule } from '../../shared/domain/concernRule.js';
import { checkNote } from '../../shared/domain/handover.js';
import { bilingual, fail, ok, refuse, type Result } from '../../shared/domain/result.js';
import type { ScoringScheme } from '../../shared/domain/scoringScheme.js';
import { trimmed } from '../../shared/domain/text.js';

export interface Published<Content> {
  /** The version's name. */
  readonly id: string;
  /** 1, 2, 3… as they were published, the highest is in force; 0 is the platform's own. */
  readonly number: number;
  readonly content: Content;
  readonly note: string | null;
  /** Null for the platform's own. */
  readonly publishedAt: Date | null;
  /** Actor id. */
  readonly publishedBy: string | null;
}

/** A year's public holidays as the state publishes them. */
export interface Notice {
  readonly year: number;
  readonly holidays: readonly LocalDate[];
  readonly makeUpDays: readonly LocalDate[];
}

export interface CalendarContent {
  readonly calendar: Calendar;
  /** Of years that the platform did not know by itself. */
  readonly notices: readonly Notice[];
}

export type PublishedCalendar = Published<CalendarContent>;
export type PublishedPolicy = Published<ClockPolicy>;
export type PublishedConcernRule = Published<ConcernRule>;
export type PublishedScheme = Published<ScoringScheme>;

export interface PublishCommand<Content> {
  readonly version: string;
  readonly note: string | null;
  /** Reads the input; asked only once the caller may publish at all. */
  readonly content: () => Result<Content>;
}

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

/** The next version after `last`. */
export function decidePublication<Content>(
  { version, note, content }: PublishCommand<Content>,
  last: Pick<Published<Content>, 'number'>,
  actor: Actor,
  now: Date,
): Result<Published<Content>> {
  if (actor.role !== 'CITY_OFFICER') {
    return fail('ROLE_NOT_ALLOWED', bilingual('全市的规定由市级工作人员发布。', 'What the city sets is published by a city officer.'));
  }
  if (!namePattern.test(version)) {
    return fail('INVALID_INPUT', bilingual(
      '版本名为 1–40 个字母、数字、点、横线或下划线,以字母或数字开头。',
      'A version name has 1–40 letters, digits, dots, hyphens or underscores and begins with a letter or digit.',
    ), ['input', 'version']);
  }
  const noteError = checkNote(note, false);
  if (noteError) return refuse(noteError);
  const made = content();
  if (!made.ok) return made;
  return ok({
    id: version, number: last.number + 1, content: made.value, note: trimmed(note), publishedAt: now, publishedBy: actor.id,
  });
}
