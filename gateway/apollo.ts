import './telemetry.js';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { isUnexpected, publicError, withTraceId } from './errors.js';
import type { Exchange } from './exchange.js';
import type { SubgraphState } from './execution/gateway.js';
import { describeError } from './logging.js';
import { libraryLog, type Execution } from './supergraph.js';

export function createApollo(execution: Execution, { log, production }: { log: Logger; production: boolean }) {
  return new ApolloServer<Exchange>({
    gateway: execution,
    formatError: publicError,
    includeStacktraceInErrorResponses: false,
    introspection: !production,
    hideSchemaDetailsFromClientErrors: production,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    logger: libraryLog(log),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      exchangePlugin(log),
    ],
  });
}

/** Keeps what the log line needs, logs what was masked, and puts the trace id on every error. */
function exchangePlugin(log: Logger): ApolloServerPlugin<Exchange> {
  const logUnexpected = ({ trace }: Exchange, error: Error, more: object = {}): void =>
    log.error({ traceId: trace.traceId, ...more, ...describeError(error) }, 'unexpected error');

  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operationName, contextValue }) {
          contextValue.outcome.operationName = operationName;
        },
        async didEncounterErrors({ errors, contextValue }) {
          for (const error of errors.filter(isUnexpected)) {
            // The executor also passes on errors that are no GraphQLError, whatever the type says.
            const { path, extensions, originalError } = error as Partial<GraphQLError>;
            // What a subgraph answered is no Error, and its own log has the stack.
            const cause = originalError instanceof Error ? originalError : error;
            logUnexpected(contextValue, cause, { path, subgraph: extensions?.['serviceName'] });
          }
        },
        async willSendResponse({ response: { body }, contextValue: exchange }) {
          if (body.kind !== 'single') return;
          const { singleResult: result } = body;
          // Says which values a subgraph got wrong; the nulls in `data` are all that a caller needs.
          if (result.extensions?.['valueCompletion']) {
            log.warn({ traceId: exchange.trace.traceId }, 'a subgraph broke its schema');
          }
          const subgraphs = result.extensions?.['subgraphs'] as readonly SubgraphState[] | undefined;
          delete result.extensions;
          if (subgraphs) result.extensions = { levels: subgraphs.map(levelOf) };
          if (!result.errors) return;
          result.errors = result.errors.map((error) => withTraceId(error, exchange.trace.traceId));
          const codes = result.errors.map(({ extensions }) => String(extensions?.['code']));
          exchange.outcome.errorCodes = [...new Set(codes)];
        },
      };
    },
    async unexpectedErrorProcessingRequest({ requestContext: { contextValue }, error }) {
      logUnexpected(contextValue, error);
    },
  };
}

const levelOf = ({ name, up, answeredAt }: SubgraphState) => ({
  subgraph: name, state: up ? 'OK' : 'DOWN', asOf: answeredAt === null ? null : new Date(answeredAt).toISOString(),
});
