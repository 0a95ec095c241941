import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TelemetrySettings } from '../../telemetry/settings.js';

export interface SpanSeen {
  readonly service: string;
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Null for the first of a trace whose caller sent none. */
  readonly parent: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The ids of the spans that it is linked with. */
  readonly links: readonly string[];
  readonly failed: boolean;
}

export interface MetricSeen {
  readonly name: string;
  readonly kind: 'sum' | 'gauge' | 'histogram';
  readonly points: readonly { readonly attributes: Readonly<Record<string, unknown>>; readonly value: number }[];
}

export interface Collector {
  readonly url: string;
  readonly headers: readonly (string | undefined)[];
  settings(serviceName: string, over?: Partial<TelemetrySettings>): TelemetrySettings;
  spans(): SpanSeen[];
  /** As they were the last time. */
  metrics(): MetricSeen[];
  /** All that came, as text. */
  text(): string;
  stop(): Promise<void>;
}

interface KeyValue { readonly key: string; readonly value: Readonly<Record<string, unknown>> }
const attributesOf = (list: readonly KeyValue[] = []): Record<string, unknown> =>
  Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));

interface SpanSent {
  readonly name: string; readonly kind: number; readonly traceId: string; readonly spanId: string; readonly parentSpanId?: string;
  readonly attributes?: KeyValue[]; readonly links?: { readonly spanId: string }[]; readonly status?: { readonly code?: number };
}
interface PointSent { readonly attributes?: KeyValue[]; readonly asDouble?: number; readonly asInt?: number | string; readonly count?: number | string }
interface MetricSent { readonly name: string; readonly sum?: Points; readonly gauge?: Points; readonly histogram?: Points }
interface Points { readonly dataPoints: readonly PointSent[] }
interface Sent {
  readonly resourceSpans?: { readonly resource: { readonly attributes: KeyValue[] }; readonly scopeSpans: { readonly spans: SpanSent[] }[] }[];
  readonly resourceMetrics?: { readonly scopeMetrics: { readonly metrics: MetricSent[] }[] }[];
}

/** Takes OTLP by HTTP as JSON; one that `hangs` never answers. */
export async function startCollector({ hangs = false, onRequest }: { readonly hangs?: boolean; readonly onRequest?: () => void } = {}): Promise<Collector> {
  const bodies: string[] = [];
  const headers: (string | undefined)[] = [];
  const held: ServerResponse[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      headers.push(request.headers['x-team'] as string | undefined);
      onRequest?.();
      if (hangs) held.push(response);
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sent = (): Sent[] => bodies.map((body) => JSON.parse(body) as Sent);
  return {
    url,
    headers,
    settings: (serviceName, over = {}) =>
      ({ endpoint: url, headers: { 'x-team': 'hefei' }, serviceName, sampler: 'parentbased_always_on', ratio: 1, metricsEveryMs: 60_000, ...over }),
    spans: () => sent().flatMap(({ resourceSpans = [] }) => resourceSpans.flatMap(({ resource, scopeSpans }) => {
      const service = String(attributesOf(resource.attributes)['service.name']);
      return scopeSpans.flatMap(({ spans }) => spans).map(({ name, kind, traceId, spanId, parentSpanId, attributes, links = [], status }): SpanSeen => ({
        service, name, kind, traceId, spanId, parent: parentSpanId || null,
        attributes: attributesOf(attributes), links: links.map((link) => link.spanId), failed: status?.code === 2,
      }));
    })),
    metrics: () => (sent().findLast(({ resourceMetrics }) => resourceMetrics)?.resourceMetrics ?? [])
      .flatMap(({ scopeMetrics }) => scopeMetrics).flatMap(({ metrics }) => metrics).map((metric): MetricSeen => {
        const kind = (['sum', 'gauge', 'histogram'] as const).find((one) => metric[one]) ?? 'gauge';
        const points = (metric[kind]?.dataPoints ?? []).map(({ attributes, asDouble, asInt, count }) =>
          ({ attributes: attributesOf(attributes), value: Number(asDouble ?? asInt ?? count) }));
        return { name: metric.name, kind, points };
      }),
    text: () => bodies.join('\n'),
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}
