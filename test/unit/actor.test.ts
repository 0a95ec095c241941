import { levels } from '../../subgraphs/shared/domain/areaCode.js';
import { areaOfUnit, coversArea, officerOf, roleNames, roles } from '../../subgraphs/shared/domain/actor.js';
import { actor } from '../kit/identity.js';

it.each([
  ['an officer, the own area', actor('STREET_CLERK', '340103001'), '340103001', true],
  ['an officer, what lies below', actor('STREET_CLERK', '340103001'), '340103001001001', true],
  ['an officer, what lies above', actor('STREET_CLERK', '340103001'), '340103', false],
  ['an officer, the neighbour', actor('STREET_CLERK', '340103001'), '340103002', false],
  ['a department, the area it is of', actor('DEPARTMENT_OFFICER', '340103-04'), '340103002001', true],
  ['a department, another area', actor('DEPARTMENT_OFFICER', '340103-04'), '340104', false],
  ['the city', actor('CITY_OFFICER', '3401'), '340103001001001', true],
  ['a resident', actor('RESIDENT'), '3401', false],
])('says whether the actor covers the area: %s', (_who, who, area, covers) => {
  expect(coversArea(who, area)).toBe(covers);
});

it('knows the area of a unit', () => {
  expect([areaOfUnit('3401-01'), areaOfUnit('340103001001-02')]).toEqual(['3401', '340103001001']);
});

it('has a name in both languages for every role, and an officer for every level', () => {
  expect(Object.keys(roleNames)).toEqual([...roles]);
  for (const { zh, en } of Object.values(roleNames)) {
    expect(zh).toMatch(/^\p{Script=Han}+$/u);
    expect(en).toMatch(/^[a-z ]+$/);
  }
  expect(new Set(levels.map((level) => officerOf[level])).size).toBe(levels.length);
});
