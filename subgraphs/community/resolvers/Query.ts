import { levelOfCode } from '../../shared/domain/areaCode.js';
import { cutPage, pageRequest, toConnection } from '../../shared/graphql/connection.js';
import { badInput } from '../../shared/graphql/errors.js';
import { dayOf } from '../../shared/graphql/validity.js';
import type { QueryResolvers } from '../__generated__/resolvers.js';

export const Query: QueryResolvers = {
  community: (_parent, { code }, { areas }) => areas.byCode(code),
  grid: (_parent, { code }, { grids }) => grids.byCode(code),
  async communities(_parent, args, context) {
    const { street, name } = args;
    if (street != null && levelOfCode(street) !== 'STREET') {
      throw badInput(
        `street 须为九位街道代码,当前为 ${street}。`, `street is a street's code of nine digits; it is ${street}.`,
      );
    }
    const { first, after } = pageRequest(args, 1);
    const filter = { at: dayOf(args, context), parent: street ?? undefined, nameContains: name ?? undefined };
    const last = after === null ? null : String(after[0]);
    const found = await context.areas.list(filter, { after: last, limit: first + 1 });
    return toConnection(cutPage(found, first), ({ code }) => [code], () => context.areas.count(filter));
  },
};
