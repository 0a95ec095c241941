// A CSV file as a stream of rows: what is held in memory does not grow with the file.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { parse, type Info } from 'csv-parse';
import { ImportStopped } from './stops.js';

export type Encoding = 'utf-8' | 'gb18030';

export interface Row {
  /** The line of the file on which the row starts, from 1. */
  readonly line: number;
  readonly values: readonly string[];
}

/** The gateway takes no larger request; an unclosed quote would swallow the rest of the file. */
const maxRowCharacters = 1024 * 1024;

/**
 * All rows, the header first; empty lines are left out, line ends become \n.
 * @throws ImportStopped when the file cannot be read, is in another encoding, or has a quote that is never closed.
 */
export async function* readRows(file: string, encoding: Encoding): AsyncGenerator<Row, void, undefined> {
  const actual = await withUtf8Mark(file) ? 'utf-8' : encoding;
  const parser = parse({
    info: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, record_delimiter: '\n',
    max_record_size: maxRowCharacters,
  });
  // A failure of any part destroys the parser with it, and so reaches the loop below.
  pipeline(createReadStream(file), (chunks: AsyncIterable<Buffer>) => decoded(chunks, actual), parser, () => undefined);
  let lines = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      lines = info.lines;
      yield { line: lines - record.reduce((sum, value) => sum + value.split('\n').length - 1, 0), values: record };
    }
  } catch (error) {
    throw new ImportStopped(faultOf(error as NodeJS.ErrnoException, { file, encoding: actual, line: lines + 1 }));
  }
}

async function* decoded(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let held = '';
  for await (const chunk of chunks) {
    const text = held + decoder.decode(chunk, { stream: true });
    // Its \n may be the first of the next chunk.
    held = text.endsWith('\r') ? '\r' : '';
    yield withNewlines(text.slice(0, text.length - held.length));
  }
  yield withNewlines(held + decoder.decode());
}

const withNewlines = (text: string): string => text.replace(/\r\n?/g, '\n');

/** A file that says it is UTF-8 is taken at its word: so are the rejects of a file that was not. */
async function withUtf8Mark(file: string): Promise<boolean> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new ImportStopped(`${file} cannot be read (${error.code ?? error.message}); check the name.`);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(3), 0, 3, 0);
    return bytesRead === 3 && buffer.toString('hex') === 'efbbbf';
  } catch (error) {
    throw new ImportStopped(`${file} cannot be read (${(error as NodeJS.ErrnoException).code}); check the name.`);
  } finally {
    await handle.close();
  }
}

const otherThan: Readonly<Record<Encoding, Encoding>> = { 'utf-8': 'gb18030', gb18030: 'utf-8' };

interface Place {
  readonly file: string;
  readonly encoding: Encoding;
  readonly line: number;
}

function faultOf({ code, message }: NodeJS.ErrnoException, { file, encoding, line }: Place): string {
  switch (code) {
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return `${file} is not in ${encoding}; set "encoding" in the mapping to ${otherThan[encoding]}.`;
    case 'CSV_QUOTE_NOT_CLOSED':
    case 'CSV_MAX_RECORD_SIZE':
      return `${file}: the row that starts at line ${line} has a quote that is not closed, or is larger than 1 MiB; `
        + 'correct it and run the import again.';
    default:
      return `${file} cannot be read on from line ${line} (${code ?? message}).`;
  }
}

export interface Survey {
  readonly header: readonly string[];
  /** Without the header. */
  readonly rows: number;
}

/** Reads the file once through, so that one that is broken near its end is refused before anything is sent. */
export async function survey(file: string, encoding: Encoding): Promise<Survey> {
  let header: readonly string[] | null = null;
  let rows = -1;
  for await (const { values } of readRows(file, encoding)) {
    header ??= values.map((name) => name.trim());
    rows += 1;
  }
  if (!header) throw new ImportStopped(`${file} is empty; its first line must name the columns.`);
  return { header, rows };
}
