import type { GridResolvers } from '../__generated__/resolvers.js';

export const Grid: GridResolvers = {
  __resolveReference: ({ code }, { grids }) => grids.byCode(code),
  community: async ({ parent }, _args, { areas }) => {
    const community = await areas.byCode(parent);
    if (!community) throw new Error(`Grids name community ${parent}, which is not stored.`);
    return community;
  },
  successor: ({ successors: [next] = [] }, _args, { grids }) => (next === undefined ? null : grids.byCode(next)),
};
