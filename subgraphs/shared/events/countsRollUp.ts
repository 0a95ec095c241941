import type { EventData, SubgraphName } from '../../../schema/events.js';
import { levelAbove, levelOfCode, type Level } from '../domain/areaCode.js';
import { entriesOf, upwardOf, type CountsMoved } from '../domain/counts.js';
import { groupBy } from '../domain/groupBy.js';
import { countsTopic } from '../domain/topics.js';
import type { CountsRepository } from '../persistence/counts.js';
import type { UnitOfWork } from '../persistence/transactions.js';
import type { EventHandler } from './receiver.js';

type Moved = EventData<'counts.moved'>;

export const subgraphOf = (level: Level): SubgraphName => level.toLowerCase() as SubgraphName;

const tell = (unit: UnitOfWork, level: Level, moved: readonly CountsMoved[], at: Date): void =>
  unit.emit(...moved.map(({ area, rows }) =>
    ({ type: 'counts.moved', subject: `counts:${area}`, target: subgraphOf(level), at, data: { area, rows } })));

/** Keeps what moved at `level` and tells the one above; in the transaction of what moved it. */
export async function rollUp(
  { level, counts, at }: { readonly level: Level; readonly counts: CountsRepository; readonly at: Date },
  moved: readonly CountsMoved[],
  unit: UnitOfWork,
): Promise<void> {
  const entries = entriesOf(level, moved);
  await counts.add(entries, unit.session);
  unit.changed(...entries.map(({ area }) => countsTopic(area)));
  const above = levelAbove(level);
  if (above) tell(unit, above, upwardOf(level, moved), at);
}

/** What a level's own action counts, which may be another level's own. */
export async function countMoves(
  here: { readonly level: Level; readonly counts: CountsRepository; readonly at: Date },
  moved: readonly CountsMoved[],
  unit: UnitOfWork,
): Promise<void> {
  for (const [level, theirs] of groupBy(moved, ({ area }) => levelOfCode(area) as Level)) {
    if (level === here.level) await rollUp(here, theirs, unit);
    else tell(unit, level, theirs, here.at);
  }
}

/** What a level does with counts that moved below, or that are its own. */
export const countsRollUp = (level: Level, counts: CountsRepository): EventHandler => async (events, unit) => {
  const at = new Date(Math.max(...events.map((event) => event.at.getTime())));
  await rollUp({ level, counts, at }, events.map(({ data }) => data as Moved), unit);
};
