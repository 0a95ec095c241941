import type { Logger } from 'pino';
import { connectSubgraph, type Subgraph } from './dataSource.js';
import type { AnswerCache } from './execution/answerCache.js';
import type { TraceAsk } from './execution/askTrace.js';
import { createFeed, type Feed, type FeedOptions } from './live/feed.js';
import { publicTypesIn } from './live/publicNews.js';
import { createCarrier, keeper, type Carrier } from './materials/carrier.js';
import type { Metrics } from './metrics.js';
import { overriddenUrl, subgraphUrls } from './supergraph.js';

/** What is said of subgraphs besides the supergraph, by their names. */
export interface SubgraphSettings {
  /** Overrides of the supergraph's URLs. */
  readonly urls: Readonly<Record<string, string>>;
  /** How long a subgraph may take; 30 s by default. */
  readonly timeoutsMs?: Readonly<Record<string, number>>;
}

/** A subgraph at a URL, for all supergraphs that have it there. */
export interface Connection {
  readonly name: string;
  readonly subgraph: Subgraph;
  /** Of documents' bytes. */
  readonly carrier: Carrier | null;
  /** Of its changes; nobody listens before it is started. */
  readonly feed: Feed;
  /** Requests that had no answer, or one of 5xx. */
  failures(): number;
}

/** Closing sees through what is under way, destroying ends it. */
type Closable = Pick<Carrier, 'close' | 'destroy'>;

export interface Connections {
  /**
   * Those of a supergraph; each is kept until all that hold it let it go.
   * @throws Error when it names no subgraphs, or one has no URL.
   */
  hold(supergraphSdl: string, settings: SubgraphSettings): ReadonlyMap<string, Connection>;
  /** Closes what nobody holds any more, after what is under way. */
  letGo(held: ReadonlyMap<string, Connection>): Promise<void>;
  /** Ends what is under way. */
  destroy(): Promise<void>;
}

export interface ConnectionsOptions {
  readonly log: Logger;
  readonly maxBatch?: number | undefined;
  readonly hedgeMs?: number | null | undefined;
  readonly failures?: number | undefined;
  readonly metrics: Pick<Metrics, 'asked' | 'fetched'>;
  /** Whether nobody else writes for the same callers, as other processes of one gateway do; true by default. */
  readonly alone?: boolean;
  /** Follows what is asked of a subgraph. */
  readonly traceAsks?: ((name: string) => TraceAsk) | undefined;
  /** Of what is the same for everyone. */
  readonly cache?: AnswerCache | undefined;
  readonly live?: Pick<FeedOptions, 'sign' | 'onNews' | 'onDelay'> | undefined;
}

export function createConnections({ log, maxBatch, hedgeMs, failures, metrics, traceAsks, cache, live, alone = true }: ConnectionsOptions): Connections {
  const holders = new Map<string, { readonly connection: Connection; count: number }>();
  /** What nobody holds any more, until it is over. */
  const closing = new Set<Closable>();
  // A write to one subgraph may change what another answers.
  const writes = alone ? { count: 0 } : unknownWrites();

  function connect(name: string, url: string, timeoutMs: number | undefined): Connection {
    let failed = 0;
    const connected = connectSubgraph({
      name, url, log, timeoutMs, maxBatch, hedgeMs, failures, writes,
      onAsk: () => metrics.asked(name),
      onRequest(request) {
        if (request.outcome !== 'answered' || (request.status ?? 0) >= 500) failed += 1;
        metrics.fetched(name, request);
      },
      traceAsk: traceAsks?.(name),
    });
    const subgraph = cache ? { ...connected, ask: cache.over({ name, url }, connected.ask) } : connected;
    const feed = createFeed({
      name, url, log, sign: live?.sign ?? null, onDelay: live?.onDelay,
      onNews(topics) {
        // What was asked before must not answer who asks because of this.
        writes.count += 1;
        // Null: it was set back, or has forgotten what was not heard of.
        const types = publicTypesIn(topics);
        if (types === null || types.length > 0) void cache?.invalidate(name, types);
        live?.onNews(topics);
      },
    });
    if (cache) void feed.start();
    return { name, subgraph, feed, carrier: name === keeper ? createCarrier(url) : null, failures: () => failed };
  }

  const parts = ({ subgraph, feed, carrier }: Connection): Closable[] => [subgraph, feed, ...(carrier ? [carrier] : [])];

  return {
    hold(supergraphSdl, { urls, timeoutsMs = {} }) {
      const places = placesOf(supergraphSdl, urls);
      return new Map(places.map(({ name, url }) => {
        const key = keyOf(name, url);
        const known = holders.get(key) ?? { connection: connect(name, url, timeoutsMs[name]), count: 0 };
        known.count += 1;
        holders.set(key, known);
        return [name, known.connection] as const;
      }));
    },
    async letGo(held) {
      const ended = [...holders].filter(([, { connection }]) => held.get(connection.name) === connection).flatMap(([key, holder]) => {
        holder.count -= 1;
        if (holder.count > 0) return [];
        holders.delete(key);
        return parts(holder.connection);
      });
      await Promise.all(ended.map(async (one) => {
        closing.add(one);
        try {
          await one.close();
        } finally {
          closing.delete(one);
        }
      }));
    },
    async destroy() {
      const held = [...holders.values()].flatMap(({ connection }) => parts(connection));
      await Promise.all([...held, ...closing].map((one) => one.destroy()));
    },
  };
}

/** Of others' writes nobody here knows: what is under way answers no one who asks later. */
function unknownWrites(): { count: number } {
  let asked = 0;
  return { get count() { return (asked += 1); }, set count(_) { /* As good as any other. */ } };
}

const keyOf = (name: string, url: string): string => `${name} ${url}`;

function placesOf(supergraphSdl: string, urls: SubgraphSettings['urls']): { readonly name: string; readonly url: string }[] {
  const entries = Object.entries(subgraphUrls(supergraphSdl));
  if (entries.length === 0) throw new Error('The file is not a composed supergraph: it names no subgraphs.');
  return entries.map(([name, composedUrl]) => {
    const url = overriddenUrl(composedUrl, urls[name]);
    if (!URL.canParse(url)) throw new Error(`The supergraph has no usable URL for subgraph ${name}; give one in the environment.`);
    return { name, url };
  });
}
