import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRows, survey, type Encoding, type Row } from '../../scripts/import/rows.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-rows-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(content: string | Buffer): Promise<string> {
  const file = join(folder, 'export.csv');
  await writeFile(file, content);
  return file;
}

async function rowsOf(content: string | Buffer, encoding: Encoding = 'utf-8'): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of readRows(await fileOf(content), encoding)) rows.push(row);
  return rows;
}

describe('readRows', () => {
  it('gives each row with the line it starts on, whatever the line ends and the lines within quotes', async () => {
    const rows = await rowsOf('id,detail\r\n1,"first\r\nsecond\r\nthird"\r\n\r\n2,"a ""word"", and\nmore"\n3,last');

    expect(rows).toEqual([
      { line: 1, values: ['id', 'detail'] },
      { line: 2, values: ['1', 'first\nsecond\nthird'] },
      { line: 6, values: ['2', 'a "word", and\nmore'] },
      { line: 8, values: ['3', 'last'] },
    ]);
  });

  it('takes a line end that falls between two pieces of the file for one', async () => {
    // A read stream takes 64 KiB at a time; the header and the quote leave so many for the text.
    const text = 'x'.repeat(65_536 - 'id,detail\n1,"'.length - 1);

    const [, row, next] = await rowsOf(`id,detail\n1,"${text}\r\n"\r\n2,b\r\n`);

    expect(row?.values[1]).toBe(`${text}\n`);
    expect(next).toEqual({ line: 4, values: ['2', 'b'] });
  });

  it('passes on rows that are too short or too long, and quotes in the middle of a text', async () => {
    expect((await rowsOf('id,detail\n1\n2,b,c\n3,the "word"\n')).map(({ values }) => values))
      .toEqual([['id', 'detail'], ['1'], ['2', 'b', 'c'], ['3', 'the "word"']]);
  });

  it('reads GBK where the mapping says so, and UTF-8 where the file itself does', async () => {
    const gbk = Buffer.from('69642cc4dac8dd0a312cbacfb7ca0a', 'hex');
    const expected = [['id', '内容'], ['1', '合肥']];

    expect((await rowsOf(gbk, 'gb18030')).map(({ values }) => values)).toEqual(expected);
    expect((await rowsOf('\ufeffid,内容\n1,合肥\n', 'gb18030')).map(({ values }) => values)).toEqual(expected);
  });

  it.each([
    ['a quote that is never closed', 'id,detail\n1,a\n2,"b\n3,c\n',
      'the row that starts at line 3 has a quote that is not closed'],
    ['a row beyond all bounds', `id,detail\n1,"${'x'.repeat(1_100_000)}"\n`,
      'the row that starts at line 2 has a quote that is not closed, or is larger than 1 MiB'],
    ['another encoding', Buffer.from('69642cc4dac8dd0a', 'hex'),
      'is not in utf-8; set "encoding" in the mapping to gb18030.'],
  ])('stops at %s and says where', async (_what, content, message) => {
    await expect(rowsOf(content)).rejects.toThrow(message);
  });

  it('says so when there is no such file', async () => {
    await expect(readRows(join(folder, 'none.csv'), 'utf-8').next()).rejects
      .toThrow(/none\.csv cannot be read \(ENOENT\); check the name\.$/);
    await expect(readRows(folder, 'utf-8').next()).rejects.toThrow(/cannot be read \(EISDIR\)/);
  });
});

describe('survey', () => {
  it('counts the rows and names the columns', async () => {
    const file = await fileOf('\ufeffid , detail\n1,"a\nb"\n\n2,c\n');

    expect(await survey(file, 'utf-8')).toEqual({ header: ['id', 'detail'], rows: 2 });
  });

  it('refuses an empty file', async () => {
    const file = await fileOf('\n');

    await expect(survey(file, 'utf-8')).rejects.toThrow('is empty; its first line must name the columns.');
  });
});
