import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Pool } from 'undici';
import { z } from 'zod';
import { keptMs } from './eventId.js';

/** What changed in one subgraph, heard of by one request that it holds back until there is something. */
export interface Feed {
  readonly name: string;
  /** How far it has been heard of; 0 when not at all. */
  readonly position: number;
  /** Null while it is not listened to. */
  readonly up: boolean | null;
  /** Where the last change of any of the topics is, or may be, of those within an hour; 0 when there was none. */
  lastOf(topics: readonly string[]): number;
  /** Listens from now on; settles when all that is remembered has been heard, or the subgraph could not be reached. */
  start(): Promise<void>;
  close(): Promise<void>;
  destroy(): Promise<void>;
}

/** Topics that have changed; null when anything may have. */
export type News = (topics: ReadonlySet<string> | null) => void;

export interface FeedOptions {
  readonly name: string;
  readonly url: string;
  /** The identity that is nobody's, for one subgraph alone; null where callers have none. */
  readonly sign: ((subgraph: string) => string) | null;
  readonly onNews: News;
  /** How long it took from a change's commit until it was heard of, in ms. */
  readonly onDelay?: ((ms: number) => void) | undefined;
  readonly log: Logger;
  readonly now?: (() => number) | undefined;
  /** How long until one is asked again that tells of nothing, as older ones do; a minute by default. */
  readonly absentMs?: number | undefined;
}

const waitMs = 10_000;
const timeoutMs = 5_000;
/** Nobody waits for a subgraph for longer; what it has to tell comes later then. */
const patienceMs = 2_000;
const pauses = [50, 100, 200, 400, 800];
const defaultAbsentMs = 60_000;
/** A little longer than is promised. */
const rememberedMs = keptMs + 600_000;
const maxAnswerBytes = 16 * 1024 * 1024;

const answerShape = z.object({
  position: z.int().nonnegative(),
  changes: z.array(z.object({ position: z.int().positive(), at: z.iso.datetime().transform((text) => Date.parse(text)), topics: z.array(z.string()) })),
});
export type FeedAnswer = z.infer<typeof answerShape>;

/** Who has been told of how much; without a connection. */
export function createListener({ onNews, onDelay, now = Date.now }: Pick<FeedOptions, 'onNews' | 'onDelay' | 'now'>) {
  // In the order in which they changed last.
  const latest = new Map<string, { readonly position: number; readonly at: number }>();
  let position = 0;
  /** Up to here anything may have changed that was never heard of. */
  let floor = 0;
  let isFilled = false;
  let heardAt: number | null = null;

  function forget(): void {
    const until = now() - rememberedMs;
    for (const [topic, { at }] of latest) {
      if (at >= until) return;
      latest.delete(topic);
    }
  }

  return {
    get position() { return position; },
    get isFilled() { return isFilled; },
    lastOf: (topics: readonly string[]) => Math.max(floor, ...topics.map((topic) => latest.get(topic)?.position ?? 0)),
    /** Changes may be missed from now on. */
    begin(): void { heardAt ??= now(); },
    hear({ position: last, changes }: FeedAnswer): void {
      // What nobody has asked for has no number: forgotten, it leaves no hole.
      const wasLong = heardAt !== null && now() - heardAt > keptMs;
      heardAt = now();
      // Its database was set back: what was heard of before means nothing any more.
      const isSetBack = last < position;
      // It has forgotten what we have not heard of.
      const isMissing = (isFilled || position > 0) && (changes[0] ? changes[0].position !== position + 1 : last > position);
      if (isSetBack) {
        latest.clear();
        position = 0;
        floor = 0;
        isFilled = false;
        onNews(null);
        return;
      }
      const hasGap = isMissing || wasLong;
      if (hasGap) floor = changes[0] ? changes[0].position - 1 : last;
      const topics = new Set<string>();
      for (const change of changes) {
        if (isFilled) onDelay?.(Math.max(0, now() - change.at));
        for (const topic of change.topics) {
          topics.add(topic);
          latest.delete(topic);
          latest.set(topic, { position: change.position, at: change.at });
        }
      }
      position = changes.at(-1)?.position ?? last;
      isFilled ||= position >= last;
      forget();
      if (hasGap) onNews(null);
      else if (topics.size > 0) onNews(topics);
    },
  };
}

export function createFeed(options: FeedOptions): Feed {
  const { name, url, sign, log, absentMs = defaultAbsentMs } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const listener = createListener(options);
  const pool = new Pool(new URL(url).origin, {
    connections: 1, connectTimeout: 2_000, maxResponseSize: maxAnswerBytes,
  });
  let up: boolean | null = null;
  let started: Promise<void> | null = null;

  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal }).catch(() => undefined);

  function lost(reason: string): void {
    if (up !== false) log.warn({ subgraph: name, reason }, 'changes are not heard of; they are asked for again');
    up = false;
  }

  /** Null when it tells of nothing. */
  async function ask(): Promise<FeedAnswer | null> {
    const identity = sign ? sign(name) : null;
    const held = listener.isFilled ? waitMs : 0;
    const { statusCode, body } = await pool.request({
      method: 'GET', path: `/changes?after=${listener.position}&waitMs=${held}`, signal,
      headersTimeout: held + timeoutMs, bodyTimeout: timeoutMs,
      headers: { accept: 'application/json', ...(identity !== null && { authorization: `Bearer ${identity}` }) },
    });
    if (statusCode === 200) return answerShape.parse(await body.json());
    await body.dump();
    if (statusCode === 404) return null;
    throw new Error(`${name} answered ${statusCode}.`);
  }

  async function listen(settled: () => void): Promise<void> {
    let failures = 0;
    listener.begin();
    while (!signal.aborted) {
      try {
        const answer = await ask();
        if (answer === null) {
          lost(`${name} has no /changes.`);
          settled();
          await pause(absentMs);
          continue;
        }
        listener.hear(answer);
        if (up === false) log.warn({ subgraph: name }, 'changes are heard of again');
        up = true;
        failures = 0;
        if (listener.isFilled) settled();
      } catch (error) {
        if (signal.aborted) return;
        lost(String(error));
        settled();
        await pause(pauses[Math.min(failures, pauses.length - 1)] ?? 0);
        failures += 1;
      }
    }
  }

  async function end(): Promise<void> {
    ending.abort();
    if (!pool.destroyed) await pool.destroy();
  }

  return {
    name,
    get position() { return listener.position; },
    get up() { return up; },
    lastOf: listener.lastOf,
    start: () => (started ??= new Promise((resolve) => {
      const late = setTimeout(resolve, patienceMs).unref();
      const settled = (): void => {
        clearTimeout(late);
        resolve();
      };
      void listen(settled).finally(settled);
    })),
    close: end,
    destroy: end,
  };
}
