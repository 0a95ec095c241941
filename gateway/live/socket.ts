import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import proxyAddr from '@fastify/proxy-addr';
import { GraphQLError, GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Rate } from '../caller.js';
import { RequestRefused } from '../errors.js';
import { Departing } from '../execution/departure.js';
import { addressKey } from '../limits/rates.js';
import { describeError } from '../logging.js';
import { serveAsItCame } from '../otherProtocols.js';
import { maxPerConnection, type Live, type LiveEvents, type SubscribeRequest } from './live.js';

export interface Sockets {
  /** Asks all whether they are still there, and lets go of those that have not answered, or have had no subscription for long. */
  beat(): void;
  /** Tells all to come again, elsewhere. */
  stop(): Promise<void>;
}

interface Extra {
  readonly address: string;
  readonly socket: WebSocket;
  authorization?: string | undefined;
  /** By id, from when they are asked for until they are over. */
  readonly held: Map<string, Departing>;
  /** By id, what the library knows of: not any more what is completed. */
  known: Readonly<Record<string, unknown>>;
  isSilent: boolean;
  /** How often it was seen without a subscription, one after another. */
  idleBeats: number;
}

const path = '/graphql';
const maxMessageBytes = 256 * 1024;
// Who asks for more without reading that much would fill the memory.
const maxUnreadBytes = 1024 * 1024;
// A minute.
const maxIdleBeats = 4;
const initMs = 10_000;
const goodbyeMs = 1_000;
const maxReasonBytes = 123;

/** WebSockets by the protocol `graphql-transport-ws`, for subscriptions alone. */
export function serveSockets(server: Server, { live, verify, rate, trustedProxies, log }: {
  readonly live: Live;
  /** @throws RequestRefused */
  readonly verify: (authorization: string) => Promise<unknown>;
  readonly rate: Rate | null;
  readonly trustedProxies: readonly string[];
  readonly log: Logger;
}): Sockets {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false, handleProtocols });
  const open = new Map<WebSocket, Extra>();
  const byAddress = new Map<string, number>();
  // As fastify finds it for requests.
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  // One that has gone meanwhile has none.
  const addressOf = (request: IncomingMessage): string => (request.socket.remoteAddress === undefined ? '' : proxyAddr(request, isTrusted));
  let stopping = false;

  const protocol = makeServer<Record<string, unknown>, Extra>({
    connectionInitWaitTimeout: initMs,
    async onConnect({ connectionParams, extra }) {
      const authorization = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
      if (authorization === undefined || authorization === null) return true;
      try {
        await verify(String(authorization));
        extra.authorization = String(authorization);
        return true;
      } catch (error) {
        extra.socket.close(CloseCode.Unauthorized, reasonOf(error));
        return false;
      }
    },
    async onSubscribe({ extra, subscriptions }, id, payload) {
      const { held, socket } = extra;
      // The library forgets one that is completed before it has begun; with another of its id it would take one for the other.
      if (held.has(id)) {
        socket.close(CloseCode.SubscriberAlreadyExists, 'This id is still in use.');
        return [new GraphQLError('This id is still in use.')];
      }
      const gone = new Departing();
      held.set(id, gone);
      extra.known = subscriptions;
      const asked = await subscribed(extra, payload, gone);
      if ('errors' in asked) {
        held.delete(id);
        return asked.errors.map(({ message, extensions }) => new GraphQLError(message, { extensions: { ...extensions } }));
      }
      extra.idleBeats = 0;
      return { schema: noSchema, document: anySubscription, contextValue: resultsOf(asked.events) };
    },
    subscribe: (async ({ contextValue }: { contextValue: unknown }) => contextValue) as never,
    onComplete({ extra }, id) { extra.held.delete(id); },
    // They are as they go over the wire already.
    onNext: ((_context: unknown, _id: unknown, _payload: unknown, _args: unknown, result: unknown) => result) as never,
  });

  async function subscribed({ held, authorization, address }: Extra, payload: object, gone: Departing) {
    if (held.size > maxPerConnection) {
      return { errors: [{ message: `一个连接至多 ${maxPerConnection} 个订阅。 / At most ${maxPerConnection} subscriptions on one connection.`, extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }] };
    }
    const { query, operationName, variables, extensions } = payload as SubscribeRequest;
    return live.subscribe({
      query, operationName: operationName ?? undefined, variables: variables ?? undefined, extensions: extensions ?? undefined,
    }, { authorization, address, transport: 'ws', gone });
  }

  sockets.on('connection', (socket, request) => {
    const address = addressOf(request);
    const extra: Extra = { address, socket, held: new Map(), known: {}, isSilent: false, idleBeats: 0 };
    // Settles once it has left: who reads slowly is told of what is newest then.
    const send = (data: string): Promise<void> => new Promise((resolve) => {
      if (socket.readyState === socket.OPEN) socket.send(data, () => resolve());
      else resolve();
    });
    const closed = protocol.opened({
      protocol: socket.protocol,
      send,
      close: (code, reason) => socket.close(code, reason),
      // Without what came with it.
      onPing: () => send(pong),
      onMessage: (take) => socket.on('message', (data) => {
        if (socket.bufferedAmount > maxUnreadBytes) {
          socket.terminate();
          return;
        }
        take(String(data)).catch((error: unknown) => {
          log.error(describeError(error), 'unexpected error');
          socket.close(CloseCode.InternalServerError, 'Try again later.');
        });
        for (const [id, gone] of extra.held) if (!(id in extra.known)) gone.abort();
      }),
    }, extra);
    open.set(socket, extra);
    const leave = enter(addressKey(address));
    socket.on('pong', () => { extra.isSilent = false; });
    // What it was follows in 'close'.
    socket.on('error', () => undefined);
    socket.once('close', (code, reason) => {
      open.delete(socket);
      leave();
      for (const gone of extra.held.values()) gone.abort();
      void closed(code, String(reason));
    });
  });

  function enter(key: string | null): () => void {
    if (key === null) return () => undefined;
    byAddress.set(key, (byAddress.get(key) ?? 0) + 1);
    return () => {
      const left = (byAddress.get(key) ?? 1) - 1;
      if (left > 0) byAddress.set(key, left);
      else byAddress.delete(key);
    };
  }

  function refusalOf({ url = '', headers }: IncomingMessage, address: string): string | null {
    if (url.split('?')[0] !== path) return '404 Not Found';
    if (stopping || sockets.clients.size >= live.limits.total) return '503 Service Unavailable';
    if (!isSameOrigin(headers)) return '403 Forbidden';
    const key = addressKey(address);
    if (key === null) return null;
    return (byAddress.get(key) ?? 0) >= live.limits.perAddress || (rate && rate.take(key) > 0) ? '429 Too Many Requests' : null;
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
      serveAsItCame(server, request, socket, head);
      return;
    }
    const refusal = refusalOf(request, addressOf(request));
    if (refusal === null) {
      sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request));
      return;
    }
    socket.on('error', () => undefined);
    // Else it stays for as long as the other side likes.
    socket.once('finish', () => socket.destroy());
    socket.end(`HTTP/1.1 ${refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }
  server.on('upgrade', upgrade);

  return {
    beat() {
      for (const [socket, extra] of open) {
        if (extra.isSilent) socket.terminate();
        extra.isSilent = true;
        extra.idleBeats = extra.held.size > 0 ? 0 : extra.idleBeats + 1;
        if (extra.idleBeats > maxIdleBeats) socket.close(1000, 'No subscription for a minute.');
        if (socket.readyState === socket.OPEN) socket.ping();
      }
    },
    async stop() {
      stopping = true;
      const { clients } = sockets;
      for (const socket of clients) socket.close(1001, 'Going away');
      const gone = new Promise<void>((resolve) => { sockets.close(() => resolve()); });
      const late = setTimeout(() => { for (const socket of clients) socket.terminate(); }, goodbyeMs);
      await gone;
      clearTimeout(late);
    },
  };
}

const pong = JSON.stringify({ type: 'pong' });

// The protocol's library asks for them; what is subscribed to has been examined before, and is not kept here.
const noSchema = new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLString } } }) });
const anySubscription = parse('subscription { nothing }');

/** As the library has it: without what only SSE sends beside the answer. */
function resultsOf(events: LiveEvents) {
  return {
    async next() {
      const { done, value } = await events.next();
      return done ? { done, value: undefined } : { done, value: value.result };
    },
    return: () => events.return(),
    throw: (error: unknown) => events.throw(error),
    [Symbol.asyncIterator]() { return this; },
  };
}

function reasonOf(error: unknown): string {
  const [zh = '', en = ''] = error instanceof RequestRefused ? error.message.split(' / ') : [];
  const both = `${zh} / ${en}`;
  return Buffer.byteLength(both) <= maxReasonBytes ? both : en.slice(0, maxReasonBytes);
}

/** Browsers say whose page it is that connects; others say nothing. */
function isSameOrigin({ origin, host }: IncomingMessage['headers']): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
