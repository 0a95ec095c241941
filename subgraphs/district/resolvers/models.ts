// What resolvers hold for the schema's types.
import type { BulkAnswer, BulkResult } from '../../shared/graphql/bulk.js';
import type { Connection } from '../../shared/graphql/connection.js';
import type { Answer } from '../../shared/graphql/mutation.js';
import type { Measure } from '../../shared/domain/counts.js';
import type { RectificationSubject } from '../domain/assessment/rectification.js';
import type { ObjectionSubject, Round, SpecialEntry, UnitResult } from '../domain/assessment/round.js';
import type { IndicatorScore } from '../domain/assessment/score.js';
import type { Concern } from '../domain/concern.js';
import type { Conference, DecisionSubject } from '../domain/conference.js';
import type { Supervision, SupervisionAnswer } from '../domain/supervision.js';
import type { SupervisionEffect } from '../domain/supervisionEffect.js';

export type SupervisionModel = Supervision;
export type SupervisionAnswerModel = SupervisionAnswer;
export type SupervisionResult = Answer<Supervision>;
export type SupervisionPage = Connection<Supervision>;
export type ConcernModel = Concern;
export type ConcernResult = Answer<Concern>;
export type ConcernPage = Connection<Concern>;
export type SupervisionBulkAnswer = BulkAnswer<Supervision, SupervisionEffect>;
export type SupervisionBulkResult = BulkResult<Supervision, SupervisionEffect>;

export type ConferenceModel = Conference;
export type DecisionModel = DecisionSubject;
export type ConferenceResult = Answer<Conference>;
export type ConferencePage = Connection<Conference>;

export type RoundModel = Round;
export type RoundAnswer = Answer<Round>;
export type RoundPage = Connection<Round>;
export interface UnitScoreModel {
  readonly round: Round;
  readonly result: UnitResult;
}
export interface IndicatorScoreModel extends UnitScoreModel {
  readonly score: IndicatorScore;
}
export interface MeasureCountModel extends UnitScoreModel {
  readonly measure: Measure;
}
export type SpecialEntryModel = SpecialEntry & { readonly round: Round };
/** One unit in two rounds; `round` is the earlier. */
export interface PreviousScoreModel {
  readonly round: Round;
  readonly now: UnitResult;
  readonly then: UnitResult;
}
export type ObjectionModel = ObjectionSubject;
export type RectificationModel = RectificationSubject;
