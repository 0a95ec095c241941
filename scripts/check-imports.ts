// Fails when a file imports what its layer may not; the table is in layers.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { forbiddenImports } from './layers.js';

const files = ['gateway', 'schema', 'scripts', 'subgraphs', 'test'].flatMap((root) =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) => join(root, path).replaceAll('\\', '/')));
const faults = files
  .filter((file) => /\.tsx?$/.test(file) && !file.includes('node_modules/'))
  .flatMap((file) => forbiddenImports(file, readFileSync(file, 'utf8')));
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
