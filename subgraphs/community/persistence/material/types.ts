import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { MaterialType } from '../../usecases/ports.js';

const file = new URL('../../../../data/document-types.csv', import.meta.url);

/** The types the platform ships; a city replaces the file. */
export const readMaterialTypes = (): MaterialType[] =>
  (parse(readFileSync(file), { from_line: 2, trim: true, bom: true }) as string[][])
    .map(([code = '', zh = '', en = '']) => ({ code, name: { zh, en } }));
