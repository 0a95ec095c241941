import type { EventData } from '../../schema/events.js';
import type { EventHandlers } from '../shared/events/receiver.js';
import { entryOfRound } from './domain/openness/entry.js';
import type { OpennessStore } from './persistence/openness/openness.repository.js';

/** A district's published round is public here too. */
export const roundHandlers = (openness: Pick<OpennessStore, 'announce'>): EventHandlers => ({
  async 'round.published'(events, unit) {
    for (const { data } of events) {
      const { at, ...round } = data as EventData<'round.published'>;
      await openness.announce(entryOfRound({ ...round, at: new Date(at) }), unit);
    }
  },
});
