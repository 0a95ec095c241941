import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import type { SubgraphName } from '../../schema/events.js';
import {
  hostSubgraph, type Ground, type HostOptions, type RunningSubgraph, type SubgraphDefinition,
} from '../../subgraphs/shared/http/subgraphHost.js';
import type { RequestContext } from '../../subgraphs/shared/graphql/requestContext.js';
import { createLogger } from '../../subgraphs/shared/logging.js';
import { testDatabase, type TestDatabase } from './database.js';
import { serviceKeys } from './identity.js';

export type Line = Readonly<Record<string, unknown>>;
type Opened = Awaited<ReturnType<SubgraphDefinition['open']>>;
type Fields = Readonly<Record<string, (parent: unknown, args: never, context: never) => unknown>>;

/** A subgraph of a few words' schema. */
export const definitionOf = (
  name: SubgraphName,
  typeDefs: string,
  resolvers: Readonly<Record<string, Fields>>,
  open: (ground: Ground) => Promise<Partial<Opened>> = async () => ({}),
): SubgraphDefinition => ({
  name,
  schema: buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers: resolvers as never }]),
  open: async (ground) => ({ context: (request) => request, handlers: {}, ...(await open(ground)) }),
});

export interface Hosted {
  readonly subgraph: RunningSubgraph;
  readonly database: TestDatabase;
  readonly url: string;
  /** Its log, and the same as text. */
  lines(): Line[];
  log(): string;
  /** Stops it and drops the database. */
  end(): Promise<void>;
}

/** Hosts it on a database and a port of its own, with a log that can be read. */
export async function hosted<Context extends RequestContext>(
  definition: SubgraphDefinition<Context>,
  over: Partial<HostOptions> & { readonly through?: (uri: string) => Promise<string> } = {},
): Promise<Hosted> {
  const { through = async (uri: string) => uri, ...options } = over;
  const database = await testDatabase(`host_${definition.name}`);
  const keys = await serviceKeys();
  const written: string[] = [];
  const nowhere = 'http://127.0.0.1:1';
  const subgraph = await hostSubgraph(definition, {
    port: 0,
    host: '127.0.0.1',
    mongoUri: await through(database.uri),
    privateKey: keys.own[definition.name],
    trusted: keys.trusted,
    urls: { city: nowhere, district: nowhere, street: nowhere, community: nowhere },
    log: createLogger(definition.name, 'debug', { write: (line) => void written.push(line) }),
    ...options,
  }).catch(async (error: unknown) => {
    await database.drop();
    throw error;
  });
  return {
    subgraph, database, url: subgraph.url,
    lines: () => written.map((line) => JSON.parse(line) as Line),
    log: () => written.join(''),
    async end() {
      await subgraph.stop();
      await database.drop();
    },
  };
}

export interface Wire {
  /** The same database, by way of this wire alone. */
  readonly uri: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** A connection to a database that can be cut. */
export async function wireTo(uri: string): Promise<Wire> {
  const { hostname, port, pathname } = new URL(uri);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(port), hostname);
    for (const [one, other] of [[near, far], [far, near]] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => undefined);
      one.once('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  const near = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    uri: `mongodb://${near}${pathname}?directConnection=true&retryWrites=false`,
    cut,
    mend: () => void (isCut = false),
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Asks again, without a pause, until the answer is as wanted; throws after ten seconds. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 10_000; !(await isSo());) {
    if (Date.now() > deadline) throw new Error('It did not come about within 10 s.');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
