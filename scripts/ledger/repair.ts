import { counterId } from '../../subgraphs/shared/domain/counts.js';
import { groupBy } from '../../subgraphs/shared/domain/groupBy.js';
import { countsTopic } from '../../subgraphs/shared/domain/topics.js';
import { openChanges } from '../../subgraphs/shared/events/changes.js';
import { subgraphOf } from '../../subgraphs/shared/events/countsRollUp.js';
import type { CountsDocument } from '../../subgraphs/shared/persistence/counts.js';
import { groupsOf, numberAt, type Databases, type Difference } from './compare.js';

/**
 * Adds to each counter what it lacks, in a transaction that looks at it once more: one that has moved since it was
 * compared is left alone. Answers how many numbers were mended.
 */
export async function repairCounts(databases: Databases, differences: readonly Difference[]): Promise<number> {
  let mended = 0;
  for (const [id, same] of groupBy(differences, ({ level, counter }) => `${level} ${counterId(counter)}`)) {
    const [first] = same;
    if (!first) throw new Error(`Nothing to mend in ${id}.`);
    const connection = databases[subgraphOf(first.level)];
    const collection = connection.collection<CountsDocument>('counts');
    const changes = await openChanges(connection);
    const _id = counterId(first.counter);
    mended += await connection.transaction(async (session) => {
      const document = await collection.findOne({ _id }, { session });
      const groups = groupsOf(document as CountsDocument | null ?? {});
      if (same.some(({ path, found }) => numberAt(groups, path) !== found)) return 0;
      const $inc = Object.fromEntries(same.map(({ path, expected, found }) => [path, expected - found]));
      await collection.updateOne({ _id }, { $setOnInsert: first.counter, $inc } as object, { upsert: true, session });
      await changes.keep(new Set([countsTopic(first.counter.area)]), session);
      return same.length;
    });
  }
  return mended;
}
