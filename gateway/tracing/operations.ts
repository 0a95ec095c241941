import type { ApolloServerPlugin } from '@apollo/server';
import type { Tracing } from '../../telemetry/telemetry.js';
import type { Exchange } from '../exchange.js';
import type { OnPlan } from '../execution/executor.js';
import { withoutPersonalNumbers } from '../logging.js';

/** A span for each operation, by its name and type alone; what it asks of subgraphs is below it. */
export const traceOperations = (tracing: Tracing): ApolloServerPlugin<Exchange> => ({
  async requestDidStart({ contextValue: exchange }) {
    const span = tracing.start('graphql', { kind: 'internal', parent: exchange.asker.traceparent });
    exchange.asker = { ...exchange.asker, traceparent: span.traceparent };
    return {
      async didResolveOperation({ operationName, operation }) {
        const type = operation?.operation ?? 'query';
        const name = operationName === null ? null : withoutPersonalNumbers(operationName).slice(0, 100);
        span.rename(name === null ? type : `${type} ${name}`);
        span.set({ 'graphql.operation.type': type, ...(name !== null && { 'graphql.operation.name': name }) });
      },
      async willSendResponse({ response: { body } }) {
        const [error] = body.kind === 'single' ? body.singleResult.errors ?? [] : [];
        span.end(error ? String(error.extensions?.['code'] ?? 'UNKNOWN') : null);
      },
    };
  },
});

/** A span for a plan that had to be made. */
export const tracePlan = (tracing: Tracing, { asker }: Exchange): OnPlan => (ms) => {
  if (ms !== null) tracing.start('plan', { kind: 'internal', parent: asker.traceparent, since: performance.now() - ms }).end();
};
