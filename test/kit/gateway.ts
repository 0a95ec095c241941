import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createCallerVerifier } from '../../gateway/auth.js';
import { createInternalSigner } from '../../gateway/internalToken.js';
import { createLog } from '../../gateway/logging.js';
import { createGateway, type Gateway, type GatewayOptions } from '../../gateway/server.js';
import { signToken } from '../../scripts/token.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { callerOf, newKey, publicPart, serviceKeys } from './identity.js';
import { post, startSubgraphs, type Answer, type Subgraphs, type SubgraphsOptions } from './subgraphs.js';

const issuer = 'hefei-platform';

type Variables = Readonly<Record<string, unknown>>;

/** The API as one caller has it. */
export interface Client {
  /** Gives the data; throws when there are GraphQL errors. */
  run<Data = Record<string, unknown>>(query: string, variables?: Variables): Promise<Data>;
  /** Gives data and errors as they came. */
  attempt<Data = Record<string, unknown>>(query: string, variables?: Variables): Promise<Answer<Data>>;
}

export interface Platform {
  readonly url: string;
  readonly gateway: Gateway;
  readonly subgraphs: Subgraphs;
  /** Null has not signed in. */
  as(who: Actor | null): Client;
  /** The same caller's headers, for what is no GraphQL. */
  headers(who: Actor | null): Promise<Record<string, string>>;
  /** Stops everything and drops the databases. */
  end(): Promise<void>;
}

/** The gateway and its four subgraphs in this process; `now` is the subgraphs' clock, tokens use the real one. */
export async function startPlatform(options: SubgraphsOptions, gatewayOptions: Partial<GatewayOptions> = {}): Promise<Platform> {
  const subgraphs = await startSubgraphs(options);
  const { own } = await serviceKeys();
  const issuerKey = await newKey('development');
  const gateway = await createGateway({
    supergraphSdl: await readFile(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8'),
    verifyCaller: createCallerVerifier({
      keys: createPublicKey({ key: { ...publicPart(issuerKey) }, format: 'jwk' }), issuer, audience: issuer, ...(gatewayOptions.now && { now: gatewayOptions.now }),
    }),
    signInternal: createInternalSigner(createPrivateKey({ key: { ...own.gateway }, format: 'jwk' })),
    urls: subgraphs.urls,
    log: createLog('silent'),
    production: false,
    // Tests ask all at once what is to be decided at once.
    maxWaiting: 1_000,
    ...gatewayOptions,
  });
  const url = await gateway.listen(0, '127.0.0.1');

  const tokenOf = (who: Actor | null): Promise<string> | null => who && signToken(callerOf(who), { issuerPrivateJwk: issuerKey, issuer, audience: issuer });

  function as(who: Actor | null): Client {
    const token = tokenOf(who);
    const attempt: Client['attempt'] = async (query, variables = {}) =>
      post(url, query, { variables, token: (await token) ?? undefined });
    return {
      attempt,
      async run<Data>(query: string, variables: Variables = {}) {
        const answer = await attempt<Data>(query, variables);
        const { data, errors } = answer;
        if (errors || !data) throw new Error(`${query}\nhad GraphQL errors: ${JSON.stringify(answer, null, 2)}`);
        return data;
      },
    };
  }

  return {
    url,
    gateway,
    subgraphs,
    as,
    headers: async (who) => (who ? { authorization: `Bearer ${await tokenOf(who)}` } : {}),
    async end() {
      await gateway.stop();
      await subgraphs.end();
    },
  };
}
