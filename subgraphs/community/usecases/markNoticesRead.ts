import type { Actor } from '../../shared/domain/actor.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import type { NoticeRepository } from './ports.js';

export const maxMarked = 200;

export interface MarkReadCommand {
  readonly ids: readonly string[] | null;
  /** Sort keys of the latest notice that counts as read: it and all before it. */
  readonly upTo: readonly (string | number | null)[] | null;
}

/** Marks the actor's own notices; answers how many were unread. Doing it again marks none and is no error. */
export async function markNoticesRead(
  notices: NoticeRepository,
  { ids, upTo }: MarkReadCommand,
  actor: Actor,
): Promise<Result<number>> {
  if ((ids === null) === (upTo === null)) {
    return fail('INVALID_INPUT', bilingual('ids 与 upTo 须恰有一项。', 'Give ids or upTo, and not both.'), ['input']);
  }
  if (upTo) return ok(await notices.markReadFrom(actor, upTo));
  const wanted = [...new Set(ids)];
  if (wanted.length === 0 || wanted.length > maxMarked) {
    return fail('INVALID_INPUT', bilingual(
      `ids 须为 1–${maxMarked} 个。`, `Give 1–${maxMarked} ids.`,
    ), ['input', 'ids']);
  }
  const own = await notices.ownedBy(actor, wanted);
  if (own.length < wanted.length) {
    return fail('NOT_FOUND', bilingual(
      `有 ${wanted.length - own.length} 条通知不存在或不是给您的,均未标记。`,
      `${wanted.length - own.length} of the notices are missing or not yours; none was marked.`,
    ), ['input', 'ids']);
  }
  return ok(await notices.markRead(actor, wanted));
}
