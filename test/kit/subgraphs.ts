import type { Logger } from 'pino';
import type { SubgraphName } from '../../schema/events.js';
import { unusedPorts } from '../../scripts/platform/processes.js';
import { seed as seedAll } from '../../scripts/seed.js';
import { citySubgraph } from '../../subgraphs/city/subgraph.js';
import { communityWith } from '../../subgraphs/community/subgraph.js';
import type { MaterialScanner, NoticeChannel } from '../../subgraphs/community/usecases/ports.js';
import { districtSubgraph } from '../../subgraphs/district/subgraph.js';
import { hostSubgraph, type HostOptions, type RunningSubgraph } from '../../subgraphs/shared/http/subgraphHost.js';
import { createLogger } from '../../subgraphs/shared/logging.js';
import { streetSubgraph } from '../../subgraphs/street/subgraph.js';
import { testDatabase } from './database.js';
import { serviceKeys } from './identity.js';

type Hosts = Readonly<Record<SubgraphName, (options: HostOptions) => Promise<RunningSubgraph>>>;

const hostsWith = (options: Pick<SubgraphsOptions, 'noticeChannels' | 'scanner'>): Hosts => ({
  city: (options) => hostSubgraph(citySubgraph, options),
  district: (options) => hostSubgraph(districtSubgraph, options),
  street: (options) => hostSubgraph(streetSubgraph, options),
  community: (hosting) => hostSubgraph(communityWith(options), hosting),
});

export const subgraphNames: readonly SubgraphName[] = ['city', 'district', 'street', 'community'];

export interface SubgraphsOptions {
  /** Names the databases; give each test file its own. */
  readonly name: string;
  readonly now?: () => Date;
  /** Writes the whole city first: areas, units and grids. */
  readonly seed?: boolean;
  /** Ways out for notices. */
  readonly noticeChannels?: readonly NoticeChannel[];
  /** Looks into documents. */
  readonly scanner?: MaterialScanner;
  /** Where the processes log; nowhere by default. */
  readonly log?: Logger;
}

/** The four subgraphs in this process, each with a database and a port of its own. */
export interface Subgraphs {
  /** Without `/graphql`. */
  readonly urls: Readonly<Record<SubgraphName, string>>;
  readonly uris: Readonly<Record<SubgraphName, string>>;
  /** Throws while that one is stopped. */
  running(name: SubgraphName): RunningSubgraph;
  /** Starts one that was stopped, on the same port and database. */
  start(name: SubgraphName): Promise<void>;
  /** Stops one and keeps its database. */
  stop(name: SubgraphName): Promise<void>;
  /** Stops all and drops their databases. */
  end(): Promise<void>;
}

export async function startSubgraphs({ name, now, seed = false, log, ...options }: SubgraphsOptions): Promise<Subgraphs> {
  const hosts = hostsWith(options);
  const urls = byName(await unusedPorts(subgraphNames.length), (port) => `http://127.0.0.1:${port}`);
  const databases = await Promise.all(subgraphNames.map((subgraph) => testDatabase(`${name}_${subgraph}`)));
  const uris = byName(databases, ({ uri }) => uri);
  if (seed) await seedAll({ uris, log: () => undefined });
  const keys = await serviceKeys();
  const live = new Map<SubgraphName, RunningSubgraph>();

  const subgraphs: Subgraphs = {
    urls,
    uris,
    running(subgraph) {
      const found = live.get(subgraph);
      if (!found) throw new Error(`${subgraph} is stopped; start it first.`);
      return found;
    },
    async start(subgraph) {
      live.set(subgraph, await hosts[subgraph]({
        port: Number(new URL(urls[subgraph]).port),
        host: '127.0.0.1',
        mongoUri: monitored(uris[subgraph]),
        privateKey: keys.own[subgraph],
        trusted: keys.trusted,
        urls,
        log: log ?? createLogger(subgraph, process.env['LOG_LEVEL'] ?? 'silent'),
        // Where the test moves the clock it also says when the clock is looked at.
        ...(now && { now, runTasks: false }),
      }));
    },
    async stop(subgraph) {
      await live.get(subgraph)?.stop();
      live.delete(subgraph);
    },
    async end() {
      await Promise.all(subgraphNames.map((subgraph) => subgraphs.stop(subgraph)));
      await Promise.all(databases.map((database) => database.drop()));
    },
  };
  await Promise.all(subgraphNames.map((subgraph) => subgraphs.start(subgraph)));
  return subgraphs;
}

const byName = <T, V>(values: readonly T[], map: (value: T) => V): Record<SubgraphName, V> =>
  Object.fromEntries(subgraphNames.map((subgraph, i) => [subgraph, map(values[i] as T)])) as Record<SubgraphName, V>;

/** Lets `commandsDuring` listen. */
const monitored = (uri: string): string => `${uri}${uri.includes('?') ? '&' : '?'}monitorCommands=true`;

export interface Answer<Data = Record<string, unknown>> {
  readonly data?: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

/** Sends an operation; gives what came back, errors and all. `url` is without `/graphql`. */
export async function post<Data = Record<string, unknown>>(
  url: string,
  query: string,
  { variables = {}, token }: {
    readonly variables?: Readonly<Record<string, unknown>>;
    readonly token?: string | undefined;
  } = {},
): Promise<Answer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const text = await response.text();
  const answer = JSON.parse(text) as Answer<Data>;
  if (answer.data === undefined && answer.errors === undefined) throw new Error(`${response.status} is no GraphQL answer: ${text.slice(0, 1_000)}`);
  return answer;
}

/** What the subgraphs' post office does on its own account, at any time. */
const background = new Set(['outbox', 'inbox', 'sentSequences', 'receivedSequences', 'changes', 'changesRead']);

/** The database commands that `work` causes, each as `city find areas`, in order of their names. */
export async function commandsDuring(subgraphs: Subgraphs, work: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  const watched = subgraphNames.map((name) => {
    const client = subgraphs.running(name).connection.getClient();
    const listener = ({ commandName, command }: { commandName: string; command: Record<string, unknown> }): void => {
      const collection = command[commandName];
      if (typeof collection !== 'string' || background.has(collection)) return;
      seen.push(`${name} ${commandName} ${collection}`);
    };
    client.on('commandStarted', listener);
    return () => client.off('commandStarted', listener);
  });
  try {
    await work();
  } finally {
    for (const unwatch of watched) unwatch();
  }
  return seen.toSorted();
}
