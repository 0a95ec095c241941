import type { Actor } from '../../shared/domain/actor.js';
import { bilingual, fail, ok, type Result } from '../../shared/domain/result.js';
import { decideConcern, openConcern, seesConcern, type Concern, type ConcernInput, type Finding } from '../domain/concern.js';
import type { ConcernAction } from '../domain/concern.transitions.js';
import type { CallReceipt, ConcernRepository } from './ports.js';

export interface ActOnConcern extends ConcernInput {
  readonly concernId: string;
  readonly expectedVersion: number;
  readonly action: ConcernAction;
}

/** The concern as the actor may see it; what one may not see is as good as missing. */
export async function visibleConcern(concerns: Pick<ConcernRepository, 'byId'>, id: string, actor: Actor): Promise<Concern | null> {
  const found = await concerns.byId(id);
  return found && seesConcern(found, actor) ? found : null;
}

/** Load, decide, save: the same way for answering, accepting and sending back. */
export async function actOnConcern(
  { concerns, now }: { readonly concerns: ConcernRepository; readonly now: () => Date },
  { concernId, expectedVersion, action, ...input }: ActOnConcern,
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Concern>> {
  const current = await visibleConcern(concerns, concernId, actor);
  if (!current) {
    return fail('NOT_FOUND', bilingual('没有此必答事项,或您无权查看。', 'No such concern, or not visible to you.'), ['input', 'concernId']);
  }
  const stale = (): Result<never> => fail('STALE_VERSION', bilingual(
    '已被他人修改,请重新读取后再试。', 'It has changed; read it again and retry.',
  ), ['input', 'expectedVersion']);
  if (current.version !== expectedVersion) return stale();
  const decision = decideConcern(current, action, input, actor, now());
  if (!decision.ok) return decision;
  return (await concerns.save(decision.value, expectedVersion, receipt)) ? ok(decision.value.next) : stale();
}

/** The community has found one. */
export const takeFinding = (concerns: ConcernRepository, finding: Finding): Promise<void> => concerns.open(openConcern(finding));
