import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { composeServices } from '@apollo/composition';
import { parse as parseCsv } from 'csv-parse/sync';
import {
  buildASTSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType, Kind, parse, validate,
} from 'graphql';
import { roles } from '../../gateway/roles.js';
import { eventTypes } from '../../schema/events.js';
import { caseTransitions } from '../../subgraphs/community/domain/case.transitions.js';
import { userErrorCodes } from '../../subgraphs/shared/domain/result.js';
import { readSdl } from '../../subgraphs/shared/graphql/sdl.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = ['README.md', 'schema/README.md', 'data/README.md', 'subgraphs/template/README.md'] as const;
const readme = read('README.md');

const group = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found);
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].toSorted();
const codeIn = (text: string): string[] => group(text, /`([^`\n]+)`/g);
const blocks = (text: string, language: string): string[] =>
  group(text, new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'));

/** The rows of the first table whose heading row starts with `heading`, cell by cell. */
function table(text: string, heading: string): string[][] {
  const [, body] = text.split(`\n| ${heading}`);
  if (body === undefined) throw new Error(`There is no table that starts with ${heading}.`);
  const lines = body.split('\n').slice(2);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  const cells = (line: string): string[] => line.split('|').slice(1, -1).map((cell) => cell.trim());
  return lines.slice(0, end < 0 ? undefined : end).map(cells);
}
const firstCells = (text: string, heading: string): string[] =>
  table(text, heading).flatMap(([cell = '']) => codeIn(cell));
/** From a heading that has `words` to the next one. */
const section = (words: string): string =>
  readme.split(/^(?=#+ )/m).find((part) => part.split('\n')[0]?.includes(words)) ?? '';

const supergraph = buildASTSchema(parse(read('schema/supergraph.graphql')), { assumeValidSDL: true });

describe.each(documents)('%s', (path) => {
  const text = read(path);

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...group(text, /npm run (?:--silent )?([\w:-]+)/g), ...group(text, /npm (start|test)\b/g)];
    expect(named.length).toBeGreaterThan(0);
    expect(sorted(named).filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('names only files and folders that exist', () => {
    const isPath = (word: string): boolean => /^[\w.][\w./-]*(\/|\.(md|ts|mjs|csv|json|graphql|yml))$/.test(word);
    const prose = text.replace(/^```.*?^```$/gms, '');
    const links = group(prose, /\]\(([\w./-]+)(?:#[^)]*)?\)/g);
    const typed = blocks(text, 'sh').flatMap((block) => block.split(/\s+/));
    const words = sorted([...codeIn(prose), ...links, ...typed])
      .filter((word) => isPath(word) && !word.startsWith('.data/'));
    const places = ['', dirname(path), 'subgraphs/street'];
    expect(words.length).toBeGreaterThan(3);
    expect(words.filter((word) => !places.some((place) => existsSync(join(root, place, word))))).toEqual([]);
  });

  it('links only to headings that exist', () => {
    const slugs = group(text, /^#+ (.+)$/gm).map((heading) =>
      heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'));
    expect(group(text, /\]\(#([^)]+)\)/g).filter((slug) => !slugs.includes(slug))).toEqual([]);
  });
});

describe('the environment in README.md', () => {
  /** Names in an environment's shape: `  PORT: z.…`. */
  const shape = (path: string): string[] => group(read(path), /^ {2}([A-Z][A-Z_]+): /gm);
  const files = (folder: string): string[] => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|sh)$/.test(name)).map((name) => join(folder, name));
  const ofTheSystem = ['PATH', 'HOME', 'XDG_CACHE_HOME', 'NODE_ENV', 'LOG_LEVEL', 'APOLLO_TELEMETRY_DISABLED'];
  const setForOthers = ['MONGOMS_MAX_RETRIES', 'MONGOMS_SYSTEM_BINARY_VERSION_CHECK'];
  const tools = files('scripts').map(read).flatMap((text) => [
    ...group(text, /\benv\['([A-Z_]+)'\]/g),
    ...group(text, /\$\{(LOCAL_\w+):-/g),
    ...group(text, /\{ (.*) \} = process\.env/g).flatMap((names) => group(names, /([A-Z_]+):/g)),
  ]);
  const bySubgraph = [
    'CITY_URL', 'DISTRICT_URL', 'STREET_URL', 'COMMUNITY_URL', 'SUBGRAPH_URL_<NAME>', 'SUBGRAPH_TIMEOUT_MS_<NAME>',
  ];

  it.each([
    ['`gateway/config.ts`', [...shape('gateway/config.ts'), ...bySubgraph]],
    ['`subgraphs/shared/environment.ts`', shape('subgraphs/shared/environment.ts')],
    ['`telemetry/settings.ts`', shape('telemetry/settings.ts')],
    ['`subgraphs/community/notices/environment.ts`', group(read('subgraphs/community/notices/environment.ts'), /\b([A-Z_]+): \w+ = ''/g)],
    ['`subgraphs/community/materials/environment.ts`', group(read('subgraphs/community/materials/environment.ts'), /\b([A-Z_]+): \w+ = ''/g)],
    ['`scripts/start.ts`', shape('scripts/start.ts')],
    ['(`scripts/`)', tools.filter((name) => ![...ofTheSystem, ...setForOthers].includes(name))],
  ])('is what %s reads, no more and no less', (words, variables) => {
    expect(variables.length).toBeGreaterThan(0);
    expect(sorted(firstCells(section(words), '变量'))).toEqual(sorted(variables));
  });
});

describe('the API in README.md', () => {
  const example = parse(blocks(readme, 'graphql').join('\n'));
  const operations = example.definitions.flatMap((node) =>
    (node.kind === Kind.OPERATION_DEFINITION && node.name ? [node.name.value] : []));

  it('has an example that the schema allows, each operation in the table of steps', () => {
    expect(validate(supergraph, example)).toEqual([]);
    expect(firstCells(readme, '操作 / Operation')).toEqual(operations);
  });

  it('finds an example wrong that the schema does not allow', () => {
    const wrong = parse('mutation { caseAccept(input: { caseId: "1" }) { case { status } } }');
    expect(validate(supergraph, wrong)).toHaveLength(2);
  });

  it('has the roles of the gateway', () => {
    expect(firstCells(readme, '`role`')).toEqual([...roles]);
  });

  it('has the codes of userErrors in the order of the schema', () => {
    expect(firstCells(readme, '`userErrors.code`')).toEqual([...userErrorCodes]);
  });

  it('has every other code that the sources raise', () => {
    const sources = [
      'gateway/errors.ts', 'gateway/auth.ts', 'gateway/caller.ts', 'gateway/apollo.ts', 'gateway/graphqlRoute.ts', 'gateway/dataSource.ts',
      'gateway/live/live.ts', 'gateway/live/socket.ts', 'gateway/live/operation.ts',
      'subgraphs/shared/graphql/errors.ts',
    ];
    const raised = sources.map(read).flatMap((text) => [
      ...group(text, /\bcode: '([A-Z_]+)'/g), ...group(text, /(?:RequestRefused\(\d+, |refused\()'([A-Z_]+)'/g),
      ...group(text, /Code = '([A-Z_]+)'/g), ...group(text, /\), '([A-Z_]+)'\)/g),
    ]);
    const ofApollo = [
      'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'INTERNAL_SERVER_ERROR', 'OPERATION_RESOLUTION_FAILURE', 'PERSISTED_QUERY_NOT_FOUND',
    ];
    expect(sorted(firstCells(readme, '`errors.extensions.code`'))).toEqual(sorted([...new Set([...raised, ...ofApollo])]));
  });

  it('has a glossary of names that the schema has', () => {
    const exists = (name: string): boolean => {
      const [typeName = '', member] = name.split('.');
      const type = supergraph.getType(typeName);
      if (!type || member === undefined) return type !== undefined;
      if (isEnumType(type)) return type.getValue(member) != null;
      return (isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)) && member in type.getFields();
    };
    const names = table(readme, '中文 | English').flatMap((cells) => codeIn(cells[2] ?? ''));
    expect(names.length).toBeGreaterThan(40);
    expect(names.filter((name) => !exists(name))).toEqual([]);
    expect(['Case.status', 'CaseState.OPEN', 'Cases'].filter(exists)).toEqual([]);
  });
});

describe('the pictures and tables in README.md', () => {
  it('draw the table of the case, but for withdrawals and what keeps the state', () => {
    const [diagram = ''] = blocks(readme, 'mermaid').filter((text) => text.startsWith('stateDiagram'));
    const drawn = group(diagram, /^ +(\w+ --> \w+: \w+)$/gm);
    const rows = caseTransitions.filter(({ action, from, to }) => !['WITHDRAW', 'MERGE', 'UNMERGE'].includes(action) && from !== to)
      .map(({ from, to, action }) => `${from} --> ${to}: ${action}`);
    expect(sorted(drawn)).toEqual(sorted(rows));
  });

  it('say who may import what as scripts/layers.ts does', () => {
    const words: Readonly<Record<string, string>> = { events: 'schema/events', anyPackage: '{package}' };
    const written = read('scripts/layers.ts').matchAll(/\{ files: \/\^(.*?)\/,\s+may: \[(.*?)\] \}/g);
    const rows = [...written].map(([, files = '', may = '']) => [
      files.replaceAll('\\/', '/').replaceAll('\\w+', '*'),
      ...may.split(', ').map((entry) => words[entry] ?? entry.replaceAll(`'`, '')),
    ]);
    expect(rows.length).toBeGreaterThan(10);
    expect(table(readme, '文件 / Files').map((cells) => cells.flatMap(codeIn))).toEqual(rows);
  });

  it('name every package under the Elastic License, and no other', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { license?: string }> };
    const elastic = Object.entries(packages).filter(([, { license }]) => license?.startsWith('Elastic'));
    const named = codeIn(section('Licences')).filter((word) => word.startsWith('@'));
    expect(sorted(named)).toEqual(sorted(elastic.map(([path]) => path.replace(/^.*node_modules\//, ''))));
  });
});

describe('schema/README.md', () => {
  const text = read('schema/README.md');

  it('has an example subgraph that composes with the four', () => {
    const names = ['city', 'district', 'street', 'community'];
    const services = names.map((name) => ({ name, url: `http://127.0.0.1/${name}`, typeDefs: readSdl(name) }));
    const typeDefs = parse(blocks(text, 'graphql').join('\n'));
    const own = { name: 'inspection', url: 'http://127.0.0.1/inspection', typeDefs };
    expect(composeServices([...services, own]).errors ?? []).toEqual([]);
  });

  it('names the key and the owner of every entity', () => {
    const owned = table(text, '实体').map((cells) => cells.map((cell) => codeIn(cell)[0]));
    expect(owned.length).toBeGreaterThan(5);
    for (const [name, key, owner = ''] of owned) {
      const keys = group(read(owner), new RegExp(`^type ${name} @key\\(fields: "(\\w+)"\\) \\{$`, 'gm'));
      expect([name, keys]).toEqual([name, [key]]);
    }
  });

  it('describes every type of event', () => {
    const patterns = firstCells(text, '事件').map((pattern) => pattern.replace('*', ''));
    expect(eventTypes.filter((type) => !patterns.some((pattern) => type.startsWith(pattern)))).toEqual([]);
    expect(patterns.filter((pattern) => !eventTypes.some((type) => type.startsWith(pattern)))).toEqual([]);
  });
});

describe('data/README.md', () => {
  const rows = table(read('data/README.md'), '文件').map(([name = '', count = '', shape = '']) => ({
    name: codeIn(name)[0] ?? '', count, columns: codeIn(shape)[0] ?? '',
  }));

  it('names every file of data/', () => {
    const mentioned = codeIn(read('data/README.md'));
    const others = readdirSync(join(root, 'data')).filter((name) => name !== 'README.md');
    expect(others.filter((name) => !mentioned.includes(name))).toEqual([]);
  });

  it.each(rows.filter(({ name }) => name.endsWith('.csv')))('counts the rows and names the columns of $name', (row) => {
    const records = parseCsv(read(`data/${row.name}`), { bom: true }) as string[][];
    expect({ ...row, count: Number(row.count) }).toEqual({
      name: row.name, count: records.length - 1, columns: records[0]?.join(','),
    });
  });
});
