import type { Actor } from '../../shared/domain/actor.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import type { ClockPolicy } from '../../shared/domain/clockPolicy.js';
import { decideHandover, seesHandover, type Handover } from '../../shared/domain/handover.js';
import { handoverEffect } from '../../shared/domain/handoverEffect.js';
import { carryOut, stale, type Plan } from '../../shared/domain/plan.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import { fireDue, type Fired } from '../../shared/usecases/fireDue.js';
import { dispatchMachine } from '../domain/dispatch.transitions.js';
import {
  blowWhistle as blow, decideArrival, endWhistle as end, fireArrivalAlarm, seesWhistle, type ArrivalCommand, type BlowCommand, type Whistle,
} from '../domain/whistle.js';
import { whistleEffect, type WhistleEffect } from '../domain/whistleEffect.js';
import type { ArrivalAction } from '../domain/whistle.transitions.js';
import type { CallReceipt, Dispatches, DispatchStep, Units, WhistleRepository } from './ports.js';

export interface WhistleDeps {
  readonly whistles: WhistleRepository;
  readonly handovers: Dispatches;
  readonly units: Units;
  readonly calendar: Calendar;
  readonly policy: ClockPolicy;
  readonly newId: () => string;
  readonly now: () => Date;
}

/** The whistle as the actor may see it; what one may not see is as good as missing. */
export async function visibleWhistle(whistles: WhistleRepository, id: string, actor: Actor): Promise<Whistle | null> {
  const found = await whistles.byId(id);
  return found && seesWhistle(found, actor) ? found : null;
}

export type WhistlePlan = Plan<Whistle, WhistleEffect, CallReceipt>;

/** What is decided about a whistle, with the step of the street's part that goes with it. */
const planOf = (
  { whistles, calendar }: WhistleDeps,
  { before, next, dispatch, step }: {
    readonly before: Whistle | null; readonly next: Whistle; readonly dispatch?: Handover; readonly step?: DispatchStep;
  },
): WhistlePlan => ({
  next,
  effect: () => whistleEffect(before, next, dispatch && step ? handoverEffect(dispatch, step.decision) : null, calendar),
  save: (receipt) => whistles.save(next, before?.version ?? 0, step ?? null, receipt),
});

/** The step of the street's part that goes with the whistle; its event says which whistle. */
function stepOf(
  dispatch: Handover, action: 'BLOW_WHISTLE' | 'END_WHISTLE', whistle: Whistle, note: string, actor: Actor, now: Date,
): Result<DispatchStep> {
  const decided = decideHandover(dispatchMachine, dispatch, action, { actor, now, note });
  if (!decided.ok) return decided;
  const { next, event } = decided.value;
  const units = whistle.arrivals.map(({ unit }) => unit);
  const data = { ...event.data, whistleId: whistle.id, ...(action === 'BLOW_WHISTLE' && { units }) };
  return ok({ decision: { next, event: { ...event, data } }, expectedVersion: dispatch.version });
}

export interface BlowWhistle extends Omit<BlowCommand, 'id'> {
  readonly caseId: string;
  /** Of the street's part of the case. */
  readonly expectedVersion: number;
}

/** Opens a whistle and sets the street's part to coordinating, together. */
export async function planBlow(deps: WhistleDeps, command: BlowWhistle, actor: Actor): Promise<Result<WhistlePlan>> {
  const { handovers, units, policy, newId, now } = deps;
  const dispatch = await handovers.byId(command.caseId);
  if (!dispatch || !seesHandover(dispatch, actor)) {
    return fail('NOT_FOUND', bilingual('本级没有此件,或您无权查看。', 'This level has no such case, or it is not visible to you.'), ['input', 'caseId']);
  }
  if (dispatch.version !== command.expectedVersion) return stale();
  const at = now();
  const whistle = blow(dispatch, { ...command, id: newId() }, actor, at, policy);
  if (!whistle.ok) return whistle;
  for (const unit of command.units) {
    if ((await units.byCode(unit)) === null) {
      return fail('INVALID_INPUT', bilingual(`没有单位 ${unit}。`, `There is no unit ${unit}.`), ['input', 'units']);
    }
  }
  const step = stepOf(dispatch, 'BLOW_WHISTLE', whistle.value, whistle.value.reason, actor, at);
  return step.ok ? ok(planOf(deps, { before: null, next: whistle.value, dispatch, step: step.value })) : step;
}

export const blowWhistle = async (
  deps: WhistleDeps, command: BlowWhistle, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Whistle>> => carryOut(await planBlow(deps, command, actor), receipt);

interface OnWhistle {
  readonly whistleId: string;
  readonly expectedVersion: number;
}

async function current({ whistles }: WhistleDeps, { whistleId, expectedVersion }: OnWhistle, actor: Actor): Promise<Result<Whistle>> {
  const found = await visibleWhistle(whistles, whistleId, actor);
  if (!found) {
    return fail('NOT_FOUND', bilingual('没有此吹哨,或您无权查看。', 'No such whistle, or not visible to you.'), ['input', 'whistleId']);
  }
  return found.version === expectedVersion ? ok(found) : stale();
}

/** A named department arrives, or the street confirms. */
export async function planArrival(
  deps: WhistleDeps, command: OnWhistle & ArrivalCommand & { readonly action: ArrivalAction }, actor: Actor,
): Promise<Result<WhistlePlan>> {
  const found = await current(deps, command, actor);
  if (!found.ok) return found;
  // Whoever arrives arrives for the own department; for anybody else the guard of the first arrival says who may.
  const own = actor.unit ?? found.value.arrivals[0]?.unit ?? null;
  const unit = command.action === 'ARRIVE' ? own : command.unit;
  const decided = decideArrival(found.value, command.action, { ...command, unit }, actor, deps.now(), deps.calendar);
  return decided.ok ? ok(planOf(deps, { before: found.value, next: decided.value })) : decided;
}

export const actOnArrival = async (
  deps: WhistleDeps, command: OnWhistle & ArrivalCommand & { readonly action: ArrivalAction }, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Whistle>> => carryOut(await planArrival(deps, command, actor), receipt);

/** Ends the whistle and sets the street's part back to work, together. */
export async function planEnd(
  deps: WhistleDeps, command: OnWhistle & { readonly result: string }, actor: Actor,
): Promise<Result<WhistlePlan>> {
  const found = await current(deps, command, actor);
  if (!found.ok) return found;
  const at = deps.now();
  const decided = end(found.value, command.result, actor, at, deps.calendar);
  if (!decided.ok) return decided;
  const dispatch = await deps.handovers.byId(found.value.caseId);
  if (!dispatch) throw new Error(`Whistle ${found.value.id} is about case ${found.value.caseId}, which was never here.`);
  const step = stepOf(dispatch, 'END_WHISTLE', decided.value, command.result, actor, at);
  return step.ok ? ok(planOf(deps, { before: found.value, next: decided.value, dispatch, step: step.value })) : step;
}

export const endWhistle = async (
  deps: WhistleDeps, command: OnWhistle & { readonly result: string }, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Whistle>> => carryOut(await planEnd(deps, command, actor), receipt);

/** Fires one batch of the alarms of departments that have not arrived. */
export const fireArrivalAlarms = (whistles: WhistleRepository, calendar: Calendar, now: Date): Promise<Fired> => fireDue({
  claimDue: (at, batch) => whistles.claimDue(at, batch),
  fire: (whistle) => fireArrivalAlarm(whistle, now, calendar),
  save: (alarm, { version }) => whistles.saveAlarm(alarm, version),
}, now);
