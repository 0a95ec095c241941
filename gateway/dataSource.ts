import type { GraphQLDataSource } from '@apollo/gateway';
import { GraphQLError, OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import { bilingual } from './errors.js';
import type { Exchange } from './exchange.js';
import { createSubgraphClient, type SubgraphClient } from './execution/subgraphClient.js';
import type { Asker } from './execution/units.js';

/** A level's subgraph, for our executor and for Apollo's. */
export interface Subgraph extends SubgraphClient, GraphQLDataSource<Exchange> {
  readonly name: string;
}

export interface SubgraphOptions {
  readonly name: string;
  readonly url: string;
  readonly log: Logger;
  readonly timeoutMs?: number | undefined;
  readonly maxBatch?: number | undefined;
  /** Shared by the subgraphs of one gateway. */
  readonly writes?: { count: number };
}

const defaultTimeoutMs = 30_000;

const levelNames: Record<string, string> = { city: '市级', district: '区级', street: '街道', community: '社区' };

/** Who asks when the gateway does so on its own account. */
const nobody: Asker = { identity: null, publicIdentity: null, traceparent: null };

export function connectSubgraph({ name, url, log, timeoutMs, maxBatch, writes }: SubgraphOptions): Subgraph {
  const client = createSubgraphClient({
    name,
    url,
    timeoutMs: timeoutMs ?? defaultTimeoutMs,
    ...(maxBatch !== undefined && { maxBatch }),
    ...(writes && { writes }),
    unreachable(cause, traceparent) {
      log.warn({ traceId: traceparent?.split('-')[1] ?? '', subgraph: name, cause }, 'subgraph unreachable');
      return levelUnavailable(name);
    },
  });
  return {
    name,
    ...client,
    async process({ request: { query = '', operationName, variables }, context }) {
      const { asker = nobody } = context as Partial<Exchange>;
      const operation = {
        type: /^\s*mutation\b/.test(query) ? OperationTypeNode.MUTATION : OperationTypeNode.QUERY,
        name: operationName ?? null,
        text: query,
        json: JSON.stringify({ query, operationName }).slice(1, -1),
        isPublic: false,
      };
      const call = { operation, variables: JSON.stringify(variables ?? {}).slice(1, -1), representations: null };
      return (await client.ask(call, asker)) as Awaited<ReturnType<GraphQLDataSource['process']>>;
    },
  };
}

function levelUnavailable(name: string): GraphQLError {
  const text = {
    zh: `${levelNames[name] ?? '子服务'}(${name})暂时无法访问,请稍后再试。`,
    en: `The ${name} level cannot be reached right now; try again later.`,
  };
  return new GraphQLError(bilingual(text), { extensions: { code: 'LEVEL_UNAVAILABLE' } });
}
