import type { Actor } from '../../shared/domain/actor.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import type { ClockPolicy } from '../../shared/domain/clockPolicy.js';
import { decideHandover, seesHandover, type Handover } from '../../shared/domain/handover.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import { fireDue, type Fired } from '../../shared/usecases/fireDue.js';
import { dispatchMachine } from '../domain/dispatch.transitions.js';
import {
  blowWhistle as blow, decideArrival, endWhistle as end, fireArrivalAlarm, seesWhistle, type ArrivalCommand, type BlowCommand, type Whistle,
} from '../domain/whistle.js';
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

const stale = (): Result<never> => fail('STALE_VERSION', bilingual(
  '已被他人修改,请重新读取后再试。', 'It has changed; read it again and retry.',
), ['input', 'expectedVersion']);

/** The whistle as the actor may see it; what one may not see is as good as missing. */
export async function visibleWhistle(whistles: WhistleRepository, id: string, actor: Actor): Promise<Whistle | null> {
  const found = await whistles.byId(id);
  return found && seesWhistle(found, actor) ? found : null;
}

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
export async function blowWhistle(
  { whistles, handovers, units, policy, newId, now }: WhistleDeps, command: BlowWhistle, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Whistle>> {
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
  if (!step.ok) return step;
  return (await whistles.save(whistle.value, 0, step.value, receipt)) ? whistle : stale();
}

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
export async function actOnArrival(
  deps: WhistleDeps, command: OnWhistle & ArrivalCommand & { readonly action: ArrivalAction }, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Whistle>> {
  const found = await current(deps, command, actor);
  if (!found.ok) return found;
  // Whoever arrives arrives for the own department; for anybody else the guard of the first arrival says who may.
  const own = actor.unit ?? found.value.arrivals[0]?.unit ?? null;
  const unit = command.action === 'ARRIVE' ? own : command.unit;
  const decided = decideArrival(found.value, command.action, { ...command, unit }, actor, deps.now(), deps.calendar);
  if (!decided.ok) return decided;
  return (await deps.whistles.save(decided.value, command.expectedVersion, null, receipt)) ? decided : stale();
}

/** Ends the whistle and sets the street's part back to work, together. */
export async function endWhistle(
  deps: WhistleDeps, command: OnWhistle & { readonly result: string }, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Whistle>> {
  const found = await current(deps, command, actor);
  if (!found.ok) return found;
  const at = deps.now();
  const decided = end(found.value, command.result, actor, at, deps.calendar);
  if (!decided.ok) return decided;
  const dispatch = await deps.handovers.byId(found.value.caseId);
  if (!dispatch) throw new Error(`Whistle ${found.value.id} is about case ${found.value.caseId}, which was never here.`);
  const step = stepOf(dispatch, 'END_WHISTLE', decided.value, command.result, actor, at);
  if (!step.ok) return step;
  return (await deps.whistles.save(decided.value, command.expectedVersion, step.value, receipt)) ? decided : stale();
}

/** Fires one batch of the alarms of departments that have not arrived. */
export const fireArrivalAlarms = (whistles: WhistleRepository, calendar: Calendar, now: Date): Promise<Fired> => fireDue({
  claimDue: (at, batch) => whistles.claimDue(at, batch),
  fire: (whistle) => fireArrivalAlarm(whistle, now, calendar),
  save: (alarm, { version }) => whistles.saveAlarm(alarm, version),
}, now);
