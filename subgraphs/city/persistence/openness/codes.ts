import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { codesFault, type OpennessCode } from '../../domain/openness/codes.js';

const file = new URL('../../../../data/openness-catalogue.csv', import.meta.url);

/** The catalogue that the platform ships; a city replaces the file. Throws when it contradicts itself. */
export function readOpennessCodes(): ReadonlyMap<string, OpennessCode> {
  const rows = parse(readFileSync(file), { from_line: 2, trim: true, bom: true }) as string[][];
  const codes = rows.map(([code = '', zh = '', en = '']): OpennessCode => ({ code, title: { zh, en } }));
  const fault = codesFault(codes);
  if (fault !== null) throw new Error(`data/openness-catalogue.csv: ${fault}`);
  return new Map(codes.map((one) => [one.code, one]));
}
