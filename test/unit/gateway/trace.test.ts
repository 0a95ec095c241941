import { traceOf } from '../../../gateway/trace.js';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const sent = `00-${traceId}-b7ad6b7169203331-01`;
const made = { traceId: 'ab'.repeat(16), traceparent: `00-${'ab'.repeat(16)}-${'ab'.repeat(8)}-01` };
const random = (bytes: number): Buffer => Buffer.alloc(bytes, 0xab);

it('keeps the trace of the caller', () => {
  expect(traceOf(sent, random)).toEqual({ traceId, traceparent: sent });
});

it('reads a later version as far as this one goes', () => {
  expect(traceOf(`cc-${traceId}-b7ad6b7169203331-00-more`, random)).toEqual({
    traceId, traceparent: `00-${traceId}-b7ad6b7169203331-00`,
  });
});

it.each([
  ['there is none', undefined],
  ['it is not hexadecimal', sent.replace('0af', '0xf')],
  ['it is in capitals', sent.toUpperCase()],
  ['the trace is all zeros', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['the parent is all zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['the version is the forbidden one', sent.replace(/^00/, 'ff')],
  ['this version has more behind it', `${sent}-more`],
  ['it was sent twice', `${sent}, ${sent}`],
])('begins one when %s', (_name, header) => {
  expect(traceOf(header, random)).toEqual(made);
});

it('begins a different one each time', () => {
  expect(traceOf(undefined).traceId).not.toBe(traceOf(undefined).traceId);
});
