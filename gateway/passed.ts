import type { DocumentNode, ExecutionResult, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Exchange } from './exchange.js';
import type { OwnGateway } from './execution/gateway.js';
import { isObject, type JsonObject } from './execution/json.js';
import { keptTexts, textLength } from './execution/kept.js';
import { costIn, excessOf, type Limits } from './limits/limits.js';
import type { Measure } from './limits/measure.js';

/** What Apollo makes of a request's body. */
export interface Asking {
  readonly query?: string | undefined;
  readonly operationName?: string | undefined;
  readonly variables?: JsonObject | undefined;
  readonly extensions?: JsonObject | undefined;
}

/** An operation that Apollo has parsed and validated, and that has passed all that does not depend on its variables. */
export interface PassedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly size: Measure;
}

export interface PassedOptions {
  /** Null where another executor runs operations. */
  readonly run: OwnGateway<Exchange>['run'] | null;
  readonly limits: Limits;
  readonly tellCost: boolean;
  /** The extensions of an answer, as callers see them. */
  readonly extensionsOf: (result: Pick<ExecutionResult, 'extensions'>, exchange: Exchange) => JsonObject | undefined;
}

export interface Passed {
  keep(asking: Asking, passed: PassedOperation): void;
  /** The answer in JSON; null where Apollo has to give it. What has been run by then is in `exchange.ran`. */
  answer(body: unknown, exchange: Exchange): Promise<string | null>;
}

/**
 * What has passed once is run at once from then on: Apollo's way, with a hash of the text and dozens of hooks, takes longer than
 * to execute a small operation. Whatever is unusual, an error first of all, is left to Apollo.
 */
export function createPassed({ run, limits, tellCost, extensionsOf }: PassedOptions): Passed {
  const kept = { text: keptDocuments(), hash: keptDocuments() };

  return {
    keep(asking, passed) {
      const key = keyOf(asking);
      if (!key) return;
      const known = kept[key.by].get(key.value);
      // Those of a document that was parsed once more would keep the other alive.
      const operations = known?.document === passed.document ? known.operations : new Map<string | undefined, PassedOperation>();
      kept[key.by].set(key.value, { document: passed.document, operations: operations.set(asking.operationName, passed) });
    },
    async answer(body, exchange) {
      const asking = run && askingOf(body);
      const key = asking && keyOf(asking);
      if (!run || !asking || !key) return null;
      const { operationName, variables = {} } = asking;
      const passed = kept[key.by].get(key.value)?.operations.get(operationName);
      if (!passed) return null;
      const { document, operation, size } = passed;
      const cost = costIn(size, variables);
      if (excessOf(size, cost, limits)) return null;
      const { outcome } = exchange;
      outcome.operationName = operation.name?.value ?? null;
      if (tellCost) outcome.cost = cost;
      const running = run({ document, type: operation.operation, operationName, variables }, exchange);
      exchange.ran = { result: running, text: document.loc?.source.body ?? '' };
      const result = await running.catch(() => null);
      if (!result || result.errors) return null;
      const extensions = extensionsOf(result, exchange);
      return `${JSON.stringify({ data: result.data, extensions })}\n`;
    },
  };
}

interface KeptDocument {
  readonly document: DocumentNode;
  /** By the name that was given for each. */
  readonly operations: Map<string | undefined, PassedOperation>;
}

const keptDocuments = () => new LRUCache<string, KeptDocument>({ ...keptTexts, sizeCalculation: ({ document }) => textLength(document) });

/** What an operation is known by. Null for a text that comes with its hash: Apollo has to compare them. */
function keyOf({ query, extensions }: Asking): { readonly by: 'text' | 'hash'; readonly value: string } | null {
  const { persistedQuery, ...others } = extensions ?? {};
  if (Object.keys(others).length > 0) return null;
  if (persistedQuery === undefined) return query === undefined ? null : { by: 'text', value: query };
  if (query !== undefined || !isObject(persistedQuery)) return null;
  const { version, sha256Hash } = persistedQuery;
  return version === 1 && typeof sha256Hash === 'string' ? { by: 'hash', value: sha256Hash } : null;
}

/** Null for what Apollo would have something to say of. */
function askingOf(body: unknown): Asking | null {
  if (!isObject(body)) return null;
  const { query, operationName, variables, extensions } = body;
  const isPlain = isTextOrNone(query) && isTextOrNone(operationName) && isObjectOrNone(variables) && isObjectOrNone(extensions);
  return isPlain ? { query: query ?? undefined, operationName: operationName ?? undefined, variables: variables ?? undefined, extensions: extensions ?? undefined } : null;
}

const isTextOrNone = (value: unknown): value is string | null | undefined => value === undefined || value === null || typeof value === 'string';
const isObjectOrNone = (value: unknown): value is JsonObject | null | undefined => value === undefined || value === null || isObject(value);
