import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { JsonObject } from './json.js';
import { onTypes, type Fetch } from './plan.js';
import { positionsAt, type ResponsePath } from './positions.js';

const defaultCode = 'DOWNSTREAM_SERVICE_ERROR';

/** A subgraph that cannot be reached; the message is for callers. */
export class UnreachableError extends GraphQLError {
  constructor(message: string, code: string) {
    super(message, { extensions: { code } });
  }
}

/** What nobody waits for any more ends in this. */
export const callerGone = (): GraphQLError => new GraphQLError('The caller has gone.', { extensions: { code: 'CALLER_GONE' } });

/** An operation that cannot be run whatever the subgraphs say. */
export const refused = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });

/**
 * A subgraph's errors for the caller, each once for every place in the answer that it is about.
 * `indexes` says for each entity asked for which representation stood for it.
 */
export function downstreamErrors(
  { supergraph, data }: { readonly supergraph: GraphQLSchema; readonly data: JsonObject },
  fetch: Fetch,
  errors: readonly GraphQLFormattedError[],
  indexes: ReadonlyMap<JsonObject, number> | null,
): GraphQLError[] {
  let places: ReadonlyMap<number, readonly ResponsePath[]> | null = null;
  return errors.flatMap((error) => {
    const { path } = error;
    if (!path) return [downstreamError(fetch.subgraph, error, undefined)];
    // What is above the first list is the nearest place that can be named without an index.
    const [whole = []] = fetch.paths;
    const above = (whole.includes('@') ? whole.slice(0, whole.indexOf('@')) : whole).filter((step) => !step.startsWith(onTypes));
    if (!indexes) {
      const at = whole.includes('@') ? above : [...above, ...path];
      return [downstreamError(fetch.subgraph, error, at)];
    }
    // `_entities` is between us and the subgraph.
    const [, index, ...rest] = path;
    places ??= placesByIndex(supergraph, fetch, data, indexes);
    const found = typeof index === 'number' ? places.get(index) ?? [] : [];
    if (found.length === 0) return [downstreamError(fetch.subgraph, error, above)];
    return found.map((place) => downstreamError(fetch.subgraph, error, [...place, ...rest]));
  });
}

function placesByIndex(
  schema: GraphQLSchema,
  { paths }: Fetch,
  data: JsonObject,
  indexes: ReadonlyMap<JsonObject, number>,
): ReadonlyMap<number, readonly ResponsePath[]> {
  const places = new Map<number, ResponsePath[]>();
  for (const { object, at } of paths.flatMap((path) => positionsAt(schema, data, path))) {
    const index = indexes.get(object);
    if (index !== undefined) places.set(index, [...(places.get(index) ?? []), at]);
  }
  return places;
}

function downstreamError(subgraph: string, error: GraphQLFormattedError, path: ResponsePath | undefined): GraphQLError {
  const message = error.message || `Error while fetching subquery from service "${subgraph}"`;
  return new GraphQLError(message, {
    originalError: error as unknown as Error,
    ...(path && { path }),
    extensions: { ...error.extensions, code: error.extensions?.['code'] || defaultCode, serviceName: subgraph },
  });
}

/** Anything thrown while a plan ran. */
export function thrownError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const cause = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(cause.message, { originalError: cause });
}
