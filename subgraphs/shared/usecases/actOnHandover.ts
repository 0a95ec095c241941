import type { Actor } from '../domain/actor.js';
import { admissionRefusal, type AdmissionStanding } from '../domain/admission.js';
import { ancestorAt } from '../domain/areaCode.js';
import { dutyRefusal, needsAdmission, type NamedDutyList } from '../domain/dutyList.js';
import {
  changed, decideHandover, offered, rescheduled, seesHandover, type Change, type Handover, type HandoverAction,
  type HandoverCommand, type HandoverDecision, type HandoverMachine, type Offer, type Reschedule,
} from '../domain/handover.js';
import { handoverEffect, type HandoverEffect } from '../domain/handoverEffect.js';
import { carryOut, stale, type Plan } from '../domain/plan.js';
import { bilingual, fail, ok, refuse, type Result } from '../domain/result.js';

/** What the use cases need from storage; persistence/handovers.ts is it on Mongo. */
export interface Handovers<Receipt> {
  byId(id: string): Promise<Handover | null>;
  save(decision: HandoverDecision, expectedVersion: number, receipt: Receipt | null): Promise<boolean>;
  put(next: Handover, previousVersion: number): Promise<void>;
}

export interface HandoverDeps<Receipt> {
  readonly handovers: Handovers<Receipt>;
  readonly machine: HandoverMachine;
  readonly hasUnit: (code: string) => Promise<boolean>;
  readonly now: () => Date;
  /** Absent on the level that the list says nothing of. */
  readonly dutyList?: NamedDutyList | undefined;
  /** Of a street. */
  readonly admissionsOf?: ((street: string) => Promise<readonly AdmissionStanding[]>) | undefined;
}

export interface ActOnHandover extends Omit<HandoverCommand, 'actor' | 'now'> {
  readonly caseId: string;
  readonly expectedVersion: number;
  readonly action: HandoverAction;
}

/** The handover as the actor may see it; what one may not see is as good as missing. */
export async function visibleHandover(handovers: Pick<Handovers<never>, 'byId'>, id: string, actor: Actor): Promise<Handover | null> {
  const found = await handovers.byId(id);
  return found && seesHandover(found, actor) ? found : null;
}

/** Load and decide: the same way for every action of a level on what was handed to it, one or many, dry or real. */
export async function planOnHandover<Receipt>(
  { handovers, machine, hasUnit, now, dutyList, admissionsOf }: HandoverDeps<Receipt>,
  { caseId, expectedVersion, action, ...command }: ActOnHandover,
  actor: Actor,
): Promise<Result<Plan<Handover, HandoverEffect, Receipt>>> {
  const current = await visibleHandover(handovers, caseId, actor);
  if (!current) {
    return fail('NOT_FOUND', bilingual('本级没有此件,或您无权查看。', 'This level has no such case, or it is not visible to you.'), ['input', 'caseId']);
  }
  if (current.version !== expectedVersion) return stale();
  if (command.unit != null && !(await hasUnit(command.unit))) {
    return fail('INVALID_INPUT', bilingual(`没有单位 ${command.unit}。`, `There is no unit ${command.unit}.`), ['input', 'unit']);
  }
  const decision = decideHandover(machine, current, action, { ...command, actor, now: now() });
  if (!decision.ok) return decision;
  const { category, community, holder, serviceItem: item } = current;
  const { target } = decision.value.next;
  if (dutyList && target) {
    const passing = { category, item, community, from: holder.level, to: target.level };
    const unlisted = dutyRefusal(dutyList, passing);
    if (unlisted) return refuse(unlisted);
    const street = ancestorAt(community, 'STREET');
    const unadmitted = needsAdmission(dutyList, passing)
      ? admissionRefusal((await admissionsOf?.(street)) ?? [], street, { matter: category, item, community, to: target.level }) : null;
    if (unadmitted) return refuse(unadmitted);
  }
  return ok({
    next: decision.value.next,
    effect: () => handoverEffect(current, decision.value),
    save: (receipt) => handovers.save(decision.value, expectedVersion, receipt),
  });
}

export const actOnHandover = async <Receipt>(
  deps: HandoverDeps<Receipt>, command: ActOnHandover, actor: Actor, receipt: Receipt | null,
): Promise<Result<Handover>> => carryOut(await planOnHandover(deps, command, actor), receipt);

/** The community hands something over. */
export async function takeOffer(handovers: Handovers<never>, offer: Offer): Promise<void> {
  const current = await handovers.byId(offer.caseId);
  await handovers.put(offered(current, offer), current?.version ?? 0);
}

/** The community says how things stand. Throws, and so parks the event, when it was never handed over. */
export async function takeChange(handovers: Handovers<never>, caseId: string, change: Change): Promise<void> {
  const current = await handedOver(handovers, caseId);
  await handovers.put(changed(current, change), current.version);
}

/** The community moves a deadline. Throws, and so parks the event, when the case was never handed over. */
export async function takeReschedule(
  handovers: Handovers<never>,
  caseId: string,
  reschedule: Reschedule,
): Promise<void> {
  const current = await handedOver(handovers, caseId);
  const next = rescheduled(current, reschedule);
  if (next) await handovers.put(next, current.version);
}

async function handedOver(handovers: Handovers<never>, caseId: string): Promise<Handover> {
  const current = await handovers.byId(caseId);
  if (!current) throw new Error(`Case ${caseId} was never handed over here.`);
  return current;
}
