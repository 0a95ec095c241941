import { AggregatorRegistry } from 'prom-client';
import type { Metric } from '../../telemetry/telemetry.js';

type Values = readonly Metric[];

const together = (all: readonly Values[]) => AggregatorRegistry.aggregate(all.map((values) => [...values]));
const grows = ({ type }: Metric): boolean => type === 'counter' || type === 'histogram';

/** The numbers of processes by their ids. What one had counted stays when it ends, or sums would fall. */
export function createGathering() {
  const last = new Map<number, Values>();
  let past: Values = [];
  return {
    set: (id: number, values: Values): void => void last.set(id, values),
    async ended(id: number): Promise<void> {
      const left = (last.get(id) ?? []).filter(grows);
      last.delete(id);
      if (left.length > 0) past = (await together([past, left]).getMetricsAsJSON()) as unknown as Values;
    },
    text: (): Promise<string> => together([past, ...last.values()]).metrics(),
  };
}
