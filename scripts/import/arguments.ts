import { parseArgs } from 'node:util';
import { besides } from './files.js';

export interface ImportArguments {
  readonly file: string;
  readonly mappingFile: string;
  readonly url: string;
  /** Null: one is made for development. */
  readonly token: string | null;
  readonly concurrency: number;
}

export const usage = `Use: npm run import -- FILE.csv [--mapping FILE.mapping.json] [--token TOKEN]
                               [--url http://127.0.0.1:4000/graphql] [--concurrency 8]

  --mapping      what the columns mean; by default beside the file: export.csv → export.mapping.json
  --url          of the gateway
  --token        of an INTEGRATOR, or in IMPORT_TOKEN where others can see the command line; by default one for
                 development is made, of the whole city
  --concurrency  rows under way at once, 1–64

Run again it goes on where it was interrupted, and what the platform has already is not taken in twice.
Exit code: 0 all rows are in, 2 some were rejected (see export.rejects.csv), 1 it failed, 130 it was interrupted.`;

const defaultUrl = 'http://127.0.0.1:4000/graphql';
const mostAtOnce = 64;

/** @throws Error with one sentence on what to put right. */
export function readImportArguments(args: readonly string[], env: NodeJS.ProcessEnv): ImportArguments {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: [...args], allowPositionals: true, options: { mapping: text, url: text, token: text, concurrency: text },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new Error('Name one file.');
  const { mapping = besides(file, '.mapping.json'), url = defaultUrl, concurrency = '8' } = values;
  if (!/^https?:/.test(url) || !URL.canParse(url)) throw new Error(`--url must be an address such as ${defaultUrl}.`);
  const atOnce = Number(concurrency);
  if (!Number.isInteger(atOnce) || atOnce < 1 || atOnce > mostAtOnce) {
    throw new Error(`--concurrency must be a whole number, 1–${mostAtOnce}.`);
  }
  return { file, mappingFile: mapping, url, token: values.token ?? env['IMPORT_TOKEN'] ?? null, concurrency: atOnce };
}
