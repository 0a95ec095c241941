import { handoverFields, handoverOf } from '../../shared/graphql/handoverFields.js';
import type { CityReceiptActResultResolvers, CityReceiptPayloadResolvers, CityReceiptResolvers } from '../__generated__/resolvers.js';
import { receiptMachine } from '../domain/cityReceipt.transitions.js';

export const CityReceipt: CityReceiptResolvers = {
  __resolveReference: ({ id }, context) => handoverOf(id, context),
  ...handoverFields(receiptMachine),
  city: async ({ holder }, _args, { areas }) => {
    const office = await areas.byCode(holder.area);
    if (!office) throw new Error(`${holder.area} is not stored.`);
    return office;
  },
};

export const CityReceiptPayload: CityReceiptPayloadResolvers = {
  receipt: ({ entity }) => entity,
};

export const CityReceiptActResult: CityReceiptActResultResolvers = {
  caseId: ({ id }) => id,
  receipt: ({ entity }) => entity,
};
