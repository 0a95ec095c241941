import { Kind, type GraphQLScalarType } from 'graphql';
import { scalars } from '../../subgraphs/shared/graphql/scalars.js';

type Name = keyof typeof scalars;
const scalarOf = (name: Name): GraphQLScalarType => scalars[name] as GraphQLScalarType;
const literal = (value: string) => ({ kind: Kind.STRING, value }) as const;
const error = (work: () => unknown): { message: string; extensions?: { code?: unknown } } => {
  try {
    work();
  } catch (thrown) {
    return thrown as Error;
  }
  throw new Error('It was accepted.');
};

const accepted: Readonly<Record<Exclude<Name, 'DateTime' | 'Date'>, readonly string[]>> = {
  AreaCode: ['3401', '340103', '340103001', '340103001001', '340103001001001'],
  UnitCode: ['3401-01', '340103-04', '340103001-99', '340103001001-00'],
  PhoneNumber: [
    '13812345678', '+8613812345678', '0551-12345678', '010-1234567', '12345', '138****5678', '***78',
  ],
  Month: ['2026-01', '2026-12', '0001-06'],
};
const refused: Readonly<Record<keyof typeof accepted, readonly unknown[]>> = {
  AreaCode: ['', '340', '34010', '3401030010010010', 'abcd', '3401 ', 3401, null, '３４０１'],
  UnitCode: ['', '340103', '340103-4', '340103-004', '34010-04', '340103001001001-01', '-04', 34, '340103-04\n'],
  PhoneNumber: [
    '', '1234', '1234567890123456', '138 1234 5678', 'phone', '+', '0551-123', '*', '**', 13812345678, null,
  ],
  Month: ['', '2026', '2026-00', '2026-13', '2026-1', '26-01', '2026-01-01', 202601, '2026-01\n'],
};
const names = Object.keys(accepted) as (keyof typeof accepted)[];

describe.each(names)('%s', (name) => {
  const scalar = scalarOf(name);

  it.each(accepted[name])('is %s, in and out', (value) => {
    const ways = [scalar.parseValue(value), scalar.parseLiteral(literal(value)), scalar.serialize(value)];
    expect(ways).toEqual([value, value, value]);
  });

  it.each(refused[name])('is not %p: the caller is told what it looks like', (value) => {
    const { message, extensions } = error(() => scalar.parseValue(value));
    expect(extensions).toEqual({ code: 'BAD_USER_INPUT' });
    expect(message).toMatch(/^[^/]*\p{Script=Han}[^/]* \/ .*[A-Za-z]/u);
  });

  it('is a string where it stands in a query', () => {
    const { extensions } = error(() => scalar.parseLiteral({ kind: Kind.INT, value: '3401' }));
    expect(extensions).toEqual({ code: 'BAD_USER_INPUT' });
  });

  it('is never shown when what is stored has another form, nor is the value told', () => {
    const { message, extensions } = error(() => scalar.serialize('王小明'));
    expect([message, extensions]).toEqual([`What is stored is no ${name}.`, undefined]);
  });
});

describe('DateTime', () => {
  const scalar = scalarOf('DateTime');

  it.each([
    ['2026-03-01T08:00:00Z', '2026-03-01T08:00:00.000Z'],
    ['2026-03-01T08:00:00.5+08:00', '2026-03-01T00:00:00.500Z'],
  ])('takes %s for an instant, and shows it in UTC', (given, shown) => {
    expect(scalar.parseValue(given)).toEqual(new Date(shown));
    expect(scalar.parseLiteral(literal(given))).toEqual(new Date(shown));
    expect(JSON.stringify(scalar.serialize(new Date(shown)))).toBe(`"${shown}"`);
  });

  const others = ['2026-03-01', '2026-03-01T08:00:00', '2026-02-30T00:00:00Z', 'yesterday', '', 17, null];
  it.each(others)('is not %p', (given) => {
    expect(() => scalar.parseValue(given)).toThrow();
  });
});

describe('Date', () => {
  const scalar = scalarOf('Date');

  it('is a day, in and out', () => {
    const day = '2026-02-28';
    expect([scalar.parseValue(day), scalar.parseLiteral(literal(day)), scalar.serialize(day)]).toEqual([day, day, day]);
  });

  it.each(['2026-02-30', '2026-2-1', '2026-03-01T00:00:00Z', 'today', '', 20260301, null])('is not %p', (given) => {
    expect(() => scalar.parseValue(given)).toThrow();
  });
});
