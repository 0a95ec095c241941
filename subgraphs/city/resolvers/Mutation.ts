import { handoverBulk, handoverMutation } from '../../shared/graphql/handoverFields.js';
import type { MutationResolvers } from '../__generated__/resolvers.js';
import { receiptMachine } from '../domain/cityReceipt.transitions.js';
import { concernRuleMutations } from './concernRules.js';
import { publicationMutations } from './publications.js';
import { admissionMutations } from './admission/admissions.js';
import { listMutations } from './lists/lists.js';
import { opennessMutations } from './openness/entries.js';
import { reductionMutations } from './reduction/reductions.js';
import { itemMutations } from './service/items.js';
import { reorganisationMutations } from './reorganisations.js';
import { scoringSchemeMutations } from './scoringSchemes.js';
import { standardMutations } from './standards.js';

const act = handoverMutation(receiptMachine);

export const Mutation: MutationResolvers = {
  receiptSign: act('SIGN'),
  receiptReturn: act('RETURN'),
  receiptAssign: act('DISPATCH'),
  receiptRedispatch: act('REDISPATCH'),
  receiptRequestInfo: act('REQUEST_INFO'),
  receiptResolve: act('RESOLVE'),
  receiptRestart: act('RESTART'),
  receiptActOnMany: handoverBulk(receiptMachine),
  ...scoringSchemeMutations,
  ...publicationMutations,
  ...standardMutations,
  ...concernRuleMutations,
  ...itemMutations,
  ...admissionMutations,
  ...reductionMutations,
  ...listMutations,
  ...opennessMutations,
  ...reorganisationMutations,
};
