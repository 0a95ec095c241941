import type { TelemetrySettings } from './settings.js';

/** Names, codes and numbers, never what people wrote. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

export interface Span {
  /** W3C Trace Context: what its children are told. */
  readonly traceparent: string;
  rename(name: string): void;
  set(attributes: Attributes): void;
  /** Another trace that has to do with this one. */
  link(traceparent: string): void;
  /** `error`: a code; null when all went well. */
  end(error?: string | null): void;
}

export interface SpanOptions {
  readonly kind: 'server' | 'client' | 'consumer' | 'internal';
  /** A traceparent; without one, or with a bad one, a new trace begins. */
  readonly parent: string | null | undefined;
  readonly attributes?: Attributes;
  /** By `performance.now()`; now by default. */
  readonly since?: number;
}

export interface Tracing {
  start(name: string, options: SpanOptions): Span;
}

/** As prom-client's registry gives them. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Partial<Record<string, string | number>>>;
    /** Of histograms: with `_bucket`, `_sum` or `_count`. */
    readonly metricName?: string;
  }[];
}

export interface Telemetry extends Tracing {
  /** Sends what there is, for as long as a second. */
  stop(): Promise<void>;
}

export interface TelemetryOptions {
  readonly settings: TelemetrySettings;
  /** What is told of numbers, besides spans. */
  readonly metrics?: () => Promise<readonly Metric[]>;
  /** The collector took nothing; told once until it takes something again. */
  readonly onLost: (reason: string) => void;
}

/** Loads all that this needs; whoever has no collector never calls it. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const { createTelemetry } = await import('./otlp.js');
  return createTelemetry(options);
}
