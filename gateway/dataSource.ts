import type { GraphQLDataSource } from '@apollo/gateway';
import { OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import type { Bilingual } from './claims.js';
import { bilingual } from './errors.js';
import type { Exchange } from './exchange.js';
import { awayCode } from './execution/breaker.js';
import { UnreachableError } from './execution/errors.js';
import { operationText } from './execution/plan.js';
import { createSubgraphClient, type Fate, type SubgraphClient, type SubgraphClientOptions } from './execution/subgraphClient.js';
import { askerFor, type Party } from './execution/party.js';

/** A level's subgraph, for our executor and for Apollo's. */
export interface Subgraph extends SubgraphClient, GraphQLDataSource<Exchange> {
  readonly name: string;
}

export interface SubgraphOptions extends Pick<SubgraphClientOptions, 'onAsk' | 'onRequest' | 'traceAsk'> {
  readonly name: string;
  readonly url: string;
  readonly log: Logger;
  readonly timeoutMs?: number | undefined;
  readonly maxBatch?: number | undefined;
  readonly hedgeMs?: number | null | undefined;
  /** So many failures in a row, and it is left alone until its /health answers again. */
  readonly failures?: number | undefined;
  /** Shared by the subgraphs of one gateway. */
  readonly writes?: { count: number };
}

const defaultTimeoutMs = 30_000;

const levelNames: Record<string, string> = { city: '市级', district: '区级', street: '街道', community: '社区' };

/** Who asks when the gateway does so on its own account. */
const nobody: Party = { identityFor: null, publicIdentityFor: null, traceparent: null };

export function connectSubgraph({ name, url, log, timeoutMs, hedgeMs, maxBatch, failures, writes, onAsk, onRequest, traceAsk }: SubgraphOptions): Subgraph {
  const client = createSubgraphClient({
    name,
    url,
    timeoutMs: timeoutMs ?? defaultTimeoutMs,
    hedgeMs,
    ...(maxBatch !== undefined && { maxBatch }),
    ...(writes && { writes }),
    onAsk,
    onRequest,
    traceAsk,
    breaker: {
      failures,
      onChange: (up) => log.warn({ subgraph: name }, up ? 'subgraph is back' : 'subgraph is away'),
    },
    unreachable(cause, traceparent, fate) {
      // Of its being away there is a line already.
      const at = cause === awayCode ? 'debug' : 'warn';
      log[at]({ traceId: traceparent?.split('-')[1] ?? '', subgraph: name, cause }, 'subgraph unreachable');
      return new UnreachableError(bilingual(texts[fate](levelNames[name] ?? '子服务', name)), 'LEVEL_UNAVAILABLE');
    },
  });
  return {
    name,
    ...client,
    async process({ request: { query = '', operationName, variables }, context }) {
      const { asker = nobody } = context as Partial<Exchange>;
      const operation = operationText(/^\s*mutation\b/.test(query) ? OperationTypeNode.MUTATION : OperationTypeNode.QUERY, operationName ?? null, query);
      const call = { operation, variables: JSON.stringify(variables ?? {}).slice(1, -1), representations: null };
      return (await client.ask(call, askerFor(asker, name, false, asker.signal))) as Awaited<ReturnType<GraphQLDataSource['process']>>;
    },
  };
}

const texts: Readonly<Record<Fate, (zh: string, name: string) => Bilingual>> = {
  unanswered: (zh, name) => ({
    zh: `${zh}(${name})暂时无法访问,请稍后再试。`,
    en: `The ${name} level cannot be reached right now; try again later.`,
  }),
  unsent: (zh, name) => ({
    zh: `${zh}(${name})暂时无法访问,本次操作没有提交,请稍后再试。`,
    en: `The ${name} level cannot be reached right now, and nothing was submitted; try again later.`,
  }),
  unsure: (zh, name) => ({
    zh: `${zh}(${name})没有答复,本次操作可能已经生效;请先查看再重试,或用同一 idempotencyKey 重试。`,
    en: `The ${name} level did not answer, and this may have taken effect; look before you try again, or use the same idempotencyKey.`,
  }),
};
