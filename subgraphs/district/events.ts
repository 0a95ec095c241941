import type { EventData } from '../../schema/events.js';
import type { EventHandlers } from '../shared/events/receiver.js';
import { within } from '../shared/persistence/transactions.js';
import type { SupervisionStore } from './persistence/supervision.repository.js';
import { takeHolder, takeTrouble } from './usecases/supervisions.js';

/** What the community says of cases that are, or are to be, supervised. */
export const supervisionHandlers = (store: SupervisionStore): EventHandlers => ({
  async 'case.troubled'(events, unit) {
    for (const { data } of events) {
      const { caseId, number, title, category, community, supervisionId, at, cause, times, by, reason, holder } =
        data as EventData<'case.troubled'>;
      await takeTrouble(store.repository(within(unit)), {
        caseId, number, title, category, community, supervisionId, cause, times, reason, holder,
        at: new Date(at), openedBy: by?.id ?? null,
      });
    }
  },
  async 'case.held'(events, unit) {
    for (const { data } of events) {
      const { caseId, holder } = data as EventData<'case.held'>;
      await takeHolder(store.repository(within(unit)), caseId, holder);
    }
  },
});
