import { continueTrace, currentScope, runInScope, traceIdOf } from '../../subgraphs/shared/events/trace.js';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const form = /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/;

describe('a trace', () => {
  it.each(['00', '01', '03'])("goes on under a span of one's own, whatever its flags: %s", (flags) => {
    const next = continueTrace(`00-${traceId}-00f067aa0ba902b7-${flags}`);
    expect(next).toMatch(form);
    expect(traceIdOf(next)).toBe(traceId);
    expect(next).not.toContain('00f067aa0ba902b7');
  });

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['something else', 'hello'],
    ['one of another version', `01-${traceId}-00f067aa0ba902b7-01`],
    ['one in capitals', `00-${traceId.toUpperCase()}-00f067aa0ba902b7-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
    ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['more than one', `00-${traceId}-00f067aa0ba902b7-01, 00-${traceId}-00f067aa0ba902b7-01`],
  ])('starts anew after %s', (_what, given) => {
    const [one, other] = [continueTrace(given), continueTrace(given)];
    expect([one, other]).toEqual([expect.stringMatching(form), expect.stringMatching(form)]);
    expect(traceIdOf(one)).not.toBe(traceIdOf(other));
    expect(traceIdOf(one)).not.toBe(traceId);
  });
});

it('is carried through every await, and does not leak into what runs beside it', async () => {
  const scope = (n: number) => ({ traceparent: continueTrace(undefined), waitUntil: n });
  const seen = await Promise.all([1, 2].map((n) => runInScope(scope(n), async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return currentScope()?.waitUntil;
  })));
  expect(seen).toEqual([1, 2]);
  expect(currentScope()).toBeUndefined();
});
