import type { Actor } from '../../shared/domain/actor.js';
import { dutyRefusal, type NamedDutyList } from '../../shared/domain/dutyList.js';
import { carryOut, stale, type Plan } from '../../shared/domain/plan.js';
import { bilingual, fail, ok, refuse, type DomainError, type Result } from '../../shared/domain/result.js';
import { holderOf, maySee, type Case } from '../domain/case.js';
import type { CaseAction } from '../domain/case.transitions.js';
import { caseEffect, type CaseEffect } from '../domain/caseEffect.js';
import type { ClockRules } from '../domain/clockPolicy.js';
import { decideCase, type ActionInput, type CaseDecision } from '../domain/caseDecisions.js';
import type { Handed } from '../domain/application/examination.js';
import type { Digest } from '../domain/application/decision.js';
import { materialsFor } from './application/applications.js';
import { inCompany } from './inCompany.js';
import type { CallReceipt, CaseRepository, Directory, HeldMaterials } from './ports.js';

export interface ActDeps {
  readonly cases: CaseRepository;
  readonly directory: Directory;
  readonly rules: ClockRules;
  readonly dutyList: NamedDutyList;
  readonly heldMaterials: HeldMaterials;
  readonly digest: Digest;
  readonly now: () => Date;
}

export interface ActCommand {
  readonly caseId: string;
  readonly expectedVersion: number;
  readonly action: CaseAction;
  readonly input: ActionInput;
  /** SUPPLY_INFO: what is handed in. */
  readonly materials?: readonly Handed[];
}

/** The case as the actor may see it; what one may not see is as good as missing. */
export async function visibleCase(cases: CaseRepository, id: string, actor: Actor): Promise<Case | null> {
  const found = await cases.byId(id);
  return found && maySee(found, actor) ? found : null;
}

/** What the duty list says to a case that the community hands to the street. */
export const mayForward = (list: NamedDutyList, { category, serviceItem: item, place: { community } }: Case): DomainError | null =>
  dutyRefusal(list, { category, item, community, from: 'COMMUNITY', to: 'STREET' });

const handsOver: readonly CaseAction[] = ['FORWARD', 'REDISPATCH'];

interface Decided {
  readonly current: Case;
  readonly decision: CaseDecision;
}

async function decideOn(deps: ActDeps, command: ActCommand, actor: Actor): Promise<Result<Decided>> {
  const { cases, directory, rules, dutyList, digest, now } = deps;
  const current = await visibleCase(cases, command.caseId, actor);
  if (!current) {
    return fail('NOT_FOUND', bilingual('没有此件,或您无权查看。', 'No such case, or not visible to you.'), ['input', 'caseId']);
  }
  if (current.version !== command.expectedVersion) return stale();
  const { unit = null, into } = command.input;
  if (unit !== null && !(await directory.hasUnit(unit))) {
    return fail('INVALID_INPUT', bilingual(`没有单位 ${unit}。`, `There is no unit ${unit}.`), ['input', 'unit']);
  }
  const lead = into === undefined ? null : await visibleCase(cases, into, actor);
  const given = command.materials?.length ? await materialsFor(deps, current, command.materials, actor) : ok([]);
  if (!given.ok) return given;
  const decision = decideCase(current, command.action, { ...command.input, lead, digest, given: given.value }, actor, now(), rules);
  if (!decision.ok) return decision;
  const { target } = decision.value.entry;
  const unlisted = handsOver.includes(command.action) && target?.level === 'STREET' && holderOf(current).level === 'COMMUNITY'
    ? mayForward(dutyList, current) : null;
  return unlisted ? refuse(unlisted) : ok({ current, decision: await inCompany(cases, current, decision.value, rules, lead) });
}

/** How often a step is decided anew whose own case is as expected while another that it concerns has changed. */
const tries = 5;

/** Load and decide: the same way for every action of the community on its case, one or many, dry or real. */
export async function planOnCase(
  deps: ActDeps, command: ActCommand, actor: Actor,
): Promise<Result<Plan<Case, CaseEffect, CallReceipt>>> {
  const first = await decideOn(deps, command, actor);
  if (!first.ok) return first;
  const { current, decision } = first.value;
  return ok({
    next: decision.next,
    effect: () => caseEffect(current, decision, deps.rules.calendar),
    async save(receipt) {
      let decided: Result<Decided> = first;
      for (let tried = 0; decided.ok && tried < tries; tried += 1) {
        const { decision: whole } = decided.value;
        if ((await deps.cases.save(whole, command.expectedVersion, receipt)) === 'SAVED') return true;
        if (!whole.also) return false;
        decided = await decideOn(deps, command, actor);
      }
      return false;
    },
  });
}

export const actOnCase = async (
  deps: ActDeps, command: ActCommand, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Case>> => carryOut(await planOnCase(deps, command, actor), receipt);
