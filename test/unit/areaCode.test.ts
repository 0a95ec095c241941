import {
  ancestorAt, codeRange, isWithin, levelAbove, levelBelow, levelOfCode, levels,
} from '../../subgraphs/shared/domain/areaCode.js';

const grid = '340103001001001';
const codes = { CITY: '3401', DISTRICT: '340103', STREET: '340103001', COMMUNITY: '340103001001' } as const;

it('tells the level of a code by its digits', () => {
  expect(levels.map((level) => levelOfCode(codes[level]))).toEqual([...levels]);
  expect(levelOfCode(grid)).toBe('GRID');
});

const others = ['', '3', '34010', '3401031', '34010300a', '-401', '3401 ', '3401\n', '340103001001001001'];
it.each(others)('knows no level of %p', (code) => {
  expect(levelOfCode(code)).toBeNull();
});

it('finds the ancestor of a grid on every level, and of a code itself', () => {
  expect(levels.map((level) => ancestorAt(grid, level))).toEqual(Object.values(codes));
  expect(ancestorAt(codes.STREET, 'STREET')).toBe(codes.STREET);
});

it.each([
  [grid, codes.CITY, true],
  [codes.STREET, codes.STREET, true],
  [codes.STREET, codes.COMMUNITY, false],
  ['340104001', codes.DISTRICT, false],
])('says whether %s lies within %s: %p', (code, ancestor, within) => {
  expect(isWithin(code, ancestor)).toBe(within);
});

it('goes up to the city and down to the community, and no further', () => {
  expect(levels.map(levelAbove)).toEqual([null, 'CITY', 'DISTRICT', 'STREET']);
  expect(levels.map(levelBelow)).toEqual(['DISTRICT', 'STREET', 'COMMUNITY', null]);
});

it('gives the range of an index in which just the codes within a prefix lie', () => {
  const all = ['3400', '3401', '340102', '340103', '340103001', grid, '340104', '34013', '3402', '35'];
  const inRange = (prefix: string): string[] => {
    const { from, before } = codeRange(prefix);
    return all.filter((code) => code >= from && code < before);
  };
  for (const prefix of ['3401', '340103', '34', grid]) {
    expect(inRange(prefix)).toEqual(all.filter((code) => isWithin(code, prefix)));
  }
});
