import { AggregatorRegistry } from 'prom-client';
import type { Metric } from '../../telemetry/telemetry.js';

type Values = readonly Metric[];

const together = (all: readonly Values[]) => AggregatorRegistry.aggregate(all.map((values) => [...values]));
const grows = ({ type }: Metric): boolean => type === 'counter' || type === 'histogram';

/** The numbers of processes by their ids. What one had counted stays when it ends, or sums would fall. */
export function createGathering() {
  const last = new Map<number, Values>();
  const gone = new Set<number>();
  /** One after the other: two that end together must both be in it. */
  let past: Promise<Values> = Promise.resolve([]);
  const added = async (before: Promise<Values>, left: Values): Promise<Values> =>
    (await together([await before, left]).getMetricsAsJSON()) as unknown as Values;
  return {
    /** What comes after its end has been counted. */
    set(id: number, values: Values): void {
      if (!gone.has(id)) last.set(id, values);
    },
    async ended(id: number): Promise<void> {
      const left = (last.get(id) ?? []).filter(grows);
      last.delete(id);
      gone.add(id);
      if (left.length > 0) past = added(past, left);
      await past;
    },
    text: async (): Promise<string> => together([await past, ...last.values()]).metrics(),
  };
}
