import './telemetry.js';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type DocumentNode, type GraphQLFormattedError, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import type { Logger } from 'pino';
import { bilingual, isUnexpected, publicError, withTraceId } from './errors.js';
import type { Exchange } from './exchange.js';
import type { SubgraphState } from './execution/gateway.js';
import { costIn, defaultLimits, excessOf, excessText, type Excess, type Limits } from './limits/limits.js';
import { measure, type Measure } from './limits/measure.js';
import { describeError } from './logging.js';
import { libraryLog, type Execution } from './supergraph.js';

export interface ApolloOptions {
  readonly log: Logger;
  readonly production: boolean;
  readonly limits?: Partial<Limits> | undefined;
  /** Whether every answer says what it cost; else only those that are refused. */
  readonly tellCost?: boolean;
}

export function createApollo(execution: Execution, options: ApolloOptions) {
  const { log, production } = options;
  const limits = { ...defaultLimits, ...options.limits };
  return new ApolloServer<Exchange>({
    gateway: execution,
    formatError: (error) => publicError(tokensError(error, limits.tokens)),
    ...(Number.isFinite(limits.tokens) && { parseOptions: { maxTokens: limits.tokens } }),
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
      exchangePlugin({ log, limits, tellCost: options.tellCost === true }),
    ],
  });
}

/** Keeps what the log line needs, logs what was masked, and puts the trace id on every error. */
function exchangePlugin({ log, limits, tellCost }: { log: Logger; limits: Limits; tellCost: boolean }): ApolloServerPlugin<Exchange> {
  const measureOf = measured();
  const logUnexpected = ({ trace }: Exchange, error: Error, more: object = {}): void =>
    log.error({ traceId: trace.traceId, ...more, ...describeError(error) }, 'unexpected error');

  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operationName, contextValue: { outcome }, schema, document, operation, request: { variables = {} } }) {
          outcome.operationName = operationName;
          if (!operation) return;
          const size = measureOf(schema, document, operation);
          const cost = costIn(size, variables);
          const excess = excessOf(size, cost, limits);
          if (tellCost || excess?.of === 'cost') outcome.cost = cost;
          if (excess) throw tooComplex(excess);
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
          const { cost } = exchange.outcome;
          if (subgraphs || cost !== null) {
            result.extensions = {
              ...(subgraphs && { levels: subgraphs.map(levelOf) }),
              ...(cost !== null && { cost: { requested: cost, budget: Number.isFinite(limits.cost) ? limits.cost : null } }),
            };
          }
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

/** Apollo keeps documents that it has parsed: each of their operations is measured once. */
function measured() {
  const known = new WeakMap<OperationDefinitionNode, Measure>();
  return (schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): Measure => {
    const size = known.get(operation) ?? measure(schema, document, operation);
    known.set(operation, size);
    return size;
  };
}

const tooComplexCode = 'QUERY_TOO_COMPLEX';

const tooComplex = (excess: Excess): GraphQLError =>
  new GraphQLError(bilingual(excessText(excess)), { extensions: { code: tooComplexCode, http: { status: 400 } } });

// The parser stops there, in words of its own.
function tokensError(error: GraphQLFormattedError, allowed: number): GraphQLFormattedError {
  if (!/^Syntax Error: Document contains more that \d+ tokens/.test(error.message)) return error;
  return { message: bilingual(excessText({ of: 'tokens', found: null, allowed })), extensions: { code: tooComplexCode } };
}
