import type { Actor } from '../../../shared/domain/actor.js';
import type { CheckExpression } from '../../../shared/domain/condition.js';
import { bilingual, fail, ok, type Result } from '../../../shared/domain/result.js';
import {
  actOnVersion, draftVersion, seesVersion, type DraftCommand, type ItemCommand, type ItemVersion,
} from '../../domain/service/item.js';
import type { CallReceipt, ItemReference, ItemRepository } from '../ports.js';

export interface ItemDeps {
  readonly items: ItemRepository;
  readonly checkExpression: CheckExpression;
  readonly now: () => Date;
}

/** The item's draft as the actor may see it; null where it has none. */
export async function visibleDraft(items: ItemRepository, code: string, actor: Actor | null): Promise<ItemVersion | null> {
  const last = await items.last(code);
  return last?.state === 'DRAFT' && seesVersion(last, actor) ? last : null;
}

/** The item as the actor may see it: by a version that is or was in force, or by a draft of one's own. */
export async function visibleItem(items: ItemRepository, code: string, actor: Actor | null): Promise<ItemReference | null> {
  const last = await items.last(code);
  // A version after the first follows one that was in force, unless all before it were discarded.
  if (!last) return null;
  if (seesVersion(last, actor) || (await items.inForce(code))) return { id: code };
  return (await items.countHistory(code, actor)) > 0 ? { id: code } : null;
}

export async function draftItem(
  { items, checkExpression, now }: ItemDeps, command: DraftCommand, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<ItemReference>> {
  const draft = draftVersion(command, await items.last(command.code), actor, now(), checkExpression);
  if (!draft.ok) return draft;
  if (await items.add(draft.value, receipt)) return ok({ id: command.code });
  return fail('DUPLICATE', bilingual('刚有人起草了此编码,请重新读取。', 'Somebody has just drafted that code; read it again.'), ['input', 'code']);
}

const stale = (): Result<never> => fail('STALE_VERSION', bilingual(
  '已被他人修改,请重新读取后再试。', 'It has changed; read it again and retry.',
), ['input', 'expectedVersion']);

export interface ActOnItem {
  readonly code: string;
  /** Of the item's version. */
  readonly number: number;
  readonly expectedVersion: number;
  readonly command: ItemCommand;
}

/** Load, decide, save: the same way for every action on a version. */
export async function actOnItem(
  { items, checkExpression, now }: ItemDeps, { code, number, expectedVersion, command }: ActOnItem, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<ItemReference>> {
  const inForce = await items.inForce(code);
  const current = inForce?.number === number ? inForce : await items.version(code, number);
  if (!current || !seesVersion(current, actor)) {
    return fail('NOT_FOUND', bilingual('没有此事项版本,或您无权查看。', 'No such version of an item, or not visible to you.'), ['input', 'code']);
  }
  if (current.version !== expectedVersion) return stale();
  const decided = actOnVersion(current, command, inForce, actor, now(), checkExpression);
  if (!decided.ok) return decided;
  return (await items.save(decided.value, expectedVersion, receipt)) ? ok({ id: code }) : stale();
}
