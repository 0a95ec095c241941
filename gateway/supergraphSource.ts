import { readFile, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';

/** Where newer supergraphs come from. */
export interface SupergraphSource {
  /** Null when it is the same as the last time, or is being written; `again` reads it all the same. @throws Error when it cannot be read. */
  read(again: boolean): Promise<string | null>;
}

const maxBytes = 16 * 1024 * 1024;
const timeoutMs = 10_000;
// Who writes a file in pieces takes less between two of them.
const settleMs = 50;

const isUrl = (from: string): boolean => /^https?:\/\//.test(from);

/** `ending`: nobody waits for it any more. */
export const sourceOf = (from: string, ending: AbortSignal): SupergraphSource =>
  (isUrl(from) ? urlSource(from, ending) : fileSource(from));

function fileSource(file: string): SupergraphSource {
  let last = '';
  const stamp = async (): Promise<string> => {
    const { mtimeMs, size, ino } = await stat(file);
    if (size > maxBytes) throw new Error(`${file} is larger than ${maxBytes} bytes.`);
    return `${mtimeMs} ${size} ${ino}`;
  };
  return {
    async read(again) {
      const before = await stamp();
      if (before === last && !again) return null;
      const text = await readFile(file, 'utf8');
      await delay(settleMs);
      if (before !== await stamp() || text !== await readFile(file, 'utf8')) return null;
      last = before;
      return text;
    },
  };
}

function urlSource(url: string, ending: AbortSignal): SupergraphSource {
  let etag: string | null = null;
  return {
    async read(again) {
      const signal = AbortSignal.any([ending, AbortSignal.timeout(timeoutMs)]);
      const { statusCode, headers, body } = await request(url, { signal, headers: etag !== null && !again ? { 'if-none-match': etag } : {} });
      if (statusCode !== 200) {
        await body.dump();
        if (statusCode === 304) return null;
        throw new Error(`${url} answered ${statusCode}.`);
      }
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw new Error(`${url} is larger than ${maxBytes} bytes.`);
        chunks.push(chunk);
      }
      etag = typeof headers.etag === 'string' ? headers.etag : null;
      return Buffer.concat(chunks).toString('utf8');
    },
  };
}
