import fc from 'fast-check';
import { ratio } from '../../subgraphs/city/domain/workload.js';

it.each([
  [1, 2, 0, 1], [5, 2, 0, 3], [-1, 2, 0, 0], [201, 200, 2, 1.01], [2, 3, 4, 0.6667], [0, 7, 2, 0],
])('rounds %i / %i to %i decimals half up: %d', (numerator, denominator, digits, rounded) => {
  expect(ratio(numerator, denominator, digits)).toBe(rounded);
});

it('is never further from the ratio than half of its last decimal', () => {
  fc.assert(fc.property(fc.nat(50_000_000), fc.integer({ min: 1, max: 50_000_000 }), fc.nat(6), (numerator, denominator, digits) => {
    const off = BigInt(Math.round(ratio(numerator, denominator, digits) * 10 ** digits)) * BigInt(denominator) - BigInt(numerator) * 10n ** BigInt(digits);
    expect(2n * (off < 0n ? -off : off) <= BigInt(denominator)).toBe(true);
  }));
});
