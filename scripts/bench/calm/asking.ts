import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { townName } from '../gateway/shop.js';

export interface Asked {
  readonly at: number;
  readonly ms: number;
  readonly kind: 'right' | 'partial' | 'refused' | 'wrong';
  /** Levels that the answer says are DOWN. */
  readonly down: readonly string[];
}

export interface Question {
  readonly query: string;
  /** `{"data":…}` of the first town. */
  readonly expected: string;
  /** Of how many towns' data the requests are in turn. */
  readonly towns: number;
}

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
  readonly extensions?: { readonly levels?: readonly { readonly subgraph: string; readonly state: string }[] };
}

interface Told {
  readonly status: number;
  readonly retryAfter: unknown;
  readonly text: string;
}

type Verdict = Pick<Asked, 'kind' | 'down'>;

/** @throws SyntaxError when it is no JSON. */
export function judge({ status, retryAfter, text }: Told, expected: string): Verdict {
  const verdict = (kind: Asked['kind'], down: readonly string[] = []): Verdict => ({ kind, down });
  if (status === 503) return verdict(retryAfter === undefined ? 'wrong' : 'refused');
  // Parsing every answer would slow the one who asks down.
  if (text.startsWith(expected.slice(0, -1)) && !text.includes('"errors":')) return verdict('right');
  const { data, errors, extensions } = JSON.parse(text) as Answer;
  if (errors === undefined) return verdict(JSON.stringify({ data }) === expected ? 'right' : 'wrong');
  const down = extensions?.levels?.filter(({ state }) => state === 'DOWN').map(({ subgraph }) => subgraph) ?? [];
  const isPartial = data != null && down.length > 0 && errors.every((error) => error.extensions?.code === 'LEVEL_UNAVAILABLE');
  return verdict(isPartial ? 'partial' : 'wrong', down);
}

let nonce = 0;

async function ask(pool: Pool, { query, expected, towns }: Question): Promise<Asked> {
  const town = townName((nonce += 1) % towns);
  const at = performance.now();
  const asked = (verdict: Verdict): Asked => ({ at, ms: performance.now() - at, ...verdict });
  try {
    const { statusCode, headers, body } = await pool.request({
      method: 'POST', path: '/graphql', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { nonce: `${town}-${nonce}` } }),
    });
    const text = await body.text();
    const ofTown = towns === 1 ? expected : expected.replaceAll(`${townName(0)}-`, `${town}-`);
    return asked(judge({ status: statusCode, retryAfter: headers['retry-after'], text }, ofTown));
  } catch {
    return asked({ kind: 'wrong', down: [] });
  }
}

export interface Callers {
  readonly atOnce: number;
  /** Between an answer and the next request of the same caller. */
  readonly pauseMs?: number;
}

export interface Running {
  readonly asked: readonly Asked[];
  stop(): Promise<void>;
}

/** Asks by so many at once until it is told to stop. */
export function load(url: string, question: Question, { atOnce, pauseMs = 0 }: Callers): Running {
  const pool = new Pool(new URL(url).origin, { connections: atOnce });
  const asked: Asked[] = [];
  let ended = false;
  const callers = Array.from({ length: atOnce }, async () => {
    while (!ended) {
      asked.push(await ask(pool, question));
      if (pauseMs > 0) await sleep(pauseMs);
    }
  });
  return {
    asked,
    async stop() {
      ended = true;
      await Promise.all(callers);
      await pool.close();
    },
  };
}

/** Sends so many a second, whether they are answered or not; the first second, in which connections are made, does not count. */
export async function flood(url: string, question: Question, { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number }): Promise<Asked[]> {
  const pool = new Pool(new URL(url).origin, { connections: 500 });
  const asked: Promise<Asked>[] = [];
  const from = performance.now();
  while (performance.now() - from < (1 + seconds) * 1_000) {
    const due = ((performance.now() - from) / 1_000) * perSecond;
    while (asked.length < due) asked.push(ask(pool, question));
    await sleep(2);
  }
  const all = (await Promise.all(asked)).filter(({ at }) => at >= from + 1_000);
  await pool.close();
  return all;
}
