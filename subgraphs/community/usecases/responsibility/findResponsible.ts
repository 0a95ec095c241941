import type { Actor } from '../../../shared/domain/actor.js';
import type { Holder } from '../../../shared/domain/handover.js';
import { holderKey, toDoKeys, type Case } from '../../domain/case.js';
import { answerAt, answeredSince, rankFor, type Answer, type Roster } from '../../domain/responsibility/answer.js';
import { holdingAt, holdingsOf } from '../../domain/responsibility/holdings.js';
import { personsDuring, type Post } from '../../domain/responsibility/post.js';
import { shareOf, type Share } from '../../domain/responsibility/share.js';
import type { CaseRepository, Register } from '../ports.js';

export interface Responsibility {
  readonly holder: Holder;
  /** Null when no post of the holder answers for the case: its office does. */
  readonly answer: Answer | null;
  /** From when on this has been the answer. */
  readonly since: Date;
}

interface FindDeps {
  readonly cases: Pick<CaseRepository, 'handOvers'>;
  readonly register: Pick<Register, 'postsOf' | 'absencesOf'>;
}

const rosterOf = async (register: FindDeps['register'], posts: readonly Post[], from: Date, until: Date): Promise<Roster> => ({
  posts,
  absences: (await Promise.all(personsDuring(posts, from, until).map((person) => register.absencesOf(person)))).flat(),
});

/** Who is, was or will be responsible, by what is known now; null before the submission and while the case is ended. */
export async function findResponsible({ cases, register }: FindDeps, subject: Case, at: Date): Promise<Responsibility | null> {
  const holding = holdingAt(holdingsOf(subject, await cases.handOvers(subject.id)), at);
  if (!holding) return null;
  const { holder, from } = holding;
  const matter = { category: subject.category, grid: subject.place.grid };
  const posts = (await register.postsOf(holderKey(holder))).filter(({ scope }) => rankFor(scope, matter) !== null);
  const roster = await rosterOf(register, posts, from, at);
  return { holder, answer: answerAt(roster, matter, at), since: answeredSince(roster, matter, at, from) };
}

/** The actor's own part of the list of their office or unit; null for all of it, where there are no posts. */
export async function shareOfToDo(register: FindDeps['register'], actor: Actor, at: Date): Promise<Share | null> {
  const isReporter = actor.role === 'RESIDENT' || actor.role === 'GRID_WORKER';
  const [key] = isReporter ? [] : toDoKeys(actor);
  return key === undefined ? null : shareOf(await rosterOf(register, await register.postsOf(key), at, at), actor, at);
}
