import { Pool } from 'undici';
import { percentile } from '../client.js';
import { townName } from './shop.js';

export interface Load {
  readonly rps: number;
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
  /** No answer, or one with errors: too much was asked of it. */
  readonly failures: number;
  /** Another answer than the one expected, and no word of an error. */
  readonly wrong: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly query: string;
  readonly connections: number;
  readonly seconds: number;
  /** What the answer for the first town must be, to the letter once parsed and written again. */
  readonly expected: string;
  /** Of how many towns' data the requests are in turn; 1 by default. */
  readonly towns?: number;
  /** Each caller's own. */
  readonly tokens?: readonly string[];
}

let nonce = 0;

/** Asks by so many connections at once, each request another one, each answer looked at. */
export async function load(options: LoadOptions): Promise<Load> {
  const { url, connections, seconds, expected, towns = 1, tokens = [] } = options;
  const pool = new Pool(new URL(url).origin, { connections });
  const times: number[] = [];
  let failures = 0;
  let wrong = 0;
  // Some gateways say more than the data.
  let usual = expected.length;
  const end = performance.now() + seconds * 1_000;
  const from = performance.now();
  await Promise.all(Array.from({ length: connections }, async (_, index) => {
    const token = tokens[index];
    while (performance.now() < end) {
      const started = performance.now();
      const town = townName((nonce += 1) % towns);
      const text = await ask(pool, options.query, `${town}-${nonce}`, token).catch(() => '');
      times.push(performance.now() - started);
      // Parsing every answer would load the machine more than some gateways do.
      if (text.trim().length === usual && text.includes(`${town}-`) && times.length % 50 !== 1) continue;
      const outcome = judge(text, expected.replaceAll(`${townName(0)}-`, `${town}-`));
      if (outcome === 'failed') failures += 1;
      else if (outcome === 'wrong') wrong += 1;
      else usual = text.trim().length;
    }
  }));
  const elapsed = (performance.now() - from) / 1_000;
  await pool.close();
  return {
    rps: (times.length - failures - wrong) / elapsed, p50: percentile(times, 50), p99: percentile(times, 99),
    requests: times.length, failures, wrong,
  };
}

function judge(text: string, expected: string): 'right' | 'failed' | 'wrong' {
  if (text === '' || text.includes('"errors":[')) return 'failed';
  return normal(text) === expected ? 'right' : 'wrong';
}

async function ask(pool: Pool, query: string, own: string, token: string | undefined): Promise<string> {
  const { body } = await pool.request({
    method: 'POST',
    path: '/graphql',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables: { nonce: own } }),
  });
  return body.text();
}

/** One answer in the form in which they are compared. */
export async function sample(url: string, query: string): Promise<string> {
  const pool = new Pool(new URL(url).origin, { connections: 1 });
  const text = await ask(pool, query, `${townName(0)}-sample`, undefined);
  await pool.close();
  return normal(text);
}

const normal = (text: string): string => {
  const { data, errors } = JSON.parse(text) as { data?: unknown; errors?: unknown };
  return JSON.stringify(errors === undefined ? { data } : { data, errors });
};
