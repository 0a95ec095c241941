import type { DocumentNode, ExecutionResult, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Exchange } from './exchange.js';
import type { OwnGateway } from './execution/gateway.js';
import { isObject, type JsonObject } from './execution/json.js';
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

const maxTexts = 2_000;
// A parsed document takes up to some hundred times the memory of its text.
const maxChars = 1024 * 1024;

/**
 * What has passed once is run at once from then on: Apollo's way, with a hash of the text and dozens of hooks, takes longer than
 * to execute a small operation. Whatever is unusual, an error first of all, is left to Apollo.
 */
export function createPassed({ run, limits, tellCost, extensionsOf }: PassedOptions): Passed {
  const texts = new LRUCache<string, Map<string | undefined, PassedOperation>>({ max: maxTexts, maxSize: maxChars, sizeCalculation: (_passed, text) => text.length });

  return {
    keep(asking, passed) {
      const text = textOf(asking);
      if (text === null) return;
      const operations = texts.get(text) ?? new Map<string | undefined, PassedOperation>();
      texts.set(text, operations.set(asking.operationName, passed));
    },
    async answer(body, exchange) {
      const asking = run && askingOf(body);
      const text = asking && textOf(asking);
      if (!run || !asking || text === null) return null;
      const { operationName, variables = {} } = asking;
      const passed = texts.get(text)?.get(operationName);
      if (!passed) return null;
      const { document, operation, size } = passed;
      const cost = costIn(size, variables);
      if (excessOf(size, cost, limits)) return null;
      const { outcome } = exchange;
      outcome.operationName = operation.name?.value ?? null;
      if (tellCost) outcome.cost = cost;
      exchange.ran = run({ document, type: operation.operation, operationName, variables }, exchange);
      const result = await exchange.ran.catch(() => null);
      if (!result || result.errors) return null;
      const extensions = extensionsOf(result, exchange);
      return `${JSON.stringify({ data: result.data, extensions })}\n`;
    },
  };
}

/** What the operation is known by: its text, or where only that is sent, its hash. Null where one is to be kept under the other. */
function textOf({ query, extensions }: Asking): string | null {
  const { persistedQuery, ...others } = extensions ?? {};
  if (persistedQuery === undefined && Object.keys(others).length === 0) return query ?? null;
  if (query !== undefined || !isObject(persistedQuery) || Object.keys(others).length > 0) return null;
  const { version, sha256Hash } = persistedQuery;
  // No operation's text begins so.
  return version === 1 && typeof sha256Hash === 'string' ? `sha256:${sha256Hash}` : null;
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
