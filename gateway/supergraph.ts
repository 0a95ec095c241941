import './telemetry.js';
import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import { Kind, parse, valueFromASTUntyped, type EnumValueDefinitionNode } from 'graphql';
import type { Logger } from 'pino';
import type { Subgraph } from './dataSource.js';
import type { Exchange } from './exchange.js';
import { createExecutionGateway, type OwnGateway } from './execution/gateway.js';
import type { OnPlan } from './execution/executor.js';
import type { PlannerName } from './execution/planner.js';
import { publicFields } from './execution/publicFields.js';
import type { SchemaTexts } from './execution/schemas.js';
import { refusalOf, rightsOf } from './rights.js';

/** What plans and runs operations: all that the HTTP side knows of it, so that another executor can take its place. */
export type Execution = ApolloServerOptionsWithGateway<Exchange>['gateway'] & Partial<OwnGateway<Exchange>>;

/**
 * The subgraphs of a composed supergraph and where each is, from its `join__Graph` enum.
 * An empty URL means that the supergraph names none.
 */
export function subgraphUrls(supergraphSdl: string): Record<string, string> {
  const graphs = parse(supergraphSdl, { noLocation: true }).definitions
    .filter((definition) => definition.kind === Kind.ENUM_TYPE_DEFINITION)
    .filter(({ name }) => name.value === 'join__Graph')
    .flatMap(({ values = [] }) => values);
  return Object.fromEntries(graphs.flatMap(graphArguments).map(({ name, url }) => [String(name), String(url ?? '')]));
}

/**
 * Where a subgraph is when the operator says otherwise: an override without a path, such as `http://127.0.0.1:4001`,
 * moves the host and keeps the supergraph's path.
 */
export function overriddenUrl(url: string, override: string | undefined): string {
  if (override === undefined) return url;
  if (!/^https?:\/\/[^/?#]+$/.test(override) || url === '') return override;
  const { pathname, search } = new URL(url);
  return override + pathname + search;
}

/**
 * Apollo's packages refuse a supergraph whose links are `for: SECURITY`, since they do not enforce them. Our executor does, and
 * the subgraphs do, too: by them alone what is `@authenticated` answers UNAUTHENTICATED where Apollo's executor runs.
 */
export const withoutSecurityPurpose = (supergraphSdl: string): string =>
  supergraphSdl.replace(/(@link\(url: "[^"]+"(?:, as: "\w+")?), for: SECURITY/g, '$1');

const graphArguments = ({ directives = [] }: EnumValueDefinitionNode): Record<string, unknown>[] =>
  directives.filter(({ name }) => name.value === 'join__graph').map((directive) =>
    Object.fromEntries((directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)])));

export const executors = ['own', 'stock'] as const;
/** Ours, or the one that comes with @apollo/gateway: to compare the two. */
export type ExecutorName = (typeof executors)[number];

export interface ExecutionOptions {
  readonly executor?: ExecutorName | undefined;
  /** All others are of our own executor. */
  readonly planner?: PlannerName | undefined;
  readonly unfolds?: boolean | undefined;
  readonly onPlan?: OnPlan | undefined;
  readonly planOf?: ((exchange: Exchange) => OnPlan) | undefined;
  readonly texts?: SchemaTexts | undefined;
  /** Of our own executor: whether `@authenticated`, `@requiresScopes` and `@policy` hold; they do by default. */
  readonly enforced?: boolean | undefined;
}

export async function createExecution(
  supergraphSdl: string,
  subgraphs: ReadonlyMap<string, Subgraph>,
  log: Logger,
  { executor = 'own', planner, unfolds, onPlan, planOf, texts, enforced = true }: ExecutionOptions = {},
): Promise<Execution> {
  const sdl = withoutSecurityPurpose(supergraphSdl);
  if (executor === 'stock') return stockExecution(sdl, subgraphs, log);
  return createExecutionGateway<Exchange>({
    supergraphSdl: sdl, clients: subgraphs, askerOf: ({ asker }) => asker,
    authorization: enforced ? { rightsOf: ({ caller }) => rightsOf(caller), refusalOf } : null,
    publicFor: publicFields(sdl), planner, unfolds, onPlan, planOf, texts,
  });
}

async function stockExecution(supergraphSdl: string, subgraphs: ReadonlyMap<string, Subgraph>, log: Logger): Promise<Execution> {
  // It takes long to load, and only comparisons need it.
  const { ApolloGateway } = await import('@apollo/gateway');
  return new ApolloGateway({
    supergraphSdl,
    buildService({ name }) {
      const subgraph = subgraphs.get(name);
      if (!subgraph) throw new Error(`The supergraph has no subgraph called ${name}.`);
      return subgraph;
    },
    // Otherwise a request header would show the query plan, subgraphs included.
    __exposeQueryPlanExperimental: false,
    logger: libraryLog(log),
  });
}

/** Apollo tells of its own progress at `info`; here that is detail. */
export function libraryLog(log: Logger) {
  const at = (level: 'debug' | 'warn' | 'error') => (message?: unknown) =>
    log[level]({ from: 'apollo' }, String(message));
  return { debug: at('debug'), info: at('debug'), warn: at('warn'), error: at('error') };
}
