import { handoverList, handoverOf } from '../../shared/graphql/handoverFields.js';
import { dayOf } from '../../shared/graphql/validity.js';
import type { QueryResolvers } from '../__generated__/resolvers.js';
import { concernRuleQueries } from './concernRules.js';
import { admissionQueries } from './admission/admissions.js';
import { listQueries } from './lists/lists.js';
import { opennessQueries } from './openness/entries.js';
import { burdenQueries } from './reduction/burden.js';
import { reductionQueries } from './reduction/reductions.js';
import { itemQueries } from './service/items.js';
import { publicationQueries } from './publications.js';
import { reorganisationQueries } from './reorganisations.js';
import { scoringSchemeQueries } from './scoringSchemes.js';
import { standardQueries } from './standards.js';

export const Query: QueryResolvers = {
  city: async (_parent, args, context) => (await context.areas.list({ at: dayOf(args, context) }))[0] ?? null,
  receipt: (_parent, { caseId }, context) => handoverOf(caseId, context),
  receipts: (_parent, args, context) => handoverList(args, context),
  ...scoringSchemeQueries,
  ...publicationQueries,
  ...standardQueries,
  ...concernRuleQueries,
  ...itemQueries,
  ...admissionQueries,
  ...reductionQueries,
  ...burdenQueries,
  ...listQueries,
  ...opennessQueries,
  ...reorganisationQueries,
};
