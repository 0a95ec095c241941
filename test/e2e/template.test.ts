// The template as an integrator has it: copied out of the project, renamed, tested, checked, and joined to the platform.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { actor, serviceKeys } from '../kit/identity.js';
import { people, places } from '../kit/cases.js';
import { startPlatform, type Platform } from '../kit/gateway.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'template-'));
const copy = join(folder, 'inspections');
const supergraph = join(folder, 'supergraph.graphql');
const key = join(folder, 'key.json');
const started: ChildProcess[] = [];
let service: ChildProcess;
let url: string;
let platform: Platform;

interface Ended {
  readonly code: number | null;
  readonly text: string;
}

function run(command: string, args: readonly string[], cwd: string, environment: Record<string, string> = {}): { child: ChildProcess; text: () => string; ended: Promise<Ended> } {
  const { PATH, HOME } = process.env;
  const child = spawn(command, args, { cwd, env: { PATH, HOME, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  return { child, text: () => text, ended: once(child, 'close').then(([code]) => ({ code: code as number | null, text })) };
}

beforeAll(async () => {
  cpSync(join(root, 'subgraphs/template'), copy, { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const file of readdirSync(copy, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('bureauDepartment', 'inspection').replaceAll('BureauDepartment', 'Inspection'));
  }
  const { own, trusted } = await serviceKeys();
  writeFileSync(key, JSON.stringify(own.gateway));
  const { child, text, ended } = run(process.execPath, ['--import', 'tsx', 'index.ts'], copy, {
    PORT: '0', SUBGRAPH_NAME: 'inspections', DATA_FILE: join(folder, 'inspections.json'), GATEWAY_JWKS: JSON.stringify(trusted),
  });
  service = child;
  url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on('data', () => {
      const found = /http:\S+\/graphql/.exec(text())?.[0];
      if (found !== undefined) resolve(found);
    });
    ended.then(() => reject(new Error(`The copy ended before it was ready: ${text()}`)), reject);
  });
});
afterAll(async () => {
  await platform?.end();
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

it('is tested where it was copied to', async () => {
  const { code, text } = await run('npm', ['test'], copy).ended;
  expect(text).toMatch(/^Tests: +[1-9]\d* passed, [1-9]\d* total$/m);
  expect(code).toBe(0);
}, 300_000);

it('passes every check: it composes, batches, keeps the order, refuses who has no identity', async () => {
  const known = ['D-1', 'D-2'].flatMap((id) => ['--known', `Inspection={"id":"${id}"}`]);
  const { code, text } = await run(process.execPath, [
    '--import', 'tsx', 'scripts/integrate.ts', '--sdl', join(copy, 'schema.graphql'), '--name', 'inspections', '--url', url, '--key', key, ...known, '--out', supergraph,
  ], root).ended;
  const passed = text.split('\n').filter((line) => line.startsWith('[通过 ok] ')).map((line) => line.split(' / ').at(-1));
  expect(passed).toEqual(expect.arrayContaining([
    'composes with the four levels', 'leaves everything that the platform has as it was', 'refuses calls without identity', 'refuses identities that do not hold',
    '_entities answers in order, null for what is not there', '_entities are looked up together (N+1)', 'several operations in one request',
  ]));
  expect(text).toMatch(/ 15 ok, 0 failed, 0 could not be told\.\n/);
  expect(code).toBe(0);
});

describe('joined to the platform', () => {
  beforeAll(async () => {
    platform = await startPlatform({ name: 'template', seed: true }, { supergraphSdl: readFileSync(supergraph, 'utf8') });
  }, 600_000);

  it('has its departments in the platform\'s streets, and the streets\' names in its departments', async () => {
    const text = `{
      street(code: "${places.street}") { name district { name } inspections { id street { name } } }
      other: street(code: "340103004") { inspections { id } }
      inspections(first: 2) { nodes { id name street { name district { name } } } pageInfo { hasNextPage } }
    }`;
    const street = { name: '亳州路街道', district: { name: '庐阳区' } };
    for (const who of [null, people.street]) {
      expect(await platform.as(who).run(text)).toEqual({
        street: { ...street, inspections: [{ id: 'D-1', street: { name: street.name } }, { id: 'D-2', street: { name: street.name } }] },
        other: { inspections: [] },
        inspections: {
          nodes: [{ id: 'D-1', name: '市容执法一中队', street }, { id: 'D-2', name: '渣土管理所', street }], pageInfo: { hasNextPage: true },
        },
      });
    }
  });

  it('keeps its internal telephone from those who have not signed in, and gives them the rest', async () => {
    const text = '{ inspection(id: "D-1") { name internalPhone } }';
    expect(await platform.as(people.resident).run(text)).toEqual({ inspection: { name: '市容执法一中队', internalPhone: '0551-00000001' } });
    expect(await platform.as(null).attempt(text)).toMatchObject({
      data: { inspection: { name: '市容执法一中队', internalPhone: null } }, errors: [{ path: ['inspection', 'internalPhone'], extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  it('lets its own bureau act, and everybody sees it', async () => {
    const act = (who: typeof people.city | null) => platform.as(who).attempt('mutation { inspectionOpen(input: { id: "D-1", expectedVersion: 1 }) { inspection { isOpen street { name } } userErrors { code } } }');
    const isOpen = () => platform.as(null).run('{ inspection(id: "D-1") { isOpen version } }');
    expect(await act(null)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(await act(people.city)).toMatchObject({ data: { inspectionOpen: { inspection: null, userErrors: [{ code: 'ROLE_NOT_ALLOWED' }] } } });
    expect(await act(actor('DEPARTMENT_OFFICER', '340103-04'))).toMatchObject({ data: { inspectionOpen: { inspection: null, userErrors: [{ code: 'OUT_OF_SCOPE' }] } } });
    expect(await isOpen()).toEqual({ inspection: { isOpen: false, version: 1 } });
    expect((await act(people.districtUnit)).data).toEqual({ inspectionOpen: { inspection: { isOpen: true, street: { name: '亳州路街道' } }, userErrors: [] } });
    expect(await isOpen()).toEqual({ inspection: { isOpen: true, version: 2 } });
  });

  it('ends in peace when told to, and costs the platform nothing but its own part', async () => {
    const end = once(service, 'close');
    service.kill('SIGTERM');
    expect(await end).toEqual([0, null]);
    const answer = await platform.as(null).attempt(`{ street(code: "${places.street}") { name inspections { id } } inspections { nodes { id } } }`);
    expect(answer.data).toEqual({ street: { name: '亳州路街道', inspections: null }, inspections: null });
    expect(new Set(answer.errors?.map(({ extensions }) => extensions?.['code']))).toEqual(new Set(['LEVEL_UNAVAILABLE']));
  });
});
