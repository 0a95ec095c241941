// Some of the levels and the gateway in the driver's own process, for what is measured of one query: nothing else runs beside it.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createCallerVerifier } from '../../gateway/auth.js';
import { createInternalSigner } from '../../gateway/internalToken.js';
import { createLog } from '../../gateway/logging.js';
import { createGateway } from '../../gateway/server.js';
import type { SubgraphName } from '../../schema/events.js';
import type { HostOptions, RunningSubgraph } from '../../subgraphs/shared/http/subgraphHost.js';
import { createLogger } from '../../subgraphs/shared/logging.js';
import type { DevelopmentKeys } from '../keys.js';
import { freePorts, subgraphNames } from '../platform/processes.js';
import { signToken } from '../token.js';
import { Client } from './client.js';

export interface InProcessOptions {
  readonly keys: DevelopmentKeys;
  /** How each level that is needed is hosted, and its database. */
  readonly levels: Partial<Readonly<Record<SubgraphName, { readonly mongoUri: string; host(options: HostOptions): Promise<RunningSubgraph> }>>>;
}

export interface InProcess {
  readonly hosts: readonly RunningSubgraph[];
  readonly client: Client;
  /** Of a city officer. */
  readonly token: string;
  stop(): Promise<void>;
}

export async function startInProcess({ keys, levels }: InProcessOptions): Promise<InProcess> {
  const ports = await freePorts();
  const urls = Object.fromEntries(subgraphNames.map((name) => [name, `http://127.0.0.1:${ports[name]}`])) as Record<SubgraphName, string>;
  const hosts: RunningSubgraph[] = [];
  for (const name of subgraphNames) {
    const level = levels[name];
    if (level) {
      hosts.push(await level.host({
        port: ports[name], host: '127.0.0.1', mongoUri: level.mongoUri, privateKey: keys.services[name], trusted: keys.serviceJwks, urls,
        log: createLogger(name, 'silent'), runTasks: false,
      }));
    }
  }
  const gateway = await createGateway({
    supergraphSdl: await readFile(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8'),
    verifyCaller: createCallerVerifier({ keys: createPublicKey({ key: { ...keys.issuerPublicJwk }, format: 'jwk' }), issuer: 'hefei-platform', audience: 'hefei-platform' }),
    signInternal: createInternalSigner(createPrivateKey({ key: { ...keys.services.gateway }, format: 'jwk' })),
    urls, log: createLog('silent'), production: true,
  });
  const client = new Client(await gateway.listen(0, '127.0.0.1'), 1);
  return {
    hosts,
    client,
    token: await signToken({ role: 'CITY_OFFICER', id: 'officer-city', area: '3401' }, { issuerPrivateJwk: keys.issuerPrivateJwk }),
    async stop() {
      await client.close();
      await gateway.stop();
      for (const host of hosts) await host.stop();
    },
  };
}
