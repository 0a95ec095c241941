import type { Counts } from '../../../shared/domain/counts.js';
import type { CountsRepository } from '../../../shared/persistence/counts.js';
import type { StreetCounts } from '../../usecases/ports.js';

/** What the district's counters have of its streets, month by month. */
export const streetCountsOf = (counts: CountsRepository): StreetCounts => ({
  async between(district, from, to) {
    const found = await counts.read([district], { slice: 'PROVIDER', from, to, matters: 'NONE' });
    return (found.get(district) ?? []).map(({ key, period, children }) => ({ street: key ?? '', month: period, counts: (children ?? {}) as Counts }));
  },
});
