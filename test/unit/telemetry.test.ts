import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { dataOf } from '../../telemetry/metrics.js';
import { telemetrySettings } from '../../telemetry/settings.js';
import type { Metric } from '../../telemetry/telemetry.js';

const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:4318/';

it('is off unless a collector is named, whatever else is set', () => {
  for (const environment of [{}, { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, { OTEL_TRACES_SAMPLER: 'always_on', OTEL_SERVICE_NAME: 'x' }]) {
    expect(telemetrySettings(environment, 'gateway')).toEqual({ settings: null, problems: [] });
  }
});

it('reads the standard names', () => {
  expect(telemetrySettings({ OTEL_EXPORTER_OTLP_ENDPOINT }, 'gateway').settings).toEqual({
    endpoint: 'http://127.0.0.1:4318', headers: {}, serviceName: 'gateway', sampler: 'parentbased_always_on', ratio: 1, metricsEveryMs: 60_000,
  });
  expect(telemetrySettings({
    OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME: '合肥', OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20YQ==, x-team=100%', OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25', OTEL_METRIC_EXPORT_INTERVAL: '5000',
  }, 'gateway').settings).toMatchObject({
    serviceName: '合肥', headers: { authorization: 'Basic YQ==', 'x-team': '100%' }, sampler: 'traceidratio', ratio: 0.25, metricsEveryMs: 5_000,
  });
  expect(telemetrySettings({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_METRICS_EXPORTER: 'none' }, 'gateway').settings).toMatchObject({ metricsEveryMs: null });
});

it.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }], [{ OTEL_EXPORTER_OTLP_HEADERS: 'secret' }], [{ OTEL_TRACES_SAMPLER: 'xray' }],
  [{ OTEL_TRACES_SAMPLER_ARG: '1.5' }], [{ OTEL_METRIC_EXPORT_INTERVAL: '99' }], [{ OTEL_METRICS_EXPORTER: 'prometheus' }],
])('says in a sentence what is wrong with %j, without repeating it', (wrong) => {
  const { settings, problems } = telemetrySettings({ OTEL_EXPORTER_OTLP_ENDPOINT, ...wrong }, 'gateway');
  const [[name = '', value = ''] = []] = Object.entries(wrong);
  expect([settings, problems.length, problems[0]?.startsWith(`${name} must `), problems[0]?.includes(value)]).toEqual([null, 1, true, false]);
});

it('gives counters, gauges and histograms as they are, with the counts between two boundaries', async () => {
  const registry = new Registry();
  const registers = [registry];
  new Counter({ name: 'calls_total', help: 'Calls.', labelNames: ['code'], registers }).inc({ code: 'A' }, 3);
  new Gauge({ name: 'waiting', help: 'Waiting.', registers }).set(2);
  const took = new Histogram({ name: 'took_seconds', help: 'Time.', labelNames: ['route'], buckets: [0.1, 1], registers });
  for (const value of [0.05, 0.5, 0.6, 7]) took.observe({ route: '/' }, value);
  took.observe({ route: '/b' }, 0.1);
  const metrics = (await registry.getMetricsAsJSON()) as unknown as Metric[];
  const [calls, waiting, time] = metrics.flatMap((metric) => dataOf(metric, [1, 0], [2, 0]));
  expect(calls).toMatchObject({ descriptor: { name: 'calls_total' }, isMonotonic: true, dataPoints: [{ attributes: { code: 'A' }, value: 3, startTime: [1, 0], endTime: [2, 0] }] });
  expect(waiting).toMatchObject({ dataPoints: [{ attributes: {}, value: 2 }] });
  expect(time).toMatchObject({
    descriptor: { unit: 's' },
    dataPoints: [
      { attributes: { route: '/' }, value: { buckets: { boundaries: [0.1, 1], counts: [1, 2, 1] }, count: 4 } },
      { attributes: { route: '/b' }, value: { buckets: { boundaries: [0.1, 1], counts: [1, 0, 0] }, count: 1, sum: 0.1 } },
    ],
  });
});
