import fc from 'fast-check';
import { cutPage, encodeCursor, pageRequest, toConnection } from '../../subgraphs/shared/graphql/connection.js';

const raw = (text: string): string => Buffer.from(text).toString('base64url');
const badInput = expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } });
const attempt = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('a page request', () => {
  it('has 20 items from the start, unless it says otherwise', () => {
    expect(pageRequest({}, 1)).toEqual({ first: 20, after: null });
    expect(pageRequest({ first: null, after: null }, 1)).toEqual({ first: 20, after: null });
    expect(pageRequest({ first: 1 }, 1).first).toBe(1);
    expect(pageRequest({ first: 100 }, 1).first).toBe(100);
  });

  it.each([0, -1, 101, 2 ** 31 - 1])('is refused for %d items, with what may be asked', (first) => {
    const refusal = attempt(() => pageRequest({ first }, 1));
    expect(refusal).toEqual(badInput);
    expect(refusal).toMatchObject({ message: expect.stringContaining(`it is ${first}`) });
  });

  it('opens any cursor that it has given', () => {
    const part = fc.oneof(fc.string(), fc.integer(), fc.constant(null));
    fc.assert(fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      expect(pageRequest({ after: encodeCursor(parts) }, parts.length).after).toEqual(parts);
    }));
  });

  it('opens a cursor whose parts are what the list sorts by', () => {
    const parts = [Date.parse('2026-03-01T00:00:00Z'), 'case-1', 7];
    expect(pageRequest({ after: encodeCursor(parts) }, ['instant', 'text', 'count']).after).toEqual(parts);
  });

  it.each([
    ['nothing', ''],
    ['words', 'last page, please'],
    ['other JSON', raw('{"0":"a"}')],
    ['null', raw('null')],
    ['too few parts', raw('["a"]')],
    ['too many parts', raw('["a","b","c"]')],
    ['a part that is a list', raw('["a",["b"]]')],
    ['a part that is an object, as of a query', raw('["a",{"$gt":""}]')],
    ['a part that is true', raw('["a",true]')],
    ['half of one', encodeCursor(['abc', 'def']).slice(0, 7)],
  ])('is refused with a cursor of %s', (_what, after) => {
    expect(attempt(() => pageRequest({ after }, 2))).toEqual(badInput);
  });

  it.each([
    ['an instant that is text', ['x', 'a', 1]],
    ['an instant beyond all dates', [9e15, 'a', 1]],
    ['an instant in pieces', [0.5, 'a', 1]],
    ['a text that is a number', [0, 1, 1]],
    ['a text that is null', [0, null, 1]],
    ['a count that is text', [0, 'a', '1']],
    ['a count too large to count', [0, 'a', 2 ** 53]],
  ])('is refused with a cursor that has %s', (_what, parts) => {
    const after = encodeCursor(parts as (string | number | null)[]);
    expect(attempt(() => pageRequest({ after }, ['instant', 'text', 'count']))).toEqual(badInput);
  });
});

describe('a page', () => {
  it('is as long as was asked; the item more shows that others follow', () => {
    expect(cutPage([1, 2, 3], 2)).toEqual({ items: [1, 2], hasNextPage: true });
    expect(cutPage([1, 2], 2)).toEqual({ items: [1, 2], hasNextPage: false });
    expect(cutPage([], 2)).toEqual({ items: [], hasNextPage: false });
  });

  it('is a connection: nodes, a cursor for each, and where the next page begins', async () => {
    const connection = toConnection({ items: ['a', 'b'], hasNextPage: true }, (item) => [item, 1], async () => 7);
    expect(connection).toEqual({
      nodes: ['a', 'b'],
      edges: [{ node: 'a', cursor: encodeCursor(['a', 1]) }, { node: 'b', cursor: encodeCursor(['b', 1]) }],
      pageInfo: { hasNextPage: true, endCursor: encodeCursor(['b', 1]) },
      totalCount: expect.any(Function),
    });
    expect(await connection.totalCount()).toBe(7);
  });

  it('that is empty has no end, and counts nothing by itself', () => {
    const count = (): Promise<number> => Promise.reject(new Error('asked'));
    const connection = toConnection({ items: [], hasNextPage: false }, () => [], count);
    expect(connection.pageInfo).toEqual({ hasNextPage: false, endCursor: null });
  });

  it('and those that follow make the whole list, each item once, whatever their size', () => {
    const list = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.string({ maxLength: 3 })), {
      selector: ([key, id]) => `${key} ${id}`, maxLength: 30,
    });
    fc.assert(fc.property(list, fc.integer({ min: 1, max: 9 }), (items, first) => {
      const compare = ([a, x]: readonly [number, string], [b, y]: readonly [number, string]): number =>
        a - b || (x < y ? -1 : x > y ? 1 : 0);
      const sorted = items.toSorted(compare);
      const seen: (readonly [number, string])[] = [];
      for (let after: string | null = null, more = true; more;) {
        const request = pageRequest({ first, after }, ['count', 'text']);
        const key = request.after as [number, string] | null;
        const rest = sorted.filter((item) => key === null || compare(item, key) > 0);
        const page = toConnection(cutPage(rest.slice(0, first + 1), first), (item) => item, async () => 0);
        seen.push(...page.nodes);
        ({ endCursor: after, hasNextPage: more } = page.pageInfo);
      }
      expect(seen).toEqual(sorted);
    }));
  });
});
