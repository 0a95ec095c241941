import { timeReader } from '../../scripts/import/localTime.js';
import { parseMapping, type Mapping } from '../../scripts/import/mapping.js';
import { messageReader, phoneOf, pick, type CaseInput, type Message } from '../../scripts/import/message.js';
import { createPlaces } from '../../scripts/import/places.js';
import { cut, opening } from '../../scripts/import/text.js';

const areas = {
  districts: [
    { code: '340102', name: '瑶海区' }, { code: '340103', name: '庐阳区' },
    { code: '340176', name: '合肥高新技术产业开发区' },
  ],
  streets: [
    { code: '340102011', name: '长淮街道' }, { code: '340103001', name: '亳州路街道' },
    { code: '340103400', name: '庐阳工业区（林店街道）' }, { code: '340176401', name: '天乐社区服务中心' },
  ],
  communities: [
    { code: '340102011001', name: '景湾社区居委会' }, { code: '340102011002', name: '红旗社区居委会' },
    { code: '340103001001', name: '柏景湾社区居民委员会' }, { code: '340103001002', name: '红旗社区居委会' },
    { code: '340103001003', name: '三岗村民委员会' }, { code: '340103400001', name: '林店居委会' },
    { code: '340176401001', name: '天乐社区居委会' },
  ],
};
const places = createPlaces(areas, { 高新区: '340176', 老亳州路: '340103001' });
const categories = new Set(['城乡建设', '城乡建设/物业服务', '交通运输']);

const header = ['id', 'title', 'detail', 'time', 'category', 'type', 'area', 'address', 'phone', 'name'];
const columns = Object.fromEntries(header.map((column) => [column, { column }]));
const base = {
  channel: 'HOTLINE',
  kind: 'DEMAND',
  sourceId: { system: 'hotline', columns: ['id'] },
  title: columns['title'],
  detail: columns['detail'],
  address: columns['address'],
  phone: columns['phone'],
  reporterName: columns['name'],
  demandType: { default: 'REQUEST', column: 'type', names: { 投诉: 'COMPLAINT' } },
  reportedAt: { column: 'time', format: 'yyyy/M/d H:mm:ss', zone: 'Asia/Shanghai' },
  category: { column: 'category', paths: { 物业: '城乡建设/物业服务' } },
  area: { column: 'area' },
};
const row = {
  id: '7', title: '路灯不亮', detail: '门口的路灯坏了。', time: '2020/1/6 7:09:38', category: '物业', type: '投诉',
  area: '庐阳区亳州路街道红旗社区', address: '阜阳路12号', phone: '138 0000-0001', name: '张三',
};

const mapped = (change: object = {}): Mapping => parseMapping(JSON.stringify({ ...base, ...change }), 'm.json');

function read(change: Partial<typeof row> = {}, mapping: Mapping = mapped()): Message {
  const values = Object.values({ ...row, ...change });
  return messageReader(mapping, header, { places, categories })({ line: 2, values });
}

function inputOf({ input }: Message): CaseInput {
  if ('problem' in input) throw new Error(input.problem);
  return input.value;
}
const problemOf = ({ input }: Message): string | null => ('problem' in input ? input.problem : null);

describe('a row', () => {
  it('becomes what caseSubmit takes', () => {
    expect(read()).toEqual({
      category: '城乡建设/物业服务',
      isPlaced: true,
      input: {
        value: {
          kind: 'DEMAND', demandType: 'COMPLAINT', channel: 'HOTLINE', category: '城乡建设/物业服务',
          title: '路灯不亮', detail: '门口的路灯坏了。', community: '340103001002', address: '阜阳路12号',
          reporter: { name: '张三', phone: '13800000001' }, sourceId: 'hotline:7', reportedAt: '2020-01-05T23:09:38.000Z',
        },
      },
    });
  });

  it('may leave out what is not needed', () => {
    expect(inputOf(read({ type: '', address: ' ', phone: '', name: '' })))
      .toMatchObject({ demandType: 'REQUEST', address: null, reporter: { name: null, phone: null } });
  });

  it('keeps a long title whole in the detail and cuts it after a mark', () => {
    const title = `${'甲'.repeat(150)},${'乙'.repeat(80)}`;

    const input = inputOf(read({ title }));

    expect(input.title).toBe(`${'甲'.repeat(150)}…`);
    expect(input.detail).toBe(`标题:${title}\n门口的路灯坏了。`);
  });

  it('keeps a long address whole in the detail', () => {
    const address = '路'.repeat(201);

    expect(inputOf(read({ address })))
      .toMatchObject({ address: `${'路'.repeat(199)}…`, detail: `地址:${address}\n门口的路灯坏了。` });
  });

  it('takes the first sentence of the detail for a title that is missing, and the title for a detail that is', () => {
    expect(inputOf(read({ title: '' }))).toMatchObject({ title: '门口的路灯坏了', detail: '门口的路灯坏了。' });
    expect(inputOf(read({ title: '噪' }))).toMatchObject({ title: '门口的路灯坏了', detail: '标题:噪\n门口的路灯坏了。' });
    expect(inputOf(read({ detail: '' }))).toMatchObject({ title: '路灯不亮', detail: '路灯不亮' });
  });

  it.each<[string, Partial<typeof row>, string]>([
    ['an unknown category', { category: '其他' },
      'The category "其他" is not in the taxonomy; add it to category.paths in the mapping.'],
    ['the name of something every object has', { category: 'constructor' },
      'The category "constructor" is not in the taxonomy; add it to category.paths in the mapping.'],
    ['an unknown type', { type: '表扬' }, 'The demand type "表扬" is unknown; add it to demandType.names in the mapping.'],
    ['no id', { id: ' ' }, 'The source id is missing (id).'],
    ['a time of another form', { time: '2020-01-06' },
      'The time "2020-01-06" is not of the form yyyy/M/d H:mm:ss, or no such time ever was in Asia/Shanghai.'],
    ['a day that never was', { time: '2020/2/30 7:09:38' },
      'The time "2020/2/30 7:09:38" is not of the form yyyy/M/d H:mm:ss, or no such time ever was in Asia/Shanghai.'],
    ['two phone numbers', { phone: '13800000001/13800000002' }, 'The phone number is not one number of 5–15 digits.'],
    ['a very long name', { name: '张'.repeat(51) }, "The reporter's name has more than 50 characters."],
    ['an area that is not there', { area: 'A市' }, 'The area is not known: no area has that name.'],
    ['no words', { title: '', detail: '' }, 'There is neither a title nor a detail of two characters.'],
    ['too many words', { detail: '字'.repeat(10_001) },
      'The detail has 10001 characters and 10000 fit; shorten or divide it.'],
    ['several faults', { id: '', phone: '12' },
      'The source id is missing (id). The phone number is not one number of 5–15 digits.'],
  ])('with %s is not sent, and the reason says what to do', (_what, change, problem) => {
    expect(problemOf(read(change))).toBe(problem);
  });

  it('with a column too many is not sent', () => {
    const values = [...Object.values(row), 'x'];

    const message = messageReader(mapped(), header, { places, categories })({ line: 2, values });

    expect(problemOf(message)).toBe('The row has 11 columns, the header 10; is a text with commas not in quotes?');
  });
});

describe('a message without a known area', () => {
  const spread = mapped({ area: { column: 'area', otherwise: { spread: ['340103001', '340102011001'] } } });
  const fixed = mapped({ area: { otherwise: { community: '340103001001' } } });

  it('goes to the fixed community', () => {
    expect(read({}, fixed)).toMatchObject({ isPlaced: false, input: { value: { community: '340103001001' } } });
  });

  it('is spread over all the listed areas, by its id and always the same way', () => {
    const communitiesOf = (): string[] =>
      Array.from({ length: 200 }, (_, id) => inputOf(read({ id: String(id), area: 'A市' }, spread)).community);

    const first = communitiesOf();

    expect(communitiesOf()).toEqual(first);
    expect([...new Set(first)].toSorted()).toEqual(['340102011001', '340103001001', '340103001002', '340103001003']);
  });

  it('leaves those whose area is known where they belong', () => {
    expect(read({ area: '340102011002' }, spread))
      .toMatchObject({ isPlaced: true, input: { value: { community: '340102011002' } } });
  });

  it('picks by the id alone', () => {
    expect(pick(['a', 'b', 'c'], 'hotline:7')).toBe(pick(['a', 'b', 'c'], 'hotline:7'));
    const picked = Array.from({ length: 50 }, (_, id) => pick(['a', 'b', 'c'], String(id)));
    expect(new Set(picked)).toEqual(new Set(['a', 'b', 'c']));
  });
});

describe('places', () => {
  it.each([
    ['a code', '340103001003', ['340103001003']],
    ['the code of a grid', '340103001003002', ['340103001003']],
    ['the code of a street', '340102011', ['340102011001', '340102011002']],
    ['a full name', '柏景湾社区居民委员会', ['340103001001']],
    ['a short name', '柏景湾社区', ['340103001001']],
    ['the name that is within another one', '景湾社区', ['340102011001']],
    ['a name without what it is', '柏景湾', ['340103001001']],
    ['a village as people call it', '三岗村', ['340103001003']],
    ['a residents\' committee as a community', '林店社区', ['340103400001']],
    ['a name that two have, with the street', '长淮街道红旗社区', ['340102011002']],
    ['a name that two have, with the district', '庐阳区 红旗社区', ['340103001002']],
    ['the bare name after the street', '瑶海区长淮街道红旗', ['340102011002']],
    ['a street', '长淮街道', ['340102011001', '340102011002']],
    ['the name in brackets', '林店街道', ['340103400001']],
    ['a district', '瑶海区', ['340102011001', '340102011002']],
    ['an address', '合肥市庐阳区亳州路街道阜阳路12号', ['340103001001', '340103001002', '340103001003']],
    ['a name that the mapping gives', '高新区', ['340176401001']],
    ['full-width figures', '３４０１０３００１００３', ['340103001003']],
  ])('finds %s', (_what, text, communities) => {
    expect(places.find(text)).toEqual({ communities });
  });

  it.each([
    ['nothing', '  ', 'it is empty'],
    ['an unknown code', '340999', 'no area has the code 340999'],
    ['a number that is no code', '34010300', 'no area has the code 34010300'],
    ['an unknown name', 'A3区', 'no area has that name'],
    ['a name that two have', '红旗社区',
      '2 areas have that name (340102011002, 340103001002); put the street or district before it'],
  ])('says why it does not find %s', (_what, text, problem) => {
    expect(places.find(text)).toEqual({ problem });
  });
});

describe('a mapping that does not fit', () => {
  it('is told every column, category and area that is missing', () => {
    const mapping = mapped({
      title: { column: '标题' },
      sourceId: { system: 'hotline', columns: ['id', 'no'] },
      category: { column: 'category', paths: { 物业: '物业' }, otherwise: '其他' },
      area: { names: { 高新区: '340999' }, otherwise: { spread: ['340103001', '340103999'] } },
    });

    expect(() => read({}, mapping)).toThrow([
      'The mapping does not fit; put this right:',
      `  sourceId.columns.1 is "no", a column that the file has not; it has ${header.join(', ')}.`,
      `  title.column is "标题", a column that the file has not; it has ${header.join(', ')}.`,
      '  category.paths.物业 is "物业", which is not in the taxonomy; see caseCategories.',
      '  category.otherwise is "其他", which is not in the taxonomy; see caseCategories.',
      '  area.names.高新区 is 340999, an area that the platform does not have.',
      '  area.otherwise.spread.1 is 340103999, an area that the platform does not have.',
    ].join('\n'));
  });

  it('is told of a column that the file has twice', () => {
    expect(() => messageReader(mapped(), [...header, 'title'], { places, categories }))
      .toThrow('title.column is "title", a column that the file has 2 times');
  });
});

describe('a local time', () => {
  it.each([
    ['yyyy/M/d H:mm:ss', 'Asia/Shanghai', '2020/1/6 12:09:38', '2020-01-06T04:09:38.000Z'],
    ['yyyy年M月d日 HH时mm分', 'Asia/Shanghai', '2019年12月31日 23时59分', '2019-12-31T15:59:00.000Z'],
    ['yyyy-MM-ddTHH:mm:ss', 'Asia/Shanghai', '2020-01-06T00:00:00', '2020-01-05T16:00:00.000Z'],
    ['yyyyMMddHHmmss', 'Asia/Shanghai', '20200106000000', '2020-01-05T16:00:00.000Z'],
    ['d.M.yyyy', 'Asia/Shanghai', '6.1.2020', '2020-01-05T16:00:00.000Z'],
    // Summer time was in force in China from 1986 to 1991.
    ['yyyy/M/d H:mm', 'Asia/Shanghai', '1990/7/1 12:00', '1990-07-01T03:00:00.000Z'],
    ['yyyy/M/d H:mm', 'Europe/Berlin', '2020/3/29 3:00', '2020-03-29T01:00:00.000Z'],
    ['ISO', 'Asia/Shanghai', '2020-01-06T12:09:38+08:00', '2020-01-06T04:09:38.000Z'],
  ])('of the form %s in %s is read', (format, zone, text, instant) => {
    expect(timeReader(format, zone)(text)?.toISOString()).toBe(instant);
  });

  it.each([
    ['yyyy/M/d H:mm:ss', 'Asia/Shanghai', '2020/1/6 24:00:00'],
    ['yyyy/M/d H:mm:ss', 'Asia/Shanghai', '2020/13/1 0:00:00'],
    ['yyyy/M/d H:mm:ss', 'Asia/Shanghai', ' 2020/1/6 1:00:00'],
    ['yyyy/M/d H:mm', 'Europe/Berlin', '2020/3/29 2:30'],
    ['yyyy.M.d', 'Asia/Shanghai', '2020x1x6'],
    ['ISO', 'Asia/Shanghai', '2020-01-06T12:09:38'],
    ['ISO', 'Asia/Shanghai', '2020-02-32T12:09:38Z'],
  ])('of the form %s in %s is not guessed from %s', (format, zone, text) => {
    expect(timeReader(format, zone)(text)).toBeNull();
  });
});

describe('texts', () => {
  it('are cut by characters, after a mark if one stands near the end', () => {
    expect(cut('一二三', 3)).toBe('一二三');
    expect(cut('一二三四', 3)).toBe('一二…');
    expect(cut('一二三四五六七,八九十', 10)).toBe('一二三四五六七…');
    expect(cut('一,二三四五六七八九十', 10)).toBe('一,二三四五六七八…');
    expect([...cut('😀'.repeat(9), 5)]).toHaveLength(5);
  });

  it('open with their first sentence', () => {
    expect(opening('路灯坏了!请修。', 40)).toBe('路灯坏了');
    expect(opening('路'.repeat(50), 40)).toBe(`${'路'.repeat(39)}…`);
  });

  it.each([
    ['１３８００００００００', '13800000000'], ['+86 138-0000-0000', '+8613800000000'], ['(0551) 62621234', '055162621234'],
    ['138****0000', '138****0000'], ['', null],
  ])('a phone number written %s is %s', (text, value) => {
    expect(phoneOf(text)).toEqual({ value });
  });
});
