import { connect } from 'node:net';
import mongoose from 'mongoose';
import { definitionOf, hosted, type Hosted } from '../kit/host.js';
import { actor, internalToken } from '../kit/identity.js';
import { post } from '../kit/subgraphs.js';

/** A request that takes as long as it is told. */
function slow() {
  let begin: () => void = () => undefined;
  let end: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const ended = new Promise<void>((resolve) => (end = resolve));
  const definition = definitionOf('district', 'type Query { slow: String }', {
    Query: {
      async slow() {
        begin();
        await ended;
        return 'done';
      },
    },
  });
  return { definition, begun, end: () => end() };
}

const ask = async (host: Hosted) =>
  post(host.url, '{ slow }', { token: await internalToken(actor('DISTRICT_OFFICER', '340103'), 'district') });
const isListening = (url: string): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  socket.once('connect', () => socket.destroy());
});

it('sees a request through that is under way, takes no more, and lets go of everything', async () => {
  const { definition, begun, end } = slow();
  const host = await hosted(definition);
  const answer = ask(host);
  await begun;
  const stopped = host.subgraph.stop();
  expect(await isListening(host.url)).toBe(false);
  end();

  expect(await answer).toEqual({ data: { slow: 'done' } });
  await stopped;
  expect(host.subgraph.connection.readyState).toBe(mongoose.ConnectionStates.disconnected);
  await host.subgraph.stop();
  await host.database.drop();
});

it('does not wait for ever: what takes too long is cut off', async () => {
  const { definition, begun, end } = slow();
  const host = await hosted(definition, { drainMs: 50 });
  const answer = ask(host).then(() => 'answered', () => 'cut off');
  await begun;
  await host.subgraph.stop();

  expect(await answer).toBe('cut off');
  end();
  await host.database.drop();
});

it('leaves nothing open when its port is taken', async () => {
  const host = await hosted(slow().definition);
  const connections = (): number => mongoose.connections.filter(({ readyState }) => readyState === 1).length;
  const before = connections();
  const { port } = new URL(host.url);
  await expect(hosted(slow().definition, { port: Number(port) })).rejects.toThrow('EADDRINUSE');
  expect(connections()).toBe(before);
  await host.end();
});
