import type { StreetResolvers } from '../__generated__/resolvers.js';

export const Street: StreetResolvers = {
  __resolveReference: ({ code }, { areas }) => areas.byCode(code),
  units: ({ code }, _args, { units }) => units.of(code),
  district: ({ parent }) => (parent === null ? null : { code: parent }),
};
