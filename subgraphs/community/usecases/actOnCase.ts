import type { Actor } from '../../shared/domain/actor.js';
import { carryOut, stale, type Plan } from '../../shared/domain/plan.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import { maySee, type Case } from '../domain/case.js';
import type { CaseAction } from '../domain/case.transitions.js';
import { caseEffect, type CaseEffect } from '../domain/caseEffect.js';
import type { ClockRules } from '../domain/clockPolicy.js';
import { decideCase, type ActionInput } from '../domain/caseDecisions.js';
import type { CallReceipt, CaseRepository, Directory } from './ports.js';

export interface ActDeps {
  readonly cases: CaseRepository;
  readonly directory: Directory;
  readonly rules: ClockRules;
  readonly now: () => Date;
}

export interface ActCommand {
  readonly caseId: string;
  readonly expectedVersion: number;
  readonly action: CaseAction;
  readonly input: ActionInput;
}

/** The case as the actor may see it; what one may not see is as good as missing. */
export async function visibleCase(cases: CaseRepository, id: string, actor: Actor): Promise<Case | null> {
  const found = await cases.byId(id);
  return found && maySee(found, actor) ? found : null;
}

/** Load and decide: the same way for every action of the community on its case, one or many, dry or real. */
export async function planOnCase(
  { cases, directory, rules, now }: ActDeps, command: ActCommand, actor: Actor,
): Promise<Result<Plan<Case, CaseEffect, CallReceipt>>> {
  const current = await visibleCase(cases, command.caseId, actor);
  if (!current) {
    return fail('NOT_FOUND', bilingual('没有此件,或您无权查看。', 'No such case, or not visible to you.'), ['input', 'caseId']);
  }
  if (current.version !== command.expectedVersion) return stale();
  const { unit = null } = command.input;
  if (unit !== null && !(await directory.hasUnit(unit))) {
    return fail('INVALID_INPUT', bilingual(`没有单位 ${unit}。`, `There is no unit ${unit}.`), ['input', 'unit']);
  }
  const decision = decideCase(current, command.action, command.input, actor, now(), rules);
  if (!decision.ok) return decision;
  return ok({
    next: decision.value.next,
    effect: () => caseEffect(current, decision.value, rules.calendar),
    save: async (receipt) => (await cases.save(decision.value, command.expectedVersion, receipt)) === 'SAVED',
  });
}

export const actOnCase = async (
  deps: ActDeps, command: ActCommand, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Case>> => carryOut(await planOnCase(deps, command, actor), receipt);
