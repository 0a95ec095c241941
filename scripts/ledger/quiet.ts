// Counts that are on their way between the levels are in one database and not in the next.
import { setTimeout as sleep } from 'node:timers/promises';
import { subgraphNames } from '../platform/processes.js';
import type { Databases } from './compare.js';

const counts = { 'envelope.type': 'counts.moved' };

/** Events of counts that have not taken effect: on their way, and parked until a person looks at them. */
export async function countsUnderWay(databases: Databases): Promise<{ readonly pending: number; readonly parked: number }> {
  let [pending, parked] = [0, 0];
  // From below: what one level has taken in, it has sent on by then.
  for (const name of subgraphNames.toReversed()) {
    pending += await databases[name].collection('outbox').countDocuments({ status: 'PENDING', ...counts });
    parked += await databases[name].collection('inbox').countDocuments({ status: { $gt: 'APPLIED' }, type: 'counts.moved' });
  }
  return { pending, parked };
}

/** Waits until none is on its way; answers how many still are after `ms`. */
export async function untilQuiet(databases: Databases, ms: number): Promise<{ readonly pending: number; readonly parked: number }> {
  for (const deadline = Date.now() + ms; ; await sleep(200)) {
    const underWay = await countsUnderWay(databases);
    if (underWay.pending === 0 || Date.now() > deadline) return underWay;
  }
}

/** An id of the outbox says when it was made: the first of a millisecond, in version 7 of UUIDs. */
const firstIdAt = (ms: number): string => {
  const digits = Math.max(ms, 0).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-0000-0000-000000000000`;
};

/** A transaction that began before we looked may end while we do, with an older id. */
const marginMs = 60_000;

/** Answers whether counts have moved, on any level, since this was called. */
export async function watchCounts(databases: Databases, now: number): Promise<() => Promise<boolean>> {
  const since = firstIdAt(now - marginMs);
  const seen = async (): Promise<string> => {
    const numbers: number[] = [];
    for (const name of subgraphNames) {
      numbers.push(await databases[name].collection<{ _id: string }>('outbox').countDocuments({ _id: { $gte: since }, ...counts }));
    }
    return numbers.join();
  };
  const before = await seen();
  return async () => (await seen()) !== before;
}
