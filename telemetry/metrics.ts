import type { HrTime } from '@opentelemetry/api';
import { ValueType } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import { AggregationTemporality, DataPointType, type DataPoint, type MetricData, type MetricProducer } from '@opentelemetry/sdk-metrics';
import type { Metric } from './telemetry.js';

type Value = Metric['values'][number];

/** The numbers of a Prometheus registry, by their own names, for OTLP. */
export function metricProducer(metrics: () => Promise<readonly Metric[]>, resource: Resource, scope: string): MetricProducer {
  const since = hrTime(Date.now());
  return {
    async collect() {
      const found = (await metrics()).flatMap((metric) => dataOf(metric, since, hrTime(Date.now())));
      return { resourceMetrics: { resource, scopeMetrics: [{ scope: { name: scope }, metrics: found }] }, errors: [] };
    },
  };
}

const hrTime = (ms: number): HrTime => [Math.trunc(ms / 1_000), Math.round((ms % 1_000) * 1e6)];

/** Summaries have no form of their own there, and we have none. */
export function dataOf({ name, help, type, values }: Metric, startTime: HrTime, endTime: HrTime): MetricData[] {
  if (values.length === 0) return [];
  const common = {
    descriptor: { name, description: help, unit: name.replace(/_total$/, '').endsWith('_seconds') ? 's' : '', valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  const point = <T>(labels: Value['labels'], value: T): DataPoint<T> =>
    ({ startTime, endTime, attributes: attributesOf(labels), value });
  const plain = (): DataPoint<number>[] => values.map(({ labels, value }) => point(labels, value));
  if (type === 'gauge') return [{ ...common, dataPointType: DataPointType.GAUGE, dataPoints: plain() }];
  if (type === 'counter') return [{ ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: plain() }];
  if (type !== 'histogram') return [];
  return [{ ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints: histograms(name, values).map(({ labels, value }) => point(labels, value)) }];
}

const attributesOf = (labels: Value['labels']): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])));

interface Buckets {
  readonly labels: Value['labels'];
  readonly value: { readonly buckets: { readonly boundaries: number[]; readonly counts: number[] }; readonly count: number; readonly sum: number };
}

/** Prometheus counts all below a boundary, OTLP those between two. */
function histograms(name: string, values: readonly Value[]): Buckets[] {
  const groups = new Map<string, Value[]>();
  for (const one of values) {
    const { le: _, ...own } = one.labels;
    const key = JSON.stringify(own);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].map(([key, group]) => {
    const of = (suffix: string): number => group.find(({ metricName }) => metricName === `${name}_${suffix}`)?.value ?? 0;
    const below = group.filter(({ labels: { le } }) => le !== undefined && le !== '+Inf')
      .map(({ labels: { le }, value }): [number, number] => [Number(le), value]).toSorted(([a], [b]) => a - b);
    const totals = [...below.map(([, count]) => count), of('count')];
    return {
      labels: JSON.parse(key) as Value['labels'],
      value: {
        buckets: {
          boundaries: below.map(([boundary]) => boundary),
          counts: totals.map((total, index) => total - (totals[index - 1] ?? 0)),
        },
        count: of('count'),
        sum: of('sum'),
      },
    };
  });
}
