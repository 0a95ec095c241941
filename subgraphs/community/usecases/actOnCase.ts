import type { Actor } from '../../shared/domain/actor.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import { maySee, type Case } from '../domain/case.js';
import type { CaseAction } from '../domain/case.transitions.js';
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

export const stale = (): Result<never> => fail('STALE_VERSION', bilingual(
  '已被他人修改,请重新读取后再试。', 'It has changed; read it again and retry.',
), ['input', 'expectedVersion']);

/** Load, decide, save: the same way for every action of the community on its case. */
export async function actOnCase(deps: ActDeps, command: ActCommand, actor: Actor, receipt: CallReceipt | null): Promise<Result<Case>> {
  const { cases, directory, rules, now } = deps;
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
  const outcome = await cases.save(decision.value, command.expectedVersion, receipt);
  return outcome === 'SAVED' ? ok(decision.value.next) : stale();
}
