import fc from 'fast-check';
import { checkList, drawn, wanted } from '../../subgraphs/community/domain/returnVisit.js';

const ids = fc.uniqueArray(fc.uuid(), { maxLength: 60 });

describe('a sample', () => {
  it('is the same for the same cases and seed, in whatever order they come', () => {
    fc.assert(fc.property(ids, fc.nat(), fc.nat(60), (all, seed, count) => {
      const sample = drawn(all, seed, count);
      expect(drawn(all.toReversed(), seed, count)).toEqual(sample);
      expect(new Set(sample).size).toBe(Math.min(count, all.length));
      expect(all).toEqual(expect.arrayContaining(sample));
    }));
  });

  it('of more is the sample of fewer, and more', () => {
    fc.assert(fc.property(ids, fc.nat(), fc.nat(30), (all, seed, count) => {
      expect(drawn(all, seed, count + 5).slice(0, count)).toEqual(drawn(all, seed, count));
    }));
  });

  it('takes each of many cases about as often as any other, whatever their ids have in common', () => {
    const all = Array.from({ length: 40 }, (_, i) => `0198c0de-0000-7000-8000-${String(i).padStart(12, '0')}`);
    const taken = new Map(all.map((id) => [id, 0]));
    for (let seed = 0; seed < 2_000; seed += 1) for (const id of drawn(all, seed, 10)) taken.set(id, (taken.get(id) ?? 0) + 1);
    // 500 each, with a deviation of 19.
    for (const n of taken.values()) expect(Math.abs(n - 500)).toBeLessThan(90);
  });
});

it.each([
  [{ mode: 'FULL', size: null, percent: null }, 7, 7],
  [{ mode: 'SAMPLE', size: 3, percent: null }, 7, 3],
  [{ mode: 'SAMPLE', size: null, percent: 10 }, 7, 1],
  [{ mode: 'SAMPLE', size: null, percent: 50 }, 7, 4],
  [{ mode: 'SAMPLE', size: null, percent: 100 }, 7, 7],
] as const)('%j of %d is %d', (of, candidates, count) => {
  expect(wanted(of, candidates)).toBe(count);
});

const march = { from: '2026-03-01', to: '2026-03-31', mode: 'SAMPLE', size: 5, percent: null } as const;
it.each([
  [{}, null],
  [{ from: '2025-03-31' }, null],
  [{ from: '2025-03-30' }, 'from'],
  [{ to: '2026-02-28' }, 'from'],
  [{ mode: 'FULL' }, 'mode'],
  [{ mode: 'FULL', size: null }, null],
  [{ size: null }, 'size'],
  [{ percent: 5 }, 'size'],
  [{ size: 0 }, 'size'],
  [{ size: 501 }, 'size'],
  [{ size: null, percent: 0 }, 'percent'],
  [{ size: null, percent: 101 }, 'percent'],
] as const)('a list with %j is refused for %s', (more, field) => {
  expect(checkList({ ...march, ...more })?.field?.[1] ?? null).toBe(field);
});
