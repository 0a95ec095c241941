import { GraphQLError } from 'graphql';
import type { Context } from './context.js';
import type { Actor } from './identity.js';
import type { Shelter } from './store.js';

interface Input {
  readonly id: string;
  readonly expectedVersion: number;
}

const officers = ['COMMUNITY_CLERK', 'STREET_CLERK', 'DISTRICT_OFFICER', 'CITY_OFFICER'];

const refusals = {
  NOT_FOUND: '没有这个避难场所。 / There is no such shelter.',
  ROLE_NOT_ALLOWED: '由社区、街道、区或市的经办人进行。 / A clerk or officer of the community, street, district or city does this.',
  OUT_OF_SCOPE: '该避难场所不在您的辖区。 / The shelter is outside your area.',
  STALE_VERSION: '已有改动,请重新读取。 / It has changed; read it again.',
  TRANSITION_NOT_ALLOWED: '它已是这个状态。 / It is so already.',
} as const;
type Refusal = keyof typeof refusals;

const fields: Partial<Record<Refusal, readonly string[]>> = {
  NOT_FOUND: ['input', 'id'], OUT_OF_SCOPE: ['input', 'id'], STALE_VERSION: ['input', 'expectedVersion'],
};

/** The directive `@authenticated` only says so; to refuse is the subgraph's part. */
function signedIn({ actor }: Context): Actor {
  if (actor) return actor;
  throw new GraphQLError('请先登录。 / Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } });
}

function refusalOf(actor: Actor, shelter: Shelter | null, expectedVersion: number, isOpen: boolean): Refusal | null {
  if (!officers.includes(actor.role)) return 'ROLE_NOT_ALLOWED';
  if (!shelter) return 'NOT_FOUND';
  if (actor.area === null || !shelter.community.startsWith(actor.area)) return 'OUT_OF_SCOPE';
  if (shelter.version !== expectedVersion) return 'STALE_VERSION';
  return shelter.isOpen === isOpen ? 'TRANSITION_NOT_ALLOWED' : null;
}

const refused = (code: Refusal) =>
  ({ shelter: null, userErrors: [{ code, message: refusals[code], field: fields[code] ?? null }] });

async function change({ id, expectedVersion }: Input, isOpen: boolean, context: Context) {
  const actor = signedIn(context);
  const shelter = await context.shelters.load(id);
  const refusal = refusalOf(actor, shelter, expectedVersion, isOpen);
  if (refusal !== null || !shelter) return refused(refusal ?? 'NOT_FOUND');
  const changed = { ...shelter, isOpen, version: shelter.version + 1 };
  return (await context.store.replace(changed)) ? { shelter: changed, userErrors: [] } : refused('STALE_VERSION');
}

export const resolvers = {
  Query: {
    shelter: (_: unknown, { id }: { id: string }, { shelters }: Context) => shelters.load(id),
  },
  Mutation: {
    shelterOpen: (_: unknown, { input }: { input: Input }, context: Context) => change(input, true, context),
    shelterClose: (_: unknown, { input }: { input: Input }, context: Context) => change(input, false, context),
  },
  Shelter: {
    // Null for a key that is not there: the gateway counts on as many answers as it asked for, in their order.
    __resolveReference: ({ id }: { id: string }, { shelters }: Context) => shelters.load(id),
    community: ({ community }: Shelter) => ({ code: community }),
  },
  Community: {
    __resolveReference: ({ code }: { code: string }) => ({ code }),
    shelters: ({ code }: { code: string }, _: unknown, { sheltersOf }: Context) => sheltersOf.load(code),
  },
};
