import type { Actor } from '../../../shared/domain/actor.js';
import { measures, type Counts, type Measure } from '../../../shared/domain/counts.js';
import { bilingual, fail, ok, type Result } from '../../../shared/domain/result.js';
import { computeRound, openRound, seesRound, unitsIn, type CountsOf, type OpenCommand, type Round } from '../../domain/assessment/round.js';
import type { CallReceipt, MonthOfStreet, RoundRepository, Schemes, StreetCounts, Streets } from '../ports.js';

export interface RoundDeps {
  readonly rounds: RoundRepository;
  readonly streets: Streets;
  readonly streetCounts: StreetCounts;
  readonly schemes: Schemes;
  readonly newId: () => string;
  readonly now: () => Date;
}

const stale = (): Result<never> => fail('STALE_VERSION', bilingual(
  '已被他人修改,请重新读取后再试。', 'It has changed; read it again and retry.',
), ['input', 'expectedVersion']);

/** The round as who asks may see it; what one may not see is as good as missing. */
export async function visibleRound(rounds: RoundRepository, id: string, actor: Actor | null): Promise<Round | null> {
  const found = await rounds.byId(id);
  return found && seesRound(found, actor) ? found : null;
}

/** Opens a round of the actor's district, one at a time until it is published. */
export async function open(
  { rounds, streets, schemes, newId, now }: RoundDeps, command: Omit<OpenCommand, 'id'>, actor: Actor, receipt: CallReceipt | null,
): Promise<Result<Round>> {
  const known = actor.area === null ? [] : await streets.of(actor.area);
  const opened = openRound({ ...command, id: newId() }, known, await schemes.inForce(), actor, now());
  if (!opened.ok) return opened;
  if ((await rounds.open(opened.value, receipt)) === 'SAVED') return opened;
  return fail('DUPLICATE', bilingual(
    '本区已有一轮考评尚未公布,请先公布或废止。', 'The district has a round that is not published yet; publish or discard that first.',
  ));
}

export interface OnRound {
  readonly roundId: string;
  readonly expectedVersion: number;
}

/** Load, decide, save: the same way for every action on a round. */
export async function actOnRound(
  { rounds }: Pick<RoundDeps, 'rounds'>,
  { roundId, expectedVersion }: OnRound,
  decide: (current: Round) => Result<Round> | Promise<Result<Round>>,
  actor: Actor,
  receipt: CallReceipt | null,
): Promise<Result<Round>> {
  const current = await visibleRound(rounds, roundId, actor);
  if (!current) {
    return fail('NOT_FOUND', bilingual('没有此轮考评,或您无权查看。', 'No such round, or not visible to you.'), ['input', 'roundId']);
  }
  if (current.version !== expectedVersion) return stale();
  const decided = await decide(current);
  if (!decided.ok) return decided;
  return (await rounds.save(decided.value, expectedVersion, receipt)) ? ok(decided.value) : stale();
}

/** A unit's counts over the months in which it existed. */
const countsIn = (months: readonly MonthOfStreet[]): CountsOf => ({ code, from, to }) => {
  const own = months.filter(({ street, month }) => street === code && from <= month && month <= to);
  const sum = (measure: Measure): number => own.reduce((n, { counts }) => n + (counts[measure] ?? 0), 0);
  return Object.fromEntries(measures.map((measure) => [measure, sum(measure)])) as Counts;
};

/** Scores the round by the district's counters as they are now. */
export async function compute(deps: RoundDeps, current: Round, actor: Actor): Promise<Result<Round>> {
  const { district, from, to } = current;
  const months = await deps.streetCounts.between(district, from, to);
  const units = unitsIn(await deps.streets.of(district), from, to);
  return computeRound(current, units, countsIn(months), actor, deps.now());
}
