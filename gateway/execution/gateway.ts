import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import { GraphQLError, OperationTypeNode, parse, validate, type DocumentNode, type ExecutionResult } from 'graphql';
import { createGuard, type Guard, type Rights } from './authorization.js';
import { createExecutor, type ExecutionAnswer, type Executor, type OnPlan } from './executor.js';
import type { PublicFor } from './compilePlan.js';
import type { JsonObject } from './json.js';
import { askerFor, type Party } from './party.js';
import { createPlanner, type Planner, type PlannerName } from './planner.js';
import type { SchemaTexts } from './schemas.js';
import type { SubgraphClient } from './subgraphClient.js';

/** In the extensions of an answer that is not whole since a subgraph could not be reached. */
export interface SubgraphState {
  readonly name: string;
  readonly up: boolean;
  /** In ms since 1970; null when it has not answered since this gateway started. */
  readonly answeredAt: number | null;
  /** In ms since 1970, where all that was needed of it was there, but from then; else null. */
  readonly staleSince: number | null;
}

type ApolloGateway<Context extends BaseContext> = ApolloServerOptionsWithGateway<Context>['gateway'];

/** Without it `@authenticated`, `@requiresScopes` and `@policy` are not enforced. */
export interface Authorization<Context> {
  rightsOf(context: Context): Rights;
  /** For whom a field is not given to; the answer's other fields are. */
  readonly refusalOf: Guard['refusalOf'];
}

export interface Asked {
  /** Already validated against the API schema. */
  readonly document: DocumentNode;
  /** Of the operation that is named, where there is one. */
  readonly type: OperationTypeNode | undefined;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<JsonObject> | undefined;
}

/** What an ApolloServer does not ask of its gateway. */
export interface OwnGateway<Context> {
  /** An operation without a server's help, once loaded. */
  run(asked: Asked, context: Context): Promise<ExecutionResult>;
  /** Makes the plans of an operation before it is asked for, once loaded; null when that went well, else why it cannot be run. */
  warm(text: string): Promise<string | null>;
}

/** The gateway of an ApolloServer, on plans and an executor of our own. */
export function createExecutionGateway<Context extends BaseContext>({
  supergraphSdl, clients, askerOf, authorization, publicFor, planner: plannerName, unfolds, onPlan, planOf, texts,
}: {
  readonly supergraphSdl: string;
  readonly clients: ReadonlyMap<string, Pick<SubgraphClient, 'ask' | 'away' | 'isUp' | 'answeredAt'>>;
  readonly askerOf: (context: Context) => Party;
  readonly authorization?: Authorization<Context> | null | undefined;
  readonly publicFor?: PublicFor;
  readonly planner?: PlannerName | undefined;
  readonly unfolds?: boolean | undefined;
  readonly onPlan?: OnPlan | undefined;
  /** The same, for one operation alone. */
  readonly planOf?: ((context: Context) => OnPlan) | undefined;
  readonly texts?: SchemaTexts | undefined;
}): ApolloGateway<Context> & OwnGateway<Context> {
  let loaded: { readonly planner: Planner; readonly guard: Guard | null; readonly execute: Executor } | null = null;
  const listeners = new Set<Parameters<ApolloGateway<Context>['onSchemaLoadOrUpdate']>[0]>();

  function clientOf(subgraph: string) {
    const client = clients.get(subgraph);
    if (!client) throw new Error(`The supergraph has no subgraph called ${subgraph}.`);
    return client;
  }

  async function run({ document, type, operationName, variables }: Asked, context: Context): Promise<ExecutionResult> {
    if (!loaded) throw new Error('The supergraph has not been loaded.');
    const { execute, guard } = loaded;
    const asker = askerOf(context);
    // Half of several mutations is worse than all of them for nobody.
    const signal = type === OperationTypeNode.QUERY ? asker.signal : undefined;
    const { partial, ...answer } = await execute({
      document, operationName, variables, signal, onPlan: planOf?.(context),
      rights: guard ? authorization?.rightsOf(context) : undefined,
      ask: (subgraph, call) => clientOf(subgraph).ask(call, askerFor(asker, subgraph, call.operation.isPublic, signal)),
      away: (subgraph) => clientOf(subgraph).away(asker),
    }).catch(planless);
    if (!partial) return answer;
    const subgraphs = partial.needed.map((name): SubgraphState => {
      const client = clientOf(name);
      const isAway = partial.away.has(name);
      const staleSince = isAway ? null : partial.stale.get(name) ?? null;
      return { name, up: client.isUp() && !isAway, answeredAt: client.answeredAt(), staleSince };
    });
    return { ...answer, extensions: { subgraphs } };
  }

  return {
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async load() {
      const planner = await createPlanner(supergraphSdl, { publicFor, planner: plannerName, unfolds, texts });
      const guard = authorization ? createGuard(supergraphSdl, planner, authorization.refusalOf) : null;
      const execute = createExecutor(planner, onPlan, guard ?? undefined);
      loaded = { planner, guard, execute };
      for (const listener of listeners) listener({ apiSchema: planner.apiSchema, coreSupergraphSdl: supergraphSdl });
      return {
        // There is no operation where its name is not in the document, whatever the type says.
        executor: async ({ document, request: { operationName, variables }, context, operation }) =>
          (await run({ document, type: operation?.operation, operationName, variables }, context as Context)) as never,
      };
    },
    run,
    async warm(text) {
      if (!loaded) return 'The supergraph has not been loaded.';
      try {
        const document = parse(text);
        const [error] = validate(loaded.planner.apiSchema, document);
        if (error) return error.message;
        await loaded.execute.warm(document);
        return null;
      } catch (error) {
        return (error as Error).message;
      }
    },
    async stop() {
      listeners.clear();
    },
  };
}

function planless(error: unknown): ExecutionAnswer {
  if (error instanceof GraphQLError) return { errors: [error] };
  throw error;
}
