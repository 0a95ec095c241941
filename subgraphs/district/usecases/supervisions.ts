import type { Actor } from '../../shared/domain/actor.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import type { Budget } from '../../shared/domain/clockPolicy.js';
import type { Holder } from '../../shared/domain/handover.js';
import { carryOut, stale, type Plan } from '../../shared/domain/plan.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import { fireDue, type Fired } from '../../shared/usecases/fireDue.js';
import {
  decideSupervision, fireAnswerAlarm, handedOn, openedEvent, openSupervision, seesSupervision, type Supervision, type Trouble,
} from '../domain/supervision.js';
import { supervisionEffect, type SupervisionEffect } from '../domain/supervisionEffect.js';
import type { SupervisionAction } from '../domain/supervision.transitions.js';
import type { CallReceipt, SupervisionRepository } from './ports.js';

export interface SupervisionDeps {
  readonly supervisions: SupervisionRepository;
  readonly calendar: Calendar;
  readonly now: () => Date;
}

export interface ActOnSupervision {
  readonly supervisionId: string;
  readonly expectedVersion: number;
  readonly action: SupervisionAction;
  readonly note: string | null;
}

/** The supervision as the actor may see it; what one may not see is as good as missing. */
export async function visibleSupervision(
  supervisions: SupervisionRepository, id: string, actor: Actor,
): Promise<Supervision | null> {
  const found = await supervisions.byId(id);
  return found && seesSupervision(found, actor) ? found : null;
}

/** Load and decide: the same way for answering, closing and sending back, one or many, dry or real. */
export async function planOnSupervision(
  { supervisions, calendar, now }: SupervisionDeps,
  { supervisionId, expectedVersion, action, note }: ActOnSupervision,
  actor: Actor,
): Promise<Result<Plan<Supervision, SupervisionEffect, CallReceipt>>> {
  const current = await visibleSupervision(supervisions, supervisionId, actor);
  if (!current) {
    return fail('NOT_FOUND', bilingual('没有此督办,或您无权查看。', 'No such supervision, or not visible to you.'), ['input', 'supervisionId']);
  }
  if (current.version !== expectedVersion) return stale();
  const decision = decideSupervision(current, action, note, actor, now(), calendar);
  if (!decision.ok) return decision;
  return ok({
    next: decision.value.next,
    effect: () => supervisionEffect(current, decision.value, calendar),
    save: (receipt) => supervisions.save(decision.value, expectedVersion, receipt),
  });
}

export const actOnSupervision = async (
  deps: SupervisionDeps, command: ActOnSupervision, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Supervision>> => carryOut(await planOnSupervision(deps, command, actor), receipt);

/** The community says that a case needs supervision. */
export async function takeTrouble(supervisions: SupervisionRepository, trouble: Trouble, budget: Budget<'ANSWER'>): Promise<void> {
  const opened = openSupervision(trouble, budget);
  await supervisions.open(opened, openedEvent(opened));
}

/** The community says who holds a supervised case now. */
export async function takeHolder(supervisions: SupervisionRepository, caseId: string, holder: Holder): Promise<void> {
  for (const current of await supervisions.ofCase(caseId)) {
    const next = handedOn(current, holder);
    if (next) await supervisions.put(next, current.version);
  }
}

/** Fires one batch of the alarms of answers that are owed. */
export const fireAnswerAlarms = (supervisions: SupervisionRepository, calendar: Calendar, now: Date): Promise<Fired> => fireDue({
  claimDue: (at, batch) => supervisions.claimDue(at, batch),
  fire: (current) => fireAnswerAlarm(current, now, calendar),
  save: (alarm, { version }) => supervisions.save(alarm, version, null),
}, now);
