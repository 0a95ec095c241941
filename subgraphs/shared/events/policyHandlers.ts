import type { EventData } from '../../../schema/events.js';
import type { ClockPolicy } from '../domain/clockPolicy.js';
import type { Policies } from '../persistence/policies.js';
import type { EventHandlers } from './receiver.js';

/** The budgets of clocks that the city has published: each level that starts clocks keeps its own copy of every version. */
export const policyHandlers = (policies: Pick<Policies, 'keep'>): EventHandlers => ({
  async 'clockPolicy.published'(events, unit) {
    for (const { data } of events) {
      const { version, number, rows } = data as EventData<'clockPolicy.published'>;
      // The contract leaves conditions out where a row has none.
      await policies.keep({ version, number, content: rows as ClockPolicy }, unit);
    }
  },
});
