import type { Actor } from '../../../shared/domain/actor.js';
import { bilingual, fail, ok, type Result } from '../../../shared/domain/result.js';
import {
  actOnAdmission, proposeAdmission, seesAdmission, type Admission, type AdmissionInput, type ProposeCommand,
} from '../../domain/admission/admission.js';
import type { AdmissionAction } from '../../domain/admission/admission.transitions.js';
import type { AdmissionRepository, CallReceipt, ItemRepository } from '../ports.js';

export interface AdmissionDeps {
  readonly admissions: AdmissionRepository;
  readonly items: Pick<ItemRepository, 'inForce'>;
  readonly newId: () => string;
  readonly now: () => Date;
}

/** The admission as the actor may see it; what one may not see is as good as missing. */
export async function visibleAdmission(admissions: AdmissionRepository, id: string, actor: Actor): Promise<Admission | null> {
  const found = await admissions.byId(id);
  return found && seesAdmission(found, actor) ? found : null;
}

export async function propose(
  { admissions, items, newId, now }: AdmissionDeps, command: Omit<ProposeCommand, 'id'>, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Admission>> {
  const inForce = command.item === null ? null : await items.inForce(command.item);
  const proposed = proposeAdmission({ ...command, id: newId() }, inForce, actor, now());
  if (!proposed.ok) return proposed;
  if (await admissions.propose(proposed.value, receipt)) return proposed;
  return fail('DUPLICATE', bilingual(
    '贵部门已就此事项向该街道提出准入。', 'Your department has proposed that for that street already.',
  ), ['input', command.matter === null ? 'item' : 'matter']);
}

export interface ActOnAdmission {
  readonly admissionId: string;
  readonly expectedVersion: number;
  readonly action: AdmissionAction;
  readonly input: AdmissionInput;
}

const stale = (): Result<never> => fail('STALE_VERSION', bilingual(
  '已被他人修改,请重新读取后再试。', 'It has changed; read it again and retry.',
), ['input', 'expectedVersion']);

/** Load, decide, save: the same way for every action on an admission. */
export async function act(
  { admissions, now }: AdmissionDeps, { admissionId, expectedVersion, action, input }: ActOnAdmission, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Admission>> {
  const current = await visibleAdmission(admissions, admissionId, actor);
  if (!current) {
    return fail('NOT_FOUND', bilingual('没有此准入,或您无权查看。', 'No such admission, or not visible to you.'), ['input', 'admissionId']);
  }
  if (current.version !== expectedVersion) return stale();
  const at = now();
  const decided = actOnAdmission(current, action, input, actor, at);
  if (!decided.ok) return decided;
  return (await admissions.save(decided.value, at, receipt)) ? ok(decided.value) : stale();
}
