// What a run leaves beside its input: where it stands, and the rows that were refused.
import { appendFileSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import type { Row } from './rows.js';
import { tallyShape } from './tally.js';

/** `export.csv` → `export.progress.json`, `export.rejects.csv`. */
export const besides = (file: string, ending: string): string => `${file.replace(/\.csv$/i, '')}${ending}`;

const progressShape = z.strictObject({
  /** Of file, mapping, gateway and sender: with any of them changed, the run is another. */
  fingerprint: z.string(),
  /** Kept over interruptions; see `submitter`. */
  runId: z.string(),
  /** As long was the rejects file when this was written. */
  rejectsBytes: z.int().min(0),
  /** Its `read` is the number of rows done with. */
  tally: tallyShape,
});
export type Progress = z.infer<typeof progressShape>;

/** Null when there is none, or none that can be read. */
export function readProgress(file: string): Progress | null {
  try {
    return progressShape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Old or new, never half of it, whenever the process ends. */
export function writeProgress(file: string, progress: Progress): void {
  const draft = `${file}.draft.progress.json`;
  writeFileSync(draft, JSON.stringify(progress));
  renameSync(draft, file);
}

export const removeProgress = (file: string): void => rmSync(file, { force: true });

export interface Rejects {
  /** Of the file; 0 while there is none. */
  bytes(): number;
  add(row: Row, reason: string): void;
}

const own = ['line', 'reason'];
// Spreadsheets take a CSV file without it for one in the local encoding.
const byteOrderMark = '\ufeff';

/** Whether the file has at least these bytes: what came after them is of rows that will be sent again. */
export const hasRejects = (file: string, bytes: number): boolean =>
  bytes === 0 || (statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= bytes;

/**
 * Each row as it was, with its line and the reason before it; the columns of an earlier rejects file are not repeated,
 * so one that was corrected can be imported as it is. Goes on after `bytes` of the file; 0 begins anew.
 */
export function openRejects(file: string, header: readonly string[], bytes: number): Rejects {
  const repeated = own.every((name, i) => header[i] === name) ? own.length : 0;
  let size = bytes;
  if (bytes === 0) rmSync(file, { force: true });
  else truncateSync(file, bytes);

  function append(text: string): void {
    // Residents' words and numbers: for whoever runs the import, and nobody else.
    appendFileSync(file, text, { mode: 0o600 });
    size += Buffer.byteLength(text);
  }

  return {
    bytes: () => size,
    add({ line, values }, reason) {
      if (size === 0) append(byteOrderMark + stringify([[...own, ...header.slice(repeated)]]));
      append(stringify([[String(line), reason, ...values.slice(repeated)]]));
    },
  };
}
