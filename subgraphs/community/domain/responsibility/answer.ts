import { awayOf, type Absence } from './absence.js';
import { termsOf, type Officer, type Post, type Scope } from './post.js';
import { covers } from './span.js';

export const pairMembers = ['A', 'B'] as const;
export type PairMember = (typeof pairMembers)[number];

/** What of a case decides which post answers for it. */
export interface Matter {
  readonly category: string;
  readonly grid: string | null;
}

/** The posts of one holder, and the absences of those who have them. */
export interface Roster {
  readonly posts: readonly Post[];
  readonly absences: readonly Absence[];
}

export interface Answer {
  readonly post: Post;
  readonly person: Officer;
  readonly as: PairMember;
}

export const depthOf = (path: string): number => path.split('/').length;
const isPartOf = (category: string, path: string): boolean => category === path || category.startsWith(`${path}/`);

/** How specific a scope is: a grid before a category, a longer path before a shorter one. */
export const rank = (byGrid: boolean, depth: number): number => (byGrid ? 1_000 : 0) + depth;

/** Null when the scope leaves the matter out. */
export function rankFor({ categories, grids }: Scope, { category, grid }: Matter): number | null {
  if (grids.length > 0 && (grid === null || !grids.includes(grid))) return null;
  const depths = categories.filter((path) => isPartOf(category, path)).map(depthOf);
  if (categories.length > 0 && depths.length === 0) return null;
  return rank(grids.length > 0, Math.max(0, ...depths));
}

/** Who answers of those who have the post at the instant; null when nobody has it then. */
export function onDuty(post: Post, absences: readonly Absence[], at: Date): Answer | null {
  const term = termsOf(post).find((one) => covers(one, at));
  if (!term) return null;
  const isAway = absences.some((absence) => absence.person === term.a.id && covers(awayOf(absence), at));
  return isAway ? { post, person: term.b, as: 'B' } : { post, person: term.a, as: 'A' };
}

/** The one answer: by the most specific post in force; null when none is, and the holder's office answers. */
export function answerAt({ posts, absences }: Roster, matter: Matter, at: Date): Answer | null {
  const found = posts.flatMap((post) => {
    const specific = rankFor(post.scope, matter);
    const answer = specific === null ? null : onDuty(post, absences, at);
    return answer && specific !== null ? [{ answer, specific }] : [];
  });
  return found.toSorted((one, other) => other.specific - one.specific)[0]?.answer ?? null;
}

const isSame = (one: Answer | null, other: Answer | null): boolean =>
  one?.post.id === other?.post.id && one?.person.id === other?.person.id && one?.as === other?.as;

/** From when on, without a break, the answer was what it is at `at`; `earliest` when it was so from there. */
export function answeredSince(roster: Roster, matter: Matter, at: Date, earliest: Date): Date {
  const turns = [
    ...roster.posts.flatMap((post) => termsOf(post).flatMap(({ from, to }) => [from, to])),
    ...roster.absences.map(awayOf).flatMap(({ from, to }) => [from, to]),
  ].filter((turn): turn is Date => turn !== null && turn > earliest && turn <= at);
  const answer = answerAt(roster, matter, at);
  const starts = [earliest, ...turns.toSorted((one, other) => one.getTime() - other.getTime())];
  const lastOther = starts.findLastIndex((start) => !isSame(answerAt(roster, matter, start), answer));
  return starts[lastOther + 1] ?? earliest;
}
