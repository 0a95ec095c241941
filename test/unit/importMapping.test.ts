import { readFile } from 'node:fs/promises';
import { parseMapping, readMapping } from '../../scripts/import/mapping.js';

const whole = {
  channel: 'HOTLINE',
  kind: 'DEMAND',
  demandType: { default: 'REQUEST', column: '类型', names: { 投诉: 'COMPLAINT' } },
  sourceId: { system: 'hotline', columns: ['编号'] },
  detail: { column: '内容' },
  reportedAt: { column: '时间', format: 'yyyy年M月d日 HH:mm', zone: 'Asia/Shanghai' },
  category: { column: '分类', paths: { 物业: '城乡建设/住房保障与房地产/物业服务' } },
  area: { column: '地区', names: { 高新区: '340176' }, otherwise: { community: '340103001001' } },
};

const faultsOf = (mapping: unknown): string[] => {
  try {
    parseMapping(JSON.stringify(mapping), 'm.json');
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').slice(1).map((line) => line.trim());
  }
};

describe('a mapping', () => {
  it('is taken with what it leaves out filled in', () => {
    const mapping = parseMapping(JSON.stringify({ ...whole, area: { column: '地区' } }), 'm.json');

    expect(mapping).toMatchObject({ encoding: 'utf-8', area: { column: '地区', names: {} }, category: whole.category });
  });

  it('of the civic messages names the seven categories and where messages without an area go', async () => {
    const mapping = await readMapping('data/civic-messages.mapping.json');
    const taxonomy = await readFile('data/demand-taxonomy.csv', 'utf8');

    expect(Object.keys(mapping.category.paths)).toHaveLength(7);
    for (const path of Object.values(mapping.category.paths)) expect(taxonomy).toContain(`\n${path},`);
    expect(mapping.area.otherwise?.spread).toHaveLength(4);
  });

  it.each([
    ['no detail', { detail: undefined }, 'detail must be an object with column.'],
    ['a column without a name', { detail: { column: '' } }, 'detail.column must be the name of a column.'],
    ['a misspelt field', { detail: { colum: '内容', column: '内容' } }, 'detail knows no colum; it may have column.'],
    ['an unknown encoding', { encoding: 'latin1' }, 'encoding must be utf-8 or gb18030 (for GBK and GB 2312 too).'],
    ['another channel', { channel: 'COUNTER' }, 'channel must be HOTLINE or IMPORT.'],
    ['a kind that is not imported', { kind: 'PATROL' }, 'kind must be DEMAND or APPLICATION.'],
    ['a demand without a type', { demandType: undefined },
      'demandType must be given for the kind DEMAND, such as {"default": "REQUEST"}, and for no other.'],
    ['an application with a type', { kind: 'APPLICATION' },
      'demandType must be given for the kind DEMAND, such as {"default": "REQUEST"}, and for no other.'],
    ['an unknown type', { demandType: { default: 'QUESTION' } },
      'demandType.default must be one of CONSULTATION, REQUEST, COMPLAINT, SUGGESTION, REPORT.'],
    ['no system', { sourceId: { columns: ['编号'] } },
      'sourceId.system must be a short name of the system that the export is from.'],
    ['a system with spaces', { sourceId: { system: 'the hotline', columns: ['编号'] } },
      'sourceId.system must be 1–40 letters, digits, dots, dashes or underscores.'],
    ['no column for the id', { sourceId: { system: 'hotline', columns: [] } },
      'sourceId.columns must be a list of at least one column.'],
    ['a form of time that has no day', { reportedAt: { ...whole.reportedAt, format: 'yyyy/M' } },
      'reportedAt.format must be ISO, or made of yyyy, M or MM, d or dd, H or HH, m or mm, s or ss, each once, '
      + 'with year, month and day, such as yyyy/M/d H:mm:ss.'],
    ['a zone that is none', { reportedAt: { ...whole.reportedAt, zone: 'Hefei' } },
      'reportedAt.zone must be a time zone such as Asia/Shanghai.'],
    ['paths that are a list', { category: { column: '分类', paths: ['物业'] } },
      'category.paths must be an object of names and paths of the taxonomy.'],
    ['an empty path', { category: { column: '分类', paths: { 物业: '' } } },
      'category.paths.物业 must be a path of the taxonomy, such as 城乡建设/安全生产.'],
    ['no way to an area', { area: {} }, 'area must be given a column, or otherwise, or both.'],
    ['two ways at once', { area: { otherwise: { community: '340103001001', spread: ['340103001'] } } },
      'area.otherwise must be either {"community": …} or {"spread": […]}.'],
    ['a street as the community', { area: { otherwise: { community: '340103001' } } },
      'area.otherwise.community must be the code of a community (12 digits).'],
    ['nothing to spread over', { area: { otherwise: { spread: [] } } },
      'area.otherwise.spread must be a list of at least one area code.'],
    ['a name to spread over', { area: { otherwise: { spread: ['亳州路街道'] } } },
      'area.otherwise.spread.0 must be the code of a district (6 digits), street (9) or community (12).'],
  ])('with %s is refused with what it must be', (_what, change, line) => {
    expect(faultsOf({ ...whole, ...change })).toEqual([line]);
  });

  it('that is wrong in three places is told all three at once', () => {
    expect(faultsOf({ ...whole, channel: 'SMS', title: {}, phone: { column: 7 } })).toEqual([
      'channel must be HOTLINE or IMPORT.',
      'title.column must be the name of a column.',
      'phone.column must be the name of a column.',
    ]);
  });

  it('that is no JSON, or not there, is refused with the name of the file', async () => {
    expect(() => parseMapping('{"kind": ', 'm.json')).toThrow(/^m\.json is not JSON: /);
    await expect(readMapping('data/none.mapping.json')).rejects.toThrow(
      'The mapping data/none.mapping.json cannot be read (ENOENT); write it after the example of '
      + 'data/civic-messages.mapping.json, or name another with --mapping.',
    );
  });
});
