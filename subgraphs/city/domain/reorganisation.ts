import { coversArea, levelOfOfficer, roleNames, type Actor } from '../../shared/domain/actor.js';
import { localDate, type LocalDate } from '../../shared/domain/calendar.js';
import { checkNote } from '../../shared/domain/handover.js';
import { bilingual, fail, ok, refuse, type DomainError, type Result } from '../../shared/domain/result.js';
import { permit, type Machine } from '../../shared/domain/stateMachine.js';
import { reorganisationTransitions, type ReorganisationAction, type ReorganisationState } from './reorganisation.transitions.js';
import { planReorganisation, undoFault, type ReorganisationPlan, type ReorganisationWish, type TreeArea } from './reorganisationPlan.js';

export interface Reorganisation {
  readonly id: string;
  readonly version: number;
  readonly plan: ReorganisationPlan;
  readonly reason: string;
  readonly decidedAt: Date;
  /** Actor id. */
  readonly decidedBy: string;
  readonly cancelled: { readonly at: Date; readonly by: string; readonly reason: string } | null;
}

/** Nothing is written on the day: it makes a decided one effective. */
export const stateOn = ({ plan: { on }, cancelled }: Pick<Reorganisation, 'plan' | 'cancelled'>, today: LocalDate): ReorganisationState =>
  (cancelled ? 'CANCELLED' : on <= today ? 'EFFECTIVE' : 'DECIDED');

type Standing = Pick<Reorganisation, 'plan'> & { readonly state: ReorganisationState };

const outOfScope = (actor: Actor, codes: readonly string[]): DomainError | null => {
  const beyond = codes.find((code) => !coversArea(actor, code));
  return beyond === undefined ? null : {
    code: 'OUT_OF_SCOPE', message: bilingual(`${beyond} 不在您的辖区内。`, `${beyond} is outside your area.`), field: ['input', 'from'],
  };
};

export const reorganisationMachine: Machine<ReorganisationState, ReorganisationAction, Standing> = {
  table: reorganisationTransitions,
  states: {
    DECIDED: { zh: '已决定', en: 'decided' },
    EFFECTIVE: { zh: '已生效', en: 'in effect' },
    CANCELLED: { zh: '已取消', en: 'cancelled' },
  },
  actions: { TAKE_EFFECT: { zh: '生效', en: 'take effect' }, CANCEL: { zh: '取消区划调整', en: 'cancel the reorganisation' } },
  rules: { CANCEL: ({ plan }, actor) => outOfScope(actor, plan.ends.map(({ code }) => code)) },
};

const previewers: readonly (string | null)[] = ['CITY', 'DISTRICT', 'STREET'];

/** What would become of the areas, for officers of the levels above the community. */
export function previewReorganisation(
  wish: ReorganisationWish, areas: readonly TreeArea[], actor: Actor, now: Date,
): Result<ReorganisationPlan> {
  if (!previewers.includes(levelOfOfficer(actor))) {
    const { zh, en } = roleNames[actor.role];
    return fail('ROLE_NOT_ALLOWED', bilingual(
      `区划调整由市、区、街道工作人员预览,您的角色是${zh}。`, `A reorganisation is previewed by city, district and street officers; you are: ${en}.`,
    ));
  }
  const beyond = outOfScope(actor, wish.from);
  return beyond ? refuse(beyond) : planReorganisation(wish, areas, localDate(now));
}

export interface DecideCommand extends ReorganisationWish {
  readonly id: string;
  readonly reason: string;
}

export function decideReorganisation(
  { id, reason, ...wish }: DecideCommand, areas: readonly TreeArea[], actor: Actor, now: Date,
): Result<Reorganisation> {
  if (actor.role !== 'CITY_OFFICER') {
    return fail('ROLE_NOT_ALLOWED', bilingual('区划调整由市级工作人员决定。', 'A reorganisation is decided by a city officer.'));
  }
  const plan = previewReorganisation(wish, areas, actor, now);
  if (!plan.ok) return plan;
  const noteError = checkNote(reason, true, 'reason');
  if (noteError) return refuse(noteError);
  return ok({ id, version: 1, plan: plan.value, reason: reason.trim(), decidedAt: now, decidedBy: actor.id, cancelled: null });
}

export interface CancelCommand {
  readonly reason: string;
}

export function cancelReorganisation(
  current: Reorganisation, { reason }: CancelCommand, areas: readonly TreeArea[], actor: Actor, now: Date,
): Result<Reorganisation> {
  const permitted = permit(reorganisationMachine, { ...current, state: stateOn(current, localDate(now)) }, 'CANCEL', actor, now);
  if (!permitted.ok) return permitted;
  const fault = checkNote(reason, true, 'reason') ?? undoFault(current.plan, areas);
  if (fault) return refuse(fault);
  return ok({ ...current, version: current.version + 1, cancelled: { at: now, by: actor.id, reason: reason.trim() } });
}
