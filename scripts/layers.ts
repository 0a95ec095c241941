import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

/** First match wins. `may` lists folders, files (without ending) and packages; a subgraph's own files are `{own}/`. */
interface Layer {
  readonly files: RegExp;
  readonly may: readonly string[];
}

const events = 'schema/events';
const anyPackage = '{package}';

// prettier-ignore
const layers: readonly Layer[] = [
  { files: /^subgraphs\/shared\/domain\//,      may: ['subgraphs/shared/domain/'] },
  { files: /^subgraphs\/shared\//,              may: ['subgraphs/shared/', 'telemetry/', events, anyPackage] },
  { files: /^subgraphs\/template\//,            may: ['{own}/', '@apollo/subgraph', 'graphql', 'dataloader', 'jose', 'node:'] },
  { files: /^subgraphs\/\w+\/domain\//,         may: ['{own}/domain/', 'subgraphs/shared/domain/'] },
  { files: /^subgraphs\/\w+\/usecases\//,       may: ['{own}/domain/', '{own}/usecases/', 'subgraphs/shared/domain/', 'subgraphs/shared/usecases/', events] },
  { files: /^subgraphs\/\w+\/persistence\//,    may: ['{own}/persistence/', '{own}/domain/', '{own}/usecases/ports', 'subgraphs/shared/', events, 'mongoose', 'dataloader', 'minisearch', 'csv-parse', 'node:'] },
  { files: /^subgraphs\/\w+\/resolvers\//,      may: ['{own}/resolvers/', '{own}/context', '{own}/domain/', '{own}/usecases/', '{own}/__generated__/', 'subgraphs/shared/', 'graphql'] },
  { files: /^subgraphs\/\w+\/__generated__\//,  may: ['{own}/', 'subgraphs/shared/', 'graphql'] },
  { files: /^subgraphs\/\w+\//,                 may: ['{own}/', 'subgraphs/shared/', events, '@apollo/subgraph', 'graphql', 'mongoose', 'node:'] },
  { files: /^gateway\/execution\//,              may: ['gateway/execution/', anyPackage] },
  { files: /^gateway\//,                        may: ['gateway/', 'telemetry/', anyPackage] },
  { files: /^telemetry\//,                      may: ['telemetry/', anyPackage] },
  { files: /^schema\//,                         may: ['schema/', 'zod'] },
  { files: /^scripts\//,                        may: ['scripts/', 'gateway/', 'subgraphs/', 'telemetry/', 'schema/', anyPackage] },
  { files: /^test\//,                           may: ['test/', 'scripts/', 'gateway/', 'subgraphs/', 'telemetry/', 'schema/', anyPackage] },
];

/** A project path without its ending, or a package; null when the specifier is computed. */
type Target = { readonly path: string; readonly isPackage: boolean } | null;

/** Every import a file has: `import`, `import type`, `export from`, `import()`, `require()`, `import('…').T`. */
function importsOf(file: string, text: string): Target[] {
  const found: (ts.Node | undefined)[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) found.push(node.moduleSpecifier);
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) found.push(node.moduleSpecifier);
    else if (ts.isExternalModuleReference(node)) found.push(node.expression);
    else if (ts.isImportTypeNode(node)) found.push(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : node.argument);
    else if (ts.isCallExpression(node) && isImportCall(node.expression)) found.push(node.arguments[0]);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return found.map((specifier) =>
    (specifier && ts.isStringLiteralLike(specifier) ? target(file, specifier.text) : null));
}

const isImportCall = (callee: ts.Expression): boolean =>
  callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require');

const target = (file: string, specifier: string): Target =>
  /^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..'
    ? { path: normalize(join(dirname(file), specifier)).replace(/\.[cm]?[jt]sx?$/, ''), isPackage: false }
    : { path: specifier, isPackage: true };

function permits(entry: string, { path, isPackage }: NonNullable<Target>): boolean {
  if (entry === anyPackage) return isPackage;
  if (/[/:]$/.test(entry)) return path.startsWith(entry);
  return path === entry || (isPackage && path.startsWith(`${entry}/`));
}

/** What `file` (its path in the project) imports against the table, one sentence for each. */
export function forbiddenImports(file: string, text: string): string[] {
  const layer = layers.find(({ files }) => files.test(file));
  if (!layer) return [`${file} is in no layer; move it, or add a row to scripts/layers.ts.`];
  const own = file.split('/').slice(0, 2).join('/');
  const may = layer.may.map((entry) => entry.replace('{own}', own));
  return importsOf(file, text).flatMap((imported) => {
    if (imported === null) return [`${file} imports by a computed name; write the name out.`];
    if (may.some((entry) => permits(entry, imported))) return [];
    return [`${file} may not import ${imported.path}; it may import: ${may.join(', ')}.`];
  });
}
