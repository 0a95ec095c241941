import type { Actor } from '../../../shared/domain/actor.js';
import { localDate } from '../../../shared/domain/calendar.js';
import { bilingual, fail, ok, type Result } from '../../../shared/domain/result.js';
import {
  actOnAdmission, proposeAdmission, seesAdmission, type Admission, type AdmissionInput, type OfficersAction, type ProposeCommand,
} from '../../domain/admission/admission.js';
import { concerns, joinReduction } from '../../domain/reduction/reduction.js';
import type { AdmissionRepository, CallReceipt, ItemRepository, ReductionRepository } from '../ports.js';

export interface AdmissionDeps {
  readonly admissions: AdmissionRepository;
  readonly items: Pick<ItemRepository, 'inForce'>;
  readonly reductions: Pick<ReductionRepository, 'open'>;
  readonly newId: () => string;
  readonly now: () => Date;
}

/** The admission as the actor may see it; what one may not see is as good as missing. */
export async function visibleAdmission(admissions: AdmissionRepository, id: string, actor: Actor): Promise<Admission | null> {
  const found = await admissions.byId(id);
  return found && seesAdmission(found, actor) ? found : null;
}

const tries = 10;

/** Where all lapse on a day it is an application under that reduction; it may take effect, or be cancelled, meanwhile. */
export async function propose(
  { admissions, items, reductions, newId, now }: AdmissionDeps, command: Omit<ProposeCommand, 'id'>, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Admission>> {
  const { matter, item, street, community } = command;
  const inForce = item === null ? null : await items.inForce(item);
  const id = newId();
  for (let i = 0; i < tries; i += 1) {
    const at = now();
    const reduction = (await reductions.open()).find((one) => concerns(one, street, community)) ?? null;
    const subject = { matter, item, department: actor.unit ?? '', street, community };
    const joining = joinReduction(reduction, reduction !== null && (await admissions.wasCut(reduction.id, subject)), localDate(at));
    const proposed = proposeAdmission({ ...command, id }, inForce, joining.ok ? joining.value : { reduction: null, awaits: false }, actor, at);
    if (!proposed.ok) return proposed;
    if (!joining.ok) return joining;
    const outcome = await admissions.propose(proposed.value, receipt);
    if (outcome === 'SAVED') return proposed;
    if (outcome === 'TAKEN') {
      return fail('DUPLICATE', bilingual(
        '贵部门已就此事项向该街道提出准入。', 'Your department has proposed that for that street already.',
      ), ['input', matter === null ? 'item' : 'matter']);
    }
  }
  throw new Error('Reductions took effect all the time.');
}

export interface ActOnAdmission {
  readonly admissionId: string;
  readonly expectedVersion: number;
  readonly action: OfficersAction;
  readonly input: AdmissionInput;
}

const stale = (): Result<never> => fail('STALE_VERSION', bilingual(
  '已被他人修改,请重新读取后再试。', 'It has changed; read it again and retry.',
), ['input', 'expectedVersion']);

/** Load, decide, save: the same way for every action on an admission. */
export async function act(
  { admissions, now }: Pick<AdmissionDeps, 'admissions' | 'now'>, { admissionId, expectedVersion, action, input }: ActOnAdmission, actor: Actor, receipt: CallReceipt | null,
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
