import type { EventData } from '../../schema/events.js';
import { budgetFor, type ClockPolicy } from '../shared/domain/clockPolicy.js';
import { plainTraits } from '../shared/domain/handover.js';
import type { EventHandlers } from '../shared/events/receiver.js';
import { within } from '../shared/persistence/transactions.js';
import type { SupervisionStore } from './persistence/supervision.repository.js';
import { takeHolder, takeTrouble } from './usecases/supervisions.js';

/** What the community says of cases that are, or are to be, supervised. */
export const supervisionHandlers = (store: SupervisionStore, policy: () => ClockPolicy): EventHandlers => ({
  async 'case.troubled'(events, unit) {
    for (const { data } of events) {
      const { caseId, number, title, kind, category, community, supervisionId, at, cause, times, by, reason, holder, ...traits } =
        data as EventData<'case.troubled'>;
      await takeTrouble(store.repository(within(unit)), {
        caseId, number, title, category, community, supervisionId, cause, times, reason, holder,
        at: new Date(at), openedBy: by?.id ?? null,
      }, budgetFor(policy(), 'ANSWER', { ...plainTraits, ...traits, kind, category }));
    }
  },
  async 'case.held'(events, unit) {
    for (const { data } of events) {
      const { caseId, holder } = data as EventData<'case.held'>;
      await takeHolder(store.repository(within(unit)), caseId, holder);
    }
  },
});
