import { actOnMany, fieldFault, type BulkWork } from '../../subgraphs/shared/graphql/bulk.js';
import { errorCodesOf } from '../../subgraphs/shared/graphql/errors.js';
import { eachBounded } from '../../subgraphs/shared/domain/eachBounded.js';
import { fail, ok } from '../../subgraphs/shared/domain/result.js';
import type { Receipts } from '../../subgraphs/shared/persistence/receipts.js';
import { people } from '../kit/cases.js';

describe('eachBounded', () => {
  const list = Array.from({ length: 20 }, (_, i) => i);

  it('answers in order, with no more under way than may be', async () => {
    let [underWay, most] = [0, 0];
    const doubled = await eachBounded(list, 4, async (n) => {
      most = Math.max(most, (underWay += 1));
      await Promise.resolve();
      underWay -= 1;
      return n * 2;
    });
    expect(doubled).toEqual(list.map((n) => n * 2));
    expect(most).toBe(4);
  });

  it('begins nothing after a failure, ends what is under way, and throws it', async () => {
    const ended: number[] = [];
    const work = eachBounded(list, 4, async (n) => {
      await Promise.resolve();
      if (n === 1) throw new Error('the second');
      ended.push(n);
    });
    await expect(work).rejects.toThrow('the second');
    expect(ended.length).toBeLessThan(8);
    expect(ended).toContain(3);
  });

  it('has nothing to do with an empty list', async () => {
    expect(await eachBounded([], 4, async () => 1)).toEqual([]);
  });
});

describe('fieldFault', () => {
  const fields = ['unit', 'outcome', 'granted'] as const;
  const takes = { needs: ['granted'], may: ['unit'] } as const;

  it.each([
    ['needs what is missing', { unit: 'u' }, 'granted'],
    ['makes no use of a field', { granted: false, outcome: 'SOLVED' }, 'outcome'],
  ])('says when the action %s', (_name, input, field) => {
    expect(fieldFault('DECIDE', input, fields, takes)).toMatchObject({ code: 'INVALID_INPUT', field: ['input', field] });
  });

  it.each([[{ granted: false }], [{ granted: true, unit: 'u', outcome: null }]])('is content with %j', (input) => {
    expect(fieldFault('DECIDE', input, fields, takes)).toBeNull();
  });
});

describe('actOnMany', () => {
  const saved: string[] = [];
  const context = { actor: people.clerk, now: () => new Date(0), receipts: {
    claim: async () => ok(null), findParts: async () => new Map(),
  } as unknown as Receipts };
  const work = (more: Partial<BulkWork<{ readonly id: string }, string>> = {}): BulkWork<{ readonly id: string }, string> => ({
    list: 'things', idField: 'thingId', fault: null,
    targets: ['a', 'b', 'c'].map((id) => ({ id, expectedVersion: 1 })),
    plan: async ({ id }) => (id === 'b' ? fail('NOT_FOUND', '没有。 / None.', ['input', 'thingId']) : ok({
      next: { id }, effect: () => `${id} changes`, save: async () => saved.push(id) > 0,
    })),
    current: async (_actor, id) => (id === 'b' ? null : { id }),
    ...more,
  });
  beforeEach(() => void saved.splice(0));

  it('saves what may be done, and points to what may not', async () => {
    expect(await actOnMany(context, 'thingActOnMany', {}, work())).toEqual({
      results: [
        { id: 'a', entity: { id: 'a' }, effect: 'a changes', userErrors: [] },
        { id: 'b', entity: null, effect: null, userErrors: [{ code: 'NOT_FOUND', message: '没有。 / None.', field: ['input', 'things', '1', 'thingId'] }] },
        { id: 'c', entity: { id: 'c' }, effect: 'c changes', userErrors: [] },
      ],
      succeeded: 2, refused: 1, userErrors: [],
    });
    expect(saved).toEqual(['a', 'c']);
  });

  it('saves nothing in a dry run, which answers the same', async () => {
    const real = await actOnMany(context, 'thingActOnMany', {}, work());
    saved.splice(0);
    expect(await actOnMany(context, 'thingActOnMany', { dryRun: true }, work())).toEqual(real);
    expect(saved).toEqual([]);
  });

  it('begins nothing once its time is over, and says which were not reached', async () => {
    const { results, succeeded } = await actOnMany(context, 'thingActOnMany', { idempotencyKey: 'k' }, work({ patienceMs: 0 }));
    expect([succeeded, results.map(({ userErrors: [error] }) => error?.code)]).toEqual([0, ['NOT_REACHED', 'NOT_FOUND', 'NOT_REACHED']]);
    expect(saved).toEqual([]);
  });
});

it('leaves the codes of every result to the log, each once', () => {
  const result = (...codes: string[]) => ({ userErrors: codes.map((code) => ({ code, message: 'not for the log' })) });
  const caseActOnMany = { ...result(), results: [result('STALE_VERSION'), result(), result('NOT_FOUND'), result('STALE_VERSION')] };
  expect(errorCodesOf(JSON.stringify({ data: { caseActOnMany, other: null } }))).toEqual(['STALE_VERSION', 'NOT_FOUND']);
});
