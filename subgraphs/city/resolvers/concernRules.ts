import type { ConcernRule as Rule } from '../../shared/domain/concernRule.js';
import { bilingual } from '../../shared/domain/result.js';
import { mutate } from '../../shared/graphql/mutation.js';
import type {
  ConcernRulePayloadResolvers, ConcernRulePublishInput, ConcernRuleResolvers, MutationResolvers, QueryResolvers,
} from '../__generated__/resolvers.js';
import { publishVersion } from '../usecases/publishVersion.js';
import { concernRuleContent } from '../usecases/readContent.js';
import { isInForce, listOf, oneOf } from './publications.js';

interface Sourced {
  readonly answerWorkDays: number;
  readonly sourceZh: string;
  readonly sourceEn: string;
}

const terms = ({ answerWorkDays, sourceZh, sourceEn }: Sourced) =>
  ({ answerWorkDays, source: { zh: sourceZh.trim(), en: sourceEn.trim() } });

const ruleOf = ({ stronglyReported, longUnresolved, common }: ConcernRulePublishInput): Rule => ({
  stronglyReported: {
    reporters: stronglyReported.reporters,
    days: stronglyReported.days,
    categoryDepth: stronglyReported.categoryDepth,
    within: stronglyReported.within,
    ...terms(stronglyReported),
  },
  longUnresolved: {
    resolvePercent: longUnresolved.resolvePercent ?? null,
    workDays: longUnresolved.workDays ?? null,
    times: longUnresolved.times ?? null,
    ...terms(longUnresolved),
  },
  common: {
    communities: common.communities,
    cases: common.cases,
    days: common.days,
    categoryDepth: common.categoryDepth,
    ...terms(common),
  },
});

export const concernRuleQueries: Pick<QueryResolvers, 'concernRules' | 'concernRule'> = {
  concernRules: (_parent, args, { concernRules }) => listOf(concernRules, args),
  concernRule: (_parent, { version }, { concernRules }) => oneOf(concernRules, version),
};

export const concernRuleMutations: Pick<MutationResolvers, 'concernRulePublish'> = {
  concernRulePublish: (_parent, { input }, context, info) =>
    mutate(context, info.fieldName, { ...input }, {
      run: (actor, receipt) => publishVersion(
        { versions: context.concernRules, now: context.now },
        { version: input.version, note: input.note ?? null, content: () => concernRuleContent(ruleOf(input)) },
        actor,
        receipt,
      ),
      current: (_actor, id) => context.concernRules.byVersion(id),
    }),
};

const told = <R extends { readonly source: Rule['common']['source'] }>({ source, ...rule }: R) =>
  ({ ...rule, source: bilingual(source.zh, source.en) });

export const ConcernRule: ConcernRuleResolvers = {
  version: ({ id }) => id,
  isInForce: (published, _args, { concernRules }) => isInForce(published, concernRules),
  stronglyReported: ({ content }) => told(content.stronglyReported),
  longUnresolved: ({ content }) => told(content.longUnresolved),
  common: ({ content }) => told(content.common),
  publishedBy: ({ publishedBy }, _args, { actor }) => (actor ? publishedBy : null),
};

export const ConcernRulePayload: ConcernRulePayloadResolvers = { rule: ({ entity }) => entity };
