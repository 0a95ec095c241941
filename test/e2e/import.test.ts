import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { exitCode, summary } from '../../scripts/import/report.js';
import { runImport, type ImportOptions, type ImportResult } from '../../scripts/import/run.js';
import { signToken } from '../../scripts/token.js';
import type { Actor } from '../../subgraphs/shared/domain/actor.js';
import { startPlatform, type Platform } from '../kit/gateway.js';
import { actor, callerOf, newKey } from '../kit/identity.js';

/** A message takes a tenth of a second or more where all levels share one small machine. */
const slow = 120_000;
const now = new Date('2026-03-02T02:00:00Z');
const root = fileURLToPath(new URL('../../', import.meta.url));
const data = (name: string): string => join(root, 'data', name);

/** A number is an HTTP status instead of an answer; CUT lets the platform work, and cuts the line before it answers. */
type Harm = 'NONE' | 'CUT' | number;

/** What stands between importer and gateway for one test: it sees each submission, and may do harm. */
interface Front {
  readonly url: string;
  readonly who: Actor;
  /** Source ids in the order in which they came. */
  readonly submitted: string[];
  /** Asked at each submission. */
  harm: (count: number) => Harm | Promise<Harm>;
  close(): Promise<void>;
}

let platform: Platform;
let folder: string;
const fronts: Front[] = [];

beforeAll(async () => {
  platform = await startPlatform({ name: 'import', seed: true, now: () => now });
}, slow);
afterAll(() => platform.end());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-'));
});
afterEach(async () => {
  await Promise.all(fronts.splice(0).map((front) => front.close()));
  await rm(folder, { recursive: true });
});

/** Signs in for whoever comes: the platform's own key for tokens does not leave it. */
async function openFront(who: Actor): Promise<Front> {
  const client = platform.as(who);
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString()) as {
      readonly query: string; readonly variables: { readonly input?: { readonly sourceId: string } };
    };
    const { input } = variables;
    if (input) front.submitted.push(input.sourceId);
    const harm = input ? await front.harm(front.submitted.length) : 'NONE';
    if (typeof harm === 'number') return void response.writeHead(harm).end('');
    const answered = await client.attempt(query, variables);
    if (harm === 'CUT') return void request.socket.destroy();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answered));
  }
  const server = createServer((request, response) => void answer(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const front: Front = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    who,
    submitted: [],
    harm: () => 'NONE',
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
  fronts.push(front);
  return front;
}

const tokenOf = async (who: Actor): Promise<string> =>
  signToken(callerOf(who), { issuerPrivateJwk: await newKey('stranger') });

interface Run {
  readonly result: ImportResult;
  readonly log: readonly string[];
}

async function run(front: Front, file: string, options: Partial<ImportOptions> = {}): Promise<Run> {
  const log: string[] = [];
  const result = await runImport({
    file,
    mappingFile: file.replace(/\.csv$/, '.mapping.json'),
    url: front.url,
    token: await tokenOf(front.who),
    concurrency: 8,
    signal: new AbortController().signal,
    log: (line) => log.push(line),
    tries: { wait: async () => undefined },
    ...options,
  });
  return { result, log: [...log, ...summary(result)] };
}

const rowsOf = async (file: string): Promise<Record<string, string>[]> =>
  parse(await readFile(file, 'utf8'), { columns: true, bom: true }) as Record<string, string>[];

const totalOf = async (who: Actor, filter: Record<string, unknown> = {}): Promise<number> => {
  const { cases } = await platform.as(who).run<{ cases: { totalCount: number } }>(
    'query ($filter: CaseFilter) { cases(filter: $filter) { totalCount } }', { filter },
  );
  return cases.totalCount;
};

async function civicMessages(): Promise<string> {
  const names = ['civic-messages.csv', 'civic-messages.mapping.json'];
  await Promise.all(names.map((name) => copyFile(data(name), join(folder, name))));
  return join(folder, 'civic-messages.csv');
}

/** A hotline's export with an area and a phone number in each row; ids from 1. */
async function hotlineExport(rows: readonly string[], mapping: object = {}): Promise<string> {
  const file = join(folder, 'hotline.csv');
  await writeFile(file, ['编号,标题,内容,时间,分类,地区,电话', ...rows, ''].join('\n'));
  await writeFile(join(folder, 'hotline.mapping.json'), JSON.stringify({
    channel: 'HOTLINE', kind: 'DEMAND', demandType: { default: 'COMPLAINT' },
    sourceId: { system: 'hotline', columns: ['编号'] },
    title: { column: '标题' }, detail: { column: '内容' }, phone: { column: '电话' },
    reportedAt: { column: '时间', format: 'yyyy/M/d H:mm', zone: 'Asia/Shanghai' },
    category: { column: '分类', paths: { 物业: '城乡建设/住房保障与房地产/物业服务' } },
    area: { column: '地区' },
    ...mapping,
  }));
  return file;
}

const secret = '13912345678';
const rowOf = (id: number, area = '340103001001', category = '物业'): string =>
  `${id},李四家漏水${id},"第一行\n第二行",2025/12/31 8:05,${category},${area},${secret}`;
const many = (count: number): string[] => Array.from({ length: count }, (_, i) => rowOf(i + 1));

/** Ends the run while its `count`th submission is under way. */
function endAt(front: Front, count: number): AbortSignal {
  const ending = new AbortController();
  front.harm = (submitted) => {
    if (submitted === count) ending.abort();
    return 'NONE';
  };
  return ending.signal;
}

describe('the 495 messages', () => {
  it('are all taken in, each in its category and once, interrupted in the middle and run again', async () => {
    const front = await openFront(actor('INTEGRATOR', '3401', 'civic'));
    const file = await civicMessages();
    const rows = await rowsOf(file);
    const categories = [...new Set(rows.map(({ category = '' }) => category))];
    const countIn = (category: string): number => rows.filter((row) => row['category'] === category).length;

    const first = await run(front, file, { signal: endAt(front, 200) });
    const second = await run(front, file);

    expect(first.result).toMatchObject({ isComplete: false, rows: 495 });
    expect(first.result.tally.created).toBeGreaterThanOrEqual(200);
    expect(second.result).toMatchObject({
      isComplete: true, rows: 495, tally: { read: 495, created: 495, known: 0, rejected: 0, unplaced: 495 },
    });
    expect(second.log).toContain(`Going on after row ${first.result.tally.read} of 495, where the last run ended.`);
    // Nothing that was acknowledged is sent again.
    expect(front.submitted).toHaveLength(495);
    const inFile = categories.map(countIn);
    expect(await Promise.all(categories.map((category) => totalOf(front.who, { category })))).toEqual(inFile);
    expect(categories.map((category) => second.result.tally.categories[category]?.created)).toEqual(inFile);
    expect(await readdir(folder)).toEqual(['civic-messages.csv', 'civic-messages.mapping.json']);

    const third = await run(front, file);

    expect(third.result).toMatchObject({ isComplete: true, tally: { read: 495, created: 0, known: 495, rejected: 0 } });
    expect(exitCode(third.result)).toBe(0);
    expect(await totalOf(front.who)).toBe(495);
  }, 5 * slow);
});

describe('an import', () => {
  it('puts each message where its row says, as it was written and when it was reported', async () => {
    const front = await openFront(actor('INTEGRATOR', '3401', 'placed'));
    const title = `关于${'很长的标题'.repeat(50)}`;
    const areas = ['340103001001', '庐阳区亳州路街道', '明光路街道金大塘社区'];
    const file = await hotlineExport(areas.map((area, i) => rowOf(i + 1, area).replace('李四家漏水1', title)));

    const { result, log } = await run(front, file);

    expect(result).toMatchObject({ isComplete: true, tally: { created: 3, unplaced: 0 } });
    const { cases } = await platform.as(front.who).run<{ cases: { nodes: readonly Record<string, unknown>[] } }>(`{
      cases {
        nodes { sourceId title detail channel demandType category reportedAt community { code street { code } } }
      }
    }`);
    const nodes = cases.nodes.toSorted((a, b) => String(a['sourceId']).localeCompare(String(b['sourceId'])));
    expect(nodes).toMatchObject([
      {
        sourceId: 'hotline:1', detail: `标题:${title}\n第一行\n第二行`, channel: 'HOTLINE', demandType: 'COMPLAINT',
        category: '城乡建设/住房保障与房地产/物业服务', reportedAt: '2025-12-31T00:05:00.000Z', community: { code: '340103001001' },
      },
      { sourceId: 'hotline:2', title: '李四家漏水2', community: { street: { code: '340103001' } } },
      { sourceId: 'hotline:3', community: { code: '340102001002' } },
    ]);
    expect([...String(nodes[0]?.['title'])]).toHaveLength(200);
    expect(log.join('\n')).not.toMatch(/李四|漏水|139/);
  }, slow);

  it('writes what it cannot take in to a file that, corrected, can be imported', async () => {
    const front = await openFront(actor('INTEGRATOR', '340103', 'rejects'));
    const file = await hotlineExport([
      rowOf(1), rowOf(2, 'A3区'), rowOf(3, '340103001001', '其他'), rowOf(4, '340102001002'), '5,短',
      rowOf(6).replace('2025', '2026/13'), rowOf(7).replace('2025/12/31', '2026/12/31'), rowOf(8),
    ]);

    const { result, log } = await run(front, file);

    expect(result).toMatchObject({ isComplete: true, tally: { read: 8, created: 2, known: 0, rejected: 6 } });
    expect(exitCode(result)).toBe(2);
    expect(await totalOf(front.who)).toBe(2);
    const rejects = await readFile(result.rejectsFile, 'utf8');
    const table = parse(rejects, { bom: true, relax_column_count: true }) as string[][];
    expect(table.map(([line, reason]) => [line, reason])).toEqual([
      ['line', 'reason'],
      ['4', 'The area is not known: no area has that name.'],
      ['6', 'The category "其他" is not in the taxonomy; add it to category.paths in the mapping.'],
      ['8', 'OUT_OF_SCOPE: community: 该社区不在您的辖区。 / That community is outside your area.'],
      ['10', 'The row has 2 columns, the header 7; is a text with commas not in quotes?'],
      ['11', expect.stringMatching(/^The time "2026\/13\/12\/31 8:05" is not of the form/)],
      ['13', 'INVALID_INPUT: reportedAt: 反映时间不能晚于现在。 / It cannot have been reported after now.'],
    ]);
    expect(table[1]?.slice(2)).toEqual(['2', '李四家漏水2', '第一行\n第二行', '2025/12/31 8:05', '物业', 'A3区', secret]);
    expect(log.join('\n')).not.toMatch(/李四|漏水|139/);

    const mappingFile = join(folder, 'hotline.mapping.json');
    const better = rejects.replace('A3区', '双岗街道').replace(',其他,', ',物业,').replace('340102001002', '340103002');
    await writeFile(result.rejectsFile, better);
    const corrected = await run(front, result.rejectsFile, { mappingFile });

    expect(corrected.result.tally).toMatchObject({ read: 6, created: 3, rejected: 3 });

    const good = await hotlineExport([rowOf(1), rowOf(8)]);
    const clean = await run(front, good);

    expect(clean.result).toMatchObject({ isComplete: true, tally: { created: 0, known: 2, rejected: 0 } });
    expect(await readdir(folder)).not.toContain('hotline.rejects.csv');
  }, slow);

  const signals = ['SIGKILL', 'SIGINT'] as const;
  it.each(signals)('goes on where %s ended the program, and loses and doubles nothing', async (signal) => {
    const front = await openFront(actor('INTEGRATOR', '3401', signal));
    const file = await hotlineExport([rowOf(1, 'A3区'), ...many(45).slice(1)]);
    const token = await tokenOf(front.who);

    const [code, killedBy] = await program(file, front.url, token, (child) => {
      front.harm = (count) => {
        if (count === 34) child.kill(signal);
        return 'NONE';
      };
    });
    const before = await totalOf(front.who);
    front.harm = () => 'NONE';
    const again = await program(file, front.url, token);

    expect([code, killedBy]).toEqual(signal === 'SIGKILL' ? [null, 'SIGKILL'] : [130, null]);
    expect(before).toBeGreaterThan(25);
    expect(before).toBeLessThan(44);
    expect(again[0]).toBe(2);
    expect(again[2]).toMatch(/^Going on after row \d+ of 45, where the last run ended\.$/m);
    // Those that were under way when it was killed are answered as the first time: they count as new, once.
    expect(again[2]).toMatch(/^Read 45 rows: 44 new, 0 already there, 1 rejected\.$/m);
    expect(again[2]).not.toMatch(/李四|漏水|139/);
    expect(await totalOf(front.who)).toBe(44);
    expect((await rowsOf(join(folder, 'hotline.rejects.csv'))).map(({ line }) => line)).toEqual(['2']);
  }, slow);

  it('counts a message as new whose answer got lost, and takes it in once', async () => {
    const front = await openFront(actor('INTEGRATOR', '3401', 'lost'));
    const file = await hotlineExport(many(6));
    front.harm = (count) => (count <= 3 ? 'CUT' : count === 4 ? 503 : 'NONE');

    const { result } = await run(front, file);

    expect(result).toMatchObject({ isComplete: true, tally: { created: 6, known: 0 } });
    expect(front.submitted).toHaveLength(10);
    expect(await totalOf(front.who)).toBe(6);
  }, slow);

  it('waits for a level that is away, and stops when it stays away, to go on later', async () => {
    const front = await openFront(actor('INTEGRATOR', '3401', 'away'));
    const file = await hotlineExport(many(12));
    const { subgraphs } = platform;
    let back: Promise<void> | null = null;
    front.harm = async (count): Promise<Harm> => {
      if (count === 4) await subgraphs.stop('community');
      return 'NONE';
    };

    const stopped = run(front, file, { concurrency: 1, tries: { tries: 3, wait: async () => undefined } });
    await expect(stopped).rejects.toThrow(new RegExp('^The platform was not there at 3 tries \\(LEVEL_UNAVAILABLE\\): '
      + '.+\n3 of 12 rows are done with; the same command goes on from there\\.$'));

    const { result } = await run(front, file, { tries: { wait: () => (back ??= subgraphs.start('community')) } });

    expect(result).toMatchObject({ isComplete: true, tally: { read: 12, created: 12, known: 0 } });
    expect(await totalOf(front.who)).toBe(12);
  }, slow);

  it('says why it stopped when all rows under way fail at once', async () => {
    const front = await openFront(actor('INTEGRATOR', '3401', 'at-once'));
    const file = await hotlineExport(many(12));
    front.harm = () => 503;

    const stopped = run(front, file, { tries: { tries: 2, wait: () => Promise.resolve() } });

    await expect(stopped).rejects.toThrow(/^The platform was not there at 2 tries \(HTTP_503\)/);
    expect(await readdir(folder)).toContain('hotline.progress.json');
  }, slow);

  it('begins anew when the file has changed since it was interrupted', async () => {
    const front = await openFront(actor('INTEGRATOR', '3401', 'changed'));
    const file = await hotlineExport(many(16));
    await run(front, file, { signal: endAt(front, 8) });
    const before = await totalOf(front.who);
    await hotlineExport(many(17));

    const { result, log } = await run(front, file);

    expect(log).toContain(
      'File, mapping, gateway or sender have changed since the last run: beginning at the first row.',
    );
    expect(result).toMatchObject({ isComplete: true, tally: { read: 17, created: 17 - before, known: before } });
    expect(await totalOf(front.who)).toBe(17);
  }, slow);

  it('stops and says what to do without a gateway or with a token that will not do', async () => {
    const front = await openFront(actor('INTEGRATOR', '3401', 'refused'));
    const file = await hotlineExport(many(2));
    await front.close();

    await expect(run(front, file)).rejects.toThrow(
      `No gateway at ${front.url}: ECONNREFUSED. Start the platform with npm start, or name its address with --url.`,
    );
    await expect(run(front, file, { url: `${platform.url}/graphql` })).rejects
      .toThrow(/^The gateway refuses the token \(UNAUTHENTICATED\): /);
    await expect(run(front, file, { url: platform.url })).rejects.toThrow(/Nothing is here; GraphQL is at \/graphql .*\. Start the platform/);
    await expect(run(front, file, { token: await tokenOf(actor('STREET_CLERK', '340103001')) }))
      .rejects.toThrow('The token is of the role STREET_CLERK; an INTEGRATOR imports.');
    await expect(run(front, file, { token: 'abc' })).rejects.toThrow(/^The token is no JWT; /);
    expect((await readdir(folder)).toSorted()).toEqual(['hotline.csv', 'hotline.mapping.json']);
  }, slow);

  it('sends nothing when mapping, file and platform do not go together', async () => {
    const front = await openFront(actor('INTEGRATOR', '3401', 'unfit'));
    const file = await hotlineExport(many(2), {
      category: { column: '类别', paths: { 物业: '城乡建设/物业' } }, area: { otherwise: { spread: ['340103999'] } },
    });

    await expect(run(front, file)).rejects.toThrow([
      'The mapping does not fit; put this right:',
      '  category.column is "类别", a column that the file has not; it has 编号, 标题, 内容, 时间, 分类, 地区, 电话.',
      '  category.paths.物业 is "城乡建设/物业", which is not in the taxonomy; see caseCategories.',
      '  area.otherwise.spread.0 is 340103999, an area that the platform does not have.',
    ].join('\n'));
    expect(front.submitted).toEqual([]);
  }, slow);
});

/** `npm run import` itself: exit code, the signal that ended it, and what it printed. */
async function program(
  file: string, url: string, token: string, watch: (child: ChildProcess) => void = () => undefined,
): Promise<[number | null, string | null, string]> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/import.ts', file, '--url', url], {
    cwd: root, env: { ...process.env, IMPORT_TOKEN: token }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => { printed += text; });
  }
  watch(child);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return [code, signal, printed];
}
