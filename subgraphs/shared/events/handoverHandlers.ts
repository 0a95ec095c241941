import type { EventData } from '../../../schema/events.js';
import type { HandoverStore } from '../persistence/handovers.js';
import { within } from '../persistence/transactions.js';
import { takeChange, takeOffer, takeReschedule } from '../usecases/actOnHandover.js';
import type { EventHandlers } from './receiver.js';

const instant = (text: string | null): Date | null => (text === null ? null : new Date(text));

/** What the community tells a level about the cases it handed to it. */
export const handoverHandlers = (store: HandoverStore): EventHandlers => ({
  async 'case.offered'(events, unit) {
    for (const { data } of events) {
      const { submittedAt, at, signedAt, signBy, resolveBy, ...offer } = data as EventData<'case.offered'>;
      await takeOffer(store.repository(within(unit)), {
        ...offer, submittedAt: new Date(submittedAt), at: new Date(at), signBy: instant(signBy), resolveBy: instant(resolveBy),
        ...(signedAt !== undefined && { signedAt: new Date(signedAt) }),
      });
    }
  },
  async 'case.changed'(events, unit) {
    for (const { data } of events) {
      const { caseId, at, offeredAt, signedAt, signBy, resolveBy, ...change } = data as EventData<'case.changed'>;
      await takeChange(store.repository(within(unit)), caseId, {
        ...change,
        at: new Date(at),
        offeredAt: new Date(offeredAt),
        signedAt: instant(signedAt),
        signBy: instant(signBy),
        resolveBy: instant(resolveBy),
      });
    }
  },
  async 'case.rescheduled'(events, unit) {
    for (const { data } of events) {
      const { caseId, rung, at, resolveBy, signBy } = data as EventData<'case.rescheduled'>;
      const moved = {
        rung, at: new Date(at), resolveBy: instant(resolveBy), ...(signBy !== undefined && { signBy: instant(signBy) }),
      };
      await takeReschedule(store.repository(within(unit)), caseId, moved);
    }
  },
});
