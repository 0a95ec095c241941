import type { ApolloServerOptionsWithGateway, BaseContext } from '@apollo/server';
import { GraphQLError } from 'graphql';
import { createExecutor, type ExecutionAnswer } from './executor.js';
import type { IsPublic } from './compilePlan.js';
import { createPlanner, type PlannerName } from './planner.js';
import type { SubgraphClient } from './subgraphClient.js';
import type { Asker } from './units.js';

type ApolloGateway<Context extends BaseContext> = ApolloServerOptionsWithGateway<Context>['gateway'];

/** The gateway of an ApolloServer, on plans and an executor of our own. */
export function createExecutionGateway<Context extends BaseContext>({
  supergraphSdl, clients, askerOf, isPublic, planner: plannerName,
}: {
  readonly supergraphSdl: string;
  readonly clients: ReadonlyMap<string, Pick<SubgraphClient, 'ask'>>;
  readonly askerOf: (context: Context) => Asker;
  readonly isPublic?: IsPublic;
  readonly planner?: PlannerName | undefined;
}): ApolloGateway<Context> {
  const listeners = new Set<Parameters<ApolloGateway<Context>['onSchemaLoadOrUpdate']>[0]>();
  return {
    onSchemaLoadOrUpdate(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async load() {
      const planner = await createPlanner(supergraphSdl, { isPublic, planner: plannerName });
      const execute = createExecutor(planner);
      for (const listener of listeners) listener({ apiSchema: planner.apiSchema, coreSupergraphSdl: supergraphSdl });
      return {
        async executor({ document, request: { operationName, variables }, context, operation }) {
          const asker = askerOf(context as Context);
          // Half of several mutations is worse than all of them for nobody.
          const signal = operation.operation === 'query' ? asker.signal : undefined;
          const answer = await execute({
            document, operationName, variables, signal,
            ask(subgraph, call) {
              const client = clients.get(subgraph);
              if (!client) throw new Error(`The supergraph has no subgraph called ${subgraph}.`);
              return client.ask(call, { ...asker, signal });
            },
          }).catch(planless);
          return answer as never;
        },
      };
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
