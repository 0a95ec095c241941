import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { identifyBefore, type IdentityOptions } from './caller.js';

// Monaco writes its own style elements; fonts and small images are inlined into the style sheet.
export const contentSecurityPolicy = [
  "default-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "font-src 'self' data:",
  "object-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
].join('; ');

const contentTypes: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ttf': 'font/ttf',
};

interface PageFiles {
  readonly html: string;
  readonly folder: string;
  readonly assets: ReadonlySet<string>;
}

export interface PageOptions {
  /** What its sign-in buttons use. */
  readonly devTokens?: Readonly<Record<string, string>> | undefined;
  /** In production: it is there for integrators only, who come by way of what signs their browser in. */
  readonly integratorsOnly: IdentityOptions | null;
}

/** GraphiQL at `/`, bundled when it is first asked for. */
export function servePage(app: FastifyInstance, { devTokens, integratorsOnly }: PageOptions): void {
  if (integratorsOnly) {
    identifyBefore(app, integratorsOnly);
    app.addHook('preHandler', async ({ exchange }, reply) => {
      if (exchange.caller?.role === 'INTEGRATOR') return;
      reply.callNotFound();
      await reply;
    });
  }
  let files: Promise<PageFiles> | null = null;
  const page = (): Promise<PageFiles> => {
    files ??= openPage();
    files.catch(() => { files = null; });
    return files;
  };

  app.get('/', async (request, reply) => {
    if (!(request.headers.accept ?? '').includes('text/html')) return reply.callNotFound();
    return reply.type('text/html; charset=utf-8').send((await page()).html);
  });
  app.get<{ Params: { file: string } }>('/assets/:file', async ({ params: { file } }, reply) => {
    const { assets, folder } = await page();
    if (!assets.has(file)) return reply.callNotFound();
    // Names carry a hash of the content.
    return reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .type(contentTypes[extname(file)] ?? 'application/octet-stream')
      .send(createReadStream(join(folder, file)));
  });
  if (devTokens) app.get('/dev/tokens', async () => devTokens);
}

async function openPage(): Promise<PageFiles> {
  const { ensurePage } = await import('./graphiql/build.js');
  const folder = await ensurePage();
  const assets = join(folder, 'assets');
  const [html, names] = await Promise.all([readFile(join(folder, 'index.html'), 'utf8'), readdir(assets)]);
  return { html, folder: assets, assets: new Set(names) };
}
