import type { GraphQLResolveInfo } from 'graphql';
import type { Actor } from '../../../shared/domain/actor.js';
import type { Result } from '../../../shared/domain/result.js';
import { mutate, type Answer } from '../../../shared/graphql/mutation.js';
import type {
  EvidenceInput, MutationResolvers, RectificationDecideInput, RectificationDropInput, RectificationOrderInput, RectificationSubmitInput,
  RoundAnswerInput, RoundCloseInput, RoundDiscardInput, RoundFillInput, RoundObjectInput,
} from '../../__generated__/resolvers.js';
import type { DistrictContext } from '../../context.js';
import type { Evidence } from '../../domain/assessment/evidence.js';
import { actOnRectification, orderRectification } from '../../domain/assessment/rectification.js';
import {
  answerObjection, endRound, fillSpecial, openFeedback, publishRound, raiseObjection, type Round,
} from '../../domain/assessment/round.js';
import { actOnRound, compute, open, visibleRound } from '../../usecases/assessment/rounds.js';

interface RoundCall {
  readonly roundId: string;
  readonly expectedVersion: number;
  readonly idempotencyKey?: string | null | undefined;
}

/** A mutation on a round; `decide` makes of it what the input says. */
const assess = <Input extends RoundCall>(
  decide: (current: Round, input: Input, actor: Actor, context: DistrictContext) => Result<Round> | Promise<Result<Round>>,
) =>
  (_parent: unknown, { input }: { readonly input: Input }, context: DistrictContext, info: GraphQLResolveInfo): Promise<Answer<Round>> =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => actOnRound(context, input, (current) => decide(current, input, actor, context), actor, receipt),
      current: (actor, id) => visibleRound(context.rounds, id, actor),
      subject: input.roundId,
    });

const evidenceOf = ({ text, links }: EvidenceInput): Evidence =>
  ({ text, links: (links ?? []).map(({ url, sha256 }) => ({ url, sha256: sha256 ?? null })) });

const nothing = { evidence: null, accepted: false, note: null };

export const roundMutations = {
  roundOpen: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => open(context, input, actor, receipt),
      current: (actor, id) => visibleRound(context.rounds, id, actor),
      subject: null,
    }),
  roundFill: assess((current, input: RoundFillInput, actor, { now }) =>
    fillSpecial(current, { ...input, evidence: evidenceOf(input.evidence) }, actor, now())),
  roundCompute: assess((current, _input, actor, context) => compute(context, current, actor)),
  roundOpenFeedback: assess((current, _input, actor, { now }) => openFeedback(current, actor, now())),
  roundObject: assess((current, input: RoundObjectInput, actor, { now }) => raiseObjection(current, input, actor, now())),
  roundAnswer: assess((current, input: RoundAnswerInput, actor, { now }) =>
    answerObjection(current, { ...input, points: input.points ?? null }, actor, now())),
  roundPublish: assess((current, _input, actor, { now }) => publishRound(current, actor, now())),
  rectificationOrder: assess((current, input: RectificationOrderInput, actor, { now }) => orderRectification(current, input, actor, now())),
  rectificationSubmit: assess((current, { rectification, evidence }: RectificationSubmitInput, actor, { now }) =>
    actOnRectification(current, 'SUBMIT', { ...nothing, rectification, evidence: evidenceOf(evidence) }, actor, now())),
  rectificationDecide: assess((current, { rectification, accepted, note }: RectificationDecideInput, actor, { now }) =>
    actOnRectification(current, 'DECIDE', { ...nothing, rectification, accepted, note: note ?? null }, actor, now())),
  rectificationDrop: assess((current, { rectification, note }: RectificationDropInput, actor, { now }) =>
    actOnRectification(current, 'DROP', { ...nothing, rectification, note }, actor, now())),
  roundClose: assess((current, { note }: RoundCloseInput, actor, { now }) => endRound(current, 'CLOSE', note ?? null, actor, now())),
  roundDiscard: assess((current, { note }: RoundDiscardInput, actor, { now }) => endRound(current, 'DISCARD', note, actor, now())),
} satisfies MutationResolvers;
