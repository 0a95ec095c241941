import type { Load } from './load.js';
import type { ShopQuery } from './shop.js';

export interface Usage {
  readonly cpuMs: number;
  readonly memoryMb: number;
}

/** With what the gateway's own processes use. */
export interface Measured extends Load, Usage {
  readonly callsPerRequest: number;
}

/** By the gateways' names. */
export type Results = Readonly<Record<ShopQuery, Map<string, Measured>>>;
/** All other names are what ours is measured against. */
export const ownNames = ['ours', 'oursPerCore'] as const;
export type Own = (typeof ownNames)[number];

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const rounded = (value: number): number => Math.round(value * 100) / 100;

/** Of all rounds: what is usual, and whatever went wrong in any. */
export function summary(all: readonly Measured[]): Measured {
  const of = (key: keyof Measured): number => median(all.map((one) => one[key]));
  return {
    rps: of('rps'), p50: of('p50'), p99: of('p99'), requests: of('requests'), cpuMs: of('cpuMs'), memoryMb: of('memoryMb'),
    callsPerRequest: of('callsPerRequest'), failures: all.reduce((sum, { failures }) => sum + failures, 0),
    wrong: all.reduce((sum, { wrong }) => sum + wrong, 0),
  };
}

const titles = ['subgraphs', 'query', 'gateway', 'req/s', 'p50 ms', 'p99 ms', 'CPU ms/req', 'MB', 'calls/req', 'failed', 'wrong'];
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

export const measuredHeading = [row(titles), `|${'---|'.repeat(titles.length)}`];

export const measuredRow = (title: string, query: ShopQuery, name: string, measured: Measured): string => row([
  title, query, name, measured.rps.toFixed(0), measured.p50.toFixed(1), measured.p99.toFixed(1), measured.cpuMs.toFixed(2), measured.memoryMb.toFixed(0),
  measured.callsPerRequest.toFixed(2), String(measured.failures), String(measured.wrong),
]);

function figures(results: Results, query: ShopQuery, name: Own): Record<string, number> {
  const ours = results[query].get(name);
  if (!ours) return {};
  const others = [...results[query]].filter(([other]) => !ownNames.some((own) => own === other));
  return {
    rps: rounded(ours.rps), p99: rounded(ours.p99),
    ...Object.fromEntries(others.flatMap(([other, { rps, p99 }]) => {
      const title = `${other[0]?.toUpperCase()}${other.slice(1)}`;
      return [[`vs${title}`, rounded(ours.rps / rps)], [`p99${title}`, rounded(p99)]];
    })),
  };
}

export const bothFigures = (results: Results, name: Own) => ({ deep: figures(results, 'deep', name), small: figures(results, 'small', name) });

function latencies(results: Results, query: ShopQuery): { readonly p50: number; readonly stockP50: number } {
  const p50Of = (name: string): number => rounded(results[query].get(name)?.p50 ?? NaN);
  return { p50: p50Of('ours'), stockP50: p50Of('stock') };
}

/** How long one alone waits for an answer, there and here. */
export const bothLatencies = (results: Results) => ({ deep: latencies(results, 'deep'), small: latencies(results, 'small') });
