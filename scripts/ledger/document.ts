import { counterId, increments, type CountsEntry } from '../../subgraphs/shared/domain/counts.js';

/** A counter as the entries that were added to it have made it. */
export function documentOf(entries: readonly CountsEntry[]): Record<string, unknown> {
  const { area, slice, period, key, ofMatters } = entries[0] as CountsEntry;
  const document: Record<string, unknown> = { _id: counterId({ area, slice, period, key, ofMatters }), area, slice, period, key, ofMatters };
  for (const [path, n] of entries.flatMap(increments)) {
    const steps = path.split('.');
    const last = steps.pop() ?? '';
    const at = steps.reduce((inner, step) => (inner[step] ??= {}) as Record<string, unknown>, document);
    at[last] = Number(at[last] ?? 0) + n;
  }
  return document;
}
