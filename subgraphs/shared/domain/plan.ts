import { bilingual, ok, refuse, type DomainError, type Result } from './result.js';

/** An action that is decided and not written yet: a dry run shows its effect, and a real one saves it too. */
export interface Plan<Subject, Effect, Receipt> {
  readonly next: Subject;
  readonly effect: () => Effect;
  /** False, and nothing written, when it has changed meanwhile. */
  readonly save: (receipt: Receipt | null) => Promise<boolean>;
}

export const staleError: DomainError = {
  code: 'STALE_VERSION',
  message: bilingual('已被他人修改,请重新读取后再试。', 'It has changed; read it again and retry.'),
  field: ['input', 'expectedVersion'],
};

export const stale = (): Result<never> => refuse(staleError);

export async function carryOut<Subject, Effect, Receipt>(
  planned: Result<Plan<Subject, Effect, Receipt>>,
  receipt: Receipt | null,
): Promise<Result<Subject>> {
  if (!planned.ok) return planned;
  const { next, save } = planned.value;
  return (await save(receipt)) ? ok(next) : stale();
}
