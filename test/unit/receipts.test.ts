import { receiptOf } from '../../subgraphs/shared/persistence/receipts.js';

describe('receiptOf', () => {
  const input: { idempotencyKey: string; expectedVersion: number } = { expectedVersion: 3, idempotencyKey: 'key-1' };
  const laterVersion = { ...input, expectedVersion: 4 };
  const first = receiptOf('clerk-1', 'caseAccept', input);

  it('tells who called with which key, and with what', () => {
    expect(first).toEqual({ key: 'key-1', actorId: 'clerk-1', fingerprint: expect.stringMatching(/^[\w-]{43}$/) });
    expect(receiptOf('clerk-1', 'caseAccept', { ...input })).toEqual(first);
  });

  it.each<[string, ReturnType<typeof receiptOf>]>([
    ['another mutation', receiptOf('clerk-1', 'caseDecline', input)],
    ['another input', receiptOf('clerk-1', 'caseAccept', laterVersion)],
    ['another key', receiptOf('clerk-1', 'caseAccept', { ...input, idempotencyKey: 'key-2' })],
  ])('tells %s apart', (_what, other) => {
    expect(other?.fingerprint).not.toBe(first?.fingerprint);
  });

  it.each([[undefined], [null]])('is null without a key: %p', (idempotencyKey) => {
    expect(receiptOf('clerk-1', 'caseAccept', { ...input, idempotencyKey })).toBeNull();
  });

  it('takes an empty key for a key, which is refused later', () => {
    expect(receiptOf('clerk-1', 'caseAccept', { ...input, idempotencyKey: '' })).toMatchObject({ key: '' });
  });
});
