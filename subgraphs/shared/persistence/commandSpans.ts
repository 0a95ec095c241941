import type { Connection } from 'mongoose';
import type { Span, Tracing } from '../../../telemetry/telemetry.js';
import { currentScope } from '../events/trace.js';

/** A span for each database command of a request, by its name and collection alone; the connection must monitor commands. */
export function traceCommands(connection: Connection, tracing: Tracing): void {
  const underWay = new Map<number, Span>();
  const client = connection.getClient();
  client.on('commandStarted', ({ requestId, commandName, command, databaseName }) => {
    const { traceparent } = currentScope() ?? {};
    // What nobody asked for, such as a look into the outbox, belongs to no trace.
    if (traceparent === undefined) return;
    const named: unknown = command[commandName === 'getMore' ? 'collection' : commandName];
    const collection = typeof named === 'string' ? named : null;
    underWay.set(requestId, tracing.start(collection === null ? commandName : `${commandName} ${collection}`, {
      kind: 'client',
      parent: traceparent,
      attributes: {
        'db.system.name': 'mongodb', 'db.namespace': databaseName, 'db.operation.name': commandName,
        ...(collection !== null && { 'db.collection.name': collection }),
      },
    }));
  });
  const end = (requestId: number, error: string | null): void => {
    underWay.get(requestId)?.end(error);
    underWay.delete(requestId);
  };
  client.on('commandSucceeded', ({ requestId }) => end(requestId, null));
  client.on('commandFailed', ({ requestId, failure }) => {
    const { codeName, name } = failure as { codeName?: unknown; name?: unknown };
    end(requestId, String(codeName ?? name ?? 'UNKNOWN'));
  });
}
