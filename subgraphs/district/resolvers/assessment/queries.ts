import type { Actor } from '../../../shared/domain/actor.js';
import { bilingual } from '../../../shared/domain/result.js';
import { pageRequest, toConnection, type Connection } from '../../../shared/graphql/connection.js';
import { badInput } from '../../../shared/graphql/errors.js';
import type { QueryResolvers, WhatIfScore } from '../../__generated__/resolvers.js';
import type { DistrictContext } from '../../context.js';
import { seesScore, type Round, type UnitResult } from '../../domain/assessment/round.js';
import { rankChange, reweighted, scored } from '../../domain/assessment/score.js';
import { visibleRound } from '../../usecases/assessment/rounds.js';
import type { RoundFilter } from '../../usecases/ports.js';
import { scoreOfUnit } from './Round.js';

export async function roundList(
  args: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
  filter: RoundFilter,
  { rounds, actor }: DistrictContext,
): Promise<Connection<Round>> {
  const page = await rounds.list(actor, filter, pageRequest(args, ['instant', 'text']));
  return toConnection(page, ({ openedAt, id }) => [openedAt.getTime(), id], () => rounds.count(actor, filter));
}

const maxWeights = 20;

/** The results, for who may see all of them. */
const allResults = (round: Round | null, actor: Actor | null): readonly UnitResult[] | null =>
  (round?.results?.every(({ code }) => seesScore(round, code, actor)) ? round.results : null);

function whatIf(
  { scheme: { scheme } }: Round, results: readonly UnitResult[], weights: readonly { readonly indicator: string; readonly weight: number }[],
): WhatIfScore[] {
  const { scheme: other, fault, unknown } = reweighted(scheme, weights);
  if (weights.length > maxWeights || unknown.length > 0) {
    throw badInput(
      `权重须针对方案中的正向或负向指标,每项一次,至多 ${maxWeights} 项;不合的有:${unknown.join('、')}。`,
      `Weights are of positive or negative indicators of the scheme, each once, at most ${maxWeights}; these are not: ${unknown.join(', ')}.`,
    );
  }
  if (fault) {
    const [zh = '', en = ''] = fault.message.split(bilingual('', ''));
    throw badInput(zh, en);
  }
  const then = new Map(scored(other, results).map((result) => [result.code, result]));
  return results.map(({ code, name, kind, points, rank }) => {
    const { points: pointsThen = points, rank: rankThen = null } = then.get(code) ?? {};
    return { code, name, kind, points, pointsThen, rank, rankThen, moved: rankChange(rank, rankThen) };
  });
}

export const roundQueries: Pick<QueryResolvers, 'assessmentRounds' | 'assessmentRound' | 'scoreExplain' | 'scoreWhatIf'> = {
  assessmentRounds: (_parent, args, context) =>
    roundList(args, { district: args.district ?? null, states: args.states ?? null }, context),
  assessmentRound: (_parent, { id }, { rounds, actor }) => visibleRound(rounds, id, actor),
  async scoreExplain(_parent, { roundId, unit }, { rounds, actor }) {
    const round = await visibleRound(rounds, roundId, actor);
    return round && seesScore(round, unit, actor) ? scoreOfUnit(round, unit) : null;
  },
  async scoreWhatIf(_parent, { roundId, weights }, { rounds, actor }) {
    const round = await visibleRound(rounds, roundId, actor);
    const results = allResults(round, actor);
    return round && results ? whatIf(round, results, weights) : null;
  },
};
