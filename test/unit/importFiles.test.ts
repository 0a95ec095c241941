import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readImportArguments } from '../../scripts/import/arguments.js';
import {
  besides, hasRejects, openRejects, readProgress, writeProgress, type Progress,
} from '../../scripts/import/files.js';
import { exitCode, lines, summary } from '../../scripts/import/report.js';
import { addTo, newTally, type Tally } from '../../scripts/import/tally.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-files-'));
  file = join(folder, 'export.csv');
});
afterEach(() => rm(folder, { recursive: true }));

const sum = (): Tally => ({
  read: 4, created: 1, known: 1, rejected: 2, unplaced: 1,
  categories: { 城乡建设: { created: 1, known: 1, rejected: 1 }, '': { created: 0, known: 0, rejected: 1 } },
});

describe('the files beside an export', () => {
  it('are named after it', () => {
    expect(besides('data/export.CSV', '.rejects.csv')).toBe('data/export.rejects.csv');
    expect(besides('data/export', '.progress.json')).toBe('data/export.progress.json');
  });
});

describe('the progress', () => {
  const progress: Progress = { fingerprint: 'f', runId: 'r', rejectsBytes: 12, tally: sum() };

  it('is read as it was written, and leaves nothing else behind', async () => {
    const kept = besides(file, '.progress.json');
    writeProgress(kept, { ...progress, rejectsBytes: 0 });
    writeProgress(kept, progress);

    expect(readProgress(kept)).toEqual(progress);
    expect(await readdir(folder)).toEqual(['export.progress.json']);
  });

  it.each([
    ['is cut off', (text: string) => text.slice(0, 40)],
    ['lacks a field', (text: string) => text.replace('runId', 'run')],
    ['is empty', () => ''],
  ])('counts as none when it %s', async (_what, harm) => {
    const kept = besides(file, '.progress.json');
    await writeFile(kept, harm(JSON.stringify(progress)));

    expect(readProgress(kept)).toBeNull();
  });
});

describe('the rejects', () => {
  it('have line, reason and the row as it was, and can be imported again', async () => {
    const rejects = openRejects(file, ['id', 'detail'], 0);
    rejects.add({ line: 2, values: ['1', 'a "word",\nand more'] }, 'Because.');

    const text = await readFile(file, 'utf8');
    expect(text).toBe('\ufeffline,reason,id,detail\n2,Because.,1,"a ""word"",\nand more"\n');
    const { size, mode } = await stat(file);
    expect(rejects.bytes()).toBe(size);
    expect(mode & 0o077).toBe(0);
    const again = openRejects(file, ['line', 'reason', 'id', 'detail'], 0);
    again.add({ line: 2, values: ['9', 'Because.', '1', 'b'] }, 'Once more.');
    expect(await readFile(file, 'utf8')).toBe('\ufeffline,reason,id,detail\n2,Once more.,1,b\n');
  });

  it('of an earlier run are gone when there are none', async () => {
    await writeFile(file, 'old');
    const rejects = openRejects(file, ['id'], 0);

    expect(await readdir(folder)).toEqual([]);
    expect(rejects.bytes()).toBe(0);
  });

  it('go on where the progress stood, without what was written after it', async () => {
    const before = openRejects(file, ['id'], 0);
    before.add({ line: 2, values: ['1'] }, 'first');
    const bytes = before.bytes();
    before.add({ line: 3, values: ['2'] }, 'lost with the crash');

    const after = openRejects(file, ['id'], bytes);
    after.add({ line: 4, values: ['3'] }, 'second');

    expect(await readFile(file, 'utf8')).toBe('\ufeffline,reason,id\n2,first,1\n4,second,3\n');
    expect(after.bytes()).toBe((await stat(file)).size);
  });

  it('that were taken away are missed', async () => {
    expect(hasRejects(file, 0)).toBe(true);
    expect(hasRejects(file, 3)).toBe(false);
    await writeFile(file, 'abc');
    expect([3, 4].map((bytes) => hasRejects(file, bytes))).toEqual([true, false]);
  });
});

describe('the summary', () => {
  const result = { isComplete: true, tally: sum(), rows: 4, rejectsFile: 'export.rejects.csv' };

  it('counts what became of the rows, in all and by category', () => {
    expect(summary(result)).toEqual([
      'Read 4 rows: 1 new, 1 already there, 2 rejected.',
      '  城乡建设: 1 new, 1 already there, 1 rejected',
      '  (no category of the taxonomy): 0 new, 0 already there, 1 rejected',
      "Without an area of their own, placed by the mapping's rule: 1.",
      'Rejected rows and the reasons: export.rejects.csv. Correct them there and import that file with this mapping.',
    ]);
    expect(summary({ ...result, isComplete: false, rows: 9 })[0])
      .toBe('Ended after 4 of 9 rows: 1 new, 1 already there, 2 rejected. The same command goes on from there.');
  });

  it('is the sum of its rows', () => {
    const tally = newTally();
    const input = { problem: 'x' };
    addTo(tally, { category: '城乡建设', isPlaced: true, input }, { kind: 'NEW' });
    addTo(tally, { category: '城乡建设', isPlaced: false, input }, { kind: 'KNOWN' });
    addTo(tally, { category: '城乡建设', isPlaced: false, input }, { kind: 'REJECTED', reason: 'x' });
    addTo(tally, { category: null, isPlaced: false, input }, { kind: 'REJECTED', reason: 'x' });

    expect(tally).toEqual(sum());
  });

  it('sets the exit code', () => {
    expect(exitCode({ ...result, tally: { ...sum(), rejected: 0 } })).toBe(0);
    expect(exitCode(result)).toBe(2);
    expect(exitCode({ ...result, isComplete: false })).toBe(130);
  });

  it('has a line before it at each tenth of the rows', () => {
    const log: string[] = [];
    const view = lines((line) => log.push(line));
    for (let read = 1; read <= 25; read += 1) view.show({ ...newTally(), read, created: read }, 25);

    expect(log).toHaveLength(10);
    expect(log.at(0)).toBe('3 of 25 rows: 3 new, 0 already there, 0 rejected.');
    expect(log.at(-1)).toBe('25 of 25 rows: 25 new, 0 already there, 0 rejected.');
  });
});

describe('the command line', () => {
  it('needs a file only', () => {
    expect(readImportArguments(['data/export.csv'], {})).toEqual({
      file: 'data/export.csv', mappingFile: 'data/export.mapping.json', url: 'http://127.0.0.1:4000/graphql',
      token: null, concurrency: 8,
    });
  });

  it('takes a token from where nobody else sees it', () => {
    expect(readImportArguments(['e.csv'], { IMPORT_TOKEN: 'secret' }).token).toBe('secret');
    expect(readImportArguments(['e.csv', '--token', 'other'], { IMPORT_TOKEN: 'secret' }).token).toBe('other');
  });

  it.each([
    [[], 'Name one file.'],
    [['a.csv', 'b.csv'], 'Name one file.'],
    [['a.csv', '--concurrency', '0'], '--concurrency must be a whole number, 1–64.'],
    [['a.csv', '--concurrency', 'many'], '--concurrency must be a whole number, 1–64.'],
    [['a.csv', '--url', 'localhost:4000'], '--url must be an address such as http://127.0.0.1:4000/graphql.'],
    [['a.csv', '--mappings', 'm.json'], /--mappings/],
  ])('%j is refused', (args, message) => {
    expect(() => readImportArguments(args, {})).toThrow(message);
  });
});
