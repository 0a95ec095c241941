import { coversArea, type Actor } from '../../shared/domain/actor.js';
import { ancestorAt } from '../../shared/domain/areaCode.js';
import type { Holder } from '../../shared/domain/handover.js';
import { refusal, type DomainError } from '../../shared/domain/result.js';
import { holderOf, isOpen, levelHolder, type Case, type Link } from './case.js';
import { caseStateNames, type CaseState } from './case.transitions.js';

// 并案: cases about one matter are handled as one, the case that leads; each of the others, its members, keeps its own
// reporter, clocks, notices and rating.

/** What the timeline of the case that leads shows; none of it changes that case's state. */
export const mergeEntries = ['MEMBER_JOINED', 'MEMBER_LEFT'] as const;
export type MergeEntry = (typeof mergeEntries)[number];

/** All members follow their lead in one transaction. */
export const maxMembers = 100;

const inArea = ({ place }: Case, actor: Actor): DomainError | null =>
  coversArea(actor, place.community) ? null : refusal('OUT_OF_SCOPE', '不在您的辖区。', 'Outside your area.');

/** Each application is decided by itself. */
const noApplication = ({ application, number }: Case, field?: string): DomainError | null =>
  application === null ? null : refusal(
    'TRANSITION_NOT_ALLOWED', `${number} 是申办件,逐件决定,不能并案。`, `${number} is an application, which is decided by itself; it is not merged.`, field,
  );

export const mayMerge = (subject: Case, actor: Actor): DomainError | null =>
  inArea(subject, actor) ?? noApplication(subject) ?? (subject.members === 0 ? null : refusal(
    'TRANSITION_NOT_ALLOWED',
    `已有 ${subject.members} 件并入本件;请先解除并案,或把另一件并入本件。`,
    `${subject.members} cases are merged into this one; unmerge them first, or merge the other case into this one.`,
  ));

export const mayUnmerge = inArea;

/** Why `subject` cannot be merged into `lead`, null for one that the caller may not see; null when it can. */
export function checkLead(subject: Case, lead: Case | null): DomainError | null {
  const refused = (zh: string, en: string): DomainError => refusal('TRANSITION_NOT_ALLOWED', zh, en, 'into');
  if (!lead) return refusal('NOT_FOUND', '没有要并入的案件,或您无权查看。', 'There is no such case to merge into, or it is not visible to you.', 'into');
  if (lead.id === subject.id) return refusal('INVALID_INPUT', '不能并入自身。', 'A case cannot be merged into itself.', 'into');
  if (ancestorAt(lead.place.community, 'STREET') !== ancestorAt(subject.place.community, 'STREET')) {
    return refusal('OUT_OF_SCOPE', '只能并入同一街道的案件。', 'Only cases of one street can be merged.', 'into');
  }
  const byItself = noApplication(lead, 'into');
  if (byItself) return byItself;
  if (lead.merge) {
    return refused(`${lead.number} 已并入另一件;请并入那一件。`, `${lead.number} is merged itself; merge into the case that leads it.`);
  }
  if (lead.state === 'SUBMITTED') return refused(`${lead.number} 尚未受理;请先受理。`, `${lead.number} has not been accepted; accept it first.`);
  if (!isOpen(lead)) {
    const { zh, en } = caseStateNames[lead.state];
    return refused(`${lead.number} 的状态是“${zh}”;只能并入在办案件。`, `${lead.number} is "${en}"; merge into a case that is open.`);
  }
  return lead.members < maxMembers ? null : refused(
    `${lead.number} 已并入 ${maxMembers} 件,已满;请并入另一件。`, `${lead.number} has ${maxMembers} members, which is all it may; choose another.`,
  );
}

/** Where a case goes back to that is merged in this state: merging accepts what nobody had. */
export const stateBeforeMerge = (state: CaseState): CaseState => (state === 'SUBMITTED' ? 'ACCEPTED' : state);

/** Who works on it: of a merged case, who holds the one that leads. */
export const workerOf = (subject: Case, lead: Case | null): Holder => holderOf(subject.merge && lead ? lead : subject);

/**
 * The chain of a case that goes back to where it was: a hand-over of its own, so that what the holder did before it
 * heard of the merge is not taken for something done after it.
 */
export function chainAnew({ chain, rungs, merge }: Case, at: Date): Pick<Case, 'chain' | 'rungs'> {
  const last = chain.at(-1);
  if (!last || last.holder.level === 'COMMUNITY') return { chain, rungs };
  const offeredAt = merge?.stateBefore === 'DISPATCHED' ? at : last.offeredAt;
  return { chain: [...chain.slice(0, -1), { ...last, rung: rungs + 1, offeredAt }], rungs: rungs + 1 };
}

const isSame = (a: Holder, b: Holder): boolean => a.level === b.level && a.area === b.area && a.unit === b.unit;

/** A community works on its own cases only: what another one of the street did is this one's to do again. */
function inCommunity({ level, area, unit }: Holder, community: string): Holder[] {
  if (level !== 'COMMUNITY' || area === community) return [{ level, area, unit }];
  return unit === null ? [levelHolder(community, 'COMMUNITY')] : [];
}

/** Who does a member again that `provider` resolved with its lead; `own` is the community that the member is of. */
export const doneAgainBy = (provider: Holder, own: Holder): Holder =>
  (provider.level === 'COMMUNITY' && provider.area !== own.area ? own : provider);

/**
 * The chain of a member that was resolved with its lead: as if it had gone the lead's way, so that who resolved it can
 * do it again. What both have in common stays as it is, but for who held the member (see `chainAnew`); the rest are
 * hand-overs of their own.
 */
export function chainOfLead(
  { chain, rungs, place: { community } }: Case, lead: Case, at: Date,
): Pick<Case, 'chain' | 'rungs'> {
  const way = lead.chain.flatMap(({ holder }) => inCommunity(holder, community));
  const firstOther = way.findIndex((holder, i) => !chain[i] || !isSame(chain[i].holder, holder));
  const settled = chain.at(-1)?.holder.level === 'COMMUNITY' ? chain.length : chain.length - 1;
  const kept = Math.min(firstOther < 0 ? way.length : firstOther, settled);
  const common = chain.slice(0, kept).map((link): Link => ({ ...link, signedAt: link.signedAt ?? at }));
  const added = way.slice(kept).map((holder, i): Link => ({ rung: rungs + 1 + i, holder, offeredAt: at, signedAt: at }));
  return { chain: [...common, ...added], rungs: rungs + added.length };
}
