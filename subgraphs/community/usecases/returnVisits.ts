import type { Actor } from '../../shared/domain/actor.js';
import { stale } from '../../shared/domain/plan.js';
import { bilingual, fail, ok, refuse, type Result } from '../../shared/domain/result.js';
import type { Case } from '../domain/case.js';
import { decideCase, type CaseDecision } from '../domain/caseDecisions.js';
import type { ClockRules } from '../domain/clockPolicy.js';
import {
  afterOutcome, alreadyVisited, checkDrawn, checkList, checkOutcome, drawn, entryOf, mustVisit, noteVisit, noVisit, seesVisits, visitId, wanted,
  type ReturnVisit, type VisitCommand, type VisitList,
} from '../domain/returnVisit.js';
import { inCompany } from './inCompany.js';
import type { CallReceipt, CaseRepository, Directory, ReturnVisits } from './ports.js';

export interface VisitDeps {
  readonly returnVisits: ReturnVisits;
  readonly cases: CaseRepository;
  readonly directory: Directory;
  readonly rules: ClockRules;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly random: () => readonly number[];
}

/** As the actor may see it; what one may not see is as good as missing. */
export async function visibleList({ returnVisits }: Pick<VisitDeps, 'returnVisits'>, id: string, actor: Actor): Promise<VisitList | null> {
  const found = await returnVisits.listById(id);
  return found && seesVisits(actor, found.community) ? found : null;
}

export async function visibleVisit({ returnVisits }: Pick<VisitDeps, 'returnVisits'>, id: string, actor: Actor): Promise<ReturnVisit | null> {
  const found = await returnVisits.byId(id);
  return found && seesVisits(actor, found.community) ? found : null;
}

export interface OpenListCommand extends Pick<VisitList, 'community' | 'from' | 'to' | 'mode' | 'size' | 'percent' | 'includeClosed'> {
  /** Null: one that nobody chose. */
  readonly seed: number | null;
}

/** How often another list may have taken some of the cases before it is given up. */
const tries = 3;

export async function openVisitList(deps: VisitDeps, command: OpenListCommand, actor: Actor, receipt: CallReceipt | null): Promise<Result<VisitList>> {
  const { returnVisits, directory, now, newId, random } = deps;
  const { community } = command;
  const error = mustVisit(actor, community) ?? checkList(command);
  if (error) return refuse(error);
  if (!(await directory.hasCommunity(community))) {
    return fail('INVALID_INPUT', bilingual(`没有社区 ${community}。`, `There is no community ${community}.`), ['input', 'community']);
  }
  const seed = command.seed ?? random().slice(0, 4).reduce((sum, byte) => sum * 256 + byte, 0) % 2 ** 31;
  for (let tried = 0; tried < tries; tried += 1) {
    const candidates = await returnVisits.candidates(command);
    const count = wanted(command, candidates.length);
    const refused = checkDrawn(Math.min(count, candidates.length));
    if (refused) return refuse(refused);
    const chosen = new Set(drawn(candidates.map(({ id }) => id), seed, count));
    const list: VisitList = { ...command, id: newId(), seed, candidates: candidates.length, openedAt: now(), openedBy: actor };
    const visits = candidates.filter(({ id }) => chosen.has(id)).map(({ id: caseId, round }): ReturnVisit => ({
      id: visitId(caseId, round), version: 1, listId: list.id, caseId, round, community, state: 'OPEN', attempts: [],
    }));
    if (await returnVisits.open(list, visits, receipt)) return ok(list);
  }
  return alreadyVisited();
}

export interface RecordCommand extends VisitCommand {
  readonly visitId: string;
  readonly expectedVersion: number;
}

/** Records what a visit came to; a rating given there is the reporter's own, in the same transaction. */
export async function recordVisit(deps: VisitDeps, command: RecordCommand, actor: Actor, receipt: CallReceipt | null): Promise<Result<ReturnVisit>> {
  const { returnVisits, cases, rules, now } = deps;
  const visit = await visibleVisit(deps, command.visitId, actor);
  if (!visit) return noVisit('visitId');
  const notAllowed = mustVisit(actor, visit.community);
  if (notAllowed) return refuse(notAllowed);
  if (visit.version !== command.expectedVersion) return stale();
  const at = now();
  const next = afterOutcome(visit, command, actor, at);

  async function decide(subject: Case): Promise<Result<readonly CaseDecision[]>> {
    const error = checkOutcome(visit as ReturnVisit, subject, command);
    if (error) return refuse(error);
    const { rating } = command;
    const rated = rating && decideCase(subject, 'RATE', { note: rating.comment, rating }, actor, at, rules);
    if (rated && !rated.ok) return rated;
    const decisions = rated ? [await inCompany(cases, subject, rated.value, rules)] : [];
    const entry = entryOf(next);
    const { note } = next.attempts.at(-1) ?? { note: null };
    return ok(entry ? [...decisions, noteVisit(decisions[0]?.next ?? subject, entry, { at, by: actor, note })] : decisions);
  }
  return returnVisits.record(next, decide, receipt);
}
