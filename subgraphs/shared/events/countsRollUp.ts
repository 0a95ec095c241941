import type { EventData } from '../../../schema/events.js';
import { ancestorAt, levelAbove, levelOfCode, type Level } from '../domain/areaCode.js';
import { groupBy } from '../domain/groupBy.js';
import type { CountsRepository } from '../persistence/counts.js';
import type { EventHandler } from './receiver.js';
import type { SubgraphName } from '../../../schema/events.js';

type Moved = EventData<'counts.moved'>;

export const subgraphOf = (level: Level): SubgraphName => level.toLowerCase() as SubgraphName;

const sum = (counts: readonly Moved['counts'][]): Record<string, number> => {
  const total: Record<string, number> = {};
  for (const one of counts) for (const [measure, n] of Object.entries(one)) total[measure] = (total[measure] ?? 0) + n;
  return total;
};

/**
 * What a level does with counts that moved: those of its own areas are its own, those from below its children's; both
 * go up as one sum per area and month.
 */
export const countsRollUp = (level: Level, counts: CountsRepository): EventHandler => async (events, unit) => {
  const moved = events.map(({ data }) => data as Moved);
  const parts = groupBy(moved, ({ area, month }) => {
    const part = levelOfCode(area) === level ? 'own' : 'children';
    return `${ancestorAt(area, level)}:${month}:${part}`;
  });
  const entries = [...parts].map(([key, members]) => {
    const [area = '', month = '', part = ''] = key.split(':');
    return { area, month, part: part as 'own' | 'children', counts: sum(members.map((member) => member.counts)) };
  });
  await counts.add(entries, unit.session);

  const above = levelAbove(level);
  if (!above) return;
  const at = new Date(Math.max(...events.map((event) => event.at.getTime())));
  for (const [key, members] of groupBy(entries, ({ area, month }) => `${area}:${month}`)) {
    const [area = '', month = ''] = key.split(':');
    const data = { area, month, counts: sum(members.map((member) => member.counts)) };
    unit.emit({ type: 'counts.moved', subject: `counts:${area}`, target: subgraphOf(above), at, data });
  }
};
