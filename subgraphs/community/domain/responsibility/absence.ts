import { levelOfOfficer, type Actor } from '../../../shared/domain/actor.js';
import { mayPlan, personsOf, seesPost, type Post } from './post.js';
import type { Span } from './span.js';

export const absenceReasons = ['LEAVE', 'TRAINING', 'DUTY_ELSEWHERE', 'OTHER'] as const;
export type AbsenceReason = (typeof absenceReasons)[number];

export interface Absence {
  readonly id: string;
  readonly version: number;
  /** Actor id of who is away. */
  readonly person: string;
  readonly from: Date;
  readonly to: Date;
  readonly reason: AbsenceReason;
  readonly plannedBy: string;
  readonly plannedAt: Date;
  readonly cancelledAt: Date | null;
}

/** When the person really is away: up to its end, or to when it was cancelled. */
export function awayOf({ from, to, cancelledAt }: Pick<Absence, 'from' | 'to' | 'cancelledAt'>): Span & { readonly to: Date } {
  const end = cancelledAt !== null && cancelledAt < to ? cancelledAt : to;
  return { from, to: end < from ? from : end };
}

/** People plan their own, and whoever plans their posts. */
export const mayPlanFor = (person: string, posts: readonly Post[], actor: Actor): boolean =>
  (person === actor.id && (levelOfOfficer(actor) !== null || actor.role === 'DEPARTMENT_OFFICER'))
    || posts.some((post) => personsOf(post).includes(person) && mayPlan(post.holder, actor));

export const seesAbsencesOf = (person: string, posts: readonly Post[], actor: Actor): boolean =>
  person === actor.id || posts.some((post) => personsOf(post).includes(person) && seesPost(post, actor));
