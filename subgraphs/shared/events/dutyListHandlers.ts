import type { EventData } from '../../../schema/events.js';
import type { DutyLists } from '../persistence/dutyLists.js';
import type { EventHandlers } from './receiver.js';

/** The duty list that the city has published: each level that forwards or dispatches keeps its own copy of every version. */
export const dutyListHandlers = (lists: Pick<DutyLists, 'keep'>): EventHandlers => ({
  async 'dutyList.published'(events, unit) {
    for (const { data } of events) {
      const { version, number, list } = data as EventData<'dutyList.published'>;
      await lists.keep({ version, number, content: list }, unit);
    }
  },
});
