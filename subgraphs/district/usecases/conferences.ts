import type { Actor } from '../../shared/domain/actor.js';
import type { Calendar } from '../../shared/domain/calendar.js';
import { seesHandover, type Handover } from '../../shared/domain/handover.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import { fireDue, type Fired } from '../../shared/usecases/fireDue.js';
import {
  conveneConference, fireDecisionAlarm, seesConference, type Conference, type ConferenceOutcome, type ConveneCommand,
} from '../domain/conference.js';
import { openConferenceStates } from '../domain/conference.transitions.js';
import type { CallReceipt, ConferenceRepository, Units } from './ports.js';

export interface ConferenceDeps {
  readonly conferences: ConferenceRepository;
  readonly handovers: { byId(id: string): Promise<Handover | null> };
  readonly units: Units;
  readonly calendar: Calendar;
  readonly newId: () => string;
  readonly now: () => Date;
}

const stale = (): Result<never> => fail('STALE_VERSION', bilingual(
  '已被他人修改,请重新读取后再试。', 'It has changed; read it again and retry.',
), ['input', 'expectedVersion']);

/** The conference as the actor may see it; what one may not see is as good as missing. */
export async function visibleConference(conferences: ConferenceRepository, id: string, actor: Actor): Promise<Conference | null> {
  const found = await conferences.byId(id);
  return found && seesConference(found, actor) ? found : null;
}

export interface Convene extends Omit<ConveneCommand, 'id'> {
  readonly caseId: string;
  /** Of the district's part of the case. */
  readonly expectedVersion: number;
}

const duplicate = (): Result<never> => fail('DUPLICATE', bilingual(
  '此件已有联席会议,请先办结或取消。', 'The case has a conference already; close or cancel it first.',
), ['input', 'caseId']);

/** Opens a conference on the district's part of a case, one at a time. */
export async function convene(
  { conferences, handovers, units, newId, now }: ConferenceDeps, command: Convene, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Conference>> {
  const coordination = await handovers.byId(command.caseId);
  if (!coordination || !seesHandover(coordination, actor)) {
    return fail('NOT_FOUND', bilingual('本级没有此件,或您无权查看。', 'This level has no such case, or it is not visible to you.'), ['input', 'caseId']);
  }
  if (coordination.version !== command.expectedVersion) return stale();
  const convened = conveneConference(coordination, { ...command, id: newId() }, actor, now());
  if (!convened.ok) return convened;
  for (const unit of command.units) {
    if ((await units.byCode(unit)) === null) {
      return fail('INVALID_INPUT', bilingual(`没有单位 ${unit}。`, `There is no unit ${unit}.`), ['input', 'units']);
    }
  }
  if ((await conferences.ofCase(command.caseId)).some(({ state }) => openConferenceStates.includes(state))) return duplicate();
  switch (await conferences.convene(convened.value, coordination, receipt)) {
    case 'SAVED': return ok(convened.value.next);
    case 'DUPLICATE': return duplicate();
    case 'STALE': return stale();
  }
}

export interface OnConference {
  readonly conferenceId: string;
  readonly expectedVersion: number;
}

/** Load, decide, save: the same way for every action on a conference. */
export async function actOnConference(
  { conferences }: ConferenceDeps,
  { conferenceId, expectedVersion }: OnConference,
  decide: (current: Conference) => Result<ConferenceOutcome>,
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Conference>> {
  const current = await visibleConference(conferences, conferenceId, actor);
  if (!current) {
    return fail('NOT_FOUND', bilingual('没有此联席会议,或您无权查看。', 'No such conference, or not visible to you.'), ['input', 'conferenceId']);
  }
  if (current.version !== expectedVersion) return stale();
  const decided = decide(current);
  if (!decided.ok) return decided;
  return (await conferences.save(decided.value, expectedVersion, receipt)) ? ok(decided.value.next) : stale();
}

/** Fires one batch of the alarms of decisions that are to be carried out. */
export const fireDecisionAlarms = (conferences: ConferenceRepository, calendar: Calendar, now: Date): Promise<Fired> => fireDue({
  claimDue: (at, batch) => conferences.claimDue(at, batch),
  fire: (current) => fireDecisionAlarm(current, now, calendar),
  save: (alarm, { version }) => conferences.save(alarm, version, null),
}, now);
