import type { Holder } from '../../../shared/domain/handover.js';
import { levelHolder, openStates, type Case } from '../case.js';
import { handsOn, type TimelineEntry } from '../caseDecisions.js';
import type { CaseState } from '../case.transitions.js';
import { doneAgainBy } from '../merge.js';

/** From this instant until the next one the case was with the holder; null while it was ended. */
export interface Holding {
  readonly from: Date;
  readonly holder: Holder | null;
}

export type HandOver = Pick<TimelineEntry, 'seq' | 'at' | 'action' | 'to' | 'target'>;

/** RESOLVED waits for the reporter's word, and is still the holder's. */
const isEnded = (state: CaseState): boolean => state !== 'RESOLVED' && !openStates.includes(state);

/** Acceptance hands an application on; a patrol finding it only leaves where that has been from the start. */
const passesOn = ({ patrolDomain }: Pick<Case, 'patrolDomain'>) => ({ action, target }: HandOver): boolean =>
  handsOn.some((one) => one === action) || (patrolDomain === null && action === 'ACCEPT' && target !== null);
/** It goes to who resolved the case that led it. */
const goesWithLead = ({ action }: HandOver): boolean => action === 'RESOLVE_WITH_LEAD';
const isMerged = ({ action }: HandOver): boolean => action === 'MERGE';

const isSame = (one: Holder | null, other: Holder | null): boolean =>
  one?.level === other?.level && one?.area === other?.area && one?.unit === other?.unit;

/**
 * Who has had the case from its submission on, from its timeline without what came too late: the chain alone forgets
 * whoever returned it. Another level's clock may be behind; nothing is earlier than what came before it.
 */
export function holdingsOf(
  subject: Pick<Case, 'patrolDomain' | 'place' | 'chain' | 'rungs' | 'version'>, timeline: readonly HandOver[],
): Holding[] {
  const entries = timeline.filter(({ seq }) => seq <= subject.version).toSorted((one, other) => one.seq - other.seq);
  // Merging counts rungs of its own, which the timeline does not tell.
  const first = entries.some(isMerged) ? 1 : subject.rungs - entries.filter(passesOn(subject)).length;
  let held = subject.chain.filter(({ rung }) => rung <= first).map(({ holder }) => holder);
  // A patrol finding is the street's from the start, before the chain has it.
  if (subject.patrolDomain !== null && held.length === 1) held = [...held, levelHolder(subject.place.community, 'STREET')];
  const holdings: Holding[] = [];
  let from = new Date(0);
  for (const entry of entries) {
    const { at, action, to, target } = entry;
    from = at > from ? at : from;
    if (passesOn(subject)(entry) && target) held = [...held, target];
    else if (goesWithLead(entry) && target) held = [...held, ...held.slice(0, 1).map((own) => doneAgainBy(target, own))];
    else if (action === 'RETURN') held = held.slice(0, -1);
    const holder = isEnded(to) ? null : held.at(-1) ?? null;
    const last = holdings.at(-1);
    if (last && isSame(last.holder, holder)) continue;
    holdings.push({ from, holder });
  }
  return holdings;
}

/** Null before the submission, and where it was ended. */
export function holdingAt(holdings: readonly Holding[], at: Date): (Holding & { readonly holder: Holder }) | null {
  const found = holdings.findLast(({ from }) => from <= at);
  return found?.holder ? { from: found.from, holder: found.holder } : null;
}
