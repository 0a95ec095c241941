import type { Named } from '../../../shared/domain/actor.js';
import { localDate } from '../../../shared/domain/calendar.js';
import { countedStepsId } from '../../../shared/domain/countedSteps.js';
import type { Measure } from '../../../shared/domain/counts.js';
import { bilingual } from '../../../shared/domain/result.js';
import type { NegativeIndicator, PositiveIndicator, SpecialIndicator } from '../../../shared/domain/scoringScheme.js';
import { availability } from '../../../shared/domain/stateMachine.js';
import { nameOfMeasure } from '../../../shared/graphql/measureNames.js';
import type {
  AssessmentObjectionResolvers, AssessmentRoundPayloadResolvers, AssessmentRoundResolvers, IndicatorScoreResolvers, MeasureCountResolvers,
  PreviousScoreResolvers, RectificationResolvers, SpecialEntryResolvers, UnitScoreResolvers,
} from '../../__generated__/resolvers.js';
import { rectificationMachine } from '../../domain/assessment/rectification.js';
import { objectionMachine, roundMachine, seesDealings, seesScore, type Round, type UnitResult } from '../../domain/assessment/round.js';
import { changesOf, pointScale, rankChange } from '../../domain/assessment/score.js';
import { visibleRound } from '../../usecases/assessment/rounds.js';
import type { IndicatorScoreModel, MeasureCountModel, RectificationModel, UnitScoreModel } from '../models.js';

/** `8735000` is 87.35000. */
function pointsText(points: number): string {
  const digits = String(Math.abs(points)).padStart(6, '0');
  return `${points < 0 ? '-' : ''}${digits.slice(0, -5)}.${digits.slice(-5)}`;
}
if (pointScale !== 100_000) throw new Error('pointsText writes five decimals.');

export const scoreOfUnit = (round: Round, code: string): UnitScoreModel | null => {
  const result = round.results?.find((one) => one.code === code);
  return result ? { round, result } : null;
};

const inOrder = (a: UnitResult, b: UnitResult): number =>
  (a.kind === b.kind ? (a.rank ?? Infinity) - (b.rank ?? Infinity) || (a.code < b.code ? -1 : 1) : a.kind < b.kind ? -1 : 1);

const rectificationsOf = (round: Round, unit: string | null): RectificationModel[] =>
  round.rectifications.filter((one) => unit === null || one.unit === unit).map((one) => ({ ...one, round }));

export const AssessmentRound: AssessmentRoundResolvers = {
  __resolveReference: ({ id }, { rounds, actor }) => visibleRound(rounds, id, actor),
  district: async ({ district }, _args, { areas }) => {
    const office = await areas.byCode(district);
    if (!office) throw new Error(`${district} is not stored.`);
    return office;
  },
  schemeVersion: ({ scheme }) => scheme.version,
  scheme: ({ scheme: { version } }) => ({ version }),
  scores: (round, _args, { actor }) => {
    const visible = round.results?.filter(({ code }) => seesScore(round, code, actor)) ?? [];
    return visible.length === 0 ? null : visible.toSorted(inOrder).map((result) => ({ round, result }));
  },
  computations: (round, _args, { actor }) =>
    round.computations.map(({ at, changes }) => ({ at, changes: changes.filter(({ unit }) => seesScore(round, unit, actor)) })),
  objections: (round, _args, { actor }) => {
    if (!round.units.some(({ code }) => seesDealings(round, code, actor))) return null;
    return round.objections.filter(({ unit }) => seesDealings(round, unit, actor)).map((objection) => ({ ...objection, round }));
  },
  rectifications: (round) => rectificationsOf(round, null),
  availableActions: (round, _args, { actor, now }) => (actor ? availability(roundMachine, round, actor, now()) : []),
};

export const UnitScore: UnitScoreResolvers = {
  code: ({ result }) => result.code,
  name: ({ result }) => result.name,
  street: ({ result: { code } }) => ({ code }),
  kind: ({ result }) => result.kind,
  from: ({ result }) => result.from,
  to: ({ result }) => result.to,
  rated: ({ result }) => result.counts.rated ?? 0,
  standing: ({ result }) => (result.rank === null ? 'INSUFFICIENT' : 'RANKED'),
  rank: ({ result }) => result.rank,
  award: ({ result }) => result.award,
  points: ({ result }) => result.points,
  score: ({ result }) => pointsText(result.points),
  leftOut: ({ round, result }) => ({ round, result, measure: 'leftOut' }),
  indicators: ({ round, result }) => result.indicators.map((score) => ({ round, result, score })),
  async previous({ round, result }, _args, { rounds }) {
    const before = (await rounds.previousOf(round)).get(result.code);
    const then = before && scoreOfUnit(before, result.code);
    return then ? { now: result, then: then.result, round: then.round } : null;
  },
};

type Defined = PositiveIndicator | NegativeIndicator | SpecialIndicator;

/** As the round's own scheme has it. */
function definitionOf({ round: { scheme: { scheme } }, score: { id } }: IndicatorScoreModel): Defined {
  const found = [...scheme.positive, ...scheme.negative, ...scheme.special].find((one) => one.id === id);
  if (!found) throw new Error(`The scheme has no indicator ${id}.`);
  return found;
}

const nameOf = ({ zh, en }: Named): string => bilingual(zh, en);

const countsOf = ({ round, result }: IndicatorScoreModel, measures: readonly Measure[]): MeasureCountModel[] =>
  measures.map((measure) => ({ round, result, measure }));

export const IndicatorScore: IndicatorScoreResolvers = {
  id: ({ score }) => score.id,
  name: (model) => nameOf(definitionOf(model).name),
  group: ({ score }) => score.group,
  weight: (model) => {
    const definition = definitionOf(model);
    return 'weight' in definition ? definition.weight : definition.maxPoints;
  },
  cap: (model) => {
    const definition = definitionOf(model);
    return 'cap' in definition ? definition.cap : null;
  },
  numerator: ({ score }) => score.numerator,
  denominator: ({ score }) => score.denominator,
  points: ({ score }) => score.points,
  score: ({ score }) => pointsText(score.points),
  numeratorOf: (model) => {
    const definition = definitionOf(model);
    return 'numerator' in definition ? countsOf(model, [definition.numerator]) : [];
  },
  denominatorOf: (model) => {
    const definition = definitionOf(model);
    return 'denominator' in definition ? countsOf(model, definition.denominator) : [];
  },
  special: ({ round, result, score }) => {
    const entry = round.special.find(({ unit, indicator }) => unit === result.code && indicator === score.id);
    return entry ? { ...entry, round } : null;
  },
};

export const MeasureCount: MeasureCountResolvers = {
  measure: ({ measure }) => nameOfMeasure(measure),
  count: ({ result, measure }) => result.counts[measure] ?? 0,
  behind: ({ round, result: { code, from, to }, measure }) =>
    ({ id: countedStepsId({ area: code, measure, from, to, asOf: round.computedAt }) }),
};

export const SpecialEntry: SpecialEntryResolvers = {
  evidence: ({ round, unit, evidence }, _args, { actor }) => (seesDealings(round, unit, actor) ? evidence : null),
};

export const PreviousScore: PreviousScoreResolvers = {
  points: ({ then }) => then.points,
  rank: ({ then }) => then.rank,
  change: ({ now, then }) => now.points - then.points,
  rankChange: ({ now, then }) => rankChange(then.rank, now.rank),
  indicators: ({ now, then }) => changesOf(now, then),
  rectifications: ({ round, then }) => rectificationsOf(round, then.code),
};

export const AssessmentObjection: AssessmentObjectionResolvers = {
  availableActions: (objection, _args, { actor, now }) => (actor ? availability(objectionMachine, objection, actor, now()) : []),
};

export const Rectification: RectificationResolvers = {
  owner: ({ round, unit, owner }, _args, { actor }) => (seesDealings(round, unit, actor) ? owner : null),
  submissions: ({ round, unit, submissions }, _args, { actor }) => (seesDealings(round, unit, actor) ? submissions : null),
  overdue: ({ state, dueOn }, _args, { now }) => state === 'ORDERED' && localDate(now()) > dueOn,
  availableActions: (rectification, _args, { actor, now }) => (actor ? availability(rectificationMachine, rectification, actor, now()) : []),
};

export const AssessmentRoundPayload: AssessmentRoundPayloadResolvers = { round: ({ entity }) => entity };
