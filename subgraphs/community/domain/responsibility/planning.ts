import { areaOfUnit, type Actor } from '../../../shared/domain/actor.js';
import { isWithin, levelOfCode } from '../../../shared/domain/areaCode.js';
import type { Holder } from '../../../shared/domain/handover.js';
import { bilingual, fail, ok, refusal, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import { lengthOf } from '../../../shared/domain/text.js';
import { awayOf, mayPlanFor, type Absence } from './absence.js';
import { gapError } from './gap.js';
import { mayPlan, validityOf, type Assignment, type Officer, type Pair, type Post, type Scope } from './post.js';
import { instantText, isEmpty, shared } from './span.js';

const notTheirPost: DomainError = {
  code: 'OUT_OF_SCOPE',
  message: bilingual(
    '岗位由承办机关为本机关及其部门、单位安排,部门、单位也可安排自己的岗位。',
    'An office plans the posts of its own and of its units; a unit plans its own.',
  ),
};

/** For whom the actor plans: their own office or unit, or one of their area's units. */
export function holderFor(actor: Actor, unit: string | null): Result<Holder> {
  const named = unit ?? (actor.role === 'DEPARTMENT_OFFICER' ? actor.unit : null);
  const area = named === null ? actor.area : areaOfUnit(named);
  const level = area === null ? null : levelOfCode(area);
  if (area === null || level === null || level === 'GRID') return refuse(notTheirPost);
  return mustPlan({ level, area, unit: named }, actor);
}

export const mustPlan = (holder: Holder, actor: Actor): Result<Holder> => (mayPlan(holder, actor) ? ok(holder) : refuse(notTheirPost));

/** Two posts that would both be the most specific one for some case. */
const share = <T>(one: readonly T[], other: readonly T[]): boolean =>
  (one.length === 0 ? other.length === 0 : one.some((item) => other.includes(item)));
const collide = (one: Scope, other: Scope): boolean => share(one.categories, other.categories) && share(one.grids, other.grids);

const maxName = 50;
export const maxCategories = 20;
export const maxGrids = 100;
/** Of one holder, in force or to come: it bounds the query for a person's own to-do. */
export const maxPosts = 50;
export const maxAssignments = 200;
/** How far ahead plans may reach. */
const horizonMs = 10 * 366 * 24 * 3_600_000;
/** As sign-in has it. */
const actorId = /^[\x21-\x7e]{1,128}$/;

const officerError = ({ id, name }: Officer, field: string): DomainError | null => {
  if (!actorId.test(id)) return refusal('INVALID_INPUT', '人员 ID 无效,请填写其登录 ID。', 'Not a person\'s id; give the one they sign in with.', field);
  return lengthOf(name) >= 1 && lengthOf(name) <= maxName
    ? null
    : refusal('INVALID_INPUT', `姓名须为 1–${maxName} 字。`, `A name has 1–${maxName} characters.`, field);
};

const pairError = ({ a, b }: Pair): DomainError | null =>
  officerError(a, 'a') ?? officerError(b, 'b')
    ?? (a.id === b.id ? refusal('INVALID_INPUT', 'A 岗与 B 岗须为两人。', 'A and B are two persons.', 'b') : null);

const tidy = ({ a, b }: Pair): Pair => ({ a: { ...a, name: a.name.trim() }, b: { ...b, name: b.name.trim() } });

/** A plan begins now or later: what has been stays as it was. */
export function startError(from: Date, now: Date, field = 'from'): DomainError | null {
  if (from < now) return refusal('INVALID_INPUT', '不能早于现在。', 'It cannot begin before now.', field);
  return from.getTime() - now.getTime() > horizonMs
    ? refusal('INVALID_INPUT', '至多提前十年安排。', 'Plan at most ten years ahead.', field)
    : null;
}

function scopeError({ categories, grids }: Scope, { area }: Holder): DomainError | null {
  if (categories.length > maxCategories) {
    return refusal('INVALID_INPUT', `分类至多 ${maxCategories} 个。`, `At most ${maxCategories} categories.`, 'categories');
  }
  if (grids.length > maxGrids) return refusal('INVALID_INPUT', `网格至多 ${maxGrids} 个。`, `At most ${maxGrids} grids.`, 'grids');
  const outside = grids.find((grid) => levelOfCode(grid) !== 'GRID' || !isWithin(grid, area));
  return outside === undefined ? null : refusal('OUT_OF_SCOPE', `${outside} 不是 ${area} 内的网格。`, `${outside} is not a grid within ${area}.`, 'grids');
}

/** What planning rests on: the posts, in force or to come, of the holder and of the persons, and whose absences bear on them. */
export interface Ground {
  readonly posts: readonly Post[];
  readonly absences: readonly Absence[];
}

export interface CreatePost extends Pair {
  readonly id: string;
  readonly holder: Holder;
  readonly name: string;
  readonly scope: Scope;
  readonly from: Date;
  readonly to: Date | null;
}

const isSameHolder = (one: Holder, other: Holder): boolean => one.area === other.area && one.unit === other.unit;

export function createPost(command: CreatePost, { posts, absences }: Ground, now: Date): Result<Post> {
  const { id, holder, name, from, to } = command;
  const scope = { categories: [...new Set(command.scope.categories)], grids: [...new Set(command.scope.grids)] };
  if (lengthOf(name) < 1 || lengthOf(name) > maxName) {
    return fail('INVALID_INPUT', bilingual(`岗位名称须为 1–${maxName} 字。`, `A post's name has 1–${maxName} characters.`), ['input', 'name']);
  }
  const error = pairError(command) ?? startError(from, now) ?? scopeError(scope, holder);
  if (error) return refuse(error);
  if (to !== null && to <= from) return fail('INVALID_INPUT', bilingual('须晚于开始。', 'It ends after it begins.'), ['input', 'to']);
  const own = posts.filter((post) => isSameHolder(post.holder, holder));
  if (own.length >= maxPosts) {
    return fail('INVALID_INPUT', bilingual(
      `一个承办方至多 ${maxPosts} 个岗位,请先撤销一个。`, `A holder has at most ${maxPosts} posts; end one first.`,
    ), ['input']);
  }
  const rival = own.find((post) => collide(post.scope, scope) && shared(validityOf(post), { from, to }));
  if (rival) {
    return fail('DUPLICATE', bilingual(
      `与岗位“${rival.name}”同时对同一范围负责,请调整范围或日期。`,
      `The post "${rival.name}" answers for the same at the same time; change the scope or the dates.`,
    ), ['input', 'categories']);
  }
  const post: Post = { id, version: 1, holder, name: name.trim(), scope, assignments: [{ from, ...tidy(command) }], to };
  return withoutGap(post, absences, 'a');
}

/** What cannot be staffed at every instant is not planned. */
function withoutGap(post: Post, absences: readonly Absence[], field: string): Result<Post> {
  const gap = gapError([post], absences, field);
  return gap ? refuse(gap) : ok(post);
}

const over = (to: Date): Result<never> => fail('TRANSITION_NOT_ALLOWED', bilingual(
  `该岗位已于 ${instantText(to)} 结束。`, `The post ended at ${instantText(to)}, Shanghai time.`,
));

/** New persons from an instant on, in the place of whoever was planned from then on. */
export function assignPost(
  post: Post,
  { from, ...pair }: Assignment,
  absences: readonly Absence[],
  now: Date,
): Result<Post> {
  if (post.to !== null && post.to <= now) return over(post.to);
  const error = pairError(pair) ?? startError(from, now);
  if (error) return refuse(error);
  if (post.to !== null && from >= post.to) {
    return fail('INVALID_INPUT', bilingual(
      `岗位于 ${instantText(post.to)} 结束,须在此前开始。`, `The post ends at ${instantText(post.to)}, Shanghai time; begin before.`,
    ), ['input', 'from']);
  }
  const before = post.assignments.filter((one) => one.from < from);
  if (before.length >= maxAssignments) {
    return fail('INVALID_INPUT', bilingual(
      `一个岗位至多换人 ${maxAssignments} 次,请另设岗位。`, `A post changes hands at most ${maxAssignments} times; create another.`,
    ), ['input']);
  }
  const begins = before.length === 0 ? validityOf(post).from : from;
  const next: Post = { ...post, version: post.version + 1, assignments: [...before, { from: begins, ...tidy(pair) }] };
  return withoutGap(next, absences, 'a');
}

/** Ends it, now or later; one that has not begun will never have been. */
export function endPost(post: Post, at: Date, now: Date): Result<Post> {
  if (post.to !== null && post.to <= now) return over(post.to);
  const error = startError(at, now, 'at');
  if (error) return refuse(error);
  if (post.to !== null && at > post.to) {
    return fail('INVALID_INPUT', bilingual(
      `岗位已定于 ${instantText(post.to)} 结束,只能提前。`, `It already ends at ${instantText(post.to)}, Shanghai time; it can only end earlier.`,
    ), ['input', 'at']);
  }
  const { from } = validityOf(post);
  return ok({ ...post, version: post.version + 1, to: at < from ? from : at });
}

const notTheirPerson = (): Result<never> => fail('OUT_OF_SCOPE', bilingual(
  '只能安排本人或您所安排岗位上的人员。', 'Plan your own absence, or that of somebody in a post that you plan.',
), ['input', 'actorId']);

/** Of one person, still to end. */
export const maxAbsences = 100;
const maxLengthMs = 366 * 24 * 3_600_000;

export type PlanAbsence = Pick<Absence, 'id' | 'person' | 'from' | 'to' | 'reason'>;

/** Refused where a post would have nobody: its interval is named. */
export function planAbsence(command: PlanAbsence, { posts, absences }: Ground, actor: Actor, now: Date): Result<Absence> {
  const { person, from, to } = command;
  if (!mayPlanFor(person, posts, actor)) return notTheirPerson();
  const error = startError(from, now);
  if (error) return refuse(error);
  if (to <= from || to.getTime() - from.getTime() > maxLengthMs) {
    return fail('INVALID_INPUT', bilingual('须晚于开始,且至多一年。', 'It ends after it begins, within a year.'), ['input', 'to']);
  }
  const own = absences.filter((one) => one.person === person && !isEmpty(awayOf(one)));
  const rival = own.find((one) => shared(awayOf(one), { from, to }));
  if (rival) {
    return fail('DUPLICATE', bilingual(
      `已有 ${instantText(rival.from)} 至 ${instantText(rival.to)} 的缺勤安排,请先取消。`,
      `An absence from ${instantText(rival.from)} to ${instantText(rival.to)}, Shanghai time, is already planned; cancel it first.`,
    ), ['input', 'from']);
  }
  if (own.length >= maxAbsences) {
    return fail('INVALID_INPUT', bilingual(
      `至多 ${maxAbsences} 条未结束的安排。`, `At most ${maxAbsences} absences that have not ended.`,
    ), ['input']);
  }
  const absence: Absence = { ...command, version: 1, plannedBy: actor.id, plannedAt: now, cancelledAt: null };
  const gap = gapError(posts, [...absences, absence], 'from');
  return gap ? refuse(gap) : ok(absence);
}

/** Ends it now, or undoes one that has not begun. Somebody more is there then, so no gap can come of it. */
export function cancelAbsence(absence: Absence, { posts }: Pick<Ground, 'posts'>, actor: Actor, now: Date): Result<Absence> {
  if (!mayPlanFor(absence.person, posts, actor)) return notTheirPerson();
  if (absence.cancelledAt !== null || absence.to <= now) {
    return fail('TRANSITION_NOT_ALLOWED', bilingual('已取消或已结束。', 'It was cancelled, or is over.'));
  }
  return ok({ ...absence, version: absence.version + 1, cancelledAt: now });
}
