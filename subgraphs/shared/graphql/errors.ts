import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { bilingual } from '../domain/result.js';
import { currentScope, traceIdOf } from '../events/trace.js';

// No http status on either: the gateway would replace the message of a non-200 subgraph response by its own.
export const unauthenticated = (): GraphQLError =>
  new GraphQLError(bilingual('请先登录。', 'Sign in first.'), { extensions: { code: 'UNAUTHENTICATED' } });

export const forbidden = (zh: string, en: string): GraphQLError =>
  new GraphQLError(bilingual(zh, en), { extensions: { code: 'FORBIDDEN' } });

export const badInput = (zh: string, en: string): GraphQLError =>
  new GraphQLError(bilingual(zh, en), { extensions: { code: 'BAD_USER_INPUT' } });

const internal = 'INTERNAL_SERVER_ERROR';

/** Hides everything that was not raised on purpose, which is what has no code; the log keeps the original. */
export const errorFormatter = (log: Logger) =>
  (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const original = unwrapResolverError(error);
    const code = original instanceof GraphQLError ? formatted.extensions?.['code'] ?? internal : internal;
    if (code !== internal) return { ...formatted, extensions: { code } };
    const scope = currentScope();
    const traceId = scope && traceIdOf(scope.traceparent);
    log.error({ err: original, traceId, path: formatted.path }, 'resolver failed');
    return {
      ...formatted,
      message: bilingual('服务内部错误,请稍后重试。', 'Internal error; try again later.'),
      extensions: { code: internal },
    };
  };

interface Answer {
  readonly errors?: readonly { readonly extensions?: { readonly code?: unknown } }[];
  readonly data?: Readonly<Record<string, unknown>> | null;
}

const codesIn = (list: unknown): unknown[] =>
  Array.isArray(list) ? list.map((error: unknown) => (error as { code?: unknown } | null)?.code) : [];

interface Answered {
  readonly userErrors?: unknown;
  /** Of a bulk mutation, each with errors of its own. */
  readonly results?: readonly Answered[];
}

/** The codes of a response's errors and of its mutations' `userErrors`, each once, for the log. */
export function errorCodesOf(body: string): string[] {
  // Most have none, and are not worth parsing: errors come first in a response.
  if (!body.startsWith('{"errors"') && !body.includes('"userErrors":[{')) return [];
  const { errors = [], data } = JSON.parse(body) as Answer;
  const fields = Object.values(data ?? {}) as readonly (Answered | null)[];
  const answers = fields.flatMap((field) => [field, ...(Array.isArray(field?.results) ? field.results : [])]);
  const codes = [...errors.map(({ extensions }) => extensions?.code), ...answers.flatMap((one) => codesIn(one?.userErrors))];
  return [...new Set(codes.filter((code) => typeof code === 'string'))];
}
