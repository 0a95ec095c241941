import type { Connection, Model } from 'mongoose';
import { createCalendar, InvalidCalendar, type Calendar } from '../domain/calendar.js';
import type { Calendars } from '../domain/calendars.js';
import { versionSchema, type PublishedVersion } from './policies.js';
import type { UnitOfWork } from './transactions.js';

/** A level's copy of what the city has published; versions are added and never changed. */
interface VersionDocument {
  _id: string;
  /** 1, 2, 3… as the city counts; the highest is in force. */
  number: number;
  content: Calendar;
}

/** What this process last read; `refresh` reads on. */
export interface CalendarStore extends Calendars {
  /** Takes up what has been published since, by whichever process it came in. */
  refresh(): Promise<void>;
  /** Throws InvalidCalendar, and so parks the event, when it is none. */
  keepCalendar(published: PublishedVersion<Calendar>, unit: UnitOfWork): Promise<void>;
}

export async function openCalendars(connection: Connection, initial: Calendar): Promise<CalendarStore> {
  const calendars: Model<VersionDocument> = connection.model<VersionDocument>('CalendarCopy', versionSchema('calendars'));
  await calendars.init();

  const known = new Map<string, Calendar>([[initial.version, initial]]);
  let calendar = { number: 0, content: initial };

  async function refresh(): Promise<void> {
    const newer = await calendars.find({ number: { $gt: calendar.number } }).sort({ number: 1 }).lean<VersionDocument[]>();
    for (const { _id, number, content } of newer) {
      // Another refresh may have been faster; one object per version keeps what is remembered of it.
      if (number <= calendar.number) continue;
      calendar = { number, content: createCalendar(content) };
      known.set(_id, calendar.content);
    }
  }

  await refresh();
  return {
    inForce: () => calendar.content,
    of: (version) => known.get(version ?? initial.version) ?? calendar.content,
    outdated: () => [...known.keys()].filter((version) => version !== calendar.content.version),
    refresh,
    async keepCalendar({ version, number, content }, unit) {
      if (content.version !== version) throw new InvalidCalendar(`Calendar ${content.version} came under the name ${version}.`);
      await calendars.create([{ _id: version, number, content: createCalendar(content) }], { session: unit.session });
      // Should it fail, the next refresh comes within seconds.
      unit.afterCommit(() => refresh().catch(() => undefined));
    },
  };
}
