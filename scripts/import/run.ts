// The import as a function: a file of messages through the gateway, in constant memory, to be gone on with at any time.
import { createHash, randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { decodeJwt } from 'jose';
import {
  besides, hasRejects, openRejects, readProgress, removeProgress, writeProgress, type Progress,
} from './files.js';
import { inOrder } from './flow.js';
import { connectGateway, type Gateway, type GatewayOptions } from './gateway.js';
import { readMapping, type Mapping } from './mapping.js';
import { messageReader, type Message } from './message.js';
import { createPlaces, loadAreas } from './places.js';
import { readRows, survey, type Row } from './rows.js';
import { ImportStopped, Interrupted } from './stops.js';
import { submitter, type Outcome } from './submit.js';
import { addTo, newTally, type Tally } from './tally.js';

export interface ImportOptions {
  readonly file: string;
  readonly mappingFile: string;
  /** Of the gateway, with /graphql. */
  readonly url: string;
  /** Of an INTEGRATOR. */
  readonly token: string;
  readonly concurrency: number;
  /** Ends the run after the rows under way, so that it can be gone on with. */
  readonly signal: AbortSignal;
  /** Gets lines for people; nothing of what the rows say is in them. */
  readonly log: (line: string) => void;
  /** Called after each row. */
  readonly onRow?: (tally: Tally, rows: number) => void;
  /** How the gateway is tried. */
  readonly tries?: Pick<GatewayOptions, 'tries' | 'timeoutMs' | 'wait'>;
}

export interface ImportResult {
  /** False when it was asked to end before. */
  readonly isComplete: boolean;
  /** Over all parts of the run. */
  readonly tally: Tally;
  /** That the file has. */
  readonly rows: number;
  readonly rejectsFile: string;
}

/** Rows between two writings of the progress; after a crash so many are sent again and answered as before. */
const saveEvery = 25;
/** How many rows may be ahead of the slowest, as a multiple of those under way. */
const windowFactor = 4;

/** @throws ImportStopped when the run cannot begin or go on; its progress is kept. */
export async function runImport(options: ImportOptions): Promise<ImportResult> {
  const { file, mappingFile, url, token, concurrency, signal, log, onRow, tries } = options;
  const sender = senderOf(token);
  const mapping = await readMapping(mappingFile);
  const { header, rows } = await survey(file, mapping.encoding);
  const ending = new AbortController();
  const ended = AbortSignal.any([signal, ending.signal]);
  const gateway = connectGateway({ url, token, signal: ended, ...tries });
  const areas = await loadAreas(gateway);
  const read = messageReader(mapping, header, {
    places: createPlaces(areas, mapping.area.names), categories: await loadCategories(gateway),
  });
  log(`${file}: ${rows} rows; mapping ${mappingFile}.`);

  const progressFile = besides(file, '.progress.json');
  const rejectsFile = besides(file, '.rejects.csv');
  const fingerprint = await fingerprintOf(file, mapping, url, sender);
  const progress = begin({ progressFile, rejectsFile, rows, log, fingerprint });
  const { tally, runId } = progress;
  const rejects = openRejects(rejectsFile, header, progress.rejectsBytes);
  const save = (): void => writeProgress(progressFile, { ...progress, rejectsBytes: rejects.bytes() });
  const submit = submitter(gateway, runId);

  save();
  try {
    await inOrder<Row, { readonly message: Message; readonly outcome: Outcome }>(rowsAfter(file, mapping, tally.read), {
      concurrency,
      window: concurrency * windowFactor,
      signal: ended,
      async work(row) {
        try {
          const message = read(row);
          return { message, outcome: await submit(message, row.line) };
        } catch (error) {
          ending.abort(error);
          throw error;
        }
      },
      settle(row, { message, outcome }) {
        if (outcome.kind === 'REJECTED') rejects.add(row, outcome.reason);
        addTo(tally, message, outcome);
        if (tally.read % saveEvery === 0) save();
        onRow?.(tally, rows);
      },
    });
  } catch (last) {
    // The first failure interrupts the other rows, and only it says why.
    const error: unknown = ending.signal.reason ?? last;
    if (error instanceof Interrupted) return { isComplete: false, tally, rows, rejectsFile };
    if (!(error instanceof ImportStopped)) throw error;
    const standing = `${tally.read} of ${rows} rows are done with; the same command goes on from there.`;
    throw new ImportStopped(`${error.message}\n${standing}`);
  } finally {
    save();
  }
  const isComplete = tally.read === rows;
  if (isComplete) removeProgress(progressFile);
  return { isComplete, tally, rows, rejectsFile };
}

/** @throws ImportStopped when the token is not an integrator's; whether it is genuine is for the gateway to say. */
function senderOf(token: string): string {
  let claims: Readonly<Record<string, unknown>>;
  try {
    claims = decodeJwt(token);
  } catch {
    throw new ImportStopped('The token is no JWT; npm run --silent token -- --role INTEGRATOR --area 3401 prints one.');
  }
  if (claims['role'] === 'INTEGRATOR') return String(claims['sub']);
  throw new ImportStopped(`The token is of the role ${String(claims['role'])}; an INTEGRATOR imports.`);
}

interface Categories {
  readonly path: string;
  readonly children?: readonly Categories[];
}

const pathsOf = (categories: readonly Categories[]): string[] =>
  categories.flatMap(({ path, children = [] }) => [path, ...pathsOf(children)]);

async function loadCategories(gateway: Gateway): Promise<ReadonlySet<string>> {
  const { caseCategories } = await gateway.ask<{ readonly caseCategories: readonly Categories[] }>(
    '{ caseCategories { path children { path children { path children { path } } } } }',
  );
  return new Set(pathsOf(caseCategories));
}

async function fingerprintOf(file: string, mapping: Mapping, url: string, sender: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  return createHash('sha256').update(JSON.stringify([size, mtimeMs, mapping, url, sender])).digest('base64url');
}

/** Where the run stands: at its beginning, or where it was interrupted if nothing has changed since. */
function begin(at: {
  readonly progressFile: string; readonly rejectsFile: string; readonly fingerprint: string;
  readonly rows: number; readonly log: (line: string) => void;
}): Progress {
  const kept = readProgress(at.progressFile);
  const goesOn = kept?.fingerprint === at.fingerprint && hasRejects(at.rejectsFile, kept.rejectsBytes);
  if (kept && goesOn) {
    at.log(`Going on after row ${kept.tally.read} of ${at.rows}, where the last run ended.`);
    return kept;
  }
  if (kept) at.log('File, mapping, gateway or sender have changed since the last run: beginning at the first row.');
  return { fingerprint: at.fingerprint, runId: randomUUID(), rejectsBytes: 0, tally: newTally() };
}

/** Without the header and the `count` rows that follow it. */
async function* rowsAfter(file: string, { encoding }: Mapping, count: number): AsyncGenerator<Row> {
  let left = count + 1;
  for await (const row of readRows(file, encoding)) {
    if (left > 0) left -= 1;
    else yield row;
  }
}
