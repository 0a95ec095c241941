import {
  bothFigures, bothLatencies, measuredHeading, measuredRow, summary, type Measured, type Results,
} from '../../../scripts/bench/gateway/report.js';
import type { ShopQuery } from '../../../scripts/bench/gateway/shop.js';

const measured = (over: Partial<Measured> = {}): Measured =>
  ({ rps: 100, p50: 8, p99: 20, requests: 500, failures: 0, wrong: 0, cpuMs: 1.234, memoryMb: 90, callsPerRequest: 2.7, ...over });
const results = (of: Readonly<Record<ShopQuery, Readonly<Record<string, Measured>>>>): Results =>
  ({ deep: new Map(Object.entries(of.deep)), small: new Map(Object.entries(of.small)) });

describe('what a gateway did in several rounds', () => {
  it('is what was usual, and whatever failed in any', () => {
    const rounds = [measured({ rps: 90, p99: 50, failures: 1 }), measured({ rps: 110, wrong: 2 }), measured({ rps: 300, failures: 3 })];
    expect(summary(rounds)).toEqual(measured({ rps: 110, failures: 4, wrong: 2 }));
  });

  it('has a row under the heading', () => {
    const line = measuredRow('executing', 'deep', 'ours', measured());
    expect(line).toBe('| executing | deep | ours | 100 | 8.0 | 20.0 | 1.23 | 90 | 2.70 | 0 | 0 |');
    expect(measuredHeading.map((heading) => heading.split('|').length)).toEqual([line, line].map((one) => one.split('|').length));
  });
});

describe('the figures of a comparison', () => {
  const all = results({
    deep: {
      stock: measured({ rps: 20, p99: 300 }), ours: measured({ rps: 120 }), oursPerCore: measured({ rps: 160 }),
      apolloPlanner: measured({ rps: 80, p99: 31.456 }), grafbase: measured({ rps: 100 }),
    },
    small: { stock: measured(), ours: measured({ rps: 500 }) },
  });

  it('set ours against each other one, and against itself with the other planner', () => {
    expect(bothFigures(all, 'ours')).toEqual({
      deep: {
        rps: 120, p99: 20, vsStock: 6, p99Stock: 300, vsApolloPlanner: 1.5, p99ApolloPlanner: 31.46, vsGrafbase: 1.2, p99Grafbase: 20,
      },
      small: { rps: 500, p99: 20, vsStock: 5, p99Stock: 20 },
    });
  });

  it('are those of several processes where these were measured, and none where they were not', () => {
    expect(bothFigures(all, 'oursPerCore')).toMatchObject({ deep: { rps: 160, vsStock: 8 }, small: {} });
  });

  it('are times of an answer where one asks alone', () => {
    const alone = results({
      deep: { stock: measured({ p50: 30.204 }), ours: measured({ p50: 8.3 }) },
      small: { stock: measured({ p50: 10.1 }), ours: measured({ p50: 3.4 }) },
    });
    expect(bothLatencies(alone)).toEqual({ deep: { p50: 8.3, stockP50: 30.2 }, small: { p50: 3.4, stockP50: 10.1 } });
  });
});
