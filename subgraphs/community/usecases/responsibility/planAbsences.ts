import type { Actor } from '../../../shared/domain/actor.js';
import { stale } from '../../../shared/domain/plan.js';
import { bilingual, fail, ok, type Result } from '../../../shared/domain/result.js';
import { seesAbsencesOf, type Absence } from '../../domain/responsibility/absence.js';
import { cancelAbsence, planAbsence, type PlanAbsence } from '../../domain/responsibility/planning.js';
import type { CallReceipt, Register } from '../ports.js';

export interface AbsenceDeps {
  readonly register: Register;
  readonly newId: () => string;
  readonly now: () => Date;
}

/** The absence as the actor may see it; what one may not see is as good as missing. */
export async function visibleAbsence(register: Register, id: string, actor: Actor): Promise<Absence | null> {
  const found = await register.absence(id);
  return found && seesAbsencesOf(found.person, await register.postsNaming(found.person), actor) ? found : null;
}

const planned = (plan: Result<{ readonly absence: Absence }>): Result<Absence> => (plan.ok ? ok(plan.value.absence) : plan);
const asPlan = (absence: Result<Absence>): Result<{ readonly absence: Absence }> =>
  (absence.ok ? ok({ absence: absence.value }) : absence);

export async function scheduleAbsence(
  { register, newId, now }: AbsenceDeps,
  { from, person, ...command }: Omit<PlanAbsence, 'id' | 'from' | 'person'> & { readonly from: Date | null; readonly person: string | null },
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Absence>> {
  const at = now();
  const plan = { ...command, id: newId(), person: person ?? actor.id, from: from ?? at };
  return planned(await register.plan({ persons: [plan.person], holder: null, subject: null }, at, (ground) =>
    asPlan(planAbsence(plan, ground, actor, at)), receipt));
}

export async function revokeAbsence(
  { register, now }: Pick<AbsenceDeps, 'register' | 'now'>,
  { absenceId, expectedVersion }: { readonly absenceId: string; readonly expectedVersion: number },
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Absence>> {
  const known = await visibleAbsence(register, absenceId, actor);
  if (!known) {
    return fail('NOT_FOUND', bilingual('没有此缺勤安排,或您无权查看。', 'No such absence, or not visible to you.'), ['input', 'absenceId']);
  }
  const at = now();
  return planned(await register.plan({ persons: [known.person], holder: null, subject: absenceId }, at, (ground) => {
    const current = ground.absences.find(({ id }) => id === absenceId);
    return current?.version === expectedVersion ? asPlan(cancelAbsence(current, ground, actor, at)) : stale();
  }, receipt));
}
