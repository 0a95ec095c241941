import type { EventData } from '../../../schema/events.js';
import type { AdmissionCopies } from '../persistence/admissions.js';
import type { EventHandlers } from './receiver.js';

/** How the admission of a matter or item to a street stands, as the city says: for the levels that dispatch down. */
export const admissionHandlers = (copies: Pick<AdmissionCopies, 'keep'>): EventHandlers => ({
  async 'admission.changed'(events, unit) {
    for (const { data } of events) {
      const { admissionId: id, matter, item = null, street, community = null, except = [], state, missing } = data as EventData<'admission.changed'>;
      const ended = state === 'REFUSED' || state === 'LAPSED';
      await copies.keep({ id, matter, item, street, community, except, inForce: state === 'IN_FORCE', missing }, ended, unit);
    }
  },
});
