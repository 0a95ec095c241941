import { levelOfOfficer, type Actor } from '../../../shared/domain/actor.js';
import { isWithin } from '../../../shared/domain/areaCode.js';
import type { Holder } from '../../../shared/domain/handover.js';
import { isEmpty, type Span } from './span.js';

// AB 岗: two persons answer for a part of a holder's cases, B while A is away. What has been stays as it was: every
// change begins now or later, so that the past keeps its one answer.

/** As the one who plans names them; the platform has no register of staff. */
export interface Officer {
  /** The id they sign in with. */
  readonly id: string;
  readonly name: string;
}

export interface Pair {
  readonly a: Officer;
  readonly b: Officer;
}

/** Lasts until the next one begins, or the post ends. */
export interface Assignment extends Pair {
  readonly from: Date;
}

/** What a post answers for; an empty list leaves its side open. */
export interface Scope {
  /** Paths in the taxonomy, of any depth. */
  readonly categories: readonly string[];
  readonly grids: readonly string[];
}

export interface Post {
  readonly id: string;
  readonly version: number;
  readonly holder: Holder;
  readonly name: string;
  readonly scope: Scope;
  /** At least one, by their beginning. */
  readonly assignments: readonly Assignment[];
  readonly to: Date | null;
}

export type Term = Span & Pair;

/** Who had, has and will have the post. */
export const termsOf = ({ assignments, to }: Pick<Post, 'assignments' | 'to'>): Term[] =>
  assignments
    .map(({ from, a, b }, i): Term => {
      const next = assignments[i + 1]?.from ?? null;
      return { from, to: next && (to === null || next < to) ? next : to, a, b };
    })
    .filter((term) => !isEmpty(term));

export const validityOf = ({ assignments: [first], to }: Pick<Post, 'assignments' | 'to'>): Span => {
  if (!first) throw new Error('A post without an assignment.');
  return { from: first.from, to };
};

export const personsOf = ({ assignments }: Pick<Post, 'assignments'>): string[] =>
  [...new Set(assignments.flatMap(({ a, b }) => [a.id, b.id]))];

/** Who has one of the posts at some instant from `from` to `until`, both included. */
export const personsDuring = (posts: readonly Post[], from: Date, until: Date): string[] =>
  [...new Set(posts.flatMap(termsOf).filter((term) => term.from <= until && (term.to === null || term.to > from)).flatMap(({ a, b }) => [a.id, b.id]))];

/** The holder's own office plans its posts and those of its units; a unit plans its own. */
export const mayPlan = ({ area, level, unit }: Holder, actor: Actor): boolean =>
  (actor.role === 'DEPARTMENT_OFFICER' ? unit !== null && unit === actor.unit : levelOfOfficer(actor) === level && actor.area === area);

/** Those who plan it, their superiors and the auditors; `visibleTo` in the register is the same rule as a query. */
export const seesPost = ({ holder }: Pick<Post, 'holder'>, actor: Actor): boolean => {
  if (actor.role === 'DEPARTMENT_OFFICER') return holder.unit !== null && holder.unit === actor.unit;
  return (actor.role === 'AUDITOR' || levelOfOfficer(actor) !== null) && actor.area !== null && isWithin(holder.area, actor.area);
};
