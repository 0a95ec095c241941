// Bundles GraphiQL with all that it needs, so that the page works without the internet.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions, BuildResult, Metafile } from 'esbuild';

const sources = fileURLToPath(new URL('.', import.meta.url));
const publicFolder = fileURLToPath(new URL('../public/', import.meta.url));
const require = createRequire(import.meta.url);

const bundledPackages = [
  'graphiql', '@graphiql/react', 'monaco-editor', 'monaco-graphql', 'react', 'react-dom', 'graphql', 'graphql-sse', 'esbuild',
];

const workers = {
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
  graphql: 'monaco-graphql/esm/graphql.worker.js',
};

/** The folder with an up-to-date `index.html` and `assets/`; builds it if the sources or packages have changed. */
export async function ensurePage(): Promise<string> {
  const stamp = await sourceStamp();
  const folder = join(publicFolder, stamp);
  if (existsSync(join(folder, 'index.html'))) return folder;
  await mkdir(publicFolder, { recursive: true });
  const work = join(publicFolder, `.building-${randomUUID()}`);
  try {
    await buildPage(work);
    await rename(work, folder).catch((error: unknown) => {
      // Another process was first; its page is the same.
      if (!existsSync(join(folder, 'index.html'))) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  await removeOldPages(stamp);
  return folder;
}

async function sourceStamp(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(sources)).sort()) hash.update(name).update(await readFile(join(sources, name)));
  hash.update(await readFile(new URL('../roles.ts', import.meta.url)));
  for (const name of bundledPackages) {
    const manifest = await readFile(require.resolve(`${name}/package.json`), 'utf8');
    hash.update(`${name}@${(JSON.parse(manifest) as { version: string }).version}`);
  }
  return hash.digest('hex').slice(0, 16);
}

async function buildPage(folder: string): Promise<void> {
  const { build, stop } = await import('esbuild');
  const run = (options: BuildOptions): Promise<BuildResult<{ metafile: true }>> => build({
    absWorkingDir: sources,
    bundle: true,
    minify: true,
    target: 'es2022',
    outdir: join(folder, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    legalComments: 'none',
    logLevel: 'silent',
    loader: { '.ttf': 'dataurl' },
    define: { 'process.env.NODE_ENV': '"production"' },
    ...options,
    metafile: true,
  });
  try {
    const workerEntries = Object.entries(workers).map(([out, name]) => ({ out, in: require.resolve(name) }));
    const built = await run({ entryPoints: workerEntries, format: 'iife' });
    const urls = Object.fromEntries(
      Object.entries(workers).map(([label, name]) => [label, entryOf(built.metafile, name).url]),
    );
    const page = await run({
      entryPoints: { app: 'main.tsx' },
      format: 'esm',
      splitting: true,
      jsx: 'automatic',
      define: { 'process.env.NODE_ENV': '"production"', workerUrls: JSON.stringify(urls) },
    });
    const { url, styleUrl } = entryOf(page.metafile, 'main.tsx');
    await writeFile(join(folder, 'index.html'), indexHtml(url, styleUrl));
  } finally {
    // Else esbuild's own process would outlive its use.
    await stop();
  }
}

function entryOf({ outputs }: Metafile, source: string): { url: string; styleUrl: string } {
  const found = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(source));
  if (!found) throw new Error(`The bundle has no entry for ${source}.`);
  const [path, { cssBundle }] = found;
  return { url: `/assets/${basename(path)}`, styleUrl: `/assets/${basename(cssBundle ?? '')}` };
}

const indexHtml = (scriptUrl: string, styleUrl: string): string => `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>合肥四级社区公共服务平台 · GraphiQL</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${styleUrl}">
<script type="module" src="${scriptUrl}"></script>
</head>
<body><div id="root"></div></body>
</html>
`;

async function removeOldPages(current: string): Promise<void> {
  const names = await readdir(publicFolder);
  const old = names.filter((name) => name !== current && !name.startsWith('.building-'));
  await Promise.all(old.map((name) => rm(join(publicFolder, name), { recursive: true, force: true })));
}
