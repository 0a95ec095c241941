import fc from 'fast-check';
import {
  metresBetween, mostAlike, proposedFrom, similarity, textLikeness, type Comparable,
} from '../../subgraphs/community/domain/similarity.js';
import { demand, places } from '../kit/cases.js';

const { title, detail, category, community } = demand;
const place = { community, grid: null, longitude: null, latitude: null };
const subject: Comparable = { title, detail, category, place };
const at = (longitude: number, latitude: number): Comparable => ({ ...subject, place: { ...place, longitude, latitude } });
const far = { title: '广场舞噪音扰民', detail: '每晚九点后仍在播放音乐', category: '环境保护/环境污染/噪音污染' };

it('finds nothing alike where nothing is, and all where all is', () => {
  expect(similarity(subject, { ...far, place: { ...place, community: places.otherCommunity } })).toEqual({ score: 0, reasons: [] });
  const inGrid = { ...subject, place: { ...place, grid: places.grid } };
  expect(similarity(inGrid, inGrid)).toEqual({ score: 1, reasons: ['SAME_GRID', 'SAME_CATEGORY', 'SIMILAR_TEXT'] });
});

it.each<[string, Comparable, Comparable, string[]]>([
  ['the grid', { ...subject, ...far, place: { ...place, grid: places.grid } }, { ...subject, place: { ...place, grid: places.grid } }, ['SAME_GRID']],
  ['being near', { ...at(117.2800, 31.8600), ...far }, at(117.2810, 31.8605), ['NEAR']],
  ['the category', { ...subject, ...far, category }, subject, ['SAME_CATEGORY']],
  ['the text', { ...subject, category: far.category, title: '东门路灯不亮了' }, subject, ['SIMILAR_TEXT']],
])('names %s when the two have that in common', (_what, a, b, reasons) => {
  expect(similarity(a, b).reasons).toEqual(reasons);
});

it('counts the part of the category that both share', () => {
  const other = (path: string): number => similarity({ ...subject, category: path }, subject).score;
  const [same, near, apart] = [other(category), other('城乡建设/安全生产/事故处理'), other(far.category)];
  expect(same).toBeGreaterThan(near);
  expect(near).toBeGreaterThan(apart);
});

it('lets coordinates decide where both have them: the same grid a kilometre off is no hint', () => {
  const [here, there] = [at(117.28, 31.86), at(117.28, 31.875)];
  const inGrid = (one: Comparable): Comparable => ({ ...one, place: { ...one.place, grid: places.grid } });
  expect(similarity(inGrid(here), inGrid(there)).score).toBeLessThan(similarity(here, here).score);
});

it('measures a degree of latitude, and nothing without coordinates', () => {
  expect(metresBetween(at(117, 31).place, at(117, 32).place)).toBeCloseTo(111_195, -1);
  expect(metresBetween(place, at(117, 32).place)).toBeNull();
});

it('compares texts without regard to case, width and spaces', () => {
  expect(textLikeness('LED 路灯', 'led  路灯')).toBe(1);
  expect(textLikeness('', '')).toBe(0);
  expect(textLikeness('路', '灯')).toBe(0);
});

const texts = fc.string({ unit: fc.constantFrom(...'路灯不亮东门井盖 a'), maxLength: 30 });
const comparable: fc.Arbitrary<Comparable> = fc.record({
  title: texts, detail: texts, category: fc.constantFrom(category, '城乡建设', far.category),
  place: fc.record({
    community: fc.constantFrom(community, places.sibling), grid: fc.constantFrom(null, places.grid),
    longitude: fc.constantFrom(null, 117.28, 117.29), latitude: fc.constantFrom(null, 31.86, 31.87),
  }),
});

it('is the same both ways, and between 0 and 1', () => {
  fc.assert(fc.property(comparable, comparable, (a, b) => {
    const found = similarity(a, b);
    expect(found).toEqual(similarity(b, a));
    expect(found.score).toBeGreaterThanOrEqual(0);
    expect(found.score).toBeLessThanOrEqual(1);
  }));
});

it('proposes the most alike first, no more than asked for and none that has little in common', () => {
  const close = { ...subject, title: '路灯不亮了' };
  const found = mostAlike(subject, [{ ...far, place }, close, subject], 5);
  expect(found.map((one) => one.case)).toEqual([subject, close]);
  expect(found.every(({ score }) => score >= proposedFrom)).toBe(true);
  expect(mostAlike(subject, [close, subject], 1)).toHaveLength(1);
});
