// A GraphQL client for drivers: keeps connections, tries again what a level that is down could not answer.
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

export interface GraphqlError {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}
interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphqlError[];
}

/** Worth trying again as it is: nothing was decided, or the idempotency key tells. */
const passing = ['LEVEL_UNAVAILABLE', 'RATE_LIMITED', 'OVERLOADED', 'INTERNAL_SERVER_ERROR'];
const pauseMs = 50;
const giveUpMs = 60_000;

export class Client {
  readonly #pool: Pool;
  requests = 0;

  constructor(url: string, connections: number) {
    this.#pool = new Pool(new URL(url).origin, { connections });
  }

  /** Tries until the answer is complete; throws after a minute, or when the request itself is wrong. */
  async run<T>(token: string, query: string, variables: Record<string, unknown>): Promise<T> {
    let last = '';
    for (const deadline = Date.now() + giveUpMs; Date.now() < deadline; await sleep(pauseMs)) {
      const answer = await this.#post(token, query, variables).catch((error: unknown) => ({ errors: [{ message: String(error), extensions: { code: 'LEVEL_UNAVAILABLE' } }] } as Answer));
      if (!answer.errors?.length && answer.data) return answer.data as T;
      last = JSON.stringify(answer.errors);
      const codes = answer.errors?.map((error) => error.extensions?.code ?? '') ?? [];
      if (!codes.every((code) => passing.includes(code))) throw new Error(last);
    }
    throw new Error(`No answer within ${giveUpMs / 1_000} s: ${last}`);
  }

  async #post(token: string, query: string, variables: Record<string, unknown>): Promise<Answer> {
    this.requests += 1;
    const { body } = await this.#pool.request({
      path: '/graphql',
      method: 'POST',
      headers: { 'content-type': 'application/json', 'authorization': `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    return (await body.json()) as Answer;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** Nearest rank; 0 for no values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(Math.ceil((sorted.length * percent) / 100) - 1, 0)] ?? 0;
}
