// What the gateway tells Prometheus of itself. docker/grafana/gateway.json shows these by name.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Metric } from '../telemetry/telemetry.js';
import type { Request as SubgraphRequest } from './execution/subgraphClient.js';
import { transports, type Transport } from './live/live.js';

export interface Metrics {
  /** In Prometheus' text format. */
  text(): Promise<string>;
  /** The same, for OTLP. */
  values(): Promise<readonly Metric[]>;
  readonly contentType: string;
  answered(request: { readonly route: string; readonly status: number; readonly ms: number; readonly codes: readonly string[] }): void;
  /** The making of a plan in ms; null when it was known. */
  planned(ms: number | null): void;
  /** One HTTP request to a subgraph. */
  fetched(subgraph: string, request: SubgraphRequest): void;
  /** A need of a plan, which an HTTP request of several, or one that is under way, may meet. */
  asked(subgraph: string): void;
  /** Answers and entities that were kept, or were not, when they were wanted. */
  looked(subgraph: string, hits: number, misses: number): void;
  /** An event to somebody who has subscribed. */
  told(transport: Transport): void;
  /** How long a change took from its commit until it was heard of, in ms. */
  heard(ms: number): void;
  /** What became of a newer supergraph. */
  reloaded(outcome: ReloadOutcome): void;
}

/** `unreadable`: once for each look at it. */
export type ReloadOutcome = 'taken' | 'refused' | 'rolled_back' | 'unreadable';

export interface Gauges {
  running(): number;
  waiting(): number;
  /** By name. */
  subgraphsUp(): ReadonlyMap<string, boolean>;
  subscriptions(transport: Transport): number;
  /** Whether the cache in Redis can be used; null where there is none. */
  cacheUp(): boolean | null;
  /** Whether its changes are heard of, by name. */
  feedsUp(): ReadonlyMap<string, boolean>;
  /** The one that answers, and since when, in ms since 1970. */
  supergraph(): { readonly id: string; readonly since: number };
}

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const batches = [1, 2, 5, 10, 20, 50];
// A subgraph names its codes as it likes; each is a series of its own.
const maxCodes = 200;

export function createMetrics({ running, waiting, subgraphsUp, subscriptions, cacheUp, feedsUp, supergraph }: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const requests = new Counter({ name: 'gateway_requests_total', help: 'HTTP requests answered.', labelNames: ['route', 'status'], registers });
  const took = new Histogram({ name: 'gateway_request_seconds', help: 'From the arrival of a request to its answer.', labelNames: ['route'], buckets: seconds, registers });
  const errors = new Counter({ name: 'gateway_errors_total', help: 'Answers with an error, by its code; once for each code in an answer.', labelNames: ['code'], registers });
  const plans = new Counter({ name: 'gateway_plans_total', help: 'Operations run, by whether their plan was known.', labelNames: ['known'], registers });
  const planning = new Histogram({ name: 'gateway_planning_seconds', help: 'The making of a plan.', buckets: seconds, registers });
  const asks = new Counter({ name: 'gateway_asks_total', help: 'Fetches that plans asked for.', labelNames: ['subgraph'], registers });
  const kept = new Counter({ name: 'gateway_cache_total', help: 'Answers and entities that may be kept, by whether they were.', labelNames: ['subgraph', 'outcome'], registers });
  new Gauge({
    name: 'gateway_cache_up', help: 'Whether the cache in Redis is used: 1, or 0 while it is away.', labelNames: ['store'], registers, aggregator: 'min',
    collect() {
      this.reset();
      const up = cacheUp();
      if (up !== null) this.set({ store: 'redis' }, up ? 1 : 0);
    },
  });
  const fetches = new Counter({ name: 'gateway_fetches_total', help: 'HTTP requests to a subgraph.', labelNames: ['subgraph', 'outcome'], registers });
  const fetching = new Histogram({ name: 'gateway_fetch_seconds', help: 'An HTTP request to a subgraph.', labelNames: ['subgraph'], buckets: seconds, registers });
  const batch = new Histogram({ name: 'gateway_fetch_operations', help: 'Operations in one HTTP request to a subgraph.', labelNames: ['subgraph'], buckets: batches, registers });
  new Gauge({ name: 'gateway_running', help: 'GraphQL requests worked on now.', registers, collect() { this.set(running()); } });
  new Gauge({ name: 'gateway_waiting', help: 'GraphQL requests that wait for a place.', registers, collect() { this.set(waiting()); } });
  new Gauge({
    name: 'gateway_subgraph_up', help: 'Whether a subgraph is asked: 1, or 0 while its breaker is open.', labelNames: ['subgraph'], registers, aggregator: 'min',
    collect() {
      this.reset();
      for (const [subgraph, up] of subgraphsUp()) this.set({ subgraph }, up ? 1 : 0);
    },
  });
  new Gauge({
    name: 'gateway_live_subscriptions', help: 'Subscriptions now, by how they are connected.', labelNames: ['transport'], registers,
    collect() { for (const transport of transports) this.set({ transport }, subscriptions(transport)); },
  });
  new Gauge({
    name: 'gateway_live_feed_up', help: 'Whether a subgraph is heard of: 1, or 0 while it cannot be reached or has no /changes; only where somebody has subscribed.', labelNames: ['subgraph'], registers, aggregator: 'min',
    collect() {
      this.reset();
      for (const [subgraph, up] of feedsUp()) this.set({ subgraph }, up ? 1 : 0);
    },
  });
  const events = new Counter({ name: 'gateway_live_events_total', help: 'Events sent to those who have subscribed.', labelNames: ['transport'], registers });
  const delays = new Histogram({ name: 'gateway_live_delay_seconds', help: 'From the commit of a change until it is heard of here.', buckets: seconds, registers });
  const reloads = new Counter({ name: 'gateway_supergraph_reloads_total', help: 'Newer supergraphs, by what became of them.', labelNames: ['outcome'], registers });
  new Gauge({
    name: 'gateway_supergraph_info', help: 'Always 1, with the id of the supergraph that answers: the first of its SHA-256.', labelNames: ['id'], registers, aggregator: 'max',
    collect() {
      this.reset();
      this.set({ id: supergraph().id }, 1);
    },
  });
  new Gauge({ name: 'gateway_supergraph_since_seconds', help: 'Since when this supergraph answers, in seconds since 1970.', registers, aggregator: 'max', collect() { this.set(supergraph().since / 1_000); } });

  const codes = new Set<string>();
  function known(code: string): string {
    if (codes.size < maxCodes) codes.add(code);
    return codes.has(code) ? code : 'OTHER';
  }

  return {
    text: () => registry.metrics(),
    values: async () => (await registry.getMetricsAsJSON()) as unknown as Metric[],
    contentType: registry.contentType,
    answered({ route, status, ms, codes: found }) {
      requests.inc({ route, status });
      took.observe({ route }, ms / 1_000);
      for (const code of found) errors.inc({ code: known(code) });
    },
    planned(ms) {
      plans.inc({ known: String(ms === null) });
      if (ms !== null) planning.observe(ms / 1_000);
    },
    fetched(subgraph, { operations, ms, outcome }) {
      fetches.inc({ subgraph, outcome });
      if (outcome === 'away') return;
      fetching.observe({ subgraph }, ms / 1_000);
      batch.observe({ subgraph }, operations);
    },
    asked: (subgraph) => asks.inc({ subgraph }),
    looked(subgraph, hits, misses) {
      kept.inc({ subgraph, outcome: 'hit' }, hits);
      kept.inc({ subgraph, outcome: 'miss' }, misses);
    },
    told: (transport) => events.inc({ transport }),
    heard: (ms) => delays.observe(ms / 1_000),
    reloaded: (outcome) => reloads.inc({ outcome }),
  };
}
