import type { Actor } from '../../shared/domain/actor.js';
import { staleError } from '../../shared/domain/plan.js';
import { bilingual, fail, refuse, type Result } from '../../shared/domain/result.js';
import {
  cancelReorganisation as cancel, decideReorganisation as decide, previewReorganisation as preview, type DecideCommand, type Reorganisation,
} from '../domain/reorganisation.js';
import { parentOfPlan, type ReorganisationPlan, type ReorganisationWish, type TreeArea } from '../domain/reorganisationPlan.js';
import type { CallReceipt, Reorganisations } from './ports.js';

export interface ReorganiseDeps {
  readonly reorganisations: Reorganisations;
  readonly now: () => Date;
  readonly newId: () => string;
}

const tries = 10;

/** Reads the ground and decides on it until nobody changed it meanwhile. */
async function onGround(
  { reorganisations }: ReorganiseDeps,
  parent: string,
  receipt: CallReceipt | null,
  decideOn: (areas: readonly TreeArea[]) => Result<Reorganisation> | Promise<Result<Reorganisation>>,
): Promise<Result<Reorganisation>> {
  for (let i = 0; i < tries; i += 1) {
    const { areas, revision } = await reorganisations.ground(parent);
    const decision = await decideOn(areas);
    if (!decision.ok) return decision;
    if (await reorganisations.save(decision.value, revision, receipt)) return decision;
  }
  throw new Error('Others reorganised all the time.');
}

const parentOfWish = ({ from: [first = ''] }: ReorganisationWish): string => first.slice(0, -3);

export async function previewReorganisation(deps: ReorganiseDeps, wish: ReorganisationWish, actor: Actor): Promise<Result<ReorganisationPlan>> {
  const { areas } = await deps.reorganisations.ground(parentOfWish(wish));
  return preview(wish, areas, actor, deps.now());
}

export function decideReorganisation(
  deps: ReorganiseDeps, command: Omit<DecideCommand, 'id'>, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Reorganisation>> {
  const id = deps.newId();
  return onGround(deps, parentOfWish(command), receipt, (areas) => decide({ ...command, id }, areas, actor, deps.now()));
}

export async function cancelReorganisation(
  deps: ReorganiseDeps,
  { reorganisationId, expectedVersion, reason }: { readonly reorganisationId: string; readonly expectedVersion: number; readonly reason: string },
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Reorganisation>> {
  const asked = await deps.reorganisations.byId(reorganisationId);
  if (!asked) return fail('NOT_FOUND', bilingual('没有这项区划调整。', 'There is no such reorganisation.'), ['input', 'reorganisationId']);
  return onGround(deps, parentOfPlan(asked.plan), receipt, async (areas) => {
    const current = await deps.reorganisations.byId(reorganisationId);
    if (current?.version !== expectedVersion) return refuse(staleError);
    return cancel(current, { reason }, areas, actor, deps.now());
  });
}
