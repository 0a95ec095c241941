import './telemetry.js';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, OperationTypeNode, type DocumentNode, type GraphQLFormattedError, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { Tracing } from '../telemetry/telemetry.js';
import { bilingual, isUnexpected, publicError, withTraceId } from './errors.js';
import type { Exchange } from './exchange.js';
import type { SubgraphState } from './execution/gateway.js';
import { keptTexts, textLength } from './execution/kept.js';
import { httpAnswers, type AnswerHttp } from './httpAnswer.js';
import { costIn, defaultLimits, excessOf, excessText, type Excess, type Limits } from './limits/limits.js';
import { measure, type Measure } from './limits/measure.js';
import { persistedCache, type Manifest } from './limits/persisted.js';
import { describeError } from './logging.js';
import { createPassed, type Passed, type PassedOptions } from './passed.js';
import { libraryLog, type Execution } from './supergraph.js';
import { traceOperations } from './tracing/operations.js';

export interface ApolloOptions {
  readonly log: Logger;
  readonly production: boolean;
  readonly limits?: Partial<Limits> | undefined;
  /** Operations that clients may name by their hash. */
  readonly manifest?: Manifest | undefined;
  /** Where these and others are kept; one of its own by default. */
  readonly persisted?: ReturnType<typeof persistedCache> | undefined;
  /** Whether no others are taken. */
  readonly persistedOnly?: boolean | undefined;
  /** Whether every answer says what it cost; else only those that are refused. */
  readonly tellCost?: boolean;
  readonly tracing?: Tracing | undefined;
}

/** What routes ask of it; which one answers may change between two requests. */
export interface Apollo extends Pick<ApolloServer<Exchange>, 'executeOperation'> {
  readonly answer: AnswerHttp;
}

export function createApollo(execution: Execution, options: ApolloOptions) {
  const { log, production, manifest = new Map<string, string>(), persistedOnly = false } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const tellCost = options.tellCost === true;
  const extensionsOf = publicExtensions(log, limits);
  // A trace tells of each operation by Apollo's hooks.
  const run = options.tracing ? null : execution.run ?? null;
  const passed = createPassed({ run, limits, tellCost, extensionsOf });
  const server = new ApolloServer<Exchange>({
    gateway: run ? knowingWhatRan(execution) : execution,
    formatError: (error) => publicError(tokensError(error, limits.tokens)),
    ...(Number.isFinite(limits.tokens) && { parseOptions: { maxTokens: limits.tokens } }),
    includeStacktraceInErrorResponses: false,
    // Whom it is refused to is settled where the caller is known.
    introspection: true,
    hideSchemaDetailsFromClientErrors: production,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    documentStore: keptDocuments(),
    persistedQueries: { cache: options.persisted ?? keptOperations(manifest) },
    stopOnTerminationSignals: false,
    logger: libraryLog(log),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ...(options.tracing ? [traceOperations(options.tracing)] : []),
      exchangePlugin({ log, limits, tellCost, production, only: persistedOnly ? manifest : null, passed, extensionsOf }),
    ],
  });
  return Object.assign(server, { answer: httpAnswers(server, passed) });
}

/** An operation that has been run is not run again. */
const knowingWhatRan = (execution: Execution): Execution => ({
  ...execution,
  async load(options) {
    const { executor } = await execution.load(options);
    return { executor: executor && (async (request) => (await ((request.context as Exchange).ran?.result ?? executor(request))) as never) };
  },
});

/** Where valid documents are kept. */
function keptDocuments() {
  const kept = new LRUCache<string, DocumentNode>({ ...keptTexts, sizeCalculation: textLength });
  return {
    get: async (key: string) => kept.get(key),
    set: async (key: string, document: DocumentNode) => void kept.set(key, document),
    delete: async (key: string) => kept.delete(key),
  };
}

/** Where operations are kept by their hash. */
export const keptOperations = (manifest: Manifest = new Map<string, string>()) => persistedCache(manifest, 'apq:');

interface ExchangeOptions {
  readonly log: Logger;
  readonly limits: Limits;
  readonly tellCost: boolean;
  readonly production: boolean;
  /** What clients may ask; null for anything. */
  readonly only: Manifest | null;
  readonly passed: Pick<Passed, 'keep'>;
  readonly extensionsOf: PassedOptions['extensionsOf'];
}

/** Keeps what the log line needs, logs what was masked, and puts the trace id on every error. */
function exchangePlugin({ log, limits, tellCost, production, only, passed, extensionsOf }: ExchangeOptions): ApolloServerPlugin<Exchange> {
  const measureOf = measured();
  const logUnexpected = ({ trace }: Exchange, error: Error, more: object = {}): void =>
    log.error({ traceId: trace.traceId, ...more, ...describeError(error) }, 'unexpected error');

  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ operationName, contextValue: { outcome, caller, subscribing }, schema, document, operation, queryHash = '', request }) {
          const { variables = {}, http } = request;
          outcome.operationName = operationName;
          // Our own, as for reports, come without HTTP.
          if (only && (http || subscribing) && !only.has(queryHash)) throw notPersisted();
          if (!operation) return;
          const subscribes = operation.operation === OperationTypeNode.SUBSCRIPTION;
          if (subscribes !== (subscribing !== undefined)) throw subscribes ? needsStream() : needsPost();
          const size = measureOf(schema, document, operation);
          if (size.introspects && production && caller?.role !== 'INTEGRATOR') throw noIntrospection();
          const cost = costIn(size, variables);
          const excess = excessOf(size, cost, limits);
          if (tellCost || excess?.of === 'cost') outcome.cost = cost;
          if (excess) throw tooComplex(excess);
          if (subscribing) subscribing.found = { schema, document, operation };
          else if (http && !size.introspects) passed.keep(request, { document, operation, size });
        },
        async responseForOperation({ contextValue: { subscribing }, response: { http } }) {
          return subscribing ? { http, body: { kind: 'single', singleResult: {} } } : null;
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
          const extensions = extensionsOf(result, exchange);
          if (extensions) result.extensions = extensions;
          else delete result.extensions;
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

/** Of all that the executor says beside the data callers see what became of levels, and what the operation cost. */
const publicExtensions = (log: Logger, limits: Limits): PassedOptions['extensionsOf'] => ({ extensions = {} }, { trace, outcome: { cost } }) => {
  // Says which values a subgraph got wrong; the nulls in `data` are all that a caller needs.
  if (extensions['valueCompletion']) log.warn({ traceId: trace.traceId }, 'a subgraph broke its schema');
  const subgraphs = extensions['subgraphs'] as readonly SubgraphState[] | undefined;
  if (!subgraphs && cost === null) return undefined;
  return {
    ...(subgraphs && { levels: subgraphs.map(levelOf) }),
    ...(cost !== null && { cost: { requested: cost, budget: Number.isFinite(limits.cost) ? limits.cost : null } }),
  };
};

function levelOf({ name, up, answeredAt, staleSince }: SubgraphState) {
  const asOf = staleSince ?? answeredAt;
  return {
    subgraph: name, state: staleSince !== null ? 'STALE' : up ? 'OK' : 'DOWN', asOf: asOf === null ? null : new Date(asOf).toISOString(),
  };
}

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

const notPersisted = (): GraphQLError => new GraphQLError(bilingual({
  zh: '此处只接受登记过的操作;请把它加入 schema/operations 的清单,或改用清单里的操作。',
  en: 'Only registered operations are taken here; add this one to the manifest in schema/operations, or use one that it lists.',
}), { extensions: { code: 'OPERATION_NOT_PERSISTED', http: { status: 400 } } });

const needsStream = (): GraphQLError => new GraphQLError(bilingual({
  zh: '订阅须由 WebSocket(/graphql,graphql-transport-ws)或 SSE(/graphql/stream)。',
  en: 'Subscribe by WebSocket (/graphql, graphql-transport-ws) or SSE (/graphql/stream).',
}), { extensions: { code: 'SUBSCRIPTION_NEEDS_STREAM', http: { status: 400 } } });

const needsPost = (): GraphQLError => new GraphQLError(bilingual({
  zh: '此处只接受订阅;查询与变更请以 HTTP 发到 /graphql。', en: 'Only subscriptions are taken here; send queries and mutations to /graphql by HTTP.',
}), { extensions: { code: 'STREAM_NEEDS_SUBSCRIPTION' } });

const noIntrospection = (): GraphQLError => new GraphQLError(bilingual({
  zh: '此处不对外说明 schema;请以 INTEGRATOR 身份登录,或参阅 schema 文件夹。',
  en: 'The schema is not told here; sign in as INTEGRATOR, or see the schema folder.',
}), { extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } } });

// The parser stops there, in words of its own.
function tokensError(error: GraphQLFormattedError, allowed: number): GraphQLFormattedError {
  if (!/^Syntax Error: Document contains more that \d+ tokens/.test(error.message)) return error;
  return { message: bilingual(excessText({ of: 'tokens', found: null, allowed })), extensions: { code: tooComplexCode } };
}
