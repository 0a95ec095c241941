import type { Actor } from '../../../shared/domain/actor.js';
import { levelOfCode } from '../../../shared/domain/areaCode.js';
import { localDate } from '../../../shared/domain/calendar.js';
import { staleError, stale } from '../../../shared/domain/plan.js';
import { bilingual, fail, ok, refuse, type DomainError, type Result } from '../../../shared/domain/result.js';
import {
  decideSeal as decide, entrustSeal as entrust, registerSeal as register, requestSeal as request, seesSeal, useSeal as use,
  type RegisterCommand, type RequestCommand, type Seal, type SealRequest, type SealStep,
} from '../../domain/seal/seal.js';
import type { Areas, CallReceipt, SaveNamed, Seals } from '../ports.js';

export interface SealDeps {
  readonly seals: Seals;
  readonly areas: Areas;
  /** The street's copy. */
  readonly communities: Areas;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** As the actor may see it; what one may not see is as good as missing. */
export async function visibleSeal(seals: Seals, id: string, actor: Actor): Promise<Seal | null> {
  const found = await seals.byId(id);
  return found && seesSeal(found, actor) ? found : null;
}

export async function visibleSealRequest(seals: Seals, id: string, actor: Actor): Promise<SealRequest | null> {
  const found = await seals.requestById(id);
  return found && seesSeal(found, actor) ? found : null;
}

const outcomes: Readonly<Record<Exclude<SaveNamed, 'SAVED'>, DomainError>> = {
  STALE: staleError,
  NAME_TAKEN: {
    code: 'INVALID_INPUT', message: bilingual('该机构已有同名的公章。', 'The office has a seal of that name already.'), field: ['input', 'name'],
  },
};

const noSuch = (field: string): Result<never> =>
  fail('NOT_FOUND', bilingual('没有此项,或您无权查看。', 'There is none, or it is not visible to you.'), ['input', field]);

async function saved<T extends Seal | SealRequest>(
  { seals }: SealDeps, decided: Result<SealStep>, subject: (step: SealStep) => T | null, receipt: CallReceipt | null,
): Promise<Result<T>> {
  if (!decided.ok) return decided;
  const value = subject(decided.value);
  if (!value) throw new Error('A step of a seal changes what it is about.');
  const outcome = await seals.save(decided.value, value.id, receipt);
  return outcome === 'SAVED' ? ok(value) : refuse(outcomes[outcome]);
}

const ofSeal = ({ change }: SealStep): Seal | null => change;
const ofRequest = (step: SealStep): SealRequest | null => step.request;

export async function registerSeal(
  deps: SealDeps, command: Omit<RegisterCommand, 'id'>, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Seal>> {
  const { areas, communities, now, newId } = deps;
  const area = await (levelOfCode(command.office) === 'COMMUNITY' ? communities : areas).byCode(command.office);
  return saved(deps, register({ ...command, id: newId() }, area, actor, localDate(now()), now()), ofSeal, receipt);
}

export async function entrustSeal(
  deps: SealDeps, { sealId, keeper, expectedVersion }: { readonly sealId: string; readonly keeper: string; readonly expectedVersion: number },
  actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Seal>> {
  const seal = await visibleSeal(deps.seals, sealId, actor);
  if (!seal) return noSuch('sealId');
  if (seal.version !== expectedVersion) return stale();
  return saved(deps, entrust(seal, keeper, actor, deps.now()), ofSeal, receipt);
}

export async function requestSeal(
  deps: SealDeps, { sealId, ...command }: Omit<RequestCommand, 'id'> & { readonly sealId: string }, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<SealRequest>> {
  const seal = await visibleSeal(deps.seals, sealId, actor);
  if (!seal) return noSuch('sealId');
  return saved(deps, request(seal, { ...command, id: deps.newId() }, actor, deps.now()), ofRequest, receipt);
}

interface OnRequest {
  readonly requestId: string;
  readonly expectedVersion: number;
}

async function onRequest(
  deps: SealDeps, { requestId, expectedVersion }: OnRequest, actor: Actor, receipt: CallReceipt | null,
  decided: (seal: Seal, request: SealRequest) => Result<SealStep>,
): Promise<Result<SealRequest>> {
  const found = await visibleSealRequest(deps.seals, requestId, actor);
  const seal = found && (await deps.seals.byId(found.seal));
  if (!found || !seal) return noSuch('requestId');
  if (found.version !== expectedVersion) return stale();
  return saved(deps, decided(seal, found), ofRequest, receipt);
}

export const decideSeal = (
  deps: SealDeps, command: OnRequest & { readonly approved: boolean; readonly note: string | null }, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<SealRequest>> => onRequest(deps, command, actor, receipt, (seal, found) => decide(seal, found, command, actor, deps.now()));

export const useSeal = (
  deps: SealDeps, command: OnRequest & { readonly contentHash: string; readonly note: string | null }, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<SealRequest>> => onRequest(deps, command, actor, receipt, (seal, found) => use(seal, found, command, actor, deps.now()));
