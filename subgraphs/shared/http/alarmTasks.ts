import type { Wakings } from '../persistence/alarms.js';
import type { CalendarStore } from '../persistence/calendars.js';
import type { Transactions } from '../persistence/transactions.js';
import type { Fired } from '../usecases/fireDue.js';
import type { Task } from './tasks.js';

const everyMs = 1_000;

/** Takes up what the city has published, and brings open clocks to it. */
export const calendarTask = (calendars: Pick<CalendarStore, 'refresh'>, wakings: readonly Wakings[], transactions: Transactions): Task => ({
  name: 'calendar',
  everyMs,
  async run() {
    await calendars.refresh();
    for (const waking of wakings) while ((await waking.follow(transactions)) > 0);
  },
});

/** Fires batch after batch while there is something to do. */
export const alarmTask = (name: string, fire: () => Promise<Fired>): Task => ({
  name: `${name} alarms`,
  everyMs,
  async run() {
    while ((await fire()).fired > 0);
  },
});
