// What a copy of subgraphs/template has of its own is what the project has.
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const json = (path: string) => JSON.parse(read(path)) as Record<string, Record<string, string>>;

it('has the project\'s versions of its packages', () => {
  const [own, whole] = [json('subgraphs/template/package.json'), json('package.json')];
  const versions = { ...whole['dependencies'], ...whole['devDependencies'] };
  const wanted = { ...own['dependencies'], ...own['devDependencies'] };
  expect(wanted).toEqual(Object.fromEntries(Object.keys(wanted).map((name) => [name, versions[name]])));
  expect(own['engines']).toEqual(whole['engines']);
});

it('depends on the packages that it imports, and on what runs it', () => {
  const sources = readdirSync(new URL('subgraphs/template/', root)).filter((name) => name.endsWith('.ts')).map((name) => read(`subgraphs/template/${name}`));
  const imported = sources.flatMap((text) => [...text.matchAll(/ from '([^.'][^']*)'/g)].map(([, name = '']) => name)).filter((name) => !name.startsWith('node:'));
  expect([...new Set([...imported, 'tsx'])].toSorted()).toEqual(Object.keys(json('subgraphs/template/package.json')['dependencies'] ?? {}));
});

it('is compiled and tested as the project is', () => {
  expect(json('subgraphs/template/tsconfig.json')['compilerOptions']).toEqual(json('tsconfig.json')['compilerOptions']);
  const linesOf = (path: string): string[] => read(path).trimEnd().split('\n').filter((line) => !line.includes('testMatch'));
  const own = linesOf('subgraphs/template/jest.config.mjs');
  expect(linesOf('jest.config.mjs').filter((line) => own.includes(line))).toEqual(own);
});
