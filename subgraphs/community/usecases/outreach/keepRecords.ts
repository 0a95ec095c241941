import type { Actor } from '../../../shared/domain/actor.js';
import { ancestorAt } from '../../../shared/domain/areaCode.js';
import { localDate } from '../../../shared/domain/calendar.js';
import { stale, type Plan } from '../../../shared/domain/plan.js';
import { bilingual, fail, ok, refuse, type Result } from '../../../shared/domain/result.js';
import { keepRecord, keepsIn, mustKeep, recordId, seesRecord, type KeepCommand, type ResidentRecord } from '../../domain/outreach/record.js';
import type { CallReceipt, Directory, Records } from '../ports.js';

export interface KeepDeps {
  readonly records: Records;
  readonly directory: Directory;
  readonly now: () => Date;
}

/** The community whose records the actor keeps; null for who keeps none. */
export const communityOf = (actor: Actor): string | null => {
  const area = keepsIn(actor);
  return area === null ? null : ancestorAt(area, 'COMMUNITY');
};

/** As the actor may see it; what one may not see is as good as missing. */
export async function visibleRecord(records: Pick<Records, 'byId'>, id: string, actor: Actor): Promise<ResidentRecord | null> {
  const found = await records.byId(id);
  return found && seesRecord(found, actor) ? found : null;
}

export interface KeepEffect {
  /** Codes of the facts that were checked. */
  readonly changed: readonly string[];
}

/** Decides on one record of several; the grid must be there today, as for a case. */
export async function planKeeping(
  { records, directory, now }: KeepDeps, command: KeepCommand, expectedVersion: number, actor: Actor,
): Promise<Result<Plan<ResidentRecord, KeepEffect, CallReceipt>>> {
  const error = mustKeep(actor);
  const community = communityOf(actor);
  if (error) return refuse(error);
  if (community === null || !(await directory.hasCommunity(community))) {
    return fail('OUT_OF_SCOPE', bilingual('您没有所属社区,或社区已失效。', 'You have no community, or it has ended.'));
  }
  const at = now();
  const before = await records.byId(recordId(community, command.number));
  const kept = keepRecord(command, before, community, actor, at, localDate(at));
  if (!kept.ok) return kept;
  if ((before?.version ?? 0) !== expectedVersion) return stale();
  const { record, changed } = kept.value;
  if (record.grid !== null && record.grid !== before?.grid && !(await directory.hasGrid(record.grid))) {
    return fail('INVALID_INPUT', bilingual(`没有网格 ${record.grid}。`, `There is no grid ${record.grid}.`), ['input', 'grid']);
  }
  const taken = await records.taken(record);
  if (taken !== null) return fail('DUPLICATE', bilingual('此人已有档案,一人一档。', 'There is a record of this person already; a person has one.'), ['input', taken]);
  return ok({
    next: record,
    effect: () => ({ changed }),
    save: (receipt) => records.save(record, expectedVersion, receipt),
  });
}
