import type { EventData } from '../../schema/events.js';
import { budgetFor, type ClockPolicy } from '../shared/domain/clockPolicy.js';
import { plainTraits } from '../shared/domain/handover.js';
import type { EventHandlers } from '../shared/events/receiver.js';
import { within } from '../shared/persistence/transactions.js';
import type { SchemeStore } from './persistence/assessment/schemes.js';
import type { ConcernStore } from './persistence/concern.repository.js';
import type { SupervisionStore } from './persistence/supervision.repository.js';
import { takeFinding } from './usecases/concerns.js';
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

/** What the community finds that superiors must answer, and how it grows. */
export const concernHandlers = (store: ConcernStore): EventHandlers => ({
  async 'concern.found'(events, unit) {
    for (const { data } of events) {
      const { concernId, class: name, area, category, case: one, since, at, figures, ruleVersion, answerWorkDays } =
        data as EventData<'concern.found'>;
      await takeFinding(store.repository(within(unit)), {
        id: concernId, class: name, area, category, case: one, figures, ruleVersion, answerWorkDays, since: new Date(since), at: new Date(at),
      });
    }
  },
  async 'concern.grown'(events, unit) {
    for (const { data } of events) {
      const { concernId, figures, at } = data as EventData<'concern.grown'>;
      await store.repository(within(unit)).grow(concernId, figures, new Date(at));
    }
  },
});

/** How the district scores its streets, as the city has published it. */
export const schemeHandlers = (schemes: Pick<SchemeStore, 'keep'>): EventHandlers => ({
  async 'scoringScheme.published'(events, unit) {
    for (const { data } of events) {
      const { version, number, scheme } = data as EventData<'scoringScheme.published'>;
      await schemes.keep({ version, number, content: scheme }, unit);
    }
  },
});
