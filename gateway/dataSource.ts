import type { GraphQLDataSource } from '@apollo/gateway';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { Pool } from 'undici';
import { bilingual } from './errors.js';
import type { Exchange } from './exchange.js';

/** A level's subgraph over kept-alive connections. */
export interface Subgraph extends GraphQLDataSource<Exchange> {
  readonly name: string;
  /** Whether its /health answers 2xx within two seconds. */
  healthy(): Promise<boolean>;
  /** Waits for what is under way. */
  close(): Promise<void>;
  /** Ends what is under way; callers get LEVEL_UNAVAILABLE. */
  destroy(): Promise<void>;
}

export interface SubgraphOptions {
  readonly name: string;
  readonly url: string;
  readonly log: Logger;
  readonly timeoutMs?: number;
}

const connections = 50;
const connectTimeoutMs = 2_000;
const healthTimeoutMs = 2_000;
const defaultTimeoutMs = 30_000;
const maxResponseBytes = 64 * 1024 * 1024;
const jsonHeaders = { 'content-type': 'application/json', accept: 'application/json' };
// What a proxy in front of a stopped subgraph says.
const unavailableStatuses = [502, 503, 504];

const levelNames: Record<string, string> = { city: '市级', district: '区级', street: '街道', community: '社区' };

export function connectSubgraph({ name, url, log, timeoutMs = defaultTimeoutMs }: SubgraphOptions): Subgraph {
  const { origin, pathname, search } = new URL(url);
  const path = pathname + search;
  const pool = new Pool(origin, {
    connections,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: maxResponseBytes,
    connect: { timeout: connectTimeoutMs },
  });

  async function send(body: string, headers: Readonly<Record<string, string>>, traceId: string) {
    try {
      const response = await pool.request({ method: 'POST', path, headers: { ...jsonHeaders, ...headers }, body });
      return { status: response.statusCode, text: await response.body.text() };
    } catch (error) {
      log.warn({ traceId, subgraph: name, cause: causeOf(error) }, 'subgraph unreachable');
      throw levelUnavailable(name);
    }
  }

  return {
    name,
    async process({ request: { query, operationName, variables }, context }) {
      // Requests that the gateway makes on its own account have no exchange: no caller, no trace.
      const { subgraphHeaders = {}, trace } = context as Partial<Exchange>;
      const traceId = trace?.traceId ?? '';
      const body = JSON.stringify({ query, operationName, variables });
      const { status, text } = await send(body, subgraphHeaders, traceId);
      const answer = parseAnswer(text);
      if (answer) return answer;
      if (!unavailableStatuses.includes(status)) {
        throw new Error(`${name} answered ${status} with no GraphQL response.`);
      }
      log.warn({ traceId, subgraph: name, status }, 'subgraph unreachable');
      throw levelUnavailable(name);
    },
    async healthy() {
      try {
        const signal = AbortSignal.timeout(healthTimeoutMs);
        const { statusCode, body } = await pool.request({ method: 'GET', path: '/health', signal });
        await body.dump();
        return statusCode >= 200 && statusCode < 300;
      } catch {
        return false;
      }
    },
    close: async () => { if (!pool.destroyed) await pool.close(); },
    destroy: () => pool.destroy(),
  };
}

function causeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  return String(code ?? name ?? 'unknown');
}

function levelUnavailable(name: string): GraphQLError {
  const text = {
    zh: `${levelNames[name] ?? '子服务'}(${name})暂时无法访问,请稍后再试。`,
    en: `The ${name} level cannot be reached right now; try again later.`,
  };
  return new GraphQLError(bilingual(text), { extensions: { code: 'LEVEL_UNAVAILABLE' } });
}

type SubgraphAnswer = Awaited<ReturnType<GraphQLDataSource['process']>>;
type Json = Record<string, unknown>;

/** A GraphQL response, or null when the text is something else. */
function parseAnswer(text: string): SubgraphAnswer | null {
  const answer = parseJson(text);
  if (answer === null || (answer['data'] === undefined && !Array.isArray(answer['errors']))) return null;
  const errors = Array.isArray(answer['errors']) ? (answer['errors'] as Json[]) : [];
  return {
    ...(answer['data'] !== undefined && { data: answer['data'] as Json | null }),
    ...(errors.length > 0 && { errors: errors.map(ownError) }),
  };
}

function parseJson(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : null;
  } catch {
    return null;
  }
}

// `extensions` may hold a status, a stack or more that is not for the caller: only the code goes on.
function ownError({ message, path, extensions }: Json): GraphQLFormattedError {
  const code = (extensions as Json | null | undefined)?.['code'];
  return {
    message: String(message),
    ...(Array.isArray(path) && { path: path as (string | number)[] }),
    extensions: typeof code === 'string' ? { code } : {},
  };
}
