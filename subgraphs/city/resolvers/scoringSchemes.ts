import type { Named } from '../../shared/domain/actor.js';
import { bilingual } from '../../shared/domain/result.js';
import {
  defaultScheme, type NegativeIndicator as Negative, type PositiveIndicator as Positive, type ScoringScheme as Scheme,
} from '../../shared/domain/scoringScheme.js';
import { measureOfName, nameOfMeasure } from '../../shared/graphql/measureNames.js';
import { mutate } from '../../shared/graphql/mutation.js';
import type {
  MutationResolvers, NegativeIndicatorInput, NegativeIndicatorResolvers, PositiveIndicatorInput, PositiveIndicatorResolvers, QueryResolvers,
  ScoringSchemePayloadResolvers, ScoringSchemePublishInput, ScoringSchemeResolvers, SpecialIndicatorResolvers,
} from '../__generated__/resolvers.js';
import { publishVersion } from '../usecases/publishVersion.js';
import { schemeContent } from '../usecases/readContent.js';
import { isInForce, listOf, oneOf } from './publications.js';

const named = (zh: string, en: string): Named => ({ zh: zh.trim(), en: en.trim() });

const countedOf = ({ id, nameZh, nameEn, numerator, denominator, weight }: PositiveIndicatorInput | NegativeIndicatorInput): Positive => ({
  id, name: named(nameZh, nameEn), numerator: measureOfName(numerator), denominator: (denominator ?? []).map(measureOfName), weight,
});

const schemeOf = ({ positive, negative, special, minimumRated, awards, sourceZh, sourceEn }: ScoringSchemePublishInput): Scheme => ({
  positive: positive.map(countedOf),
  negative: negative.map((indicator) => ({ ...countedOf(indicator), cap: indicator.cap })),
  special: special.map(({ id, nameZh, nameEn, maxPoints, evidenceZh, evidenceEn }) =>
    ({ id, name: named(nameZh, nameEn), maxPoints, evidence: named(evidenceZh, evidenceEn) })),
  minimumRated: minimumRated ?? defaultScheme.minimumRated,
  awards: awards ?? defaultScheme.awards,
  source: named(sourceZh, sourceEn),
});

export const scoringSchemeQueries: Pick<QueryResolvers, 'scoringSchemes' | 'scoringScheme'> = {
  scoringSchemes: (_parent, args, { scoringSchemes }) => listOf(scoringSchemes, args),
  scoringScheme: (_parent, { version }, { scoringSchemes }) => oneOf(scoringSchemes, version),
};

export const scoringSchemeMutations: Pick<MutationResolvers, 'scoringSchemePublish'> = {
  scoringSchemePublish: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => publishVersion(
        { versions: context.scoringSchemes, now: context.now },
        { version: input.version, note: input.note ?? null, content: () => schemeContent(schemeOf(input)) },
        actor,
        receipt,
      ),
      current: (_actor, id) => context.scoringSchemes.byVersion(id),
    }),
};

export const ScoringScheme: ScoringSchemeResolvers = {
  __resolveReference: ({ version }, { scoringSchemes }) => scoringSchemes.byVersion(version),
  version: ({ id }) => id,
  isInForce: (published, _args, { scoringSchemes }) => isInForce(published, scoringSchemes),
  positive: ({ content }) => content.positive,
  negative: ({ content }) => content.negative,
  special: ({ content }) => content.special,
  minimumRated: ({ content }) => content.minimumRated,
  awards: ({ content }) => content.awards,
  source: ({ content: { source } }) => bilingual(source.zh, source.en),
  publishedBy: ({ publishedBy }, _args, { actor }) => (actor ? publishedBy : null),
};

const nameOf = ({ name }: { readonly name: Named }): string => bilingual(name.zh, name.en);
const counted = {
  name: nameOf,
  numerator: ({ numerator }: Positive | Negative) => nameOfMeasure(numerator),
  denominator: ({ denominator }: Positive | Negative) => denominator.map(nameOfMeasure),
};

export const PositiveIndicator: PositiveIndicatorResolvers = counted;
export const NegativeIndicator: NegativeIndicatorResolvers = counted;
export const SpecialIndicator: SpecialIndicatorResolvers = {
  name: nameOf,
  evidence: ({ evidence }) => bilingual(evidence.zh, evidence.en),
};

export const ScoringSchemePayload: ScoringSchemePayloadResolvers = { scheme: ({ entity }) => entity };
