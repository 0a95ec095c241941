import { groupBy } from '../../subgraphs/shared/domain/groupBy.js';
import { kindOf, parseDivisions, parseSurvey, parseUnits, readSeedData, withFigures } from '../../scripts/seedData.js';

const header = 'code,name,level,parent';
const csv = (...rows: string[]): string => [header, ...rows].join('\n');
const tree = csv(
  '340100,合肥市,CITY,', '340103,庐阳区,DISTRICT,340100', '340103001,双岗街道,STREET,340103',
  '340103400,庐阳工业区（林店街道）,STREET,340103',
  '340103001007,柏景湾社区委员会,COMMUNITY,340103001', '340103400006,景湾社区居委会,COMMUNITY,340103400',
);

it("gives the city the code that is every other area's prefix", () => {
  expect(parseDivisions(tree).slice(0, 3).map(({ level, code, parent, name }) => [level, code, parent, name])).toEqual([
    ['CITY', '3401', null, '合肥市'],
    ['DISTRICT', '340103', '3401', '庐阳区'],
    ['STREET', '340103001', '340103', '双岗街道'],
  ]);
});

it.each([
  ['a parent that is not listed', csv('340103001,双岗街道,STREET,340103'), /names 340103 as its parent/],
  ['a parent that is no prefix', csv('340103,庐阳区,DISTRICT,', '340104001,三里庵街道,STREET,340103'), /as its parent/],
  ['no parent', csv('340103,庐阳区,DISTRICT,'), /names no code as its parent/],
  ['an unknown level', csv('340103,庐阳区,BOROUGH,340100'), /BOROUGH|Invalid option/],
  ['a code that is no number', csv('34010X,庐阳区,DISTRICT,340100'), /Invalid string/],
])('refuses a division list with %s', (_what, text, message) => {
  expect(() => parseDivisions(text)).toThrow(message);
});

// prettier-ignore
it.each([
  ['DISTRICT',  '庐阳区',                       'DISTRICT'],
  ['DISTRICT',  '合肥高新技术产业开发区',       'ZONE'],
  ['DISTRICT',  '巢湖市',                       'COUNTY_CITY'],
  ['DISTRICT',  '长丰县',                       'COUNTY'],
  ['STREET',    '双岗街道',                     'STREET'],
  ['STREET',    '大杨镇',                       'TOWN'],
  ['STREET',    '三十岗乡',                     'TOWNSHIP'],
  ['STREET',    '天乐社区服务中心',             'COMMUNITY_CENTRE'],
  ['STREET',    '滨湖世纪社区',                 'COMMUNITY_CENTRE'],
  ['STREET',    '庐阳工业区（林店街道）',       'ZONE'],
  ['STREET',    '安徽省水家湖农场',             'ZONE'],
  ['COMMUNITY', '景湾社区居委会',               'COMMUNITY'],
  ['COMMUNITY', '贾郢村居民委员会',             'COMMUNITY'],
  ['COMMUNITY', '阿奎利亚社区居民委员',         'COMMUNITY'],
  ['COMMUNITY', '大官塘村民委员会',             'VILLAGE'],
  ['COMMUNITY', '官塘村委会',                   'VILLAGE'],
  ['COMMUNITY', '安徽省庐江监狱管理区',         'ZONE'],
] as const)('takes the %s %s for a %s', (level, name, kind) => {
  expect(kindOf(level, name)).toBe(kind);
});

it('reads units and refuses a number that is not two digits', () => {
  expect(parseUnits('level,number,name,name_en\nSTREET,01,党政办公室,Party and Government Office')).toEqual([
    { level: 'STREET', number: '01', name: '党政办公室', nameEn: 'Party and Government Office' },
  ]);
  expect(() => parseUnits('level,number,name,name_en\nSTREET,1,党政办公室,Party and Government Office')).toThrow();
});

it('matches figures to areas by name within the district and names those that no area has', () => {
  const found = (name: string, areaKm2: number) => ({ name, value: areaKm2 });
  const { figures, gridStandard } = parseSurvey(JSON.stringify({
    source: 'survey',
    districts: [{
      code: '340103',
      residentPopulation: 518_300,
      streetAreaKm2: { max: found('林店街道', 20.91) },
      streetResidents: { max: found('双岗街道', 92_100) },
      communityAreaKm2: { max: [found('景湾社区', 4.5)], min: found('银河湾社区', 0.13) },
    }],
    standards: { grid: { households: [250, 300] } },
  }));
  const { areas, unmatched } = withFigures(parseDivisions(tree), figures);

  const known = areas.filter((area) => area.figuresSource === 'survey');
  expect(known.map(({ name, population, areaKm2 }) => [name, population, areaKm2])).toEqual([
    ['庐阳区', 518_300, null],
    ['双岗街道', 92_100, null],
    ['庐阳工业区（林店街道）', null, 20.91],
    ['景湾社区居委会', null, 4.5],
  ]);
  expect(unmatched.map(({ name }) => name)).toEqual(['银河湾社区']);
  expect(gridStandard).toEqual({ min: 250, max: 300 });
});

it('reads the whole city: 1, 12, 160 and 1,773 areas, each code under its parent', async () => {
  const { areas, units, meanHouseholds } = await readSeedData();
  const count = (list: readonly { readonly level: string }[]): object =>
    Object.fromEntries([...groupBy(list, ({ level }) => level)].map(([level, members]) => [level, members.length]));

  expect(count(areas)).toEqual({ CITY: 1, DISTRICT: 12, STREET: 160, COMMUNITY: 1_773 });
  expect(count(units)).toEqual({ CITY: 10, DISTRICT: 10, STREET: 6, COMMUNITY: 3 });
  expect(new Set(areas.map(({ code }) => code)).size).toBe(areas.length);
  expect(areas.filter(({ code, parent }) => parent !== null && !code.startsWith(parent))).toEqual([]);
  expect(meanHouseholds).toBe(1_805);
});
