import type { EventData } from '../../../schema/events.js';
import type { CalendarStore } from '../persistence/calendars.js';
import type { EventHandlers } from './receiver.js';

/** A level keeps its own copy of every calendar that the city publishes. */
export const calendarHandlers = (calendars: Pick<CalendarStore, 'keepCalendar'>): EventHandlers => ({
  async 'calendar.published'(events, unit) {
    for (const { data } of events) {
      const { version, number, calendar } = data as EventData<'calendar.published'>;
      await calendars.keepCalendar({ version, number, content: calendar }, unit);
    }
  },
});
