import { facts } from '../../shared/domain/fact.js';
import type { QueryResolvers, ResidentFactResolvers, ResidentFactValueResolvers } from '../__generated__/resolvers.js';

export const factQueries: Pick<QueryResolvers, 'residentFacts'> = { residentFacts: () => facts };

export const ResidentFact: ResidentFactResolvers = {
  name: ({ name }) => name.zh,
  nameEn: ({ name }) => name.en,
  source: ({ source }) => source.zh,
  sourceEn: ({ source }) => source.en,
  madeOf: ({ madeOf }) => madeOf ?? null,
  min: (fact) => ('min' in fact ? fact.min : null),
  max: (fact) => ('max' in fact ? fact.max : null),
  values: (fact) => ('values' in fact ? fact.values : []),
};

export const ResidentFactValue: ResidentFactValueResolvers = { name: ({ name }) => name.zh, nameEn: ({ name }) => name.en };
