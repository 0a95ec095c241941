import fc from 'fast-check';
import { layOutGrids } from '../../subgraphs/community/domain/gridLayout.js';
import { planGrids } from '../../subgraphs/shared/domain/gridPlan.js';
import type { Area } from '../../subgraphs/shared/domain/area.js';

const standard = { min: 250, max: 300 };
const community: Area = {
  code: '340103001001', parent: '340103001', name: '双岗社区居委会', kind: 'COMMUNITY', isGovernment: false,
  validFrom: '2000-01-01', validTo: null, population: null, households: null, areaKm2: null, figuresSource: null,
};

it('plans what the survey prints for the four districts and three zones', () => {
  expect(planGrids(811_120, standard)).toEqual({ min: 2_704, max: 3_244, recommended: 3_000 });
});

it.each([
  [0, { min: 0, max: 0, recommended: 0 }],
  [1, { min: 1, max: 1, recommended: 1 }],
  [250, { min: 1, max: 1, recommended: 1 }],
  [320, { min: 2, max: 2, recommended: 2 }],
  [1_805, { min: 7, max: 7, recommended: 7 }],
  [40_000, { min: 134, max: 160, recommended: 150 }],
])('plans %i households as %j', (households, plan) => {
  expect(planGrids(households, standard)).toEqual(plan);
});

it('never recommends a number outside its range, nor grids above the standard', () => {
  const any = [fc.nat(5_000_000), fc.integer({ min: 1, max: 500 }), fc.nat(500)] as const;
  fc.assert(fc.property(...any, (households, min, more) => {
    const plan = planGrids(households, { min, max: min + more });
    expect(plan.min).toBeLessThanOrEqual(plan.recommended);
    expect(plan.recommended).toBeLessThanOrEqual(plan.max);
    expect(households).toBeLessThanOrEqual(plan.recommended * (min + more));
  }));
});

it.each([
  ['a fraction of a household', 1.5, standard],
  ['fewer than no households', -1, standard],
  ['a standard upside down', 100, { min: 300, max: 250 }],
  ['a standard of nothing', 100, { min: 0, max: 250 }],
])('refuses %s', (_what, households, wrong) => {
  expect(() => planGrids(households, wrong)).toThrow(RangeError);
});

it('numbers the grids of a community and shares its households out', () => {
  expect(layOutGrids({ ...community, households: 560 }, 1_805, standard)).toEqual([
    { code: '340103001001001', name: '第1网格', plannedHouseholds: 280 },
    { code: '340103001001002', name: '第2网格', plannedHouseholds: 280 },
  ].map((grid) => ({ ...grid, parent: community.code, isEstimated: false, validFrom: '2000-01-01', validTo: null })));
});

it("plans by the city's mean where a community's households are unknown, and says so", () => {
  const grids = layOutGrids(community, 1_805, standard);
  expect(grids.map((grid) => grid.plannedHouseholds)).toEqual([258, 258, 258, 258, 258, 258, 257]);
  expect(grids.every((grid) => grid.isEstimated)).toBe(true);
});

it('plans no household twice and forgets none', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 200_000 }), (households) => {
    const grids = layOutGrids({ ...community, households }, 0, standard);
    expect(grids.reduce((sum, grid) => sum + grid.plannedHouseholds, 0)).toBe(households);
    expect(new Set(grids.map(({ code }) => code)).size).toBe(grids.length);
  }));
});

it('refuses a community of more grids than three digits can number', () => {
  expect(() => layOutGrids({ ...community, households: 300_000 }, 0, standard)).toThrow(/999; divide the community/);
});
