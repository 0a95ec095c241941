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

/** Hides everything we did not raise on purpose; the log keeps the original. */
export const errorFormatter = (log: Logger) => (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
  const original = unwrapResolverError(error);
  if (original instanceof GraphQLError) return { ...formatted, extensions: { code: formatted.extensions?.['code'] ?? 'BAD_USER_INPUT' } };
  const scope = currentScope();
  log.error({ err: original, traceId: scope && traceIdOf(scope.traceparent), path: formatted.path }, 'resolver failed');
  return {
    ...formatted,
    message: bilingual('服务内部错误,请稍后重试。', 'Internal error; try again later.'),
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  };
};
