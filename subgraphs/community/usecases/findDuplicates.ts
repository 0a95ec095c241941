import { coversArea, levelOfOfficer, type Actor } from '../../shared/domain/actor.js';
import { isOpen, type Case } from '../domain/case.js';
import { comparedForDays, mostAlike, type Similarity } from '../domain/similarity.js';
import type { CaseRepository } from './ports.js';

const dayMs = 86_400_000;

/** Open cases that may be about the same matter, for the offices above the case; nobody else is told of any. */
export async function findDuplicates(
  cases: CaseRepository, subject: Case, actor: Actor, now: Date, first: number,
): Promise<(Similarity & { readonly case: Case })[]> {
  if (levelOfOfficer(actor) === null || !coversArea(actor, subject.place.community) || !isOpen(subject)) return [];
  const others = await cases.lookAlikes(subject, actor, new Date(now.getTime() - comparedForDays * dayMs));
  return mostAlike(subject, others, first);
}
