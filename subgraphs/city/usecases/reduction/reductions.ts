import type { Actor } from '../../../shared/domain/actor.js';
import { ancestorAt } from '../../../shared/domain/areaCode.js';
import { stale } from '../../../shared/domain/plan.js';
import { RaceLost } from '../../../shared/domain/raceLost.js';
import { bilingual, fail, ok, type Result } from '../../../shared/domain/result.js';
import { cutsOf, settleStreet, type Cut, type Lists } from '../../domain/reduction/effect.js';
import {
  announceReduction, closeReduction, decidePilot, draftReduction, seesReduction, settled, settlingOf, type BurdenReduction, type DecideCommand,
  type DraftCommand,
} from '../../domain/reduction/reduction.js';
import type { AdmissionRepository, CallReceipt, ReductionRepository } from '../ports.js';

export interface ReductionDeps {
  readonly reductions: ReductionRepository;
  readonly admissions: AdmissionRepository;
  readonly listsInForce: () => Promise<Lists>;
  readonly newId: () => string;
  readonly now: () => Date;
}

// They are written in one transaction.
const maxCuts = 10_000;

/** As the actor may see it; what one may not see is as good as missing. */
export async function visibleReduction(reductions: Pick<ReductionRepository, 'byId'>, id: string, actor: Actor): Promise<BurdenReduction | null> {
  const found = await reductions.byId(id);
  return found && seesReduction(found, actor) ? found : null;
}

/** Streets, or all of an area, in which it may let admissions lapse. */
const streetsOf = ({ area, pilot }: BurdenReduction): readonly string[] =>
  (pilot ? [...new Set(pilot.areas.map((code) => ancestorAt(code, 'STREET')))] : [area]);

/** What it would let lapse as things stand. */
export async function previewCuts(
  { admissions, listsInForce }: Pick<ReductionDeps, 'admissions' | 'listsInForce'>, reduction: BurdenReduction,
): Promise<readonly Cut[]> {
  return cutsOf(reduction, await admissions.inForce(streetsOf(reduction)), await listsInForce());
}

export async function draft(
  { reductions, newId, now }: ReductionDeps, command: Omit<DraftCommand, 'id'>, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<BurdenReduction>> {
  const known = await reductions.known(command.pilot?.areas ?? [], command.effectiveOn);
  const drafted = draftReduction({ ...command, id: newId() }, known, actor, now());
  if (drafted.ok) await reductions.draft(drafted.value, receipt);
  return drafted;
}

interface OnReduction {
  readonly reductionId: string;
  readonly expectedVersion: number;
}

async function load({ reductions }: ReductionDeps, { reductionId, expectedVersion }: OnReduction, actor: Actor): Promise<Result<BurdenReduction>> {
  const current = await visibleReduction(reductions, reductionId, actor);
  if (!current) {
    return fail('NOT_FOUND', bilingual('没有此项减负,或您无权查看。', 'No such burden reduction, or not visible to you.'), ['input', 'reductionId']);
  }
  return current.version === expectedVersion ? ok(current) : stale();
}

export async function announce(deps: ReductionDeps, on: OnReduction, actor: Actor, receipt: CallReceipt | null): Promise<Result<BurdenReduction>> {
  const current = await load(deps, on, actor);
  if (!current.ok) return current;
  const cuts = await previewCuts(deps, current.value);
  const announced = announceReduction(current.value, cuts.length, actor, deps.now());
  if (!announced.ok) return announced;
  const listed = announced.value.kind === 'SUBTRACTION' ? cuts : [];
  if (listed.length > maxCuts) {
    return fail('INVALID_INPUT', bilingual(
      `一次至多核减 ${maxCuts} 项准入,此项有 ${listed.length} 项;请分区进行。`, `One cuts at most ${maxCuts} admissions, this one ${listed.length}; go district by district.`,
    ));
  }
  const outcome = await deps.reductions.announce(announced.value, listed, receipt);
  if (outcome === 'OVERLAPS') {
    return fail('DUPLICATE', bilingual(
      '同一范围已有公布而未结束的重新申报,请先结束它。', 'Another re-application is open in the same area; close that one first.',
    ));
  }
  return outcome === 'SAVED' ? announced : stale();
}

export async function close(
  deps: ReductionDeps, on: OnReduction, action: 'CANCEL' | 'CLOSE', note: string, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<BurdenReduction>> {
  const current = await load(deps, on, actor);
  if (!current.ok) return current;
  const closed = closeReduction(current.value, action, note, actor, deps.now());
  if (!closed.ok) return closed;
  return (await deps.reductions.save(closed.value, null, receipt)) ? closed : stale();
}

export async function decide(
  deps: ReductionDeps, on: OnReduction, command: Omit<DecideCommand, 'nextId'>, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<BurdenReduction>> {
  const current = await load(deps, on, actor);
  if (!current.ok) return current;
  const decided = decidePilot(current.value, { ...command, nextId: deps.newId() }, actor, deps.now());
  if (!decided.ok) return decided;
  const { next, drafted } = decided.value;
  return (await deps.reductions.save(next, drafted, receipt)) ? ok(next) : stale();
}

const tries = 10;

/** Street by street, each in a transaction: after a crash the streets that are done find nothing left to do. */
async function settleOne({ reductions, admissions, now }: Pick<ReductionDeps, 'reductions' | 'admissions' | 'now'>, reduction: BurdenReduction): Promise<void> {
  const settling = settlingOf(reduction);
  if (!settling) return;
  for (let i = 0; i < tries; i += 1) {
    for (const street of await admissions.streets(reduction.id, streetsOf(reduction))) {
      const listed = reduction.kind === 'SUBTRACTION' ? await reductions.listed(reduction.id, street) : null;
      const effect = settleStreet(settling, reduction, await admissions.ofStreet(reduction.id, street), listed);
      if (effect.admissions.length > 0) await reductions.settle(reduction, effect, now());
    }
    if (await reductions.finish(settled(reduction, now()))) return;
  }
  throw new RaceLost(`Others applied all the time for what waits for reduction ${reduction.id}.`);
}

/** Lets what is due take effect; what loses a race is found again after its lease. */
export async function settleDue(deps: Pick<ReductionDeps, 'reductions' | 'admissions' | 'now'>): Promise<void> {
  for (let due = await deps.reductions.claim(deps.now()); due; due = await deps.reductions.claim(deps.now())) await settleOne(deps, due);
}
