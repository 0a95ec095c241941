import { z } from 'zod';
import type { Message } from './message.js';
import type { Outcome } from './submit.js';

const number = z.int().min(0);

export const tallyShape = z.strictObject({
  /** Rows done with: created + known + rejected. */
  read: number,
  created: number,
  /** The platform had them before. */
  known: number,
  rejected: number,
  /** Sent, and placed by the mapping's rule: the row did not say where it belongs. */
  unplaced: number,
  /** By path of the taxonomy; rows that name none are under the empty one. */
  categories: z.record(z.string(), z.strictObject({ created: number, known: number, rejected: number })),
});

export type Tally = z.infer<typeof tallyShape>;

export const newTally = (): Tally => ({ read: 0, created: 0, known: 0, rejected: 0, unplaced: 0, categories: {} });

const column = { NEW: 'created', KNOWN: 'known', REJECTED: 'rejected' } as const;

/** Counts one more row, in place: there may be millions. */
export function addTo(tally: Tally, { category, isPlaced }: Message, { kind }: Outcome): void {
  const one = column[kind];
  tally.read += 1;
  tally[one] += 1;
  if (kind !== 'REJECTED' && !isPlaced) tally.unplaced += 1;
  (tally.categories[category ?? ''] ??= { created: 0, known: 0, rejected: 0 })[one] += 1;
}
