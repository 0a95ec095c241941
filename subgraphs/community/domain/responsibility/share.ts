import type { Actor } from '../../../shared/domain/actor.js';
import { groupBy } from '../../../shared/domain/groupBy.js';
import { depthOf, onDuty, rank, type Roster } from './answer.js';
import type { Scope } from './post.js';

/** Cases that one of these answers for, and none of `unless`, which are more specific. */
export interface Part {
  readonly any: readonly Scope[];
  readonly unless: readonly Scope[];
}

/** A person's own part of the list of the office or unit they work for: a case is theirs that is in any of its parts. */
export type Share = readonly Part[];

interface Cell extends Scope {
  readonly rank: number;
  readonly isMine: boolean;
}

/** A scope by the depth of its paths, so that each piece is of one rank. */
const cellsOf = ({ categories, grids }: Scope, isMine: boolean): Cell[] => {
  const byGrid = grids.length > 0;
  if (categories.length === 0) return [{ categories, grids, rank: rank(byGrid, 0), isMine }];
  return [...groupBy(categories, depthOf)].map(([depth, paths]) => ({ categories: paths, grids, rank: rank(byGrid, depth), isMine }));
};

const everything: Scope = { categories: [], grids: [] };

/** `answerAt` for all cases at once. What no post answers for is everybody's; null when that is the whole list. */
export function shareOf({ posts, absences }: Roster, actor: Actor, at: Date): Share | null {
  const cells = posts.flatMap((post) => {
    const answer = onDuty(post, absences, at);
    return answer ? cellsOf(post.scope, answer.person.id === actor.id) : [];
  });
  if (cells.length === 0) return null;
  const mine = [...groupBy(cells.filter(({ isMine }) => isMine), (cell) => cell.rank)];
  return [
    ...mine.map(([own, any]): Part => ({ any, unless: cells.filter((cell) => !cell.isMine && cell.rank > own) })),
    { any: [everything], unless: cells },
  ];
}
