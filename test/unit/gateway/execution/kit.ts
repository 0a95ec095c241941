import { composeServices } from '@apollo/composition';
import { ApolloGateway } from '@apollo/gateway';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse, validate, type DocumentNode, type GraphQLError, type GraphQLSchema } from 'graphql';
import { createGuard, type Rights } from '../../../../gateway/execution/authorization.js';
import { createExecutor, type ExecutionAnswer, type Executor } from '../../../../gateway/execution/executor.js';
import type { JsonObject } from '../../../../gateway/execution/json.js';
import { createPlanner, type Planner, type PlannerName } from '../../../../gateway/execution/planner.js';
import type { Answer } from '../../../../gateway/execution/runPlan.js';
import { withoutSecurityPurpose } from '../../../../gateway/supergraph.js';

type Resolvers = NonNullable<Extract<Parameters<typeof buildSubgraphSchema>[0], { typeDefs: unknown }>['resolvers']>;

export interface SubgraphSource {
  readonly sdl: string;
  readonly resolvers: Resolvers;
}

interface Request {
  readonly query: string;
  readonly variables: JsonObject;
}

export interface Outcome {
  readonly data: unknown;
  /** Path and code of each, in the order of their paths. */
  readonly errors: readonly (readonly [string, unknown])[];
  /** Where subgraphs broke the schema. */
  readonly broken: readonly string[];
}

export interface Federation {
  readonly apiSchema: GraphQLSchema;
  readonly supergraphSdl: string;
  /** What our executor sent to subgraphs since it was last asked. */
  readonly sent: { readonly subgraph: string; readonly query: string; readonly variables: JsonObject }[];
  /** Of an asker without rights, unless there are some. */
  ours(query: string, variables?: JsonObject, rights?: Rights): Promise<Outcome>;
  stock(query: string, variables?: JsonObject): Promise<Outcome>;
  readonly execute: Executor;
  /** Answers as one subgraph does. */
  answer(subgraph: string, request: Request): Promise<Answer>;
}

const federation = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@shareable", "@external", "@requires", "@provides", "@override", "@inaccessible", "@interfaceObject", "@composeDirective",
  "@authenticated", "@requiresScopes", "@policy"
])`;

/** Several subgraphs in this process, asked by our executor and by the stock one. */
export async function federate(
  sources: Readonly<Record<string, SubgraphSource>>,
  planner?: PlannerName,
  /** The supergraph as it is used, where it is not what was composed. */
  changed: (supergraphSdl: string) => string = withoutSecurityPurpose,
  /** The planner as it is used. */
  used: (planner: Planner) => Planner = (planner) => planner,
): Promise<Federation> {
  const schemas = new Map(Object.entries(sources).map(([name, { sdl, resolvers }]) =>
    [name, buildSubgraphSchema({ typeDefs: parse(`${federation}\n${sdl}`), resolvers })]));
  const { supergraphSdl: composed, errors } = composeServices(Object.entries(sources).map(([name, { sdl }]) =>
    ({ name, url: `http://${name}`, typeDefs: parse(`${federation}\n${sdl}`) })));
  if (composed === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  const supergraphSdl = changed(composed);

  async function answer(subgraph: string, { query, variables }: Request): Promise<Answer> {
    const schema = schemas.get(subgraph);
    if (!schema) throw new Error(`No subgraph is called ${subgraph}.`);
    const result = await graphql({ schema, source: query, variableValues: variables, contextValue: {} });
    // By way of JSON, as over the wire.
    return JSON.parse(JSON.stringify(result)) as Answer;
  }

  const plans = used(await createPlanner(supergraphSdl, { planner }));
  const guard = createGuard(supergraphSdl, plans, ({ kind }, { isAuthenticated }) => ({ message: kind, code: isAuthenticated ? 'FORBIDDEN' : 'UNAUTHENTICATED' }));
  const execute = createExecutor(plans, undefined, guard ?? undefined);
  const sent: Federation['sent'] = [];
  const stockExecutor = await loadStock(supergraphSdl, answer);

  const documentOf = (query: string): DocumentNode => {
    const document = parse(query);
    const problems = validate(plans.apiSchema, document);
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
    return document;
  };

  return {
    apiSchema: plans.apiSchema,
    supergraphSdl,
    sent,
    execute,
    answer,
    async ours(query, variables = {}, rights) {
      sent.length = 0;
      return outcomeOf(await execute({
        document: documentOf(query),
        variables,
        rights,
        async ask(subgraph, call) {
          const written = `{${call.variables}${call.variables && call.representations ? ',' : ''}${
            call.representations ? `"representations":[${call.representations.join(',')}]` : ''}}`;
          const request = { query: call.operation.text, variables: JSON.parse(written) as JsonObject };
          sent.push({ subgraph, ...request });
          return answer(subgraph, request);
        },
      }));
    },
    async stock(query, variables = {}) {
      return outcomeOf(await stockExecutor(documentOf(query), query, variables));
    },
  };
}

/** Asks for entities by their keys wherever it can be done. */
export const unfolding = (onUnfold: () => void = () => undefined) => (planner: Planner): Planner => ({
  ...planner,
  plan(operation, conditions) {
    const other = planner.unfolding(operation, conditions);
    if (!other) return planner.plan(operation, conditions);
    onUnfold();
    return other.plan(new Set(other.places));
  },
});

async function loadStock(
  supergraphSdl: string,
  answer: Federation['answer'],
): Promise<(document: DocumentNode, query: string, variables: JsonObject) => Promise<ExecutionAnswer>> {
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const gateway = new ApolloGateway({
    supergraphSdl,
    logger: quiet,
    buildService: ({ name }) => ({
      process: ({ request }) =>
        answer(name, { query: request.query ?? '', variables: { ...request.variables } }) as never,
    }),
  });
  const { executor } = await gateway.load();
  return async (document, query, variables) => (await executor({
    document, request: { query, variables }, queryHash: query, metrics: {}, context: {}, logger: quiet, source: query,
  } as never)) as ExecutionAnswer;
}

function outcomeOf({ data, errors = [], extensions }: ExecutionAnswer): Outcome {
  const place = ({ path }: GraphQLError): string => (path ?? []).join('.');
  return {
    data: JSON.parse(JSON.stringify(data ?? null)) as unknown,
    errors: errors.map((error) => [place(error), error.extensions?.['code']] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
    broken: (extensions?.valueCompletion ?? []).map(place).sort(),
  };
}

/** Asserts that the stock executor answers the same, down to the order of keys, and gives the answer. */
export async function same(federation: Federation, query: string, variables: JsonObject = {}): Promise<Outcome> {
  const [ours, stock] = [await federation.ours(query, variables), await federation.stock(query, variables)];
  expect(ours).toEqual(stock);
  expect(JSON.stringify(ours.data)).toBe(JSON.stringify(stock.data));
  return ours;
}
