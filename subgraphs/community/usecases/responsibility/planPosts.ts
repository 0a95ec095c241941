import type { Actor } from '../../../shared/domain/actor.js';
import { stale } from '../../../shared/domain/plan.js';
import { bilingual, fail, ok, type Result } from '../../../shared/domain/result.js';
import { assignPost, createPost, endPost, holderFor, mustPlan, type CreatePost, type Ground } from '../../domain/responsibility/planning.js';
import { seesPost, type Pair, type Post } from '../../domain/responsibility/post.js';
import type { CallReceipt, Directory, Register } from '../ports.js';

export interface PlanDeps {
  readonly register: Register;
  readonly directory: Directory;
  readonly newId: () => string;
  readonly now: () => Date;
}

export interface CreatePostCommand extends Pick<CreatePost, 'name' | 'scope' | 'to' | 'a' | 'b'> {
  /** Null: the actor's own office, or unit. */
  readonly unit: string | null;
  /** Null: now. */
  readonly from: Date | null;
}

/** The post as the actor may see it; what one may not see is as good as missing. */
export async function visiblePost(register: Pick<Register, 'post'>, id: string, actor: Actor): Promise<Post | null> {
  const found = await register.post(id);
  return found && seesPost(found, actor) ? found : null;
}

const planned = (plan: Result<{ readonly post: Post }>): Result<Post> => (plan.ok ? ok(plan.value.post) : plan);
const asPlan = (post: Result<Post>): Result<{ readonly post: Post }> => (post.ok ? ok({ post: post.value }) : post);

export async function planPost(
  { register, directory, newId, now }: PlanDeps,
  { unit, from, ...command }: CreatePostCommand,
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Post>> {
  const holder = holderFor(actor, unit);
  if (!holder.ok) return holder;
  if (unit !== null && !(await directory.hasUnit(unit))) {
    return fail('INVALID_INPUT', bilingual(`没有单位 ${unit}。`, `There is no unit ${unit}.`), ['input', 'unit']);
  }
  const wrong = command.scope.categories.find((path) => !directory.hasCategory(path));
  if (wrong !== undefined) {
    return fail('INVALID_INPUT', bilingual(
      `分类“${wrong}”不在分类表中,请查询 caseCategories。`, `"${wrong}" is not in the taxonomy; see caseCategories.`,
    ), ['input', 'categories']);
  }
  const at = now();
  const id = newId();
  const decide = (ground: Ground): Result<Post> => createPost({ ...command, id, holder: holder.value, from: from ?? at }, ground, at);
  const checked = decide({ posts: [], absences: [] });
  if (!checked.ok) return checked;
  // After the check, which bounds their number.
  const known = await Promise.all(command.scope.grids.map((grid) => directory.hasGrid(grid)));
  const missing = command.scope.grids.find((_grid, i) => !known[i]);
  if (missing !== undefined) {
    return fail('INVALID_INPUT', bilingual(`没有网格 ${missing}。`, `There is no grid ${missing}.`), ['input', 'grids']);
  }
  const persons = [command.a.id, command.b.id];
  return planned(await register.plan({ persons, holder: holder.value, subject: null }, at, (ground) => asPlan(decide(ground)), receipt));
}

interface ChangePost {
  readonly postId: string;
  readonly expectedVersion: number;
}

async function changePost(
  { register, now }: Pick<PlanDeps, 'register' | 'now'>,
  { postId, expectedVersion }: ChangePost,
  { persons, decide }: { readonly persons: readonly string[]; readonly decide: (post: Post, ground: Ground, at: Date) => Result<Post> },
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Post>> {
  const known = await visiblePost(register, postId, actor);
  if (!known) {
    return fail('NOT_FOUND', bilingual('没有此岗位,或您无权查看。', 'No such post, or not visible to you.'), ['input', 'postId']);
  }
  const allowed = mustPlan(known.holder, actor);
  if (!allowed.ok) return allowed;
  const at = now();
  return planned(await register.plan({ persons, holder: known.holder, subject: postId }, at, (ground) => {
    const current = ground.posts.find(({ id }) => id === postId);
    return current?.version === expectedVersion ? asPlan(decide(current, ground, at)) : stale();
  }, receipt));
}

export const reassignPost = (
  deps: Pick<PlanDeps, 'register' | 'now'>,
  { from, a, b, ...target }: ChangePost & Pair & { readonly from: Date | null },
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Post>> =>
  changePost(deps, target, {
    persons: [a.id, b.id],
    decide: (post, { absences }, at) => assignPost(post, { from: from ?? at, a, b }, absences, at),
  }, actor, receipt);

export const closePost = (
  deps: Pick<PlanDeps, 'register' | 'now'>,
  { at: end, ...target }: ChangePost & { readonly at: Date | null },
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Post>> =>
  changePost(deps, target, { persons: [], decide: (post, _ground, at) => endPost(post, end ?? at, at) }, actor, receipt);
