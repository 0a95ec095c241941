import { OperationTypeNode } from 'graphql';
import { pino } from 'pino';
import { createConnections } from '../../../gateway/connections.js';
import { operationText } from '../../../gateway/execution/plan.js';
import { askerFor } from '../../../gateway/execution/party.js';
import { compose, startSubgraph } from './kit.js';

const nobody = { identityFor: null, publicIdentityFor: null, traceparent: null };
const slow = { operation: operationText(OperationTypeNode.QUERY, null, '{ slow }'), variables: '', representations: null };

it('what is under way when nobody holds a connection any more is seen through, and ended when all must end', async () => {
  const answers: (() => void)[] = [];
  const subgraph = await startSubgraph('city', 'type Query { slow: Int }', { Query: { slow: () => new Promise((resolve) => { answers.push(() => resolve(1)); }) } });
  const connections = createConnections({ log: pino({ level: 'silent' }), metrics: { asked: () => undefined, fetched: () => undefined } });
  const askOne = () => {
    const held = connections.hold(compose([subgraph]), { urls: {} });
    const arrived = subgraph.arrived();
    const answer = held.get('city')?.subgraph.ask(slow, askerFor(nobody, 'city', false, undefined)).then(({ data }) => data, (error: Error) => error.constructor.name);
    return { held, arrived, answer };
  };

  const first = askOne();
  await first.arrived;
  const letGo = connections.letGo(first.held);
  answers[0]?.();
  await letGo;
  expect(await first.answer).toEqual({ slow: 1 });

  const second = askOne();
  await second.arrived;
  const over = connections.letGo(second.held);
  await connections.destroy();
  await over;
  expect(await second.answer).toBe('UnreachableError');
  await subgraph.stop();
});
