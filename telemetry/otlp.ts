// The one file that loads OpenTelemetry; telemetry.ts imports it when there is a collector.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type SpanContext } from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler, AlwaysOnSampler, BasicTracerProvider, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace-base';
import { metricProducer } from './metrics.js';
import type { TelemetrySettings } from './settings.js';
import type { Span, SpanOptions, Telemetry, TelemetryOptions } from './telemetry.js';

const scope = 'hefei-platform';
const lastWordsMs = 1_000;
const exportTimeoutMs = 5_000;
const maxQueued = 4_096;

const kinds: Readonly<Record<SpanOptions['kind'], SpanKind>> = {
  server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER, internal: SpanKind.INTERNAL,
};

/** Nothing global and nothing patched: who has the answer starts spans, nobody else. */
export function createTelemetry({ settings, metrics, onLost }: TelemetryOptions): Telemetry {
  const { endpoint, serviceName, headers, metricsEveryMs } = settings;
  const resource = detectResources({ detectors: [envDetector] })
    .merge(resourceFromAttributes({ 'service.name': serviceName, 'service.instance.id': randomUUID() }));
  const toCollector = { headers: { ...headers }, timeoutMillis: exportTimeoutMs };
  const told = once(onLost);

  // Beyond its queue spans are dropped: a collector that is away costs memory, and not more than this.
  const processor = new BatchSpanProcessor(
    watched(new OTLPTraceExporter({ ...toCollector, url: `${endpoint}/v1/traces` }), told),
    { maxQueueSize: maxQueued, maxExportBatchSize: 512, scheduledDelayMillis: 1_000, exportTimeoutMillis: exportTimeoutMs },
  );
  const tracers = new BasicTracerProvider({ resource, sampler: samplerOf(settings), spanProcessors: [processor] });
  const tracer = tracers.getTracer(scope);
  const meters = metrics && metricsEveryMs !== null ? new MeterProvider({
    resource,
    readers: [new PeriodicExportingMetricReader({
      exporter: watched(new OTLPMetricExporter({ ...toCollector, url: `${endpoint}/v1/metrics` }), told),
      exportIntervalMillis: metricsEveryMs,
      exportTimeoutMillis: Math.min(exportTimeoutMs, metricsEveryMs),
      metricProducers: [metricProducer(metrics, resource, scope)],
    })],
  }) : null;

  return {
    start(name, { kind, parent, attributes = {}, since }) {
      const span = tracer.startSpan(
        name, { kind: kinds[kind], attributes: { ...attributes }, ...(since !== undefined && { startTime: since }) }, contextOf(parent),
      );
      const traceparent = traceparentOf(span.spanContext());
      const made: Span = {
        traceparent,
        rename: (to) => void span.updateName(to),
        set: (more) => void span.setAttributes({ ...more }),
        link(to) {
          const context = spanContextOf(to);
          if (context) span.addLink({ context });
        },
        end(error = null) {
          if (error !== null) span.setAttribute('error.type', error).setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
      return made;
    },
    async stop() {
      const ended = Promise.allSettled([tracers.shutdown(), meters?.shutdown()]);
      await Promise.race([ended, sleep(lastWordsMs, undefined, { ref: false })]);
    },
  };
}

function samplerOf({ sampler, ratio }: TelemetrySettings): Sampler {
  const roots: Readonly<Record<string, () => Sampler>> = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  };
  const root = (roots[sampler.replace('parentbased_', '')] ?? (() => new AlwaysOnSampler()))();
  return sampler.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root;
}

const form = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

function spanContextOf(traceparent: string | null | undefined): SpanContext | null {
  const [, traceId, spanId, flags] = form.exec(traceparent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags ?? '0', 16) & 1, isRemote: true };
}

function contextOf(traceparent: string | null | undefined): Context {
  const parent = spanContextOf(traceparent);
  return parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

const traceparentOf = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;

interface Watch {
  lost(reason: string): void;
  kept(): void;
}

function once(tell: (reason: string) => void): Watch {
  let isLost = false;
  return {
    lost(reason) {
      if (!isLost) tell(reason);
      isLost = true;
    },
    kept: () => void (isLost = false),
  };
}

/** The same exporter, whose failures are told. */
function watched<Exporter extends { export(batch: never, done: (result: { code: number; error?: Error }) => void): void }>(
  exporter: Exporter,
  watch: Watch,
): Exporter {
  const send = exporter.export.bind(exporter);
  exporter.export = (batch: never, done) => {
    send(batch, (result) => {
      if (result.error) watch.lost(reasonOf(result.error));
      else if (result.code === 0) watch.kept();
      done(result);
    });
  };
  return exporter;
}

// What a collector answers is nobody's to log.
function reasonOf(error: Error & { code?: unknown }): string {
  return String(error.code ?? error.name);
}
