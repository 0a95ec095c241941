import { officerOf, roleNames, type Actor } from '../../shared/domain/actor.js';
import { levelAbove } from '../../shared/domain/areaCode.js';
import { holds } from '../../shared/domain/handover.js';
import { ok, refusal, refuse, type DomainError, type Result } from '../../shared/domain/result.js';
import type { Case, Evaluation } from './case.js';
import type { CaseAction } from './case.transitions.js';

// Who got a rating may ask to leave it out of the counts, with a reason; one level up decides; both are told for ever.

/** Why the actor cannot do it to this rating; null when it can be done. */
type Judge = (rating: Evaluation, actor: Actor) => DomainError | null;

const mayAsk: Judge = ({ round, provider, leftOut }, actor) => {
  if (!holds(provider, actor)) {
    const who = provider.unit ?? provider.area;
    return refusal('ROLE_NOT_ALLOWED', `第 ${round} 轮评价的是${who},由其申请。`, `The rating of round ${round} is of ${who}, which asks for it.`);
  }
  if (leftOut === null || leftOut.decided?.granted === false) return null;
  return leftOut.decided
    ? refusal('DUPLICATE', `第 ${round} 轮评价已不计。`, `The rating of round ${round} is left out already.`)
    : refusal('DUPLICATE', `第 ${round} 轮评价已有申请待审批。`, `A request for the rating of round ${round} is already waiting for a decision.`);
};

const mayDecide: Judge = ({ round, provider, leftOut }, actor) => {
  if (!leftOut || leftOut.decided) {
    return refusal('TRANSITION_NOT_ALLOWED', `第 ${round} 轮评价没有待审批的申请。`, `No request for the rating of round ${round} waits for a decision.`);
  }
  const { zh, en } = roleNames[officerOf[levelAbove(provider.level) ?? 'CITY']];
  if (actor.role !== officerOf[levelAbove(provider.level) ?? 'CITY']) {
    return refusal('ROLE_NOT_ALLOWED', `此项申请由${zh}审批。`, `This request is decided by the ${en}.`);
  }
  return actor.id === leftOut.by.id
    ? refusal('ROLE_NOT_ALLOWED', '不能审批自己的申请,请由另一人审批。', 'Nobody decides on their own request; somebody else does.')
    : null;
};

function find({ evaluations }: Case, actor: Actor, judge: Judge, round?: number): Result<Evaluation> {
  const ratings = evaluations.filter((one) => round === undefined || one.round === round);
  const last = ratings.findLast((one) => judge(one, actor) === null) ?? ratings.at(-1);
  if (!last) {
    return refuse(round === undefined
      ? refusal('TRANSITION_NOT_ALLOWED', '尚无评价。', 'It has not been rated.')
      : refusal('INVALID_INPUT', `没有第 ${round} 轮评价。`, `There is no rating of round ${round}.`, 'round'));
  }
  const error = judge(last, actor);
  return error ? refuse(error) : ok(last);
}

const judges: Partial<Readonly<Record<CaseAction, Judge>>> = { REQUEST_LEAVING_OUT: mayAsk, DECIDE_LEAVING_OUT: mayDecide };

const rule = (judge: Judge) => (subject: Case, actor: Actor): DomainError | null => {
  const found = find(subject, actor, judge);
  return found.ok ? null : found.error;
};
export const mayAskToLeaveOut = rule(mayAsk);
export const mayDecideLeavingOut = rule(mayDecide);

/** Which rating an action is about: the one of the round named, or the last that it may be done to; null for other actions. */
export function ratingMeant(subject: Case, action: CaseAction, actor: Actor, round?: number): Result<Evaluation | null> {
  const judge = judges[action];
  return judge ? find(subject, actor, judge, round) : ok(null);
}

export const withRating = (
  { evaluations }: Case, round: number | undefined, change: (rating: Evaluation) => Evaluation,
): Pick<Case, 'evaluations'> => ({ evaluations: evaluations.map((one) => (one.round === round ? change(one) : one)) });
