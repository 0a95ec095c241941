import type { Actor } from '../../shared/domain/actor.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import type { Case } from '../domain/case.js';
import { caseNumber } from '../domain/caseNumber.js';
import { submitCase as decide, type SubmitCommand } from '../domain/caseDecisions.js';
import type { ClockRules } from '../domain/clockPolicy.js';
import type { CallReceipt, CaseRepository, Directory } from './ports.js';

export interface SubmitDeps {
  readonly cases: CaseRepository;
  readonly directory: Directory;
  readonly rules: ClockRules;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly random: () => readonly number[];
}

const numberTries = 5;

/** Takes a case in; what was imported once (same sender, same source id) is answered with the case it became. */
export async function submitCase(
  deps: SubmitDeps,
  command: Omit<SubmitCommand, 'id' | 'number'>,
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Case>> {
  const { cases, directory } = deps;
  const { place, category, sourceId } = command;
  if (!directory.hasCategory(category)) {
    return fail('INVALID_INPUT', bilingual(
      `分类“${category}”不在分类表中,请查询 caseCategories。`, `"${category}" is not in the taxonomy; see caseCategories.`,
    ), ['input', 'category']);
  }
  if (!(await directory.hasCommunity(place.community))) {
    return fail('INVALID_INPUT', bilingual(`没有社区 ${place.community}。`, `There is no community ${place.community}.`), ['input', 'community']);
  }
  if (place.grid !== null && !(await directory.hasGrid(place.grid))) {
    return fail('INVALID_INPUT', bilingual(`没有网格 ${place.grid}。`, `There is no grid ${place.grid}.`), ['input', 'grid']);
  }
  const known = sourceId === null ? null : await cases.bySource(actor.id, sourceId);
  if (known) return duplicate(known);

  for (let tries = 0; tries < numberTries; tries += 1) {
    const now = deps.now();
    const decision = decide({ ...command, id: deps.newId(), number: caseNumber(now, deps.random()) }, actor, now, deps.rules);
    if (!decision.ok) return decision;
    const outcome = await cases.save(decision.value, 0, receipt);
    if (outcome === 'SAVED') return ok(decision.value.next);
    if (outcome === 'SOURCE_TAKEN' && sourceId !== null) {
      const first = await cases.bySource(actor.id, sourceId);
      if (first) return duplicate(first);
    }
  }
  throw new Error('No free case number found.');
}

const duplicate = (first: Case): Result<never> => fail('DUPLICATE', bilingual(
  `该来源编号已登记为 ${first.number}。`, `That source id is already case ${first.number}.`,
), ['input', 'sourceId']);
