import type { Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { IdentityOptions } from '../caller.js';
import type { Live } from './live.js';
import { serveSockets } from './socket.js';
import { serveStreams, type Streams } from './stream.js';

export interface ServedLive {
  /** Lets all go, so that they come again. */
  stop(): Promise<void>;
}

const lookMs = 1_000;
const beatMs = 15_000;

/** Subscriptions by WebSocket at `/graphql` and by server-sent events at `/graphql/stream`. */
export async function serveLive(app: FastifyInstance, { live, trustedProxies, log, ...identity }: IdentityOptions & {
  readonly live: Live;
  readonly trustedProxies: readonly string[];
  readonly log: Logger;
}): Promise<ServedLive> {
  const { verifyCaller, signInternal, rates } = identity;
  let streams: Streams | undefined;
  await app.register(async (scope) => {
    streams = serveStreams(scope, { live, verifyCaller, signInternal, rates });
  });
  const sockets = serveSockets(app.server, {
    live, trustedProxies, log, rate: rates.address, verify: async (authorization) => verifyCaller?.(authorization),
  });
  const connected = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    connected.add(socket);
    socket.once('close', () => connected.delete(socket));
  });
  // One clock for all of them.
  const looks = setInterval(live.look, lookMs).unref();
  const beats = setInterval(() => {
    sockets.beat();
    streams?.beat();
  }, beatMs).unref();

  return {
    async stop() {
      clearInterval(looks);
      clearInterval(beats);
      streams?.stop();
      const gone = sockets.stop();
      // After they have been let go: else clients would take it that there is no more.
      live.stop();
      await gone;
      // What has come already is read first.
      await turn();
      // Browsers open some ahead, and node does not take these for idle.
      for (const socket of connected) if (socket.bytesRead === 0) socket.destroy();
    },
  };
}
